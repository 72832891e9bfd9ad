"""The account's settings as its operator sees them, and what was noted down: `POST /sim/account`, `GET /sim/log`, `GET /sim/transcript`.

`POST /sim/account` takes any of `url`, `token`, `encoding_aes_key`, `mode` (clear, compat, safe), `format` (xml, json): with one of them the
address is asked for its echostr, and nothing is saved unless the answer is that, byte for byte. It also takes `kind`, `oauth_domain`,
`callback_ips` (a list), `open_platform`, `rules` (an object of `bot.simulator.rules`), and the switch `snapshot_user` (everybody is a virtual
person of a 快照页), which need no asking. The answer is `{"ok": true}`, or `{"ok": false, "problem": why}` and nothing has changed.
A real account takes addresses on port 80 and 443 alone; here any port will do.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, get_args
from urllib.parse import urlsplit

from aiohttp import web

from bot.simulator import transcript
from bot.simulator.account import AccountKind, Format, Mode, SimAccount
from bot.simulator.keys import SIM
from bot.simulator.programs import answer, body_of, openid_of, wrong
from bot.simulator.rules import Rules
from bot.simulator.simulator import Simulator

_ASKED = {"url", "token", "encoding_aes_key", "mode", "format"}
_FORMS = {
    "token": r"[A-Za-z0-9]{3,32}",
    "encoding_aes_key": r"[A-Za-z0-9]{43}",
    "mode": "|".join(get_args(Mode)),
    "format": "|".join(get_args(Format)),
    "kind": "|".join(get_args(AccountKind)),
    "oauth_domain": r"[A-Za-z0-9.-]{0,253}",
}
_SWITCHES = {"open_platform", "snapshot_user"}
_KNOWN = {*_ASKED, *_FORMS, *_SWITCHES, "callback_ips", "rules"}


class BadSetting(Exception):
    """No setting of an account; the message says which and why."""


def add_routes(app: web.Application) -> None:
    """The settings, the log, and the transcript."""
    app.router.add_post("/sim/account", _save)
    app.router.add_get("/sim/log", _log)
    app.router.add_get("/sim/transcript", _transcript)


async def save(sim: Simulator, wanted: Mapping[str, Any]) -> str:
    """Save settings, as the description above says. What is wrong with the bot's answer, or nothing. Raises BadSetting."""
    _check(wanted)
    account, url = changed(sim.account, wanted), str(wanted.get("url") or sim.target_url)
    if account.kind == "sandbox" and account.rules.sandbox_clear_only and account.mode != "clear":
        return "a test account has the clear mode only"
    if (_ASKED & wanted.keys()) and (problem := await sim.verify(account, url)):
        sim.log.add("account", saved=False, problem=problem)
        return problem
    sim.configure(account, url)
    if "snapshot_user" in wanted:
        sim.oauth.snapshot = wanted["snapshot_user"]
    if "callback_ips" in wanted:
        sim.callback_ips = tuple(wanted["callback_ips"])
    sim.log.add("account", saved=True, mode=account.mode, format=account.format, account_kind=account.kind)
    return ""


def changed(account: SimAccount, wanted: Mapping[str, Any]) -> SimAccount:
    """The account with these settings; a new key leaves the one before as the previous one."""
    own = {name: wanted[name] for name in (*_FORMS, "open_platform") if name in wanted}
    if wanted.get("encoding_aes_key", account.encoding_aes_key) != account.encoding_aes_key:
        own["previous_encoding_aes_key"] = account.encoding_aes_key
    rules: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in wanted.get("rules", {}).items()
    }
    return replace(account, **own, rules=replace(account.rules, **rules))


def _check(wanted: Mapping[str, Any]) -> None:
    if unknown := wanted.keys() - _KNOWN:
        raise BadSetting(f"unknown setting: {', '.join(sorted(unknown))}")
    for name, form in _FORMS.items():
        if name in wanted and not (isinstance(wanted[name], str) and re.fullmatch(form, wanted[name])):
            raise BadSetting(f"{name} is out of form")
    if "url" in wanted:
        parts = urlsplit(wanted["url"]) if isinstance(wanted["url"], str) else None
        if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise BadSetting("url must begin with http:// or https://")
    for name in _SWITCHES & wanted.keys():
        if not isinstance(wanted[name], bool):
            raise BadSetting(f"{name} must be true or false")
    _check_addresses(wanted.get("callback_ips", []))
    rules = wanted.get("rules", {})
    usual = {one.name: getattr(Rules(), one.name) for one in fields(Rules)}
    kinds = {name: list if isinstance(value, tuple) else type(value) for name, value in usual.items()}
    if not isinstance(rules, dict) or any(type(value) is not kinds.get(name) for name, value in rules.items()):
        raise BadSetting(f"rules must be an object of {', '.join(kinds)}")


def _check_addresses(given: Any) -> None:
    try:
        if not isinstance(given, list):
            raise BadSetting("callback_ips must be a list")
        for one in given:
            ipaddress.ip_address(one)
    except ValueError:
        raise BadSetting("callback_ips must be addresses") from None


async def _save(request: web.Request) -> web.Response:
    try:
        problem = await save(request.app[SIM], await body_of(request))
    except BadSetting as error:
        raise wrong(str(error)) from None
    return answer({"ok": not problem} | ({"problem": problem} if problem else {}))


async def _log(request: web.Request) -> web.Response:
    """What happened, oldest first: `?openid=` of one phone, `?kind=push,try` of some kinds, `?after=` a number."""
    query = request.query
    kinds = frozenset(filter(None, query.get("kind", "").split(",")))
    after = query.get("after", "0")
    if not after.isdecimal():
        raise wrong("after must be a number")
    openid = openid_of(query["openid"]) if "openid" in query else ""
    return answer(request.app[SIM].log.lines(kinds=kinds, openid=openid, after=int(after)))


async def _transcript(request: web.Request) -> web.Response:
    """A conversation as JSON lines that `simulate --replay` plays again: `?openid=` of one phone, or all."""
    openid = openid_of(request.query["openid"]) if "openid" in request.query else ""
    told = transcript.to_lines(transcript.export(request.app[SIM], openid))
    headers = {"Content-Disposition": 'attachment; filename="transcript.jsonl"'}
    return web.Response(text=told, content_type="application/jsonl", headers=headers)
