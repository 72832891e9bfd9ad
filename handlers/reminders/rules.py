"""What becomes of a claimed row of the ledger at this moment (conversation-map.md 5). Pure: no clock, no I/O.

Whatever happened between planning and now is judged here: certified, dead, stopped, too old, asleep, no way to reach them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from handlers.reminders.kinds import Kind
from handlers.reminders.news import STAGE, unpack
from storage.certifying import opens_on
from storage.ports.record import Record
from storage.ports.records import Channel, Facts, Grant, Notice, NoticeState, Preferences, User
from storage.ports.regions import Region
from storage.ports.time import SHANGHAI

SAME_ID: Final = timedelta(minutes=9, seconds=30)
"""How long after its first call the platform surely knows a client_msg_id still (ten minutes, wechat.md A8)."""

RECEIPT: Final = "receipt:"
"""A `sent` row whose note begins so is known not to have arrived: the ledger makes it due at once."""

_KNOWN_BY_ID: Final = (Channel.TEMPLATE, Channel.RELATIVE)
"""Channels on which the same call may be made again."""

_ON_RECORD: Final = (Channel.CHAT, Channel.SMS)
"""Channels that keep a record of their own before each call, and judge by it what they are given again."""

NO_WAY: Final = frozenset({"no chat", "no phone", "no sms wanted", "no consent", "no relative", "too early for this channel"})
"""Why nothing is even tried on a channel."""

DEAD: Final = "死亡"


class Drop(Record):
    """Not wanted any more. `visit`: nothing reached them in the last stage of all, so that somebody should go and see."""

    why: str
    visit: bool = False


class Wait(Record):
    """Not now: the person's night, or their window is not open yet."""

    until: datetime


class Next(Record):
    """Not on this channel: the next rung."""

    why: str


class Send(Record):
    """Send it, to a chat or to a phone. `grant`: the chat is that relative's, and the words speak of the person."""

    user: User | None = None
    phone: str = ""
    grant: Grant | None = None


class Fan(Record):
    """The person was not reached: these relatives are told."""

    grants: tuple[Grant, ...]


class Look(Record):
    """The relatives were told: what has become of it is looked at."""


class Unsure(Record):
    """It may have been sent and may not be sent again."""

    why: str


Decision = Drop | Wait | Next | Send | Fan | Look | Unsure


def decide(notice: Notice, facts: Facts, region: Region | None, now: datetime, kind: Kind) -> Decision:
    """What to do with a row that was claimed. `region` None: it is not served (any more)."""
    if why := _unwanted(notice, facts, region, kind, now.astimezone(SHANGHAI).date()):
        return Drop(why)
    if receipt_refused(notice):
        return Next(notice.note)
    if notice.state is NoticeState.SENT:
        return Look() if _keeps(notice) else Next("no receipt")
    if notice.state is NoticeState.SENDING and not _keeps(notice) and (unsure := _found_begun(notice, now)):
        return unsure
    if (late := _late(notice, facts, region, now)) is not None:
        return late
    if notice.state is NoticeState.PLANNED and (opens := _opens_later(notice, facts, region, now)) is not None:
        return Wait(opens)
    if notice.channel is Channel.RELATIVE and _keeps(notice):
        return Fan(facts.grants) if facts.grants else Next("no relative")
    if notice.recipient.startswith("g"):
        grant = grant_of(notice, facts)
        if grant is None:
            return Drop("relative gone")
        send: Decision = Send(User(grant.openid, True, "person", None, None), grant=grant)
        preferences = facts.preferences if facts.preferences.openid == grant.openid else Preferences()
    else:
        send, preferences = _way(notice, facts), facts.preferences
    if isinstance(send, Send):
        if not allowed(notice.channel, region, days_left(notice, now)):
            return Next("too early for this channel")
        repeated = notice.state is NoticeState.SENDING and notice.channel in _KNOWN_BY_ID
        if _quiet(notice, kind) and not repeated and (until := quiet_until(preferences, now)) is not None:
            return Wait(until)
    return send


def _quiet(notice: Notice, kind: Kind) -> bool:
    """Whether it is not told at night."""
    return kind.quiet or (notice.stage == STAGE and unpack(notice.body).quiet)


def receipt_refused(notice: Notice) -> bool:
    """Whether the receipt of what was sent has said no."""
    return notice.state is NoticeState.SENT and notice.note.startswith(RECEIPT)


def _keeps(notice: Notice) -> bool:
    """The rung that stands for all relatives of somebody who was not reached."""
    return notice.channel is Channel.RELATIVE and notice.recipient == ""


def _unwanted(notice: Notice, facts: Facts, region: Region | None, kind: Kind, today: date) -> str:
    """Why it is not wanted whatever the channel; '' when it is."""
    person = facts.person
    if notice.person_id and person is None:
        return "person gone"
    if person is not None and (person.person_status == DEAD or person.death_date is not None):
        return "dead"
    relative = notice.recipient.startswith("g")
    if facts.stopped and kind.may_stop and not relative:
        return "stopped"
    if notice.recipient.startswith("c") and not _there(notice, facts):
        return "left"
    if not kind.quiet:
        return ""
    if region is None:
        return "region not served"
    if kind.code == "P-CERT":
        return _certified(notice, facts)
    if kind.code == "P-PAUSED" and facts.benefit is not None:
        wanted = "paused" if notice.stage == "paused" else "paying"
        return "" if (facts.benefit.state, facts.benefit.since.isoformat()) == (wanted, notice.cycle) else "changed"
    if kind.code == "P-PENSION" and facts.benefit is not None:
        drawing = facts.benefit.drawing_since
        return "" if drawing is not None and drawing.isoformat() == notice.cycle else "changed"
    return ""


def _there(notice: Notice, facts: Facts) -> bool:
    """Whether the one chat that it is for follows still, and has not left meanwhile."""
    return any(
        chat.openid == notice.openid and (not notice.following or chat.following == notice.following) for chat in facts.chats
    )


def _certified(notice: Notice, facts: Facts) -> str:
    if notice.stage == "result":  # it tells the outcome, whatever it is
        return ""
    due = due_of(notice)
    if due is None or facts.certification is None or facts.certification.due_on != due:
        return "certified"
    return ""


def _found_begun(notice: Notice, now: datetime) -> Unsure | None:
    """A row that was begun by somebody who did not come to settle it; None when the call may be made again."""
    if notice.channel in _ON_RECORD:
        return None
    began = notice.began_at or notice.at
    if notice.channel in _KNOWN_BY_ID and timedelta() <= now - began < SAME_ID:
        return None
    return Unsure("begun and not settled")


def _late(notice: Notice, facts: Facts, region: Region | None, now: datetime) -> Drop | None:
    left = days_left(notice, now)
    numbered = region is not None and left is not None and stage_number(notice) is not None
    if region is not None and left is not None and numbered and current_stage(region, left) != stage_number(notice):
        stage = stage_number(notice)
        over = stage is not None and left < 0 and stage == last_stage(region)
        return Drop("too late" if left < 0 else "stage over", visit=over and notice.recipient == "")
    if notice.expires_at is not None and now >= notice.expires_at:
        last = region is not None and numbered and stage_number(notice) == last_stage(region)
        return Drop("too old", visit=last and notice.recipient == "")
    return None


def _opens_later(notice: Notice, facts: Facts, region: Region | None, now: datetime) -> datetime | None:
    """When the window opens that a stage is about, where that is not yet: before it nothing that is done counts."""
    due = due_of(notice)
    if region is None or due is None or facts.person is None or stage_number(notice) is None:
        return None
    opens = opens_on(region.certification, facts.person.birth_date, due)
    later = opens is not None and opens > now.astimezone(SHANGHAI).date()
    return datetime.combine(opens, region.reminders.at, SHANGHAI) if opens is not None and later else None


def _way(notice: Notice, facts: Facts) -> Send | Next:
    """Where the person's own row goes."""
    if notice.channel is Channel.SMS:
        if not facts.preferences.sms:
            return Next("no sms wanted")
        phone = facts.person.phone if facts.person is not None else None
        return Send(phone=phone) if phone else Next("no phone")
    if not facts.chats:
        return Next("no chat")
    if notice.channel is Channel.SUBSCRIBE and facts.consents == 0:
        return Next("no consent")
    return Send(facts.chats[0])


def grant_of(notice: Notice, facts: Facts) -> Grant | None:
    """The living grant that a relative's row is for."""
    number = notice.recipient.removeprefix("g")
    return next((grant for grant in facts.grants if str(grant.id) == number and grant.openid), None)


def due_of(notice: Notice) -> date | None:
    """The day that the row's cycle begins with (2026-12-15, 2026-12-15|2026-03); None where it is about no day."""
    try:
        return date.fromisoformat(notice.cycle[:10])
    except ValueError:
        return None


def stage_number(notice: Notice) -> int | None:
    """Days before the due day, negative after it; None for stages that are no number."""
    digits = notice.stage.removeprefix("-")
    return int(notice.stage) if notice.kind == "P-CERT" and digits.isascii() and digits.isdecimal() else None


def days_left(notice: Notice, now: datetime) -> int | None:
    """Until the due day of a certification, negative after it, by Beijing's calendar; None for other kinds, and for a campaign that the
    staff made: they have chosen its channels for these people themselves, whatever the region's `from_days`."""
    due = due_of(notice) if notice.kind == "P-CERT" and not notice.stage.startswith("c") else None
    return (due - now.astimezone(SHANGHAI).date()).days if due is not None else None


def current_stage(region: Region, left: int) -> int | None:
    """The stage that somebody with so many days left is in: the smallest one not passed yet, or the last one begun after a missed day.
    None before the first one, and between the due day and the first one after it."""
    if left >= 0:
        return min((stage for stage in region.certification.stages if stage >= left), default=None)
    begun = max((days for days in region.reminders.after if days <= -left), default=None)
    return None if begun is None else -begun


def receipt_until(notice: Notice, region: Region | None, preferences: Preferences, now: datetime, hours: int) -> datetime:
    """Until when a receipt of what is sent now is awaited: `hours`, and less where the next rung would not go out any more in this stage
    (on the last days): half of what is left of it before the person's last night, so that each rung leaves time for those after it."""
    latest = now + timedelta(hours=hours)
    ends = _stage_ends(notice, region, now, latest)
    if ends is None:
        return latest
    night = _night_begins(preferences, ends)
    awake = night if now < night else ends
    return latest if latest < awake else now + (awake - now) / 2


def _stage_ends(notice: Notice, region: Region | None, now: datetime, latest: datetime) -> datetime | None:
    """The midnight with which the stage of the row is over; None where that is not before the night after `latest`, or it has none."""
    left, stage = days_left(notice, now), stage_number(notice)
    if region is None or left is None or stage is None or current_stage(region, left) != stage:
        return None
    today = now.astimezone(SHANGHAI).date()
    for day in range(1, (latest.astimezone(SHANGHAI).date() - today).days + 2):
        if current_stage(region, left - day) != stage:
            return datetime.combine(today + timedelta(days=day), time(), SHANGHAI)
    return None


def _night_begins(preferences: Preferences, before: datetime) -> datetime:
    """When the last night that begins before a moment does; the moment itself for somebody without one."""
    if preferences.quiet_from == preferences.quiet_to:
        return before
    zone = zone_of(preferences.zone)
    day = before.astimezone(zone).date()
    begins = [_moment(day - timedelta(days=back), preferences.quiet_from, zone, 0) for back in (0, 1)]
    return max(one for one in begins if one < before)


def last_stage(region: Region) -> int:
    """The one that nothing follows."""
    return -region.reminders.after[-1] if region.reminders.after else min(region.certification.stages)


def allowed(channel: Channel, region: Region | None, left: int | None) -> bool:
    """Whether a channel is used already with so many days left; always for what has no due day."""
    first = region.reminders.from_days.get(channel) if region is not None and left is not None else None
    return first is None or left is None or left <= first


def quiet_until(preferences: Preferences, now: datetime) -> datetime | None:
    """When the night of somebody ends, in Beijing's time; None when it is not night for them. Their own zone's clock, summer time and all."""
    if preferences.quiet_from == preferences.quiet_to:
        return None
    zone = zone_of(preferences.zone)
    here = now.astimezone(zone)
    start, end, clock = preferences.quiet_from, preferences.quiet_to, here.time()
    over_night = end < start
    if not ((clock >= start or clock < end) if over_night else (start <= clock < end)):
        return None
    day = here.date() + timedelta(days=1) if over_night and clock >= start else here.date()
    until = _moment(day, end, zone, 0)
    if until <= now:  # the hour that comes twice when summer time ends
        until = _moment(day, end, zone, 1)
    return until.astimezone(SHANGHAI) if until > now else None


def _moment(day: date, clock: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, clock.replace(fold=fold), zone).astimezone(UTC)


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; Beijing's where there is none of that name (any more)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return SHANGHAI
