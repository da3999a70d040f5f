// Eyes that grow the wider they are opened, and shut to slits. `reshape` takes the lids along.
leye: reshape(1.4, 1.2, 2, 2), scale(0.8 + 0.8 * leye_open, 0.5 + 1.2 * leye_open), feather(3)
reye: reshape(1.2, 1.4, 2, 2), scale(0.8 + 0.8 * reye_open, 0.5 + 1.2 * reye_open), feather(3)
