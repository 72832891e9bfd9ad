"""Which rung follows (conversation-map.md 5): the ladder of the campaign, without what cannot reach them anyway. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from handlers.reminders.kinds import Kind
from handlers.reminders.rules import allowed, days_left
from storage.ports.records import Campaign, Channel, Facts, Grant, Notice, NoticeState, Rung
from storage.ports.regions import Region


def ladder_of(kind: Kind, campaign: Campaign | None, region: Region | None) -> tuple[Channel, ...]:
    """The rungs in their order: the staff's own for their campaign, else what both the kind and the region have."""
    if campaign is not None and not campaign.standing and campaign.ladder:
        return campaign.ladder
    if not kind.quiet or region is None:
        return kind.ladder
    return tuple(channel for channel in region.reminders.ladder if channel in kind.ladder)


def next_rungs(
    notice: Notice, facts: Facts, ladder: tuple[Channel, ...], region: Region | None, now: datetime
) -> tuple[Rung, ...]:
    """The one rung after that of `notice`; none at the end of the ladder. A visit is listed at once.

    What surely reaches nobody (no chat, no phone, not from that day on) is passed over; the rest is seen when it is sent.
    """
    if notice.recipient:
        return ()  # it is for that chat, or that relative, alone
    left = days_left(notice, now)
    for channel in _after(ladder, notice.channel):
        if not allowed(channel, region, left) or not _open(channel, facts):
            continue
        if channel is Channel.VISIT:
            return visit(ladder, region, left, now)
        return (Rung(channel, "", now),)
    return ()


def earlier(
    notice: Notice, facts: Facts, ladder: tuple[Channel, ...], region: Region | None, now: datetime
) -> tuple[Channel, ...]:
    """The rungs before that of a planned row of the person's own that lead to them now. It was planned without them: a chat that has come
    since. One that was tried in this stage already is among them: the ledger knows that."""
    if notice.recipient or notice.state is not NoticeState.PLANNED or notice.channel not in ladder:
        return ()
    left = days_left(notice, now)
    before = ladder[: ladder.index(notice.channel)]
    return tuple(one for one in before if one is not Channel.VISIT and allowed(one, region, left) and _open(one, facts))


def visit(ladder: tuple[Channel, ...], region: Region | None, left: int | None, now: datetime) -> tuple[Rung, ...]:
    """The place on the list for visits, where the ladder has one and it is not too early for it."""
    if Channel.VISIT not in ladder or not allowed(Channel.VISIT, region, left):
        return ()
    return (Rung(Channel.VISIT, "", now, NoticeState.LISTED),)


def relatives(grants: Sequence[Grant], now: datetime) -> tuple[Rung, ...]:
    """A rung for each relative; who was told together with the person has theirs already."""
    return tuple(Rung(Channel.RELATIVE, f"g{grant.id}", now) for grant in grants)


def _after(ladder: tuple[Channel, ...], channel: Channel) -> tuple[Channel, ...]:
    return ladder[ladder.index(channel) + 1 :] if channel in ladder else ()


def _open(channel: Channel, facts: Facts) -> bool:
    match channel:
        case Channel.TEMPLATE | Channel.CHAT:
            return bool(facts.chats)
        case Channel.SUBSCRIBE:
            return bool(facts.chats) and facts.consents != 0
        case Channel.SMS:
            return facts.preferences.sms and facts.person is not None and bool(facts.person.phone)
        case Channel.RELATIVE:
            return bool(facts.grants)
        case Channel.VISIT:
            return True
