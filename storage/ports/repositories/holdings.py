"""Everything about one person and one chat (S22)."""

from __future__ import annotations

from typing import Protocol

from storage.ports.records.holdings import Holding


class Holdings(Protocol):
    """The whole of it, for the person themselves. Secrets (password and code hashes, keys of links) and other people's names are left out."""

    async def of(self, person_id: int, openid: str) -> tuple[Holding, ...]:
        """One a table that has a row, in a fixed order, rows in order of the table's key. Cost grows with the rows returned."""

    async def files(self, person_id: int, openid: str) -> tuple[tuple[str, str], ...]:
        """(name under which `Files` holds it, name for people) of what was uploaded to the person's cases."""
