"""What was paid to the hand-written people, every row here; and notices of jobs. Figures in tests are worked out from these."""

from __future__ import annotations

from datetime import date

from storage.identity import make
from storage.ports.records import (
    AccountYear,
    Contribution,
    InjuryPayment,
    Insurance,
    JobNotice,
    LabourFiling,
    MaternityPayment,
    MedicalPayment,
    PensionPayment,
    Person,
    Right,
    UnemploymentPayment,
)
from storage.ports.time import Month
from tests import people
from tests.conversations.conftest import World
from tests.conversations.rights import yuan

YULAN_PHONE = "19900000051"
YULAN = Person(0, "binzhou", "孙玉兰", make(people.AREA, date(1960, 2, 3), 66), YULAN_PHONE, "女", date(1960, 2, 3), "已退休")
YEAR_OF_YULAN = Month(2023, 9).until(Month(2024, 8))


def of_shufen(person: int) -> list[Right]:
    """北京, 已退休.

    养老 2024-01…08: 基养 3000.00 by 工行, 3100.00 in the last two; 社补 50.00 by 工行, and 基调 30.00 in the last two; 职业年金 200.00 by 样例银行.
    2023-12: 基养 2900.00 by 本单位 alone.
    工伤: 工津 1500.00 in 2024-01…03, 工一 20000.00 in 2024-01, 工辅 800.50 in 2024-02, 工补 300.00 in 2024-03.
    """
    rows: list[Right] = [PensionPayment(person, Month(2023, 12), "basic", "本单位", yuan("2900.00"), pay_method="employer")]
    for month in Month(2024, 1).until(Month(2024, 8)):
        late = month >= Month(2024, 7)
        rows += [
            PensionPayment(person, month, "basic", "工行", yuan("3100.00" if late else "3000.00")),
            PensionPayment(person, month, "social_supp", "工行", yuan("50.00")),
            PensionPayment(person, month, "annuity", "样例银行", yuan("200.00")),
        ]
        rows += [PensionPayment(person, month, "basic_adj", "工行", yuan("30.00"))] if late else []
    rows += [InjuryPayment(person, Month(2024, n), "allowance", yuan("1500.00")) for n in (1, 2, 3)]
    return [
        *rows,
        InjuryPayment(person, Month(2024, 1), "disability_lump", yuan("20000.00")),
        InjuryPayment(person, Month(2024, 2), "device", yuan("800.50")),
        InjuryPayment(person, Month(2024, 3), "supplement", yuan("300.00")),
    ]


def of_yulan(person: int) -> list[Right]:
    """滨州, 已退休: 基养 2800.00 by 邮政储蓄 in 2023-09…2024-07; 2024-08: 基养 2900.00 and 基补 60.50, on the 15th."""
    rows: list[Right] = [
        PensionPayment(person, month, "basic", "邮政储蓄", yuan("2800.00"), paid_on=date(month.year, month.month, 15))
        for month in YEAR_OF_YULAN[:-1]
    ]
    last, day = YEAR_OF_YULAN[-1], date(2024, 8, 15)
    return [
        *rows,
        PensionPayment(person, last, "basic", "邮政储蓄", yuan("2900.00"), paid_on=day),
        PensionPayment(person, last, "basic_supp", "邮政储蓄", yuan("60.50"), paid_on=day),
    ]


def of_xiuying(person: int) -> list[Right]:
    """滨州, 在职.

    失业金 2024-07: 1500.00 by month on 2024-07-25. 工伤 2024-08: 工护 600.00, 工补 45.50. 生育 2023-05: 分娩 12000.00 by the employer.
    医疗 2024-08: five visits of 100.00 (fund 70.00, own 30.00) on the 1st…5th, one stay of 5000.50 (4000.40, 1000.10) on the 20th.
    用工备案: 滨州样例商贸有限公司 since 2024-01-01 to 2026-12-31; before it 滨州样例纺织厂 2019-03-01…2023-12-31. 养老账户 2023.
    """
    visits = [
        MedicalPayment(
            person, Month(2024, 8), date(2024, 8, n), f"样例医院{n}", "门诊", yuan("100.00"), yuan("70.00"), yuan("30.00")
        )
        for n in range(1, 6)
    ]
    stay = MedicalPayment(
        person, Month(2024, 8), date(2024, 8, 20), "样例中心医院", "住院", yuan("5000.50"), yuan("4000.40"), yuan("1000.10")
    )
    return [
        UnemploymentPayment(person, Month(2024, 7), "monthly", yuan("1500.00"), date(2024, 7, 25)),
        InjuryPayment(person, Month(2024, 8), "care", yuan("600.00")),
        InjuryPayment(person, Month(2024, 8), "supplement", yuan("45.50")),
        MaternityPayment(person, Month(2023, 5), "birth", yuan("12000.00"), date(2023, 4, 20), "employer"),
        *visits,
        stay,
        LabourFiling(
            person, people.SHOP.name, date(2024, 1, 1), date(2026, 12, 31), "店长", "城镇合同制职工", date(2024, 1, 10), "在职"
        ),
        LabourFiling(
            person, "滨州样例纺织厂", date(2019, 3, 1), date(2023, 12, 31), "挡车工", "城镇合同制职工", date(2019, 3, 8), "已离职"
        ),
        AccountYear(person, "pension", 2024, yuan("12417.55"), yuan("1920.00"), yuan("300.00"), yuan("0.00"), yuan("14637.55")),
    ]


def medical_of_xiuying(person: int, employer: int) -> list[Contribution]:
    """医疗 2024-01…03 at 4000.00 (单位 280.00, 个人 80.00), beside the 养老 of `people.load`: 2024-01…06 at 4000.00 (640.00, 320.00)."""
    return [
        Contribution(person, Insurance.MEDICAL, month, yuan("4000.00"), yuan("280.00"), yuan("80.00"), employer_id=employer)
        for month in Month(2024, 1).until(Month(2024, 3))
    ]


def vacancies() -> list[JobNotice]:
    """滨州: seven, 电工 (1…3) in 滨城区 and 会计 (4…7) in 博兴县; a higher number is newer."""
    return [
        JobNotice(
            0,
            "binzhou",
            "vacancy",
            "电工" if n <= 3 else "会计",
            "滨城区" if n <= 3 else "博兴县",
            f"{3 + n}000元/月",
            date(2024, 9, n),
            employer=f"样例{n}厂",
            headcount=n,
            contact=f"0543-000000{n}",
        )
        for n in range(1, 8)
    ]


SEEKER = JobNotice(0, "binzhou", "seeker", "厨师", "滨城区", "面议", date(2024, 9, 3), who="周*")


async def load(world: World) -> int:
    """Everything above into the store; the number of 孙玉兰."""
    async with world.store.transaction() as tx:
        yulan = (await tx.people.put_many([YULAN]))["binzhou", YULAN.id_no]
        employers = await tx.employers.put_many([people.SHOP])
        ids = world.ids
        await tx.rights.put_many([*of_shufen(ids.shufen), *of_yulan(yulan), *of_xiuying(ids.xiuying)])
        await tx.contributions.put_many(medical_of_xiuying(ids.xiuying, employers["binzhou", people.SHOP.uscc]))
        await tx.job_notices.replace("binzhou", "vacancy", vacancies())
        await tx.job_notices.replace("binzhou", "seeker", [SEEKER])
    return yulan
