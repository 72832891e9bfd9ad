"""An inbound message as a job carries it."""

from __future__ import annotations

import msgspec

from dialogs import messages
from dialogs.messages import AnyInbound

_KINDS: dict[str, type[AnyInbound]] = {
    kind.__name__: kind
    for kind in (
        messages.Said,
        messages.Spoken,
        messages.Pressed,
        messages.Scanned,
        messages.Followed,
        messages.Left,
        messages.Located,
        messages.Pictured,
        messages.Filmed,
        messages.Linked,
        messages.Filed,
        messages.Seated,
        messages.Delivered,
        messages.Consented,
        messages.Noticed,
        messages.Unknown,
    )
}


def pack(inbound: AnyInbound) -> bytes:
    """As JSON, with its kind."""
    return msgspec.json.encode([type(inbound).__name__, inbound])


def unpack(payload: bytes) -> AnyInbound:
    """The inverse of `pack`."""
    kind, body = msgspec.json.decode(payload, type=tuple[str, msgspec.Raw])
    return msgspec.json.decode(body, type=_KINDS[kind])
