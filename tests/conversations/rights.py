"""权益记录 of the hand-written people, every row here; and what a paper says when it is read back."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache

import pypdfium2

from dialogs.statement import Statement
from handlers.documents import Issued, thaw
from handlers.documents.fonts import load_fonts
from handlers.documents.pdf import render_pdf
from handlers.documents.typesetter import Typesetter
from storage.ports.records import (
    AccountYear,
    AnnuityPayment,
    AnnuityYear,
    Contribution,
    Grant,
    Insurance,
    Kind,
    Participation,
    Registration,
    ResidentPayment,
    ResidentYear,
    Right,
    Transfer,
    User,
)
from storage.ports.time import Month
from tests import people
from tests.conversations.conftest import Chat, World

COMPANY = people.EMPLOYER.name


def yuan(text: str) -> Decimal:
    """An amount as it is stored."""
    return Decimal(text)


def of_jianguo(person: int) -> list[Right]:
    """北京, 在职.

    Registered with a 电脑序号 and two addresses; 养老 and 医疗 since 2005-07-01, 工伤 interrupted in 2022-06.
    职业年金 2023-01…2023-12 and 2024-01 at 8000.00 (单位 640.00, 个人 320.00), 2024-02 未到账; accounts 2021…2023.
    养老账户 2022 and 2023. Transfers: 天津 12 and 上海 24 months in the first table, 河北 6 in the second, 医疗 上海 24.
    """
    rows: list[Right] = [
        Registration(
            person,
            social_no=people.JIANGUO.id_no,
            computer_no="1234567890",
            hukou_address="北京市东城区样例街1号2门301",
            address="北京市朝阳区样例路8号",
            hukou_type="本市非农业户口",
            work_start=date(2003, 7, 1),
            hospitals=("样例第一医院", "样例第二医院"),
        ),
        Participation(person, "pension", date(2005, 7, 1), COMPANY, "正常参保"),
        Participation(person, "medical", date(2005, 7, 1), COMPANY, "正常参保"),
        Participation(person, "injury", date(2010, 1, 1), COMPANY, "中断", end=Month(2022, 6)),
        AnnuityYear(person, 2021, yuan("6000.00"), yuan("3000.00"), yuan("1000.00"), yuan("10000.00")),
        AnnuityYear(person, 2022, yuan("7000.00"), yuan("3500.00"), yuan("500.50"), yuan("21000.50")),
        AnnuityYear(person, 2023, yuan("7680.00"), yuan("3840.00"), yuan("512.34"), yuan("33032.84")),
        AccountYear(person, "pension", 2022, yuan("20000.00"), yuan("4800.00"), yuan("1200.00"), yuan("0"), yuan("26000.00")),
        AccountYear(person, "pension", 2023, yuan("26000.00"), yuan("4400.00"), yuan("1500.55"), yuan("0"), yuan("31900.55")),
        Transfer(person, "pension", 1, Month(2000, 1), Month(2000, 12), 12, "天津市", "天津市"),
        Transfer(person, "pension", 1, Month(2001, 1), Month(2002, 12), 24, "上海市", "天津市"),
        Transfer(person, "pension", 2, Month(2003, 1), Month(2003, 6), 6, "河北省"),
        Transfer(person, "medical", 1, Month(2001, 1), Month(2002, 12), 24, out_place="上海市"),
    ]
    rows += [
        AnnuityPayment(
            person,
            month,
            COMPANY,
            yuan("8000.00"),
            yuan("640.00"),
            yuan("320.00"),
            None if month == Month(2024, 2) else month.plus(1).last_day,
        )
        for month in Month(2023, 1).until(Month(2024, 2))
    ]
    return rows


def contributions_of_jianguo(person: int, employer: int) -> list[Contribution]:
    """Beside `people.jianguo_rows`: 养老 2009-01…03 at 2000.00 (400.00, 160.00), 医疗 2009-01, and 还欠 of 工伤 2022-01…07 at 10.00 of the employer,
    the last 未到账; 养老 2022-12 补差 5.00 and 2.50."""

    def row(
        insurance: Insurance, month: Month, base: str, theirs: str, own: str, kind: Kind, *, arrived: bool = True
    ) -> Contribution:
        return Contribution(
            person,
            insurance,
            month,
            yuan(base),
            yuan(theirs),
            yuan(own),
            kind=kind,
            employer_id=employer,
            paid_at=date(2023, 3, 15) if arrived else None,
            arrived=arrived,
        )

    return [
        *(
            row(Insurance.PENSION, month, "2000.00", "400.00", "160.00", Kind.NORMAL)
            for month in Month(2009, 1).until(Month(2009, 3))
        ),
        row(Insurance.MEDICAL, Month(2009, 1), "2000.00", "180.00", "43.00", Kind.NORMAL),
        *(
            row(Insurance.INJURY, month, "5000.00", "10.00", "0.00", Kind.ARREARS, arrived=month.month < 7)
            for month in Month(2022, 1).until(Month(2022, 7))
        ),
        row(Insurance.PENSION, Month(2022, 12), "5000.00", "5.00", "2.50", Kind.DIFF),
    ]


def of_shufen(person: int) -> list[Right]:
    """北京, a resident: paid in 2009 (960.00, 集体 100.00, 补贴 30.00 + 30.00) and 2010 (1000.00, 其他 50.00, 补贴 30.00 + 60.00); in 2011 she got
    660.00 + 3960.00 + 600.00 and 120.00 of her own account."""
    zero = yuan("0")
    return [
        Registration(person, hukou_address="北京市房山区样例村5号", resident=True),
        Participation(person, "resident_pension", date(2009, 1, 1), "", "正常参保"),
        ResidentPayment(
            person, "resident_pension", 2009, "960元", yuan("960.00"), yuan("100.00"), zero, yuan("30.00"), yuan("30.00")
        ),
        ResidentPayment(
            person, "resident_pension", 2010, "1000元", yuan("1000.00"), zero, yuan("50.00"), yuan("30.00"), yuan("60.00")
        ),
        ResidentYear(person, 2009, zero, zero, zero, zero, zero, yuan("1120.00")),
        ResidentYear(person, 2010, zero, zero, zero, zero, zero, yuan("2285.40")),
        ResidentYear(
            person,
            2011,
            yuan("120.00"),
            yuan("660.00"),
            yuan("3960.00"),
            yuan("600.00"),
            yuan("120.00"),
            yuan("2165.40"),
        ),
    ]


def of_xiuying(person: int) -> list[Right]:
    """滨州: 居民养老 2021 (300.00, 补贴 20.00 + 10.00, on 2021-10-08), 2022 and 2023 (500.00); 居民医疗 2023 (350.00); 养老账户 2021…2023, and a
    residents' account of 2020."""
    zero = yuan("0")

    def paid(insurance: str, year: int, amount: str, *grants: str) -> ResidentPayment:
        city, district = (yuan(one) for one in grants or ("0", "0"))
        return ResidentPayment(
            person, insurance, year, f"{amount[:-3]}元档", yuan(amount), zero, zero, city, district, date(year, 10, 8)
        )

    return [
        Participation(person, "pension", date(2019, 1, 1), people.SHOP.name, "正常参保"),
        paid("resident_pension", 2021, "300.00", "20.00", "10.00"),
        paid("resident_pension", 2022, "500.00"),
        paid("resident_pension", 2023, "500.00"),
        paid("resident_medical", 2023, "350.00"),
        AccountYear(person, "pension", 2021, zero, yuan("3840.00"), yuan("100.00"), zero, yuan("3940.00")),
        AccountYear(person, "pension", 2022, yuan("3940.00"), yuan("3840.00"), yuan("236.40"), zero, yuan("8016.40")),
        AccountYear(person, "pension", 2023, yuan("8016.40"), yuan("3840.00"), yuan("561.15"), zero, yuan("12417.55")),
        AccountYear(person, "resident_pension", 2020, zero, yuan("900.00"), yuan("5.00"), zero, yuan("905.00")),
    ]


async def load(world: World) -> None:
    """Everything above into the store."""
    ids = world.ids
    async with world.store.transaction() as tx:
        employers = await tx.employers.put_many([people.EMPLOYER])
        await tx.contributions.put_many(contributions_of_jianguo(ids.jianguo, employers["beijing", people.EMPLOYER.uscc]))
        await tx.rights.put_many([*of_jianguo(ids.jianguo), *of_shufen(ids.shufen), *of_xiuying(ids.xiuying)])


async def granted(world: World, person: int, scopes: set[str], openid: str = "o-child") -> Chat:
    """A chat that follows, and has been granted that much by the person; it speaks for them already."""
    async with world.store.transaction() as tx:
        until = world.clock.now().date().replace(year=world.clock.now().year + 1)
        made = await tx.family.grant(Grant(0, person, openid, "女儿", frozenset(scopes), until, False, world.clock.now(), "code"))
        assert made is not None
        seen = await tx.people.get(person)
        assert seen is not None
        await tx.users.save(User(openid, True, "relative", seen.region, person, following="f"))
    return Chat(world, openid)


@cache
def _typesetter() -> Typesetter:
    return Typesetter(load_fonts())


async def newest_paper(world: World, person: int) -> Statement:
    """What the person's newest document holds."""
    async with world.store.reading() as tx:
        newest = (await tx.documents.of_person(person))[0]
    return thaw(newest.snapshot)


async def paper_text(world: World, person: int) -> str:
    """The words of the person's newest document as PDF, as a reader of the file would copy them, without spaces and line ends."""
    async with world.store.reading() as tx:
        newest = (await tx.documents.of_person(person))[0]
    issued = Issued(newest.serial_no, newest.check_code, newest.created_at, "https://sb.example.test/v", thaw(newest.snapshot))
    document = pypdfium2.PdfDocument(render_pdf(issued, _typesetter()))
    try:
        texts = []
        for page in document:
            text_page = page.get_textpage()
            texts.append(str(text_page.get_text_range()))
            text_page.close()
            page.close()
    finally:
        document.close()
    return re.sub(r"[\s\u200b\ufffe\x02]", "", "".join(texts))


def without(rows: list[Right], kind: type) -> list[Right]:
    """The rows but those of one kind."""
    return [replace(row) for row in rows if not isinstance(row, kind)]
