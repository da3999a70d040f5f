// The room behind you out of focus. Needs a model that finds people.
background: blur(14), brighten(0.9)
