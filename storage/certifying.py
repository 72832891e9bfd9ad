"""When 待遇资格认证 (BJH-26) is due next, by a region's rule, and why, as a sentence for the person. Pure: no clock, no I/O.

The manuals are silent on period and season, so the rule is the agency's setting (`[certification]` in the region's TOML) and is
never shown as law. A due day is always the last day on which certifying is in time.

- `period`: so many months after the last certification (or after the first benefit, for who has never certified).
- `birthday`: each year in the month of birth, from its first day to its last.
- `season`: each year from a day to a day, which may lie in the next year (12月1日到次年3月31日).

With the two yearly rules a certification counts for the window that it lies in. One between two windows is a late one for the window
before, unless it lies within `early_days` of the window that comes: then it counts for that one. Starting to draw benefits is proof
of life as well: the first certification is due in the first window that opens after it.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from storage.ports.regions import CertificationRules, MonthDay

_MONTHS = tuple(date(2000, month, 1) for month in range(1, 13))

PASSED = "通过"
FAILED = "未通过"
PENDING = "审核中"
RESULTS = {
    **dict.fromkeys(("通过", "已通过", "认证通过", "成功", "认证成功", "已认证", "合格", "正常"), PASSED),
    **dict.fromkeys(("未通过", "不通过", "认证未通过", "失败", "认证失败", "不合格"), FAILED),
    **dict.fromkeys(("审核中", "待审核", "处理中", "认证中"), PENDING),
}
"""认证结果 as agencies write it → the word that is stored. The manuals give no list."""


def passed(result: str) -> bool:
    """Whether a 认证结果 stands for a certification that counts."""
    return RESULTS.get(result) == PASSED


def plus_months(day: date, months: int) -> date:
    """The same day of the month so many months later; the last day of a month that is too short (1月31日 → 2月29日 or 28日)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def next_due(rules: CertificationRules, born: date, last_at: date | None, drawing_since: date | None = None) -> date | None:
    """The due day that follows from the last certification; for who has none, from the day since which benefits are drawn.

    None when neither is known: nobody may be told a day that is guessed.
    """
    since = last_at or drawing_since
    if since is None:
        return None
    if rules.rule == "period":
        return plus_months(since, rules.period_months)
    year = since.year - 1  # a window that began last year may be open still
    while _opens(rules, born, year) - timedelta(days=rules.early_days) <= since:
        year += 1
    return _closes(rules, born, year)


def opens_on(rules: CertificationRules, born: date, due_on: date) -> date | None:
    """From when on a certification counts for that due day; None where it may be done any day, or the day is not the rule's."""
    if rules.rule == "period":
        return None
    for year in (due_on.year - 1, due_on.year):
        if _closes(rules, born, year) == due_on:
            return _opens(rules, born, year) - timedelta(days=rules.early_days)
    return None


def unopened(rules: CertificationRules, today: date, first: date, last: date) -> tuple[tuple[date, int], ...]:
    """The rule's due days from `first` to `last`, each with the months of birth whose window for it opens after `today`."""
    if rules.rule == "period":
        return ()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    months = range(1, 13)
    opens = {(due, month): opens_on(rules, date(2000, month, 1), due) for due in days for month in months}
    return tuple(key for key, day in opens.items() if day is not None and day > today)


def longest_lead(rules: CertificationRules) -> int | None:
    """How many days before its due day the longest window opens: no stage begins earlier. None where it may be done any day."""
    if rules.rule == "period":
        return None
    return max((_closes(rules, born, 2026) - _opens(rules, born, 2026)).days for born in _MONTHS) + rules.early_days


def why(rules: CertificationRules, born: date, last_at: date | None, due_on: date) -> str:
    """Why this is the person's day, without a full stop. A day that the agency set and the rule does not give is called that."""
    last = f"上次认证 {last_at.isoformat()}" if last_at else ""
    if rules.rule == "period":
        if last_at is not None and next_due(rules, born, last_at) == due_on:
            return f"{last}，每 {rules.period_months} 个月一次"
    elif opens_on(rules, born, due_on) is not None:
        return "每年在您的出生月份" if rules.rule == "birthday" else season_words(rules)
    return f"{last}，到期日由经办机构登记" if last else "还没有认证过，到期日由经办机构登记"


def rule_words(rules: CertificationRules) -> str:
    """The rule by itself, for who is not logged in, without a full stop."""
    if rules.rule == "period":
        return f"每 {rules.period_months} 个月认证一次"
    return f"{'每年在出生的月份' if rules.rule == 'birthday' else season_words(rules)}认证一次"


def season_words(rules: CertificationRules) -> str:
    """每年3月1日到6月30日; 每年12月1日到次年3月31日."""
    start, end = rules.season_from, rules.season_to
    later = "次年" if end < start else ""
    return f"每年{start.month}月{start.day}日到{later}{end.month}月{end.day}日"


def _opens(rules: CertificationRules, born: date, year: int) -> date:
    return date(year, born.month, 1) if rules.rule == "birthday" else _on(rules.season_from, year)


def _closes(rules: CertificationRules, born: date, year: int) -> date:
    """The end of the window that opens in that year."""
    if rules.rule == "birthday":
        return date(year, born.month, calendar.monthrange(year, born.month)[1])
    return _on(rules.season_to, year + (rules.season_to < rules.season_from))


def _on(day: MonthDay, year: int) -> date:
    """2月29日 is the 28th in other years."""
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))
