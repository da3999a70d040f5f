// The softer look, as safe: every face becomes six squares, and these are blurred. A blur alone can
// be undone in part.
face: reshape(1.25, 1.25, 1.5, 1.15), pixelate(6)
face: reshape(1.25, 1.25, 1.5, 1.15), blur(12)
