// Mouths go one face to the right, left eyes one to the left, right eyes two to the left: everybody
// gets a bit of everybody.
mouth: copy_to(mouth+1), scale(1.6), saturate(1.2)
leye_region+1: copy_to(leye_region), scale(1.3), saturate(1.2)
reye_region+2: copy_to(reye_region), scale(1.3), saturate(1.2)
