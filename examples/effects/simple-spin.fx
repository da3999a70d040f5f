// The face turns where it is, once in two seconds and clockwise, at twice its size.
face: scale(2), spin(0.5)
