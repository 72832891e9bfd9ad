"""What a person allows and turns off: the popup of a page, 通知管理 in the phone, and the events that tell the account (wechat.md A4, A8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.simulator.account import SimTemplate
from bot.simulator.markup import Repeated
from bot.simulator.simulator import Simulator
from bot.simulator.world import Phone

_SCENE_PAGE = 1
MOST_AT_ONCE = 3


class BadConsent(Exception):
    """No phone can do that; the message says why."""


def asked(sim: Simulator, wanted: list[str]) -> list[SimTemplate]:
    """The templates that a page asks for, as the popup names them. Raises BadConsent."""
    found = [sim.templates.get(one) for one in wanted]
    if not wanted or len(wanted) > MOST_AT_ONCE or len(set(wanted)) != len(wanted):
        raise BadConsent(f"1 to {MOST_AT_ONCE} different templates")
    good = [one for one in found if one is not None and one.kind != "template"]
    if len(good) != len(found):
        raise BadConsent("not a template of subscription notices")
    if len({one.kind for one in good}) > 1:
        raise BadConsent("once and lasting ones cannot be asked for together")
    return good


async def answer(sim: Simulator, phone: Phone, answers: Mapping[str, str]) -> dict[str, Any]:
    """The person has tapped 允许 or 取消: `answers` are accept or reject by template. Says what the page is told (`subscribeDetails`) and
    what became of the event. Raises BadConsent."""
    if not phone.followed:
        raise BadConsent("the phone does not follow the account")
    if not set(answers.values()) <= {"accept", "reject"}:
        raise BadConsent("a template is answered with accept or reject")
    for template in asked(sim, list(answers)):
        if answers[template.template_id] == "accept":
            _allow(phone, template)
    rows = [{"TemplateId": name, "SubscribeStatusString": status, "PopupScene": _SCENE_PAGE} for name, status in answers.items()]
    told = await sim.tell_event(phone, "subscribe_msg_popup_event", {"SubscribeMsgPopupEvent": {"List": Repeated(rows)}})
    return {"details": {name: {"status": status} for name, status in answers.items()}, "event": told}


async def settle(sim: Simulator, phone: Phone, *, blocked: bool | None, refuse: list[str], allow: list[str]) -> None:
    """通知管理: block all notices of the account, or turn templates off and on. Turning a subscription notice off takes back what was allowed
    and is told by an event; the rest is told to nobody. Raises BadConsent."""
    if unknown := [one for one in (*refuse, *allow) if one not in sim.templates]:
        raise BadConsent(f"no such template: {', '.join(unknown)}")
    if blocked is not None:
        phone.blocked = blocked
    phone.refused -= set(allow)
    off = [sim.templates[one] for one in refuse if one not in phone.refused]
    phone.refused |= set(refuse)
    rows = []
    for template in off:
        if template.kind != "template":
            phone.consents.pop(template.template_id, None)
            rows.append({"TemplateId": template.template_id, "SubscribeStatusString": "reject"})
    if rows and phone.followed:
        await sim.tell_event(phone, "subscribe_msg_change_event", {"SubscribeMsgChangeEvent": {"List": Repeated(rows)}})


def settings(sim: Simulator, phone: Phone) -> dict[str, Any]:
    """What 通知管理 shows: `left` is -1 for a long-term subscription, and not there for a template message, which needs no consent."""
    rows = []
    for one in sim.templates.values():
        row: dict[str, Any] = {"id": one.template_id, "title": one.title, "kind": one.kind}
        row["refused"] = one.template_id in phone.refused
        if one.kind != "template":
            row["left"] = phone.consents.get(one.template_id, 0)
        rows.append(row)
    return {"blocked": phone.blocked, "templates": rows, "platform": phone.platform}


def _allow(phone: Phone, template: SimTemplate) -> None:
    phone.refused.discard(template.template_id)
    if template.kind == "lasting":
        phone.consents[template.template_id] = -1
    else:
        phone.consents[template.template_id] = phone.consents.get(template.template_id, 0) + 1
