"""When somebody is there: the hours of a region's staff, in Shanghai's time."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.ports.regions import HumanRules
from storage.ports.time import SHANGHAI
from storage.workdays import workday

_A_YEAR = 366


def there(rules: HumanRules, now: datetime) -> bool:
    """Whether the staff are there at that moment; the end of the hours itself is outside."""
    local = now.astimezone(SHANGHAI)
    return _worked(rules, local) and rules.time_from <= local.time() < rules.time_to


def next_there(rules: HumanRules, now: datetime) -> datetime:
    """When they come next: `now` itself while they are there."""
    if there(rules, now):
        return now
    local = now.astimezone(SHANGHAI)
    day = local.replace(hour=rules.time_from.hour, minute=rules.time_from.minute, second=0, microsecond=0)
    if local.time() >= rules.time_from:
        day += timedelta(days=1)
    for _ in range(_A_YEAR):
        if _worked(rules, day):
            return day
        day += timedelta(days=1)
    return day


def hours_text(rules: HumanRules) -> str:
    """工作日 9:00–17:00."""
    days = "工作日" if rules.workdays else "每天"
    return f"{days} {rules.time_from.hour}:{rules.time_from:%M}–{rules.time_to.hour}:{rules.time_to:%M}"


def _worked(rules: HumanRules, local: datetime) -> bool:
    return not rules.workdays or workday(local.date()).working
