"""Everything that happens to a case: one step at a time, inside the caller's transaction, guarded by the case's version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dialogs.case_words import TO_READ, days_of, fee_of, filed, holds, still_needed, told_day, words
from dialogs.filing import Filing, Material, Refusal
from dialogs.filings import FILINGS
from dialogs.phrases import day, hour_and_minute, money
from handlers.cards.holds import hold_of
from handlers.family.standing import actor_of
from handlers.filings.effects import effect_of
from handlers.filings.later import plan_draft, plan_mark, plan_month_end, plan_stage, plan_supplement, plan_unpaid, plan_unread
from handlers.filings.numbers import new_case_no
from handlers.filings.paths import Act, leads_to, next_stage
from handlers.filings.telling import news_of
from handlers.orders.ledger import Ledger
from handlers.reminders.news import notify
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import AuditEntry, Case, CaseState, CaseStep, Order, OrderStatus, Person, Staff
from storage.ports.regions import Region
from storage.ports.repositories import Conflict, Repositories
from storage.ports.time import SHANGHAI
from storage.windows import hours_text, is_open, opens_at
from storage.workdays import plus_workdays

__all__ = ["Applicant", "Flow", "Refusal"]

PERSON, SYSTEM = "本人", "系统"
S = CaseState
_NUMBERS = 3
_NOTE_AT_MOST = 500


class Applicant(Record):
    """Who files: for whom (None where nobody is known), from which chat, in which region."""

    person: Person | None
    openid: str
    region: Region
    by: str = PERSON
    """As the steps say who did it: 本人, or a relative."""


class _What(Record):
    """One step as it will be written: what it is called, how it ended, why, and by whom."""

    name: str
    status: str
    by: str
    note: str = ""


def staff_no(staff: Staff) -> str:
    """How a member of staff stands in the steps: by number, never by name."""
    return f"经办人员{staff.id:04d}"


class Flow:
    """Moves cases. Every method works in the caller's `tx`; `Conflict` means that somebody else was faster: read the case again.

    `here` is the chat that gets the answer of what happens now by itself: it is not told a second time. Acts of people are audited
    here; those of staff by `handlers.filings.office`.
    """

    def __init__(self, services: Services, here: str = "") -> None:
        self._services = services
        self._here = here
        self._ledger = Ledger(services)

    # ── the person's side ───────────────────────────────────────────────────────────────────────────────────────────

    async def draft(self, tx: Repositories, filing: Filing, applicant: Applicant, answers: Mapping[str, str], key: str) -> Case:
        """A case in state DRAFT that its applicant watches. Once for (applicant, filing, `key`)."""
        stored, made = await self._add(tx, self._blank(filing, applicant, answers, key))
        if made:
            await self._watched(tx, stored, applicant.openid)
            await plan_draft(tx, stored, self._now)
            await self._audit(tx, "draft", stored, applicant.openid)
        return stored

    async def fill(self, tx: Repositories, case: Case, answers: Mapping[str, str]) -> Case:
        """Write `answers` over those of a draft or of a case that waits for 补正; any other case comes back unchanged."""
        if case.state not in {S.DRAFT, S.SUPPLEMENT}:
            return case
        filing = self._filing(case)
        merged = {name: value for name, value in {**case.answers, **answers}.items() if value}
        if merged == case.answers:
            return case
        return await self.touch(tx, replace(case, answers=merged, fields=filed(filing, merged)))

    async def touch(self, tx: Repositories, case: Case) -> Case:
        """Write the case as the person has just changed it or its photos: whoever is handing it in at this moment meets a new version,
        and a draft is kept for another thirty days. Raises Conflict, also when it was handed in or decided since it was read."""
        if case.state is not S.DRAFT:
            return await tx.cases.save(case)
        saved = await tx.cases.save(replace(case, submitted_at=self._now))
        await plan_draft(tx, saved, self._now)
        return saved

    async def lacking(self, tx: Repositories, case: Case) -> tuple[Material, ...]:
        """The 必要 materials that apply and of which there is no file."""
        needed = [one for one in self._filing(case).materials if one.required and holds(one.when, case.answers)]
        if not needed:
            return ()
        there = {one.material for one in await tx.attachments.of_case(case.case_no)}
        return tuple(one for one in needed if one.name not in there)

    async def submit(self, tx: Repositories, case: Case, applicant: Applicant, undertaken: bool) -> Case:
        """Submit a draft, or answer a 补正. A case that is past that comes back unchanged. Raises Refusal with what is missing or why not."""
        if case.state not in {S.DRAFT, S.SUPPLEMENT}:
            return case
        filing = self._filing(case)
        again = case.state is S.SUPPLEMENT
        if not again:
            await self._may_file(tx, filing, applicant, undertaken)
        _complete(filing, case.answers)
        if missing := await self.lacking(tx, case):
            raise Refusal(f"还缺必要的材料：{'、'.join(one.title for one in missing)}。补上以后再提交。")
        what = _What("补正", "已补正", applicant.by) if again else _What("提交申请", "已提交", applicant.by)
        changes = {} if again else {"submitted_at": self._now, "undertaking": _agreed(filing)}
        moved = await self._move(tx, case, Act.SUBMIT, what, applicant.openid, **changes)
        await self._audit(tx, "submit", moved, applicant.openid)
        return moved

    async def file(
        self, tx: Repositories, filing: Filing, applicant: Applicant, answers: Mapping[str, str], key: str, undertaken: bool
    ) -> Case:
        """Draft and submission in one, as a chat does it. Once for (applicant, filing, `key`); raises Refusal as `submit` does."""
        blank = self._blank(filing, applicant, answers, key)
        if (done := await tx.cases.by_key(blank.key)) is not None:
            return done
        await self._may_file(tx, filing, applicant, undertaken)
        _complete(filing, blank.answers)
        if missing := [one.title for one in filing.materials if one.required and holds(one.when, blank.answers)]:
            raise Refusal(f"这件事要上传材料：{'、'.join(missing)}。请从页面提交。")
        blank = replace(blank, undertaking=_agreed(filing))
        moved, step = self._moved(filing, applicant.region, blank, Act.SUBMIT, _What("提交申请", "已提交", applicant.by))
        stored, made = await self._add(tx, replace(moved, steps=(step,)))
        if made:
            await self._watched(tx, stored, applicant.openid)
            watchers = (applicant.openid,) if applicant.openid else ()
            await self._entered(tx, filing, applicant.region, stored, step, applicant.openid, watchers)
            await self._audit(tx, "submit", stored, applicant.openid)
        return stored

    async def paid(self, tx: Repositories, case_no: str, order: Order) -> Case | None:
        """The fee came. None when there is no such case; one that does not wait for money comes back unchanged."""
        case = await tx.cases.get(case_no)
        if case is None or case.state is not S.UNPAID:
            return case
        return await self._move(tx, case, Act.PAY, _What("缴费", "缴费成功", PERSON, money(order.amount)))

    async def covered(self, tx: Repositories, case: Case) -> bool:
        """Whether the whole fee was paid."""
        return await self._paid(tx, case) >= fee_of(self._filing(case), self._region(case), case.answers)

    @staticmethod
    async def _paid(tx: Repositories, case: Case) -> Decimal:
        orders = await tx.orders.of_case(case.case_no)
        return sum((one.amount for one in orders if one.status is OrderStatus.PAID), Decimal("0.00"))

    async def fee_order(self, tx: Repositories, case: Case, payer: str) -> Order:
        """The order of the fee of an unpaid case: the standing one, or a new one where the last was given up. What answers changed in a
        补正 have made the fee higher, the order is of what is still missing."""
        amount = fee_of(self._filing(case), self._region(case), case.answers)
        return await self._ledger.fee_order(tx, case, payer, amount, f"{case.title}工本费")

    async def withdraw(self, tx: Repositories, case: Case, by: str = PERSON) -> Case:
        """撤回 before it is decided, 作废 of a draft or an unpaid one; unchanged when it is too late. `by` stands in the step."""
        if not self._can(case, Act.WITHDRAW):
            return case
        void = case.state in {S.DRAFT, S.UNPAID}
        what = _What("作废", "已作废", by) if void else _What("撤回", "已撤回", by)
        if case.state is S.UNPAID:
            await self._ledger.void_of_case(tx, case.case_no, "业务已作废")
        moved = await self._move(tx, case, Act.WITHDRAW, what)
        await self._audit(tx, "void" if void else "withdraw", moved, self._here)
        return moved

    async def read(self, tx: Repositories, case: Case) -> Case:
        """设为已读 of a decided case, in a region where it is finished only then. Idempotent."""
        if case.state not in {S.DONE, S.REFUSED} or case.finished_at is not None:
            return case
        _, feedback = words(self._region(case), case.state)
        step = self._step(case, _What("设为已读", "已读", PERSON))
        now = self._now
        saved = await tx.cases.save(replace(case, feedback_status=feedback, read_at=now, finished_at=now), step)
        await self._audit(tx, "read", saved, self._here)
        return saved

    async def collected(self, tx: Repositories, case: Case) -> Case:
        """The person has fetched what was ready. Unchanged where no stage ends by the person. Idempotent."""
        stage = self._filing(case).stage(case.stage) if case.filing in FILINGS else None
        if case.state not in {S.WORKING, S.READY} or stage is None or stage.by != "person":
            return case
        moved = await self._move(tx, case, Act.COLLECT, _What(case.stage, "已领取", PERSON))
        await self._audit(tx, "submit", moved, self._here)
        return moved

    # ── the staff's side ────────────────────────────────────────────────────────────────────────────────────────────

    async def decide(self, tx: Repositories, case: Case, staff: Staff, *, approve: bool, note: str) -> Case:
        """Approve or refuse what waits for review. With four eyes a second, other member of staff approves. Raises Refusal."""
        act = Act.APPROVE if approve else Act.REJECT
        self._possible(case, act)
        if case.state is S.SECOND and case.first_reviewer == staff.id:
            raise Refusal("这件业务要两个人审核，您已经审过了，请另一位同事复核。")
        if not approve and not note.strip():
            raise Refusal("不通过要写明原因，申请人会看到。")
        name = "复核" if case.state is S.SECOND else "审核"
        what = _What(name, "通过" if approve else "不通过", staff_no(staff), _noted(note))
        return await self._move(tx, case, act, what, first_reviewer=staff.id)

    async def ask_more(self, tx: Repositories, case: Case, staff: Staff, note: str) -> Case:
        """补正: the person has to add or correct what `note` says. Raises Refusal."""
        self._possible(case, Act.ASK_MORE)
        if not note.strip():
            raise Refusal("请写明要补什么，申请人会看到。")
        return await self._move(tx, case, Act.ASK_MORE, _What("补正", "需要补正", staff_no(staff), _noted(note)))

    async def stage_over(self, tx: Repositories, case: Case, staff: Staff | None, note: str = "") -> Case:
        """On to the next stage, or finished; `staff` is None when its days are over. Raises Refusal."""
        self._possible(case, Act.STAGE_OVER)
        by = staff_no(staff) if staff else SYSTEM
        return await self._move(tx, case, Act.STAGE_OVER, _What(case.stage, "完成", by, _noted(note)))

    async def open_inside(
        self,
        tx: Repositories,
        filing: Filing,
        region: Region,
        person_id: int | None,
        fields: Mapping[str, str],
        key: str,
        watchers: Sequence[str] = (),
    ) -> Case:
        """A case that the product opens itself, waiting for its review. Once for (filing, `key`)."""
        key = f"inside|{filing.name}|{key}"
        if (done := await tx.cases.by_key(key)) is not None:
            return done
        blank = replace(self._new(filing, region, person_id, key), fields=dict(fields))
        moved, step = self._moved(filing, region, blank, Act.SUBMIT, _What("登记", "已登记", SYSTEM))
        stored, made = await self._add(tx, replace(moved, steps=(step,)))
        if made:
            for openid in watchers:
                await self._watched(tx, stored, openid)
            await self._entered(tx, filing, region, stored, step, "", ())
        return stored

    # ── time's side ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def lapse(self, tx: Repositories, case: Case, note: str) -> Case:
        """Nobody paid, or nobody answered the 补正: 作废. Unchanged when it does not wait for that any more. Idempotent."""
        if not self._can(case, Act.LAPSE):
            return case
        if case.state is S.UNPAID:
            await self._ledger.void_of_case(tx, case.case_no, "过时没有缴费")
        moved = await self._move(tx, case, Act.LAPSE, _What("作废", "已作废", SYSTEM, note))
        await self._audit(tx, "void", moved, "")
        return moved

    async def fall_back(self, tx: Repositories, case: Case) -> Case:
        """The month is over and nobody has decided: 自动回撤, where the declaration says so. Unchanged otherwise. Idempotent."""
        if not self._can(case, Act.MONTH_END):
            return case
        moved = await self._move(
            tx, case, Act.MONTH_END, _What("自动回撤", "已撤回", SYSTEM, "到月底还没有办结，已自动回撤，可以重新提交。")
        )
        await self._audit(tx, "withdraw", moved, "")
        return moved

    # ── the one way ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _move(self, tx: Repositories, case: Case, act: Act, what: _What, payer: str = "", **changes: Any) -> Case:
        filing, region = self._filing(case), self._region(case)
        # Only a 补正 comes by here twice; the fee of a first submission is never paid before.
        paid = await self._paid(tx, case) if case.state is S.SUPPLEMENT and act is Act.SUBMIT else Decimal("0.00")
        moved, step = self._moved(filing, region, replace(case, **changes) if changes else case, act, what, paid)
        saved = await tx.cases.save(moved, step)
        await self._entered(tx, filing, region, saved, step, payer, await tx.cases.watchers(saved.case_no))
        return saved

    def _moved(
        self, filing: Filing, region: Region, case: Case, act: Act, what: _What, paid: Decimal = Decimal("0.00")
    ) -> tuple[Case, CaseStep]:
        """The case after the act, not stored yet, and the step that says so. Raises Refusal when the table has no such way."""
        state = self._leads(filing, region, case, act, paid)
        stage = next_stage(filing, case) if state in {S.WORKING, S.READY} else None
        today, now = self._today, self._now
        handling, feedback = words(region, state)
        to_read = region.must_read and state in _DECIDED and not filing.inside and filing.who != "anyone"
        due_on, expected_on = case.due_on, case.expected_on
        if state is not S.SECOND:  # the second pair of eyes has what is left of the first one's time
            due_on = self._due(filing, region, state, stage.days if stage else "", today)
            expected_on = self._expected(filing, region, state, stage.name if stage else "", today)
        moved = replace(
            case,
            state=state,
            stage=stage.name if stage else "",
            handling_status=handling,
            feedback_status=feedback + TO_READ if to_read else feedback,
            due_on=due_on,
            expected_on=expected_on,
            claimed_by=None,
            first_reviewer=case.first_reviewer if state in {S.SECOND, *_DECIDED} else None,
            finished_at=now if state.over and not to_read else None,
        )
        return moved, self._step(case, what)

    def _due(self, filing: Filing, region: Region, state: CaseState, stage_days: str, today: date) -> date | None:
        if state is S.REVIEW and filing.review:
            return plus_workdays(today, days_of(region, filing.review.days))
        if state is S.SUPPLEMENT:
            return plus_workdays(today, days_of(region, "supplement"))
        return plus_workdays(today, days_of(region, stage_days)) if stage_days else None

    def _expected(self, filing: Filing, region: Region, state: CaseState, stage: str, today: date) -> date | None:
        if state.over or state is S.SUPPLEMENT:
            return None
        needed = still_needed(filing, region, reviewed=state in {S.WORKING, S.READY}, stage=stage)
        return plus_workdays(today, needed) if needed else None

    async def _entered(
        self, tx: Repositories, filing: Filing, region: Region, case: Case, step: CaseStep, payer: str, watchers: Sequence[str]
    ) -> None:
        """What follows from the state that the case has entered: money, time, effects, news."""
        now = self._now
        if case.state is S.UNPAID:
            order = await self.fee_order(tx, case, payer)
            await plan_unpaid(tx, case, order.expires_at)
        if case.state is S.REVIEW and filing.month_end:
            await plan_month_end(tx, case, self._today)
        if case.state is S.SUPPLEMENT:
            await plan_supplement(tx, case)
        elif (stage := filing.stage(case.stage)) is not None and stage.by == "days":
            await plan_stage(tx, case, now)
        elif case.state in _DECIDED and case.finished_at is None:
            await plan_unread(tx, case, plus_workdays(self._today, days_of(region, "unread")))
        if (effect := effect_of(filing.effects)) is not None:
            await effect(tx, self._services, case, now)
        if case.state is S.DONE and not filing.inside:
            await plan_mark(tx, case, watchers, now)
        text = news_of(filing, region, case, step.note, self._today) if watchers else ""
        for openid in watchers:
            if openid != self._here:
                await notify(tx, self._services, openid, text, about=f"case:{case.case_no}")
        # After the news of the end: what becomes of the money makes no sense before it.
        if case.state in {S.REFUSED, S.WITHDRAWN, S.VOID}:
            await self._give_back(tx, region, case, watchers)

    async def _give_back(self, tx: Repositories, region: Region, case: Case, watchers: Sequence[str]) -> None:
        """A fee was paid for what is not done now: whether it goes back is for the staff to say, in a case of its own."""
        if case.filing == "refund":
            return
        for order in await tx.orders.of_case(case.case_no):
            if order.status is not OrderStatus.PAID:
                continue
            fields = {
                "订单号": order.order_no,
                "金额": money(order.amount),
                "原业务": f"{case.title} {case.case_no}",
                "原因": case.feedback_status.removesuffix(TO_READ),
            }
            key = f"{order.order_no}|{order.transaction_id}"
            back = await self.open_inside(tx, FILINGS["refund"], region, case.person_id, fields, key, watchers)
            when = f"预计 {told_day(back.expected_on, self._today)} 前有结果。" if back.expected_on else ""
            text = f"您缴的 {money(order.amount)} 由工作人员核实退费，业务流水号 {back.case_no}。{when}"
            for openid in watchers:
                await notify(tx, self._services, openid, text, about=f"case:{back.case_no}")

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _now(self) -> datetime:
        return self._services.clock.now()

    @property
    def _today(self) -> date:
        return self._now.astimezone(SHANGHAI).date()

    def _filing(self, case: Case) -> Filing:
        return FILINGS[case.filing]

    def _region(self, case: Case) -> Region:
        return self._services.regions[case.region]

    def _leads(self, filing: Filing, region: Region, case: Case, act: Act, paid: Decimal = Decimal("0.00")) -> CaseState:
        state = leads_to(filing, region, case, act, paid)
        if state is None:
            raise Refusal(f"这件业务现在是“{case.feedback_status}”，不能再这样处理。请刷新后看看。")
        return state

    def _can(self, case: Case, act: Act) -> bool:
        """Whether the table has a way; no for a case of another system, and of a filing that is declared no more."""
        known = case.filing in FILINGS and case.region in self._services.regions
        return known and leads_to(self._filing(case), self._region(case), case, act) is not None

    def _possible(self, case: Case, act: Act) -> None:
        self._leads(self._filing(case), self._region(case), case, act)

    def _new(self, filing: Filing, region: Region, person_id: int | None, key: str) -> Case:
        handling, feedback = words(region, S.DRAFT)
        return Case(
            case_no="",
            key=key,
            feature=filing.covers[0] if filing.covers else filing.name,
            title=filing.title,
            region=region.code,
            person_id=person_id,
            submitted_at=self._now,
            handling_status=handling,
            feedback_status=feedback,
            filing=filing.name,
            state=S.DRAFT,
        )

    def _blank(self, filing: Filing, applicant: Applicant, answers: Mapping[str, str], key: str) -> Case:
        person_id = applicant.person.id if applicant.person else None
        given = {name: value for name, value in answers.items() if value}
        # Bound to the chat and the person: nobody finds another's case by guessing a key.
        # By digest: a chat that has left is nowhere any more.
        whose = f"{self._services.digest(applicant.openid, 'key')}|{person_id or ''}"
        new = self._new(filing, applicant.region, person_id, f"{filing.name}|{whose}|{key}")
        return replace(new, answers=given, fields=filed(filing, given))

    async def _add(self, tx: Repositories, case: Case) -> tuple[Case, bool]:
        for _ in range(_NUMBERS):
            try:
                return await tx.cases.add(replace(case, case_no=new_case_no(self._now)))
            except Conflict:  # the number was drawn before: draw again
                continue
        raise Conflict("no free case number")

    async def _watched(self, tx: Repositories, case: Case, openid: str) -> None:
        if openid:
            await tx.cases.watch(case.case_no, openid)

    def _step(self, case: Case, what: _What) -> CaseStep:
        return CaseStep(len(case.steps) + 1, what.name, self._now, what.status, what.note, what.by)

    async def _may_file(self, tx: Repositories, filing: Filing, applicant: Applicant, undertaken: bool) -> None:
        now = self._now
        window = applicant.region.windows.get(filing.window)
        if window is not None and not is_open(window, now):
            opens = hour_and_minute(opens_at(window, now), now)
            raise Refusal(f"“{filing.title}”{hours_text(window)}，现在不在时段内。下次开放：{opens}。您填的内容还在。")
        if filing.undertaking is not None and not undertaken:
            raise Refusal("请先看完承诺并勾选同意，再提交。")
        if filing.sensitive and applicant.person is not None:
            hold = await hold_of(tx, applicant.openid, applicant.person.id, now)
            if hold is not None:
                until = hold.until.astimezone(SHANGHAI)
                raise Refusal(f"{hold.reason}不久，为了您的安全，{day(until.date())} {until:%H:%M} 以后才能办这件事。")

    async def _audit(self, tx: Repositories, action: str, case: Case, openid: str) -> None:
        subject = await tx.people.identity_hash(case.person_id) if case.person_id else ""
        actor = await tx.audit.pseudonym(openid) if openid else "system"
        role = "system" if not openid else "visitor"
        if openid and case.person_id:
            role = await actor_of(tx, openid, case.person_id, self._today)
        await tx.audit.write(AuditEntry(self._now, actor, role, action, case.feature, subject, "ok"))


_DECIDED = (S.DONE, S.REFUSED)


def _noted(note: str) -> str:
    """What staff wrote, in one line: it cannot pretend to be a line of ours."""
    return " ".join(note.split())[:_NOTE_AT_MOST]


def _agreed(filing: Filing) -> str:
    return f"{filing.undertaking.code}@{filing.undertaking.version}" if filing.undertaking else ""


def _complete(filing: Filing, answers: Mapping[str, str]) -> None:
    missing = [
        step.label for step in filing.steps if step.label and holds(step.applies, answers) and not _answered(step, answers)
    ]
    if missing:
        raise Refusal(f"还没有填：{'、'.join(missing)}。填好以后再提交。")


def _answered(step: object, answers: Mapping[str, str]) -> bool:
    return bool(answers.get(getattr(step, "name", ""))) or getattr(step, "default", None) is not None
