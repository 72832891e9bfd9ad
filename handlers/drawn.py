"""Which benefit is meant where none was named: the one that the person draws."""

from __future__ import annotations

from typing import Final

from dialogs.chapters import DIALOGS
from dialogs.declare import Wish
from handlers.desk import TurnDesk
from handlers.family.standing import NotGranted

_BENEFITS: Final = ("pension", "retirement_pay", "injury", "injury_month", "unemployment", "maternity", "medical")
_OF_RESIDENTS: Final = "resident_statement"


async def meant(desk: TurnDesk, wish: Wish) -> Wish:
    """The wish as it is; with `drawn` among what was said, the first benefit of the region that has a record. A pension of 城乡居民 stands in
    their own statement."""
    if desk.person is None or not ("drawn" in wish.said or wish.dialog in {"pension", "retirement_pay"}):
        return wish
    if "drawn" not in wish.said:
        return Wish(_OF_RESIDENTS) if await _theirs(desk) and await nothing_of(desk, wish) else wish
    said = {name: text for name, text in wish.said.items() if name != "drawn"}
    for name in _BENEFITS:
        if DIALOGS[name].offered_in(desk.region) and await _on_record(desk, name):
            return Wish(name, said)
    return Wish(_OF_RESIDENTS if await _theirs(desk) else wish.dialog, said)


async def _theirs(desk: TurnDesk) -> bool:
    return DIALOGS[_OF_RESIDENTS].offered_in(desk.region) and await _on_record(desk, _OF_RESIDENTS)


async def nothing_of(desk: TurnDesk, wish: Wish | None) -> bool:
    """Whether the wish is a benefit by time that the person has never had; False where it is not, and where the region
    has no such answer."""
    if wish is None or wish.dialog not in _BENEFITS or desk.person is None or not DIALOGS[wish.dialog].offered_in(desk.region):
        return False
    return not await _on_record(desk, wish.dialog)


async def _on_record(desk: TurnDesk, name: str) -> bool:
    try:
        return bool(await desk.records.newest(name))
    except NotGranted:
        return False
