"""提醒: campaigns in the console: the list, the form, what people will read, how far it is and what came of it.

Every page works without a script; forms that are wrong say what, at the field, and keep what was typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from bot.console.campaign_charts import WIDTH, bars_of
from bot.console.menu import CAMPAIGN_ROLES
from bot.console.shell import ConsoleDeps, Seat, Trouble, done, first_of, form, seated, view
from dialogs.masks import masked_name
from dialogs.phrases import day
from handlers.reminders.campaigns import CONFIRMS, FOUR_EYES_OVER, CampaignDesk, Summary, may_pause
from handlers.reminders.estimates import Estimate, estimate
from handlers.reminders.figures import (
    CHANNEL_WORDS,
    Progress,
    clock_words,
    explained,
    in_words,
    outcomes_of,
    stage_words,
    too_old,
)
from handlers.reminders.proposals import (
    ASKED_BY,
    CHANNELS,
    LONGEST_PLACES,
    LONGEST_SMS,
    REACHES,
    TESTED,
    Proposal,
    Wrong,
    age_on,
    judged,
    moment_of,
    typed,
)
from handlers.reminders.texts import THING
from handlers.reminders.trials import TrialDesk
from handlers.staff import StaffRefusal
from storage.ports.records import Audience, Campaign, CampaignState, Sample
from storage.ports.repositories import Conflict

CAMPAIGNS: Final = "/console/campaigns"
STATES: Final[Mapping[CampaignState, tuple[str, str]]] = {
    CampaignState.DRAFT: ("草稿", "quiet"),
    CampaignState.SCHEDULED: ("已定时", "wait"),
    CampaignState.RUNNING: ("进行中", "due"),
    CampaignState.PAUSED: ("已暂停", "wait"),
    CampaignState.STOPPED: ("已停止", "bad"),
    CampaignState.DONE: ("已完成", "good"),
}
_ACTS: Final = "start|confirm|withdraw|pause|resume|stop|recount|test"
_MOVING: Final = frozenset({CampaignState.RUNNING, CampaignState.SCHEDULED})
_KNOWN_CHANNELS: Final = ("委托单位认证", "APP认证", "经办机构窗口", "异地机构", "使领馆")


class Campaigns:
    """The pages of campaigns."""

    def __init__(self, deps: ConsoleDeps) -> None:
        self._clock = deps.clock
        self._accounts = deps.accounts
        self._names = {code: region.name for code, region in deps.services.regions.items()}
        self._desk = CampaignDesk(deps.store, deps.services)
        self._trials = TrialDesk(self._desk)

    # ── the list ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def listed(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: those that 运营 made, and those that go by themselves."""
        made = await self._desk.listed(seat.staff, standing=False)
        standing = await self._desk.listed(seat.staff, standing=True)
        return view(
            request,
            seat,
            "campaigns.html",
            made=[self._row(one) for one in made],
            standing=[self._row(one) for one in standing],
            acts=self._desk.acts(seat.staff),
        )

    def _row(self, one: Summary) -> dict[str, Any]:
        campaign = one.campaign
        asked = ASKED_BY in campaign.words and campaign.state is CampaignState.DRAFT
        return {
            "id": campaign.id,
            "title": campaign.title,
            "regions": self._region_names(campaign.audience),
            "state": ("等同事确认", "wait") if asked else STATES[campaign.state],
            "total": one.total,
            "waiting": one.total - one.settled,
            "taken": one.taken,
            "listed": one.listed,
            "paused": campaign.state is CampaignState.PAUSED,
            "may_pause": one.may_pause and campaign.state in {CampaignState.RUNNING, CampaignState.PAUSED},
            "at": campaign.created_at,
        }

    def _region_names(self, audience: Audience) -> str:
        return "、".join(self._names.get(code, code) for code in audience.regions) or "全部地区"

    # ── the form ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def new(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: an empty form, with what one mostly wants."""
        regions = self._desk.regions_of(seat.staff)
        proposal = Proposal(regions=regions if len(regions) == 1 else (), ladder=tuple(channel.value for channel in CHANNELS))
        return self._form_page(request, seat, proposal)

    async def edit(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: the form of a draft."""
        campaign = await self._campaign(request, seat)
        if campaign.standing or campaign.state is not CampaignState.DRAFT:
            raise done(f"{CAMPAIGNS}/{campaign.id}", "已经开始或结束的计划不能再改。可以新建一个。")
        return self._form_page(request, seat, typed(campaign, self._clock.now().date()), campaign)

    async def save(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: keep the draft; or only count whom it would be for (`do=count`)."""
        given = await form(request, seat)
        campaign = await self._campaign(request, seat) if "id" in request.match_info else None
        proposal = proposal_of(given)
        try:
            if first_of(given, "do") == "count":
                now = self._clock.now()
                wanted = judged(proposal, self._desk.regions_of(seat.staff), now.date(), "P-CERT", now)
                people = await self._desk.count(seat.staff, wanted.audience)
                sample = await self._desk.sample(seat.staff, wanted.audience)
                return self._form_page(request, seat, proposal, campaign, counted=(people, self._people(sample)))
            version = _number(first_of(given, "version")) if campaign else 0
            saved = await self._desk.draft(seat.staff, proposal, campaign.id if campaign else 0, version)
        except Wrong as wrong:
            return self._form_page(request, seat, proposal, campaign, wrong=wrong.fields)
        except StaffRefusal as refusal:
            return self._form_page(request, seat, proposal, campaign, failure=refusal.sentence)
        except Conflict:
            sentence = "刚才有别人改过这个计划，您填的还在下面，没有存。请先在另一个窗口看一下现在的内容。"
            return self._form_page(request, seat, proposal, campaign, failure=sentence)
        return done(f"{CAMPAIGNS}/{saved.id}", "草稿存好了。还没有发，看过预览再开始。")

    def _form_page(
        self,
        request: web.Request,
        seat: Seat,
        proposal: Proposal,
        campaign: Campaign | None = None,
        *,
        wrong: Mapping[str, str] | None = None,
        failure: str = "",
        counted: tuple[int, list[dict[str, str]]] | None = None,
    ) -> web.Response:
        regions = self._desk.regions_of(seat.staff)
        if wrong:
            failure = f"还没有存：有 {len(wrong)} 处要改，下面标出来了。"
        return view(
            request,
            seat,
            "campaign_form.html",
            status=400 if failure else 200,
            one=campaign,
            form=proposal,
            wrong=wrong or {},
            failure=failure,
            counted=counted,
            regions=[(code, self._names[code]) for code in regions],
            channels=[(channel.value, words) for channel, words in CHANNELS.items()],
            reaches=list(REACHES.items()),
            known=_KNOWN_CHANNELS,
            thing=THING,
            places=LONGEST_PLACES,
            longest=LONGEST_SMS,
            four_eyes=FOUR_EYES_OVER,
        )

    def _people(self, sample: tuple[Sample, ...]) -> list[dict[str, str]]:
        today = self._clock.now().date()
        return [
            {
                "name": masked_name(one.person.name),
                "region": self._names.get(one.person.region, one.person.region),
                "age": str(age_on(one.person.birth_date, today)),
                "due": one.certification.due_on.isoformat(),
                "last": one.certification.last_at.isoformat() if one.certification.last_at else "从没认证过",
                "reach": "有微信" if one.has_chat else "没有微信",
            }
            for one in sample
        ]

    # ── one campaign ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _campaign(self, request: web.Request, seat: Seat) -> Campaign:
        try:
            return await self._desk.get(seat.staff, int(request.match_info["id"]))
        except LookupError:
            raise Trouble(404) from None

    async def one(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: what it is, how far it is, what came of it, and what can be done."""
        return await self._one_page(request, seat)

    async def _one_page(
        self, request: web.Request, seat: Seat, failure: str = "", typed_in: Mapping[str, str] | None = None
    ) -> web.Response:
        campaign = await self._campaign(request, seat)
        draft = campaign.state is CampaignState.DRAFT
        people = await self._desk.count(seat.staff, campaign.audience) if draft else 0
        asked = campaign.words.get(ASKED_BY, "") if draft else ""
        return view(
            request,
            seat,
            "campaign.html",
            status=400 if failure else 200,
            failure=failure,
            typed_in=typed_in or {},
            one=campaign,
            state=("等同事确认", "wait") if asked else STATES[campaign.state],
            facts=self._facts(campaign),
            people=people,
            sample=self._people(await self._desk.sample(seat.staff, campaign.audience)) if draft else [],
            asked=asked,
            may_confirm=bool(asked) and asked != str(seat.staff.id) and bool(seat.staff.roles & CONFIRMS),
            acts=self._desk.acts(seat.staff),
            may_pause=may_pause(campaign),
            too_old=too_old(campaign, self._clock.now()),
            moving=campaign.state in _MOVING,
            four_eyes=FOUR_EYES_OVER,
            tested=[(channel.value, words) for channel, words in TESTED.items()],
            **(await self._moment(campaign, seat)),
        )

    async def _moment(self, campaign: Campaign, seat: Seat) -> dict[str, Any]:
        """What the part of the page shows that looks again by itself."""
        found = await self._desk.progress(seat.staff, campaign.id)
        return {
            "progress": found,
            "tiles": _tiles(found),
            "eta": _eta(found, self._clock.now()),
            "bars": bars_of(found.lines),
            "width": WIDTH,
            "lines": [(stage_words(one.stage), CHANNEL_WORDS[one.channel], one) for one in found.lines],
            "outcomes": outcomes_of(found.lines),
            "explained": explained(found.lines),
        }

    async def part(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: that part alone; it does not keep the place alive."""
        campaign = await self._campaign(request, seat)
        return view(request, seat, "campaign_part.html", one=campaign, **(await self._moment(campaign, seat)))

    def _facts(self, campaign: Campaign) -> list[tuple[str, str]]:
        audience, today = campaign.audience, self._clock.now().date()
        span = " 至 ".join(day(one) if one else "不限" for one in (audience.due_from, audience.due_to))
        who = [
            ("地区", self._region_names(audience)),
            ("认证期限", span if audience.due_from or audience.due_to else "不限"),
            ("年龄", f"满 {age_on(audience.born_before, today)} 岁" if audience.born_before else ""),
            ("微信", REACHES.get(audience.reach, "") if audience.reach else ""),
            ("上次认证渠道", audience.last_channel),
            ("认证记录", "从没认证过的" if audience.never else ""),
        ]
        pace = [
            f"每分钟最多 {campaign.per_minute:,} 条" if campaign.per_minute else "",
            f"每天最多 {campaign.per_day:,} 条" if campaign.per_day else "",
        ]
        how = [
            ("发送方式", " → ".join(CHANNEL_WORDS[channel] for channel in campaign.ladder)),
            ("提示语", campaign.words.get("hint", "")),
            ("短信内容", campaign.words.get("sms", "")),
            ("速度", "，".join(filter(None, pace)) or "按平台允许的速度"),
        ]
        return [(label, text) for label, text in (*who, *how) if text]

    async def preview(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: as somebody of the audience will read it, on each channel."""
        campaign = await self._campaign(request, seat)
        try:
            found = await self._trials.preview(seat.staff, campaign.id, _number(request.query.get("n", "0")))
        except StaffRefusal as refusal:
            raise done(f"{CAMPAIGNS}/{campaign.id}", refusal.sentence) from None
        return view(request, seat, "campaign_preview.html", one=campaign, found=found)

    async def dry_run(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """GET: how many would get what first; nothing is written."""
        campaign = await self._campaign(request, seat)
        found: Estimate = await estimate(self._desk, seat.staff, campaign)
        rows = [
            (
                self._names[one.region],
                one.days,
                one.reach,
                CHANNEL_WORDS[one.first] if one.first else "没有能用的方式",
                one.people,
            )
            for one in found.rows
        ]
        return view(request, seat, "campaign_dry_run.html", one=campaign, found=found, rows=rows)

    async def act(self, request: web.Request, seat: Seat) -> web.StreamResponse:
        """POST: start, confirm, withdraw, pause, resume, stop, recount, test."""
        given = await form(request, seat)
        number, here = int(request.match_info["id"]), f"{CAMPAIGNS}/{request.match_info['id']}"
        back = CAMPAIGNS if first_of(given, "from") == "list" else here
        try:
            return done(back, await self._done(request.match_info["act"], seat, number, given))
        except LookupError:
            raise Trouble(404) from None
        except (StaffRefusal, Wrong) as refusal:
            return await self._one_page(request, seat, str(refusal), {name: values[0] for name, values in given.items()})

    async def _done(self, act: str, seat: Seat, number: int, given: Mapping[str, list[str]]) -> str:
        """The sentence for the next page."""
        desk, by = self._desk, seat.staff
        match act:
            case "start":
                at = moment_of(first_of(given, "at"))
                saved = await desk.start(by, number, _number(first_of(given, "version")), at)
                if saved.state is CampaignState.DRAFT:
                    return f"超过 {FOUR_EYES_OVER:,} 人，已提交，等另一位“运营”或“管理员”确认后开始。"
                return _begun(saved, self._clock.now())
            case "confirm":
                return _begun(await desk.confirm(by, number, _number(first_of(given, "version"))), self._clock.now())
            case "withdraw":
                await desk.withdraw(by, number)
                return "已收回，变回草稿。"
            case "pause":
                await desk.pause(by, number)
                return "已暂停。正在发的几条会发完。"
            case "resume":
                await desk.resume(by, number, sure=first_of(given, "sure") == "1")
                return "已继续，从停下的地方接着发。"
            case "stop":
                await desk.stop(by, number)
                return "已停止。没发的不再发，正在发的几条会发完。"
            case "recount":
                within = _number(first_of(given, "days") or "14")
                found = await desk.recount(by, number, within)
                return f"重新数好了：收到提醒后 {within} 天内认证的有 {found:,} 人。"
        await self._trials.test_send(by, number, first_of(given, "channel"), first_of(given, "to"))
        return "测试已经发出，一般几秒内收到。内容里标了“测试”。"


def proposal_of(given: Mapping[str, list[str]]) -> Proposal:
    """What was typed, as it was typed."""
    return Proposal(
        title=first_of(given, "title")[:200],
        regions=tuple(given.get("region", [])[:50]),
        due_from=first_of(given, "due_from")[:40],
        due_to=first_of(given, "due_to")[:40],
        age=first_of(given, "age")[:20],
        reach=first_of(given, "reach")[:20],
        last_channel=first_of(given, "last_channel")[:100],
        never=first_of(given, "never") == "1",
        ladder=tuple(given.get("ladder", [])[:20]),
        hint=first_of(given, "hint")[:500],
        sms=first_of(given, "sms")[:2000],
        per_minute=first_of(given, "per_minute")[:20],
        per_day=first_of(given, "per_day")[:20],
    )


def _begun(campaign: Campaign, now: Any) -> str:
    if campaign.state is CampaignState.SCHEDULED and campaign.starts_at is not None:
        return f"定好了，{clock_words(campaign.starts_at, now)} 自动开始。在那之前可以收回。"
    return "已开始。这一页会自己刷新。"


def _tiles(found: Progress) -> list[tuple[str, str, str, str]]:
    """(name, number, tone, what it means)."""
    speed = found.speed
    return [
        (
            "计划",
            f"{found.total:,}",
            "",
            "条，还在增加"
            if found.campaign.state is CampaignState.RUNNING and not found.campaign.planned
            else "条，换一种方式另算一条",
        ),
        ("已处理", f"{found.settled:,}", "", f"条，{found.percent}%"),
        ("待处理", f"{found.waiting:,}", "", "条"),
        ("平台已收", f"{found.taken:,}", "", "条"),
        ("速度", f"{speed.per_minute:,.0f}", "", "条/分钟" + ("" if speed.fresh else "（平均）")),
        ("存疑", f"{found.doubtful:,}", "bad" if found.doubtful else "", "条要人看一下"),
        ("待上门", f"{found.listed:,}", "", "人没送到"),
    ]


def _eta(found: Progress, now: Any) -> str:
    """When it will be through, in words; '' when that cannot be said."""
    if found.left is None or found.ends_at is None:
        return ""
    return f"还要{in_words(found.left).removeprefix('约')}左右，{clock_words(found.ends_at, now)} 前后发完。".replace(
        "还要不到", "不到"
    )


def _number(text: str) -> int:
    """A number that a form gives; 400 for what our forms do not send."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise Trouble(400)
    return int(text)


def routes(deps: ConsoleDeps) -> list[web.RouteDef]:
    """Addresses of campaigns."""
    pages = Campaigns(deps)
    one = rf"{CAMPAIGNS}/{{id:\d{{1,12}}}}"

    async def back(request: web.Request, seat: Seat) -> web.StreamResponse:
        """The address of a form, opened again: its page."""
        raise web.HTTPSeeOther(request.path.rpartition("/")[0])

    return [
        web.get(CAMPAIGNS, seated(deps, "campaigns", pages.listed, *CAMPAIGN_ROLES)),
        web.get(f"{CAMPAIGNS}/new", seated(deps, "campaign_new", pages.new, "运营")),
        web.post(f"{CAMPAIGNS}/new", seated(deps, "campaign_new", pages.save, "运营")),
        web.get(one, seated(deps, "campaign", pages.one, *CAMPAIGN_ROLES)),
        web.get(f"{one}/part", seated(deps, "campaign_part", pages.part, *CAMPAIGN_ROLES, quiet=True)),
        web.get(f"{one}/edit", seated(deps, "campaign_edit", pages.edit, "运营")),
        web.post(f"{one}/edit", seated(deps, "campaign_edit", pages.save, "运营")),
        web.get(f"{one}/preview", seated(deps, "campaign_preview", pages.preview, *CAMPAIGN_ROLES)),
        web.get(f"{one}/dry-run", seated(deps, "campaign_dry_run", pages.dry_run, *CAMPAIGN_ROLES)),
        web.post(f"{one}/{{act:{_ACTS}}}", seated(deps, "campaign_act", pages.act, *CONFIRMS)),
        web.get(f"{one}/{{act:{_ACTS}}}", seated(deps, "campaign_act", back, *CAMPAIGN_ROLES)),
    ]
