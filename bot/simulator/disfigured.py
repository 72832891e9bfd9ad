"""Messages as the platform has been seen to send them: characters that XML forbids, kinds that nobody knows, lists of one (wechat.md A4, B1, E)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.simulator.faults import PushFaults
from bot.simulator.markup import Repeated

_SPOKEN = ("Content", "Recognition", "Label", "Title")
_SPLIT = "]]]]><![CDATA[>"


def disfigured(fields: Mapping[str, Any], faults: PushFaults, *, is_event: bool) -> dict[str, Any]:
    """The message with what was ordered done to it; each order counts down by what it is done to."""
    changed = dict(fields)
    spoken = next((name for name in _SPOKEN if changed.get(name)), "")
    if spoken and faults.take("control"):
        changed[spoken] = f"\x1d{changed[spoken]}\x02"
    if spoken and faults.take("cdata_end"):
        changed[spoken] = f"{changed[spoken]}]]>"
    if is_event:
        if faults.take("unknown_event"):
            changed["Event"] = "event_of_tomorrow"
        if "EventKey" in changed and faults.take("empty_key"):
            changed["EventKey"] = ""
        return _listed(changed, faults)
    if faults.take("unknown_type"):
        changed["MsgType"] = "kind_of_tomorrow"
    return changed


def unescaped(text: str, faults: PushFaults) -> str:
    """XML whose `]]>` nobody has split; untouched where there is none."""
    return text.replace(_SPLIT, "]]>") if _SPLIT in text and faults.take("raw_cdata") else text


def _listed(fields: dict[str, Any], faults: PushFaults) -> dict[str, Any]:
    for name, holder in fields.items():
        if isinstance(holder, Mapping) and "List" in holder:
            found = holder["List"]
            rows = list(found) if isinstance(found, list | tuple) else [found]
            if faults.take("list_one"):
                rows = rows[:1]
            if len(rows) == 1 and faults.take("list_many"):
                rows = rows * 2
            return fields | {name: {**holder, "List": Repeated(rows)}}
    return fields
