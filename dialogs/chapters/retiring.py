"""Calculations that people ask for: when they retire, about how much the pension is, which months are missing. Dated, with every assumption
named; never a promise, never shown as law of today."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from dialogs.declare import Ask, Asked, Choose, Dialog, Ended, Guide, Option, Options, Scene, Step, Wish
from dialogs.desk_career import Career
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, figure, normal
from dialogs.phrases import money
from dialogs.vocabulary import Calculator, Query, dialogs_of
from storage.ports.time import Month
from storage.retiring import CENT, Assumptions, Retirement, Rules, Standing, minimum_months, pension, retirement, rules, standing

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


def _months(text: str, _: date) -> int:
    """A length: 15年, 15年6个月, 180个月, 15.5年, 15. Raises Invalid."""
    plain = normal(text).replace("零", "").replace("又", "")
    found = re.fullmatch(r"(?:(\d{1,2})(?:\.(\d))?(?:年(半)?|$))?(?:(\d{1,3})个?月)?", plain)
    if not found or not (found[1] or found[4]):
        raise Invalid("请发缴费年限，例如 15年6个月；只发数字就是多少年。")
    months = int(found[1] or 0) * 12 + (6 if found[3] else 0) + int(found[2] or 0) * 12 // 10 + int(found[4] or 0)
    if months > 60 * 12:
        raise Invalid("缴费年限好像太长了，请发例如 15年6个月。")
    return months


def _amount(low: int, high: int, what: str) -> Callable[[str, date], Decimal]:
    def read(text: str, _: date) -> Decimal:
        value = figure(text)
        if value is None:
            raise Invalid(f"请发{what}的数字，单位是元，例如 {high // 10}。")
        if not low <= value <= high:
            raise Invalid(f"{what}请发 {low:,} 到 {high:,} 之间的数字，单位是元。")
        return value.quantize(CENT)

    return read


def _index(text: str, _: date) -> Decimal:
    value = figure(text)
    if value is None or not Decimal("0.3") <= value <= 3:
        raise Invalid("平均缴费指数一般在 0.6 到 3 之间，请发例如 0.8。")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord(Ask):
    """Asked only of those whom the record says nothing about, and when it is worked out for somebody else."""

    known: Callable[[Career], str | None]
    nothing: str = ""
    """What stands for an answer where nothing is worked out: somebody has retired, or the rule is not theirs."""

    async def ask(self, scene: Scene) -> Asked:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumed(Ask):
    """An assumption: taken as it is unless the person wants to change just this one."""

    async def ask(self, scene: Scene) -> Asked:
        if scene.answers.get("ask") == self.name:
            return Asked(self.prompt, self.listed)
        return Asked("", answer=self.default or "")


def _kept(text: str, _: object) -> str:
    return text.strip()


def _or_empty(read: Callable[[str, date], Any]) -> Callable[[str, date], Any]:
    return lambda text, today: read(text, today) if text.strip() else None


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
_WHO: tuple[Step, ...] = (_WHOSE, _ASK, _BIRTH, _GROUP)


# ── 退休年龄 ────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Case:
    """One calculation: whose, by which rule, as of which month."""

    career: Career | None
    found: Retirement
    by: Rules
    now: Month

    @classmethod
    async def of(cls, scene: Scene) -> _Case:
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
    one = await _Case.of(scene)
    if one.career is not None and one.career.retired:
        text = "您已经退休了，不用再算退休时间。想看养老金发了多少，请选下面的数字。"
        return Ended(Reply(Say(text)), (("查养老金", Wish("pension")), _FOR_ANOTHER))
    if one.career is not None and one.career.resident:
        return Ended(Reply(Say(_RESIDENT)), (_RESIDENTS, _FOR_ANOTHER))
    found, by = one.found, one.by
    later = f"比原来的{found.group.age}岁晚{found.delay}个月" if found.delay else "和原来一样，不延迟"
    past = "（已经到了）" if found.month <= one.now else ""
    head = f"{one.whose}法定退休时间是{found.month.label}{past}：{_age(found.age)}，{later}。"
    lines = [head, *_flexible(one), *_enough(one), _dated(by)]
    return Ended(Reply(Say("\n".join(lines))), (*_retire_offers(scene, one),))


def _flexible(one: _Case) -> list[str]:
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


def _enough(one: _Case) -> list[str]:
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


_RESIDENT = "您参加的是城乡居民养老保险。延迟退休的办法和职工养老金的算法只管职工，不能用来算您的；几岁开始领、能领多少，请问参保地经办机构。"
_RESIDENTS = ("看居民养老对账单", Wish("resident_statement"))
_FOR_ANOTHER = ("给别人算", Wish("retirement_age", {"whose": TYPED}))


def _retire_offers(scene: Scene, one: _Case) -> tuple[tuple[str, Wish], ...]:
    said = {name: scene.answers[name] for name in ("whose", "born", "group")}
    offers = [("估算养老金", Wish("pension_estimate", said))]
    if one.found.group.code != "man":
        other = "woman55" if one.found.group.code == "woman50" else "woman50"
        age = one.by.groups[other].age
        offers.append((f"按原来{age}岁退休算", Wish("retirement_age", {**said, "group": other})))
    if one.career is not None and one.career.shown:
        offers.append(("看断缴的月份", Wish("gaps")))
    return (*offers, _FOR_ANOTHER)


RETIREMENT_AGE = Calculator(
    name="retirement_age",
    title="退休年龄",
    covers=(),
    asks=_WHO,
    work=_retire,
    help="告诉我出生年月和身份，我算出法定退休时间、最早最晚什么时候能退、还差几个月。",
)


# ── 养老金 ──────────────────────────────────────────────────────────────────────────────────────────────────────────


_STATUTORY, _EARLY, _LATE = "statutory", "early", "late"
_WHEN = {
    **dict.fromkeys(("statutory", "法定时间", "1", "到点", "正常"), _STATUTORY),
    **dict.fromkeys(("early", "最早", "2", "提前"), _EARLY),
    **dict.fromkeys(("late", "最晚", "3", "延迟", "推迟"), _LATE),
}


def _when(text: str, _: date) -> str:
    try:
        return _WHEN[normal(text) or _STATUTORY]
    except KeyError:
        raise Invalid("请回复 1 法定时间、2 最早 或 3 最晚。") from None


_ESTIMATE: tuple[Step, ...] = (
    *_WHO,
    OnRecord(
        name="months",
        label="已缴年限",
        prompt="到现在一共缴了多少年养老？例如 15年6个月。",
        parse=_months,
        nothing="0个月",
        known=lambda career: f"{career.months}个月" if career.shown else None,
    ),
    OnRecord(
        name="balance",
        label="账户余额",
        prompt="养老个人账户里现在有多少钱？单位元；不知道就回复 0。",
        parse=_amount(0, 5_000_000, "账户余额"),
        nothing="0",
        known=lambda career: str(career.balance_now) if career.shown and career.balance_now is not None else None,
    ),
    OnRecord(
        name="pay",
        label="缴费基数",
        prompt="以后每月按多少基数缴？单位元；不打算缴了就回复 0。",
        parse=_amount(0, 200_000, "缴费基数"),
        nothing="0",
        known=lambda career: str(career.base) if career.shown and career.base is not None else None,
    ),
    Assumed(
        name="new_pay",
        label="以后的缴费基数",
        prompt="以后每月按多少基数缴？单位元；不缴了就回复 0。",
        parse=_or_empty(_amount(0, 200_000, "缴费基数")),
        default="",
    ),
    Assumed(
        name="when",
        label="退休时间",
        prompt="想按什么时候退休算？",
        parse=_when,
        quick=("法定时间", "最早", "最晚"),
        default=_STATUTORY,
    ),
    Assumed(
        name="index",
        label="平均缴费指数",
        parse=_or_empty(_index),
        default="",
        prompt="平均缴费指数按多少算？一直按社会平均工资缴就是 1，按最低的缴约 0.6。请发例如 0.8。",
    ),
    Assumed(
        name="base",
        label="计发基数",
        parse=_or_empty(_amount(1000, 100_000, "计发基数")),
        default="",
        prompt="计发基数按多少算？就是当地公布的数，单位元，例如 9000。",
    ),
)


def _at(one: _Case, when: str) -> Month:
    return {_STATUTORY: one.found.month, _EARLY: one.found.earliest, _LATE: one.found.latest}[when]


async def _estimate(scene: Scene) -> Ended:
    one, answers, today = await _Case.of(scene), scene.answers, scene.now.date()
    if one.career is not None and one.career.retired:
        return Ended(Reply(Say("您已经在领养老金了，不用估算。")), (("查养老金", Wish("pension")),))
    if one.career is not None and one.career.resident:
        return Ended(Reply(Say(_RESIDENT)), (_RESIDENTS, _FOR_ANOTHER))
    region = scene.desk.region
    figure = region.pension_base if region else None
    typed = answers["base"].strip()
    if not typed and figure is None:
        return _again(scene, "base", "还不知道当地的计发基数，要您告诉我才能算。")
    base = _amount(1000, 100_000, "计发基数")(typed, today) if typed else figure.amount if figure else Decimal(0)
    at = max(_at(one, _when(answers["when"], today)), one.now)
    pay = _amount(0, 200_000, "缴费基数")(answers["new_pay"].strip() or answers["pay"], today)
    left = max(0, at.index - one.first.index) if pay else 0
    months = _months(answers["months"], today) + left
    saved = (pay * one.by.account_share * left).quantize(CENT)
    balance = _amount(0, 5_000_000, "账户余额")(answers["balance"], today) + saved
    need = minimum_months(at.year, one.by)
    age = (at.index - one.found.born.index) // 12
    indexes = [_index(answers["index"], today)] if answers["index"].strip() else [one.by.index_low, one.by.index_high]
    found = [pension(Assumptions(base, index, months, balance, age), one.by) for index in indexes]
    whole = [basic + own for basic, own in found]
    head = f"粗略估算：{at.label}退休，每月大约 {_about(whole)}。这是估算，不是承诺。"
    if months < need:
        head = f"到{at.label}只有{span(months)}，不到最低的{span(need)}，按规定还不能按月领。下面按{span(months)}算，只供参考：每月大约 {_about(whole)}。"
    source = "您说的" if typed else f"{figure.year}年，{figure.source}" if figure else ""
    until = f"以后每月按 {money(pay)} 的基数缴{span(left)}" if left else "从现在起不再缴费"
    lines = [
        head,
        f"基础养老金 {_about([basic for basic, _ in found])}：计发基数 {money(base)}（{source}），平均缴费指数 {_range(indexes)}，缴费 {span(months)}。",
        f"个人账户养老金 {money(found[0][1])}：退休时账户约 {money(balance)}，除以 {one.by.divisors[min(max(age, 50), 70)]} 个月。",
        f"假设：{until}；工资、基数都按今天的不变，账户不计利息。",
        "要换哪一项假设，请选下面的数字。",
    ]
    return Ended(Reply(Say("\n".join(lines))), _estimate_offers(scene))


def _about(values: list[Decimal]) -> str:
    whole = [(values[0] / 10).to_integral_value(ROUND_FLOOR), (values[-1] / 10).to_integral_value(ROUND_CEILING)]
    if values[0] == values[-1]:
        whole = [(values[0] / 10).to_integral_value(ROUND_HALF_UP)] * 2
    tens = [value * 10 for value in whole]
    return f"{tens[0]:,} 元" if tens[0] == tens[-1] else f"{tens[0]:,} 到 {tens[-1]:,} 元"


def _range(values: list[Decimal]) -> str:
    return " 到 ".join(f"{value.normalize():f}" for value in values)


def _asking(scene: Scene, step: str) -> Wish:
    """The same estimate with one assumption asked anew."""
    kept = {name: text for name, text in scene.answers.items() if name not in {step, "ask"} and text}
    return Wish("pension_estimate", {**kept, "ask": step})


def _again(scene: Scene, step: str, why: str) -> Ended:
    return Ended(Reply(Say(why)), (("告诉您计发基数", _asking(scene, step)),))


def _estimate_offers(scene: Scene) -> tuple[tuple[str, Wish], ...]:
    said = {name: scene.answers[name] for name in ("whose", "born", "group")}
    stop = {name: text for name, text in scene.answers.items() if name not in {"ask", "new_pay"} and text}
    return (
        ("换退休时间", _asking(scene, "when")),
        ("换平均缴费指数", _asking(scene, "index")),
        ("换以后的缴费基数", _asking(scene, "new_pay")),
        ("如果现在停缴", Wish("pension_estimate", {**stop, "new_pay": "0"})),
        ("换计发基数", _asking(scene, "base")),
        ("看退休时间", Wish("retirement_age", said)),
    )


PENSION_ESTIMATE = Calculator(
    name="pension_estimate",
    title="养老金估算",
    covers=(),
    asks=_ESTIMATE,
    work=_estimate,
    help="估算每月大约能领多少养老金，每一项假设都会写出来，可以一项一项换。",
)

GAPS = Query(
    name="gaps",
    title="断缴月份",
    covers=(),
    part_of=("BJQ-P-02a", "BZ-11"),
    guides=(Guide("BJH-11"), Guide("BJH-10")),
    leads=(Guide("BJH-10").called("怎么补缴"), ("看退休时间", Wish("retirement_age"))),
)

DIALOGS: tuple[Dialog, ...] = dialogs_of(RETIREMENT_AGE, PENSION_ESTIMATE, GAPS)
