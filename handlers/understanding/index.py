"""Finding the phrase that a sentence comes nearest to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from handlers.understanding.model import Ambiguity, Capability
from handlers.understanding.reading import REST, Reading, read
from handlers.understanding.traditional import countrified
from storage.ports.record import Record

_WRONG_ROLE = {"person": 0.84, "employer": 0.76}
_NOT_HERE = 0.94
_OF_THE_GUIDES = frozenset({None, "beijing"})
"""Where a clerk is led to the handbook's guides as readily as to a function: the guides are 北京's."""

_ASKING_LOSES = 0.002
"""Between a question and an answer of equal score the question wins, by this much."""

_SAYS_SOMETHING = 0.5
"""Ideas that a whole sentence must hold to be compared with; what has fewer is left to the model of character sequences."""

_EXPLAINED, _EXPLAINING = 0.9, 0.5
"""How much it counts which part of a phrase was said, and which part of the sentence the phrase explains."""

Target = Capability | Ambiguity


_HUNDREDTHS = 100
"""Weights are counted in whole hundredths: sums of them do not depend on their order."""


class Match(Record):
    """A capability or an ambiguity with the score of its best phrase, 0 to 1."""

    target: Target
    score: float
    phrase: str


class Index:
    """All phrases, by the ideas in them. Immutable once built; looking up touches only phrases that share an idea."""

    def __init__(self, targets: Sequence[Target], sayings: Mapping[str, Sequence[str]] | None = None) -> None:
        self._targets = tuple(targets)
        self._texts: list[str] = []
        self._target_of: list[int] = []
        self._weights: list[float] = []
        self._ease: list[float] = []
        self._by_idea: dict[str, list[int]] = defaultdict(list)
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._regions = {
            region for target in targets if isinstance(target, Capability) for region in target.features_by_region
        } | {region for region in _OF_THE_GUIDES if region}
        self._judged: dict[tuple[str, str | None], tuple[tuple[float, float] | None, ...]] = {}
        for number, target in enumerate(self._targets):
            for text in dict.fromkeys((*target.words, target.title) if isinstance(target, Capability) else target.words):
                reading = read(countrified(text))
                if not reading.ideas and not reading.rest:
                    raise ValueError(f"nothing is understood of the phrase {text}")
                self._exact[text].append(number)
                if not (isinstance(target, Ambiguity) and target.exact):
                    self._add(number, text, reading)
            for text in (sayings or {}).get(target.name, ()) if isinstance(target, Capability) else ():
                reading = read(countrified(text))
                if sum(reading.ideas.values()) >= _SAYS_SOMETHING:
                    self._add(number, text, reading)

    def _add(self, target: int, text: str, reading: Reading) -> None:
        number = len(self._texts)
        self._texts.append(text)
        self._target_of.append(target)
        self._weights.append(reading.weight)
        self._ease.append(reading.weight ** -(_EXPLAINED / (_EXPLAINED + _EXPLAINING)))
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
        shared = self._shared(reading)
        best: dict[int, int] = {}
        most: dict[int, float] = {}
        target_of, ease = self._target_of, self._ease
        for number, common in shared.items():
            # What grows and shrinks with the score, at the price of one multiplication: only a target's best phrase is scored.
            fits, target = common * ease[number], target_of[number]
            # Of equal phrases the first declared counts: in which order they were met differs from process to process.
            if fits > (high := most.get(target, 0.0)) or (fits == high and number < best[target]):
                most[target], best[target] = fits, number
        whole, found = reading.weight, {}
        for target, number in best.items():
            said = shared[number] / _HUNDREDTHS
            score = (said / self._weights[number]) ** _EXPLAINED * (said / whole) ** _EXPLAINING if whole else 0.0
            found[target] = (min(score, 0.99), self._texts[number])
        for target in self._exact.get(text, ()):
            found[target] = (1.0, text)
        judged, matches = self._judged_for(role, region), []
        for target, (score, phrase) in found.items():
            if (counts := judged[target]) is not None:
                matches.append(Match(self._targets[target], score * counts[0] + counts[1], phrase))
        return sorted(matches, key=lambda match: (-match.score, match.target.name))

    def _shared(self, reading: Reading) -> dict[int, int]:
        """The phrases that share something with a sentence, and how much, in hundredths."""
        said = [
            (round(weight * _HUNDREDTHS), self._by_idea[idea]) for idea, weight in reading.ideas.items() if idea in self._by_idea
        ]
        said.extend((round(REST * _HUNDREDTHS), self._by_idea[pair]) for pair in reading.rest if pair in self._by_idea)
        if not said:
            return {}
        longest = max(range(len(said)), key=lambda at: len(said[at][1]))
        weight, numbers = said.pop(longest)
        shared = dict.fromkeys(numbers, weight)
        for weight, numbers in said:
            for number in numbers:
                shared[number] = shared.get(number, 0) + weight
        return shared

    def _judged_for(self, role: str, region: str | None) -> tuple[tuple[float, float] | None, ...]:
        """For each target what its score is multiplied by, and what is added; None for a question that this role is not asked.

        Worked out once for a role and a region; all regions that no manual names count as one.
        """
        key = (role, region if region is None or region in self._regions else "")
        if key not in self._judged:
            self._judged[key] = tuple(_judged(target, *key) for target in self._targets)
        return self._judged[key]


def _judged(target: Target, role: str, region: str | None) -> tuple[float, float] | None:
    theirs = target.role in (role, "any")
    if isinstance(target, Ambiguity):
        return (1.0, _ASKING_LOSES) if theirs else None
    factor = 1.0 if theirs else _WRONG_ROLE[role]
    if not target.served_in(region) or (role == "employer" and target.mode == "guide" and region not in _OF_THE_GUIDES):
        factor *= _NOT_HERE
    return factor, 0.0
