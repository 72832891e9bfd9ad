"""The words that most of the personal service is declared in: a question to the records, a paper, a choice, a time, a calculation. `Guide`,
the word for what is only told, stands in `dialogs.declare`, where every conversation can offer one.

A `Query` or `Print` names its steps, its forms and its features; the answer itself is a Statement made by the query of the same name in
`handlers.queries`. So a new function is a declaration of a few lines here and a function from rows to a Statement there, and it comes in
chat, as a page, as PDF and as Excel at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from dialogs.declare import Ask, Asked, Choose, Dialog, Ended, Guide, Option, Scene, Step, Wish
from dialogs.desk import NothingToPrint
from dialogs.handover import given
from dialogs.messages import Anchor, Message, Picture, Reply, Say
from dialogs.parse import EVER, find_insurances, find_period, insurances, month, normal, period, year
from dialogs.phrases import hour_and_minute
from dialogs.statement import Statement
from storage.ports import time
from storage.ports.record import Record
from storage.ports.regions import Region

LINES_AT_ONCE = 5
"""What 更多 shows at a time; a chat answer is a head and so many lines (conversation-map 1)."""

Offers = tuple[tuple[str, Wish], ...]


class Slot(Step, Protocol):
    """A step whose answer becomes a parameter of a query."""

    def canonical(self, answer: str, today: date) -> str:
        """The answer in the form that queries, links and documents carry."""


_AN_INSURANCE = 8
"""Characters up to which a text may be no more than the name of an insurance."""


def whole_period(text: str, today: date) -> time.Span:
    """As `dialogs.parse.period`; 全部, 历年 are from the beginning until now."""
    return period(text, today, earliest=EVER)


def told_span(span: time.Span) -> str:
    """A span as a person reads it: nobody has paid since 1951, 全部 is since the first time."""
    return f"第一次缴费 至 {span.end.label}" if span.start == EVER else span.label


ANEW = "anew"
"""The step that says that a time is to be asked for, also where one would be assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed(Ask):
    """A time. With `assumed` the newest on record is taken where nobody said one, so that the answer comes first; 换个时间 asks."""

    assumed: bool = False
    newest_of: str = ""
    """The query whose newest record is meant; filled in by the `Query` that declares it."""

    async def ask(self, scene: Scene) -> Asked:
        if unread := scene.memo.get(f"{self.name}.unread"):
            return replace(await Ask.ask(self, scene), text=unread)
        if not self.assumed or scene.answers.get(ANEW):
            return await Ask.ask(self, scene)
        newest = await scene.desk.records.newest(self.newest_of)
        return Asked(self.prompt, answer=self.up_to(newest) if newest else self.quick[0])

    def up_to(self, newest: str) -> str:
        """What is taken unasked: `newest` is a month (`2024-03`), or a year where the records are by year."""
        return newest


@dataclass(frozen=True, slots=True, kw_only=True)
class Period(Timed):
    """起止年月 (S-PERIOD): `2024-01..2024-06`. Assumed are the twelve months up to the newest."""

    name: str = "period"
    label: str = "时间"
    prompt: str = "您想查哪段时间？可以回复数字，也可以直接说，例如 2024年1月到6月。"
    parse: Callable[[str, date], Any] = whole_period
    quick: tuple[str, ...] = ("近一年", "今年", "去年", "全部")

    def up_to(self, newest: str) -> str:
        last = time.Month.parse(newest)
        return f"{last.plus(-11)}至{last}"

    def canonical(self, answer: str, today: date) -> str:
        return str(whole_period(answer, today))


def _year(text: str, today: date) -> int:
    """A year; of a period that lies in one year (上个月, 2023-05), that year."""
    span = find_period(text, today) if not normal(text).rstrip("年度").isdecimal() else None
    if span is not None and span.start.year == span.end.year:
        return span.start.year
    return year(text, today)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year(Timed):
    """年度 (S-YEAR): `2023`."""

    name: str = "period"
    label: str = "年度"
    prompt: str = "您想查哪一年？可以回复数字，也可以直接发年份，例如 2023。"
    parse: Callable[[str, date], Any] = _year
    quick: tuple[str, ...] = ("去年", "今年", "前年")

    def canonical(self, answer: str, today: date) -> str:
        return str(_year(answer, today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Month(Timed):
    """年月 (S-YM): `2024-03`."""

    name: str = "period"
    label: str = "年月"
    prompt: str = "您想查哪个月？可以回复数字，也可以直接发年月，例如 2024-08。"
    parse: Callable[[str, date], Any] = month
    quick: tuple[str, ...] = ("上个月", "本月")

    def canonical(self, answer: str, today: date) -> str:
        return str(month(answer, today))


@dataclass(frozen=True, slots=True, kw_only=True)
class Insurances(Ask):
    """险种, several at will: codes with commas. All five unasked."""

    name: str = "insurance"
    label: str = "险种"
    prompt: str = "查哪种保险？"
    parse: Callable[[str, date], Any] = lambda text, _: insurances(text)
    default: str | None = "五险"

    def canonical(self, answer: str, today: date) -> str:
        return ",".join(insurances(answer))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf(Choose):
    """One of several by number or words; the value is the parameter."""

    def canonical(self, answer: str, today: date) -> str:
        return answer


class Window(Record):
    """A service window (S-WINDOW) of `Region.windows` by its code: outside it nothing is begun, and a reminder is offered."""

    code: str
    what: str
    """What the reminder says can be done, as the person says it to begin."""

    async def guard(self, scene: Scene) -> Ended | None:
        """What is said while it is closed; None while it is open, and where the region has no such window."""
        region = scene.desk.region
        if region is None or self.code not in region.windows:
            return None
        state = await scene.desk.filings.window(self.code)
        if state.open:
            return None
        opens = f"，{hour_and_minute(state.opens_at, scene.now)} 开放" if state.opens_at else ""
        text = f"“{self.what}”的办理时间是{state.text}，现在不在时段内{opens}。"
        return Ended(Reply(Say(text)), (("开放时提醒我", Wish("window_remind", {"window": self.code, "what": self.what})),))


def not_here(what: str) -> Callable[[Region], Reply]:
    """For `Dialog.elsewhere`: the region's own sentence that its manual lacks this."""
    return lambda region: Reply(Say(region.missing.format(what=what)))


def _kept(text: str, _: object) -> str:
    return text.strip()


_FROM = Ask(name="at", prompt="", parse=_kept, default="")
"""How many of the lines were shown already, '' at the beginning; never asked."""

_ASKED_ANEW = Ask(name=ANEW, prompt="", parse=_kept, default="")


def anew(dialog: str, said: Mapping[str, str], first: str) -> Wish:
    """The same question with that condition asked for, the others kept."""
    kept = {name: text for name, text in said.items() if name != first}
    return Wish(dialog, {**kept, ANEW: "1"})


class Query(Record, kw_only=True):
    """条件 → 查询 → answer → 明细, 更多, 下载, 换条件 (PAT-QUERY).

    `name` is that of the dialog, of the query in `handlers.queries`, and in links. `forms`: what 下载 lets the person tick (BJQ-P-04a); one
    paper when empty. `paper` False: nothing can be downloaded. `leads` are further choices under an answer.
    """

    name: str
    title: str
    covers: tuple[str, ...]
    asks: tuple[Slot, ...] = ()
    scope: str = "benefits"
    forms: tuple[Option, ...] = ()
    paper: bool = True
    leads: Offers = ()
    window: Window | None = None
    guides: tuple[Guide, ...] = ()
    """Guides that are offered where the region lacks it, and under an empty answer."""
    again: str = ""
    """What asking anew is called (换个时间); from the label of the first step when empty."""
    help: str = ""
    part_of: tuple[str, ...] = ()
    media: tuple[str, ...] = ("chat", "page", "pdf", "xlsx")
    counterpart: Callable[[Region], Wish | None] | None = None
    """What serves the same wish in a region that lacks this one (`Dialog.counterpart`)."""

    def caught(self, scene: Scene, text: str) -> Mapping[str, str]:
        """An insurance where a time was asked for is that insurance over the last year: an answer, and the time can be changed under it."""
        if (
            not {"period", "insurance"} <= {slot.name for slot in self.asks}
            or len(text) > _AN_INSURANCE
            or scene.answers.get("period")
        ):
            return {}
        if not find_insurances(text) or find_period(text, scene.now.date()) is not None:
            return {}
        return {"insurance": text, "period": "近一年"}

    def params(self, scene: Scene) -> dict[str, str]:
        """The answers as parameters of the query."""
        today = scene.now.date()
        return {slot.name: slot.canonical(scene.answers[slot.name], today) for slot in self.asks if slot.name in scene.answers}

    async def answer(self, scene: Scene) -> Ended:
        """The action of the dialog."""
        if self.window is not None and (closed := await self.window.guard(scene)):
            return closed
        params = self.params(scene)
        found = await scene.desk.look_up(self.name, params)
        return self._shown(found.statement, found.url, {slot.name: scene.answers[slot.name] for slot in self.asks}, scene)

    def _shown(self, statement: Statement, url: str, said: Mapping[str, str], scene: Scene) -> Ended:
        again: Offers = ()
        if self.asks and getattr(self.asks[0], "default", None) is None:  # what is taken unasked is not asked anew either
            first = self.asks[0]
            again = ((self.again or f"换个{first.label}", anew(self.name, said, first.name)),)
        region = scene.desk.region
        leads = tuple((label, wish) for label, wish in self.leads if _valid(wish, region))
        if not statement.tables:  # there is nothing to print either
            leads = tuple((label, wish) for label, wish in leads if wish.dialog != self.paper_name)
        if not statement.tables:
            here = (
                guide for guide in self.guides if region is None or region.offers(guide.code)
            )  # another region's are not valid
            offers = (*again, *leads, *(guide.called() for guide in here))
            return Ended(Reply(Say("\n".join(statement.summary))), offers)
        begun = scene.answers.get("at", "")
        if not begun:
            text, upto = "\n".join(statement.summary), _told(statement)
        else:
            upto = int(begun) + LINES_AT_ONCE
            text = "\n".join(statement.lines[int(begun) : upto])
        left = len(statement.lines) - upto
        more: Offers = ((f"更多（还有 {left} 条）", Wish(self.name, {**said, "at": str(upto)})),) if left > 0 else ()
        papers = (("下载 PDF 单据", Wish(self.paper_name, said)),) if self.paper else ()
        pictures: tuple[Message, ...] = (Picture(statement.chart, statement.title),) if statement.chart and not begun else ()
        links = (Anchor("查看明细", url),) if url else ()
        return Ended(Reply(Say(text, links=links), pictures), (*more, *papers, *again, *leads))

    @property
    def paper_name(self) -> str:
        """Of the dialog that makes the document."""
        return f"{self.name}_paper"

    @property
    def dialogs(self) -> tuple[Dialog, ...]:
        """The conversation, and the one for its paper."""
        asks = tuple(replace(slot, newest_of=self.name) if isinstance(slot, Timed) else slot for slot in self.asks)
        asked = Dialog(
            name=self.name,
            title=self.title,
            covers=self.covers,
            part_of=self.part_of,
            scope=self.scope,
            steps=(*asks, _FROM, _ASKED_ANEW),
            action=self.answer,
            catch=self.caught,
            elsewhere=not_here(self.title),
            counterpart=self.counterpart,
            guides=self.guides,
            ours=not self.covers,
            media=self.media,
            help=self.help,
        )
        if not self.paper:
            return (asked,)
        paper = Print(
            name=self.paper_name,
            title=f"下载{self.title}",
            covers=(),
            part_of=(*self.covers, *self.part_of),
            query=self.name,
            asks=tuple(replace(slot, assumed=False) if isinstance(slot, Timed) else slot for slot in self.asks),
            forms=self.forms,
            scope=self.scope,
            leads=((self.title, Wish(self.name)),),
        )
        return (asked, *paper.dialogs)


def _told(statement: Statement) -> int:
    """How many of the lines, from the first, stand in the summary already."""
    return next((at for at, line in enumerate(statement.lines) if line not in statement.summary), len(statement.lines))


def _valid(wish: Wish, region: Region | None) -> bool:
    """Whether a further choice is one here: the guide of another region is not."""
    return wish.dialog != "guide" or region is None or wish.said["guide"] in region.guides


ALL_FORMS = "all"


class Print(Record, kw_only=True):
    """下载打印: conditions, the forms to tick where there are several, the paper (PAT-PDF, BZ-27 … BZ-30).

    `query` names the query whose Statement is printed; it gets the answers, and `forms` (codes with commas, or `all`) where `forms` are given.
    """

    name: str
    title: str
    covers: tuple[str, ...]
    query: str
    asks: tuple[Slot, ...] = ()
    forms: tuple[Option, ...] = ()
    scope: str = "benefits"
    window: Window | None = None
    guides: tuple[Guide, ...] = ()
    part_of: tuple[str, ...] = ()
    help: str = ""
    media: tuple[str, ...] = ("chat", "page", "pdf", "xlsx")
    counterpart: Callable[[Region], Wish | None] | None = None
    """As `Query.counterpart`."""
    leads: Offers = (("查缴费", Wish("contributions")),)
    """What can be looked at where there is nothing to print."""
    retired: Offers = ()
    """What proves a pension instead, offered to whoever draws one and has nothing of this."""

    async def issue(self, scene: Scene) -> Ended:
        """The action of the dialog."""
        if self.window is not None and (closed := await self.window.guard(scene)):
            return closed
        today = scene.now.date()
        params = {slot.name: slot.canonical(scene.answers[slot.name], today) for slot in self.asks if slot.name in scene.answers}
        if self.forms:
            params["forms"] = scene.answers["forms"]
        try:
            paper = await scene.desk.issue(self.query, params, scene.key)
        except NothingToPrint as trouble:
            return self._nothing(scene, trouble.why)
        except LookupError:
            return self._nothing(scene, ())
        return given(paper)

    def _nothing(self, scene: Scene, why: tuple[str, ...]) -> Ended:
        """Nothing on record: what there is instead, and another time where one was said; for who draws a pension, what proves that."""
        asked = next((slot for slot in self.asks if getattr(slot, "default", None) is None), None)
        again: Offers = ()
        if asked is not None:
            kept = {one.name: scene.answers[one.name] for one in self.asks if one.name in scene.answers and one is not asked}
            again = ((f"换个{asked.label}", Wish(self.name, kept)),)
        person = scene.desk.person
        if self.retired and person is not None and person.person_status == "已退休":
            lines = ("没有查到可以打印的缴费记录。", *why, f"您已经退休，要证明收入的，可以开{self.retired[0][0]}。")
            return Ended(Reply(Say("\n".join(lines))), (*self.retired, *again))
        return Ended(Reply(Say("\n".join(("没有查到可以打印的记录。", *why)))), (*again, *self.leads))

    @property
    def dialogs(self) -> tuple[Dialog, ...]:
        """The conversation."""
        ticked: tuple[Step, ...] = ()
        if self.forms:
            every = (*self.forms, Option(ALL_FORMS, "都要"))
            ticked = (OneOf(name="forms", label="单据", prompt="要打印哪一种？", options=every),)
        return (
            Dialog(
                name=self.name,
                title=self.title,
                covers=self.covers,
                part_of=self.part_of,
                scope=self.scope,
                steps=(*self.asks, *ticked),
                action=self.issue,
                elsewhere=not_here(self.title),
                counterpart=self.counterpart,
                guides=self.guides,
                media=self.media,
                help=self.help,
            ),
        )


class Calculator(Record, kw_only=True):
    """Something worked out from answers and dated figures: never a promise. `work` gives the answer with every assumption named; its offers
    change one of them. `who` is anyone where nothing of a person is needed."""

    name: str
    title: str
    covers: tuple[str, ...]
    asks: tuple[Step, ...]
    work: Callable[[Scene], Awaitable[Ended]]
    who: str = "anyone"
    scope: str = ""
    needs_region: bool = False
    part_of: tuple[str, ...] = ()
    help: str = ""
    media: tuple[str, ...] = ("chat",)

    @property
    def dialogs(self) -> tuple[Dialog, ...]:
        """The conversation."""
        return (
            Dialog(
                name=self.name,
                title=self.title,
                covers=self.covers,
                part_of=self.part_of,
                who=self.who,
                scope=self.scope,
                needs_region=self.needs_region,
                steps=self.asks,
                action=self.work,
                ours=not self.covers,
                media=self.media,
                help=self.help,
            ),
        )


def changed(calculation: str, scene: Scene, **said: str) -> Wish:
    """The same calculation with some answers said anew."""
    return Wish(calculation, {**scene.answers, **said})


def dialogs_of(*declared: Query | Print | Calculator) -> tuple[Dialog, ...]:
    """All conversations of what was declared, in its order."""
    return tuple(dialog for one in declared for dialog in one.dialogs)
