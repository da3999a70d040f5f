// The irises become green. Each is a part of its own, `liris` in the left of the picture.
liris: channels(0.7, 1.5, 0.8), brighten(1.2), feather(1)
riris: channels(0.7, 1.5, 0.8), brighten(1.2), feather(1)
