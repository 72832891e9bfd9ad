"""Training the second opinion: `python -m handlers.understanding.train` writes `weights.bin` anew; the same phrases give the same bytes.

A multinomial logistic regression: some passes over some thousands of phrases, a minute. To be run when phrases were added; a test says
when the weights are older than the phrases. `lessons/` holds sentences that only the model learns from: they are not read when the program
starts.

Pure Python, and yet every class is looked at for every sentence: the weights of a feature for all classes lie side by side in one long
number, so that a sentence is scored, and learned from, by one addition a feature.
"""

from __future__ import annotations

import hashlib
import math
import random
import sys
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from handlers.understanding.ambiguities import AMBIGUITIES
from handlers.understanding.linear import STEP, WEIGHTS, Linear, features, packed
from handlers.understanding.sayings import ELSE, SAYINGS
from handlers.understanding.understanding import ALL_CAPABILITIES, plainly

LESSONS = Path(__file__).with_name("lessons")

PASSES = 6

RATE = 5.0
"""How far the first sentence moves the weights; the last one does not any more. A sentence counts as a whole: its features are scaled by the
root of their number."""

SURE = 0.7
"""The share that a sentence's own class is to have: what has more is moved back, so that no lesson is learned by heart."""

_NOTICED = 0.003
"""A class that a sentence is mistaken for by less than this share learns nothing from it."""

_SEEN_IN = 2
_LONG = 3
"""A sequence of so many characters or more that a single lesson holds is left out: it says nothing of other sentences."""

_LEAST = 2
"""Weights of fewer steps are not kept."""

_UNIT = 1 << 16
"""A weight of 1 while it is learned: whole numbers, so that the sums do not depend on their order."""

_LANE = 32
"""Bits for the weight of a class: sums over a sentence stay far below half of it."""

_MIDDLE = 1 << (_LANE - 1)


def lessons(without: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Every phrase with its class: capabilities and their sentences, `?name` for words that are asked about, `!kind` for the rest; then the
    sentences of `lessons/`, but for the files whose names (without `.txt`) are left out."""
    for capability in ALL_CAPABILITIES:
        for phrase in dict.fromkeys((capability.title, *capability.words, *SAYINGS.get(capability.name, ()))):
            yield phrase, capability.name
    for ambiguity in AMBIGUITIES:
        for phrase in ambiguity.words:
            yield phrase, f"?{ambiguity.name}"
    for kind, sentences in ELSE.items():
        for sentence in sentences:
            yield sentence, f"!{kind}"
    for path in sorted(LESSONS.glob("*.txt")):
        if path.stem not in without:
            yield from written(path)


def written(path: Path) -> Iterator[tuple[str, str]]:
    """The sentences of one file with their class: one a line under `## name`; `!kind` for those that ask for no function, `?name` for those that
    fit several."""
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            name = line[3:]
        elif line:
            yield line, name


def digest() -> str:
    """What the weights depend on, as a short hash."""
    return hashlib.sha256("\n".join(f"{phrase}\t{name}" for phrase, name in lessons()).encode()).hexdigest()[:16]


def train(taught_with: Iterable[tuple[str, str]]) -> Linear:
    """The model of some lessons, marked as one of all lessons there are."""
    given = list(taught_with)
    found_in = [(features(plainly(phrase)), name) for phrase, name in given]
    often = Counter(feature for found, _ in found_in for feature in found)
    classes = tuple(sorted({name for _, name in given}))
    numbers = {name: number for number, name in enumerate(classes)}
    taught = [
        ([one for one in found if often[one] >= _SEEN_IN or len(one) < _LONG], len(found), numbers[name])
        for found, name in found_in
    ]
    weights = dict.fromkeys((one for found, _, _ in taught for one in found), 0)
    order, seen, whole = random.Random(1), 0, PASSES * len(taught)  # noqa: S311 - an order of lessons, no secret
    lift = sum(1 << (_LANE * number + _LANE - 1) for number in range(len(classes)))
    for _ in range(PASSES):
        order.shuffle(taught)
        for found, length, own in taught:
            seen += 1
            scale = 1 / math.sqrt(max(1, length))
            scores = _apart(sum(map(weights.__getitem__, found)) + lift, len(classes))
            highest, steep = max(scores), scale / _UNIT
            powers = [math.exp(steep * (score - highest)) for score in scores]
            share = 1 / sum(powers)
            rate = RATE * (1 - seen / whole) * scale * _UNIT
            move = round(rate * SURE) << (_LANE * own)
            for number, power in enumerate(powers):
                if power * share >= _NOTICED:
                    move -= round(rate * power * share) << (_LANE * number)
            for one in found:
                weights[one] += move
    kept: dict[str, bytes] = {}
    for feature in sorted(weights):
        steps = (
            (number, round(lane / (_UNIT * STEP))) for number, lane in enumerate(_apart(weights[feature] + lift, len(classes)))
        )
        pairs = b"".join(bytes((number, max(-127, min(127, weight)) + 128)) for number, weight in steps if abs(weight) >= _LEAST)
        if pairs:
            kept[feature] = pairs
    return Linear(classes, kept, digest())


def _apart(lanes: int, count: int) -> list[int]:
    """The weights that lie side by side in a number, each lifted to the middle of its lane."""
    apart = array("I", lanes.to_bytes(_LANE // 8 * count, "little"))
    if sys.byteorder == "big":
        apart.byteswap()
    return [lane - _MIDDLE for lane in apart]


if __name__ == "__main__":
    model = train(lessons())
    WEIGHTS.write_bytes(packed(model))
    print(f"{len(model.weights)} features of {len(model.classes)} classes, {WEIGHTS.stat().st_size // 1024} kB")
