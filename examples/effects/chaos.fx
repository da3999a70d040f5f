// Both eyes fly about, large and turning, and mouths and eyes lie where the next face has the
// other. With one face alone they change places in it.
leye: scale(3.5), brighten(1.3), saturate(1.2), spin(0.25), drift(140)
reye: scale(3.5), brighten(1.3), saturate(1.2), spin(-0.4), drift(210, 225)
mouth: copy_to(reye_region+1), scale(1.4), brighten(1.15)
leye_region: swap_with(mouth+1), scale(1.4), brighten(1.15)
