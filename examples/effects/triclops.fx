// A third eye on the forehead. `reshape` takes some of the skin around the eye along, so that the
// new one sits in a lid of its own.
leye: reshape(1.1, 1.3, 1.6, 1.8), copy_to(forehead), scale(0.6, 0.8), saturate(1.1), feather(4)
