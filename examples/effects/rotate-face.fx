// Every face is worn by the next one to the right, a little larger than life; the last one goes to
// the first. Needs two faces or more.
face: copy_to(face+1), scale(1.2), feather(4)
