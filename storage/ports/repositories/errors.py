"""What storage raises."""

from __future__ import annotations


class StorageError(Exception):
    """Base of what storage raises.

    StorageError
    ├── Conflict      somebody else changed it first (a version did not match)
    └── Unavailable   the database or Redis cannot be reached
    """


class Conflict(StorageError):
    """The stored version is not the one the caller had read."""


class Unavailable(StorageError):
    """A backend did not answer; the caller says so and loses nothing."""
