"""How well sentences are understood: `python -m tests.words.score [--part tune|held|all] [--wrong] [FILE…]`.

A file is one JSON object a line, `{"text", "role", "region", "action": [...], "features": [...], "names": [...], "slots": {...}, "today"}`, or a text of
blocks: `## 北京 ; 滨州/济南 ; role` with `features/actions` (`=`: the same again, `-`: not asked there, `*`: any feature) and under it one
sentence a line, ` | name=value …` for the slots. Without a file: the development set. `held` is every third sentence by its checksum, which
nobody looks at while tuning. Every figure counts sentences in regions, so a sentence that means the same in two regions counts twice.
"""

from __future__ import annotations

import argparse
import json
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from handlers.understanding import Understanding, Understood, default_understanding

TODAY = date(2024, 9, 12)
DEVELOPMENT = Path(__file__).parent / "dev"
_HELD_OF = 3
_SURELY_NAMED = ("period", "ym", "insurance", "serial", "code", "case_no", "ids", "months")
_OTHER_ACTIONS = frozenset({"refuse", "human", "smalltalk", "unknown"})


@dataclass(frozen=True, slots=True)
class Labelled:
    """A sentence with what is right: the actions and the best features that will do (none: any), and the slots if they are labelled."""

    text: str
    role: str
    region: str | None
    actions: tuple[str, ...]
    features: tuple[str, ...]
    slots: dict[str, str] | None = None
    today: date = TODAY
    slots_or: tuple[dict[str, str], ...] = ()
    """Other readings of the same span that are as right: a whole month as `ym` or `period`, a whole year as `year` or `period`."""
    others_may_be: bool = False
    """Whether slots that are not labelled may be present."""
    names: tuple[str, ...] = ()
    """The functions by their names where only those will do; else the features decide."""

    @property
    def held(self) -> bool:
        """Whether the sentence belongs to the third that is kept aside."""
        return zlib.crc32(self.text.encode()) % _HELD_OF == 0


@dataclass(slots=True)
class Score:
    """Counts of one run; `wrong` are the labelled sentences that landed elsewhere, with what was answered."""

    all: int = 0
    landed: int = 0
    right_functions: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    right_kinds: Counter[str] = field(default_factory=Counter)
    slots: int = 0
    right_slots: int = 0
    asked: int = 0
    asked_well: int = 0
    asked_with_the_answer: int = 0
    to_refuse: int = 0
    refused: int = 0
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[tuple[Labelled, Understood]] = field(default_factory=list)
    wrong_slots: list[tuple[Labelled, Understood]] = field(default_factory=list)


def _label(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    features, _, actions = cell.partition("/")
    named = tuple(part for part in features.split(",") if part and part != "*")
    return named, tuple((actions or "run").split(","))


def blocks(text: str) -> Iterator[Labelled]:
    """The sentences of a text of blocks, once for each region of their block."""
    head: list[str] = []
    for line in text.splitlines():
        if line.startswith("## "):
            head = [cell.strip() for cell in line[3:].split(" ; ")]
        elif line.strip():
            sentence, _, values = line.partition(" | ")
            role = head[2] if len(head) > 2 else "person"
            slots = dict(pair.split("=", 1) for pair in values.split()) or None
            for region, cell in zip(("beijing", "jinan" if role == "employer" else "binzhou"), head[:2], strict=True):
                if cell != "-":
                    features, actions = _label(head[0] if cell == "=" else cell)
                    yield Labelled(sentence.strip(), role, region, actions, features, slots)


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part for part in value.replace("/", ",").split(",") if part and part != "*")
    return tuple(str(part) for part in value) if isinstance(value, list) else ()


def _as_text(slots: object) -> dict[str, str]:
    """Slots as the strings that the understanding gives: numbers of people in order, counts as text."""
    if not isinstance(slots, dict):
        return {}
    return {name: ",".join(sorted(value)) if isinstance(value, list) else str(value) for name, value in slots.items()}


def lines(text: str) -> Iterator[Labelled]:
    """The sentences of one JSON object a line."""
    for line in text.splitlines():
        if line.strip():
            row = json.loads(line)
            actions = _listed(row.get("actions", row.get("action")))
            slots = _as_text(row["slots"]) if row.get("slots") is not None else None
            said = row.get("now") or row.get("today")
            today = date.fromisoformat(str(said)[:10]) if said else TODAY
            role, region = row.get("role") or "person", row.get("region") or None
            readings = tuple(_as_text(other) for other in row.get("slots_or") or ())
            names = _listed(row.get("names"))
        yield Labelled(row["text"], role, region, actions, _listed(row.get("features")), slots, today, readings, True, names)


def labelled(paths: list[Path]) -> list[Labelled]:
    """Every sentence of the files, in order."""
    found: list[Labelled] = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        found.extend(lines(text) if path.suffix == ".jsonl" else blocks(text))
    return found


def landed(one: Labelled, found: Understood) -> bool:
    """Whether the action is one that will do and, where features are labelled and something is run or shown, the best feature is one of them.

    Where functions are labelled by name, it is one of those.
    """
    if one.actions and found.action not in one.actions:
        return False
    if one.names:
        return found.name in one.names
    if not one.features or found.action in _OTHER_ACTIONS or found.action == "clarify":
        return True
    return bool(found.features) and found.features[0] in one.features


def right_function(one: Labelled, found: Understood) -> bool:
    """Whether it landed, or opened a function that covers one of the labelled ones (by ID, or by name where it has none), run or explained."""
    if landed(one, found):
        return True
    return found.action in ("run", "guide") and not {found.name, *found.features}.isdisjoint(one.features)


def _has(found: Understood, wanted: dict[str, str]) -> bool:
    said = {name: ",".join(sorted(value.split(","))) if name == "ids" else value for name, value in found.slots.items()}
    return all(said.get(name) == value for name, value in wanted.items())


def _same_slots(one: Labelled, found: Understood) -> bool:
    wanted = one.slots or {}
    if one.others_may_be:
        return any(_has(found, reading) for reading in (wanted, *one.slots_or))
    if not _has(found, wanted):
        return False
    implied = {"ym"} if "period" in wanted else {"period"} if "ym" in wanted or "year" in wanted else set()
    return not any(name in found.slots and name not in wanted and name not in implied for name in _SURELY_NAMED)


def score(rows: list[Labelled], understanding: Understanding) -> Score:
    """All sentences through the understanding, counted."""
    result = Score()
    for one in rows:
        found = understanding.understand(one.text, role=one.role, region=one.region, today=one.today)
        kind = one.actions[0] if one.actions else "any"
        result.all += 1
        result.kinds[kind] += 1
        result.right_functions += right_function(one, found)
        if right := landed(one, found):
            result.landed += 1
            result.right_kinds[kind] += 1
        else:
            wanted = next(iter((*one.names, *one.features)), "") + "/" + kind
            got = (found.name if one.names else next(iter(found.features), "")) + "/" + found.action
            result.confused[wanted, got] += 1
            result.wrong.append((one, found))
        if one.actions == ("refuse",):
            result.to_refuse += 1
            result.refused += found.action == "refuse"
        if found.action == "clarify":
            result.asked += 1
            result.asked_well += "clarify" in one.actions and right
            result.asked_with_the_answer += not one.features or not set(found.features).isdisjoint(one.features)
        if (one.slots and found.action in ("run", "guide")) or (one.slots == {} and not one.others_may_be):
            result.slots += 1
            if _same_slots(one, found):
                result.right_slots += 1
            else:
                result.wrong_slots.append((one, found))
    return result


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:5.1f} % ({part}/{whole})" if whole else "  –"


def report(result: Score, *, wrong: bool) -> Iterator[str]:
    """The report as lines: landing, by kind, questions, slots, the most frequent confusions; each wrong sentence when asked for."""
    yield f"top-1 landing      {_share(result.landed, result.all)}"
    yield f"right function     {_share(result.right_functions, result.all)}"
    for kind, count in result.kinds.most_common():
        yield f"  {kind:<16} {_share(result.right_kinds[kind], count)}"
    yield f"clarify precision  {_share(result.asked_well, result.asked)}   answer among the choices {_share(result.asked_with_the_answer, result.asked)}"
    yield f"refusal recall     {_share(result.refused, result.to_refuse)}"
    yield f"slot accuracy      {_share(result.right_slots, result.slots)}"
    yield "confused (wanted → got):"
    for (wanted, got), count in result.confused.most_common(25):
        yield f"  {count:3}  {wanted} → {got}"
    if wrong:
        for one, found in result.wrong:
            yield f"  {one.text} [{one.region}] {found.name} {found.action} {','.join(found.features[:3])} {found.score:.2f}"
        for one, found in result.wrong_slots:
            yield f"  slots: {one.text} wanted {one.slots} got {dict(found.slots)}"


def main() -> None:
    """Reads the arguments, prints the report."""
    parser = argparse.ArgumentParser(description="How well labelled sentences are understood.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--part", choices=("tune", "held", "all"), default="all")
    parser.add_argument("--wrong", action="store_true", help="name every sentence that landed elsewhere")
    asked = parser.parse_args()
    rows = labelled(asked.files or sorted(DEVELOPMENT.glob("*.txt")))
    if asked.part != "all":
        rows = [row for row in rows if row.held == (asked.part == "held")]
    began = time.process_time()
    understanding = default_understanding()
    built = time.process_time() - began
    began = time.process_time()
    result = score(rows, understanding)
    each = (time.process_time() - began) / max(1, len(rows))
    print(f"{len(rows)} sentences in regions; built in {built * 1000:.0f} ms; {each * 1000:.2f} ms a sentence")
    print("\n".join(report(result, wrong=asked.wrong)))


if __name__ == "__main__":
    main()
