"""A conversation as a record that can be played again: what was done on a phone, when, and what came of it.

A transcript is one JSON object `{"transcript": 1, "account": {"kind","mode","format"}, "started": when, "steps": […]}`. Each step has `at_s`,
the seconds since the start, and is one of: `{"openid","msg","status","replies"}` (done on a phone, with what it brought), `{"openid","later"}`
(a message that came by itself), `{"sms": {"phone","text"}}`, `{"faults": {…}}`. As JSON lines it is the same object without its steps, then
one step a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bot.simulator.simulator import Simulator

VERSION = 1
_NUMBER = re.compile(r"(?<!\d)1\d{10}(?!\d)")
_ACTS = frozenset({"send", "shown", "sms", "faults"})


class BadTranscript(Exception):
    """This is no transcript; the message says why."""


def export(sim: Simulator, openid: str = "") -> dict[str, Any]:
    """What this phone did and saw (or all phones) since the last reset, with the short messages to its number (when it has none of its own: to
    numbers that are no other phone's, from its first act on) and the faults that were ordered."""
    phone = sim.world.phones.get(openid)
    resets = sim.log.lines(kinds=frozenset({"reset"}))
    acts = sim.log.lines(kinds=_ACTS, openid=openid, after=resets[-1]["n"] if resets else 0)
    if phone is not None and phone.number:
        acts = [one for one in acts if one["kind"] != "sms" or one["sms"]["phone"] == phone.number]
    elif openid:
        begun = next((one["n"] for one in acts if one["kind"] in {"send", "shown"}), 0)
        others = _numbers_of_others(sim, openid)
        acts = [one for one in acts if one["kind"] != "sms" or (one["n"] > begun and one["sms"]["phone"] not in others)]
    started = datetime.fromisoformat(acts[0]["at"]) if acts else sim.clock.now()
    answered = {number for one in acts if one["kind"] == "send" for number in one["entries"]}
    steps = []
    for one in acts:
        if one["kind"] == "shown" and one["entry"] in answered:
            continue
        at_s = round((datetime.fromisoformat(one["at"]) - started).total_seconds(), 3)
        steps.append({"at_s": at_s} | _step(one))
    account = sim.account
    return {
        "transcript": VERSION,
        "account": {"kind": account.kind, "mode": account.mode, "format": account.format},
        "started": started.isoformat(),
        "steps": steps,
    }


def _numbers_of_others(sim: Simulator, openid: str) -> set[str]:
    """What belongs to another phone, or was typed on one; not what was typed on this one too."""
    typed: dict[bool, set[str]] = {True: set(), False: set()}
    for one in sim.log.lines(kinds=frozenset({"send"})):
        typed[one["openid"] == openid] |= set(_NUMBER.findall(json.dumps(one["msg"])))
    theirs = {phone.number for name, phone in sim.world.phones.items() if name != openid and phone.number}
    return (theirs | typed[False]) - typed[True]


def _step(one: dict[str, Any]) -> dict[str, Any]:
    match one["kind"]:
        case "send":
            return {name: one[name] for name in ("openid", "msg", "status", "replies")}
        case "shown":
            return {"openid": one["openid"], "later": one["reply"]}
        case "sms":
            return {"sms": one["sms"]}
        case _:
            return {"faults": one["faults"]}


def to_lines(transcript: dict[str, Any]) -> str:
    """As JSON lines."""
    head = {name: value for name, value in transcript.items() if name != "steps"}
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (head, *transcript["steps"]))


def from_text(text: str) -> dict[str, Any]:
    """A transcript from either form. Raises BadTranscript."""
    try:
        whole = [json.loads(text)]
    except ValueError:
        try:
            whole = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError:
            raise BadTranscript("neither JSON nor JSON lines") from None
    head = whole[0] if whole and isinstance(whole[0], dict) else {}
    return checked(head | {"steps": head.get("steps", whole[1:])})


def checked(given: Any) -> dict[str, Any]:
    """The same, if it is a transcript. Raises BadTranscript."""
    if not isinstance(given, dict) or given.get("transcript") != VERSION:
        raise BadTranscript(f"not a transcript of version {VERSION}")
    steps = given.get("steps")
    if not isinstance(steps, list) or not all(_good(one) for one in steps):
        raise BadTranscript("a step is out of form")
    try:
        datetime.fromisoformat(given.get("started", ""))
    except (TypeError, ValueError):
        raise BadTranscript("started is no moment") from None
    return given


def _good(step: Any) -> bool:
    if not isinstance(step, dict) or not isinstance(step.get("at_s"), int | float):
        return False
    if "msg" in step:
        return isinstance(step.get("openid"), str) and _replies(step.get("replies"))
    if "later" in step:
        return isinstance(step.get("openid"), str) and isinstance(step["later"], dict)
    return isinstance(step.get("sms"), dict) or isinstance(step.get("faults"), dict)


def _replies(given: Any) -> bool:
    return isinstance(given, Iterable) and all(isinstance(one, dict) for one in given)
