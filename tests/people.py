"""A few people whose every row stands here. Figures in tests are worked out by hand from these rows, never from the random ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from storage.identity import make
from storage.ports.records import (
    Card,
    Case,
    CaseStep,
    Certification,
    Contribution,
    Employer,
    Insurance,
    Kind,
    Person,
)
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI, Month

AREA = "999900"
"""An area code that is given to nobody."""

JIANGUO_PHONE = "19900000001"
COUPLE_PHONE = "19900000002"
SHUFEN_PHONE = "19900000003"
LI_PHONE = "19900000004"
NOBODYS_PHONE = "19900009999"

JIANGUO = Person(0, "beijing", "张建国", make(AREA, date(1980, 3, 15), 11), JIANGUO_PHONE, "男", date(1980, 3, 15), "在职")
XIUYING = Person(0, "binzhou", "李秀英", make(AREA, date(1975, 6, 1), 22), COUPLE_PHONE, "女", date(1975, 6, 1), "在职")
DEFU = Person(0, "binzhou", "王德福", make(AREA, date(1973, 1, 20), 33), COUPLE_PHONE, "男", date(1973, 1, 20), "在职")
SHUFEN = Person(0, "beijing", "赵淑芬", make(AREA, date(1948, 11, 2), 44), SHUFEN_PHONE, "女", date(1948, 11, 2), "已退休")
LI = Person(0, "jinan", "陈立", make(AREA, date(1990, 7, 7), 55), LI_PHONE, "男", date(1990, 7, 7), "在职")

EMPLOYER = Employer(0, "beijing", "北京样例科技有限公司", "91990000MA0000001A")
SHOP = Employer(0, "binzhou", "滨州样例商贸有限公司", "91990000MA0000002B")


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids that storage gave."""

    jianguo: int
    xiuying: int
    defu: int
    shufen: int
    li: int


def _row(
    person: int, insurance: Insurance, month: Month, base: str, employer: str, personal: str, **more: object
) -> Contribution:
    return Contribution(person, insurance, month, Decimal(base), Decimal(employer), Decimal(personal), **more)  # type: ignore[arg-type]


def jianguo_rows(person: int, employer: int) -> list[Contribution]:
    """养老 2023-01…2024-08 at 5000.00 (单位 800.00, 个人 400.00) without 2023-05, and 2023-09 paid later as 补缴; 2024-08 未到账.

    医疗 2024-01…2024-07 at 5000.00 (单位 490.00, 个人 103.00).
    """
    rows = []
    for month in Month(2023, 1).until(Month(2024, 8)):
        if month == Month(2023, 5):
            continue
        back = month == Month(2023, 9)
        rows.append(
            _row(
                person,
                Insurance.PENSION,
                month,
                "5000.00",
                "800.00",
                "400.00",
                employer_id=employer,
                kind=Kind.BACK if back else Kind.NORMAL,
                paid_at=date(2023, 12, 20) if back else None,
                arrived=month != Month(2024, 8),
            )
        )
    rows += [
        _row(person, Insurance.MEDICAL, month, "5000.00", "490.00", "103.00", employer_id=employer)
        for month in Month(2024, 1).until(Month(2024, 7))
    ]
    return rows


async def load(store: Store) -> Ids:
    """Put everybody into the store."""
    async with store.transaction() as tx:
        employers = await tx.employers.put_many([EMPLOYER, SHOP])
        ids = await tx.people.put_many([JIANGUO, XIUYING, DEFU, SHUFEN, LI])
        of = {one.name: ids[one.region, one.id_no] for one in (JIANGUO, XIUYING, DEFU, SHUFEN, LI)}
        found = Ids(of["张建国"], of["李秀英"], of["王德福"], of["赵淑芬"], of["陈立"])
        await tx.contributions.put_many(jianguo_rows(found.jianguo, employers["beijing", EMPLOYER.uscc]))
        await tx.contributions.put_many(
            _row(
                found.xiuying,
                Insurance.PENSION,
                month,
                "4000.00",
                "640.00",
                "320.00",
                employer_id=employers["binzhou", SHOP.uscc],
            )
            for month in Month(2024, 1).until(Month(2024, 6))
        )
        await tx.cards.put_many(
            [
                Card(0, found.xiuying, "binzhou", "990000001234", "active", "样例银行"),
                Card(0, found.defu, "binzhou", "990000005678", "active", "样例银行"),
                Card(0, found.jianguo, "beijing", "990000009012", "active", "样例银行"),
            ]
        )
        await tx.certifications.put_many([Certification(found.shufen, date(2023, 9, 27), date(2024, 9, 27), "APP认证", "通过")])
        at = datetime(2024, 8, 1, 9, 30, tzinfo=SHANGHAI)
        await tx.cases.put_many(
            [
                Case(
                    "202408010000017",
                    "hall-17",
                    "BZ-10",
                    "社保关系转入",
                    "binzhou",
                    found.defu,
                    at,
                    "处理中",
                    "等待审核",
                    steps=(CaseStep(1, "窗口受理", at, "已受理"),),
                )
            ]
        )
    return found
