"""Orders: what they cost, what is refused, and that only a verified payment makes one paid."""
