"""The chat form of a filing: a gate, then the questions, the 承诺 and the confirmation; or the link to its page where that is better."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from dialogs.case_words import begun, fee_of, told_day
from dialogs.case_words import filed as _filed
from dialogs.declare import Agree, Answers, Ask, Asked, Choose, Dialog, Ended, Scene, Step, Stop, Wish
from dialogs.desk_family import OWN_ONLY
from dialogs.filing import Filing, Refusal
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid, yes_no
from dialogs.phrases import day, hour_and_minute, money
from storage.ports.record import Record
from storage.ports.records import Case, CaseState
from storage.ports.time import SHANGHAI

_OPEN = "open"
GATE, UNDERTAKING = "_gate", "_undertaking"


class Gate(Record):
    """Before the first question: whether it can be filed at all (`begin`), now (window), by this chat (hold). Asks only when the window is
    closed, whether to be reminded."""

    filing: Filing
    name: str = GATE
    label: str = ""
    secret: bool = False
    settled: str = ""

    def applies(self, _: Answers) -> bool:
        return True

    async def ask(self, scene: Scene) -> Asked:
        filing = self.filing
        if filing.begin is not None:
            await filing.begin(scene)
        state = await scene.desk.filings.window(filing.window) if filing.window else None
        if state is not None and not state.open:
            opens = f"\n下次开放：{hour_and_minute(state.opens_at, scene.now)}。需要到时提醒您吗？" if state.opens_at else ""
            text = f"“{filing.title}”的办理时间是{state.text}，现在不在时段内。{opens}"
            return Asked(text, (("1", "到时提醒我"), ("2", "不用了")))
        hold = await scene.desk.cards.held() if filing.sensitive and scene.desk.person else None
        if hold is not None:
            until = hold.until.astimezone(SHANGHAI)
            raise Stop(
                Reply(
                    Say(
                        f"{hold.reason}不久，为了您的安全，{day(until.date())} {until:%H:%M} 以后才能办“{filing.title}”。\n着急的话请带身份证到窗口办。"
                    )
                )
            )
        return Asked("", answer=_OPEN)

    async def read(self, scene: Scene, text: str) -> str:
        try:
            wanted = "提醒" in text or yes_no(text)
        except Invalid:
            raise Invalid("请回复 1 到时提醒我，或 2 不用了。") from None
        if not wanted:
            raise Stop(Reply(Say("好的，到了办理时间随时再来。")))
        opens = await scene.desk.filings.remind_when_open(self.filing.window, self.filing.title)
        if opens is None:
            return _OPEN
        raise Stop(Reply(Say(f"好的，{hour_and_minute(opens, scene.now)} 开放后我在这里提醒您，夜里不打扰。")))

    def shown(self, answer: str) -> str:
        return answer


class Heard(Record):
    """A question of a page: an answer that was said already is taken along, none is asked for here."""

    of: Step

    @property
    def name(self) -> str:
        return self.of.name

    label: str = ""
    secret: bool = False
    settled: str = ""

    def applies(self, _: Answers) -> bool:
        return True

    async def ask(self, _: Scene) -> Asked:
        return Asked("", answer="")

    async def read(self, scene: Scene, text: str) -> str:
        return await self.of.read(scene, text)

    def shown(self, answer: str) -> str:
        return self.of.shown(answer)


def dialog_of(filing: Filing) -> Dialog:
    """The conversation of a filing, under its own name."""
    heard = tuple(Heard(step) for step in filing.steps if isinstance(step, Ask | Choose))
    asked = (*filing.steps, *_agreement(filing))
    form = _Form(filing)
    return Dialog(
        acts=True,
        name=filing.name,
        title=filing.title,
        covers=filing.covers,
        steps=(Gate(filing), *(heard if filing.on_page else asked)),
        action=form.page if filing.on_page else form.submit,
        preview=None if filing.on_page else form.preview,
        who=filing.who,
        scope=OWN_ONLY if filing.who == "anyone" else None,  # the only one is about whom it names, and takes a new phone for them
        elsewhere=filing.elsewhere,
        needs_region=filing.who == "anyone" or filing.elsewhere is not None,
        version=filing.version,
        help=filing.help,
        media=("chat", "page", "pdf", "push"),
    )


def dialogs_of(filings: Iterable[Filing]) -> tuple[Dialog, ...]:
    """One for each filing that people may make."""
    return tuple(dialog_of(filing) for filing in filings if not filing.inside)


def _agreement(filing: Filing) -> tuple[Step, ...]:
    if filing.undertaking is None:
        return ()
    refused = "没有同意承诺，这件事就先不办了，没有提交任何内容。"
    return (Agree(name=UNDERTAKING, prompt=filing.undertaking.text, refused=refused),)


class _Form(Record):
    filing: Filing

    def _answers(self, scene: Scene) -> dict[str, str]:
        own = {step.name for step in self.filing.steps}
        return {name: text for name, text in scene.answers.items() if name in own and text}

    async def preview(self, scene: Scene) -> str:
        """What will be filed, what it costs and when it will probably be done."""
        if self.filing.check is not None:
            await self.filing.check(scene)
        answers = self._answers(scene)
        rows = [f"{label}：{shown}" for label, shown in _filed(self.filing, answers).items()]
        lines = await self.filing.lines(scene) if self.filing.lines else ()
        rows += [f"{label}：{text}" for label, text in (*lines, *await self._usual(scene, answers, dict(lines)))]
        return "\n".join((f"要提交的是“{self.filing.title}”，请核对：", *rows))

    async def _usual(self, scene: Scene, answers: Answers, said: dict[str, str]) -> list[tuple[str, str]]:
        """Fee and day, where the declaration has no lines of its own about them."""
        found = []
        region = scene.desk.region
        fee = fee_of(self.filing, region, answers) if region else None
        if fee and not any("费" in label for label in said):
            found.append(("费用", f"{money(fee)}，提交后缴费"))
        expected = await scene.desk.filings.expected(self.filing.name)
        if expected and not any("时间" in label or "办好" in label or "预计" in label for label in said):
            found.append(("预计办好", told_day(expected, _today(scene))))
        return found

    async def submit(self, scene: Scene) -> Ended:
        """File it; a refusal keeps what was answered as a draft."""
        answers = self._answers(scene)
        if self.filing.check is not None:
            await self.filing.check(scene)
        try:
            case = await scene.desk.filings.submit(self.filing.name, answers, scene.key)
        except Refusal as refusal:
            if scene.desk.person is None:
                raise Stop(Reply(Say(refusal.sentence))) from None
            url = await scene.desk.filings.form(self.filing.name, answers)
            kept = f"{refusal.sentence}\n填好的内容存成了草稿，回复“进度”可以接着办。"
            raise Stop(Reply(Say(kept, links=(Anchor("看草稿", url),)))) from None
        return await self._done(scene, case)

    async def _done(self, scene: Scene, case: Case) -> Ended:
        url = await scene.desk.filings.pay(case.case_no) if case.state is CaseState.UNPAID else None
        links = (Anchor("去缴费", url),) if url else ()
        offers: tuple[tuple[str, Wish], ...] = ()
        if scene.desk.person is not None:
            said = {"case_no": case.case_no}
            offers = (("查进度", Wish("progress", said)), ("下载回执（PDF）", Wish("case_paper", said)))
        return Ended(Reply(Say(self._outcome(scene, case), links=links)), offers)

    def _outcome(self, scene: Scene, case: Case) -> str:
        today, number = _today(scene), f"业务流水号：{case.case_no}"
        when = f"\n预计 {told_day(case.expected_on, today)} 办好，有进展会告诉您。" if case.expected_on else ""
        region = scene.desk.region
        match case.state:
            case CaseState.UNPAID:
                amount = f" {money(fee_of(self.filing, region, case.answers))}" if region else ""
                return f"已保存，还要缴费{amount}，缴了才开始审核。\n{number}{when}"
            case CaseState.WORKING | CaseState.READY if (stage := self.filing.stage(case.stage)) and stage.told:
                return f"已受理。{begun(stage, case, today)}\n{number}{when}"
            case CaseState.WORKING | CaseState.READY:
                return f"已受理，现在是“{case.feedback_status}”。\n{number}{when}"
            case CaseState.DONE:
                return f"{self.filing.finished}\n{number}"
            case _:
                return f"已提交，接下来由工作人员审核。\n{number}{when}"

    async def page(self, scene: Scene) -> Ended:
        """The link to the page, with what is needed and how long it takes."""
        filing = self.filing
        answers = self._answers(scene)
        url = await scene.desk.filings.form(filing.name, answers)
        lines = [f"“{filing.title}”在页面里办，点下面的链接开始。"]
        wanted = [one for one in filing.materials if one.when(answers)]
        if must := [one.title for one in wanted if one.required]:
            lines.append(f"要拍照上传：{'、'.join(must)}")
        if may := [one.title for one in wanted if not one.required]:
            lines.append(f"可以拍照上传，不传也能办：{'、'.join(may)}")
        told = await filing.lines(scene) if filing.lines else ()
        lines += [f"{label}：{text}" for label, text in (*told, *await self._usual(scene, answers, dict(told)))]
        lines.append("填到一半可以关掉，回复“进度”接着填。链接 30 分钟内有效，只能由您打开。")
        return Ended(Reply(Say("\n".join(lines), links=(Anchor(f"去办理{filing.title}", url),))))


def _today(scene: Scene) -> date:
    return scene.now.astimezone(SHANGHAI).date()
