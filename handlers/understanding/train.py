"""Training the second opinion: `python -m handlers.understanding.train` writes `weights.bin` anew; the same phrases give the same bytes.

A passive-aggressive perceptron with averaged weights: some passes over some thousands of phrases, a minute. To be run when phrases were
added; a test says when the weights are older than the phrases. `lessons/` holds sentences that only the model learns from: they are not
read when the program starts.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from handlers.understanding.ambiguities import AMBIGUITIES
from handlers.understanding.linear import STEP, WEIGHTS, Linear, features, packed
from handlers.understanding.model import Capability
from handlers.understanding.sayings import ELSE, SAYINGS
from handlers.understanding.understanding import ALL_CAPABILITIES, plainly

_LESSONS = Path(__file__).with_name("lessons")

PASSES = 8
_MOST = 0.05
"""How far one sentence may move a weight. A sentence counts as a whole: its features are scaled by the root of their number."""

_SEEN_IN = 2
_LONG = 3
"""A sequence of so many characters or more that a single lesson holds is left out: it says nothing of other sentences."""

_LEAST = 3 * STEP
"""Weights nearer to nothing are not kept."""


def lessons(capabilities: Sequence[Capability] = ALL_CAPABILITIES) -> Iterator[tuple[str, str]]:
    """Every phrase with its class: capabilities and their sentences, `?name` for words that are asked about, `!kind` for the rest."""
    for capability in capabilities:
        for phrase in dict.fromkeys((capability.title, *capability.words, *SAYINGS.get(capability.name, ()))):
            yield phrase, capability.name
    for ambiguity in AMBIGUITIES:
        for phrase in ambiguity.words:
            yield phrase, f"?{ambiguity.name}"
    for kind, sentences in ELSE.items():
        for sentence in sentences:
            yield sentence, f"!{kind}"
    if tuple(capabilities) == ALL_CAPABILITIES:
        yield from written()


def written() -> Iterator[tuple[str, str]]:
    """The sentences of `lessons/*.txt` with their class: one a line under `## name`; `!kind` for those that ask for no function, `?name` for
    those that fit several. `asked.txt` holds what somebody wrote who knew neither the phrases nor the rules."""
    for path in sorted(_LESSONS.glob("*.txt")):
        name = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                name = line[3:]
            elif line:
                yield line, name


def digest() -> str:
    """What the weights depend on, as a short hash."""
    return hashlib.sha256("\n".join(f"{phrase}\t{name}" for phrase, name in lessons()).encode()).hexdigest()[:16]


def train(taught_with: Iterable[tuple[str, str]] | None = None) -> Linear:
    """The model of some lessons; of all, without."""
    given = list(lessons() if taught_with is None else taught_with)
    found_in = [(features(plainly(phrase)), name) for phrase, name in given]
    often = Counter(feature for found, _ in found_in for feature in found)
    taught = [(tuple(one for one in found if often[one] >= _SEEN_IN or len(one) < _LONG), name) for found, name in found_in]
    classes = tuple(sorted({name for _, name in taught}))
    numbers = {name: number for number, name in enumerate(classes)}
    weights: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    summed: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    order, seen = random.Random(1), 1  # noqa: S311 - an order of lessons, no secret
    for _ in range(PASSES):
        order.shuffle(taught)
        for found, name in taught:
            own = numbers[name]
            scores = [0.0] * len(classes)
            for feature in found:
                for number, weight in weights[feature].items() if feature in weights else ():
                    scores[number] += weight
            rival = max((number for number in range(len(classes)) if number != own), key=scores.__getitem__)
            scale = 1 / math.sqrt(max(1, len(found)))
            loss = 1 - scale * (scores[own] - scores[rival])
            if loss > 0:
                move = min(_MOST, scale * loss / 2)
                for feature in found:
                    weights[feature][own] += move
                    weights[feature][rival] -= move
                    summed[feature][own] += move * seen
                    summed[feature][rival] -= move * seen
            seen += 1
    kept: dict[str, bytes] = {}
    for feature in sorted(weights):
        average = {number: weight - summed[feature][number] / seen for number, weight in weights[feature].items()}
        pairs = b"".join(
            bytes((number, max(-127, min(127, round(weight / STEP))) + 128))
            for number, weight in sorted(average.items())
            if abs(weight) >= _LEAST
        )
        if pairs:
            kept[feature] = pairs
    return Linear(classes, kept, digest())


if __name__ == "__main__":
    model = train()
    WEIGHTS.write_bytes(packed(model))
    print(f"{len(model.weights)} features of {len(model.classes)} classes, {WEIGHTS.stat().st_size // 1024} kB")
