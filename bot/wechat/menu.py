"""The menus as data, checked here and published only when they differ (wechat.md A9, conversation-map 3.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit

from storage.ports.record import Record

Json = dict[str, Any]


class Entry(Record):
    """A line of the menu that sends its key; with `page` one that opens that page of ours (`bot.pages.oauth.PAGES`) where the account has web
    authorisation, and sends its key where it has not."""

    name: str
    key: str
    page: str = ""


class Group(Record):
    """One of the three names at the bottom of the chat, with its lines."""

    name: str
    entries: tuple[Entry, ...]


Menu = tuple[Group, ...]

PERSON_MENU: Menu = (
    Group(
        "查权益",
        (
            Entry("缴费查询", "P_PAY"),
            Entry("待遇查询", "P_BENEFIT"),
            Entry("对账与账户", "P_ACCOUNT"),
            Entry("参保与转移", "P_INFO"),
            Entry("打印与下载", "P_PRINT"),
        ),
    ),
    Group(
        "办业务",
        (
            Entry("社保卡服务", "P_CARD"),
            Entry("缴费与订单", "P_ORDER"),
            Entry("资格认证", "P_CERT"),
            Entry("办理进度", "P_CASE"),
            Entry("就业与用工", "P_JOB"),
        ),
    ),
    Group(
        "我的",
        (
            Entry("权益单校验", "P_VERIFY"),
            Entry("办事指南", "P_GUIDE"),
            Entry("提醒订阅", "P_REMIND"),
            Entry("绑定与账号", "P_BIND"),
            Entry("切换身份", "P_SWITCH"),
        ),
    ),
)
"""What everybody sees who is not an employer's clerk, in every region."""

RETIREE_MENU: Menu = (
    Group(
        "领待遇",
        (
            Entry("资格认证", "P_CERT"),
            Entry("待遇查询", "P_BENEFIT"),
            Entry("打印与下载", "P_PRINT"),
            Entry("提醒订阅", "P_REMIND"),
            Entry("办理进度", "P_CASE"),
        ),
    ),
    Group(
        "查和办",
        (
            Entry("社保卡服务", "P_CARD"),
            Entry("缴费查询", "P_PAY"),
            Entry("对账与账户", "P_ACCOUNT"),
            Entry("参保与转移", "P_INFO"),
            Entry("缴费与订单", "P_ORDER"),
        ),
    ),
    Group(
        "我的",
        (
            Entry("我的页面", "P_PAGE", "me"),
            Entry("办事指南", "P_GUIDE"),
            Entry("权益单校验", "P_VERIFY"),
            Entry("绑定与账号", "P_BIND"),
            Entry("切换身份", "P_SWITCH"),
        ),
    ),
)
"""What somebody sees who is retired: 资格认证 first, nothing about work."""

RELATIVE_MENU: Menu = (
    Group(
        "帮家人",
        (
            Entry("切换身份", "P_SWITCH"),
            Entry("资格认证", "P_CERT"),
            Entry("待遇查询", "P_BENEFIT"),
            Entry("办理进度", "P_CASE"),
            Entry("提醒订阅", "P_REMIND"),
        ),
    ),
    Group(
        "查和办",
        (
            Entry("缴费查询", "P_PAY"),
            Entry("对账与账户", "P_ACCOUNT"),
            Entry("参保与转移", "P_INFO"),
            Entry("打印与下载", "P_PRINT"),
            Entry("社保卡服务", "P_CARD"),
        ),
    ),
    Group(
        "我的",
        (
            Entry("缴费与订单", "P_ORDER"),
            Entry("就业与用工", "P_JOB"),
            Entry("权益单校验", "P_VERIFY"),
            Entry("办事指南", "P_GUIDE"),
            Entry("绑定与账号", "P_BIND"),
        ),
    ),
)
"""What somebody sees who speaks for a relative now: going back to oneself stands first."""

BY_IDENTITY: Final[Mapping[str, Menu]] = {"retiree": RETIREE_MENU, "relative": RELATIVE_MENU}
"""Whoever has a menu of their own, by identity (`handlers.identities`); all others see the default one. One more line is one more menu."""

MOST_DOMAINS: Final = 3
"""To which the links of all menus may lead, once there is a conditional one."""

_TYPES = frozenset(
    {
        "click",
        "view",
        "miniprogram",
        "scancode_push",
        "scancode_waitmsg",
        "pic_sysphoto",
        "pic_photo_or_album",
        "pic_weixin",
        "location_select",
        "media_id",
        "view_limited",
        "article_id",
        "article_view_limited",
    }
)
_IDENTIFYING = ("type", "name", "key", "url", "media_id", "article_id", "appid", "pagepath")


class MenuProblem(Record):
    """One limit that is passed: the error number that the platform would give, and where (`0.3` is the fourth line of the first name)."""

    errcode: int
    where: str


class MenuInvalid(ValueError):
    """The menu would be refused; nothing was sent."""

    def __init__(self, problems: Sequence[MenuProblem]) -> None:
        super().__init__(", ".join(f"{problem.errcode} at {problem.where}" for problem in problems))
        self.problems = tuple(problems)


def as_json(menu: Menu, pages: str = "") -> Json:
    """The body of `/cgi-bin/menu/create`. `pages` is the address under which pages are entered from a menu; '' for an account that cannot."""
    return {"button": [{"name": group.name, "sub_button": [_button(one, pages) for one in group.entries]} for group in menu]}


def _button(entry: Entry, pages: str) -> Json:
    if entry.page and pages:
        return {"type": "view", "name": entry.name, "url": f"{pages.rstrip('/')}/{entry.page}"}
    return {"type": "click", "name": entry.name, "key": entry.key}


def domains(*bodies: Mapping[str, Any]) -> set[str]:
    """The hosts to which the links of these menus lead."""
    lines = [line for body in bodies for top in body.get("button") or [] for line in (top, *(top.get("sub_button") or []))]
    return {host for line in lines if (host := urlsplit(str(line.get("url") or "")).hostname)}


def validate(body: Mapping[str, Any]) -> list[MenuProblem]:
    """Everything about a menu of any button types that the platform would refuse, in order; empty when it is fine."""
    buttons = body.get("button") or []
    found = [] if 1 <= len(buttons) <= 3 else [MenuProblem(40016, "menu")]
    for index, button in enumerate(buttons):
        where = str(index)
        if not 1 <= _bytes(button, "name") <= 16:
            found.append(MenuProblem(40018, where))
        lines = button.get("sub_button") or []
        if not lines:
            found += _check_action(button, where)
        if len(lines) > 5:
            found.append(MenuProblem(40023, where))
        for number, line in enumerate(lines):
            if not 1 <= _bytes(line, "name") <= 60:
                found.append(MenuProblem(40025, f"{where}.{number}"))
            found += _check_action(line, f"{where}.{number}")
    return found


def _check_action(button: Mapping[str, Any], where: str) -> list[MenuProblem]:
    kind = button.get("type")
    if kind not in _TYPES:
        return [MenuProblem(40017, where)]
    if kind in {"view", "miniprogram"}:
        return [] if 1 <= _bytes(button, "url") <= 1024 else [MenuProblem(40020, where)]
    if kind in {"media_id", "view_limited", "article_id", "article_view_limited"}:
        return []
    return [] if 1 <= _bytes(button, "key") <= 128 else [MenuProblem(40019, where)]


def _bytes(button: Mapping[str, Any], name: str) -> int:
    return len(str(button.get(name) or "").encode())


def _normal(body: Mapping[str, Any] | None) -> list[tuple[object, ...]]:
    """What decides whether two menus are the same: the platform adds empty fields of its own when it gives a menu back."""
    return [
        (*(button.get(name) or "" for name in _IDENTIFYING), tuple(_normal({"button": button.get("sub_button")})))
        for button in (body or {}).get("button") or []
    ]


def same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether two menus are the same, whatever empty fields the platform added."""
    return _normal(one) == _normal(other)
