"""From words to a wish: what was understood, and words for what no manual numbers, one module for each matter."""

from __future__ import annotations

from handlers.understood.family import asks_about_kin, for_another
from handlers.understood.meaning import BY_NAME, direct_wish, said_in, wish_for
from handlers.understood.records import said_beside

__all__ = ["BY_NAME", "asks_about_kin", "direct_wish", "for_another", "said_beside", "said_in", "wish_for"]
