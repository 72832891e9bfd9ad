"""手机号换了或丢了: the way back in."""

from __future__ import annotations

from dialogs.declare import Dialog

DIALOGS: tuple[Dialog, ...] = ()
