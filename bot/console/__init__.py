"""The agency's console under /console/: sign-in, the shell of every page, and the pages of staff."""
