"""What a turn says of 亲情 around its answer: that something was not granted, that the person was told, that a grant is over."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from dialogs.declare import Wish
from dialogs.desk_family import OWN_ONLY, SCOPE_WORDS, scopes_said
from dialogs.engine import preceded
from dialogs.masks import masked_name
from dialogs.messages import Reply, Say
from handlers.desk import TurnDesk
from handlers.family.standing import RELATIVE, NotGranted
from handlers.family.telling import tell_use
from storage.ports.records import Person

Offers = tuple[tuple[str, Wish], ...]

_OWN: Final = frozenset({"certification", "certification_records"})
_OF_ONE: Final = _OWN | {"helped_certification"}
_KNOWN_AS: Final = {"看家人的认证": "资格认证", "家人的认证": "资格认证", "看认证到哪一天": "资格认证", "我帮的人": "社保信息"}
"""Title of a conversation → what is seen in it, as the person is told."""
_YOURS: Final = re.compile("您(?=的(?!家人|女儿|儿子)|名下|目前|20[0-9]{2}年)")


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
    """Tell the person what their relative has just used, and say so in the answer, which says whose it is; say when a grant is over."""
    if desk.over:
        reply = preceded(f"您帮 {desk.over} 办事的亲情授权已经结束，现在不为任何人办理。要换回自己，回复“换回自己”。", reply)
    grant = desk.relative
    if grant is None or desk.person is None or not desk.uses:
        return reply
    said, act = "", await _acted(desk, desk.person)
    for what, run in desk.uses:
        known = _KNOWN_AS.get(what, what) or "社保信息"
        said = await tell_use(desk.tx, desk.services, grant, desk.person, known, run or f"{desk.now:%H:%M}", act=act)
    desk.uses.clear()
    if not isinstance(reply.first, Say):
        return Reply(reply.first, (*reply.more, Say(said)))
    return replace(reply, first=replace(reply.first, text=_of_person(reply.first.text, masked_name(desk.person.name), said)))


async def _acted(desk: TurnDesk, person: Person) -> bool:
    """Whether something was done for the person in this turn, and not only looked at."""
    newest = await desk.tx.audit.of_subject(await desk.tx.people.identity_hash(person.id), 5)
    return any(
        one.role == RELATIVE and one.at >= desk.now and one.result == "ok" and one.action in ("submit", "void", "withdraw")
        for one in newest
    )


def _of_person(text: str, name: str, said: str) -> str:
    """The answer as one about somebody else: by name in the place of 您, and whom it was told before what is asked last."""
    text = _YOURS.sub(f"{name} ", text)
    if name not in text.partition("\n")[0]:
        text = f"【{name}】{text}"
    head, newline, last = text.rpartition("\n")
    return f"{head}\n{said}\n{last}" if newline and last.endswith(("：", ":")) else f"{text}\n{said}"


async def for_family(desk: TurnDesk, wish: Wish) -> Wish:
    """认证 from a chat that speaks for nobody is about whom it may look for; where nobody has granted it, how a relative certifies."""
    if wish.dialog not in _OF_ONE or (wish.dialog in _OWN and desk.person is not None):
        return wish
    if any("certification" in one.grant.scopes for one in await desk.family.helped()):
        return Wish("helped_certification", wish.said if wish.dialog not in _OWN else {})
    return wish if wish.dialog in _OWN else Wish("family_ways")
