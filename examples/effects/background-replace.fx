// A calm wall in place of the room, whose colour goes from blue to green and back in a minute. A
// little of the room's light shines through. Needs a model that finds people.
background: blur(30)
background: fill(40, 90 + 40 * sin(t / 10), 130 - 30 * sin(t / 10)), opacity(0.9)
