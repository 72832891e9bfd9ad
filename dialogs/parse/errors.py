"""The one exception of every parser."""

from __future__ import annotations


class Invalid(ValueError):
    """What was typed cannot be read. The message is a Chinese sentence for the person that says what to type instead.

    It never repeats what was typed, because that may be a number that belongs to somebody.
    """

    @property
    def message(self) -> str:
        """The sentence to show."""
        return str(self.args[0])
