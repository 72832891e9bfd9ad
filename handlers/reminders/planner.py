"""Who is reminded of what: written into the ledger set by set, in pieces, once a day (job `remind`) and for the staff's campaigns.

Planning again plans nothing twice, so a crash, a second run and a second worker do no harm. Each piece is one transaction, which also
notes how far it has come (`Campaign.planned_to`): whoever goes on, goes on there. What is planned is judged again when it is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec
import structlog

from handlers.reminders.campaigns import unconfirmed
from handlers.reminders.kinds import KINDS, Kind
from handlers.reminders.ladder import ladder_of
from handlers.reminders.news import standing as standing_news
from handlers.reminders.rules import allowed
from handlers.services import Services
from storage.certifying import unopened
from storage.ports.record import Record
from storage.ports.records import (
    Audience,
    Campaign,
    CampaignState,
    Channel,
    Notice,
    NoticeState,
    Plan,
    Planned,
    Preferences,
)
from storage.ports.regions import Region
from storage.ports.repositories import Conflict, Repositories, Store
from storage.ports.time import SHANGHAI, Clock, Month

CERT, PAUSED, PENSION = "P-CERT", "P-PAUSED", "P-PENSION"

PIECE: Final = 2_000
"""People looked at in one transaction: so few that a turn of the chat does not wait for it on SQLite."""
LARGE_PIECE: Final = 20_000
"""On PostgreSQL, where nobody waits for it."""
TURN: Final = 45.0
"""Seconds after which a run of the job hands over to the next, so that its lease never ends under it."""
RECENT: Final = timedelta(days=14)
"""Whose benefit was paused or resumed longer ago than that is not told any more."""
SINCE_LAST: Final = timedelta(days=180)
"""每年几月提醒我: who has certified so lately has done it for this year."""
_MONTH_DAYS: Final = 7
"""The month's reminder is made on its first day, and on the next ones where nobody ran on the first."""
_DONE: Final = "done"
_TRIES: Final = 8

log = structlog.get_logger(__name__)


class _Part(Record):
    """One pass over an audience; `name` is what `planned_to` calls it."""

    name: str
    plan: Plan


class Planner:
    """Plans. Opens its own transactions."""

    def __init__(self, store: Store, clock: Clock, services: Services, *, piece: int = PIECE, at_hour: int = 9) -> None:
        self._store = store
        self._clock = clock
        self._services = services
        self._piece = piece
        self._at_hour = at_hour

    # ── the day's run ───────────────────────────────────────────────────────────────────────────────────────────────

    async def schedule(self, *, catch_up: bool = True) -> None:
        """Queue the next daily run, once, at start-up; after the hour also one for now, to `catch_up`: whoever was away then plans the same
        day. A day that is done is not planned again."""
        now = self._clock.now().astimezone(SHANGHAI)
        if catch_up and now.hour >= self._at_hour:
            async with self._store.transaction() as tx:
                await tx.jobs.enqueue("remind", b"{}", now, dedupe_key="remind:now")
        await self._next(now)

    async def _next(self, now: datetime) -> None:
        run_at = datetime.combine(now.date(), time(self._at_hour), SHANGHAI)
        if run_at <= now:
            run_at += timedelta(days=1)
        async with self._store.transaction() as tx:
            await tx.jobs.enqueue("remind", b"{}", run_at, dedupe_key=f"remind:{run_at.date()}")

    async def run_daily(self, payload: bytes) -> None:
        """The job `remind`: plan the day's reminders, in turns, then queue tomorrow's run."""
        wanted = msgspec.json.decode(payload or b"{}", type=_Wanted)
        if wanted.anew:
            await self._begin_anew()
        now = self._clock.now()
        new, done = await self._plan(now.astimezone(SHANGHAI).date(), now, self._clock.monotonic() + TURN)
        log.info("reminders planned", count=new, done=done)
        if not done:
            async with self._store.transaction() as tx:
                await tx.jobs.enqueue("remind", b"{}", now, dedupe_key=f"remind:on:{now.isoformat()}")
        await self._next(now.astimezone(SHANGHAI))

    async def plan(self, today: date, *, now: datetime | None = None) -> int:
        """All the standing campaigns over everybody, as on that day; returns how many rows are new."""
        new, _ = await self._plan(today, now or self._clock.now(), None, anew=True)
        return new

    async def _plan(self, today: date, now: datetime, until: float | None, *, anew: bool = False) -> tuple[int, bool]:
        async with self._store.transaction() as tx:
            await self.ensure_standing(tx)
        new = 0
        for code in self._population():
            added, done = await self._one_campaign(code, today, now, until, anew=anew)
            new += added
            if not done:
                return new, False
        if today.day <= _MONTH_DAYS:
            new += await self._months(today, now)
        return new, True

    def _population(self) -> tuple[str, ...]:
        """Codes of the standing campaigns that are planned over everybody, the most urgent first."""
        return (*(f"{CERT}.{region}" for region in self._services.regions), PAUSED, PENSION)

    async def ensure_standing(self, tx: Repositories) -> None:
        """The standing campaigns are there: P-CERT for each region, one for every other kind. Idempotent."""
        for code, region in self._services.regions.items():
            if await tx.campaigns.by_code(f"{CERT}.{code}") is None:
                await tx.campaigns.add(self._standing(KINDS[CERT], f"{CERT}.{code}", f"资格认证提醒（{region.name}）", (code,)))
        for kind in KINDS.values():
            if kind.code == CERT:
                continue
            if not kind.quiet:
                await standing_news(tx, self._services, kind)
            elif await tx.campaigns.by_code(kind.code) is None:
                await tx.campaigns.add(self._standing(kind, kind.code, kind.title, tuple(self._services.regions)))

    def _standing(self, kind: Kind, code: str, title: str, regions: tuple[str, ...]) -> Campaign:
        region = self._services.regions.get(regions[0]) if regions else None
        return Campaign(
            id=0,
            kind=kind.code,
            title=title,
            state=CampaignState.RUNNING,
            audience=Audience(regions),
            ladder=ladder_of(kind, None, region),
            created_at=self._clock.now(),
            code=code,
        )

    # ── one standing campaign ───────────────────────────────────────────────────────────────────────────────────────

    async def _begin_anew(self) -> None:
        for code in self._population():
            for _ in range(_TRIES):
                try:
                    async with self._store.transaction() as tx:
                        campaign = await tx.campaigns.by_code(code)
                        if campaign is not None and campaign.planned_to:
                            await tx.campaigns.save(replace(campaign, planned_to=""))
                    break
                except Conflict:
                    continue

    async def _one_campaign(self, code: str, today: date, now: datetime, until: float | None, *, anew: bool) -> tuple[int, bool]:
        """Everything of one standing campaign for that day; a second run of a day that is done starts over only when it is told to."""
        new, fresh = 0, anew
        while True:
            if until is not None and self._clock.monotonic() >= until:
                return new, False
            try:
                async with self._store.transaction() as tx:
                    added, done = await self._piece_of(tx, code, today, now, anew=fresh)
            except Conflict:  # the console has paused it, or another worker plans it too: look again
                log.info("planning repeated", campaign=code)
                continue
            fresh = False
            new += added
            if done:
                return new, True

    async def _piece_of(self, tx: Repositories, code: str, today: date, now: datetime, *, anew: bool) -> tuple[int, bool]:
        campaign = await tx.campaigns.by_code(code)
        if campaign is None or campaign.state is not CampaignState.RUNNING:
            return 0, True
        day, name, after = "", "", ""
        if not anew:
            day, _, rest = campaign.planned_to.partition("|")
            name, _, after = rest.partition("|")
        if day == today.isoformat() and name == _DONE:
            return 0, True
        parts = [part for part in self._parts(campaign, today, now) if part.plan.ladder]
        if day != today.isoformat() or name not in {part.name for part in parts}:
            name, after = (parts[0].name if parts else ""), ""
        place = next((n for n, part in enumerate(parts) if part.name == name), None)
        if place is None:
            await tx.campaigns.save(replace(campaign, planned_to=f"{today.isoformat()}|{_DONE}|"))
            return 0, True
        planned = await tx.notices.plan(parts[place].plan, after, self._piece)
        if not planned.done:
            reached = f"{name}|{planned.after}"
        elif place + 1 < len(parts):
            reached = f"{parts[place + 1].name}|"
        else:
            reached = f"{_DONE}|"
        await tx.campaigns.save(replace(campaign, planned_to=f"{today.isoformat()}|{reached}"))
        return planned.new, reached == f"{_DONE}|"

    def _parts(self, campaign: Campaign, today: date, now: datetime) -> Iterator[_Part]:
        """The passes of a standing campaign on one day, the most urgent first."""
        for code in campaign.audience.regions:
            region = self._services.regions.get(code)
            if region is None:
                continue
            if campaign.kind == CERT:
                yield from self._stages(campaign, region, today)
            elif campaign.kind == PAUSED:
                for about in ("paused", "resumed"):
                    yield self._part(campaign, region, today, about, about, today - RECENT, today, today + RECENT)
            elif campaign.kind == PENSION and (span := _drawing(today)) is not None:
                yield self._part(
                    campaign, region, today, "first", "drawing", *span, _month_start(today) + timedelta(days=14) + RECENT
                )

    def _stages(self, campaign: Campaign, region: Region, today: date) -> Iterator[_Part]:
        """P-CERT: a stage of n days holds everybody whose days left lie above the next smaller stage and up to n, so that days on which
        nobody planned are caught up."""
        stages = sorted(region.certification.stages)
        for place, most in enumerate(stages):
            least = stages[place - 1] + 1 if place else 0
            ends = today + timedelta(days=most - least + 1)
            yield self._part(
                campaign, region, today, str(most), "due", today + timedelta(days=least), today + timedelta(days=most), ends
            )
        after = region.reminders.after
        for place, least in enumerate(after):
            most = after[place + 1] - 1 if place + 1 < len(after) else least + KINDS[CERT].keep.days
            first, last = today - timedelta(days=most), today - timedelta(days=least)
            yield self._part(campaign, region, today, str(-least), "due", first, last, today + timedelta(days=most - least + 1))

    def _part(
        self, campaign: Campaign, region: Region, today: date, stage: str, about: str, first: date, last: date, ends: date
    ) -> _Part:
        left = int(stage) if stage.removeprefix("-").isdecimal() else None
        kind = KINDS[campaign.kind]
        ladder = tuple(channel for channel in ladder_of(kind, campaign, region) if allowed(channel, region, left))
        audience = replace(campaign.audience, regions=(region.code,), due_from=first, due_to=last)
        due = datetime.combine(today, region.reminders.at, SHANGHAI)
        expires = datetime.combine(ends, time(), SHANGHAI)
        later = unopened(region.certification, today, first, last) if about == "due" and last >= today else ()
        plan = Plan(campaign.id, campaign.kind, stage, audience, ladder, today, due, expires, about, later)
        return _Part(f"{region.code}.{stage}", plan)

    # ── 每年几月提醒我 ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def _months(self, today: date, now: datetime) -> int:
        """A row for each chat that wants to be reminded in this month, unless the person has just certified."""
        new, after = 0, ""
        while True:
            async with self._store.transaction() as tx:
                page = await tx.wishes.of_month(today.month, after, 200)
                for wish in page:
                    new += await self._month_of(tx, wish, today)
            if not page:
                return new
            after = page[-1].openid

    async def _month_of(self, tx: Repositories, wish: Preferences, today: date) -> int:
        user = await tx.users.get(wish.openid)
        if user is None or not user.subscribed or user.person_id is None:
            return 0
        person = await tx.people.get(user.person_id)
        certification = await tx.certifications.of_person(user.person_id)
        region = self._services.regions.get(person.region) if person is not None else None
        if person is None or certification is None or region is None:
            return 0
        if certification.last_at is not None and certification.last_at > today - SINCE_LAST:
            return 0
        campaign = await tx.campaigns.by_code(f"{CERT}.{person.region}")
        if campaign is None or campaign.state is not CampaignState.RUNNING:
            return 0
        due = datetime.combine(today, region.reminders.at, SHANGHAI)
        row = Notice(
            id=0,
            campaign_id=campaign.id,
            kind=CERT,
            region=person.region,
            person_id=person.id,
            cycle=f"{certification.due_on.isoformat()}|{Month.of(today)}",
            stage="month",
            channel=Channel.TEMPLATE,
            recipient=f"c{(await tx.audit.pseudonym(wish.openid))[:16]}",
            rank=5,
            state=NoticeState.PLANNED,
            due=due,
            at=self._clock.now(),
            expires_at=due + timedelta(days=14),
            openid=wish.openid,
            following=user.following,
        )
        return int(await tx.notices.add(row) is not None)

    # ── the staff's campaigns ───────────────────────────────────────────────────────────────────────────────────────

    async def plan_campaign(self, campaign: Campaign, now: datetime) -> Campaign:
        """Plan one more piece of a campaign of the staff; comes back as it is stored then, `planned` when everybody is. One that stands
        still or is over is left alone."""
        for _ in range(_TRIES):
            try:
                async with self._store.transaction() as tx:
                    found = await tx.campaigns.get(campaign.id)
                    if found is None or found.standing or found.planned or found.state is not CampaignState.RUNNING:
                        return found or campaign
                    planned = await self._piece_of_staff(tx, found, now)
                    return await tx.campaigns.save(replace(found, planned_to=planned.after, planned=planned.done))
            except Conflict:
                continue
        raise Conflict("campaign")

    async def _piece_of_staff(self, tx: Repositories, campaign: Campaign, now: datetime) -> Planned:
        kind = KINDS[campaign.kind]
        begins = campaign.started_at or campaign.starts_at or now
        plan = Plan(
            campaign_id=campaign.id,
            kind=campaign.kind,
            stage=f"c{campaign.id}",
            audience=campaign.audience,
            ladder=ladder_of(kind, campaign, None),
            today=now.astimezone(SHANGHAI).date(),
            due=begins,
            expires_at=begins + kind.keep,
            about=_ABOUT.get(campaign.kind, "due"),
        )
        return await tx.notices.plan(plan, campaign.planned_to, self._piece)

    async def run_campaign(self, payload: bytes) -> None:
        """The job `campaign` (payload: its number): start one whose time has come, plan it in turns. Does nothing for one that is over."""
        number, now = int(payload), self._clock.now()
        campaign = await self._started(number, now)
        until = self._clock.monotonic() + TURN
        while campaign is not None and not campaign.planned and campaign.state is CampaignState.RUNNING:
            if self._clock.monotonic() >= until:
                async with self._store.transaction() as tx:
                    await tx.jobs.enqueue("campaign", payload, now, dedupe_key=f"campaign:{number}:{campaign.planned_to}")
                return
            campaign = await self.plan_campaign(campaign, now)

    async def _started(self, number: int, now: datetime) -> Campaign | None:
        for _ in range(_TRIES):
            try:
                async with self._store.transaction() as tx:
                    campaign = await tx.campaigns.get(number)
                    if campaign is None or campaign.state is not CampaignState.SCHEDULED:
                        return campaign
                    if campaign.starts_at is not None and campaign.starts_at > now:
                        return campaign
                    # Four eyes look again: since it was set, many more people may have come to be meant.
                    if waits := unconfirmed(campaign, await tx.campaigns.count(campaign.audience)):
                        return await tx.campaigns.save(waits)
                    return await tx.campaigns.save(replace(campaign, state=CampaignState.RUNNING, started_at=now))
            except Conflict:
                continue
        raise Conflict("campaign")


class _Wanted(msgspec.Struct, frozen=True):
    """The payload of the job `remind`; `anew`: what is done today is looked through again."""

    anew: bool = False


async def plan_again(tx: Repositories, now: datetime) -> None:
    """Queue a run for now, in this transaction: new data has come (an import), and what the day has planned is looked through again."""
    await tx.jobs.enqueue("remind", b'{"anew": true}', now, dedupe_key="remind:anew")


_ABOUT = {CERT: "due", PAUSED: "paused", PENSION: "drawing"}


def _month_start(day: date) -> date:
    return day.replace(day=1)


def _drawing(today: date) -> tuple[date, date] | None:
    """Who was granted a pension in the month before, from the 15th on, for two weeks; None on other days."""
    if today.day < 15 or today.day > 14 + RECENT.days:
        return None
    before = Month.of(today).plus(-1)
    return date(before.year, before.month, 1), before.last_day
