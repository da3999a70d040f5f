// Light on the faces, the rest of the room in the dark.
frame: brighten(0.35), saturate(0.5)
face: reshape(1.5, 1.5, 1.7, 1.3), clear, feather(25)
