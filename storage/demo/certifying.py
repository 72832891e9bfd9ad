"""认证记录 (E19) of the cast's retirees: the yearly ones behind the newest state, and here and there one that failed or is under way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from storage.certifying import FAILED, PASSED, PENDING, plus_months
from storage.demo.lives import Life, at
from storage.ports.records import CertificationRecord

YEARS = 3
"""Certifications on record of somebody who has certified: the newest and two before."""

_EARLIER = ("委托单位认证", "经办机构窗口", "APP认证")
_TRIED: Mapping[str, tuple[int, str, str, str]] = {
    "郑美华": (5, "APP认证", FAILED, "人脸比对未通过（示例）"),
    "潘秀英": (1, "异地机构", PENDING, "表已收到，等待审核（示例）"),
    "廖桂香": (12, "APP认证", FAILED, "人脸比对未通过（示例）"),
}
"""Name → days ago, channel, result, note."""


def records(life: Life, person_id: int, today: date) -> Iterator[CertificationRecord]:
    """Oldest first; nothing for who draws no benefits, and only what was tried for who has never certified."""
    newest = life.certification
    if newest is None:
        return
    if newest.last_at is not None:
        for back in range(YEARS - 1, 0, -1):
            channel = _EARLIER[(person_id + back) % len(_EARLIER)]
            yield CertificationRecord(person_id, _moment(plus_months(newest.last_at, -12 * back), person_id), channel, PASSED)
        done = _moment(newest.last_at, person_id)
        if newest.by_other:  # why the family did it
            yield CertificationRecord(person_id, done - timedelta(hours=1), newest.channel, FAILED, note="人脸比对未通过（示例）")
        note = "家人代办（示例）" if newest.by_other else ""
        yield CertificationRecord(person_id, done, newest.channel, newest.result, newest.by_other, note)
    if tried := _TRIED.get(life.person.name):
        days, channel, result, note = tried
        yield CertificationRecord(person_id, _moment(today - timedelta(days=days), person_id), channel, result, note=note)


def _moment(day: date, person_id: int) -> datetime:
    return at(day, 10 + person_id % 6, person_id * 7 % 60)
