"""What the understanding is told and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from storage.ports.record import Record, field

Action = Literal["run", "clarify", "guide", "refuse", "human", "smalltalk", "unknown"]
"""run: there is a function for it; guide: the handbook answers, or the region lacks the function; refuse: not for this role, others'
data, a check to be skipped; the rest are as they are called."""

Mode = Literal["run", "guide"]

ANY = "*"
"""In `Capability.features_by_region`: every region that is not named."""


class Capability(Record):
    """Something that people ask for, with the words they use.

    `features_by_region` holds feature IDs, best first; a region that is neither named nor covered by `ANY` has not got it. `words`
    are whole phrases as people type them. `role` is person, employer or any. `mode` says whether it is a function or an answer
    from the handbook. `feature` is the ID that stands for it where no region is known.
    """

    feature: str
    name: str
    title: str
    words: tuple[str, ...]
    features_by_region: Mapping[str, tuple[str, ...]]
    role: str = "person"
    mode: Mode = "run"

    def features(self, region: str | None) -> tuple[str, ...]:
        """IDs for a region; of all regions, the main one first, where the region is unknown or lacks it. Never empty."""
        if region is not None:
            here = self.features_by_region.get(region) or self.features_by_region.get(ANY)
            if here:
                return here
        everywhere = (feature for features in self.features_by_region.values() for feature in features)
        return tuple(dict.fromkeys((self.feature, *everywhere)))

    def served_in(self, region: str | None) -> bool:
        """Whether the region's manual has it; True while the region is unknown."""
        return region is None or region in self.features_by_region or ANY in self.features_by_region


class Option(Record):
    """One way out of a question: what is shown, and the sentence that stands for it (understood without a further question)."""

    label: str
    text: str
    feature: str = ""
    """The best feature behind it, for the role and region that were asked for; filled in when the question is asked."""


class Ambiguity(Record):
    """Words that fit several functions (guides.md, Disambiguation), the short question and at most three answers."""

    name: str
    words: tuple[str, ...]
    question: str
    options: tuple[Option, ...]
    features: tuple[str, ...]
    role: str = "person"
    exact: bool = False
    """Asked only when one of the words is all that was said."""


class Understood(Record):
    """What one sentence means.

    `features` are IDs, best first, empty for talk. `name` is the capability, the ambiguity, or the kind of talk (greeting, thanks, bye,
    abuse, who, menu, help, chat), of refusal (employer, others, cheating) or `negated`. `question` and `options` are set when asking
    back; `question` also for a refusal to run what was negated.
    """

    action: Action
    features: tuple[str, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    score: float = 0.0
    name: str = ""
    title: str = ""
    question: str | None = None
    options: tuple[Option, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The object of DESIGN section 6; `question` and `options` only where there is one."""
        answer: dict[str, Any] = {
            "features": list(self.features),
            "action": self.action,
            "slots": dict(self.slots),
            "score": round(self.score, 2),
        }
        if self.question is not None:
            answer["question"] = self.question
        if self.options:
            answer["options"] = [option.label for option in self.options]
        return answer
