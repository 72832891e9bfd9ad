"""Use cases: what a message, an event or a page request does."""
