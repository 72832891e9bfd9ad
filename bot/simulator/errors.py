"""The platform's error numbers and how it says them (wechat.md A7 to A13)."""

from __future__ import annotations

import secrets
from typing import Any

_SAYINGS = {
    -1: "system error",
    10003: "redirect_uri domain is not consistent with the configuration",
    10004: "the account has no web authorisation",
    10005: "invalid scope",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40025: "invalid sub button name size",
    40027: "invalid sub button url size",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40031: "invalid openid list",
    40032: "invalid openid list size",
    40033: r"invalid charset. please check your request, if include \uxxxx will create fail!",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40051: "invalid scene",
    40053: "invalid action info",
    40066: "invalid url",
    40073: "invalid card id",
    40097: "invalid args",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip, not in whitelist",
    40166: "invalid Weapp appid",
    40201: "callback url not set",
    40202: "invalid action",
    40203: "invalid check_operator",
    40243: "appsecret is frozen",
    41001: "access_token missing",
    41002: "appid missing",
    41003: "missing refresh_token",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "missing media_id",
    41008: "missing code",
    41009: "missing openid",
    42001: "access_token expired",
    42002: "refresh_token expired",
    42003: "code expired",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44002: "empty post data",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45026: "template num exceeds limit",
    45047: "out of response count limit",
    45056: "tag num exceeds limit",
    45058: "can't modify sys tag",
    45059: "user's tag num exceeds limit",
    45072: "invalid command",
    45080: "message exchange required within 30 seconds",
    45081: "already typing",
    45103: "api not support",
    45157: "tag name duplicated",
    45158: "tag name too long",
    45159: "invalid tag id",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid!",
    48001: "api unauthorized",
    48006: "forbid to clear quota because of reaching the limit",
    49003: "user has no relation with this account",
    61451: "invalid parameter",
    61452: "invalid kf_account",
    65301: "conditional menu not exist",
    65302: "no such user",
    65303: "there is no selfmenu, please create selfmenu first",
    65304: "match rule empty",
    65316: "domain count reach limit",
    76021: "cgi_path not found, please check",
}


class ApiError(Exception):
    """A refusal of the platform, with its number; `more` goes into the text."""

    def __init__(self, code: int, more: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.more = more

    def body(self) -> dict[str, Any]:
        """What the platform answers, with status 200."""
        said = _SAYINGS.get(self.code, "system error")
        return {"errcode": self.code, "errmsg": f"{said}{' ' + self.more if self.more else ''} rid: {rid()}"}


def rid() -> str:
    """An id by which the platform's support finds the call."""
    return "-".join(secrets.token_hex(4) for _ in range(3))
