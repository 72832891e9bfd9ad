"""What is written down for a claimed row: of what was decided about it, and of what a channel made of it. Pure: no clock, no I/O."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from handlers.reminders.channels import Doubt, Halted, Later, Outcome, Refused, Taken
from handlers.reminders.kinds import Kind
from handlers.reminders.ladder import ladder_of, next_rungs, relatives, visit
from handlers.reminders.rules import (
    NO_WAY,
    SAME_ID,
    Drop,
    Fan,
    Look,
    Next,
    Send,
    Unsure,
    Wait,
    days_left,
    decide,
    grant_of,
    receipt_refused,
    receipt_until,
)
from storage.ports.record import Record
from storage.ports.records import Campaign, CampaignState, Channel, Facts, Notice, NoticeState, Rung, Settled
from storage.ports.regions import Region

_NOT_FOLLOWING: Final = ("43004", "40003")
"""What the platform says of a chat that does not follow, or that it does not know (wechat.md A8)."""
MOST_TRIES: Final = 48
"""After so many the next rung has it (targets.md F7)."""
LONGEST_PAUSE: Final = 300.0
_LONGEST_DOUBT: Final = 60.0
"""The pause before a call in doubt is repeated: several times while the platform knows its id."""
_NOTE: Final = 200
_RECEIPT_HOURS: Final = 24


class Case(Record):
    """A claimed row with all that belongs to it."""

    notice: Notice
    facts: Facts
    kind: Kind
    region: Region | None
    campaign: Campaign | None

    @property
    def stopped(self) -> bool:
        """Whether the staff have ended the campaign: what is under way is settled, and nothing new goes out."""
        return self.campaign is not None and self.campaign.state is CampaignState.STOPPED

    @property
    def ladder(self) -> tuple[Channel, ...]:
        """The rungs of this row's campaign here."""
        return ladder_of(self.kind, self.campaign, self.region)


def pause_after(attempts: int, longest: float = LONGEST_PAUSE) -> timedelta:
    """1 s, 2 s, 4 s … five minutes, each up to a fifth shorter, so that those who failed together do not come back together."""
    return timedelta(seconds=min(longest, 2.0 ** min(max(0, attempts - 1), 9)) * random.uniform(0.8, 1.0))  # noqa: S311 - jitter


def of_decision(case: Case, decision: Drop | Wait | Next | Fan | Unsure, now: datetime) -> Settled:
    """What becomes of a row that is not sent now."""
    notice = case.notice
    match decision:
        case Drop(why, to_visit):
            rungs = visit(case.ladder, case.region, days_left(notice, now), now) if to_visit else ()
            return _settled(notice, _ended(notice, NoticeState.DROPPED), why, rungs=rungs)
        case Wait(until):
            if case.stopped and _in_doubt(notice):  # nothing is begun in the morning that was ended today
                return of_decision(case, Unsure("campaign stopped"), now)
            return back(notice, until, "night")
        case Next(why):
            if case.stopped:
                refused = _ended(notice, NoticeState.REFUSED) is NoticeState.REFUSED
                rungs = visit(case.ladder, case.region, days_left(notice, now), now) if refused and not notice.recipient else ()
                return _settled(notice, _ended(notice, NoticeState.REFUSED), why, rungs=rungs)
            rungs = next_rungs(notice, case.facts, case.ladder, case.region, now)
            nowhere = not rungs and not notice.recipient and notice.state is NoticeState.PLANNED and why in NO_WAY
            left = why.startswith(_NOT_FOLLOWING)
            refused_as = NoticeState.UNREACHABLE if nowhere else NoticeState.UNFOLLOWED if left else NoticeState.REFUSED
            return _settled(notice, refused_as if nowhere else _ended(notice, refused_as), why, rungs=rungs)
        case Fan(grants):
            hours = max(1, case.region.reminders.receipt_hours if case.region else _RECEIPT_HOURS)
            until = receipt_until(notice, case.region, case.facts.preferences, now, hours)
            return _settled(notice, NoticeState.SENT, f"relatives: {len(grants)}", due=until, rungs=relatives(grants, now))
        case Unsure(why):
            return _settled(notice, NoticeState.DOUBTFUL, why, openid=_chat_of(case), began=notice.began_at or notice.at)
        case _:
            assert_never(decision)


def of_outcome(case: Case, outcome: Outcome, openid: str, began: datetime, now: datetime, *, given_up: bool = False) -> Settled:
    """What becomes of a row whose call was made. `began`: when its first call was made. `given_up`: the channel has been away for so long
    that the next rung has what it cannot take."""
    notice = case.notice
    match outcome:
        case Taken(msg_id, receipt):
            return _settled(
                notice,
                NoticeState.SENT,
                "",
                due=_receipt_due(case, now) if receipt else None,
                msg_id=msg_id,
                openid=openid,
                began=began,
            )
        case Refused(why):
            return of_decision(case, Next(why), now)
        case Later(why, after):
            if not _in_doubt(notice) and (given_up or notice.attempts >= MOST_TRIES):
                return of_decision(case, Next(f"given up: {why}"), now)
            return back(notice, now + (after if after is not None else pause_after(notice.attempts)), why)
        case Doubt(why, again):
            pause = pause_after(notice.attempts, _LONGEST_DOUBT)
            if not again or now + pause >= began + SAME_ID:
                return _settled(notice, NoticeState.DOUBTFUL, why, openid=openid, began=began)
            return _settled(notice, NoticeState.SENDING, why, due=now + pause, openid=openid, began=began)
        case Halted(why, _):
            return back(notice, now, why)
        case _:
            assert_never(outcome)


def shut_out(case: Case, until: datetime, now: datetime) -> Settled:
    """What becomes of a row whose channel is shut until a moment. What needs no call of it goes on as ever; what would be too late then takes
    the next rung, where there is one; the rest waits."""
    notice = case.notice
    decision = decide(notice, case.facts, case.region, now, case.kind)
    if isinstance(decision, Look):
        return back(notice, now + SAME_ID, notice.note)
    if not isinstance(decision, Send):
        return of_decision(case, decision, now)
    if _in_doubt(
        notice
    ):  # it cannot be repeated while the platform knows its id: then it is listed, and not only when the channel goes on
        return back(notice, min(until, now + SAME_ID), "quota")
    late = notice.expires_at is not None and notice.expires_at <= until
    if late and next_rungs(notice, case.facts, case.ladder, case.region, now):
        return of_decision(case, Next("quota"), now)
    return back(notice, until, "quota")


def back(notice: Notice, due: datetime, why: str) -> Settled:
    """Again at `due`, nothing having been sent by this claim."""
    if _in_doubt(notice):
        return _settled(notice, NoticeState.SENDING, why, due=due, began=notice.began_at or notice.at)
    if notice.state is NoticeState.SENT:  # nothing is sent again: it waits for what is looked at later
        return _settled(notice, NoticeState.SENT, notice.note, due=due, began=notice.began_at)
    return _settled(notice, NoticeState.PLANNED, why, due=due)


def moved(notice: Notice, channel: Channel, now: datetime) -> Settled:
    """Nothing was sent for it yet: it goes that way instead, at once."""
    return replace(_settled(notice, NoticeState.PLANNED, "", due=now), moved_to=channel)


def untried(notice: Notice, rows: Sequence[Notice], channels: Sequence[Channel]) -> Channel | None:
    """The first of the channels, where none of them has a row of the person's own in this stage (`rows` hold them): who was told there, or
    could not be, is not told there again."""
    same = [row for row in rows if (row.cycle, row.stage, row.recipient) == (notice.cycle, notice.stage, "")]
    return channels[0] if channels and not any(row.channel in channels for row in same) else None


def of_look(case: Case, rows: Sequence[Notice], now: datetime) -> Settled:
    """What has become of the relatives' rows of one stage (`rows`): one that is open is waited for, one that arrived is enough."""
    notice = case.notice
    theirs = [row for row in rows if row.cycle == notice.cycle and row.stage == notice.stage and row.recipient.startswith("g")]
    if any(row.state is NoticeState.DELIVERED or (row.state is NoticeState.SENT and row.due is None) for row in theirs):
        return _settled(notice, NoticeState.DELIVERED, "by a relative")
    waiting = [row for row in theirs if row.due is not None]
    if waiting:
        latest = max(row.due for row in waiting if row.due is not None)
        return _settled(notice, NoticeState.SENT, notice.note, due=max(latest, now) + timedelta(minutes=1))
    rungs = visit(case.ladder, case.region, days_left(notice, now), now)
    return _settled(notice, NoticeState.UNANSWERED, "no relative reached", rungs=rungs)


def _chat_of(case: Case) -> str:
    """The chat that a call in doubt went to: by it a receipt finds the row."""
    if case.notice.channel is Channel.SMS:
        return ""
    if case.notice.recipient.startswith("g"):
        grant = grant_of(case.notice, case.facts)
        return grant.openid if grant is not None else ""
    return case.facts.chats[0].openid if case.facts.chats else ""


def _in_doubt(notice: Notice) -> bool:
    """Whether an earlier call may have gone through."""
    return notice.state is NoticeState.SENDING


def _ended(notice: Notice, otherwise: NoticeState) -> NoticeState:
    """What was sent stays something that was sent: its receipt did not come, or said no."""
    if notice.state is NoticeState.SENT:
        return NoticeState.REFUSED if receipt_refused(notice) else NoticeState.UNANSWERED
    return otherwise


def _receipt_due(case: Case, now: datetime) -> datetime | None:
    """Until when a receipt is awaited; None where nothing would follow if it did not come."""
    hours = case.region.reminders.receipt_hours if case.region is not None else _RECEIPT_HOURS
    if not case.kind.quiet or hours <= 0 or case.notice.recipient.startswith("c"):
        return None
    return receipt_until(case.notice, case.region, case.facts.preferences, now, hours)


def _settled(
    notice: Notice,
    state: NoticeState,
    note: str,
    *,
    due: datetime | None = None,
    msg_id: str = "",
    openid: str = "",
    began: datetime | None = None,
    rungs: tuple[Rung, ...] = (),
) -> Settled:
    if began is None and notice.state is NoticeState.SENT:
        began = notice.began_at  # what was sent was sent then, whatever becomes of it
    return Settled(notice.id, notice.attempts, state, due, note[:_NOTE], msg_id, openid, began, rungs)
