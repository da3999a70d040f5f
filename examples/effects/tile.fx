// The whole picture becomes a wall of left eyes in violet.
leye: tile, channels(1.2, 0.3, 1.3)
