"""What became of a campaign as bars, drawn here: one bar for each stage and channel, a piece of it for each outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from handlers.reminders.figures import CHANNEL_WORDS, OUTCOMES, Line, stage_words

WIDTH: Final = 760
_ROW: Final = 58
_LABEL: Final = 22
_BAR: Final = 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar in the units of the drawing; `title` is what it says."""

    x: float
    width: float
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One stage on one channel. `y` of its upper edge, `text` of the baseline of its label."""

    y: int
    text: int
    label: str
    total: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """The drawing, and which outcomes stand in it: (name, words)."""

    bars: tuple[Bar, ...]
    kinds: tuple[tuple[str, str], ...]
    height: int
    width: int = WIDTH
    thick: int = _BAR


def bars_of(lines: Sequence[Line]) -> Bars:
    """The longest line fills the width; the others are in proportion. What is there at all is at least a hair wide."""
    most = max((line.total for line in lines), default=0)
    bars = []
    for number, line in enumerate(lines):
        at, pieces = 0.0, []
        label = f"{stage_words(line.stage)} · {CHANNEL_WORDS[line.channel]}"
        for kind, words in OUTCOMES.items():
            if count := line.counts[kind]:
                width = max(WIDTH * count / most, 1.0)
                pieces.append(Piece(round(at, 1), round(width, 1), kind, f"{label} {words} {count:,} 条"))
                at += width
        top = number * _ROW
        bars.append(Bar(top + _LABEL + 6, top + _LABEL - 2, label, f"{line.total:,} 条", tuple(pieces)))
    shown = tuple((kind, words) for kind, words in OUTCOMES.items() if any(line.counts[kind] for line in lines))
    return Bars(tuple(bars), shown, max(len(bars) * _ROW, 1))
