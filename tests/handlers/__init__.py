"""Use cases under load, in races, over two processes, and when things are killed."""
