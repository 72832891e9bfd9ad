"""The people of the agency in the demo: one account of each role, and a second reviewer, because four eyes need two."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from storage.demo.names import REGIONS
from storage.ports.records import Staff
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

SINCE = datetime(2024, 1, 2, 9, 0, tzinfo=SHANGHAI)

_ACCOUNTS = (
    ("shouli", "示例受理", "受理"),
    ("shenhe", "示例审核", "审核"),
    ("shenhe2", "示例审核二", "审核"),
    ("kefu", "示例客服", "客服"),
    ("yunying", "示例运营", "运营"),
    ("shenji", "示例审计", "审计"),
    ("guanli", "示例管理", "管理员"),
)


def demo_staff() -> tuple[Staff, ...]:
    """One account of each role (two of 审核), for all regions, with neither password nor TOTP secret: whoever stores them adds both."""
    return tuple(
        Staff(0, login, name, "", "", frozenset({role}), frozenset(REGIONS), active=True, created_at=SINCE)
        for login, name, role in _ACCOUNTS
    )


async def known_staff(repos: Repositories) -> Mapping[str, int]:
    """Login → id of those of them that have an account."""
    found = {login: await repos.staff.by_login(login) for login, _, _ in _ACCOUNTS}
    return {login: staff.id for login, staff in found.items() if staff is not None}


def staff_no(login: str, known: Mapping[str, int]) -> str:
    """How a member of staff stands in the steps of a case; who has no account is counted through."""
    place = next(place for place, account in enumerate(_ACCOUNTS, start=1) if account[0] == login)
    return f"经办人员{known.get(login, place):04d}"
