// For newsrooms: eight squares across every face, hair and ears with it. Nothing but the colours of
// the squares is left of what lies below. Use it with strict=true, and look at the result.
face: reshape(1.25, 1.25, 1.5, 1.15), pixelate(8)
