"""待遇发放 of the cast's retirees: most are paid, two are paused since they have not certified, one is paid again. Invented, as all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from storage.demo.lives import Life
from storage.ports.records import Benefit

PENSION_AGE = {"男": 60, "女": 55}
_REASON = "未按期进行资格认证（示例）"
_CHANGED: Mapping[str, tuple[str, int]] = {
    "郑美华": ("paused", 5),
    "廖桂香": ("paused", 1),
    "邹长顺": ("paying", 1),
}
"""Name → the present state, and for how many days it has been so: paused, or paid again after a pause."""


def benefit(life: Life, person_id: int, today: date) -> Benefit | None:
    """None for who draws no benefits, and for the dead."""
    person = life.person
    if life.certification is None or person.person_status == "死亡":
        return None
    born = person.birth_date
    drawing_since = date(born.year + PENSION_AGE[person.gender], born.month, 1)
    state, days = _CHANGED.get(person.name, ("paying", None))
    since = drawing_since if days is None else today - timedelta(days=days)
    return Benefit(person_id, state, since, drawing_since, _REASON if state == "paused" else "")


def benefits(cast: Iterator[tuple[Life, int]], today: date) -> Iterator[Benefit]:
    """Of everybody who has one, in the order of the cast."""
    for life, person_id in cast:
        found = benefit(life, person_id, today)
        if found is not None:
            yield found
