"""What can be looked up or printed about orders."""

from __future__ import annotations

from handlers.query import Query

QUERIES: dict[str, Query] = {}
"""By the name that links and documents carry."""
