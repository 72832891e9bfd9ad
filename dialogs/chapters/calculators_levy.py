"""趸缴 (BJH-13, features.md 7.3): what a construction employer pays at once for work-injury insurance of a project in 北京."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from dialogs.declare import Ask, Asked, Ended, Guide, Option, Scene, Wish
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid, figure, normal
from dialogs.parse.text import number
from dialogs.vocabulary import Calculator, OneOf
from storage.ports.regions import LevyWage

REGION = "beijing"
"""Whose rule it is."""

HEADS = {"building": 2520, "metro": 4680, "road": 2520, "pipe": 450}
"""月平均预计缴费人次, by kind of project."""

KINDS = (
    Option("building", "建筑工程"),
    Option("metro", "地铁工程"),
    Option("road", "市政道桥工程"),
    Option("pipe", "市政管道工程"),
)
WORKDAYS = Decimal("20.83")
"""Of a month, on average."""

LEAST_WAGE = 1000
"""元 a month: below it no average wage of a city has been for twenty years."""

_MOST_DAYS, _MOST_WAGE = 20_000, 1_000_000


def levy(kind: str, days: int, wage: Decimal) -> int:
    """The sum in whole 元: one rounding at the end, half up. `days` of the contract, `wage` 元 a month."""
    # One division at the very end, so that nothing is lost before it is rounded.
    above = wage * 60 * days * HEADS[kind]
    below = WORKDAYS * 100 * 30 * 100
    return int((above / below).quantize(Decimal(1), ROUND_HALF_UP))


def _days(text: str, _: date) -> int:
    """Whole days: 300, 300天, 三百天."""
    plain = normal(text).removesuffix("左右").removesuffix("日").removesuffix("天").strip()
    try:
        found = int(plain) if plain.isdecimal() else number(plain)
    except (ValueError, KeyError, IndexError):
        found = 0
    if not 1 <= found <= _MOST_DAYS:
        raise Invalid("请发合同工期的总天数，例如 300。")
    return found


def _wage(text: str, _: date) -> Decimal:
    """元 a month, at most two decimals: 10000, 10,000.50元, 1万."""
    found = figure(text) or Decimal(0)
    if not 1 <= found <= _MOST_WAGE or found != found.quantize(Decimal("0.01")):
        raise Invalid("请发每月平均工资是多少元，例如 10000。")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wage(Ask):
    """The wage: taken where the agency has set it, asked for otherwise."""

    async def ask(self, scene: Scene) -> Asked:
        known = None if scene.answers.get("own") == "yes" else _set(scene)
        return Asked(self.prompt, answer=str(known.amount) if known else None)


def _set(scene: Scene) -> LevyWage | None:
    region = scene.desk.regions.get(REGION)
    return region.levy if region else None


async def _work(scene: Scene) -> Ended:
    today = scene.now.date()
    kind, days, wage = scene.answers["kind"], _days(scene.answers["days"], today), _wage(scene.answers["wage"], today)
    name = next(option.label for option in KINDS if option.value == kind)
    if wage < LEAST_WAGE:
        return _asked_back(scene, days, wage)
    known = _set(scene)
    from_agency = known is not None and known.amount == wage
    whence = f"{known.year}年，{known.source}" if known and from_agency else "您填的"
    text = (
        f"{name}，工期{days}天：一次缴清 {levy(kind, days, wage)} 元。\n"
        f"算法：{_plain(wage)}÷20.83×60%×({days}÷30)×{HEADS[kind]}×1%，四舍五入到元。\n"
        f"{_plain(wage)}元是本市上年度职工月平均工资（{whence}）；{HEADS[kind]}是{name}的月平均预计缴费人次。\n"
        "项目开工前缴清；支票须在每月15日之前，银联卡全月工作日都可以。\n"
        "这是按北京的公式试算的，以经办机构核定为准；2020年11月起社保费由税务部门征收，缴费前请先问清在哪里缴。"
    )
    offers = (
        ("换工程类型", _without("kind", scene)),
        ("换工期", _without("days", scene)),
        ("换平均工资", _without("wage", scene, own="yes")),
        Guide("BJH-13").called("看趸缴指南"),
    )
    guide = await scene.desk.guides.guide("BJH-13")
    links = (Anchor("看全文", scene.desk.guides.page(guide)),) if guide else ()
    return Ended(Reply(Say(text, links=links)), offers)


def _asked_back(scene: Scene, days: int, wage: Decimal) -> Ended:
    """Nothing is worked out from a wage that no city has: the two numbers turned round give the same sum, so nobody would see it."""
    text = f"工期 {days} 天、月平均工资 {_plain(wage)} 元：一个城市的月平均工资不会这么低，先没有算。"
    offers = [("换平均工资", _without("wage", scene, own="yes")), ("换工期", _without("days", scene))]
    if days >= LEAST_WAGE and wage == int(wage):
        text = f"{text}\n是不是把两个数填反了？"
        turned = Wish("levy", {**scene.answers, "days": _plain(wage), "wage": str(days), "own": "yes"})
        offers.insert(0, (f"按工期 {_plain(wage)} 天、月平均工资 {days} 元算", turned))
    return Ended(Reply(Say(text)), tuple(offers))


def _without(step: str, scene: Scene, **said: str) -> Wish:
    """The same calculation with one thing to be asked anew."""
    return Wish("levy", {name: text for name, text in (*scene.answers.items(), *said.items()) if name != step})


def _plain(amount: Decimal) -> str:
    """10000, not 1E+4 or 10000.00."""
    return f"{amount.normalize():f}"


_KIND = OneOf(name="kind", label="工程类型", prompt="工程类型是哪一种？", options=KINDS)
_DAYS = Ask(name="days", label="工期", prompt="合同工期总共多少天？例如 300。", parse=_days)
_OWN = Ask(name="own", prompt="", parse=lambda text, _: text, default="no")
"""Whether a wage of the person's own is wanted where the agency has set one; never asked."""

_PROMPT = "本市上年度职工月平均工资是多少元？例如 10000。这个数每年公布，拿不准请问经办机构。"

LEVY = Calculator(
    name="levy",
    title="趸缴试算",
    covers=(),
    part_of=("BJH-13",),
    asks=(_KIND, _DAYS, _OWN, _Wage(name="wage", label="平均工资", prompt=_PROMPT, parse=_wage)),
    work=_work,
    help="照着回复数字就行：先选工程类型，再发合同工期的总天数和本市上年度职工月平均工资。",
)
