"""Finding the phrase that a sentence comes nearest to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from handlers.understanding.model import Ambiguity, Capability
from handlers.understanding.reading import REST, Reading, read
from handlers.understanding.traditional import countrified

_WRONG_ROLE = {"person": 0.84, "employer": 0.76}
_NOT_HERE = 0.94
_OF_THE_GUIDES = frozenset({None, "beijing"})
"""Where a clerk is led to the handbook's guides as readily as to a function: the guides are 北京's."""

_ASKING_LOSES = 0.002
"""Between a question and an answer of equal score the question wins, by this much."""

_SAYS_SOMETHING = 0.5
"""Ideas that a whole sentence must hold to be compared with; what has fewer is left to the model of character sequences."""

Target = Capability | Ambiguity


@dataclass(frozen=True, slots=True)
class _Phrase:
    target: Target
    text: str
    ideas: dict[str, float]
    rest: frozenset[str]
    weight: float


@dataclass(frozen=True, slots=True)
class Match:
    """A capability or an ambiguity with the score of its best phrase, 0 to 1."""

    target: Target
    score: float
    phrase: str


class Index:
    """All phrases, by the ideas in them. Immutable once built; looking up touches only phrases that share an idea."""

    def __init__(self, targets: Sequence[Target], sayings: Mapping[str, Sequence[str]] | None = None) -> None:
        self._phrases: list[_Phrase] = []
        self._by_idea: dict[str, list[int]] = defaultdict(list)
        self._exact: dict[str, list[Target]] = defaultdict(list)
        for target in targets:
            for text in dict.fromkeys((*target.words, target.title) if isinstance(target, Capability) else target.words):
                reading = read(countrified(text))
                if not reading.ideas and not reading.rest:
                    raise ValueError(f"nothing is understood of the phrase {text}")
                self._exact[text].append(target)
                if not (isinstance(target, Ambiguity) and target.exact):
                    self._add(target, text, reading)
            for text in (sayings or {}).get(target.name, ()) if isinstance(target, Capability) else ():
                reading = read(countrified(text))
                if sum(reading.ideas.values()) >= _SAYS_SOMETHING:
                    self._add(target, text, reading)

    def _add(self, target: Target, text: str, reading: Reading) -> None:
        number = len(self._phrases)
        self._phrases.append(_Phrase(target, text, reading.ideas, reading.rest, reading.weight))
        for feature in (*reading.ideas, *reading.rest):
            self._by_idea[feature].append(number)

    def knows(self, text: str) -> bool:
        """Whether the text is a declared phrase, word for word."""
        return text in self._exact

    def nearest(self, text: str, reading: Reading, role: str, region: str | None) -> list[Match]:
        """Matches, best first, one for each target.

        A phrase scores by the part of it that was said and the part of the sentence that it explains. A function of the other
        role or of another region's manual has to fit better.
        """
        shared: dict[int, float] = defaultdict(float)
        for idea, weight in reading.ideas.items():
            for number in self._by_idea.get(idea, ()):
                shared[number] += weight
        for pair in reading.rest:
            for number in self._by_idea.get(pair, ()):
                shared[number] += REST
        whole = reading.weight
        best: dict[int, Match] = {}
        for number, common in shared.items():
            phrase = self._phrases[number]
            score = (common / phrase.weight) ** 0.9 * (common / whole) ** 0.5 if whole else 0.0
            self._keep(best, phrase.target, min(score, 0.99), phrase.text, role, region)
        for target in self._exact.get(text, ()):
            self._keep(best, target, 1.0, text, role, region)
        return sorted(best.values(), key=lambda match: (-match.score, match.target.name))

    @staticmethod
    def _keep(best: dict[int, Match], target: Target, score: float, phrase: str, role: str, region: str | None) -> None:
        if target.role not in (role, "any"):
            if isinstance(target, Ambiguity):
                return
            score *= _WRONG_ROLE[role]
        if isinstance(target, Capability):
            if not target.served_in(region) or (role == "employer" and target.mode == "guide" and region not in _OF_THE_GUIDES):
                score *= _NOT_HERE
        else:
            score += _ASKING_LOSES
        known = best.get(id(target))
        if known is None or score > known.score:
            best[id(target)] = Match(target, score, phrase)
