// The mouth grows with every word: shut it is as it was, wide open three times as large.
mouth: scale(1 + 2 * mouth_open), saturate(1 + 0.4 * mouth_open), feather(4)
