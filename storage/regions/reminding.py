"""[reminders]: when and how a region's people are reminded. Every key may be absent; the product's own then stands."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from typing import Final

from storage.hosts import leads_away
from storage.ports.records import Channel
from storage.ports.regions import ReminderRules
from storage.regions.reading import Table

RUNGS: Final = (Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS, Channel.RELATIVE, Channel.VISIT)
"""What a ladder may have. News take another way (`chat`), which is nobody's to set."""

PLACES: Final = ("name", "due", "left", "over", "hotline", "agency", "title")
"""What a text may hold in braces."""

THING: Final = 20
"""Characters of a template's field (wechat.md A8)."""

_NAME = re.compile(r"P-[A-Z]+\.[a-z]+(\.relative)?(\.hint|\.sms)?")


def reminders(table: Table) -> ReminderRules:
    """[reminders]; a ladder names each rung once, and a visit is its end."""
    own = ReminderRules()
    after = table.numbers("after", 1, 366) if table.has("after") else own.after
    if after and list(after) != sorted(set(after)):
        table.complain("after", "must rise, each once")
    at = table.hour("at") if table.has("at") else own.at
    hours = table.number("receipt_hours", 0, 240, own.receipt_hours)
    return ReminderRules(after, _ladder(table, own.ladder), at or own.at, _from_days(table), hours, _texts(table))


def _ladder(table: Table, otherwise: tuple[Channel, ...]) -> tuple[Channel, ...]:
    if not table.has("ladder"):
        return otherwise
    names = table.texts("ladder")
    known = {rung.value: rung for rung in RUNGS}
    if any(name not in known for name in names):
        table.complain("ladder", f"must be of {', '.join(known)}")
        return otherwise
    if len(set(names)) < len(names):
        table.complain("ladder", "the same rung twice")
    if Channel.VISIT.value in names[:-1]:
        table.complain("ladder", "visit is the last rung")
    return tuple(known[name] for name in names)


def _from_days(table: Table) -> Mapping[Channel, int]:
    if not table.has("from_days"):
        return {}
    told = table.table("from_days")
    known = {rung.value: rung for rung in RUNGS}
    for name in told.keys:
        if name not in known:
            told.complain(name, f"must be one of {', '.join(known)}")
    return {known[name]: told.number(name, 0, 366) for name in told.keys if name in known}


def _texts(table: Table) -> Mapping[str, str]:
    if not table.has("texts"):
        return {}
    told = table.table("texts")
    found = {}
    for name in told.keys:
        text = told.text(name)
        if not _NAME.fullmatch(name):
            told.complain(name, "must be a name like P-CERT.before, P-CERT.day.hint or P-CERT.after.sms")
        elif text and (problem := _problem(name, text)):
            told.complain(name, problem)
        found[name] = text
    return found


def _problem(name: str, text: str) -> str:
    """What is wrong with a text; '' when nothing."""
    try:
        names = [place for _, place, _, _ in string.Formatter().parse(text) if place is not None]
    except ValueError:
        return "has a brace that is not closed"
    if any(place not in PLACES for place in names):
        return f"knows only the places {', '.join(PLACES)}"
    if name.endswith((".hint", ".sms")) and leads_away(text):
        return "what is sent unasked holds no link and nobody's WeChat or QQ: people are told that it never does"
    if not name.endswith(".hint"):
        return ""
    longest = text.replace("{left}", "366").replace("{over}", "366")
    if len(longest) > THING or any(place not in {"left", "over"} for place in names):
        return f"a hint has at most {THING} characters, with {{left}} and {{over}} as its only places"
    return "" if longest.isprintable() else "a hint is one line"
