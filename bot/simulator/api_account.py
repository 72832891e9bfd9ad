"""Tokens, quotas, QR codes and followers: the account's own matters (wechat.md A10, A12, A13)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from bot.simulator.errors import ApiError
from bot.simulator.simulator import Scene, Simulator

_LONGEST_SCENE = 2592000
_MOST_LASTING = 100_000
_CLEARS_A_MONTH = 10
_BATCH = 100
_LONGEST_REMARK = 30

Body = dict[str, Any]


def plain_token(sim: Simulator, query: Mapping[str, str]) -> Body:
    """/cgi-bin/token. Raises ApiError."""
    return sim.tokens.plain(query.get("grant_type"), query.get("appid"), query.get("secret"))


def page_ticket(sim: Simulator, query: Mapping[str, str]) -> Body:
    """ticket/getticket, of page signatures. Raises ApiError."""
    if query.get("type") != "jsapi":
        raise ApiError(40035)
    return sim.jsapi_ticket()


def addresses(sim: Simulator) -> Body:
    """Where the platform calls from, and where it is called: this machine, and what `POST /sim/account {"callback_ips"}` added."""
    return {"ip_list": ["127.0.0.1", *sim.callback_ips]}


def check_callback(sim: Simulator, body: Body) -> Body:
    """callback/check: the name and the way to the bot's address, as it is configured. Raises ApiError 40201 to 40203."""
    action, operator = body.get("action"), body.get("check_operator")
    if action not in {"dns", "ping", "all"}:
        raise ApiError(40202)
    if operator not in {"DEFAULT", "CHINANET", "UNICOM", "CAP"}:
        raise ApiError(40203)
    host = urlsplit(sim.target_url).hostname
    if not host:
        raise ApiError(40201)
    told: Body = {}
    if action != "ping":
        told["dns"] = [{"ip": host, "real_operator": "DEFAULT"}]
    if action != "dns":
        told["ping"] = [{"ip": host, "from_operator": operator, "package_loss": "0%", "time": "1.000ms"}]
    return told


def clear_quota(sim: Simulator, body: Body) -> Body:
    """clear_quota: ten times a month. Raises ApiError 40013, 48006."""
    if body.get("appid") != sim.account.app_id:
        raise ApiError(40013)
    month = sim.clock.now().strftime("%Y-%m")
    used = sim.quota_clears.get(month, 0)
    if used >= _CLEARS_A_MONTH:
        raise ApiError(48006)
    sim.quota_clears = {month: used + 1}
    sim.used.clear()
    return {}


def clear_quota_by_secret(sim: Simulator, body: Body) -> Body:
    """The same without a token, with the account's secret. Raises ApiError."""
    secret = body.get("appsecret")
    if not isinstance(secret, str) or not hmac.compare_digest(secret.encode(), sim.account.app_secret.encode()):
        raise ApiError(40125)
    return clear_quota(sim, body)


def quota_of(sim: Simulator, body: Body, a_day: Mapping[str, int]) -> Body:
    """openapi/quota/get: today's quota of one address. Raises ApiError 76021 for one that is none."""
    path = body.get("cgi_path")
    if not isinstance(path, str) or path not in a_day:
        raise ApiError(76021)
    limit = sim.quota_today(path, a_day[path])
    used = sim.used.used(path, sim.clock.now())
    return {"quota": {"daily_limit": limit, "used": used, "remain": max(0, limit - used)}}


def create_scene(sim: Simulator, body: Body) -> Body:
    """A parametric QR code: ticket, the text that the code holds, and how long it lives. Raises ApiError."""
    action = body.get("action_name")
    info = body.get("action_info")
    scene = info.get("scene") if isinstance(info, dict) else None
    if not isinstance(scene, dict):
        raise ApiError(40053)
    lasting = action in {"QR_LIMIT_SCENE", "QR_LIMIT_STR_SCENE"}
    if action in {"QR_STR_SCENE", "QR_LIMIT_STR_SCENE"}:
        key = scene.get("scene_str")
        if not isinstance(key, str) or not 1 <= len(key) <= 64:
            raise ApiError(40051)
    elif action in {"QR_SCENE", "QR_LIMIT_SCENE"}:
        number = scene.get("scene_id")
        if not isinstance(number, int) or not 1 <= number <= (100000 if lasting else 2**32 - 1):
            raise ApiError(40051)
        key = str(number)
    else:
        raise ApiError(40053)
    seconds = body.get("expire_seconds", 60)
    if not isinstance(seconds, int) or not 1 <= seconds <= _LONGEST_SCENE:
        raise ApiError(40035)
    if lasting and sum(one.until is None for one in sim.scenes.values()) >= _MOST_LASTING:
        raise ApiError(45009)
    ticket = "gQ" + secrets.token_urlsafe(66)
    url = f"http://weixin.qq.com/q/{secrets.token_urlsafe(18)}"
    until = None if lasting else sim.clock.now() + timedelta(seconds=seconds)
    sim.scenes[url] = Scene(ticket, url, key, until)
    return {"ticket": ticket, "url": url} | ({} if lasting else {"expire_seconds": seconds})


def user_info(sim: Simulator, openid: str) -> Body:
    """A follower as the platform tells it: no name and no picture since 2021. Raises ApiError."""
    phone = sim.world.phones.get(openid)
    if phone is None:
        raise ApiError(40003)
    if not phone.followed:
        return {"subscribe": 0, "openid": openid}
    return {
        "subscribe": 1,
        "openid": openid,
        "nickname": "",
        "sex": 0,
        "language": "zh_CN",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": int(phone.followed_at.timestamp()) if phone.followed_at else 0,
        "remark": phone.remark,
        "groupid": phone.tags[-1] if phone.tags else 0,
        "tagid_list": list(phone.tags),
        "subscribe_scene": "ADD_SCENE_QR_CODE" if phone.scene else "ADD_SCENE_SEARCH",
        "qr_scene": int(phone.scene) if phone.scene.isdecimal() else 0,
        "qr_scene_str": "" if phone.scene.isdecimal() else phone.scene,
    }


def user_batch(sim: Simulator, body: Body) -> Body:
    """user/info/batchget: a hundred at most. Raises ApiError 40031, 40032, 40003."""
    rows = body.get("user_list")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ApiError(40031)
    if len(rows) > _BATCH:
        raise ApiError(40032)
    return {"user_info_list": [user_info(sim, str(row.get("openid", ""))) for row in rows]}


def set_remark(sim: Simulator, body: Body) -> Body:
    """user/info/updateremark: thirty characters at most. Raises ApiError 40003, 40035."""
    phone, remark = sim.world.phones.get(str(body.get("openid", ""))), body.get("remark")
    if phone is None or not phone.followed:
        raise ApiError(40003)
    if not isinstance(remark, str) or len(remark) >= _LONGEST_REMARK:
        raise ApiError(40035)
    phone.remark = remark
    return {}


def user_list(sim: Simulator, after: str) -> Body:
    """Openids of all followers, ten thousand a page, after `after`."""
    everyone = [phone.openid for phone in sim.world.phones.values() if phone.followed]
    start = everyone.index(after) + 1 if after in everyone else 0
    page = everyone[start : start + 10000]
    return {"total": len(everyone), "count": len(page), "data": {"openid": page}, "next_openid": page[-1] if page else ""}
