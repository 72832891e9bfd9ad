"""Cases that the product or the staff open themselves: a bad mark, money that has to go back."""

from __future__ import annotations

from dialogs.filing import Filing

FILINGS: tuple[Filing, ...] = ()
