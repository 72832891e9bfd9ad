"""The part of the desk that leads to people."""

from __future__ import annotations

from handlers.asking import Asking


class HumanDesk:
    """Implements `dialogs.desk_humans.HumansDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
