"""A new 预留手机号 for someone whose old phone is lost."""

from __future__ import annotations

from dialogs.filing import Filing

FILINGS: tuple[Filing, ...] = ()
