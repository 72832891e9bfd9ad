"""Kinds of messages and events that we do not know: one line for each, so that an operator can tell us of them (wechat.md A1)."""

from __future__ import annotations

import structlog

from dialogs.messages import AnyInbound, Noticed, Unknown

log = structlog.get_logger("wechat")

_REMEMBERED = 200
"""Nobody but the platform can name kinds, and it does not have so many."""


class Strange:
    """What was told already by this process."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def note(self, inbound: AnyInbound) -> None:
        """Writes the line if this is the first of its kind."""
        match inbound:
            case Unknown(kind="location"):
                return  # the kind is known, the place is on no globe
            case Unknown(kind=kind):
                told = f"message {kind}"
            case Noticed(name=name, known=False):
                told = f"event {name}"
            case _:
                return
        if told not in self._told and len(self._told) < _REMEMBERED:
            self._told.add(told)
            log.warning("unknown_kind", kind=told)
