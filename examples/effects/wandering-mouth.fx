// The mouths of neighbours change places, turn, and wander off slowly. With one face it is its own
// neighbour.
mouth: swap_with(mouth+1), scale(2), saturate(1.25), spin(0.25), drift(80)
