"""QR codes, media, followers and the account's own matters (wechat.md A10 to A13)."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from bot.simulator.errors import ApiError
from bot.simulator.gestures import image_type
from bot.simulator.simulator import Scene, Simulator
from bot.simulator.world import Media

_LONGEST_SCENE = 2592000
_MIB = 1 << 20
_SIZES = {"image": 2 * _MIB, "voice": 2 * _MIB, "video": 10 * _MIB, "thumb": 64 << 10}
"""Where pages of the platform contradict each other, the smaller figure (A11)."""

Body = dict[str, Any]


def create_scene(sim: Simulator, body: Body) -> Body:
    """A parametric QR code: ticket, the text that the code holds, and how long it lives. Raises ApiError."""
    if sim.account.kind != "service":
        raise ApiError(48001)
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
    ticket = "gQ" + secrets.token_urlsafe(66)
    url = f"http://weixin.qq.com/q/{secrets.token_urlsafe(18)}"
    until = None if lasting else sim.clock.now() + timedelta(seconds=seconds)
    sim.scenes[url] = Scene(ticket, url, key, until)
    return {"ticket": ticket, "url": url} | ({} if lasting else {"expire_seconds": seconds})


def upload(sim: Simulator, kind: str, content: bytes) -> Body:
    """Store a temporary file after checking kind, size and first bytes. Raises ApiError."""
    if kind not in _SIZES:
        raise ApiError(40004)
    if not content:
        raise ApiError(41005)
    if len(content) > _SIZES[kind]:
        raise ApiError(40006)
    content_type = _content_type(kind, content)
    if not content_type:
        raise ApiError(40005)
    item = sim.world.store(kind, content_type, content)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: item.media_id, "created_at": int(item.at.timestamp())}


def _content_type(kind: str, content: bytes) -> str:
    if kind == "image":
        return image_type(content)
    if kind == "thumb":
        return "image/jpeg" if content.startswith(b"\xff\xd8\xff") else ""
    if kind == "video":
        return "video/mp4" if content[4:8] == b"ftyp" else ""
    if content.startswith(b"#!AMR"):
        return "audio/amr"
    return "audio/mp3" if content.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")) else ""


def media(sim: Simulator, media_id: str) -> Media:
    """A temporary file, of either direction. Raises ApiError 40007 when unknown or three days old."""
    item = sim.world.fresh_media(media_id.removesuffix("16k"))
    if item is None:
        raise ApiError(40007)
    return item


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
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": "ADD_SCENE_QR_CODE" if phone.scene else "ADD_SCENE_SEARCH",
        "qr_scene": int(phone.scene) if phone.scene.isdecimal() else 0,
        "qr_scene_str": "" if phone.scene.isdecimal() else phone.scene,
    }


def user_list(sim: Simulator, after: str) -> Body:
    """Openids of all followers, ten thousand a page, after `after`."""
    everyone = [phone.openid for phone in sim.world.phones.values() if phone.followed]
    start = everyone.index(after) + 1 if after in everyone else 0
    page = everyone[start : start + 10000]
    return {"total": len(everyone), "count": len(page), "data": {"openid": page}, "next_openid": page[-1] if page else ""}
