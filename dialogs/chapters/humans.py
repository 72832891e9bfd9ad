"""人工, 评价 and 网点: the ways to people."""

from __future__ import annotations

from dialogs.declare import Dialog

DIALOGS: tuple[Dialog, ...] = ()
