"""The queue's address: which cases, and where in them. It holds no personal data, so it may stand in the browser's history and in links."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from storage.ports.record import Record
from storage.ports.records import CaseState, QueueFilter, QueueRow, Staff
from storage.ports.time import SHANGHAI

TO_DO: Final = (CaseState.REVIEW, CaseState.SECOND, CaseState.WORKING)
"""What waits for the staff: the queue as it opens."""
WAITING: Final = (CaseState.SUPPLEMENT, CaseState.UNPAID, CaseState.READY)
"""What waits for the person."""
OVER: Final = (CaseState.DONE, CaseState.REFUSED, CaseState.WITHDRAWN, CaseState.VOID)

STATES: Final[Mapping[CaseState, str]] = {
    CaseState.REVIEW: "待审核",
    CaseState.SECOND: "待复核",
    CaseState.WORKING: "办理中",
    CaseState.SUPPLEMENT: "待补正",
    CaseState.UNPAID: "待缴费",
    CaseState.READY: "待领取",
    CaseState.DONE: "已办结",
    CaseState.REFUSED: "不予通过",
    CaseState.WITHDRAWN: "已撤回",
    CaseState.VOID: "已作废",
    CaseState.DRAFT: "草稿",
}
"""As staff read them, the same in every region; what the person reads are the region's own words."""

_MOST_PAGES_BACK: Final = 30
_PLACE: Final = re.compile(r"(\d{8}|0)-([0-9A-Za-z]{1,40})")
_NOBODY_KNOWS: Final = datetime(2000, 1, 1, tzinfo=SHANGHAI)


class Wanted(Record):
    """What an address asks for. `state` is '' (to do), a state's value or `all`; `whose` is '', mine or free. `trail` are the places after
    which the pages so far began, so that 上一页 works; a place is a due day and a case number, and says nothing of who."""

    state: str = ""
    filing: str = ""
    region: str = ""
    whose: str = ""
    overdue: bool = False
    due: date | None = None
    trail: tuple[str, ...] = ()

    @classmethod
    def of(cls, query: Mapping[str, str], staff: Staff, filings: Mapping[str, str]) -> Wanted:
        """Read an address. What it does not know it leaves out: an old bookmark shows more, never an error."""
        state = query.get("state", "")
        return cls(
            state=state if state == "all" or state in {one.value for one in STATES if one is not CaseState.DRAFT} else "",
            filing=query["filing"] if query.get("filing") in filings else "",
            region=query["region"] if query.get("region") in staff.regions else "",
            whose=query["whose"] if query.get("whose") in {"mine", "free"} else "",
            overdue=query.get("overdue") == "1",
            due=_day(query.get("due", "")),
            trail=tuple(place for place in query.get("after", "").split("~") if _PLACE.fullmatch(place))[-_MOST_PAGES_BACK:],
        )

    @property
    def states(self) -> tuple[CaseState, ...]:
        """The states that are meant; a draft is nobody's business but the person's."""
        if self.state == "all":
            return tuple(state for state in STATES if state is not CaseState.DRAFT)
        return (CaseState(self.state),) if self.state else TO_DO

    def filter(self, staff: Staff, today: date) -> QueueFilter:
        """As storage is asked. `due` is a day that is included; overdue is before today."""
        last = [day for day in (self.due + timedelta(days=1) if self.due else None, today if self.overdue else None) if day]
        return QueueFilter(
            regions=(self.region,) if self.region else tuple(sorted(staff.regions)),
            states=self.states,
            filings=(self.filing,) if self.filing else (),
            claimed_by=staff.id if self.whose == "mine" else None,
            unclaimed=self.whose == "free",
            due_before=min(last) if last else None,
        )

    @property
    def after(self) -> QueueRow | None:
        """The row after which the page begins; only its place in the order is filled in."""
        if not self.trail:
            return None
        found = _PLACE.fullmatch(self.trail[-1])
        day = _day(f"{found[1][:4]}-{found[1][4:6]}-{found[1][6:]}") if found else None
        number = found[2] if found else ""
        return QueueRow(number, "", "", "", None, _NOBODY_KNOWS, CaseState.REVIEW, "", day, None, 0)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the usual queue is asked for."""
        return replace(self, trail=()) != Wanted()

    def query(self, **changes: Any) -> str:
        """The query of the address with these changes, '' or beginning with ?. A change of the filter begins at the first page."""
        one = replace(self, **{"trail": (), **changes}) if changes else self
        parts = {
            "state": one.state,
            "filing": one.filing,
            "region": one.region,
            "whose": one.whose,
            "overdue": "1" if one.overdue else "",
            "due": one.due.isoformat() if one.due else "",
            "after": "~".join(one.trail),
        }
        given = {name: value for name, value in parts.items() if value}
        return f"?{urlencode(given, safe='~')}" if given else ""

    def after_row(self, row: QueueRow) -> str:
        """The query of the page that begins after that row."""
        return self.query(trail=(*self.trail, place_of(row))[-_MOST_PAGES_BACK:])

    @property
    def before(self) -> str | None:
        """The query of the page before this one; None on the first."""
        return self.query(trail=self.trail[:-1]) if self.trail else None


def place_of(row: QueueRow) -> str:
    """Where a row stands in the order."""
    return f"{row.due_on:%Y%m%d}-{row.case_no}" if row.due_on else f"0-{row.case_no}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


class Due(Record):
    """A deadline in words; `kind` (late, soon, later, none) only adds a colour to what the words say already."""

    text: str
    kind: str
    title: str


def due_words(day: date | None, today: date, state: CaseState | None = None) -> Due:
    """已超期 3 天, 今天到期, 明天到期, 9月20日; '—' where nobody has to act any more."""
    if day is None or (state is not None and state.over):
        return Due("—", "none", "没有期限")
    left = (day - today).days
    full = f"{day.year}年{day.month}月{day.day}日"
    if left < 0:
        return Due(f"已超期 {-left} 天", "late", full)
    if left <= 1:
        return Due("今天到期" if left == 0 else "明天到期", "soon", full)
    return Due(f"{day.month}月{day.day}日" if day.year == today.year else full, "later", full)


def moment_words(moment: datetime, now: datetime) -> str:
    """今天 09:30, 昨天 16:05, 9月3日 11:20, 2023年12月30日 11:20."""
    local, today = moment.astimezone(SHANGHAI), now.astimezone(SHANGHAI).date()
    days = (today - local.date()).days
    if days in (0, 1):
        return f"{'昨天' if days else '今天'} {local:%H:%M}"
    year = "" if local.year == today.year else f"{local.year}年"
    return f"{year}{local.month}月{local.day}日 {local:%H:%M}"


def age_words(waited: timedelta) -> str:
    """刚刚, 5 分钟, 2 小时 10 分, 3 天."""
    minutes = int(waited.total_seconds() // 60)
    if minutes < 1:
        return "刚刚"
    if minutes < 60:
        return f"{minutes} 分钟"
    if minutes < 24 * 60:
        return f"{minutes // 60} 小时 {minutes % 60} 分" if minutes % 60 else f"{minutes // 60} 小时"
    return f"{minutes // (24 * 60)} 天"
