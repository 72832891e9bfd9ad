"""待遇发放: what the agency says about whether somebody is paid."""

from __future__ import annotations

from datetime import date

from storage.ports.records import Benefit
from storage.ports.repositories import Store
from tests.contracts.makers import a_person, put_person


async def test_a_benefit_is_kept_by_person(store: Store) -> None:
    """Whole, with and without what may be missing; the last one of a call and of a person counts; nobody has none."""
    first, second = await put_person(store), await put_person(store, a_person(2))
    paused = Benefit(first, "paused", date(2024, 9, 1), date(2010, 3, 1), "未按期认证")
    paying = Benefit(second, "paying", date(2024, 9, 2))
    async with store.transaction() as tx:
        assert await tx.certifications.benefit(first) is None
        assert await tx.certifications.put_benefits([paying, paused, paying]) == 3
        assert await tx.certifications.put_benefits([paused]) == 1
        assert await tx.certifications.benefit(first) == paused
        assert await tx.certifications.benefit(second) == paying
        await tx.certifications.put_benefits([Benefit(first, "paying", date(2024, 9, 12))])
        assert await tx.certifications.benefit(first) == Benefit(first, "paying", date(2024, 9, 12))
        assert await tx.certifications.put_benefits([]) == 0
