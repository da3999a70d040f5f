// One mouth where the left eye was, upside down, another in place of the right eye, a blue nose;
// then a wall of these monsters, standing on their heads.
nose: scale(0.8), channels(0.7, 0.7, 1.3)
mouth: copy_to(leye_region+1), flip(vertical), scale(1.5), brighten(1.15)
reye_region: swap_with(mouth+1), scale(1.5), brighten(1.15)
face: tile(160, 100), flip(vertical)
