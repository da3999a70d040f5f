// A giant face crosses the picture and bounces off its edges.
face: scale(2.5), drift(400)
