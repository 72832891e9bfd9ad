"""The account's menus: the default one, and the conditional ones that some people see in its place (wechat.md A9)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from bot.simulator import menu
from bot.simulator.account import SimAccount
from bot.simulator.errors import ApiError
from bot.simulator.tags import TagBook
from bot.simulator.world import PLATFORMS, Phone

MOST_DOMAINS = 3

Menu = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conditional:
    """A menu for some; `rule` as it was given, without what counts no more."""

    menu_id: int
    menu: Menu
    rule: dict[str, str]

    def matches(self, phone: Phone) -> bool:
        """Everything that the rule names must be so; of several tags the last counts."""
        seen = {"tag_id": str(phone.tags[-1]) if phone.tags else "", "client_platform_type": phone.platform}
        return all(seen.get(name) == value for name, value in self.rule.items())


class MenuBook:
    """One default menu and any number of conditional ones; the newest that matches is shown."""

    def __init__(self) -> None:
        self._numbers = count(400_000_001)
        self.default: Menu | None = None
        self.default_id = 0
        self.conditional: list[Conditional] = []

    def create(self, body: Any, account: SimAccount) -> None:
        """The default menu. Raises ApiError."""
        checked = menu.check(body, mini_programs=account.may_push)
        self.default, self.default_id = checked, next(self._numbers)

    def add(self, body: Any, account: SimAccount, tags: TagBook) -> int:
        """A conditional menu; its number. Raises ApiError: 65303 without a default one, 65304 for whom, 65316 too many outside addresses."""
        if self.default is None:
            raise ApiError(65303)
        rule = _rule(body.get("matchrule") if isinstance(body, dict) else None, account, tags)
        checked = menu.check(body, mini_programs=account.may_push)
        if len(_hosts([self.default, checked, *(one.menu for one in self.conditional)])) > MOST_DOMAINS:
            raise ApiError(65316)
        added = Conditional(next(self._numbers), checked, rule)
        self.conditional.append(added)
        return added.menu_id

    def remove(self, menu_id: object) -> None:
        """One conditional menu. Raises ApiError 65301."""
        kept = [one for one in self.conditional if str(one.menu_id) != str(menu_id)]
        if len(kept) == len(self.conditional):
            raise ApiError(65301)
        self.conditional = kept

    def clear(self) -> None:
        """All of them: with the default menu go the others."""
        self.default, self.conditional = None, []

    def shown_to(self, phone: Phone) -> tuple[Menu | None, int]:
        """What this person sees, and its number."""
        for one in reversed(self.conditional):
            if one.matches(phone):
                return one.menu, one.menu_id
        return self.default, self.default_id


def _rule(given: Any, account: SimAccount, tags: TagBook) -> dict[str, str]:
    """What of the rule still counts: tag and client platform. Raises ApiError."""
    named = {name: str(value) for name, value in given.items() if str(value)} if isinstance(given, dict) else {}
    rule = {name: value for name, value in named.items() if name in account.rules.menu_match}
    if not rule:
        raise ApiError(65304)
    if "tag_id" in rule:
        tags.get(rule["tag_id"])
    if rule.get("client_platform_type", "1") not in PLATFORMS:
        raise ApiError(40035)
    return rule


def _hosts(menus: list[Menu]) -> set[str]:
    leaves = [leaf for one in menus for top in one["button"] for leaf in (top["sub_button"] or [top])]
    return {urlsplit(leaf["url"]).hostname or "" for leaf in leaves if leaf.get("type") == "view"}
