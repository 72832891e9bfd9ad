"""Menus by the API: the default one, conditional ones, and which of them somebody sees (wechat.md A9)."""

from __future__ import annotations

from typing import Any

from bot.simulator.errors import ApiError
from bot.simulator.simulator import Simulator

Body = dict[str, Any]


def create(sim: Simulator, body: Body, raw: bytes) -> Body:
    """menu/create. Escaped Chinese is refused as the platform does."""
    _unescaped(raw)
    sim.menus.create(body, sim.account)
    sim.tell_menus()
    return {}


def get(sim: Simulator) -> Body:
    """menu/get; numbers and conditional menus only when there are conditional ones."""
    book = sim.menus
    if book.default is None:
        raise ApiError(46003)
    if not book.conditional:
        return {"menu": book.default}
    others = [{**one.menu, "matchrule": one.rule, "menuid": one.menu_id} for one in reversed(book.conditional)]
    return {"menu": {**book.default, "menuid": book.default_id}, "conditionalmenu": others}


def current(sim: Simulator) -> Body:
    """get_current_selfmenu_info: entries below stand under `list`."""
    shown = [
        {**top, "sub_button": {"list": top["sub_button"]}} if top["sub_button"] else top
        for top in (sim.menus.default or {"button": []})["button"]
    ]
    return {"is_menu_open": int(bool(shown)), "selfmenu_info": {"button": shown}}


def delete(sim: Simulator) -> Body:
    """menu/delete: the conditional ones go too."""
    sim.menus.clear()
    sim.tell_menus()
    return {}


def add_conditional(sim: Simulator, body: Body, raw: bytes) -> Body:
    """menu/addconditional."""
    _unescaped(raw)
    menu_id = sim.menus.add(body, sim.account, sim.tags)
    sim.tell_menus()
    return {"menuid": menu_id}


def delete_conditional(sim: Simulator, body: Body) -> Body:
    """menu/delconditional."""
    sim.menus.remove(body.get("menuid"))
    sim.tell_menus()
    return {}


def try_match(sim: Simulator, body: Body) -> Body:
    """menu/trymatch: what this person sees; a WeChat name is known to nobody here, so `user_id` is an openid."""
    phone = sim.world.phones.get(str(body.get("user_id") or ""))
    if phone is None or not phone.followed:
        raise ApiError(65302)
    shown, _ = sim.menus.shown_to(phone)
    if shown is None:
        raise ApiError(46003)
    return {"button": shown["button"]}


def _unescaped(raw: bytes) -> None:
    if b"\\u" in raw:
        raise ApiError(40033)
