// A face of jelly: nose and mouth sway, the eyes breathe in turn.
leye_region: scale(1.2 + 0.15 * sin(5 * t)), feather(3)
reye_region: scale(1.2 - 0.15 * sin(5 * t)), feather(3)
nose: rotate(12 * sin(4 * t)), scale(1.2), feather(3)
mouth: rotate(10 * sin(3 * t + 1)), translate(w / 80 * sin(3 * t), 0), scale(1.15), feather(3)
