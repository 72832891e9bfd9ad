"""The parts of a region beside its head: card, windows, fees, days, outlets, people, words of cases, orders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal

from storage.ports.records import CaseState
from storage.ports.regions import (
    CertificationRules,
    HumanRules,
    LevyWage,
    LossRules,
    MissedRules,
    MonthDay,
    OrderRules,
    Outlet,
    PensionBase,
    Tier,
    Way,
    Window,
)
from storage.regions.reading import Table

FEES = {"card_replace": "工本费 of 补换卡, 元"}
"""Keys allowed in `[fees]`."""

DAYS = {
    "card_replace": "补换卡, until it can be fetched",
    "card_second": "二次申领, until it can be fetched",
    "review": "until the staff have decided about what was filed",
    "complaint": "until a bad mark is answered",
    "refund": "until money that has to go back is on its way",
    "phone_change": "until a new 预留手机号 is decided about",
    "supplement": "for the person to answer a 补正; the product has its own where this is absent",
    "unread": "until 设为已读 is reminded of; the product has its own where this is absent",
}
"""Keys allowed in `[days]`: working days."""

DAYS_EVERYWHERE = ("review", "complaint", "phone_change")
"""What every region has, because the product does it everywhere."""

NEUTRAL_WORDS: Mapping[CaseState, tuple[str, str]] = {
    CaseState.DRAFT: ("待提交", "还没有提交"),
    CaseState.UNPAID: ("处理中", "等待缴费"),
    CaseState.REVIEW: ("处理中", "等待审核"),
    CaseState.SECOND: ("处理中", "等待复核"),
    CaseState.SUPPLEMENT: ("处理中", "等待补正"),
    CaseState.WORKING: ("处理中", "正在办理"),
    CaseState.READY: ("处理中", "等待领取"),
    CaseState.DONE: ("处理结束", "已办结"),
    CaseState.REFUSED: ("处理结束", "未通过"),
    CaseState.WITHDRAWN: ("处理结束", "已撤回"),
    CaseState.VOID: ("处理结束", "已作废"),
}
"""For a region whose manual has no words of its own."""

CHANNELS = ("console", "wechat", "phone")
RULES = ("period", "birthday", "season")
"""By what the due day of a 资格认证 is worked out (`storage.certifying`)."""
HANDLING = ("待提交", "处理中", "处理结束")

_WINDOW = re.compile(r"W-[A-Z0-9]+(-[A-Z0-9]+)*")
_DAY_OF_YEAR = re.compile(r"([0-9]{2})-([0-9]{2})")
_HTTPS = re.compile(r"https://[^\s<>\"']{4,300}")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def certification(table: Table) -> CertificationRules:
    """[certification]: a rule has its own settings only; what another rule would need must not stand there."""
    rule = table.text("rule", "period")
    if rule and rule not in RULES:
        table.complain("rule", f"must be one of {', '.join(RULES)}")
    # Under a rule that is none, settings of every rule are let be: one mistake, one complaint.
    period = table.number("period_months", 1, 120) if rule == "period" else table.number("period_months", 1, 120, 12)
    season = (MonthDay(1, 1), MonthDay(12, 31))
    if rule == "season":
        season = (_month_day(table, "season_from"), _month_day(table, "season_to"))
    early = table.number("early_days", 0, 180, 0) if rule != "period" else 0
    if rule in {"birthday", "season"} and table.has("period_months"):
        table.complain("period_months", f"has no meaning with rule = {rule}")
    result = table.number("result_working_days", 0, 60)
    after = table.text("after_missed")
    stages = table.numbers("stages", 0, 366)
    if stages and list(stages) != sorted(set(stages), reverse=True):
        table.complain("stages", "must fall, each once")
    ways = tuple(
        Way(way.text("title"), way.text("text"), way.flag("without_face"), _address(way)) for way in table.tables("ways")
    )
    if ways and not any(way.without_face for way in ways):
        table.complain("ways", "at least one must work without_face")
    missed = MissedRules()
    if table.has("missed"):
        told = table.table("missed")
        missed = MissedRules(told.text("pause", ""), told.text("resume", ""), told.text("back_pay", ""))
    return CertificationRules(period, stages, ways, result, after, rule, *season, early, _address(table), missed)


def _address(table: Table) -> str:
    """entry_url: empty, or an address that a phone can open safely."""
    found = table.maybe("entry_url")
    if found and not _HTTPS.fullmatch(found):
        table.complain("entry_url", "must be empty or begin with https://")
    return found


def _month_day(table: Table, key: str) -> MonthDay:
    """A day of every year, written 03-01."""
    told = table.text(key)
    try:
        if found := _DAY_OF_YEAR.fullmatch(told):
            day = date(2024, int(found[1]), int(found[2]))  # a leap year: 02-29 is a day
            return MonthDay(day.month, day.day)
    except ValueError:
        pass
    if told:
        table.complain(key, 'must be a day of the year like "03-01"')
    return MonthDay(1, 1)


def loss(table: Table, capabilities: tuple[str, ...]) -> LossRules:
    """[loss]: what ends by itself needs its days, and whoever reports a loss online has to learn how to undo it."""
    rules = LossRules(
        table.flag("online"),
        table.text("does"),
        table.text("does_not"),
        table.text("guide"),
        table.number("temporary_days", 0, 366, 0),
        table.number("warn_days", 1, 30, 1),
        table.flag("lift_online", False),
        table.text("lift", ""),
    )
    if rules.online and "BZ-19" not in capabilities:
        table.complain("online", "true needs BZ-19 among the capabilities")
    if rules.lift_online and not rules.online:
        table.complain("lift_online", "true needs online = true")
    if rules.temporary_days and rules.warn_days >= rules.temporary_days:
        table.complain("warn_days", "must be fewer than temporary_days")
    return rules


def windows(table: Table) -> dict[str, Window]:
    """[windows.<code>]"""
    found = {}
    for code in table.keys:
        one = table.table(code)
        if not _WINDOW.fullmatch(code):
            table.complain(code, "is no code of a window, like W-CARD-ONLINE")
        _dated(one)
        found[code] = _window(code, one)
    return found


def _window(code: str, table: Table) -> Window:
    first = table.number("day_from", 1, 28)
    last = table.number("day_to", 1, 31) if table.has("day_to") else None
    if last is not None and last < first:
        table.complain("day_to", "must not lie before day_from")
    opens, closes = table.hour("time_from") or time(0), table.hour("time_to") or time(23, 59)
    if closes <= opens:
        table.complain("time_to", "must be later than time_from")
    return Window(code, first, last, opens, closes, table.text("note", ""), _shifted(table, last), table.text("name", ""))


def _shifted(table: Table, last: int | None) -> dict[str, date]:
    """Postponed openings: a day of the month that it stands under, no later than the window's end."""
    if not table.has("shifted"):
        return {}
    shifted: dict[str, date] = {}
    given = table.table("shifted")
    for month in given.keys:
        day = given.day(month)
        if not _MONTH.fullmatch(month):
            given.complain(month, "is no month like 2026-02")
        elif day is not None and f"{day:%Y-%m}" != month:
            given.complain(month, "must be a day of that month")
        elif day is not None and last is not None and day.day > last:
            given.complain(month, "must not lie after day_to")
        elif day is not None:
            shifted[month] = day
    return shifted


def fees(table: Table) -> dict[str, Decimal]:
    """[fees.<what for>] amount"""
    found = {}
    for key in FEES:
        if table.has(key):
            one = table.table(key)
            _dated(one)
            found[key] = one.money("amount")
    return found


def days(table: Table) -> dict[str, int]:
    """[days.<what takes them>] days"""
    found = {}
    for key in DAYS:
        if table.has(key):
            one = table.table(key)
            _dated(one)
            found[key] = one.number("days", 0, 366)
    return found


def delivery(table: Table) -> tuple[str, ...]:
    """[delivery] ways"""
    _dated(table)
    return table.texts("ways")


def outlets(table: Table) -> tuple[Outlet, ...]:
    """[[outlets.places]]: latitude and longitude are GCJ-02, as WeChat's are."""
    _dated(table)
    found = tuple(
        Outlet(
            one.text("name"),
            one.degrees("latitude", 3, 54),
            one.degrees("longitude", 73, 136),
            one.text("address"),
            one.text("hours"),
            one.texts("does"),
            one.text("phone", ""),
            one.text("code", ""),
        )
        for one in table.tables("places")
    )
    names = [one.name for one in found if one.name]
    if len(set(names)) < len(names):
        table.complain("places", "the same name twice")
    codes = [one.code for one in found if one.code]
    if len(set(codes)) < len(codes) or not all(re.fullmatch(r"[a-z0-9-]{1,40}", code) for code in codes):
        table.complain("places", "code: 1 to 40 of a-z, 0-9 and -, none of them twice")
    return found


def human(table: Table) -> HumanRules:
    """[human]"""
    usual = HumanRules()
    channel = table.text("channel")
    if channel and channel not in CHANNELS:
        table.complain("channel", f"must be one of {', '.join(CHANNELS)}")
    start, end = table.hour("time_from") or usual.time_from, table.hour("time_to") or usual.time_to
    if end <= start:
        table.complain("time_to", "must be later than time_from")
    _dated(table)
    return HumanRules(channel, table.flag("workdays", True), start, end, table.number("answer_days", 0, 30, usual.answer_days))


def cases(table: Table) -> tuple[dict[CaseState, tuple[str, str]], bool]:
    """[cases]: the words of every state (NEUTRAL_WORDS where there are none), and whether 设为已读 ends a case."""
    must_read = table.flag("must_read", False)
    _dated(table)
    if not table.has("words"):
        return dict(NEUTRAL_WORDS), must_read
    given = table.table("words")
    words = {state: given.pair(state.value) for state in CaseState}
    for state, (handling, _) in words.items():
        if handling and handling not in HANDLING:
            given.complain(state.value, f"the first must be one of {', '.join(HANDLING)}")
    return words, must_read


def orders(table: Table, capabilities: tuple[str, ...]) -> OrderRules:
    """[orders]: what each of BZ-23 (base and rates), BZ-24 and BZ-25 (tiers) needs, no more."""
    year, source = table.number("year", 2000, 2999), table.text("source")
    table.day("valid_from")
    low = high = Decimal("0.00")
    rates: dict[str, Decimal] = {}
    if "BZ-23" in capabilities:
        low, high = table.money("base_min"), table.money("base_max")
        if low > high:
            table.complain("base_max", "must not be less than base_min")
        given = table.table("rates")
        rates = {key: given.share(key) for key in ("pension", "medical")}
    wanted = [key for feature, key in (("BZ-24", "resident_pension"), ("BZ-25", "resident_medical")) if feature in capabilities]
    tiers = {}
    if wanted:
        given = table.table("tiers")
        tiers = {key: _tiers(given, key) for key in wanted}
    return OrderRules(
        year,
        source,
        low,
        high,
        rates,
        tiers,
        table.texts("banks"),
        table.number("months_at_most", 1, 60, 12),
        table.number("minutes_to_pay", 5, 7 * 24 * 60, 120),
    )


def pension_base(table: Table) -> PensionBase:
    """[pension_base]: 计发基数 with its year and its source."""
    return PensionBase(table.number("year", 2000, 2999), table.money("amount"), table.text("source"))


def levy(table: Table) -> LevyWage:
    """[levy]: the wage of 趸缴 (BJH-13), of a year."""
    _dated(table)
    return LevyWage(table.number("year", 2000, 2999), table.money("average_wage"), table.text("source"))


def _tiers(table: Table, key: str) -> tuple[Tier, ...]:
    found = tuple(Tier(one.text("code"), one.text("label"), one.money("amount")) for one in table.tables(key))
    codes = [tier.code for tier in found if tier.code]
    if len(set(codes)) < len(codes):
        table.complain(key, "the same code twice")
    return found


def _dated(table: Table) -> None:
    """Every figure says where it comes from and from when it holds."""
    table.text("source")
    table.day("valid_from")
