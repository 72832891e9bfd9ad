"""Who may go where in the console: one list for the navigation, the guard and the page that says no."""

from __future__ import annotations

from typing import Final

from storage.ports.record import Record
from storage.ports.records import Staff

QUEUE_ROLES: Final = ("受理", "审核", "客服")
TALK_ROLES: Final = ("客服",)
CAMPAIGN_ROLES: Final = ("运营", "管理员", "审计")
FAMILY_ROLES: Final = ("受理", "客服")
GUIDE_ROLES: Final = ("运营", "客服", "管理员", "审计")
"""Who reads guides and their history here; 运营 edits them."""
NUMBER_ROLES: Final = ("运营", "审核", "管理员")
AUDIT_ROLES: Final = ("审计",)
STAFF_ROLES: Final = ("管理员",)


class Entry(Record):
    """One place of the navigation; no roles: for everybody who is signed in."""

    label: str
    address: str
    roles: tuple[str, ...] = ()

    def open_to(self, staff: Staff) -> bool:
        """Whether one of the account's roles leads there."""
        return not self.roles or bool(staff.roles & set(self.roles))

    def holds(self, path: str) -> bool:
        """Whether the page at that path belongs to this place."""
        if self.address == QUEUE:
            return path == QUEUE or path.startswith(("/console/cases", "/console/queue"))
        return path == self.address or path.startswith(f"{self.address}/")


QUEUE: Final = "/console/"
ME: Final = "/console/me"
MENU: Final = (
    Entry("队列", QUEUE, QUEUE_ROLES),
    Entry("对话", "/console/talks", TALK_ROLES),
    Entry("亲情", "/console/family", FAMILY_ROLES),
    Entry("提醒", "/console/campaigns", CAMPAIGN_ROLES),
    Entry("指南", "/console/guides", GUIDE_ROLES),
    Entry("数字", "/console/numbers", NUMBER_ROLES),
    Entry("审计", "/console/audit", AUDIT_ROLES),
    Entry("人员", "/console/staff", STAFF_ROLES),
    Entry("我的", ME),
)


def open_to(staff: Staff) -> tuple[Entry, ...]:
    """The navigation of an account."""
    return tuple(entry for entry in MENU if entry.open_to(staff))


_HOMES: Final = (
    ("受理", QUEUE),
    ("审核", QUEUE),
    ("客服", "/console/talks"),
    ("运营", "/console/numbers"),
    ("审计", "/console/audit"),
    ("管理员", "/console/staff"),
)


def home(staff: Staff) -> str:
    """Where an account begins: at the work of the first of its roles."""
    return next((address for role, address in _HOMES if role in staff.roles), ME)
