"""What a person's words mean where nothing is open: the one decision of the chat and of `python -m bot understand`.

The understanding says the matter (features, slots, what to ask back, what to refuse); words for what no manual numbers, and for a part of
a matter, say the conversation. What is refused is refused whatever else the words would fit.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from dialogs.chapters import DIALOGS
from dialogs.declare import Wish
from handlers.guides.asked import guide_wish, of_place
from handlers.lacking import lacks
from handlers.second_wish import two_wishes
from handlers.session import Offer
from handlers.understanding import Understanding, Understood, answer_lines
from handlers.understood.family import for_another
from handlers.understood.meaning import direct_wish, wish_for
from storage.ports.record import Record
from storage.ports.regions import Region

SURE_ENOUGH = 0.6
"""From this score on, a part of a sentence is a wish of its own."""

SURE_OF_THE_MATTER = 0.8
"""From this score on, what was understood stands for the matter of a conversation that words alone decided."""

REFUSED_BY_WORDS = 0.9
"""From this score on a refusal follows from words that say it, not from their likeness to others: no other words undo it (密码登录 does)."""

_REFUSED = frozenset({"others", "cheating"})


class Decision(Record):
    """`found` is what was understood, `wish` the conversation that begins (None: it is asked back, answered or refused), `two` is set where the
    sentence holds two: the first is `wish`. `direct` tells that words alone decided the conversation."""

    found: Understood
    wish: Wish | None = None
    two: tuple[Wish, Offer] | None = None
    direct: bool = False

    def to_json(self) -> dict[str, Any]:
        """The object of DESIGN section 6, with the conversation that begins as `dialog`."""
        return {**self.found.to_json(), **({"dialog": self.wish.dialog} if self.wish else {})}


def wish_in(
    found: Understood, said: str, region: Region | None, regions: Mapping[str, Region], *, sure: bool = False
) -> Wish | None:
    """The conversation for what was understood of some words; None where it is to be asked back, answered in a sentence or refused, and, when
    it has to be `sure`, where it is not."""
    if found.action not in {"run", "guide"} or found.question or (sure and found.score < SURE_ENOUGH):
        return None
    wish = guide_wish(regions, found.features, said) or wish_for(found, region)
    return Wish(wish.dialog, {**wish.said, "asked": found.title}) if wish and lacks(wish, region) else wish


def decide(said: str, understand: Callable[[str], Understood], region: Region | None, regions: Mapping[str, Region]) -> Decision:
    """The decision for a person with nothing open. `understand` reads words for that person's region and day."""
    found = understand(said)
    if found.action == "refuse" and found.name in _REFUSED and (found.score >= REFUSED_BY_WORDS or direct_wish(said) is None):
        return Decision(found)
    if two := two_wishes(said, direct_wish, lambda part: wish_in(understand(part), part, region, regions, sure=True)):
        return Decision(_told(found, two[0]), two[0], two)
    direct = direct_wish(said)
    wish = of_place(for_another(direct, said) or wish_in(found, said, region, regions), said)
    return Decision(_told(found, wish) if direct and wish else found, wish, None, direct is not None)


def _told(found: Understood, wish: Wish) -> Understood:
    """What was understood, where it was sure: the words told the same matter more closely. Else the matter of the conversation."""
    if found.action in {"run", "guide"} and found.features and not found.question and found.score >= SURE_OF_THE_MATTER:
        return found
    dialog = DIALOGS.get(wish.dialog)
    features = (wish.said["guide"],) if "guide" in wish.said else (*dialog.covers, *dialog.part_of) if dialog else ()
    return replace(
        found,
        action="guide" if wish.dialog == "guide" else "run",
        features=features,
        name=wish.dialog,
        title=dialog.title if dialog else "",
        score=1.0,
        question=None,
        options=(),
    )


def decided_lines(
    lines: Iterable[str], today: date, understanding: Understanding, regions: Mapping[str, Region]
) -> Iterator[str]:
    """As `answer_lines`, with persons' sentences decided as the chat decides them; a clerk's are understood alone."""
    for line in lines:
        if not line.strip():
            continue
        for answer in answer_lines([line], today, understanding):
            asked = json.loads(line) if '"error"' not in answer else {}
            if asked and (asked.get("role") or "person") != "employer":
                decision = decide_for(understanding, asked["text"], asked.get("region") or None, today, regions)
                yield json.dumps(decision.to_json(), ensure_ascii=False)
            else:
                yield answer


def decide_for(
    understanding: Understanding, said: str, region: str | None, today: date, regions: Mapping[str, Region]
) -> Decision:
    """`decide` for the code of a region; a code that is not among `regions` is understood, and its conversations are those of no region."""

    def understand(words: str) -> Understood:
        return understanding.understand(words, role="person", region=region, today=today)

    return decide(said, understand, regions.get(region) if region else None, regions)
