"""The part of the desk about a working life."""

from __future__ import annotations

from dialogs.desk_career import Career
from handlers.asking import Asking
from handlers.family.standing import today_of
from storage.ports.records import AccountYear, Insurance, Kind
from storage.ports.time import Month, Span


class CareerDesk:
    """Implements `dialogs.desk_career.CareerDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._found: Career | None = None

    async def career(self) -> Career | None:
        if self._asking.person is None:
            return None
        if self._found is None:  # several steps of one turn ask; it is one look
            self._found = await self._look()
        return self._found

    async def _look(self) -> Career:
        asking = self._asking
        person = asking.mine("benefits")
        await asking.spend("查询", "query", asking.services.policy.queries_per_chat_hour)
        tx, today = asking.tx, today_of(asking.now)
        held = await tx.rights.registration(person.id)
        extent = (await tx.contributions.extents(person.id)).get(Insurance.PENSION)
        rows = await tx.contributions.between(person.id, Span(extent.start, extent.end), (Insurance.PENSION,)) if extent else ()
        arrived = [row for row in rows if row.arrived and row.kind is not Kind.REFUND]
        years = [year for year in await tx.rights.of(AccountYear, person.id) if year.insurance != "resident_pension"]
        newest = max(years, key=lambda year: year.year, default=None)
        await asking.audit("query", "retirement", "ok" if rows else "empty", person)
        return Career(
            name=person.name,
            born=Month.of(person.birth_date),
            gender=person.gender,
            personal_status=held.personal_status if held else "",
            retired=person.person_status == "已退休",
            paid_months=len({row.period for row in arrived}),
            deemed_months=held.deemed_months if held else 0,
            first=min((row.period for row in arrived), default=None),
            last=max((row.period for row in arrived), default=None),
            base=arrived[-1].base if arrived else None,
            balance=newest.closing if newest else None,
            balance_year=newest.year if newest else None,
            as_of=today,
        )
