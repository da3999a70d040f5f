// Dark lenses under a bar from brow to brow, with a light that moves across them. The bar and the
// lights are rectangles laid over parts of the face; they turn with the head.
rect(0, 0, 8, 8): copy_to(leyebrow, reyebrow), fill(16, 14, 18), scale(1.5, 0.45), rotate(roll)
leye_region: fill(20, 18, 24), scale(1.1, 0.95)
reye_region: fill(20, 18, 24), scale(1.1, 0.95)
rect(0, 0, 8, 8): copy_to(leye, reye), fill(255, 255, 255), scale(0.3, 2.2), rotate(25 + roll),
    translate(w / 90 * sin(t), 0), opacity(0.3), feather(2)
