"""Which entries of a menu a region has, each with the conversation that serves it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dialogs.chapters import BY_FEATURE, DIALOGS
from dialogs.chapters.menu import FIRST_OF_RESIDENTS, MAIN, MENUS, PAPER_OF, SERVES, Entries
from dialogs.declare import Dialog, Wish
from dialogs.masks import masked_name
from storage.ports.records import Person
from storage.ports.regions import Region

if TYPE_CHECKING:
    from handlers.desk import TurnDesk

_ALWAYS = frozenset({"account", "human"})
"""What the talk itself answers."""

_OWN_STEP: Mapping[str, str] = {"guide": "guide"}
"""Conversations that serve many features: which step says the one."""

_NOT_NEEDED: Mapping[str, str] = {
    "account_log_in": "可以用密码登录。不用密码也行，回复“登录”用手机验证码。",
    "account_register": "可以注册账号。不注册也行，回复“登录”用手机验证码。",
}
"""What is said before the place is asked, of what nobody has to have."""


def asked_where(dialog: Dialog) -> str:
    """The question for the place, with why it is asked and what goes on after it."""
    first = _NOT_NEEDED.get(dialog.name) or f"“{dialog.title}”我记下了。"
    return f"{first}各地办法不一样，选好参保地就接着办。\n您在哪里参保？"


def here(entries: Entries, region: Region | None) -> Entries:
    """The entries that the region has, in their order; all that are served while the region is unknown."""
    found = ((label, _resolved(wish, region)) for label, wish in entries)
    return tuple((label, wish) for label, wish in found if wish is not None)


def main_menu(region: Region | None, *, resident: bool = False) -> Entries:
    """What 菜单 shows in the region; to 城乡居民 (BJQ-L-08) what is theirs first."""
    theirs = resident and any(label.startswith("居民") for label, _ in here(MENUS["resident_menu"][1], region))
    return here((FIRST_OF_RESIDENTS, *MAIN[1:]) if theirs else MAIN, region)


async def menu_of(desk: TurnDesk) -> Entries:
    """What 菜单 shows to whoever is there."""
    return main_menu(desk.region, resident=await desk.accounts.resident())


def account_menu(person: Person, *, relative: bool) -> tuple[str, Entries]:
    """What somebody who is logged in is offered about the log-in; to a relative who speaks for another, only what ends that."""
    own = (
        ("解除绑定", Wish("unbind")),
        ("我的家人", Wish("relatives")),
        ("我的数据", Wish("my_data")),
        ("账号和密码", Wish("account_settings")),
    )
    always = (("切换身份", Wish("switch")), ("退出登录", Wish("log_out")))
    return f"现在为 {masked_name(person.name)} 办理。您可以：", (
        *always,
        *(() if relative else own),
        ("我帮的人", Wish("helped")),
    )


def for_residents(entries: Entries, *, resident: bool) -> Entries:
    """服务分区 (BJQ-L-08): to 城乡居民 what is theirs first; to 城镇职工 as it stands. Nothing is left out."""
    if not resident:
        return entries
    return tuple(sorted(entries, key=lambda entry: "居民" not in entry[0]))


def _resolved(wish: Wish, region: Region | None) -> Wish | None:
    if wish.dialog in {SERVES, PAPER_OF}:
        return _by_feature(wish.said["features"].split(), region, paper=wish.dialog == PAPER_OF)
    if wish.dialog in MENUS:
        return wish if here(MENUS[wish.dialog][1], region) else None
    if wish.dialog in _ALWAYS:
        return wish
    dialog = DIALOGS.get(wish.dialog)
    return wish if dialog is not None and _has(dialog, region) else None


def _by_feature(features: list[str], region: Region | None, *, paper: bool) -> Wish | None:
    for feature in features:
        dialog = BY_FEATURE.get(feature)
        if dialog is None or (region is not None and not (region.offers(feature) or feature in region.guides)):
            continue
        name = f"{dialog.name}_paper" if paper and f"{dialog.name}_paper" in DIALOGS else dialog.name
        return Wish(name, {_OWN_STEP[name]: feature} if name in _OWN_STEP else {})
    return None


def _has(dialog: Dialog, region: Region | None) -> bool:
    """Whether the region has the dialog itself, or another one in its place."""
    return dialog.offered_in(region) or bool(region and dialog.counterpart and dialog.counterpart(region))
