"""城乡居民: 居民养老个人对账单 (BJQ-P-06, 北京), 居民养老 and 居民医疗缴费历史 (BZ-16, BZ-17, 滨州)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from dialogs.masks import masked_address, masked_id, masked_phone
from dialogs.phrases import day as day_named
from dialogs.phrases import money
from dialogs.statement import Statement
from handlers.queries.sheets import ZERO, Sheet, amount, day, found, insurance_named, nothing, over_time, text, there_is
from handlers.query import Asker, Query
from storage.ports.record import Record
from storage.ports.records import Participation, ResidentPayment, ResidentYear
from storage.ports.repositories import Repositories

PENSION, MEDICAL = "resident_pension", "resident_medical"
_NOT_ON_FILE: Final = "未登记"


class YearOfAccount(Record):
    """One year of the account: what came in, and what went out; either may be missing."""

    year: int
    paid: ResidentPayment | None
    account: ResidentYear | None

    def came(self, name: str) -> Decimal | None:
        """A sum of what came in."""
        return getattr(self.paid, name) if self.paid else None

    def went(self, name: str) -> Decimal | None:
        """A sum of what went out, or the balance."""
        return getattr(self.account, name) if self.account else None


_IN, _OUT = "个人账户收入", "发放养老待遇"

STATEMENT: Sheet[YearOfAccount] = Sheet(
    code="resident_statement",
    caption="账单信息",
    columns=(
        text("year", "年度", lambda one: str(one.year), 0.7),
        amount("in_personal", "个人缴费", lambda one: one.came("personal"), 1.1, group=_IN),
        amount("in_collective", "集体补助", lambda one: one.came("collective"), 1.0, group=_IN),
        amount("in_other", "其他", lambda one: one.came("other"), 1.0, group=_IN),
        amount("in_gov_city", "政府补贴（市）", lambda one: one.came("gov_city"), 1.0, group=_IN),
        amount("in_gov_district", "政府补贴（区）", lambda one: one.came("gov_district"), 1.0, group=_IN),
        amount("account_out", "个人账户支出", lambda one: one.went("account_out"), 1.1),
        amount("basic_central", "基础养老金（中央）", lambda one: one.went("basic_central"), 1.1, group=_OUT),
        amount("basic_city", "基础养老金（市）", lambda one: one.went("basic_city"), 1.1, group=_OUT),
        amount("basic_district", "基础养老金（区）", lambda one: one.went("basic_district"), 1.1, group=_OUT),
        amount("benefit_account_out", "个人账户支出", lambda one: one.went("benefit_account_out"), 1.1, group=_OUT),
        amount("balance", "个人账户余额", lambda one: one.went("balance"), 1.2, total=False),
    ),
)


class Enrolled(Record):
    """Since when, and how many years were paid."""

    since: date | None
    years: int


ENROLMENT: Sheet[Enrolled] = Sheet(
    code="resident_enrolment",
    caption="养老保险参保信息",
    columns=(
        day("since", "参保日期"),
        text("years", "累计缴费年限", lambda one: f"{one.years} 年"),
    ),
)

PAYMENTS: Sheet[ResidentPayment] = Sheet(
    code="resident_payments",
    caption="居民缴费历史",
    columns=(
        text("year", "年度", lambda one: f"{one.year}年"),
        text("insurance", "险种", lambda one: insurance_named(one.insurance), 1.6),
        text("tier", "缴费档次", weight=1.4, chat=True),
        amount("personal", "个人缴费", chat=True, say="个人"),
        amount("collective", "集体补助"),
        amount("other", "其他"),
        amount("gov", "政府补贴", lambda one: one.gov_city + one.gov_district),
        day("paid_on", "缴费日期"),
    ),
)


async def resident_statement(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """居民养老个人对账单 (BJQ-P-06). No parameters. A row a year."""
    person = asker.person.id
    paid = {one.year: one for one in await tx.rights.of(ResidentPayment, person) if one.insurance == PENSION}
    accounts = {one.year: one for one in await tx.rights.of(ResidentYear, person)}
    title = "城乡居民养老保险个人对账单"
    years = [YearOfAccount(year, paid.get(year), accounts.get(year)) for year in sorted({*paid, *accounts})]
    if not years:
        there = "城镇职工的账户在年度对账单里，回复“年度对账单”就能查。"
        return nothing(asker, "BJQ-P-06", title, searched="您名下的城乡居民养老保险账户", there=there)
    spells = [one for one in await tx.rights.of(Participation, person) if one.insurance == PENSION]
    enrolled = min((one.start_on for one in spells), default=None)
    counted = sum(1 for one in paid.values() if one.personal > 0)
    return found(
        asker,
        "BJQ-P-06",
        title,
        (ENROLMENT.table(asker.region, (Enrolled(enrolled, counted),)), STATEMENT.table(asker.region, years)),
        _summary(years, counted, enrolled),
        head=await _header(tx, asker),
        notes=("累计缴费年限按有个人缴费的年度计算。",),
        chart=over_time(
            "居民养老个人账户余额（历年）",
            [str(one.year) for one in years],
            {"账户余额": [one.went("balance") for one in years]},
        ),
        lines=tuple(_year(one) for one in reversed(years)) if len(years) > 1 else (),
    )


def _year(one: YearOfAccount) -> str:
    """A year as a line of the chat: what was paid in, what is there at its end."""
    balance = one.went("balance")
    paid = f"个人缴费 {money(one.paid.personal)}" if one.paid else "没有缴费"
    return f"{one.year}年：{paid}{f'，年末余额 {money(balance)}' if balance is not None else ''}"


async def _header(tx: Repositories, asker: Asker) -> tuple[tuple[str, str], ...]:
    """个人基本信息 as the form has it, label by label; what is not on file is said to be so."""
    on_file, person = await tx.rights.registration(asker.person.id), asker.person
    hukou, home = (on_file.hukou_address, on_file.address) if on_file else ("", "")
    return (
        ("姓名", person.name),
        ("性别", person.gender),
        ("公民身份证号码" if person.id_type.startswith("居民身份证") else "证件号码", masked_id(person.id_no)),
        ("户籍地址", masked_address(hukou) if hukou else _NOT_ON_FILE),
        ("联系电话", masked_phone(person.phone) if person.phone else _NOT_ON_FILE),
        ("居住地址", masked_address(home) if home else _NOT_ON_FILE),
    )


def _summary(years: Sequence[YearOfAccount], counted: int, enrolled: date | None) -> tuple[str, ...]:
    last = next((one for one in reversed(years) if one.account), None)
    balance = last.went("balance") if last else None
    head = (
        f"居民养老个人账户余额 {money(balance)}（{last.year}年末）。"
        if last is not None and balance is not None
        else "居民养老有缴费记录，账户余额还没有记账。"
    )
    grants = [one.paid.gov_city + one.paid.gov_district for one in years if one.paid]
    received = [one.account for one in years if one.account]
    benefits = sum((one.basic_central + one.basic_city + one.basic_district + one.benefit_account_out for one in received), ZERO)
    since = f"{day_named(enrolled)}参保，" if enrolled else ""
    return (
        head,
        f"{since}累计缴费 {counted} 年。",
        f"个人缴费合计 {money(_total(years, 'personal'))}，政府补贴 {money(sum(grants, ZERO))}。",
        *((f"已发放养老待遇合计 {money(benefits)}。",) if benefits else ()),
    )


def _total(years: Sequence[YearOfAccount], name: str) -> Decimal:
    return sum((one.came(name) or ZERO for one in years), ZERO)


async def pension_paid(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """居民养老保险缴费历史 (BZ-16). `params`: period, a year."""
    return await _history(tx, asker, int(params["period"]), PENSION, "BZ-16")


async def medical_paid(tx: Repositories, asker: Asker, params: Mapping[str, str]) -> Statement:
    """居民医疗保险缴费历史 (BZ-17). `params`: period, a year."""
    return await _history(tx, asker, int(params["period"]), MEDICAL, "BZ-17")


async def _history(tx: Repositories, asker: Asker, year: int, insurance: str, feature: str) -> Statement:
    """The rows of one year; the picture and the last line are of every year on record."""
    rows = [one for one in await tx.rights.of(ResidentPayment, asker.person.id) if one.insurance == insurance]
    here = [one for one in rows if one.year == year]
    what = f"{insurance_named(insurance)}缴费"
    if not here:
        there = there_is((rows[0].year, rows[-1].year) if rows else None, f"{what}记录")
        return nothing(asker, feature, f"{what}历史", searched=f" {year}年的{what}", there=there, period=f"{year}年度")
    return found(
        asker,
        feature,
        f"{what}历史",
        (PAYMENTS.table(asker.region, here),),
        _paid(year, what, here, rows),
        period=f"{year}年度",
        chart=over_time(f"{what}（历年个人缴费）", [str(one.year) for one in rows], {"个人缴费": [one.personal for one in rows]}),
    )


def _paid(year: int, what: str, here: Sequence[ResidentPayment], rows: Sequence[ResidentPayment]) -> tuple[str, ...]:
    one = here[0]
    grants = one.collective + one.other + one.gov_city + one.gov_district
    all_of_it = sum((row.personal for row in rows), ZERO)
    years = f"{rows[0].year}年至{rows[-1].year}年" if len(rows) > 1 else f"{rows[0].year}年"
    return (
        f"{year}年{what}：个人 {money(one.personal)}。",
        *((f"缴费档次：{one.tier}。",) if one.tier else ()),
        *((f"补助和补贴 {money(grants)}。",) if grants else ()),
        *((f"缴费日期：{day_named(one.paid_on)}。",) if one.paid_on else ()),
        f"{years}共缴 {len(rows)} 年，个人合计 {money(all_of_it)}。",
    )


_OF_WORKERS: Final = frozenset(
    {"contributions", "gaps", "statement", "pension", "retirement_pay", "contribution_proof", "income_proof"}
)
"""Queries that hold nothing of whom 城乡居民 are."""


async def for_residents(tx: Repositories, asker: Asker, query: str, statement: Statement) -> Statement:
    """The same, unless it found nothing and asks after what only workers have: a resident is told where theirs is instead of that there is
    nothing."""
    if statement.tables or query not in _OF_WORKERS:
        return statement
    on_file = await tx.rights.registration(asker.person.id)
    if on_file is None or not on_file.resident:
        return statement
    own = "居民养老对账单" if asker.region.offers("BJQ-P-06") else "查居民养老缴费"  # without 查 it is the wish to pay
    said = f"您参加的是城乡居民养老保险，不在职工的记录里。回复“{own}”就能看。"
    return replace(statement, summary=(statement.summary[0], said, f"有疑问请拨打 {asker.region.hotline}。"))


QUERIES: dict[str, Query] = {
    "resident_statement": resident_statement,
    "resident_pension_paid": pension_paid,
    "resident_medical_paid": medical_paid,
}
"""By the name that links and documents carry."""

SHEETS = (ENROLMENT, STATEMENT, PAYMENTS)
