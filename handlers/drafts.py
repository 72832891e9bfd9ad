"""Filing on a page: the draft behind a link, its questions, its photos, and handing it in.

Ownership is asked again at each request: the chat must still be bound to the person of the case; a filing that anyone may make
belongs to the chat that follows it. What is not the chat's looks like what does not exist: None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.case_words import estimate, fee_of, told_day
from dialogs.declare import OneTimeCode, Stop, Wrong
from dialogs.filing import Filing, Material, Refusal
from dialogs.filings import FILINGS
from dialogs.messages import Reply, Say
from dialogs.orders import ORDER_FORMS, OrderForm
from dialogs.phrases import money
from handlers.desk import TurnDesk
from handlers.family.standing import Standing, allowed, today_of
from handlers.family.telling import told_of_page
from handlers.filings.flow import PERSON, Applicant, Flow
from handlers.filings.telling import news_of
from handlers.forms import Form, Steps, said_by
from handlers.materials import FILES_A_CASE, TOO_MANY, UPLOADS_A_DAY, Photo, Unfit, room, shown_name
from handlers.policy import DAY, TooMuch
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import Attachment, Case, CaseState, Order, Person
from storage.ports.regions import Region
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

__all__ = ["Closed", "Draft", "Drafts", "Refusal"]

_COUNTER: Final = "upload.case"
_EVER: Final = timedelta(days=3650)
_OPEN: Final = frozenset({CaseState.DRAFT, CaseState.SUPPLEMENT})


class Closed(Exception):
    """The case was handed in meanwhile (another tab, a second press): nothing is changed, its result is shown."""


class Draft(Record):
    """What a link shows: the case, its declaration, its questions, its photos (oldest first), the materials that apply.

    `note` is what the reviewer wrote when asking for more; empty for a first draft. `stopped` says why it cannot be gone on with.
    """

    case: Case
    filing: Filing
    region: Region
    form: Form
    files: tuple[Attachment, ...]
    materials: tuple[Material, ...]
    note: str = ""
    stopped: str = ""

    @property
    def open(self) -> bool:
        """Whether it can still be filled in."""
        return self.case.state in _OPEN

    @property
    def lacking(self) -> tuple[Material, ...]:
        """必要 materials without a photo."""
        here = {one.material for one in self.files}
        return tuple(one for one in self.materials if one.required and one.name not in here)

    def files_of(self, material: Material) -> tuple[Attachment, ...]:
        """The photos of one material."""
        return tuple(one for one in self.files if one.material == material.name)


class _Mine(Record):
    """A case of the chat that asks, with what its steps look at."""

    case: Case
    filing: Filing
    region: Region
    person: Person | None
    desk: TurnDesk
    steps: Steps

    @property
    def applicant(self) -> Applicant:
        by = self.desk.standing.by if self.desk.standing else PERSON
        return Applicant(person=self.person, openid=self.desk.user.openid, region=self.region, by=by)


class Drafts:
    """Implements the port `Forms` of `bot.pages`. Everything happens in the caller's transaction."""

    def __init__(self, services: Services, filings: Mapping[str, Filing] = FILINGS) -> None:
        self._services = services
        self._filings = filings
        self._flow = Flow(services)

    async def look(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Draft | None:
        """The draft behind the link, audited; None when it is not this chat's."""
        mine = await self._mine(tx, params, openid)
        if mine is None:
            return None
        await self._audit(mine, "read")
        return await self._draft(tx, mine)

    async def fill(
        self, tx: Repositories, params: Mapping[str, str], openid: str, posted: Mapping[str, str], asked: Sequence[str], send: str
    ) -> Draft | None:
        """Read what was posted for the questions `asked`, keep what could be read, and send a code if that of step `send` is wanted.

        Raises Closed when it was handed in meanwhile, Stop when the person said no.
        """
        mine = await self._mine(tx, params, openid)
        if mine is None:
            return None
        _must_be_open(mine.case)
        form = await mine.steps.read(mine.case.answers, posted, [name for name in asked if name != send])
        if send:
            form = await self._sent(mine, form, send)
        case = mine.case
        case = await self._flow.fill(tx, case, _over(case, form))
        if form.complete and not form.wrong:
            form = await self._checked(mine, form)
        return await self._draft(tx, replace(mine, case=case), form)

    async def _sent(self, mine: _Mine, form: Form, send: str) -> Form:
        step = next((one for one in mine.filing.steps if one.name == send and isinstance(one, OneTimeCode)), None)
        field = form.field(send)
        if step is None or field is None or field.passed:
            return form
        if not field.phone and form.wrong:
            return form.blamed(send, "请先把上面的内容填好，再发送验证码。")
        wrong = {one.name: one.error for one in form.wrong}
        sent = await mine.steps.send_code(form.answers, send)
        typed = {one.name: one.value for one in form.fields}
        fields = (replace(one, value=typed[one.name], error=wrong[one.name]) if one.name in wrong else one for one in sent.fields)
        return Form(tuple(fields), sent.answers)

    async def _checked(self, mine: _Mine, form: Form) -> Form:
        """The answers judged together, as the chat judges them before the confirmation."""
        if mine.filing.check is None:
            return form
        try:
            await mine.filing.check(mine.steps.scene(form.answers))
        except Wrong as wrong:
            return form.blamed(wrong.step, wrong.message)
        return form

    async def lines(self, tx: Repositories, params: Mapping[str, str], openid: str) -> tuple[tuple[str, str], ...]:
        """What the preview shows beside the answers: fee, how long it takes."""
        mine = await self._mine(tx, params, openid)
        if mine is None:
            return ()
        form = await mine.steps.look(mine.case.answers)
        scene = mine.steps.scene(form.answers)
        found = await mine.filing.lines(scene) if mine.filing.lines else ()
        fee = fee_of(mine.filing, mine.region, scene.answers)
        if fee and not any("费" in label for label, _ in found):
            found = (("费用", f"{money(fee)}，提交后在线缴费"), *found)
        # After a 补正 what was paid is paid: to speak of the fee again would read as if it had to be paid twice.
        if (
            mine.case.state is CaseState.SUPPLEMENT
            and fee
            and await self._flow.covered(tx, replace(mine.case, answers=dict(scene.answers)))
        ):
            found = (("费用", "已经缴过，不用再缴"), *(one for one in found if "费" not in one[0]))
        return found

    def expected(self, draft: Draft) -> str:
        """The day on which it will probably be finished, as people say it; '' when nobody can say."""
        today = self._services.clock.now().astimezone(SHANGHAI).date()
        if not draft.open:
            return told_day(draft.case.expected_on, today) if draft.case.expected_on else ""
        due = estimate(draft.filing, draft.region, today)
        return told_day(due.day, today) if due else ""

    def news(self, draft: Draft) -> str:
        """What is told of a case that was handed in: where it stands and what comes next."""
        note = draft.case.steps[-1].note if draft.case.steps else ""
        return news_of(draft.filing, draft.region, draft.case, note, self._services.clock.now().astimezone(SHANGHAI).date())

    async def submit(self, tx: Repositories, params: Mapping[str, str], openid: str, agreed: bool) -> Draft | None:
        """Hand it in. What is handed in comes back; what is incomplete comes back open, with its errors. Twice does it once.

        Raises Refusal with the sentence (window closed, hold, …), Stop when a step has nothing to go on with.
        """
        mine = await self._mine(tx, params, openid)
        if mine is None or not _still_open(mine.case):
            return None if mine is None else await self._draft(tx, mine)
        form = await mine.steps.look(mine.case.answers)
        if form.complete:
            form = await self._checked(mine, form)
        draft = await self._draft(tx, mine, form)
        if not form.complete or form.wrong or draft.lacking:
            return draft
        case = await self._flow.fill(tx, mine.case, _over(mine.case, form))
        case = await self._flow.submit(tx, case, mine.applicant, agreed)
        if mine.person is not None:
            await told_of_page(tx, self._services, openid, mine.person.id, case.title, case.case_no)
        return replace(draft, case=case)

    async def order(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Order | None:
        """The order of the case's fee, the newest that can be paid; None when there is none."""
        mine = await self._mine(tx, params, openid)
        if mine is None:
            return None
        return next((one for one in reversed(await tx.orders.of_case(mine.case.case_no)) if one.status.open), None)

    # ── photos ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def may_attach(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Draft | None:
        """Before a byte of an upload is read: whose it is, and the day's ceiling, counted now. Raises Closed, TooMuch."""
        mine = await self._mine(tx, params, openid)
        if mine is None:
            return None
        _must_be_open(mine.case)
        now = self._services.clock.now()
        verdict = await tx.limits.hit("upload", openid, UPLOADS_A_DAY, DAY, now)
        if not verdict.allowed:
            raise TooMuch("上传照片", verdict.retry_at or now + DAY)
        return await self._draft(tx, mine)

    async def attach(
        self, tx: Repositories, params: Mapping[str, str], openid: str, material: str, name: str, photo: Photo, stored_as: str
    ) -> Attachment | None:
        """Note a stored photo. The same picture for the same material is noted once: the one that is there comes back. Raises Closed, Unfit."""
        mine = await self._mine(tx, params, openid)
        if mine is None:
            return None
        _must_be_open(mine.case)
        wanted = next((one for one in await self._materials(mine) if one.name == material), None)
        if wanted is None:
            raise Unfit("这一项现在不用传照片，请看看下面要传的材料。")
        here = await tx.attachments.of_case(mine.case.case_no)
        same = next((one for one in here if one.material == material and one.sha256 == photo.sha256), None)
        if same is not None:
            return same
        room(wanted, here)
        now = self._services.clock.now()
        # Two uploads at one moment each see room for the last one; the counter lets one of them through.
        verdict = await tx.limits.hit(_COUNTER, mine.case.case_no, FILES_A_CASE, _EVER, now)
        if not verdict.allowed:
            raise Unfit(TOO_MANY)
        # First: whoever is handing the case in at this moment, with or without this photo, has it or starts anew.
        await self._flow.touch(tx, mine.case)
        added = await tx.attachments.add(
            Attachment(
                id=0,
                case_no=mine.case.case_no,
                material=material,
                file_name=shown_name(name),
                content_type="image/jpeg",
                size=len(photo.body),
                sha256=photo.sha256,
                stored_as=stored_as,
                uploaded_at=now,
                scan=photo.scan,
            )
        )
        await self._audit(mine, "attach")
        return added

    async def detach(self, tx: Repositories, params: Mapping[str, str], openid: str, attachment_id: int) -> Attachment | None:
        """Take a photo off the draft; the caller drops its bytes once that is committed. None when it is not there (any more). Raises Closed."""
        mine = await self._mine(tx, params, openid)
        found = await self._photo(tx, mine, attachment_id) if mine else None
        if mine is None or found is None:
            return None
        _must_be_open(mine.case)
        await self._flow.touch(tx, mine.case)
        await tx.attachments.drop(found.id)
        await tx.limits.hit(_COUNTER, mine.case.case_no, FILES_A_CASE, _EVER, self._services.clock.now(), cost=-1)
        await self._audit(mine, "detach")
        return found

    async def photo(self, tx: Repositories, params: Mapping[str, str], openid: str, attachment_id: int) -> Attachment | None:
        """One photo of the case behind the link, audited; None for another's."""
        mine = await self._mine(tx, params, openid)
        found = await self._photo(tx, mine, attachment_id) if mine else None
        if mine is not None and found is not None:
            await self._audit(mine, "read")
        return found

    @staticmethod
    async def _photo(tx: Repositories, mine: _Mine, attachment_id: int) -> Attachment | None:
        found = await tx.attachments.get(attachment_id)
        return found if found is not None and found.case_no == mine.case.case_no else None

    # ── orders ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def order_form(
        self, tx: Repositories, params: Mapping[str, str], openid: str, posted: Mapping[str, str], asked: Sequence[str]
    ) -> tuple[OrderForm, Form] | None:
        """The questions of an order for the person of the link, with what was posted (else what was said in the chat). Nothing is kept:
        the page carries it. Raises Stop where the region has no such orders."""
        form, number = ORDER_FORMS.get(params.get("kind", "")), params.get("person", "")
        user = await tx.users.get(openid)
        held = await self._held(tx, openid, int(number)) if number.isdecimal() and len(number) <= 15 else None
        person = await tx.people.get(int(number)) if held else None
        if form is None or user is None or held is None or person is None or person.person_status == "死亡":
            return None
        region = self._services.regions[person.region]
        if region.orders is None or not region.offers(*form.covers):
            raise Stop(Reply(Say(region.missing.format(what=form.title))))
        desk = TurnDesk(tx, user, person, self._services, held)
        steps = Steps(tx, desk, form.steps, self._services.clock.now(), "")
        if asked:
            return form, await steps.read({}, posted, asked)
        said = {step.name: params[step.name] for step in form.steps if step.name in params}
        return form, await steps.look(said)

    # ── whose, and what of it ───────────────────────────────────────────────────────────────────────────────────────

    async def _mine(self, tx: Repositories, params: Mapping[str, str], openid: str) -> _Mine | None:
        user = await tx.users.get(openid)
        case = await tx.cases.get(params.get("case", ""))
        if user is None or case is None or case.state is None:
            return None
        filing = self._filings.get(case.filing)
        region = self._services.regions.get(case.region)
        if filing is None or region is None or filing.inside:
            return None
        held = await self._held(tx, openid, case.person_id) if case.person_id is not None else None
        person = await tx.people.get(case.person_id) if held and case.person_id is not None else None
        if filing.who == "anyone":
            if openid not in await tx.cases.watchers(case.case_no):
                return None
        elif person is None or person.person_status == "死亡":
            return None
        desk = TurnDesk(tx, user, person, self._services, held)
        steps = Steps(tx, desk, filing.steps, self._services.clock.now(), case.key)
        return _Mine(case, filing, region, person, desk, steps)

    async def _held(self, tx: Repositories, openid: str, person_id: int) -> Standing | None:
        """What the chat is to that person, if it may act for them."""
        return await allowed(tx, openid, person_id, today_of(self._services.clock.now()), "act")

    async def _draft(self, tx: Repositories, mine: _Mine, form: Form | None = None) -> Draft:
        stopped = ""
        if form is None:
            try:
                form = await mine.steps.look(mine.case.answers) if _still_open(mine.case) else Form((), mine.case.answers)
            except Stop as stop:
                form, stopped = Form((), mine.case.answers), said_by(stop)
        files = await tx.attachments.of_case(mine.case.case_no)
        note = mine.case.steps[-1].note if mine.case.state is CaseState.SUPPLEMENT and mine.case.steps else ""
        materials = await self._materials(mine, form)
        return Draft(mine.case, mine.filing, mine.region, form, files, materials, note, stopped)

    @staticmethod
    async def _materials(mine: _Mine, form: Form | None = None) -> tuple[Material, ...]:
        scene = mine.steps.scene(form.answers if form is not None else mine.case.answers)
        found = []
        for one in mine.filing.materials:
            try:
                wanted = one.when(scene.answers)
            except KeyError:  # it hangs on an answer that is still missing
                wanted = False
            if wanted:
                found.append(one)
        return tuple(found)

    async def _audit(self, mine: _Mine, action: str) -> None:
        feature = mine.filing.covers[0] if mine.filing.covers else mine.filing.name
        await mine.desk.audit(action, feature, "ok", mine.person)


def _over(case: Case, form: Form) -> dict[str, str]:
    """The answers of the form, and '' for those that hold no more."""
    return {**dict.fromkeys(case.answers, ""), **form.answers}


def _still_open(case: Case) -> bool:
    return case.state in _OPEN


def _must_be_open(case: Case) -> None:
    if not _still_open(case):
        raise Closed
