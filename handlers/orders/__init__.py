"""Orders: what has to be paid, and how it is known that it was."""
