// The mouth is gone; its place has the colours of the skin around it.
mouth: erase, feather(4)
