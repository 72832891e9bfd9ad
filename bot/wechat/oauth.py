"""Web authorisation (wechat.md A12): a page opened in WeChat learns which chat it belongs to. `snsapi_base` only: silent, and nothing but the openid.

The token that comes with it is not kept: nothing is ever asked of the platform with it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import aiohttp
import structlog
from yarl import URL

from bot.wechat.errors import ApiError, from_answer
from bot.wechat.operators import Operators

log = structlog.get_logger("wechat")

STALE_CODE: Final = frozenset({40029, 40163, 42003})
"""The code is wrong, was used, or is too old: another one may be asked for, once."""

_ANSWER_BYTES: Final = 64 << 10
_PATH: Final = "/sns/oauth2/access_token"
_DECODER: Final = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page. `anonymous`: WeChat shows a snapshot of it to a made-up person (快照页), whose openid means nothing."""

    openid: str = field(repr=False)
    anonymous: bool = False


class WebAuthorisation:
    """`base` is where people authorise, `api_base` where codes are exchanged. Nothing is repeated: a code is good once."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        app_id: str,
        app_secret: str,
        base: str,
        api_base: str,
        operators: Operators,
        timeout_s: float = 5.0,
    ) -> None:
        self._session = session
        self._app_id = app_id
        self._secret = app_secret
        self._base = base.rstrip("/")
        self._api_base = api_base.rstrip("/")
        self._operators = operators
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    def address(self, back: str, state: str) -> str:
        """Where the browser goes to authorise; it returns to `back`, which is percent-encoded whole, with `code` and `state`. The parameters are
        in the platform's own order, on which some clients insist."""
        return (
            f"{self._base}/connect/oauth2/authorize?appid={quote(self._app_id, safe='')}&redirect_uri={quote(back, safe='')}"
            f"&response_type=code&scope=snsapi_base&state={quote(state, safe='')}#wechat_redirect"
        )

    async def who(self, code: str) -> Visitor:
        """Exchange a code. Raises ApiError, with `errcode` in STALE_CODE when another one may help; never with the secret or the code in it."""
        query = {"appid": self._app_id, "secret": self._secret, "code": code, "grant_type": "authorization_code"}
        trouble = ""
        raw = b""
        try:
            async with self._session.get(
                URL(self._api_base + _PATH).with_query(query), timeout=self._timeout, allow_redirects=False
            ) as response:
                raw = await response.content.read(_ANSWER_BYTES)
        except TimeoutError:
            trouble = "no answer in time"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            trouble = type(error).__name__
        if (
            trouble
        ):  # raised out here so that the library's error, whose text may hold the address with the secret, is no part of ours
            log.warning("wechat_oauth", outcome="unreachable", detail=trouble)
            raise ApiError(None, trouble, may_have_happened=True)
        return self._read(raw, code)

    def _read(self, raw: bytes, code: str) -> Visitor:
        try:
            answer = _DECODER.decode(raw.decode("utf-8", "ignore"))
            errcode, openid = int(answer.get("errcode", 0)), str(answer.get("openid") or "")
            anonymous = int(answer.get("is_snapshotuser") or 0) == 1
        except (ValueError, TypeError, AttributeError, RecursionError):
            log.warning("wechat_oauth", outcome="unreadable")
            raise ApiError(None, "unreadable answer", may_have_happened=True) from None
        if errcode:
            error = from_answer(errcode, str(answer.get("errmsg", "")), (self._secret, code))
            log.warning("wechat_oauth", outcome=error.kind.value, errcode=errcode, rid=error.rid)
            self._operators.tell(_PATH, error)
            raise error
        if not openid:
            raise ApiError(None, "no openid in the answer")
        return Visitor(openid, anonymous)
