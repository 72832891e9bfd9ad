"""Approved templates: which one a text has, what fills it, and how it then reads."""

from __future__ import annotations

from collections.abc import Mapping

from bot.config import Sms as SmsConfig
from bot.sms.outcomes import NotSent, Why
from handlers.codes import Sms
from handlers.reminders.wording import ANY, OWN, Wording, places_of
from storage.ports.record import Record

CLOUDS = ("tencent", "aliyun")


class Template(Record):
    """The provider's id of an approved template, and which of our parameters it takes, in its order."""

    id: str
    params: tuple[str, ...]


def templates_of(config: SmsConfig, cloud: str) -> dict[str, Template]:
    """By kind of text, and by name for those texts of reminders that have one of their own."""
    found = {
        kind: Template(getattr(config, f"{cloud}_{kind}_template"), getattr(config, f"{cloud}_{kind}_params"))
        for kind in ("code", "notice", "reminder")
    }
    for item in getattr(config, f"{cloud}_reminder_templates"):
        name, template_id, wording = split(item)
        found[name] = Template(template_id, places_of(wording))
    return found


def split(item: str) -> tuple[str, str, str]:
    """`name=id=wording`; what is missing is ''."""
    name, _, rest = item.partition("=")
    template_id, _, wording = rest.partition("=")
    return name.strip(), template_id.strip(), wording.strip()


def wordings_of(config: SmsConfig) -> Mapping[str, Wording]:
    """How each provider that is configured words reminders."""
    return {name: _wording(config, name) for name in (config.provider, config.second) if name}


def wording_of(config: SmsConfig) -> Wording:
    """How the provider that is asked first words reminders."""
    return _wording(config, config.provider)


def signs_of(config: SmsConfig) -> frozenset[str]:
    """The signs that our short messages carry."""
    return frozenset(one.sign for one in wordings_of(config).values())


def _wording(config: SmsConfig, name: str) -> Wording:
    if name not in CLOUDS:
        return Wording()
    texts = {
        one: wording for one, template_id, wording in map(split, getattr(config, f"{name}_reminder_templates")) if template_id
    }
    if getattr(config, f"{name}_reminder_template"):
        texts[ANY] = getattr(config, f"{name}_reminder_text")
    return Wording(free=False, texts=texts, sign=getattr(config, f"{name}_sign"))


def filled(templates: Mapping[str, Template], sms: Sms) -> tuple[str, dict[str, str]] | NotSent:
    """The template's id and its parameters with this message's values; NotSent when there is no template, or a value is missing. What
    somebody wrote for a campaign is sent whole or not at all."""
    template = templates.get(sms.name) if sms.name else None
    if template is None and sms.name != OWN:
        template = templates.get(sms.kind)
    if template is None or not template.id:
        return NotSent(Why.TEMPLATE, f"no template for {sms.kind}")
    missing = [name for name in template.params if name not in sms.params]
    if missing:
        return NotSent(Why.TEMPLATE, f"nothing for {missing[0]}")
    return template.id, {name: sms.params[name] for name in template.params}
