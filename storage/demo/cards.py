"""What happened to the cards of the cast (F2) beside their filings, where they were used (F3), and the jobs of a temporary loss report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from storage.demo.lives import Life, at
from storage.demo.moments import filed_at
from storage.ports.records import Card, CardEvent, Swipe
from storage.ports.repositories import Repositories
from storage.ports.time import Month

_HISTORY: Mapping[str, tuple[tuple[int, str, str, str], ...]] = {
    "唐可欣": ((400, "领卡", "正常使用", "本人领取"), (9, "正式挂失", "已挂失", "申请补卡（遗失）")),
    "田若谷": ((90, "制卡完成", "等待领取", "由单位发放"), (30, "退回", "社保卡已被退回", "单位没有发出，退回成品库")),
    "施允之": ((120, "制卡完成", "等待领取", "由单位发放"), (21, "退回", "社保卡已被退回", "单位没有发出，退回成品库")),
    "孙书瑶": ((600, "制卡完成", "等待领取", ""), (590, "领卡", "正常使用", "本人领取")),
    "朱启明": ((210, "挂失", "已挂失", "社保卡已停止使用"), (207, "解挂", "正常使用", "本人申请")),
    "胡念安": ((12, "挂失", "已挂失", "社保卡已停止使用"),),
    "杜亦衡": ((95, "挂失", "已挂失", "临时挂失"), (80, "临时挂失到期", "正常使用", "自动恢复")),
    "夏知秋": ((6, "制卡", "正在制卡", "首次申领"),),
    "秦时雨": ((70, "正式挂失", "已挂失", "申请补卡（遗失）"),),
}
"""Name → days ago, step, status, note."""

SWIPERS = ("孙书瑶", "朱启明", "董若朗", "杜亦衡", "龚一鹤", "秦时雨", "陶云舒")
"""People of 滨州 with 刷卡记录."""
_MONTHS = 5
_PLACES = (
    ("示例市人民医院", "门诊", 1500, 26000),
    ("示例区中医医院", "门诊", 1200, 18000),
    ("示例社区卫生服务中心", "门诊", 400, 6000),
    ("示例大药房一店", "药店购药", 600, 12000),
    ("示例大药房二店", "药店购药", 500, 9000),
    ("示例市人民医院", "住院", 150000, 620000),
)
"""Place, kind, and what it may cost, in 分."""


def events(life: Life, person_id: int, today: date) -> Iterator[CardEvent]:
    """The 卡片处理记录 of one of the cast, oldest first."""
    new = life.card
    if new is None:
        return
    old = life.earlier[-1] if life.earlier else new
    for days, step, status, note in _HISTORY.get(life.person.name, ()):
        # A loss is noted at the very moment that the card carries.
        moment = old.lost_at if status == "已挂失" and old.lost_at else at(today - timedelta(days=days), 9 + days % 8, days % 60)
        yield CardEvent(person_id, old.card_no, moment, step, status, note)
    if life.earlier:
        moment = filed_at(today, 58, card=True)
        if life.person.name == "秦时雨":
            yield CardEvent(person_id, old.card_no, moment, "旧卡停用", "已换新卡")
            yield CardEvent(person_id, new.card_no, moment, "新卡启用", "正常使用")
    if new.lost_until is not None and new.lost_at is not None:
        yield CardEvent(person_id, new.card_no, new.lost_at, "挂失", "已挂失", f"临时挂失，到 {_minute(new.lost_until)} 自动恢复")


def _minute(moment: datetime) -> str:
    return f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}"


def swipes(life: Life, person_id: int, today: date) -> Iterator[Swipe]:
    """Three to six a month over this month and the four before, none today or later; none after the card was lost."""
    if life.person.name not in SWIPERS or life.person.region != "binzhou" or life.card is None:
        return
    end = min(at(today, 0), life.card.lost_at or at(today, 0))
    for month in Month.of(today).plus(1 - _MONTHS).until(Month.of(today)):
        rng = Random(f"swipes:{life.person.id_no}:{month}")  # noqa: S311 - it must come out the same again; nothing here is secret
        for _ in range(rng.randrange(3, 7)):
            place, kind, least, most = rng.choices(_PLACES, (6, 4, 5, 7, 6, 1))[0]
            day = month.last_day.replace(day=rng.randrange(1, month.last_day.day + 1))
            moment = at(day, rng.randrange(8, 20), rng.randrange(60))
            amount = Decimal(rng.randrange(least, most)) / 100
            if moment < end:
                yield Swipe(person_id, moment, place, kind, amount.quantize(Decimal("0.01")))


async def plan_end(repos: Repositories, card: Card, warn_days: int) -> None:
    """Queue what `handlers.cards` would have queued when the temporary loss was reported: the warning and the end. Idempotent."""
    if card.lost_until is None:
        return
    until = card.lost_until
    body = json.dumps({"person_id": card.person_id, "until": until.isoformat()}).encode()
    for name, moment in (("loss_warn", until - timedelta(days=warn_days)), ("loss_end", until)):
        await repos.jobs.enqueue(name, body, moment, f"{name}|{card.person_id}|{until.isoformat()}")
