"""What a turn says of 亲情 around its answer: that something was not granted, that the person was told, that a grant is over."""

from __future__ import annotations

from dataclasses import replace

from dialogs.declare import Wish
from dialogs.desk_family import OWN_ONLY, SCOPE_WORDS, scopes_said
from dialogs.engine import preceded
from dialogs.masks import masked_name
from dialogs.messages import Reply, Say
from handlers.desk import TurnDesk
from handlers.family.standing import NotGranted
from handlers.family.telling import tell_use

Offers = tuple[tuple[str, Wish], ...]


async def refused(desk: TurnDesk, refusal: NotGranted) -> tuple[str, Offers]:
    """Why a relative may not do it, what they may, and how that is widened; with what can be done instead."""
    await desk.audit("query", "亲情", "denied", refusal.person)
    name = masked_name(refusal.person.name)
    given = scopes_said(refusal.standing.scopes)
    if refusal.scope == OWN_ONLY:
        text = f"这件事只能 {name} 本人办，亲情授权办不了。本人用自己的微信登录后就能办。\n您现在能帮 {name}：{given}。"
    else:
        text = (
            f"{name} 给您的亲情授权里没有“{SCOPE_WORDS.get(refusal.scope, '这件事')}”，现在能帮的是：{given}。\n"
            "需要的话，请本人在自己的微信里回复“添加家人”，勾上这一项再授权一次；也可以带证件到经办窗口办。"
        )
    return text, (("我帮的人", Wish("helped")), ("切换身份", Wish("switch")))


async def told(desk: TurnDesk, reply: Reply) -> Reply:
    """Tell the person what their relative has just used, and say so in the answer; say when a grant is over."""
    if desk.over:
        reply = preceded(f"您帮 {desk.over} 办事的亲情授权已经结束，现在不为任何人办理。要换回自己，回复“切换身份”。", reply)
    grant = desk.family.relative
    if grant is None or desk.person is None:
        return reply
    said = ""
    for what, run in desk.uses:
        said = await tell_use(desk.tx, desk.services, grant, desk.person, what or "查询", run)
    desk.uses.clear()
    if said and isinstance(reply.first, Say):
        text = f"【{masked_name(desk.person.name)}】{reply.first.text}\n{said}"
        return replace(reply, first=replace(reply.first, text=text))
    return Reply(reply.first, (*reply.more, Say(said))) if said else reply
