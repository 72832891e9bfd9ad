"""From words to a wish: what was understood, and words for what no manual numbers, one module for each matter."""

from __future__ import annotations

from handlers.understood.meaning import BY_NAME, direct_wish, wish_for

__all__ = ["BY_NAME", "direct_wish", "wish_for"]
