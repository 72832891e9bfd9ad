"""亲情 (S17): what a relative may do for a person, who gave it, and who is told."""
