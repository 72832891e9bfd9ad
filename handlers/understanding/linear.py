"""The second opinion: a linear model over character sequences, sounds folded, and the ideas of the lexicon.

Trained by `python -m handlers.understanding.train` on the phrases and sentences beside the declarations; the weights lie in `weights.bin`.
Pure Python: a feature's weights are pairs of bytes (class, weight), added up for the features of a sentence. The weights of a feature that
speaks of many classes lie side by side in one long number, so that adding two such features is one addition.
"""

from __future__ import annotations

import json
import math
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import accumulate
from pathlib import Path

from dialogs.parse.patterns import pattern_of
from handlers.understanding.lexicon import SOUNDS_ALIKE
from handlers.understanding.reading import read
from handlers.understanding.signs import signs_of

WEIGHTS = Path(__file__).with_name("weights.bin")

STEP = 1 / 8
"""A stored weight of 1 is this much; weights lie between -127 and 127 steps. Coarse, so that the features of every sentence, whose weights are
by far the largest, are not cut off."""

SHARP = 3.7
"""How steeply a difference of scores becomes a share: steeper than it was learned with, as sentences of strangers hold fewer known features."""

_HEAD, _TAIL = 15, 45
"""Characters that are looked at: a long story begins with whom it is about and ends with the wish."""

_MOST_PAIRED = 20
"""Different characters up to which every two of them are a feature, whatever stands between them."""

_MOST_IDEAS = 12

_MANY = 16
"""A feature with weights for more classes than this is added up as one number."""

_KEPT = 8192
"""So many of these numbers are kept, a kilobyte each."""

_LANE = 4
"""Bytes of such a number for each class: no sum of weights, each counted from 128, reaches into the next."""

_MARKS = frozenset({"^", "$", "^$"})
"""What every text has: it says nothing where nothing else is known."""

_FOLD = str.maketrans({character: row[0] for row in SOUNDS_ALIKE for character in row})
_NOT_HAN = pattern_of(r"[\W_0-9a-z]+")
_LATIN = pattern_of(r"[a-z]{2,}")


def features(text: str) -> tuple[str, ...]:
    """Sequences of one to three characters with sounds folded and the ends marked, two characters anywhere (`卡&坏`), ideas (`#社保卡`) and pairs
    of ideas, words in Latin letters (`@fake`), signs (`!w`) and pairs of signs, each once.

    `text` is tidied, simplified, lower case and without its times.
    """
    plain = _NOT_HAN.sub("", text)
    if len(plain) > _HEAD + _TAIL:
        plain = plain[:_HEAD] + plain[-_TAIL:]
    folded = plain.translate(_FOLD)
    ended = f"^{folded}$"
    found = [ended[at : at + size] for size in (1, 2, 3) for at in range(len(ended) - size + 1)]
    ideas = sorted({word.idea for word in read(plain).words if word.idea != "·"})[:_MOST_IDEAS]
    found.extend(f"#{idea}" for idea in ideas)
    found.extend(f"#{one}+{other}" for at, one in enumerate(ideas) for other in ideas[at + 1 :])
    found.extend(f"@{word}" for word in _LATIN.findall(text[:200]))
    characters = sorted(set(folded))
    if len(characters) <= _MOST_PAIRED:
        found.extend(f"{one}&{other}" for at, one in enumerate(characters) for other in characters[at + 1 :])
    signs = signs_of(text)
    found.extend(f"!{sign}" for sign in signs)
    found.extend(f"!{one}{other}" for at, one in enumerate(signs) for other in signs[at + 1 :])
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Linear:
    """The trained model. `classes` are names of capabilities, `?name` of ambiguities and `!kind` of what asks for no function."""

    classes: tuple[str, ...]
    weights: Mapping[str, bytes] | _Stored
    digest: str
    _wide: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Features of many classes as one number each; filled as they are met, up to `_KEPT`."""

    def _as_one(self, feature: str, pairs: bytes) -> int:
        found = self._wide.get(feature)
        if found is None:
            found = self._side_by_side(pairs)
            if len(self._wide) < _KEPT:
                self._wide[feature] = found
        return found

    def _side_by_side(self, pairs: bytes) -> int:
        lanes = bytearray((128, *bytes(_LANE - 1)) * len(self.classes))
        for number, weight in zip(pairs[::2], pairs[1::2], strict=True):
            lanes[_LANE * number] = weight
        return int.from_bytes(lanes, "little")

    def shares(self, text: str) -> dict[str, float]:
        """Each class with its share, 0 to 1, summing to 1; a text of unknown characters shares evenly."""
        found = features(text)
        known = [(feature, pairs) for feature in found if (pairs := self.weights.get(feature)) is not None]
        if all(feature in _MARKS for feature, _ in known):
            known = []
        summed = [self._as_one(feature, pairs) for feature, pairs in known if len(pairs) > 2 * _MANY]
        lanes = array("I", sum(summed).to_bytes(_LANE * len(self.classes), "little"))
        if sys.byteorder == "big":
            lanes.byteswap()
        nothing = 128 * len(summed)
        scores = [lane - nothing for lane in lanes]
        for _, pairs in known:
            if len(pairs) <= 2 * _MANY:
                for number, weight in zip(pairs[::2], pairs[1::2], strict=True):
                    scores[number] += weight - 128
        highest, scale = max(scores), SHARP * STEP / math.sqrt(max(1, len(found)))
        powers = [math.exp(scale * (score - highest)) for score in scores]
        whole = sum(powers)
        return {name: power / whole for name, power in zip(self.classes, powers, strict=True)}


def packed(model: Linear) -> bytes:
    """The model as the bytes of `weights.bin`: its head, then the features by their checksums, ascending, then what they weigh.

    Of two features with the same checksum (a few in 200,000) the first by name is kept. Raises TypeError for a model that was itself unpacked.
    """
    if not isinstance(model.weights, Mapping):
        raise TypeError("a model that was stored does not know the names of its features")
    kept: dict[int, bytes] = {}
    for feature in sorted(model.weights):
        kept.setdefault(_checksum(feature), model.weights[feature])
    checksums = array("I", sorted(kept))
    lengths = array("H", (len(kept[checksum]) for checksum in checksums))
    head = json.dumps({"digest": model.digest, "classes": model.classes, "features": len(kept)}, ensure_ascii=False).encode()
    body = b"".join(kept[checksum] for checksum in checksums)
    return zlib.compress(len(head).to_bytes(4, "big") + head + _little(checksums) + _little(lengths) + body, 9)


def unpacked(stored: bytes) -> Linear:
    """The model from the bytes of `weights.bin`."""
    raw = zlib.decompress(stored)
    at = 4 + int.from_bytes(raw[:4], "big")
    head = json.loads(raw[4:at])
    checksums, lengths, count = array("I"), array("H"), head["features"]
    checksums.frombytes(_little(array("I", raw[at : at + 4 * count])))
    lengths.frombytes(_little(array("H", raw[at + 4 * count : at + 6 * count])))
    return Linear(tuple(head["classes"]), _Stored(checksums, lengths, raw[at + 6 * count :]), head["digest"])


def _little(numbers: array[int]) -> bytes:
    """Numbers of this machine as little-endian bytes, and the other way round."""
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _checksum(feature: str) -> int:
    return zlib.crc32(feature.encode())


class _Stored:
    """Weights as they were stored, one after the other: a sentence cuts out some hundred of 200,000.

    A feature is looked for by its checksum: names would take ten times as much memory, and a strange feature is taken for a known one once in
    20,000 times.
    """

    def __init__(self, checksums: array[int], lengths: array[int], body: bytes) -> None:
        self._checksums = checksums
        self._ends = array("I", accumulate(lengths, initial=0))
        self._body = body

    def get(self, feature: str) -> bytes | None:
        """What a feature weighs; None for one that was never learned."""
        checksums, checksum = self._checksums, zlib.crc32(feature.encode())
        number = bisect_left(checksums, checksum)
        if number == len(checksums) or checksums[number] != checksum:
            return None
        return self._body[self._ends[number] : self._ends[number + 1]]

    def __len__(self) -> int:
        return len(self._checksums)


@cache
def trained() -> Linear:
    """The model that lies beside this module, read once."""
    return unpacked(WEIGHTS.read_bytes())
