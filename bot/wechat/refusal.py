"""Why a request is not taken as a message: one exception, one short word, never a byte of what was sent."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """What is wrong with a request. The value is all that is ever logged of it."""

    QUERY = "query"
    """A parameter that the check needs is missing, repeated or out of shape."""
    ADDRESS = "address"
    """It comes from none of the platform's addresses."""
    SIGNATURE = "signature"
    STALE = "stale"
    """Signed, but older (or further in the future) than the configured age."""
    DOWNGRADE = "downgrade"
    """A clear body where only encrypted ones are taken."""
    ENVELOPE = "envelope"
    """The outer body cannot be read, and nothing in it is signed."""
    FORBIDDEN = "forbidden"
    """XML that no honest sender writes (DOCTYPE, nesting), in a part that is not signed."""
    APPID = "appid"
    """Decrypted with our key, but meant for another account."""
    CIPHER = "cipher"
    """Signed, but not decipherable: base64, length, padding, or a key that we do not have."""
    CONTENT = "content"
    """Authentic, but not a message that we can read."""


_AUTHENTIC = frozenset({Reason.CIPHER, Reason.CONTENT})


class Refused(Exception):
    """A request that is not taken. Carries its reason and nothing else, so that it can be logged as it is."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason

    @property
    def authentic(self) -> bool:
        """Whether the platform's signature held: then the answer is 200 (an error would be shown to the person), else 4xx."""
        return self.reason in _AUTHENTIC
