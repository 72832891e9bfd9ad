"""What the parts of a run share: where things lie, how large they are, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.machine import Cores


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is done. The usual run takes some five minutes, the long one some twenty."""

    slice: int
    """Messages in one slice of a load."""
    rounds: int
    """Slices of each kind."""
    open_seconds: int
    people: int
    """In the large database."""
    months: int
    """Of contributions, for each of them."""
    queries: int
    starts: int
    documents: int
    retirees: tuple[int, ...]
    """Planned for, size by size."""
    notices: int
    """Sent."""


USUAL = Sizes(
    slice=6_000,
    rounds=3,
    open_seconds=20,
    people=200_000,
    months=3,
    queries=2_000,
    starts=5,
    documents=10,
    retirees=(25_000, 100_000),
    notices=10_000,
)
LONG = Sizes(
    slice=16_000,
    rounds=5,
    open_seconds=60,
    people=200_000,
    months=24,
    queries=10_000,
    starts=10,
    documents=40,
    retirees=(100_000, 400_000),
    notices=50_000,
)
SMALL = Sizes(
    slice=2_000,
    rounds=2,
    open_seconds=4,
    people=5_000,
    months=3,
    queries=300,
    starts=2,
    documents=3,
    retirees=(5_000,),
    notices=2_000,
)


@dataclass(frozen=True, slots=True)
class Bench:
    """One run. `folder` is deleted at its end."""

    folder: Path
    sizes: Sizes
    cores: Cores
    console: Console

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> None:
        """Print a table; the first column is words, the others are figures."""
        table = Table(title=title, title_justify="left", caption=note or None, caption_justify="left", title_style="bold")
        for place, column in enumerate(columns):
            table.add_column(column, justify="left" if place == 0 else "right")
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        self.console.print(table)
        self.console.print()


CHATS = 1_000
"""Openids that write in turn."""


def openid(number: int) -> str:
    """The chat of that number, as long as real ones are."""
    return f"oBench{number:022d}"
