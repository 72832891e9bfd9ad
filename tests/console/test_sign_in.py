"""The door of the console."""

from __future__ import annotations

from tests.console.conftest import OfficeWorld


async def test_signing_in_leads_to_work(office: OfficeWorld) -> None:
    """Login, password and one-time code together open the console at the account's own first page."""
    window = await office.signed_in("管理员")
    page = await window.get("/console/me")
    assert page.status == 200
    page.expect("郑管理", "登录的地方")
