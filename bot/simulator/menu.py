"""A menu as the platform accepts it (wechat.md A9)."""

from __future__ import annotations

from typing import Any

from bot.simulator.errors import ApiError

_WITH_KEY = {"click", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"}
_WITH_MEDIA = {"media_id", "view_limited"}
_WITH_ARTICLE = {"article_id", "article_view_limited"}


def check(menu: Any, *, mini_programs: bool = True) -> dict[str, Any]:
    """The menu, if it may be created: three top entries of five each, names and keys in bytes; entries that open a mini program only for
    accounts that may have them (48001). Raises ApiError."""
    buttons = menu.get("button") if isinstance(menu, dict) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise ApiError(40016)
    for top in buttons:
        _name(top, 16, 40018)
        below = top.get("sub_button")
        if not below:
            _leaf(top, is_sub=False)
            continue
        if not isinstance(below, list) or len(below) > 5:
            raise ApiError(40023)
        for leaf in below:
            _name(leaf, 60, 40025)
            _leaf(leaf, is_sub=True)
    leaves = [leaf for top in buttons for leaf in (top.get("sub_button") or [top])]
    if not mini_programs and any(leaf["type"] == "miniprogram" for leaf in leaves):
        raise ApiError(48001)
    return {"button": [_clean(top) for top in buttons]}


def _name(button: Any, limit: int, code: int) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not 1 <= len(name.encode()) <= limit:
        raise ApiError(code)


def _leaf(leaf: dict[str, Any], *, is_sub: bool) -> None:
    kind = leaf.get("type")
    if kind in _WITH_KEY:
        _sized(leaf, "key", 128, 40019)
    elif kind == "view":
        # A missing address is told as the sub button's, whatever the level: the platform's misleading 40027.
        if not leaf.get("url"):
            raise ApiError(40027)
        _sized(leaf, "url", 1024, 40027 if is_sub and not isinstance(leaf["url"], str) else 40020)
    elif kind == "miniprogram":
        _sized(leaf, "url", 1024, 40020)
        _sized(leaf, "pagepath", 1024, 40020)
        if not isinstance(leaf.get("appid"), str) or leaf["appid"] != leaf["appid"].lower():
            raise ApiError(40166)
    elif kind in _WITH_MEDIA:
        _sized(leaf, "media_id", 256, 40007)
    elif kind in _WITH_ARTICLE:
        _sized(leaf, "article_id", 256, 40007)
    else:
        raise ApiError(40017)


def _sized(leaf: dict[str, Any], name: str, limit: int, code: int) -> None:
    value = leaf.get(name)
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= limit:
        raise ApiError(code)


def _clean(top: dict[str, Any]) -> dict[str, Any]:
    """As it is given back: a top entry with entries below has only a name."""
    below = top.get("sub_button") or []
    if below:
        return {"name": top["name"], "sub_button": [dict(leaf) | {"sub_button": []} for leaf in below]}
    return dict(top) | {"sub_button": []}
