"""The part of the desk that orders."""

from __future__ import annotations

from handlers.asking import Asking


class OrderDesk:
    """Implements `dialogs.desk_orders.OrdersDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
