"""提醒计划 as 运营 runs them: draft, look at, try, start, pause, resume, stop, watch. Role, region and four eyes are judged here.

`by` None is the command line, which may do all but confirm. Another region's campaign is none (LookupError). A refusal is a
`StaffRefusal` with a sentence, a wrong field a `Wrong`. What was planned, tried, started, paused, resumed or stopped is on record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from handlers.reminders.figures import Line, Progress, Speedometer, lines_of, progress_of, too_old
from handlers.reminders.proposals import ASKED_BY, NO_OWN_SMS, SMS, Proposal, judged
from handlers.reminders.wording import Wording
from handlers.staff import StaffRefusal, actor_of, role_of
from storage.ports.record import Record
from storage.ports.records import Audience, AuditEntry, Campaign, CampaignState, Sample, Staff
from storage.ports.regions import Region
from storage.ports.repositories import Conflict, Repositories, Store
from storage.ports.time import Clock

SEES: Final = frozenset({"运营", "管理员", "审计"})
ACTS: Final = frozenset({"运营"})
CONFIRMS: Final = frozenset({"运营", "管理员"})
FOUR_EYES_OVER: Final = 10_000
"""More people than that: a second account confirms before anything goes out."""
WITHIN_DAYS: Final = 14
"""Certified within so many days of a notice counts as its outcome."""
FEATURE: Final = "campaigns"
"""Under which all of it stands in the audit log."""
KIND: Final = "P-CERT"
JOB: Final = "campaign"
"""The planner's: begin one whose time has come, and plan it."""
JOB_DAILY: Final = "remind"
"""The planner's daily run."""
JOB_STOP: Final = "campaign-stop"

_MAY_PAUSE: Final = frozenset({"P-CERT", "P-PAUSED", "P-PENSION"})
"""Standing campaigns that can stand still; news of what somebody does here cannot."""
_OVER: Final = frozenset({CampaignState.STOPPED, CampaignState.DONE})
SET_BY: Final = "set_by"
CONFIRMED: Final = "confirmed"
"""Beside the words of one that is set for later: who set it, or that a second account has confirmed it."""
_TRIES: Final = 8
_FURTHEST: Final = timedelta(days=366)
_CHANGED: Final = "刚才有别人改过这个计划，这次没有动。请看一下现在的内容再决定。"


class Around(Protocol):
    """What is needed of `handlers.services.Services`."""

    @property
    def clock(self) -> Clock: ...
    @property
    def regions(self) -> Mapping[str, Region]: ...
    @property
    def wording(self) -> Wording: ...


class Summary(Record):
    """A campaign as the list shows it. Rows, not people."""

    campaign: Campaign
    total: int
    settled: int
    taken: int
    listed: int
    may_pause: bool


class Outcomes(Record):
    """What became of it. `within_days` is what `certified` was last counted with by whoever asks now."""

    campaign: Campaign
    lines: tuple[Line, ...]
    within_days: int


class CampaignDesk:
    """Opens its own transactions."""

    def __init__(self, store: Store, services: Around) -> None:
        self.store = store
        self.services = services
        self._speed = Speedometer()

    # ── who may ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def regions_of(self, by: Staff | None) -> tuple[str, ...]:
        """The regions of the account that are served; all for the command line."""
        return tuple(code for code in self.services.regions if by is None or code in by.regions)

    def sees(self, by: Staff | None, campaign: Campaign) -> bool:
        """Whether all of its regions are the account's: the counters know no regions, so part of them cannot be shown."""
        if by is not None and not by.roles & SEES:
            return False
        regions = campaign.audience.regions or tuple(self.services.regions)
        return by is None or set(regions) <= by.regions

    def acts(self, by: Staff | None) -> bool:
        """Whether the account may do more than look."""
        return by is None or bool(by.roles & ACTS)

    async def _of(self, tx: Repositories, by: Staff | None, campaign_id: int) -> Campaign:
        found = await tx.campaigns.get(campaign_id)
        if found is None or not self.sees(by, found):
            raise LookupError(campaign_id)
        return found

    def _must_act(self, by: Staff | None) -> None:
        if not self.acts(by):
            raise StaffRefusal("只有“运营”角色能做这件事。")

    async def note(self, tx: Repositories, by: Staff | None, action: str, note: str = "", subject: str = "") -> None:
        """Write to the audit log what the account does."""
        actor, role = (await actor_of(tx, by.login), role_of(by)) if by else ("system", "命令行")
        await tx.audit.write(AuditEntry(self.services.clock.now(), actor, role, action, FEATURE, subject, "ok", note=note))

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def listed(self, by: Staff | None, *, standing: bool | None = None) -> tuple[Summary, ...]:
        """Newest first; with `standing` those alone that go by themselves every day (what can be paused first), or the others."""
        found = []
        async with self.store.reading() as tx:
            for campaign in await tx.campaigns.find(standing=standing):
                if not self.sees(by, campaign):
                    continue
                lines = lines_of(await tx.campaigns.tallies(campaign.id))
                total, waiting = sum(line.total for line in lines), sum(line.counts["planned"] for line in lines)
                taken, listed = sum(line.taken for line in lines), sum(line.counts["listed"] for line in lines)
                found.append(Summary(campaign, total, total - waiting, taken, listed, may_pause(campaign)))
        if standing:
            found.sort(key=lambda one: (not one.may_pause, one.campaign.code))
        return tuple(found)

    async def get(self, by: Staff | None, campaign_id: int) -> Campaign:
        """One of them; raises LookupError."""
        async with self.store.reading() as tx:
            return await self._of(tx, by, campaign_id)

    async def count(self, by: Staff | None, audience: Audience) -> int:
        """How many people it holds now; other regions than the account's hold nobody."""
        async with self.store.reading() as tx:
            return await self._count(tx, by, audience)

    async def _count(self, tx: Repositories, by: Staff | None, audience: Audience) -> int:
        regions = tuple(code for code in audience.regions if code in self.regions_of(by))
        return await tx.campaigns.count(replace(audience, regions=regions)) if regions else 0

    async def sample(self, by: Staff | None, audience: Audience, limit: int = 5) -> tuple[Sample, ...]:
        """Some of them, the earliest due days first; whoever shows them masks them."""
        regions = tuple(code for code in audience.regions if code in self.regions_of(by))
        if not regions:
            return ()
        async with self.store.reading() as tx:
            return await tx.campaigns.sample(replace(audience, regions=regions), limit)

    async def progress(self, by: Staff | None, campaign_id: int) -> Progress:
        """How far it is; raises LookupError."""
        now = self.services.clock.now()
        async with self.store.reading() as tx:
            campaign = await self._of(tx, by, campaign_id)
            tallies = await tx.campaigns.tallies(campaign_id)
            halted = await tx.paces.halted(now)
        settled = sum(line.total - line.counts["planned"] for line in lines_of(tallies))
        return progress_of(campaign, tallies, self._speed.at(campaign, settled, now), halted, now)

    async def outcomes(self, by: Staff | None, campaign_id: int) -> Outcomes:
        """What became of it, by stage and channel; raises LookupError."""
        async with self.store.reading() as tx:
            campaign = await self._of(tx, by, campaign_id)
            return Outcomes(campaign, lines_of(await tx.campaigns.tallies(campaign_id)), WITHIN_DAYS)

    async def recount(self, by: Staff | None, campaign_id: int, within_days: int = WITHIN_DAYS) -> int:
        """Count anew who has certified within so many days of a notice; returns how many."""
        self._must_act(by)
        if not 1 <= within_days <= 365:
            raise StaffRefusal("天数请填 1 到 365 的整数。")
        async with self.store.transaction() as tx:
            await self._of(tx, by, campaign_id)
            return await tx.campaigns.tally_certified(campaign_id, within_days)

    # ── making ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def draft(self, by: Staff | None, proposal: Proposal, campaign_id: int = 0, version: int = 0) -> Campaign:
        """A new draft, or a draft anew; raises Wrong, StaffRefusal, Conflict (somebody was faster), LookupError."""
        self._must_act(by)
        now = self.services.clock.now()
        made = judged(proposal, self.regions_of(by), now.date(), KIND, now, own_sms=self.services.wording.own)
        async with self.store.transaction() as tx:
            if not campaign_id:
                saved = await tx.campaigns.add(replace(made, created_by=by.id if by else None))
            else:
                before = await self._of(tx, by, campaign_id)
                if before.standing or before.state is not CampaignState.DRAFT:
                    raise StaffRefusal("已经开始或结束的计划不能再改。可以新建一个。")
                saved = await tx.campaigns.save(
                    replace(
                        before,
                        title=made.title,
                        audience=made.audience,
                        ladder=made.ladder,
                        words=made.words,
                        per_minute=made.per_minute,
                        per_day=made.per_day,
                        starts_at=None,
                        note="",
                        version=version,
                    )
                )
            await self.note(tx, by, "campaign-draft", saved.title)
        return saved

    # ── moving ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, by: Staff | None, campaign_id: int, version: int, at: datetime | None = None) -> Campaign:
        """Begin now, or at that moment. More than `FOUR_EYES_OVER` people: it is asked for, and a second account confirms (the record
        comes back as a draft with `asked_by`). Raises StaffRefusal, LookupError, Conflict."""
        self._must_act(by)
        now = self.services.clock.now()
        if at is not None and not now < at <= now + _FURTHEST:
            raise StaffRefusal("开始时间要在现在以后、一年以内。要马上开始，就把时间空着。")
        async with self.store.transaction() as tx:
            campaign = await self._draft_of(tx, by, campaign_id, version)
            if await self._count(tx, by, campaign.audience) > FOUR_EYES_OVER:
                words = {**campaign.words, ASKED_BY: str(by.id if by else 0)}
                saved = await tx.campaigns.save(replace(campaign, words=words, starts_at=at))
                await self.note(tx, by, "campaign-ask", campaign.title)
                return saved
            return await self._begun(tx, by, campaign, at, now, "campaign-start")

    async def confirm(self, by: Staff, campaign_id: int, version: int) -> Campaign:
        """The second account says yes to what another has asked for. Raises StaffRefusal, LookupError, Conflict."""
        if not by.roles & CONFIRMS:
            raise StaffRefusal("只有“运营”或“管理员”能确认。")
        now = self.services.clock.now()
        async with self.store.transaction() as tx:
            campaign = await self._draft_of(tx, by, campaign_id, version)
            asked = campaign.words.get(ASKED_BY)
            if asked is None:
                raise StaffRefusal("这个计划没有在等确认。")
            if asked == str(by.id):
                raise StaffRefusal("申请开始的人不能自己确认。请另一位“运营”或“管理员”来确认。")
            at = campaign.starts_at if campaign.starts_at and campaign.starts_at > now else None
            return await self._begun(tx, by, campaign, at, now, "campaign-confirm")

    async def _draft_of(self, tx: Repositories, by: Staff | None, campaign_id: int, version: int) -> Campaign:
        campaign = await self._of(tx, by, campaign_id)
        if campaign.standing or campaign.state is not CampaignState.DRAFT:
            raise StaffRefusal("这个计划已经开始了，或者已经结束。")
        if campaign.version != version:
            raise StaffRefusal(_CHANGED)
        if campaign.words.get(SMS) and not self.services.wording.own:
            raise StaffRefusal(f"短信内容：{NO_OWN_SMS}")
        if not await self._count(tx, by, campaign.audience):
            raise StaffRefusal("现在没有人符合条件，不用发。请改一下“发给谁”。")
        return campaign

    async def _begun(
        self, tx: Repositories, by: Staff | None, campaign: Campaign, at: datetime | None, now: datetime, action: str
    ) -> Campaign:
        words = _plain(campaign)
        if at:  # who is there then is judged then
            confirmed = action == "campaign-confirm"
            asked = campaign.words[ASKED_BY] if confirmed else str(by.id if by else 0)
            words |= {CONFIRMED: "1"} if confirmed else {SET_BY: asked}
        state = CampaignState.SCHEDULED if at else CampaignState.RUNNING
        saved = await tx.campaigns.save(
            replace(campaign, state=state, words=words, starts_at=at or now, started_at=None if at else now, note="")
        )
        await self.queue(tx, saved.id, at or now)
        await self.note(tx, by, "campaign-schedule" if at and action == "campaign-start" else action, saved.title)
        return saved

    async def queue(self, tx: Repositories, campaign_id: int, run_at: datetime) -> None:
        """Have it begun, or planned on, then; an earlier wish gives way."""
        await self._unqueue(tx, campaign_id)
        await tx.jobs.enqueue(JOB, str(campaign_id).encode(), run_at, dedupe_key=f"{JOB}:{campaign_id}")

    async def _unqueue(self, tx: Repositories, campaign_id: int) -> None:
        await tx.jobs.drop(f"{JOB}:{campaign_id}")

    async def withdraw(self, by: Staff | None, campaign_id: int) -> Campaign:
        """Back to a draft, from a start that was set for later or still has to be confirmed."""

        def back(one: Campaign) -> Campaign:
            asked = one.state is CampaignState.DRAFT and ASKED_BY in one.words
            if one.state is not CampaignState.SCHEDULED and not asked:
                raise StaffRefusal("这个计划已经开始了，或者没有定时。要停下来，请点“暂停”或“停止”。")
            return replace(one, state=CampaignState.DRAFT, starts_at=None, words=_plain(one), note="")

        saved = await self._moved(by, campaign_id, "campaign-withdraw", back)
        async with self.store.transaction() as tx:
            await self._unqueue(tx, campaign_id)
        return saved

    async def pause(self, by: Staff | None, campaign_id: int) -> Campaign:
        """Stand still; what is under way is finished. Idempotent."""

        def still(one: Campaign) -> Campaign:
            if one.state is CampaignState.PAUSED:
                return one
            if one.state is not CampaignState.RUNNING or not may_pause(one):
                raise StaffRefusal("这个计划现在没有在发，不用暂停。")
            return replace(one, state=CampaignState.PAUSED)

        return await self._moved(by, campaign_id, "campaign-pause", still)

    async def resume(self, by: Staff | None, campaign_id: int, *, sure: bool = False) -> Campaign:
        """Go on where it stood still. Idempotent. Refused while what was not sent is too old by now, unless they are `sure`."""
        if not sure and (said := too_old(await self.get(by, campaign_id), self.services.clock.now())):
            self._must_act(by)
            raise StaffRefusal(said)

        def on(one: Campaign) -> Campaign:
            if one.state is CampaignState.RUNNING:
                return one
            if one.state is not CampaignState.PAUSED:
                raise StaffRefusal("这个计划没有暂停，不用继续。")
            return replace(one, state=CampaignState.RUNNING)

        saved = await self._moved(by, campaign_id, "campaign-resume", on)
        now = self.services.clock.now()
        async with self.store.transaction() as tx:
            if saved.standing:  # what of today was not planned while it stood still
                await tx.jobs.enqueue(JOB_DAILY, b"{}", now, dedupe_key=f"{JOB_DAILY}:now")
            else:
                await self.queue(tx, campaign_id, now)
        return saved

    async def stop(self, by: Staff | None, campaign_id: int) -> Campaign:
        """End it for good: what is planned is dropped in pieces by a job, what is under way is finished. Idempotent."""
        now = self.services.clock.now()

        def ended(one: Campaign) -> Campaign:
            if one.state is CampaignState.STOPPED:
                return one
            if one.standing:
                raise StaffRefusal("每天自动进行的提醒不能停止，只能暂停。")
            if one.state in _OVER:
                raise StaffRefusal("这个计划已经结束了。")
            return replace(one, state=CampaignState.STOPPED, finished_at=now)

        saved = await self._moved(by, campaign_id, "campaign-stop", ended)
        async with self.store.transaction() as tx:
            await self._unqueue(tx, campaign_id)
            await tx.jobs.enqueue(JOB_STOP, str(campaign_id).encode(), now, dedupe_key=f"{JOB_STOP}:{campaign_id}")
        return saved

    async def _moved(self, by: Staff | None, campaign_id: int, action: str, change: Callable[[Campaign], Campaign]) -> Campaign:
        """The change on what is stored now, whatever the planner writes meanwhile. Unchanged: nothing is written."""
        self._must_act(by)
        for _ in range(_TRIES):
            try:
                async with self.store.transaction() as tx:
                    campaign = await self._of(tx, by, campaign_id)
                    changed = change(campaign)
                    if changed == campaign:
                        return campaign
                    saved = await tx.campaigns.save(changed)
                    await self.note(tx, by, action, saved.title)
                    return saved
            except Conflict:
                continue
        raise Conflict(JOB)


def _plain(campaign: Campaign) -> dict[str, str]:
    """Its words without what is noted beside them."""
    return {name: text for name, text in campaign.words.items() if name not in {ASKED_BY, SET_BY, CONFIRMED}}


def unconfirmed(campaign: Campaign, people: int) -> Campaign | None:
    """A campaign whose time has come, back as a draft that waits for a second account, where it holds more people now than one account may
    begin with; None where it may begin."""
    if people <= FOUR_EYES_OVER or CONFIRMED in campaign.words:
        return None
    words = {**_plain(campaign), ASKED_BY: campaign.words.get(SET_BY, str(campaign.created_by or 0))}
    return replace(
        campaign, state=CampaignState.DRAFT, words=words, note=f"到了开始的时间，符合条件的有 {people:,} 人，先没有发。"
    )


def may_pause(campaign: Campaign) -> bool:
    """Whether it can be paused and resumed at all."""
    return not campaign.standing or campaign.kind in _MAY_PAUSE
