"""Questions on a page: which of them are on the screen, and what a browser sends back for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from handlers.forms import Field, Form
from storage.ports.record import Record

MOST: Final = 64 * 1024
FIELDS: Final = 120
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,40}")


class Screen(Record):
    """The questions that are shown. In large type they come one by one: `number` of `of`, `before` and `after` are the neighbours' names."""

    fields: tuple[Field, ...]
    kept: tuple[Field, ...] = ()
    """Questions that are not on this screen."""
    number: int = 0
    of: int = 0
    before: str = ""
    after: str = ""

    @property
    def wrong(self) -> tuple[Field, ...]:
        """Those with an error."""
        return tuple(one for one in self.fields if one.error)

    @property
    def focus(self) -> str:
        """Where to begin: the first wrong one; '' for none."""
        return self.wrong[0].name if self.wrong else ""

    @property
    def names(self) -> str:
        """What is asked here, for the form to say."""
        return ",".join(one.name for one in self.fields)


def screen(form: Form, *, elder: bool, wanted: str = "") -> Screen:
    """All questions, or for elders one: the wrong one, else the wanted one, else the first that is open, else the last."""
    if not elder or not form.fields:
        return Screen(form.fields)
    questions = [one for one in form.fields if one.kind != "fixed"] or list(form.fields)
    names = [one.name for one in questions]
    open_ones = [one.name for one in questions if not one.answered]
    chosen = next((one.name for one in questions if one.error), "") or (wanted if wanted in names else "")
    at = names.index(chosen or (open_ones[0] if open_ones else names[-1]))
    others = tuple(one for one in form.fields if one.name != names[at])
    return Screen(
        (questions[at],),
        others,
        at + 1,
        len(names),
        names[at - 1] if at else "",
        names[at + 1] if at + 1 < len(names) else "",
    )


def next_open(form: Form, after: str) -> str:
    """The question that comes after that one and has no answer, or the first that has none; '' when all have."""
    names = [one.name for one in form.fields]
    at = names.index(after) if after in names else -1
    ahead = [one.name for one in form.fields[at + 1 :] if not one.answered]
    return next(iter(ahead), "") or next((one.name for one in form.fields if not one.answered), "")


def asked_of(sent: Mapping[str, str]) -> list[str]:
    """Which questions stood on the screen that was sent."""
    return [name for name in sent.get("asked", "").split(",") if _NAME.fullmatch(name)]


def posted(sent: Mapping[str, str]) -> dict[str, str]:
    """Question → what was typed or tapped. Where both can be, what was typed wins, unless it stood there before and a tap is new."""
    found = {}
    for name in asked_of(sent):
        tapped, typed, was = sent.get(f"f.{name}", ""), sent.get(f"t.{name}", ""), sent.get(f"w.{name}", "")
        found[name] = tapped if tapped and (not typed.strip() or typed == was) else typed or tapped
    return found


def without_errors(form: Form) -> Form:
    """The same, blaming nobody: for looking ahead while somebody is still filling in."""
    return replace(form, fields=tuple(replace(one, error="") for one in form.fields))
