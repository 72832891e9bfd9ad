"""Our own async client of the platform's API (wechat.md A7-A13).

One token for everybody, fetched once however many wait for it; exactly one more try when the platform says that the token is no
longer good, and never a loop; errors that say what to do; and no secret in any error, log or address that leaves this module.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Literal, TypeVar

import aiohttp
import msgspec
import structlog
from yarl import URL

from bot.wechat.access import Access
from bot.wechat.drift import Drift
from bot.wechat.errors import TOKEN_EXPIRED, ApiError, Kind, from_answer
from bot.wechat.fields import problems
from bot.wechat.gates import Gates
from bot.wechat.media_ids import MediaIds
from bot.wechat.operators import Operators, advice
from bot.wechat.seldom import Seldom
from bot.wechat.shared import MemoryValues, SharedValue, SharedValues, ValuesAway
from storage.ports.record import Record
from storage.ports.time import Clock

__all__ = ["ApiError", "Kind", "MediaKind", "MemoryValues", "QrCode", "SharedValue", "SharedValues", "WeChatApi", "session"]

log = structlog.get_logger("wechat")

MediaKind = Literal["image", "voice", "video", "thumb"]
Json = dict[str, Any]
T = TypeVar("T")

_MEDIA_BYTES: dict[MediaKind, int] = {"image": 2 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
_TOKEN_MARGIN_S = 300
_ANSWER_BYTES = 4 << 20
_NO_MENU = 46003
_LONGEST_SCENE = 64
_LONGEST_EXPIRY_S = 2_592_000
_CONNECTIONS = 1000
_EXPECTED = {45080, 45081, _NO_MENU}
"""Answers that are no trouble: 正在输入 too late or twice, an account without a menu."""
_TOKEN_PATH = "/cgi-bin/stable_token"  # noqa: S105 - an address
_DECODER = json.JSONDecoder(strict=False)


def session() -> aiohttp.ClientSession:
    """For calls to the platform: as many connections as messages may be on their way, and no cookies, which it does not use."""
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, ttl_dns_cache=60, keepalive_timeout=60)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


class QrCode(Record):
    """A QR code with a scene. `url` is what the code holds (draw it yourself); `expires_s` is None for a permanent one."""

    ticket: str
    url: str
    expires_s: int | None


class WeChatApi:
    """The calls that the bot makes. Every method raises ApiError and nothing else of its own; every call ends within `timeout_s`.

    An interface whose quota is used up is not called until it returns, whoever asks (`gates`): the same error comes without a call.

    Nothing is repeated except after a token error, which means that the call was not carried out. Whoever may repeat the rest
    (a job) asks `ApiError.retryable`.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        app_id: str,
        app_secret: str,
        api_base: str,
        clock: Clock,
        values: SharedValues,
        timeout_s: float = 5.0,
        counted: Callable[[int], None] = lambda _: None,
    ) -> None:
        """`counted` is told each error that an operator should see. `operators` is for whoever else calls the platform for this account."""
        self._session = session
        self._app_id = app_id
        self._secret = app_secret
        self._base = api_base.rstrip("/")
        self._clock = clock
        self._values = values
        self._access = Access(app_id, values, clock, self._fetch_token)
        self._addresses: tuple[str, dict[str, URL]] = ("", {})
        self._seldom = Seldom(clock)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._ticket_turn = asyncio.Lock()
        self._media = MediaIds(app_id, values, clock)
        self.operators = Operators(clock, counted)
        self.gates = Gates(app_id, values, clock)
        self.drift = Drift(clock)

    # ── messages ────────────────────────────────────────────────────────────────────────────────────────────────────

    async def send_custom(self, openid: str, payload: Mapping[str, object]) -> None:
        """A customer-service message (`wire.render_custom` makes the payload). Not to be repeated after a timeout: it may be there."""
        await self.post("/cgi-bin/message/custom/send", {"touser": openid, **payload})

    async def send_media(self, openid: str, kind: Literal["image", "voice"], data: bytes, filename: str) -> None:
        """A picture or a recording. Uploaded when it is not there yet, and once more if the platform has forgotten it."""
        media_id = await self.upload_media(kind, data, filename)
        try:
            await self.send_custom(openid, {"msgtype": kind, kind: {"media_id": media_id}})
        except ApiError as error:
            if error.kind is not Kind.MEDIA:
                raise
        else:
            return
        await self._media.forget(kind, data, media_id)
        media_id = await self.upload_media(kind, data, filename)
        await self.send_custom(openid, {"msgtype": kind, kind: {"media_id": media_id}})

    async def typing(self, openid: str, on: bool = True) -> None:
        """Show or hide 正在输入 (only within 30 s of an exchange)."""
        command = "Typing" if on else "CancelTyping"
        await self.post("/cgi-bin/message/custom/typing", {"touser": openid, "command": command})

    async def send_template(self, openid: str, template_id: str, url: str, data: Mapping[str, str], client_msg_id: str) -> str:
        """A template message; returns the platform's message id.

        The same `client_msg_id` to the same person is sent once within ten minutes, so this may be repeated in that time. Values
        that break their field's rule are refused here with 47003, since the platform's test account lets them pass.
        """
        path = "/cgi-bin/message/template/send"
        body: Json = {
            "touser": openid,
            "template_id": template_id,
            "data": self._filled(path, data),
            "client_msg_id": client_msg_id,
        }
        if url:
            body["url"] = url
        answer = await self.post(path, body)
        return str(answer.get("msgid", ""))

    async def send_subscribe(self, openid: str, template_id: str, data: Mapping[str, str], page: str = "") -> str:
        """A subscription notice (订阅通知) to somebody who has allowed it; returns the platform's message id, '' where it gives none.

        Nothing keeps it from being shown twice: not to be repeated after a timeout. Values are checked as those of a template message.
        """
        path = "/cgi-bin/message/subscribe/bizsend"
        body: Json = {"touser": openid, "template_id": template_id, "data": self._filled(path, data)}
        if page:
            body["page"] = page
        answer = await self.post(path, body)
        return str(answer.get("msgid") or "")

    def _filled(self, path: str, data: Mapping[str, str]) -> Json:
        """The values as the platform takes them. Raises 47003 where it would."""
        if found := problems(data):
            error = ApiError(47003, "; ".join(found))
            self.operators.tell(path, error)
            raise error
        return {key: {"value": value} for key, value in data.items()}

    # ── account ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def menu_get(self) -> Json | None:
        """The account's default menu as the platform has it (`{"button": […]}`), or None when there is none."""
        try:
            answer = await self.call("GET", "/cgi-bin/menu/get")
        except ApiError as error:
            if error.errcode == _NO_MENU:
                return None
            raise
        menu = answer.get("menu")
        return menu if isinstance(menu, dict) else None

    async def menu_create(self, menu: Mapping[str, object]) -> None:
        """Replace the default menu."""
        await self.post("/cgi-bin/menu/create", menu)

    async def upload_media(self, kind: MediaKind, data: bytes, filename: str) -> str:
        """The media id of `data`: of an earlier upload of the same bytes if that is less than 60 hours old, else of a new one."""
        if len(data) > _MEDIA_BYTES[kind]:
            raise ApiError(40006, f"{kind} is larger than {_MEDIA_BYTES[kind]} bytes")
        if known := await self._media.get(kind, data):
            return known
        ascii_name = filename.encode("ascii", "ignore").decode().replace('"', "") or kind

        def form() -> aiohttp.FormData:
            form = aiohttp.FormData()
            form.add_field("media", data, filename=ascii_name)
            return form

        answer = await self.call("POST", "/cgi-bin/media/upload", {"type": kind}, form)
        media_id = str(answer.get("media_id") or answer.get("thumb_media_id") or "")
        if not media_id:
            raise ApiError(None, "no media id in the answer")
        await self._media.put(kind, data, media_id)
        return media_id

    async def get_media(self, media_id: str, at_most: int) -> bytes:
        """A picture that somebody sent (wechat.md A11). Raises ApiError, with 40006 for one larger than `at_most`."""
        path = "/cgi-bin/media/get"
        return await self._tried(
            path, {"media_id": media_id}, lambda address, token: self._fetch_media(address, path, at_most, token)
        )

    async def create_qrcode(self, scene: str, expire_s: int | None) -> QrCode:
        """A code that brings `scene` back when it is scanned: for `expire_s` seconds (30 days at most), or for ever when None."""
        if not 1 <= len(scene) <= _LONGEST_SCENE or (expire_s is not None and not 1 <= expire_s <= _LONGEST_EXPIRY_S):
            raise ValueError("a scene has 1 to 64 characters and lives at most 30 days")
        body: Json = {
            "action_name": "QR_LIMIT_STR_SCENE" if expire_s is None else "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        }
        if expire_s is not None:
            body["expire_seconds"] = expire_s
        answer = await self.post("/cgi-bin/qrcode/create", body)
        expires = answer.get("expire_seconds")
        return QrCode(str(answer.get("ticket", "")), str(answer.get("url", "")), expires if isinstance(expires, int) else None)

    async def get_jsapi_ticket(self) -> str:
        """The ticket with which addresses of our pages are signed (wechat.md A12): fetched once for all processes, until near its end."""
        name = f"jsapi:{self._app_id}"
        async with self._ticket_turn:
            with contextlib.suppress(ValuesAway):
                held = await self._values.get(name)
                if held is not None and held.use_until > self._clock.now():
                    return held.value
            answer = await self.call("GET", "/cgi-bin/ticket/getticket", {"type": "jsapi"})
            value, lifetime_s = answer.get("ticket"), answer.get("expires_in")
            if not isinstance(value, str) or not value or not isinstance(lifetime_s, int):
                raise ApiError(None, "no ticket in the answer")
            usable_s = max(lifetime_s - _TOKEN_MARGIN_S, min(60, lifetime_s // 2))
            with contextlib.suppress(ValuesAway):
                await self._values.put(name, SharedValue(value, self._clock.now() + timedelta(seconds=usable_s)))
            return value

    async def get_callback_ips(self) -> tuple[str, ...]:
        """The addresses that the platform calls us from; they change."""
        answer = await self.call("GET", "/cgi-bin/getcallbackip")
        found = answer.get("ip_list")
        return tuple(str(address) for address in found) if isinstance(found, list) else ()

    async def check_callback(self) -> Json:
        """Let the platform look up and ping our own address; its report as it stands (`dns`, `ping`)."""
        return await self.post("/cgi-bin/callback/check", {"action": "all", "check_operator": "DEFAULT"})

    # ── the way of one call ─────────────────────────────────────────────────────────────────────────────────────────

    async def post(self, path: str, body: Mapping[str, object]) -> Json:
        """A call with a JSON body; as `call`."""
        # Not escaped: the platform counts an escaped character of a menu name as six bytes (wechat.md A9).
        packed = msgspec.json.encode(body)
        return await self.call("POST", path, body=lambda: packed)

    async def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Callable[[], bytes | aiohttp.FormData] | None = None,
    ) -> Json:
        """One call with a token, and one more with a new token if that was the trouble. For what stands in a module of its own (codes, tags …).

        Raises:
            ApiError: what the platform answered, or that it did not.
        """
        return await self._tried(path, query, lambda address, token: self._send(method, address, path, body, token))

    async def _tried(self, path: str, query: Mapping[str, str] | None, once: Callable[[URL, str], Awaitable[T]]) -> T:
        """The call with the token, once more with another one where the first was the trouble, and what its failure means for the next."""
        await self.gates.check(path)
        token = await self._access.token()
        try:
            return await once(self._address(path, token, query), token)
        except ApiError as error:
            if error.errcode not in TOKEN_EXPIRED or (another := await self._access.instead_of(token)) is None:
                await self._failed(path, error)
                raise
        try:
            return await once(self._address(path, another, query), another)
        except ApiError as error:
            await self._failed(path, error)
            raise

    async def _failed(self, path: str, error: ApiError, *, fetching: bool = False) -> None:
        self.operators.tell(path, error)
        await self.gates.after(path, error, fetching=fetching)

    def _address(self, path: str, token: str, query: Mapping[str, str] | None) -> URL:
        """Made once for each path and token: building an address costs as much as the rest of a call's preparation."""
        if query:
            return URL(self._base + path).with_query({**query, "access_token": token})
        known_for, known = self._addresses
        if known_for is not token:  # looked up again it may be another object: the addresses are made again, that is all
            known = {}
            self._addresses = token, known
        address = known.get(path)
        if address is None:
            address = known[path] = URL(self._base + path).with_query(access_token=token)
        return address

    async def _fetch_token(self) -> SharedValue:
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": False,
        }
        packed = json.dumps(body).encode()
        await self.gates.check(_TOKEN_PATH)
        try:
            answer = await self._send("POST", URL(self._base + _TOKEN_PATH), _TOKEN_PATH, lambda: packed)
        except ApiError as error:
            await self._failed(_TOKEN_PATH, error, fetching=True)
            raise
        value, lifetime_s = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(value, str) or not value or not isinstance(lifetime_s, int):
            raise ApiError(None, "no token in the answer")
        # Near its end the platform hands out what is left of a token; some of that must be used, or every call would fetch.
        usable_s = max(lifetime_s - _TOKEN_MARGIN_S, min(60, lifetime_s // 2))
        return SharedValue(value, self._clock.now() + timedelta(seconds=usable_s))

    async def _fetch_media(self, address: URL, path: str, at_most: int, token: str) -> bytes:
        """Bytes as they are; an answer in JSON is an error, or a video, which is no picture."""
        status, raw = await self._exchange("GET", address, path, None, at_most + 1)
        if status != 200 or raw[:1] in (b"", b"{"):  # whatever it says that it is
            self._read(path, status, raw, token)
            raise ApiError(40007, "no picture")
        if len(raw) > at_most:
            raise ApiError(40006, f"larger than {at_most} bytes")
        return raw

    async def _send(
        self, method: str, address: URL, path: str, body: Callable[[], bytes | aiohttp.FormData] | None, token: str = ""
    ) -> Json:
        status, raw = await self._exchange(method, address, path, body, _ANSWER_BYTES)
        return self._read(path, status, raw, token)

    async def _exchange(
        self, method: str, address: URL, path: str, body: Callable[[], bytes | aiohttp.FormData] | None, at_most: int
    ) -> tuple[int, bytes]:
        """Status, and up to so many bytes of the answer."""
        trouble: tuple[str, bool]
        try:
            async with self._session.request(
                method, address, data=body() if body else None, timeout=self._timeout, allow_redirects=False
            ) as response:
                self.drift.observe(response.headers.get("Date", ""))
                raw = await _read_up_to(response.content, at_most)
                return response.status, raw
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError):
            trouble = ("cannot connect", False)
        except TimeoutError:
            trouble = ("no answer in time", True)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            trouble = (type(error).__name__, True)
        # Raised out here so that the library's error, whose text may hold the address with the token, is no part of ours.
        self._warn(path, Kind.UNREACHABLE.value, detail=trouble[0])
        raise ApiError(None, trouble[0], may_have_happened=trouble[1])

    def _warn(self, path: str, outcome: str, **more: object) -> None:
        """One line a second of each kind: when the platform is away, every message of a campaign fails in the same way."""
        if (left_out := self._seldom.may(path, outcome, more.get("errcode"))) is not None:
            log.warning("wechat_api", path=path, outcome=outcome, **more, **left_out)

    def _read(self, path: str, status: int, raw: bytes, token: str) -> Json:
        try:
            answer = _DECODER.decode(raw.decode("utf-8", "ignore"))
            errcode = int(answer.get("errcode", 0))
        except (ValueError, TypeError, AttributeError, RecursionError):
            answer = None
        if answer is None:
            self._warn(path, "unreadable", status=status)
            raise ApiError(None, f"unreadable answer (status {status})", may_have_happened=True)
        if errcode:
            error = from_answer(errcode, str(answer.get("errmsg", "")), (self._secret, token))
            if advice(errcode) is None and errcode not in _EXPECTED:  # the operator has a line of their own
                self._warn(path, error.kind.value, errcode=errcode, rid=error.rid)
            raise error
        result: Json = answer
        return result


async def _read_up_to(content: aiohttp.StreamReader, limit: int) -> bytes:
    raw = bytearray()
    while len(raw) <= limit and (chunk := await content.readany()):
        raw += chunk
    return bytes(raw[:limit])
