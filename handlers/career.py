"""The part of the desk about a working life."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from decimal import Decimal

from dialogs.desk_career import Career
from handlers.asking import Asking
from handlers.family.standing import today_of
from handlers.queries.months import paid_months
from storage.ports.records import AccountYear, Contribution, Insurance, Kind, ResidentPayment, Transfer
from storage.ports.time import Month, Span
from storage.retiring import CENT, rules


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
        shown = asking.region_of(person.region).offers("BJQ-P-02a", "BZ-11")
        extent = (await tx.contributions.extents(person.id)).get(Insurance.PENSION)
        rows = await tx.contributions.between(person.id, Span(extent.start, extent.end), (Insurance.PENSION,)) if extent else ()
        paid = paid_months(rows)
        whole = [row for row in rows if row.arrived and row.kind in {Kind.NORMAL, Kind.BACK}]
        years = [year for year in await tx.rights.of(AccountYear, person.id) if year.insurance != "resident_pension"]
        newest = max(years, key=lambda year: year.year, default=None)
        await asking.audit("query", "retirement", "ok" if rows else "empty", person)
        return Career(
            name=person.name,
            born=Month.of(person.birth_date),
            gender=person.gender,
            personal_status=held.personal_status if held else "",
            retired=person.person_status == "已退休",
            paid_months=len(paid),
            moved_months=moved_months(await tx.rights.of(Transfer, person.id), paid),
            deemed_months=held.deemed_months if held else 0,
            first=min(paid, default=None),
            last=max(paid, default=None),
            base=whole[-1].base if whole else None,
            balance=newest.closing if newest else None,
            balance_year=newest.year if newest else None,
            as_of=today,
            booked_since=_booked(whole, newest.year if newest else None),
            shown=shown,
            resident=bool(not paid and ((held and held.resident) or await tx.rights.extent(ResidentPayment, person.id))),
        )


def moved_months(transfers: Iterable[Transfer], paid: Collection[Month]) -> int:
    """养老 months that came with transfers; a month that is paid here as well counts once."""
    return sum(
        min(one.months, sum(month not in paid for month in one.start.until(one.end)))
        for one in transfers
        if one.insurance == "pension"
    )


def _booked(rows: Iterable[Contribution], year: int | None) -> Decimal:
    """The account's share of the bases of months after `year`; of a month that has several rows, the newest. Nothing without a closed year."""
    if year is None:
        return Decimal("0.00")
    bases = {row.period: row.base for row in rows if row.period.year > year}
    return sum((base * rules().account_share for base in bases.values()), Decimal(0)).quantize(CENT)
