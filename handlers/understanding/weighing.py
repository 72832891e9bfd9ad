"""How the second opinion counts: which shares a role's words can have, what they add to a match and take from it, and what they overrule."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.understanding.broad import speaks_of_employers
from handlers.understanding.index import Match
from handlers.understanding.model import Ambiguity, Capability

LOSES = 1.5
"""At most so much is taken from a match that the second opinion holds for less likely than another."""

GAINS = 0.9
"""So much of what is missing to certainty is given to a match that the second opinion is sure of."""

ALONE = 0.3
"""From this share on, the second opinion alone puts forward a capability that shares no idea with the sentence: as a question."""

OURS = 0.6
"""From this share of one function on, words of another office (公积金, 户口, 医院) are taken for a part of that function."""

KNOWN_BETTER = 0.85
"""From this share of another function on, a turn of phrase does not decide."""

NOTHING_OF_OURS, NOTHING_OF_OTHERS = 0.25, 0.05
"""Below these shares of every function, and of another office's matters, a few words say nothing."""

ASKED_LESS = 0.3
"""Taken from a question about a word when the sentence says much more than the word."""

ASKED_SELDOM = 0.7
"""So much of a question's share counts where more is said than the word."""

SOUNDS_DECIDED = 0.3
"""From this advantage of another class on, the second opinion decides even a sentence that holds little more than a word that is asked about."""

STRANGE = 0.8
"""What is left of a person's function when a clerk asks."""

NOT_THEIRS = 0.6
"""What is left of an employer's function when a person asks without a word of employers."""

OF_A_PERSON, OF_A_CLERK = 0.0001, 0.05
"""What is left of the share of the other role's function: a clerk's sentence without a word of employers sounds like a person's, often by far."""

BY_ITSELF = 0.95
"""What a capability that only the second opinion puts forward is worth at most."""

CHATTED = 0.02
"""Where nothing fits, this share makes a sentence talk, if it sounds like nothing else that asks for no function."""

TOLD, SURELY_CHATTED = 16, 0.5
"""From so many characters on a sentence tells something: it is talk only from this share on."""

GUESSED, GUESSED_TOO = 0.35, 0.06
"""Where nothing fits, a function of the first share is offered as a question, with others of the second."""

_NO_FUNCTION = ("!smalltalk", "!unknown", "!human", "!others", "!cheating")
_WHOLLY = 0.95
_NEVER_QUITE = 0.99
_ASKS_LONGER = 3
"""Characters by which a sentence may be longer than the word that is asked about."""


def allowed(shares: Mapping[str, float], not_theirs: frozenset[str], role: str, bare: str) -> dict[str, float]:
    """The shares of what this role asks for: a clerk's own functions for a clerk, and for a person only with a word of employers."""
    heeded = OF_A_PERSON if role == "employer" else 1.0 if speaks_of_employers(bare) else OF_A_CLERK
    kept = {name: share * heeded if name in not_theirs else share for name, share in shares.items()}
    whole = sum(kept.values()) or 1.0
    return {name: share / whole for name, share in kept.items()}


def weighed(
    matches: list[Match], shares: Mapping[str, float], named: Mapping[str, Capability], role: str, bare: str = ""
) -> list[Match]:
    """The matches with the second opinion counted in: what the model thinks of gains, what it holds for less likely loses.

    Words that are asked about stay asked about where a sentence holds no more than them, unless it sounds like something else by far.
    """
    highest = max(shares.values())
    found, seen = [], set()
    for match in matches:
        asks = isinstance(match.target, Ambiguity)
        name = f"?{match.target.name}" if asks else match.target.name
        share = shares.get(name, 0.0)
        seen.add(name)
        if asks and len(bare) > len(match.phrase):
            share *= ASKED_SELDOM
        more = len(bare) > len(match.phrase) + _ASKS_LONGER
        if not asks or match.score < _WHOLLY or more or highest - share > SOUNDS_DECIDED:
            score = match.score - (ASKED_LESS if asks and more else 0.0)
            if role == "employer" and not asks and match.target.role == "person":
                score *= STRANGE
            if role == "person" and match.target.role == "employer" and not speaks_of_employers(bare):
                score *= NOT_THEIRS
            score = score - LOSES * (highest - share) + GAINS * share * (1 - score)
            found.append(Match(match.target, max(0.0, min(score, _NEVER_QUITE)), match.phrase))
        else:
            found.append(match)
    for name in (name for name, share in shares.items() if share > ALONE and name not in seen):
        target = named.get(name)
        if target is not None and target.role in (role, "any"):
            found.append(Match(target, BY_ITSELF * shares[name], ""))
    return sorted(found, key=lambda match: (-match.score, match.target.name))


def is_ours(shares: Mapping[str, float]) -> bool:
    """Whether the model is sure of one function."""
    return max((share for name, share in shares.items() if name[0] not in "!?"), default=0.0) >= OURS


def knows_better(shares: Mapping[str, float], name: str) -> bool:
    """Whether the model is surer of another function than any turn of phrase can be."""
    likeliest = max(shares, key=shares.__getitem__, default=name)
    return likeliest != name and likeliest[0] not in "!?" and shares[likeliest] >= KNOWN_BETTER


def says_nothing(shares: Mapping[str, float]) -> bool:
    """Whether the model hears no function, no refusal and no other office in a text; nothing at all is not heard either."""
    if not shares:
        return False
    ours = max(share for name, share in shares.items() if name != "!smalltalk")
    return ours < NOTHING_OF_OURS and shares.get("!unknown", 0.0) < NOTHING_OF_OTHERS


def served(shares: Mapping[str, float]) -> dict[str, float]:
    """The shares without those of what is refused: a sentence that was not refused is compared by what is served."""
    kept = {name: share for name, share in shares.items() if name not in {"!others", "!cheating"}}
    whole = sum(kept.values()) or 1.0
    return {name: share / whole for name, share in kept.items()}


def is_talk(shares: Mapping[str, float], length: int) -> bool:
    """Whether a text that fits nothing is talk: it sounds like nothing else that asks for no function. What is long tells something, and is talk only
    where that is the likeliest of all, or likelier than all the rest."""
    if not shares or max(_NO_FUNCTION, key=lambda name: shares.get(name, 0.0)) != "!smalltalk":
        return False
    talk = shares.get("!smalltalk", 0.0)
    return talk > (CHATTED if length < TOLD or talk == max(shares.values()) else SURELY_CHATTED)


def guessed(shares: Mapping[str, float], named: Mapping[str, Capability], role: str) -> list[Match]:
    """What the model holds for likeliest among a role's functions, best first, to be offered as a question; nothing where it holds none for
    likely, or another office's matter for half as likely."""
    likely = [
        Match(named[name], share, "")
        for name, share in shares.items()
        if share >= GUESSED_TOO and name in named and named[name].role in (role, "any")
    ]
    likely.sort(key=lambda match: (-match.score, match.target.name))
    return likely if likely and likely[0].score >= max(GUESSED, 2 * shares.get("!unknown", 0.0)) else []
