"""Approved templates: which one a kind of text has, and what fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.sms.outcomes import NotSent, Why
from handlers.codes import Sms


@dataclass(frozen=True, slots=True)
class Template:
    """The provider's id of an approved template, and which of our parameters it takes, in its order."""

    id: str
    params: tuple[str, ...]


def filled(templates: Mapping[str, Template], sms: Sms) -> dict[str, str] | NotSent:
    """The template's parameters with this message's values; NotSent when there is no template, or a value is missing."""
    template = templates.get(sms.kind)
    if template is None or not template.id:
        return NotSent(Why.TEMPLATE, f"no template for {sms.kind}")
    missing = [name for name in template.params if name not in sms.params]
    if missing:
        return NotSent(Why.TEMPLATE, f"nothing for {missing[0]}")
    return {name: sms.params[name] for name in template.params}
