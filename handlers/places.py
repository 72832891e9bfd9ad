"""A place that is said alone (北京, 我在济南参保): whoever is not logged in is served there from now on."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dialogs.parse import normal
from dialogs.parse.patterns import pattern_of
from handlers.aside import offered
from handlers.desk import TurnDesk
from handlers.menus import menu_of
from handlers.runner import Outcome
from handlers.session import Talk
from storage.ports.regions import Region

_AROUND = pattern_of(
    r"(?:我|俺|咱)?们?(?:的?参保地|的?社保)?(?:是|在|属于|选|要|换成|换到|改成)*(?P<place>[一-鿿]{2,6}?)市?(?:人|的|这边|这里|参保|交的?|社保|缴费)*[吧呢啊呀了。.!！,， ]*"
)
_LONGEST = 14


def place_said(said: str, regions: Mapping[str, Region]) -> Region | None:
    """The region that a short sentence names and nothing else; None for all other words."""
    plain = normal(said).strip()
    found = _AROUND.fullmatch(plain) if len(plain) <= _LONGEST else None
    if found is None:
        return None
    return next((region for region in regions.values() if re.fullmatch(rf"{found['place']}市?", region.name)), None)


async def settled_at(desk: TurnDesk, talk: Talk, region: Region) -> Outcome:
    """What is answered to it. A record belongs to one place, so whoever is logged in somewhere else is told how to go there."""
    if desk.person is not None and desk.region is not None and desk.region.code != region.code:
        ways = (
            f"现在办的是{desk.region.name}的业务。要办{region.name}的，请回复“切换身份”。\n{desk.region.name}的业务，您可以选："
        )
        return offered(talk, ways, await menu_of(desk))
    await desk.choose_region(region.code)
    return offered(talk, f"好的，记下了：{region.name}。您想办哪一件？", await menu_of(desk))
