"""Calculations that people ask for: when they retire, which months are missing. Dated, never a promise, never shown as law of today. What the
estimate of a pension (`dialogs.chapters.estimating`) starts from is asked here too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from dialogs.declare import Ask, Asked, Choose, Ended, Guide, Option, Options, Scene, Step, Wish
from dialogs.desk_career import Career
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, normal
from dialogs.vocabulary import Calculator, Query
from storage.ports.record import Record
from storage.ports.time import Month
from storage.retiring import Retirement, Rules, Standing, minimum_months, retirement, rules, standing

OWN, TYPED = "own", "typed"
_GROUPS = (
    Option("man", "男职工"),
    Option("woman55", "女职工，原来 55 岁退休（管理、技术岗）"),
    Option("woman50", "女职工，原来 50 岁退休"),
)
_WOMEN = {"工人": "woman50", "干部": "woman55", "管理人员": "woman55", "专业技术人员": "woman55"}


def span(months: int) -> str:
    """61岁4个月 without the 岁: 15年, 16年8个月, 7个月."""
    years, rest = divmod(months, 12)
    return f"{years}年{f'{rest}个月' if rest else ''}" if years else f"{rest}个月"


def _age(months: int) -> str:
    years, rest = divmod(months, 12)
    return f"{years}岁{f'{rest}个月' if rest else ''}"


# ── steps ───────────────────────────────────────────────────────────────────────────────────────────────────────────


_BORN = re.compile(r"((?:19|20)?\d{2})年?[-./]?(\d{1,2})(?:月份?)?(?:[-./]?(\d{1,2})[日号]?)?(?:生|出生|生的|出生的)?")
_YOUNGEST = 16


def born(text: str, today: date) -> Month:
    """出生年月: 1970-03, 1970年3月, 70年3月. Raises Invalid."""
    plain = normal(text)
    found = _BORN.fullmatch(plain)
    if found and 1 <= int(found[2]) <= 12:
        year = int(found[1])
        if len(found[1]) == 2:
            year += 2000 if 2000 + year <= today.year - _YOUNGEST else 1900
        month = Month(year, int(found[2]))
        if found[3] and not 1 <= int(found[3]) <= month.last_day.day:
            raise Invalid(f"{month.label}没有{int(found[3])}日，请再看一下出生日期，只发年月也行，例如 1970-03。")
        if month.year >= 1930 and month <= Month.of(today).plus(-_YOUNGEST * 12):
            return month
        if month.year >= 1930:
            raise Invalid("还不到可以参加工作的年龄，请再看一下出生年月，例如 1970-03。")
    raise Invalid("请发出生年月，例如 1970-03 或 1970年3月。")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord(Ask):
    """Asked only of those whom the record says nothing about, when it is worked out for somebody else, and when just this is to be changed."""

    known: Callable[[Career], str | None]
    nothing: str = ""
    """What stands for an answer where nothing is worked out: somebody has retired, or the rule is not theirs."""

    async def ask(self, scene: Scene) -> Asked:
        if scene.answers.get("ask") == self.name:
            return await Ask.ask(self, scene)
        career = None if scene.answers.get("whose") == TYPED else await scene.desk.careers.career()
        answer = self.known(career) if career else None
        if answer is None and career is not None and (career.retired or career.resident) and self.nothing:
            answer = self.nothing
        # The long arm: `super()` without arguments does not work in a dataclass with slots.
        return Asked("", answer=answer) if answer is not None else await Ask.ask(self, scene)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOnRecord(Choose):
    """The group: a man's follows from the record, a woman's where her 个人身份 is on it."""

    async def ask(self, scene: Scene) -> Asked:
        career = None if scene.answers.get("whose") == TYPED else await scene.desk.careers.career()
        if career is not None:
            answer = "man" if career.gender == "男" else _WOMEN.get(career.personal_status)
            if career.retired or career.resident:  # it is over, or not theirs: which group it was changes nothing any more
                answer = answer or "woman55"
            if answer is not None:
                return Asked("", answer=answer)
        return await Choose.ask(self, scene)


async def _groups(scene: Scene) -> Options:
    career = None if scene.answers.get("whose") == TYPED else await scene.desk.careers.career()
    return _GROUPS[1:] if career is not None and career.gender == "女" else _GROUPS


def _kept(text: str, _: object) -> str:
    return text.strip()


_WHOSE = Ask(name="whose", prompt="", parse=_kept, default=OWN)
_ASK = Ask(name="ask", prompt="", parse=_kept, default="")
_BIRTH = OnRecord(
    name="born",
    label="出生年月",
    prompt="请告诉我出生年月，例如 1970-03。",
    parse=born,
    known=lambda career: str(career.born),
)
_GROUP = GroupOnRecord(
    name="group", label="身份", prompt="属于哪一种？女职工按退休前的岗位定，说不准的可以两种都算一下。", options=_groups
)
WHO: tuple[Step, ...] = (_WHOSE, _ASK, _BIRTH, _GROUP)


# ── 退休年龄 ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Case(Record):
    """One calculation: whose, by which rule, as of which month."""

    career: Career | None
    found: Retirement
    by: Rules
    now: Month

    @classmethod
    async def of(cls, scene: Scene) -> Case:
        typed = scene.answers["whose"] == TYPED
        career = None if typed else await scene.desk.careers.career()
        today = scene.now.date()
        by = rules()
        found = retirement(born(scene.answers["born"], today), by.groups[scene.answers["group"]], by)
        return cls(career, found, by, Month.of(today))

    @property
    def first(self) -> Month:
        """The first month that can still be paid: this one, unless it is on record already."""
        last = self.career.last if self.career else None
        return max(self.now, last.plus(1)) if last else self.now

    @property
    def whose(self) -> str:
        """Whose it is, before 法定退休时间."""
        return "您的" if self.career else "按您说的情况，"


async def _retire(scene: Scene) -> Ended:
    one = await Case.of(scene)
    if one.career is not None and one.career.retired:
        text = "您已经退休了，不用再算退休时间。想看养老金发了多少，请选下面的数字。"
        return Ended(Reply(Say(text)), (("查养老金", Wish("pension")), FOR_ANOTHER))
    if one.career is not None and one.career.resident:
        return Ended(Reply(Say(RESIDENT)), (RESIDENTS_OWN, FOR_ANOTHER))
    found, by = one.found, one.by
    later = f"比原来的{found.group.age}岁晚{found.delay}个月" if found.delay else "和原来一样，不延迟"
    past = "（已经到了）" if found.month <= one.now else ""
    head = f"{one.whose}法定退休时间是{found.month.label}{past}：{_age(found.age)}，{later}。"
    lines = [head, *_flexible(one), *_enough(one), _dated(by)]
    return Ended(Reply(Say("\n".join(lines))), (*_retire_offers(scene, one),))


def _flexible(one: Case) -> list[str]:
    found, by = one.found, one.by
    first = max(found.earliest, Month.of(by.effective_from), one.now)  # 弹性 began with the rule, and what is past is no choice
    early = (
        f"想早退：最早{first.label}，要缴满最低年限，提前{by.early_notice_months}个月书面告诉单位。"
        if first < found.month
        else ""
    )
    late = (
        ""
        if found.month < Month.of(by.effective_from) or found.latest < one.now
        else f"想晚退：和单位商量好，提前{by.late_notice_months}个月写明，最晚{found.latest.label}。"
    )
    return [line for line in (early, late) if line]


def _enough(one: Case) -> list[str]:
    need = minimum_months(one.found.month.year, one.by)
    head = f"{one.found.month.year}年退休，最低要缴满{span(need)}"
    if one.career is None:
        return [f"{head}。登录后可以算还差几个月。"]
    if not one.career.shown:
        return [f"{head}。您的缴费年限这里查不了，请问单位或经办机构。"]
    at = standing(one.career.months, one.found.month, one.first, one.by)
    have = f"您已缴{span(at.have)}" if at.have else "您还没有缴费记录"
    parts = (("转入", one.career.moved_months), ("视同缴费", one.career.deemed_months))
    within = "、".join(f"{what}{span(months)}" for what, months in parts if months)
    return [f"{head}。{have}{f'（含{within}）' if within else ''}，{_lacking(at)}"]


def _lacking(at: Standing) -> str:
    if not at.lacking_now:
        return "已经够了。"
    if not at.lacking_then:
        return f"还差{at.lacking_now}个月；到退休前还能缴{at.until}个月，一直缴就够。"
    return f"还差{at.lacking_now}个月；就算一直缴到退休，也还差{at.lacking_then}个月，怎么补请咨询经办机构。"


def _dated(by: Rules) -> str:
    return f"按{by.effective_from.year}年{by.effective_from.month}月起施行的延迟退休办法推算；别处还没转过来的缴费不算在内，最后以经办机构核定为准。"


RESIDENT = "您参加的是城乡居民养老保险。延迟退休的办法和职工养老金的算法只管职工，不能用来算您的；几岁开始领、能领多少，请问参保地经办机构。"
RESIDENTS_OWN = ("看居民养老对账单", Wish("resident_statement"))
FOR_ANOTHER = ("给别人算", Wish("retirement_age", {"whose": TYPED}))


def _retire_offers(scene: Scene, one: Case) -> tuple[tuple[str, Wish], ...]:
    said = {name: scene.answers[name] for name in ("whose", "born", "group")}
    offers = [("估算养老金", Wish("pension_estimate", said))]
    if one.found.group.code != "man":
        other = "woman55" if one.found.group.code == "woman50" else "woman50"
        age = one.by.groups[other].age
        offers.append((f"按原来{age}岁退休算", Wish("retirement_age", {**said, "group": other})))
    if one.career is not None and one.career.shown:
        offers.append(("看断缴的月份", Wish("gaps")))
    return (*offers, FOR_ANOTHER)


RETIREMENT_AGE = Calculator(
    name="retirement_age",
    title="退休年龄",
    covers=(),
    asks=WHO,
    work=_retire,
    help="告诉我出生年月和身份，我算出法定退休时间、最早最晚什么时候能退、还差几个月。",
)


GAPS = Query(
    name="gaps",
    title="断缴月份",
    covers=(),
    part_of=("BJQ-P-02a", "BZ-11"),
    guides=(Guide("BJH-11"), Guide("BJH-10")),
    leads=(Guide("BJH-10").called("怎么补缴"), ("看退休时间", Wish("retirement_age"))),
)
