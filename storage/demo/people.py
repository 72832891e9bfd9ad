"""The many: people by number, each a function of (seed, number, today) alone.

So the first thousand are the same whether a thousand or two hundred thousand are loaded. Who somebody is (name, numbers, birth,
phone) does not depend on `today` either; only what has happened to them does.
"""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from zlib import crc32

from storage.demo.lives import ALL, STAGES, Life, Work, at, card, case, certified, loss
from storage.demo.names import OF_REGION, id_number, person_name, phone_number
from storage.ports.records import Card, Case, Certification, Insurance, Kind, Person
from storage.ports.time import Month

FIRST_PHONE = 10_000
"""Numbers below belong to the hand-picked."""
FIRST_BLOCK = 1
"""Block 0 of identity numbers belongs to the hand-picked."""
_COUPLE = 40
"""Two of forty are a couple with one phone."""
_CHANNELS = ("APP认证", "经办机构窗口", "委托单位认证")
_CATEGORIES = ("本市城镇职工", "外埠城镇职工", "本市农村劳动力", "外埠农村劳动力")


def life(number: int, today: date, seed: int, months: int) -> Life:
    """The person of that number (0…4,999,999) with at most `months` months of history."""
    rng = Random(f"{seed}:{number}")  # noqa: S311 - it must come out the same again; nothing here is secret
    place = number % _COUPLE
    spouse = place == 1
    region = _region(seed, number - spouse)
    gender = "男" if (_dice(seed, number - spouse, "gender") % 2 == 0) != spouse else "女"
    name = person_name(rng, gender)
    fate = rng.random()
    status = "在职" if fate < 0.70 else "中断" if fate < 0.77 else "已退休" if fate < 0.98 else "死亡"
    born = _born(rng, gender, old=status in {"已退休", "死亡"})
    phone: str | None = phone_number(FIRST_PHONE + number - spouse)
    if rng.random() < 0.04 and place > 1:
        phone = None
    died = today - timedelta(days=rng.randrange(20, 900)) if status == "死亡" else None
    person = Person(
        0,
        region,
        name,
        id_number(FIRST_BLOCK + number // 500, number % 500, born, gender),
        phone,
        gender,
        born,
        status,
        payer_category=_CATEGORIES[int(rng.random() ** 3 * 4)] if region == "beijing" and status != "已退休" else "",
        death_date=died,
    )
    works = _works(rng, region, status, born, Month.of(died or today), months)
    held = _card(rng, number, region, today)
    return Life(
        person,
        works,
        held,
        _certification(rng, today) if status in {"已退休", "死亡"} else None,
        _cases(rng, number, region, held, today),
    )


def _dice(seed: int, number: int, what: str) -> int:
    return crc32(f"{seed}:{number}:{what}".encode())


def _region(seed: int, number: int) -> str:
    """60 % 北京, 25 % 滨州, 15 % 济南."""
    roll = _dice(seed, number, "region") % 100
    return "beijing" if roll < 60 else "binzhou" if roll < 85 else "jinan"


def _born(rng: Random, gender: str, old: bool) -> date:
    first, last = (
        (date(1938, 1, 1), date(1963, 12, 31)) if old else (date(1972 if gender == "男" else 1979, 1, 1), date(2001, 12, 31))
    )
    return first + timedelta(days=rng.randrange((last - first).days))


def _works(rng: Random, region: str, status: str, born: date, this_month: Month, months: int) -> tuple[Work, ...]:
    """One to three employers, with gaps, 补缴 and a last month that has not arrived, each in some lives."""
    length = rng.randrange(12, 24) if region == "jinan" else int(rng.triangular(36, 96, 42))
    if status in {"已退休", "死亡"}:
        end, length = this_month.plus(-rng.randrange(6, 150)), length // 4
        if rng.random() < 0.6:
            return ()  # old records are not all in the computer
    else:
        end = this_month.plus(-1 if status == "在职" else -rng.randrange(3, 20))
        if rng.random() < 0.02:
            return ()
    length = max(1, min(length, months, end.index - Month(born.year + 20, 1).index))
    alone = rng.random() < 0.05
    base = rng.randrange(40, 240) * 100
    parts = 1 if length < 12 or alone else rng.choice((1, 1, 2, 2, 3))
    works: list[Work] = []
    start = end.plus(1 - length)
    for part in range(parts, 0, -1):
        share = (end.index - start.index + 1) // part
        stop = start.plus(share - 1)
        gap = rng.randrange(1, 6) if rng.random() < 0.3 and share > 8 and part > 1 else 0
        employer = None if alone else rng.choice(OF_REGION[region])
        works.append(Work(employer, start, stop.plus(-gap), base, insurances=_insurances(alone)))
        if gap and rng.random() < 0.5:
            back = stop.plus(2)
            works.append(Work(employer, stop, stop, base, Kind.BACK, paid_on=date(back.year, back.month, 20)))
        start, base = stop.plus(1), base + rng.randrange(0, 30) * 100
    if status == "在职" and rng.random() < 0.04 and works[-1].start < works[-1].end:
        last = works[-1]
        works[-1] = Work(last.employer, last.start, last.end.plus(-1), last.base, insurances=last.insurances)
        works.append(Work(last.employer, last.end, last.end, last.base, insurances=last.insurances, arrived=False))
    return tuple(works)


def _insurances(alone: bool) -> tuple[Insurance, ...]:
    return (Insurance.PENSION, Insurance.MEDICAL) if alone else ALL


def _card(rng: Random, number: int, region: str, today: date) -> Card | None:
    roll = rng.random()
    if roll < 0.01:
        return None
    if roll < 0.03:
        return card(
            number, region, "lost", at(today - timedelta(days=rng.randrange(7, 200)), rng.randrange(7, 21), rng.randrange(60))
        )
    status = "making" if roll < 0.05 else "ready" if roll < 0.06 else "returned" if roll < 0.07 else "active"
    return card(number, region, status)


def _certification(rng: Random, today: date) -> Certification:
    """A tenth are overdue, a fifth are due on a day on which one is reminded, the others some day of the year."""
    roll = rng.random()
    days = -rng.randrange(1, 90) if roll < 0.1 else rng.choice(STAGES) if roll < 0.3 else rng.randrange(1, 365)
    return certified(today + timedelta(days=days), rng.choice(_CHANNELS), rng.random() < 0.1, rng.random() < 0.95)


def _cases(rng: Random, number: int, region: str, held: Card | None, today: date) -> tuple[Case, ...]:
    """A lost card of 滨州 has its 挂失; of the others one in twenty-five has something running or finished (济南's are the employers')."""
    roll, days = rng.random(), rng.randrange(6, 120)
    if region == "binzhou" and held is not None and held.lost_at is not None:
        return (loss(number, held),)
    if roll > 0.04 or region == "jinan":
        return ()
    title = ("养老保险关系转移接续（转入）", "BJH-31") if region == "beijing" else ("养老保险关系转移接续", "BZ-10")
    if held is not None and held.status in {"making", "lost"} and region == "beijing":
        title = ("社会保障卡补换卡", "BJH-M-14")
        days = 6 if held.lost_at is None else max(6, (today - held.lost_at.date()).days - 1)
    ending = "" if roll < 0.02 or (held is not None and held.status == "making") else "不成功" if roll < 0.025 else "成功"
    note = {"不成功": "缺少参保缴费凭证，请补齐后重新申请", "成功": "已办结"}.get(ending, "")
    return (case(number, region, title[1], title[0], today - timedelta(days=days), ending, note),)
