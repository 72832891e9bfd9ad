"""The kinds of notices (conversation-map.md 5), as data: what each is called, how it climbs, how long it is worth sending."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from storage.ports.record import Record
from storage.ports.records import Channel

NEWS = (Channel.CHAT,)
"""News of what somebody does here: a service message within its quota, else a template, else with their next message."""

LADDER = (Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS, Channel.RELATIVE, Channel.VISIT)


class Kind(Record):
    """One kind of notice."""

    code: str
    title: str
    """As the person reads it: under 提醒设置, and as the subject of a template."""
    ladder: tuple[Channel, ...]
    keep: timedelta
    """Older than that it is not worth sending."""
    may_stop: bool = True
    """退订 works for it. What somebody waits for in their own talk cannot be stopped."""
    quiet: bool = False
    """Each of it waits for the end of the person's quiet hours. Of the others what nobody waits for does (`News.quiet`)."""
    about: str = ""
    """`about` of `notify` that belongs to it, before the colon."""


KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("P-CERT", "资格认证提醒", LADDER, timedelta(days=31), quiet=True),
        Kind("P-PAUSED", "待遇停发、恢复提醒", LADDER, timedelta(days=14), quiet=True),
        Kind("P-PENSION", "第一笔养老金提醒", LADDER[:3], timedelta(days=14), quiet=True),
        Kind("P-CARD", "社保卡提醒", (*NEWS, Channel.SMS), timedelta(days=7), about="card"),
        Kind("P-WINDOW", "业务窗口开放提醒", NEWS, timedelta(days=1), about="window"),
        Kind("P-CASE", "办理进度", NEWS, timedelta(days=30), about="case"),
        Kind("P-ORDER", "缴费订单", NEWS, timedelta(days=7), about="order"),
        Kind("P-DOC", "单据已备好", NEWS, timedelta(days=7), about="doc"),
        Kind("P-FAMILY", "亲情授权", NEWS, timedelta(days=7), may_stop=False, about="family"),
        Kind("P-TALK", "人工服务", NEWS, timedelta(days=7), may_stop=False, about="thread"),
        Kind("P-SAFE", "安全提醒", NEWS, timedelta(days=30), may_stop=False, about="safety"),
    )
}
"""By code. P-TALK (a colleague's words, and the request for a mark), P-FAMILY and P-SAFE (a card reported lost, a phone changed: whoever did
not do it must hear of it, S16) are ours; the others are the catalogue's."""

OF_ABOUT: Mapping[str, str] = {
    **{kind.about: kind.code for kind in KINDS.values() if kind.about},
    "closed": "P-TALK",
    "mark": "P-TALK",
}
"""What stands before the colon of `about` → kind."""
