// A bar on every forehead that grows with the smile, and turns from red to green.
rect(0, 0, 8, 8): copy_to(forehead), fill(20, 20, 24), scale(0.9, 0.24), rotate(roll), opacity(0.6)
rect(0, 0, 8, 8): copy_to(forehead), fill(255 * (1 - smile), 60 + 180 * smile, 60),
    scale(0.06 + 0.8 * smile, 0.15), rotate(roll)
