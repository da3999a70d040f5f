// The picture is out of focus while nobody is in front of the camera.
frame: blur(24), brighten(0.7), opacity(1 - min(n, 1))
