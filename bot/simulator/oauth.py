"""Web authorisation (wechat.md A12): who may ask, codes that are good once and for five minutes, tokens, and what they tell of a person."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from bot.simulator.account import SimAccount
from bot.simulator.errors import ApiError
from bot.simulator.world import Phone
from storage.ports.time import Clock

LIFE = timedelta(seconds=7200)
_SCOPES = {"snsapi_base", "snsapi_userinfo"}
_KEEP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page asks who looks at it."""

    redirect_uri: str
    scope: str
    state: str

    @property
    def host(self) -> str:
        """Where the person would come back to."""
        return urlsplit(self.redirect_uri).netloc

    def back(self, **more: str) -> str:
        """The address to come back to; what its query had is kept."""
        parts = urlsplit(self.redirect_uri)
        query = "&".join(part for part in (parts.query, urlencode(more | ({"state": self.state} if self.state else {}))) if part)
        return urlunsplit(parts._replace(query=query))


@dataclass(slots=True)
class _Code:
    phone: Phone
    scope: str
    at: datetime
    used: bool = False


@dataclass(frozen=True, slots=True)
class _Pass:
    """What a token of OAuth stands for."""

    openid: str
    scope: str
    snapshot: bool
    until: datetime


class OAuthOffice:
    """Gives out codes and tokens for one account. `snapshot` makes everybody a virtual person of a 快照页."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, _Pass] = {}
        self._refresh: dict[str, _Pass] = {}
        self.snapshot = False

    def forget(self) -> None:
        """Start over."""
        self._codes.clear()
        self._access.clear()
        self._refresh.clear()
        self.snapshot = False

    # ── the page ────────────────────────────────────────────────────────────────────────────────────────────────────

    def asked(self, query: Mapping[str, str], account: SimAccount, hosts: set[str]) -> Asked:
        """What the address asks for. Raises ApiError: 40013 another account, 10003 a foreign host, 10004 an account that may not, 10005 no
        such scope, 40097 anything else that is out of form."""
        if query.get("appid") != account.app_id:
            raise ApiError(40013)
        if not account.may("oauth"):
            raise ApiError(10004)
        target = urlsplit(query.get("redirect_uri", ""))
        if target.scheme not in {"http", "https"} or target.hostname not in hosts:
            raise ApiError(10003)
        scope, state = query.get("scope", ""), query.get("state", "")
        if scope not in _SCOPES:
            raise ApiError(10005)
        if query.get("response_type") != "code" or not re.fullmatch(rf"[A-Za-z0-9]{{0,{account.rules.state_bytes}}}", state):
            raise ApiError(40097)
        return Asked(query["redirect_uri"], scope, state)

    def allow(self, asked: Asked, phone: Phone) -> str:
        """The address with a fresh code."""
        now = self._clock.now()
        self._codes = {name: one for name, one in self._codes.items() if now - one.at < _KEEP}
        code = secrets.token_hex(16)
        self._codes[code] = _Code(phone, asked.scope, now)
        return asked.back(code=code)

    # ── the calls ───────────────────────────────────────────────────────────────────────────────────────────────────

    def exchange(self, query: Mapping[str, str], account: SimAccount) -> dict[str, Any]:
        """/sns/oauth2/access_token: a code for a token. Raises ApiError."""
        _known(query, account)
        if query.get("secret", "") == "":
            raise ApiError(41004)
        if not hmac.compare_digest(query["secret"].encode(), account.app_secret.encode()):
            raise ApiError(40125)
        if query.get("grant_type") != "authorization_code":
            raise ApiError(40002)
        if not query.get("code"):
            raise ApiError(41008)
        found = self._codes.get(query["code"])
        if found is None:
            raise ApiError(40029)
        now = self._clock.now()
        if found.used:
            raise ApiError(40163)
        if now - found.at >= timedelta(seconds=account.rules.code_seconds):
            raise ApiError(account.rules.old_code_error)
        found.used = True
        openid = found.phone.openid
        if self.snapshot:
            openid = "o_snap" + sha256(openid.encode()).hexdigest()[:22]
        given = _Pass(openid, found.scope, self.snapshot, now + timedelta(days=account.rules.refresh_days))
        return self._given(given, f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(48)}", account)

    def refreshed(self, query: Mapping[str, str], account: SimAccount) -> dict[str, Any]:
        """/sns/oauth2/refresh_token: a new token of the same person. Raises ApiError."""
        _known(query, account)
        if query.get("grant_type") != "refresh_token":
            raise ApiError(40002)
        if not query.get("refresh_token"):
            raise ApiError(41003)
        found = self._refresh.get(query["refresh_token"])
        if found is None:
            raise ApiError(40030)
        if self._clock.now() >= found.until:
            raise ApiError(42002)
        return self._given(found, query["refresh_token"], account)

    def person(self, query: Mapping[str, str], account: SimAccount) -> dict[str, Any]:
        """/sns/userinfo: no name and no picture worth having since 2021. Raises ApiError: 48001 when the scope was snsapi_base."""
        found = self._holder(query)
        if found.scope != "snsapi_userinfo":
            raise ApiError(48001)
        told = {
            "openid": found.openid,
            "nickname": "微信用户",
            "sex": 0,
            "language": "",
            "city": "",
            "province": "",
            "country": "",
            "headimgurl": "",
            "privilege": [],
        }
        return told | self._more(found, account)

    def good(self, query: Mapping[str, str]) -> dict[str, Any]:
        """/sns/auth: whether the token is still good for that person. Raises ApiError."""
        self._holder(query)
        return {"errcode": 0, "errmsg": "ok"}

    def _given(self, one: _Pass, refresh: str, account: SimAccount) -> dict[str, Any]:
        now = self._clock.now()
        self._access = {name: old for name, old in self._access.items() if now - old.until < LIFE}
        access = f"{secrets.randbelow(90) + 10}_{secrets.token_urlsafe(64)}"
        self._access[access] = _Pass(one.openid, one.scope, one.snapshot, now + LIFE)
        self._refresh[refresh] = one
        return {
            "access_token": access,
            "expires_in": int(LIFE.total_seconds()),
            "refresh_token": refresh,
            "openid": one.openid,
            "scope": one.scope,
        } | self._more(one, account)

    @staticmethod
    def _more(one: _Pass, account: SimAccount) -> dict[str, Any]:
        more: dict[str, Any] = {"is_snapshotuser": 1} if one.snapshot else {}
        if account.open_platform and one.scope == "snsapi_userinfo":
            more["unionid"] = "u" + sha256(f"union:{one.openid}".encode()).hexdigest()[:27]
        return more

    def _holder(self, query: Mapping[str, str]) -> _Pass:
        token = query.get("access_token", "")
        if not token:
            raise ApiError(41001)
        if not query.get("openid"):
            raise ApiError(41009)
        found = self._access.get(token)
        if found is None:
            raise ApiError(40001 if len(token) > 60 else 40014)
        if self._clock.now() >= found.until:
            raise ApiError(42001)
        if found.openid != query["openid"]:
            raise ApiError(40003)
        return found


def _known(query: Mapping[str, str], account: SimAccount) -> None:
    if not query.get("appid"):
        raise ApiError(41002)
    if query["appid"] != account.app_id:
        raise ApiError(40013)
    if not account.may("oauth"):
        raise ApiError(48001)
