// A shower of faces: copies in many sizes drift through the picture, each turning at its own
// speed. They bounce off the edges.
face: scale(0.6), spin(0.7), drift(480, 20)
face: scale(0.8), spin(-0.5), drift(340, 65)
face: scale(0.3), spin(0.4), drift(390, -25)
face: scale(0.4), spin(-2), drift(170, -60)
face: scale(0.9), spin(1.5), drift(410, 110)
face: scale(0.7), spin(0.3), drift(530, 35)
face: scale(1.1), spin(0.9), drift(260, -120)
face: scale(0.5), spin(-1.4), drift(90, 50)
