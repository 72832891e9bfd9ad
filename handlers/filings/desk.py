"""The part of the desk that files and follows cases."""

from __future__ import annotations

from handlers.asking import Asking


class CaseDesk:
    """Implements `dialogs.desk_filings.FilingsDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
