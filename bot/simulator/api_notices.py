"""Messages that the account sends unasked: template messages and subscription notices, and what becomes of them (wechat.md A8)."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.simulator import fields
from bot.simulator.account import TEMPLATE_LIBRARY, SimTemplate
from bot.simulator.api_messages import phone_of
from bot.simulator.errors import ApiError
from bot.simulator.simulator import Simulator
from bot.simulator.world import Phone

_SAME_FOR = timedelta(minutes=10)
_MOST_TEMPLATES = 25
_OK: dict[str, Any] = {"errcode": 0, "errmsg": "ok"}

Body = dict[str, Any]


async def template_send(sim: Simulator, body: Body) -> Body:
    """A template message: known template, follower who has not turned it off (43101), values of the right type, once per client_msg_id in
    ten minutes. Raises ApiError.

    The bot is told what became of it by a TEMPLATESENDJOBFINISH event; so it is only there that somebody who has blocked the account's
    notices shows.
    """
    phone = phone_of(sim, body)
    template = _template(sim, body, subscribed=False)
    data = _checked(sim, template, body)
    if not phone.followed:
        raise ApiError(43004)
    if template.template_id in phone.refused:
        raise ApiError(43101)
    now = sim.clock.now()
    client_id = str(body.get("client_msg_id") or "")
    if client_id:
        before = phone.client_ids.get(client_id)
        if before and now - before[0] < _SAME_FOR:
            return _OK | {"msgid": before[1]}
        phone.client_ids = {key: one for key, one in phone.client_ids.items() if now - one[0] < _SAME_FOR}
    message_id = sim.next_message_id()
    if client_id:
        phone.client_ids[client_id] = (now, message_id)
    status = "success"
    if phone.blocked:
        status = sim.account.rules.blocked_status
    elif sim.receipt_faults.take("failed"):
        status = sim.account.rules.failed_status
    else:
        _show(sim, phone, template, data, "template", str(body.get("url") or ""))
    await sim.receipt(phone, "TEMPLATESENDJOBFINISH", {"MsgID": message_id, "Status": status})
    return _OK | {"msgid": message_id}


async def subscribe_send(sim: Simulator, body: Body) -> Body:
    """A subscription notice: one for each 允许 of this template, or any number of a long-term one; 43101 without, and for who has turned
    it off. The sameness of calls is not looked at: each is a notice of its own. Raises ApiError.

    The bot is told what became of it by a subscribe_msg_sent_event.
    """
    phone = phone_of(sim, body)
    template = _template(sim, body, subscribed=True)
    data = _checked(sim, template, body)
    if not phone.followed:
        raise ApiError(43004)
    left = phone.consents.get(template.template_id, 0)
    if phone.blocked or template.template_id in phone.refused or not left:
        raise ApiError(43101)
    if left > 0:
        phone.consents[template.template_id] = left - 1
    message_id = sim.next_message_id()
    failed = sim.receipt_faults.take("failed")
    if not failed:
        _show(sim, phone, template, data, "subscribe", str(body.get("page") or ""))
    told = {
        "TemplateId": template.template_id,
        "MsgID": message_id,
        "ErrorCode": -1 if failed else 0,
        "ErrorStatus": sim.account.rules.failed_status if failed else "success",
    }
    await sim.receipt(phone, "subscribe_msg_sent_event", {"SubscribeMsgSentEvent": {"List": told}})
    return _OK if sim.receipt_faults.take("no_id") else _OK | {"msgid": message_id}


def template_add(sim: Simulator, body: Body) -> Body:
    """template/api_add_template: choose one of the library by its short number; 25 at most. Raises ApiError 40037, 45026."""
    chosen = TEMPLATE_LIBRARY.get(str(body.get("template_id_short", "")))
    if chosen is None:
        raise ApiError(40037)
    if sum(one.kind == "template" for one in sim.templates.values()) >= _MOST_TEMPLATES:
        raise ApiError(45026)
    own = replace(chosen, template_id=secrets.token_urlsafe(32))
    sim.templates[own.template_id] = own
    return {"template_id": own.template_id}


def template_delete(sim: Simulator, body: Body) -> Body:
    """template/del_private_template. Raises ApiError 40037."""
    del sim.templates[_template(sim, body, subscribed=False).template_id]
    return {}


def template_list(sim: Simulator) -> Body:
    """Every template of template messages."""
    rows = [
        {
            "template_id": one.template_id,
            "title": one.title,
            "primary_industry": "",
            "deputy_industry": "",
            "content": one.content,
            "example": "",
        }
        for one in sim.templates.values()
        if one.kind == "template"
    ]
    return {"template_list": rows}


def subscribe_list(sim: Simulator) -> Body:
    """Every template of subscription notices; `type` 2 is one for each 允许, 3 is for good."""
    rows = [
        {
            "priTmplId": one.template_id,
            "title": one.title,
            "content": one.content,
            "example": "",
            "type": 3 if one.kind == "lasting" else 2,
        }
        for one in sim.templates.values()
        if one.kind != "template"
    ]
    return {"data": rows}


def _template(sim: Simulator, body: Body, *, subscribed: bool) -> SimTemplate:
    """The template, which must be of the address's own kind."""
    found = sim.templates.get(str(body.get("template_id", "")))
    if found is None or (found.kind != "template") is not subscribed:
        raise ApiError(40037)
    return found


def _checked(sim: Simulator, template: SimTemplate, body: Body) -> Body:
    strict = sim.account.kind != "sandbox" or sim.account.rules.sandbox_checks_fields
    data = body.get("data")
    if not isinstance(data, dict):
        raise ApiError(47001)
    if not strict:
        missing = next((key for key, _ in template.fields if not isinstance(data.get(key), dict) or "value" not in data[key]), "")
        if missing:
            raise ApiError(47003, f"data.{missing}.value is empty")
        return data
    if wrong := fields.first_misfit(template, data):
        raise ApiError(47003, f"data.{wrong}.value invalid")
    return data


def _show(sim: Simulator, phone: Phone, template: SimTemplate, data: Body, channel: str, url: str) -> None:
    rows = [{"name": label, "value": str(data[key]["value"])} for key, label in template.fields]
    shown = {
        "channel": channel,
        "type": "template",
        "title": template.title,
        "text": "\n".join(f"{row['name']}：{row['value']}" for row in rows),
        "url": url,
        "fields": rows,
    }
    sim.show(phone, shown)
