"""How well one writer's sentences are understood by what learned from all others: `python -m tests.words.crossed [--wrong] [NAME|FILE …]`.

A NAME is a file of `handlers/understanding/lessons`: the model is trained without it (a minute or two each), then its sentences are asked. A
FILE is one that nothing was trained on yet: it is asked as the program stands. Without any, every file of lessons has its turn.

The class that a sentence was written under says what is right: that function by name, or that kind of answer. A class that persons and clerks
have is right for either.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

from handlers.understanding import Understanding, default_understanding
from handlers.understanding.linear import Linear
from handlers.understanding.train import LESSONS, lessons, train, written
from handlers.understanding.understanding import ALL_CAPABILITIES
from tests.words.score import TODAY, Labelled, landed, report, score

_NAMED = {capability.name: capability for capability in ALL_CAPABILITIES}
_ROLES = ("person", "employer")
_REFUSED = frozenset({"!others", "!cheating"})


def meanings(sentence: str, name: str) -> Iterator[Labelled]:
    """A sentence of a class as a labelled one, once for each role that has the class."""
    capability = _NAMED.get(name)
    if capability is None:
        action = "refuse" if name in _REFUSED else "clarify" if name[0] == "?" else name[1:]
        yield from (Labelled(sentence, role, None, (action,), ()) for role in _ROLES)
    else:
        actions = ("guide", "run") if capability.mode == "guide" else ("run", "guide")
        for role in _ROLES if capability.role == "any" else (capability.role,):
            yield Labelled(sentence, role, None, actions, capability.features(None), names=(name,))


def asked(taught: Iterable[tuple[str, str]], understanding: Understanding) -> list[Labelled]:
    """The sentences in the role in which they are understood best."""
    found = []
    for sentence, name in dict.fromkeys(taught):
        ways = list(meanings(sentence, name))
        answers = (understanding.understand(way.text, role=way.role, region=None, today=TODAY) for way in ways)
        found.append(next((way for way, answer in zip(ways, answers, strict=True) if landed(way, answer)), ways[0]))
    return found


def _knowing(model: Linear) -> Understanding:
    return Understanding(ALL_CAPABILITIES, linear=lambda: model)


def main() -> None:
    """Reads the arguments, prints one report for each file."""
    parser = argparse.ArgumentParser(description="One writer's sentences, asked of what learned from all others.")
    parser.add_argument("names", nargs="*", help="files of lessons by name, or paths of files that are none")
    parser.add_argument("--wrong", action="store_true", help="name every sentence that landed elsewhere")
    given = parser.parse_args()
    for name in given.names or sorted(path.stem for path in LESSONS.glob("*.txt")):
        path = LESSONS / f"{name}.txt"
        if path.exists():
            understanding = _knowing(train(lessons(without={name})))
        else:
            path, understanding = Path(name), default_understanding()
        rows = asked(written(path), understanding)
        print(f"{path.stem}: {len(rows)} sentences", *report(score(rows, understanding), wrong=given.wrong), sep="\n", flush=True)


if __name__ == "__main__":
    main()
