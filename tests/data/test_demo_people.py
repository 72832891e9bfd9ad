"""Demo data as it is made, before it touches a database: repeatable, nobody real, everything there to be shown."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

import pytest

from storage import identity
from storage.demo import generate, months_for
from storage.demo.cast import CAST
from storage.demo.lives import Life, rows
from storage.demo.names import EMPLOYERS
from storage.ports.records import Contribution, Insurance, Kind
from storage.ports.time import Month
from storage.regions import load_regions

TODAY = date(2024, 9, 12)
ROOT = Path(__file__).parents[2]


def digest(lives: Iterable[Life]) -> str:
    """One value for everything that was made, rows included."""
    total = hashlib.sha256()
    for life in lives:
        total.update(repr((life, list(rows(life, 1, range(60))))).encode())
    return total.hexdigest()


@lru_cache(maxsize=1)
def two_thousand() -> tuple[Life, ...]:
    return tuple(generate(TODAY, 2000, months=24))


def the(name: str, region: str = "") -> Life:
    return next(life for life in two_thousand() if life.person.name == name and region in {"", life.person.region})


def paid(life: Life) -> list[Contribution]:
    return list(rows(life, 7, range(60)))


def months_of(life: Life) -> list[Month]:
    return sorted({row.period for row in paid(life)})


def test_the_same_seed_and_day_make_the_same_people() -> None:
    """Everything about 300 people comes out byte for byte the same, also in another process with another hash seed; another seed differs."""
    first = digest(generate(TODAY, 300, months=12))
    assert digest(generate(TODAY, 300, months=12)) == first
    assert digest(generate(TODAY, 300, seed=1, months=12)) != first
    program = (
        "from datetime import date; from storage.demo import generate; from tests.data.test_demo_people import digest;"
        "print(digest(generate(date(2024, 9, 12), 300, months=12)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.strip() == first


def test_more_people_do_not_change_the_first_ones() -> None:
    """The first 300 of 600 are the 300."""
    few = list(generate(TODAY, 300, months=12))
    assert list(generate(TODAY, 600, months=12))[:300] == few


def test_who_somebody_is_does_not_depend_on_the_day() -> None:
    """On another day the same people stand there, with the same numbers of cards and cases; only what happened has moved."""

    def who(day: date) -> list[object]:
        return [
            (
                life.person.region,
                life.person.name,
                life.person.id_no,
                life.person.phone,
                life.person.person_status,
                life.card and life.card.card_no,
                [case.case_no for case in life.cases],
            )
            for life in generate(day, 400, months=6)
        ]

    assert who(TODAY) == who(date(2027, 2, 28))


def test_identity_numbers_are_right_and_nobodys() -> None:
    """Each number has a right check digit, its own birth date and gender, and a region code beginning with 00, which was never issued."""
    residents = [life.person for life in two_thousand() if life.person.id_type != "护照"]
    assert len(residents) == 1999
    for person in residents:
        assert identity.check(person.id_no) is None
        assert person.id_no.startswith("00")
        assert identity.birth_date(person.id_no) == person.birth_date
        assert identity.gender(person.id_no) == person.gender
    assert any(person.id_no.endswith("X") for person in residents)
    assert len({(person.region, person.id_no) for person in residents}) == len(residents)


def test_phones_are_nobodys_and_belong_to_one_person_or_a_family() -> None:
    """All are of the unopened segment 154; at most two people share one; some have none."""
    phones = Counter(life.person.phone for life in two_thousand())
    without = phones.pop(None)
    assert 30 <= without <= 150
    assert all(re.fullmatch("154[0-9]{8}", str(phone)) for phone in phones)
    assert set(phones.values()) == {1, 2}
    assert 30 <= sum(count == 2 for count in phones.values()) <= 100


def test_sixty_employers_with_valid_codes_over_three_regions() -> None:
    """Every code passes both of its check digits, every name says that it is an example."""
    assert Counter(employer.region for employer in EMPLOYERS) == {"beijing": 36, "binzhou": 15, "jinan": 9}
    assert len({employer.uscc for employer in EMPLOYERS}) == len({employer.name for employer in EMPLOYERS}) == 60
    for employer in EMPLOYERS:
        assert identity.check_uscc(employer.uscc) is None
        assert employer.uscc[2:8] == "000000"
        assert "（示例）" in employer.name


def test_regions_and_fates_are_spread_as_in_life() -> None:
    """About 60/25/15 % over the regions, most in work, a fifth retired, some dead; every kind of card and certification occurs."""
    everyone = two_thousand()
    regions = Counter(life.person.region for life in everyone)
    assert abs(regions["beijing"] - 1200) < 100
    assert abs(regions["binzhou"] - 500) < 80
    assert abs(regions["jinan"] - 300) < 70
    assert set(regions) == set(load_regions())
    fates = Counter(life.person.person_status for life in everyone)
    assert fates["在职"] > 1200
    assert fates["已退休"] > 350
    assert fates["中断"] > 80
    assert fates["死亡"] > 15
    assert all((life.person.death_date is not None) == (life.person.person_status == "死亡") for life in everyone)
    cards = [card for life in everyone for card in (*life.earlier, life.card) if card]
    assert {card.status for card in cards} == {"not_made", "making", "ready", "returned", "active", "lost", "replaced"}
    assert len({card.card_no for card in cards}) == len(cards)
    assert any(life.card is None for life in everyone)
    due = Counter((life.certification.due_on - TODAY).days for life in everyone if life.certification)
    assert all(due[days] > 2 for days in (60, 30, 15, 7, 3, 1, 0))
    assert sum(count for days, count in due.items() if days < 0) > 20
    assert {case.feedback_status for life in everyone for case in life.cases} == {
        "挂失成功",
        "等待审核",
        "已办结",
        "未通过",
    }


def test_rows_are_sound() -> None:
    """Of every life: no key twice, all exact cents, nothing after last month, paid no earlier than the month it is for and not after today."""
    kinds: Counter[Kind] = Counter()
    unarrived = 0
    for life in two_thousand():
        keys = set()
        for row in paid(life):
            key = (row.insurance, row.period, row.kind, row.employer_id)
            assert key not in keys
            keys.add(key)
            assert row.period < Month.of(TODAY)
            assert all(
                amount == amount.quantize(Decimal("0.01")) for amount in (row.base, row.employer_amount, row.personal_amount)
            )
            assert (row.employer_amount < 0) == (row.kind is Kind.REFUND and row.employer_amount != 0)
            if row.arrived:
                assert row.paid_at is not None
                assert Month.of(row.paid_at) >= row.period
                assert row.paid_at <= TODAY
            else:
                assert row.paid_at is None
                unarrived += 1
            kinds[row.kind] += 1
        if life.person.person_status == "在职" and keys:
            assert months_of(life)[-1] == Month(2024, 8)
    assert unarrived > 50
    assert kinds[Kind.BACK] > 50
    assert set(kinds) >= {Kind.NORMAL, Kind.BACK, Kind.DIFF, Kind.REFUND}


def test_amounts_follow_the_base_to_the_cent() -> None:
    """The steady worker's first month, worked out by hand: 12000 yuan, 16 % and 8 % pension; after a July the base is 5 % higher."""
    rows_of = paid(the("周云帆"))
    first = [row for row in rows_of if row.period == Month(2019, 9)]
    assert [(row.insurance, row.employer_amount, row.personal_amount) for row in first] == [
        (Insurance.PENSION, Decimal("1920.00"), Decimal("960.00")),
        (Insurance.MEDICAL, Decimal("1080.00"), Decimal("240.00")),
        (Insurance.UNEMPLOYMENT, Decimal("60.00"), Decimal("60.00")),
        (Insurance.INJURY, Decimal("48.00"), Decimal("0.00")),
        (Insurance.MATERNITY, Decimal("96.00"), Decimal("0.00")),
    ]
    bases = {row.period: row.base for row in rows_of}
    assert (bases[Month(2020, 6)], bases[Month(2020, 7)]) == (Decimal("12000.00"), Decimal("12600.00"))
    assert len(bases) == 60


def test_the_cast_is_there_at_every_size() -> None:
    """With one wanted person, with 2,000 and with 50,000 the hand-picked come first and are the same."""
    assert list(generate(TODAY, 1)) == list(two_thousand()[: len(CAST)])
    assert len(CAST) == len(list(generate(TODAY, 1))) >= 30


@pytest.mark.parametrize("stage", [60, 30, 15, 7, 3, 1, 0])
def test_somebody_of_the_cast_is_due_at_every_stage(stage: int) -> None:
    """For each day on which people are reminded there is a living retiree with a phone whose certification is due then."""
    assert any(
        life.certification is not None
        and (life.certification.due_on - TODAY).days == stage
        and life.person.phone
        and life.person.person_status == "已退休"
        for life in two_thousand()[: len(CAST)]
    )


def test_every_region_has_retirees_soon_due_and_overdue() -> None:
    """The reminder can be shown in each region."""
    for region in load_regions():
        days = [
            (life.certification.due_on - TODAY).days
            for life in two_thousand()[: len(CAST)]
            if life.person.region == region and life.certification
        ]
        assert any(0 <= day <= 30 for day in days)
        assert any(day < 0 for day in days)


def test_the_stories_are_what_they_say() -> None:
    """Gap, moves, 补缴, 未到账, 补差 and 退费, 灵活就业, fifteen years and nothing at all, each as its sentence tells."""
    gap = months_of(the("林晓棠"))
    missing = [month for month in gap[0].until(gap[-1]) if month not in gap]
    assert missing == list(Month(2023, 9).until(Month(2023, 12)))
    assert len({row.employer_id for row in paid(the("高远舟"))}) == 3
    assert len(months_of(the("高远舟"))) == months_of(the("高远舟"))[-1].index - months_of(the("高远舟"))[0].index + 1
    back = [row for row in paid(the("邓佳禾")) if row.kind is Kind.BACK]
    assert {row.period for row in back} == set(Month(2023, 7).until(Month(2023, 9)))
    assert all(row.paid_at == date(2024, 4, 18) for row in back)
    last = [row for row in paid(the("韩子墨")) if row.period == Month(2024, 8)]
    assert len(last) == 5
    assert not any(row.arrived for row in last)
    assert {row.kind for row in paid(the("宋知微"))} == {Kind.NORMAL, Kind.DIFF, Kind.REFUND}
    assert {row.insurance for row in paid(the("崔立冬"))} == {Insurance.PENSION, Insurance.MEDICAL}
    assert {row.employer_amount for row in paid(the("崔立冬"))} == {Decimal("0.00")}
    assert len(paid(the("尹书航"))) == 15 * 12 * 5
    assert not paid(the("蒋初夏"))
    assert the("蒋初夏").card is None


def test_every_capability_has_its_people() -> None:
    """Cards of every kind of story, cases to follow in 北京 and 滨州, families on one phone, one number in two regions, rare characters."""
    lost = the("胡念安")
    assert lost.card is not None
    assert lost.card.status == "lost"
    assert lost.cases[0].feature == "BZ-19"
    assert lost.cases[0].submitted_at == lost.card.lost_at
    assert the("任晴川").cases[0].handling_status == "处理中"
    assert the("魏长河").cases[0].feedback_status == "未通过"
    assert the("唐可欣").cases[0].handling_status == "处理中"
    assert the("方念初").cases[0].finished_at is not None
    assert the("罗志远").person.phone == the("苏婉清").person.phone
    assert the("董若朗").person.phone == the("谢思宁").person.phone
    assert the("石敬山").person.phone == the("林晓棠").person.phone
    assert the("曹文澜").person.phone is None
    here, there = the("彭星河", "beijing").person, the("彭星河", "jinan").person
    assert (here.id_no, here.phone) == (there.id_no, there.phone)
    names = "".join(life.person.name for life in two_thousand())
    assert all(character in names for character in "𬭚䶮㛃")


def test_case_numbers_cannot_be_taken_for_cards_or_identity_numbers() -> None:
    """Every 业务流水号 has fifteen digits and its steps run forward in time, none in the future."""
    cases = [case for life in two_thousand() for case in life.cases]
    assert len({case.case_no for case in cases}) == len(cases) > 30
    for case in cases:
        assert re.fullmatch("70[0-9]{13}", case.case_no)
        assert case.steps[0].at == case.submitted_at
        assert [step.at for step in case.steps] == sorted(step.at for step in case.steps)
        assert case.steps[-1].at.date() < TODAY
        assert (case.handling_status == "处理结束") == (case.finished_at is not None)


def test_histories_shrink_as_people_grow() -> None:
    """All eight years up to 5,000 people, less for more, and never nothing."""
    assert months_for(36) == months_for(2000) == months_for(5000) == 96
    assert months_for(20_000) == 24
    assert months_for(200_000) == 3
    for life in list(generate(TODAY, 300, months=3))[len(CAST) :]:
        assert len(months_of(life)) <= 3
