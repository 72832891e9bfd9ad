"""What cases about orders change outside themselves."""

from __future__ import annotations

from handlers.filings.effects import Effect

EFFECTS: dict[str, Effect] = {}
"""By the name that a declaration gives."""
