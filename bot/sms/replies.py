"""POST /sms/reply/{provider}/{key}: what people answer to a short message (上行). `key` is the same secret that delivery reports come with.

TD, T, 退订 stop the reminders of the kind that came last to that phone, and a short message says which, once; 我的家人 and 收回 list and end what relatives may (S17). Every other
word is ignored, and written down nowhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any, Final

import structlog
from aiohttp import web

from bot.config import Sms as SmsConfig
from handlers.family.by_sms import about_family, answered_by_sms, echoed
from handlers.reminders.kinds import KINDS
from handlers.services import Services
from handlers.wishes import StoppedBySms, stop_by_sms
from storage.ports.record import Record
from storage.ports.repositories import Repositories, StorageError, Store
from storage.ports.time import Clock

REPLY_PATH: Final = "/sms/reply/{provider}/{key}"
MAX_REPLY: Final = 64 * 1024

_STOPS: Final = frozenset({"td", "t", "退订", "退", "n", "no", "stop", "取消订阅", "停止", "拒收", "不要再发", "别发了"})

log = structlog.get_logger(__name__)


class _Answer(Record):
    phone: str
    text: str


def _tencent(told: Any) -> list[_Answer]:
    """One answer a call: {extend, mobile, nationcode, sign, text, time}."""
    code = str(told["nationcode"])
    phone = str(told["mobile"]) if code == "86" else f"+{code}{told['mobile']}"
    return [_Answer(phone, str(told["text"]))]


def _aliyun(told: Any) -> list[_Answer]:
    """SmsUp: several in a call, each {phone_number, content, send_time, dest_code, sequence_id}."""
    if not isinstance(told, list):
        raise TypeError
    return [_Answer(str(one["phone_number"]).removeprefix("+86"), str(one["content"])) for one in told]


def _gateway(told: Any) -> list[_Answer]:
    """An agency's own gateway: {phone, text}."""
    return [_Answer(str(told["phone"]), str(told["text"]))]


class _Teller(Record):
    """How a provider tells, and what it wants to hear: done, or tell me again."""

    read: Callable[[Any], list[_Answer]]
    done: dict[str, Any]
    again: dict[str, Any]


_TELLERS: Final = {
    "tencent": _Teller(_tencent, {"result": 0, "errmsg": "OK"}, {"result": 1, "errmsg": "try again"}),
    "aliyun": _Teller(_aliyun, {"code": 0, "msg": "接收成功"}, {"code": 1, "msg": "try again"}),
    "http": _Teller(_gateway, {"ok": True}, {"ok": False}),
}


def routes(config: SmsConfig, store: Store, clock: Clock, services: Services | None = None) -> list[web.RouteDef]:
    """The one address; nothing where no key is configured. Without `services` only what stops is heard."""
    if not config.report_key:
        return []

    async def reply(request: web.Request) -> web.Response:
        """Done once every stop is on record; again (503) while the database is away. 404 for the wrong key, as for any address that is none;
        400 for what is no answer; 413 for what is too long. An answer that comes twice does the same once."""
        provider = request.match_info["provider"]
        teller = _TELLERS.get(provider)
        given = request.match_info["key"].encode()
        if not hmac.compare_digest(given, config.report_key.encode()) or teller is None:
            raise web.HTTPNotFound
        body = await _body(request)
        if body is None:
            return web.json_response(teller.again, status=413)
        try:
            answers = teller.read(json.loads(body))
        except (ValueError, KeyError, TypeError, RecursionError):
            log.warning("an sms reply that cannot be read", provider=provider)
            return web.json_response(teller.again, status=400)
        phones = list(dict.fromkeys(one.phone for one in answers if means_stop(one.text)))
        family = list(dict.fromkeys((one.phone, one.text) for one in answers if about_family(one.text)))
        try:
            stopped = await _stop(store, clock, phones, services)
            await _family(store, services, family)
        except StorageError:
            log.warning("an sms reply waits for the database")
            return web.json_response(teller.again, status=503)
        log.info("sms replies", provider=provider, stops=len(phones), people=stopped, family=len(family))
        return web.json_response(teller.done)

    return [web.post(REPLY_PATH, reply)]


def means_stop(text: str) -> bool:
    """Whether the whole answer is a word that ends messages; signs and blanks around it do not count."""
    return "".join(text.split()).strip("。.!！,，~【】[]“”\"'").lower() in _STOPS


async def _stop(store: Store, clock: Clock, phones: list[str], services: Services | None) -> int:
    """How many people's reminders were stopped. Where there was no reminder to stop, what relatives may is listed, with how it ends."""
    stopped = 0
    if phones:
        async with store.transaction() as tx:
            for phone in phones:
                found = await stop_by_sms(tx, phone, clock.now())
                stopped += len(found.people) if found else 0
                if services is None:
                    continue
                if found is None:
                    await answered_by_sms(tx, services, phone, "我的家人", only_given=True)
                elif found.new:
                    await _tell(tx, services, phone, found)
    return stopped


async def _tell(tx: Repositories, services: Services, phone: str, found: StoppedBySms) -> None:
    """Which reminder has ended, and how it comes back: once, however often TD is sent. Nobody can tell from the word TD."""
    person = next((one for one in found.people if one.region in services.regions), None)
    if person is not None:
        text = f"已停止“{KINDS[found.kind].title}”，以后不再发。想恢复，可以在微信里回复“提醒设置”。"
        await echoed(tx, services, phone, person, text, "提醒已停止")


async def _family(store: Store, services: Services | None, answers: list[tuple[str, str]]) -> None:
    """List or end what relatives may for whose phone it is."""
    if answers and services is not None:
        async with store.transaction() as tx:
            for phone, text in answers:
                await answered_by_sms(tx, services, phone, text)


async def _body(request: web.Request) -> bytes | None:
    """The body, None when it is longer than answers are."""
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > MAX_REPLY:
            return None
    return bytes(body)
