// Two people change faces, with soft edges that hide the seam. Among more than two some faces are
// seen twice: rotate-face.fx is for them.
face: swap_with(face+1), feather(8)
