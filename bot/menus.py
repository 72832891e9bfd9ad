"""Menus and tags as declared, against what the platform has: the difference, and making it so (`python -m bot menu`).

The default menu comes first: without one the platform takes no conditional menu. A conditional menu is never changed, only added and deleted;
the new one is added before the old one goes, so that nobody is left without. Menus that are not for one of our tags are none of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bot.config import Config
from bot.wechat.api import WeChatApi
from bot.wechat.errors import ApiError
from bot.wechat.menu import (
    BY_IDENTITY,
    MOST_DOMAINS,
    PERSON_MENU,
    Menu,
    MenuInvalid,
    MenuProblem,
    as_json,
    domains,
    same,
    validate,
)
from bot.wechat.tags import Tags
from handlers.identities import TAGGED
from storage.ports.record import Record

Json = dict[str, Any]

_NO_MENU: Final = 46003
_NOT_FOLLOWING: Final = frozenset({40003, 43004, 49003, 65302})


class Wanted(Record):
    """What the account should have; `special` is identity → menu, empty for an account without menus by identity."""

    default: Json
    special: Mapping[str, Json]


class Found(Record):
    """What it has: the default menu (None for none), the conditional ones as the platform tells them, and tags by name."""

    default: Mapping[str, Any] | None
    conditional: tuple[Mapping[str, Any], ...]
    tags: Mapping[str, int]


class Difference(Record):
    """What is to be done, in this order; empty when everything is as declared."""

    tags: tuple[str, ...] = ()
    """Names to make."""
    default: bool = False
    """The default menu is published."""
    add: tuple[str, ...] = ()
    """Identities whose menu is added."""
    drop: tuple[str, ...] = ()
    """Numbers of conditional menus that go."""

    def __bool__(self) -> bool:
        return bool(self.tags or self.default or self.add or self.drop)

    @property
    def lines(self) -> tuple[str, ...]:
        """As the operator reads it."""
        labels = [TAGGED[name].label for name in self.add]
        return (
            *(f"新建标签“{name}”" for name in self.tags),
            *(("发布默认菜单",) if self.default else ()),
            *(f"发布“{label}”看到的菜单" for label in labels),
            *(f"删除旧的个性化菜单 {number}" for number in self.drop),
        )


def declared(pages: str = "", *, by_identity: bool = False, default: Menu = PERSON_MENU) -> Wanted:
    """The menus of this release. `pages` as in `bot.wechat.menu.as_json`. Raises MenuInvalid for one that breaks a limit (wechat.md A9)."""
    special = {name: as_json(menu, pages) for name, menu in BY_IDENTITY.items()} if by_identity else {}
    wanted = Wanted(as_json(default, pages), special)
    problems = validate(wanted.default)
    for name, body in special.items():
        problems += [MenuProblem(one.errcode, f"{name} {one.where}") for one in validate(body)]
    if special and len(domains(wanted.default, *special.values())) > MOST_DOMAINS:
        problems.append(MenuProblem(65316, "links"))
    if problems:
        raise MenuInvalid(problems)
    return wanted


async def found(api: WeChatApi, *, tags: bool) -> Found:
    """What the platform has. Raises ApiError."""
    known = await Tags(api).all() if tags else {}
    try:
        answer = await api.call("GET", "/cgi-bin/menu/get")
    except ApiError as error:
        if error.errcode != _NO_MENU:
            raise
        return Found(None, (), known)
    default, others = answer.get("menu"), answer.get("conditionalmenu")
    conditional = tuple(one for one in others if isinstance(one, dict)) if isinstance(others, list) else ()
    return Found(default if isinstance(default, dict) else None, conditional, known)


def difference(wanted: Wanted, has: Found) -> Difference:
    """What makes the one the other. Of two menus for one tag the older one, which nobody sees, goes."""
    missing = tuple(one.tag for one in TAGGED.values() if one.tag not in has.tags) if wanted.special else ()
    add: list[str] = []
    kept: set[str] = set()
    for name, body in wanted.special.items():
        tag = has.tags.get(TAGGED[name].tag)
        mine = [one for one in has.conditional if tag is not None and _only_tag(one) == str(tag)]
        if mine and same(mine[0], body):  # the newest comes first
            kept.add(str(mine[0].get("menuid")))
        else:
            add.append(name)
    ours = {str(has.tags[one.tag]) for one in TAGGED.values() if one.tag in has.tags}
    drop = [str(one.get("menuid")) for one in has.conditional if _only_tag(one) in ours and str(one.get("menuid")) not in kept]
    return Difference(missing, not same(has.default, wanted.default), tuple(add), tuple(drop))


async def publish(api: WeChatApi, wanted: Wanted, has: Found) -> Difference:
    """Make it so; what was done. Nothing is sent where nothing differs. Raises ApiError; run again it does the rest."""
    todo = difference(wanted, has)
    tags, known = Tags(api), dict(has.tags)
    for name in todo.tags:
        known[name] = await tags.create(name)
    if todo.default:
        await api.menu_create(wanted.default)
    for name in todo.add:
        rule = {"tag_id": str(known[TAGGED[name].tag])}
        await api.post("/cgi-bin/menu/addconditional", {**wanted.special[name], "matchrule": rule})
    for number in todo.drop:
        await api.post("/cgi-bin/menu/delconditional", {"menuid": number})
    return todo


async def run(config: Config, api: WeChatApi, *, dry_run: bool = False) -> Difference:
    """What was done, or with `dry_run` what would be. Raises MenuInvalid before anything is asked, ApiError."""
    pages = f"{config.server.public_url.rstrip('/')}/o" if config.can_authorise else ""
    wanted = declared(pages, by_identity=config.can_tag)
    has = await found(api, tags=config.can_tag)
    return difference(wanted, has) if dry_run else await publish(api, wanted, has)


async def shown_to(api: WeChatApi, openid: str) -> Mapping[str, Any]:
    """The menu that this follower sees, as the platform matches it. Raises ApiError."""
    answer = await api.post("/cgi-bin/menu/trymatch", {"user_id": openid})
    menu = answer.get("menu")
    return menu if isinstance(menu, dict) else answer


async def mismatched(api: WeChatApi, carriers: Mapping[str, str]) -> tuple[str, ...]:
    """Whoever sees another menu than theirs, as the operator calls them. `carriers` is identity → a chat that carries its tag. Raises ApiError;
    somebody who has left meanwhile is passed over."""
    has = await found(api, tags=True)
    wrong = []
    for name, openid in carriers.items():
        tag = str(has.tags.get(TAGGED[name].tag, ""))
        mine = next((one for one in has.conditional if _only_tag(one) == tag), has.default)
        try:
            if not same(await shown_to(api, openid), mine):
                wrong.append(TAGGED[name].label)
        except ApiError as error:
            if error.errcode not in _NOT_FOLLOWING:
                raise
    return tuple(wrong)


def _only_tag(menu: Mapping[str, Any]) -> str:
    """The id of the tag that a conditional menu is for and nothing else; '' for every other rule. `group_id` is what it was called before."""
    rule = menu.get("matchrule")
    if not isinstance(rule, dict):
        return ""
    named = {name: str(value) for name, value in rule.items() if value not in ("", None)}
    tag = named.pop("tag_id", "") or named.pop("group_id", "")
    named.pop("group_id", None)
    return "" if named else tag
