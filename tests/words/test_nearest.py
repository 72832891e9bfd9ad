"""Looking up phrases quickly gives what comparing with every phrase gives; a sum as one long number is the sum."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

from handlers.understanding.ambiguities import AMBIGUITIES
from handlers.understanding.index import Index, Target
from handlers.understanding.linear import SHARP, STEP, features, trained
from handlers.understanding.model import Ambiguity, Capability
from handlers.understanding.reading import Reading, read
from handlers.understanding.sayings import SAYINGS
from handlers.understanding.traditional import countrified
from handlers.understanding.understanding import ALL_CAPABILITIES, plainly
from tests.words.score import Labelled, labelled

DEVELOPMENT = Path(__file__).parent / "dev"
TARGETS: tuple[Target, ...] = (*ALL_CAPABILITIES, *AMBIGUITIES)
SENTENCES = labelled(sorted(DEVELOPMENT.glob("*")))[::9]


def phrases() -> list[tuple[Target, str, Reading]]:
    """Every phrase with its target, as the index is told to hold them."""
    found: list[tuple[Target, str, Reading]] = []
    for target in TARGETS:
        declared = (*target.words, target.title) if isinstance(target, Capability) else target.words
        if not (isinstance(target, Ambiguity) and target.exact):
            found.extend((target, text, read(countrified(text))) for text in declared)
        for text in SAYINGS.get(target.name, ()) if isinstance(target, Capability) else ():
            reading = read(countrified(text))
            if sum(reading.ideas.values()) >= 0.5:
                found.append((target, text, reading))
    return found


PHRASES = phrases()


def compared(one: Labelled, text: str, said: Reading) -> dict[int, float]:
    """The score of every target by comparing with all phrases, one after the other."""
    best: dict[int, float] = {}
    exact = {(id(target), phrase) for target in TARGETS for phrase in (*target.words, getattr(target, "title", ""))}
    whole = said.weight
    pairs = [(target, phrase, reading) for target, phrase, reading in PHRASES]
    pairs.extend((target, text, said) for target in TARGETS if (id(target), text) in exact)
    for target, phrase, reading in pairs:
        common = sum(weight for idea, weight in said.ideas.items() if idea in reading.ideas)
        common += 0.06 * len(said.rest & reading.rest)
        if phrase == text and (id(target), text) in exact:
            score = 1.0
        elif common:
            score = min((common / reading.weight) ** 0.9 * (common / whole) ** 0.5, 0.99)
        else:
            continue
        if target.role not in (one.role, "any"):
            if isinstance(target, Ambiguity):
                continue
            score *= 0.84 if one.role == "person" else 0.76
        if isinstance(target, Ambiguity):
            score += 0.002
        elif not target.served_in(one.region) or (
            one.role == "employer" and target.mode == "guide" and one.region not in (None, "beijing")
        ):
            score *= 0.94
        best[id(target)] = max(score, best.get(id(target), 0.0))
    return best


def test_the_nearest_are_those_of_comparing_with_every_phrase() -> None:
    """Every ninth development sentence: the same targets with the same scores, best first."""
    index = Index(TARGETS, SAYINGS)
    assert len(SENTENCES) > 400
    for one in SENTENCES:
        text = plainly(one.text)
        said = read(text)
        found, expected = index.nearest(text, said, one.role, one.region), compared(one, text, said)
        assert {id(match.target) for match in found} == expected.keys(), one.text
        assert all(math.isclose(match.score, expected[id(match.target)], rel_tol=1e-9) for match in found), one.text
        assert [match.score for match in found] == sorted((match.score for match in found), reverse=True)


def test_regions_that_no_manual_names_are_one() -> None:
    """A function that nobody has but 北京 and 滨州 fits less in any other region, and as much as anywhere where none is known."""
    index = Index(TARGETS, SAYINGS)
    said = read("缴费记录")
    scores = {
        region: next(
            match.score for match in index.nearest("缴费记录", said, "person", region) if match.target.name == "contributions"
        )
        for region in (None, "beijing", "qingdao", "x" * 40)
    }
    assert scores[None] == scores["beijing"] > scores["qingdao"] == scores["x" * 40]


def test_weights_side_by_side_add_up_as_one_by_one() -> None:
    """Shares from the pairs of bytes alone are the shares that are given."""
    model = trained()
    for one in SENTENCES[::4]:
        text, scores = plainly(one.text), [0] * len(model.classes)
        found = features(text)
        known = {feature: pairs for feature in found if (pairs := model.weights.get(feature)) is not None}
        if not known.keys() - {"^", "$", "^$"}:
            continue
        for pairs in known.values():
            for at in range(0, len(pairs), 2):
                scores[pairs[at]] += pairs[at + 1] - 128
        scale = SHARP * STEP / math.sqrt(len(found))
        powers = [math.exp(scale * (score - max(scores))) for score in scores]
        expected = {name: power / sum(powers) for name, power in zip(model.classes, powers, strict=True)}
        shares = model.shares(text)
        assert all(math.isclose(shares[name], share, rel_tol=1e-9) for name, share in expected.items())


def test_another_process_understands_the_same() -> None:
    """However a process mixes its sets, the same sentences give the same answers, scores and phrases included."""
    told = "\n".join(one.text for one in SENTENCES[::4])
    program = (
        "import sys\nfrom datetime import date\nfrom handlers.understanding import default_understanding\n"
        "known = default_understanding()\n"
        "print(*(known.understand(line.strip(), region='beijing', today=date(2024, 9, 12)) for line in sys.stdin), sep='\\n')"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            input=told,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert len(answers.pop().splitlines()) == len(told.splitlines())
