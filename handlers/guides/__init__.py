"""办事指南: the newest version of each, finding one by words, editing, and the checks that every version passes."""
