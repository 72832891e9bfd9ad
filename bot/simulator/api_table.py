"""Every address of the platform's API: who may call it, how often a day, and what does the work (wechat.md A7 to A14).

Quotas that wechat.md names are the platform's: /token, stable_token, template messages, conditional menus, /sns/oauth2/access_token. The
others are the figures of an ordinary account as the console shows them, and `POST /sim/faults {"api": {"path","quota"}}` lowers any of them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from bot.simulator import api_account, api_files, api_menus, api_messages, api_notices, api_tags
from bot.simulator.account import Power
from bot.simulator.simulator import Simulator

Body = dict[str, Any]
OK: Body = {"errcode": 0, "errmsg": "ok"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its query, and its JSON body with the bytes that it came in (both empty where none is read)."""

    sim: Simulator
    query: dict[str, str]
    body: Body
    raw: bytes
    request: web.Request


Work = Callable[[Call], Body | web.StreamResponse | Awaitable[Body | web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Path:
    """How one address is called. `a_day` and `a_minute` 0: not counted. `reads`: what the call's body is."""

    method: Literal["GET", "POST"]
    work: Work
    power: Power = "anything"
    a_day: int = 0
    a_minute: int = 0
    token: bool = True
    reads: Literal["json", "nothing"] = "json"


def _post(work: Callable[[Simulator, Body], Body], power: Power = "anything", a_day: int = 0) -> Path:
    """JSON in, `ok` and what the work adds out."""
    return Path("POST", lambda call: OK | work(call.sim, call.body), power, a_day)


def _get(work: Callable[[Simulator], Body], power: Power = "anything", a_day: int = 0) -> Path:
    """Nothing in, what the work tells out."""
    return Path("GET", lambda call: work(call.sim), power, a_day, reads="nothing")


def _sns(work: Callable[[Call], Body], a_minute: int = 0) -> Path:
    return Path("GET", work, a_minute=a_minute, token=False, reads="nothing")


PATHS: dict[str, Path] = {
    # tokens and the account's own matters
    "/cgi-bin/token": Path("GET", lambda call: api_account.plain_token(call.sim, call.query), token=False, reads="nothing"),
    "/cgi-bin/stable_token": Path(
        "POST", lambda call: call.sim.tokens.stable(call.body), a_day=500_000, a_minute=10_000, token=False
    ),
    "/cgi-bin/ticket/getticket": Path(
        "GET", lambda call: OK | api_account.page_ticket(call.sim, call.query), a_day=1_000_000, reads="nothing"
    ),
    "/cgi-bin/getcallbackip": _get(api_account.addresses),
    "/cgi-bin/get_api_domain_ip": _get(api_account.addresses),
    "/cgi-bin/callback/check": _post(api_account.check_callback),
    "/cgi-bin/clear_quota": _post(api_account.clear_quota),
    "/cgi-bin/clear_quota/v2": Path(
        "POST", lambda call: OK | api_account.clear_quota_by_secret(call.sim, call.body), token=False
    ),
    "/cgi-bin/openapi/quota/get": _post(lambda sim, body: api_account.quota_of(sim, body, PATHS_A_DAY)),
    # messages
    "/cgi-bin/message/custom/send": _post(api_messages.custom_send, "push", 500_000),
    "/cgi-bin/message/custom/typing": _post(api_messages.custom_typing, "push", 500_000),
    "/cgi-bin/message/template/send": Path(
        "POST", lambda call: api_notices.template_send(call.sim, call.body), "template", 100_000
    ),
    "/cgi-bin/message/subscribe/bizsend": Path("POST", lambda call: api_notices.subscribe_send(call.sim, call.body), "subscribe"),
    "/cgi-bin/template/get_all_private_template": _get(api_notices.template_list, "template"),
    "/cgi-bin/template/api_add_template": _post(api_notices.template_add, "template"),
    "/cgi-bin/template/del_private_template": _post(api_notices.template_delete, "template"),
    "/wxaapi/newtmpl/gettemplate": _get(lambda sim: OK | api_notices.subscribe_list(sim), "subscribe"),
    # menus
    "/cgi-bin/menu/create": Path("POST", lambda call: OK | api_menus.create(call.sim, call.body, call.raw), "menu", 1000),
    "/cgi-bin/menu/get": _get(api_menus.get, "menu", 10_000),
    "/cgi-bin/menu/delete": _get(lambda sim: OK | api_menus.delete(sim), "menu", 1000),
    "/cgi-bin/get_current_selfmenu_info": _get(api_menus.current, a_day=10_000),
    "/cgi-bin/menu/addconditional": Path(
        "POST", lambda call: api_menus.add_conditional(call.sim, call.body, call.raw), "personal menus", 2000
    ),
    "/cgi-bin/menu/delconditional": _post(api_menus.delete_conditional, "personal menus", 2000),
    "/cgi-bin/menu/trymatch": Path("POST", lambda call: api_menus.try_match(call.sim, call.body), "personal menus", 20_000),
    # people and tags
    "/cgi-bin/user/info": Path(
        "GET",
        lambda call: api_account.user_info(call.sim, call.query.get("openid", "")),
        a_day=5_000_000,
        reads="nothing",
    ),
    "/cgi-bin/user/info/batchget": Path("POST", lambda call: api_account.user_batch(call.sim, call.body), a_day=5_000_000),
    "/cgi-bin/user/info/updateremark": _post(api_account.set_remark, "tags", 10_000),
    "/cgi-bin/user/get": Path(
        "GET", lambda call: api_account.user_list(call.sim, call.query.get("next_openid", "")), a_day=500, reads="nothing"
    ),
    "/cgi-bin/tags/create": Path("POST", lambda call: api_tags.create(call.sim, call.body), "tags", 1000),
    "/cgi-bin/tags/get": _get(api_tags.listed, "tags", 1000),
    "/cgi-bin/tags/update": _post(api_tags.update, "tags", 1000),
    "/cgi-bin/tags/delete": _post(api_tags.delete, "tags", 1000),
    "/cgi-bin/user/tag/get": Path("POST", lambda call: api_tags.members(call.sim, call.body), "tags", 100_000),
    "/cgi-bin/tags/members/batchtagging": _post(api_tags.give, "tags", 100_000),
    "/cgi-bin/tags/members/batchuntagging": _post(api_tags.take, "tags", 100_000),
    "/cgi-bin/tags/getidlist": Path("POST", lambda call: api_tags.of_person(call.sim, call.body), "tags", 1_000_000),
    # codes and files
    "/cgi-bin/qrcode/create": Path("POST", lambda call: api_account.create_scene(call.sim, call.body), "qrcode", 100_000),
    "/cgi-bin/showqrcode": Path("GET", lambda call: api_files.show_code(call.sim, call.query), token=False, reads="nothing"),
    "/cgi-bin/media/upload": Path(
        "POST", lambda call: api_files.upload(call.sim, call.query, call.request), a_day=100_000, reads="nothing"
    ),
    "/cgi-bin/media/get": Path(
        "GET", lambda call: api_files.download(call.sim, call.query, call.request), a_day=200_000, reads="nothing"
    ),
    "/cgi-bin/media/get/jssdk": Path(
        "GET", lambda call: api_files.download_voice(call.sim, call.query, call.request), a_day=200_000, reads="nothing"
    ),
    # web authorisation
    "/sns/oauth2/access_token": _sns(lambda call: call.sim.oauth.exchange(call.query, call.sim.account), 50_000),
    "/sns/oauth2/refresh_token": _sns(lambda call: call.sim.oauth.refreshed(call.query, call.sim.account)),
    "/sns/userinfo": _sns(lambda call: call.sim.oauth.person(call.query, call.sim.account)),
    "/sns/auth": _sns(lambda call: call.sim.oauth.good(call.query)),
}

PATHS_A_DAY: dict[str, int] = {path: one.a_day for path, one in PATHS.items()}
