// Every face goes through all colours in four seconds, each a little ahead of its neighbour.
face: hue(90 * t + 60 * i), saturate(1.8), feather(6)
