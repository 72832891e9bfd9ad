"""缴费与订单 (BZ-23 … BZ-26)."""

from __future__ import annotations

from dialogs.declare import Dialog

DIALOGS: tuple[Dialog, ...] = ()
