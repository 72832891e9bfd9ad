"""From a person's words to guides: what is called exactly so first, then BM25 over pairs of letters of titles, aliases and short answers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from dialogs.parse import normal
from dialogs.parse.patterns import pattern_of
from storage.ports.records import Guide

MOST = 5
_ENOUGH = 4.0
"""A score below this is chance: a pair of letters or two in common."""
_NEAR_BEST = 0.5
"""Guides below this share of the best score are not offered beside it."""
_K, _B = 1.2, 0.6
_PUNCTUATION = pattern_of(r"[\s,.!?;:，。！？；：、“”‘’（）()《》\-/]+")
_FILLER = pattern_of(
    r"(?:请问|我想|我要|想问|帮我|一下|怎么办理|怎么办|怎么弄|如何|办事指南|指南|是什么|需要什么|的流程|流程|手续|呢|吗|呀|啊|了|的)"
)


def plain(text: str) -> str:
    """The words as they are compared: numerals as digits, no punctuation, letter case aside."""
    return _PUNCTUATION.sub("", normal(text)).lower()


def find(guides: Sequence[Guide], words: str) -> tuple[Guide, ...]:
    """At most five, best first; one alone when it is called exactly so (title or alias); none when nothing is near."""
    said = plain(words)
    if exact := [guide for guide in guides if said in names(guide)]:
        return tuple(exact[:MOST])
    bare = _FILLER.sub("", said)
    if bare and (exact := [guide for guide in guides if bare in names(guide)]):
        return tuple(exact[:MOST])
    scored = _scored(guides, bare or said)
    if not scored or scored[0][0] < _ENOUGH:
        return ()
    best = scored[0][0]
    return tuple(guide for score, guide in scored[:MOST] if score >= max(_ENOUGH, best * _NEAR_BEST))


def called(guides: Iterable[Guide], words: str) -> Guide | None:
    """The one guide that is called exactly so; None where there is none, or more than one."""
    said = plain(words)
    found = [guide for guide in guides if said in names(guide)]
    return found[0] if len(found) == 1 else None


def _scored(guides: Sequence[Guide], said: str) -> list[tuple[float, Guide]]:
    wanted = set(_pairs(said))
    if not wanted or not guides:
        return []
    bags = [_bag(guide) for guide in guides]
    mean = sum(length for _, length in bags) / len(bags)
    held = {pair: sum(1 for bag, _ in bags if pair in bag) for pair in wanted}
    scored = []
    for guide, (bag, length) in zip(guides, bags, strict=True):
        score = 0.0
        for pair in wanted:
            if times := bag.get(pair, 0):
                rare = math.log(1 + (len(bags) - held[pair] + 0.5) / (held[pair] + 0.5))
                score += rare * times * (_K + 1) / (times + _K * (1 - _B + _B * length / mean))
        if score:
            scored.append((score, guide))
    return sorted(scored, key=lambda one: (-one[0], one[1].code))


def _pairs(text: str) -> list[str]:
    return [text[place : place + 2] for place in range(len(text) - 1)]


@lru_cache(maxsize=512)
def names(guide: Guide) -> frozenset[str]:
    """Title, what it is called and aliases as they are compared."""
    return frozenset(plain(name) for name in (guide.title, guide.short, *guide.aliases) if name)


@lru_cache(maxsize=512)
def _bag(guide: Guide) -> tuple[Counter[str], int]:
    """Pairs of letters with how often; names count three times what the text does."""
    bag: Counter[str] = Counter()
    for name in (guide.title, *guide.aliases):
        for pair in _pairs(plain(name)):
            bag[pair] += 3
    bag.update(_pairs(plain(guide.brief)))
    return bag, bag.total()
