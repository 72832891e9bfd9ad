"""What became of a campaign as bars, drawn here: one bar for each stage and channel, a piece of it for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from handlers.reminders.figures import CHANNEL_WORDS, OUTCOMES, Line, stage_words
from storage.ports.record import Record

WIDTH: Final = 1000
"""Units of a whole bar, which is as wide as its page lets it."""


class Piece(Record):
    """A part of a bar in units; `title` is what it says."""

    x: float
    width: float
    kind: str
    title: str


class Bar(Record):
    """One stage on one channel."""

    label: str
    total: str
    pieces: tuple[Piece, ...]


def bars_of(lines: Sequence[Line]) -> tuple[Bar, ...]:
    """The longest line fills the width; the others are in proportion. What is there at all is at least a hair wide."""
    most = max((line.total for line in lines), default=0)
    bars = []
    for line in lines:
        at, pieces = 0.0, []
        label = f"{stage_words(line.stage)} · {CHANNEL_WORDS[line.channel]}"
        for kind, words in OUTCOMES.items():
            if count := line.counts[kind]:
                width = max(WIDTH * count / most, 1.0)
                pieces.append(Piece(round(at, 1), round(width, 1), kind, f"{label} {words} {count:,} 条"))
                at += width
        bars.append(Bar(label, f"{line.total:,} 条", tuple(pieces)))
    return tuple(bars)
