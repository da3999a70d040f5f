// A grey world until somebody smiles: then the camera's colours come back. The face's outline,
// stretched fifty times, is the whole picture.
frame: saturate(0), brighten(0.9)
face: reshape(50, 50, 50, 50), clear, opacity(smile)
