"""One-time codes by SMS: made, limited, checked (targets.md S6–S10).

The same answer and the same work for every phone: whether an SMS goes out is decided by the job that would send it, later. Every
counter is a row in SQL; when the database does not answer, nobody gets in.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import structlog

from dialogs.desk import CodeChecked, CodeSent
from dialogs.masks import masked_phone
from handlers.captcha import Captcha
from handlers.policy import DAY, HOUR, Digest, Policy
from storage.ports.record import Record, field
from storage.ports.records import CodeRequest, CodeState, Verdict
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI

log = structlog.get_logger(__name__)

PURPOSES = {
    "login": "登录",
    "report_lost": "社保卡挂失",
    "lift_loss": "社保卡解挂",
    "new_phone": "登记新的预留手机号",
    "relative": "亲情授权",
    "register": "注册社保账号",
    "reset_password": "重新设置社保账号的密码",
    "export": "导出您的数据",
    "erase": "删除您的数据",
}
"""What a code is for, as the SMS says it."""

_TO_ANY_PHONE = {"new_phone"}
"""Purposes whose phone is nobody's yet. They go through the same limits; every other code is sent to a 预留手机号 only."""

_LOCKS = (timedelta(minutes=15), timedelta(hours=2), DAY)
"""The first, the second and the third code of a day that dies of wrong tries: so long from then on no new one is sent to the phone (S7)."""


class Sms(Record):
    """The payload of the job `sms`. `wanted` is False for a phone that is nobody's: the job then does nothing.

    `text` is the whole message, for providers that take words. The others have an approved template for each `kind` (code, notice) and fill
    it with `params`: of a code `code`, `purpose`, `minutes`; of a notice `name` (masked), `what`, `when`, `hotline`.
    """

    phone: str
    text: str
    wanted: bool
    kind: str = "notice"
    params: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    """Under which it is on record (`tx.messages`): sent once, however often the job runs. Empty: taken from the payload."""
    until: datetime | None = None
    """What is not sent by then is of no use any more, and is dropped."""
    name: str = ""
    """Which text of its kind it is (P-CERT.before): a provider may have a template for it alone."""


async def queue_sms(tx: Repositories, sms: Sms, at: datetime) -> str:
    """Queue a short message in this transaction, to be sent at that moment; returns the id under which it will be on record."""
    message_id = sms.id or secrets.token_urlsafe(16)
    await tx.jobs.enqueue("sms", msgspec.json.encode(replace(sms, id=message_id)), at)
    return message_id


def notice(phone: str, text: str, *, name: str, what: str, when: datetime, hotline: str) -> Sms:
    """A notice to a person's phone; `name` is masked, `what` a few characters that fit after a name."""
    moment = f"{when.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    params = {"name": name, "what": what, "when": moment, "hotline": hotline}
    return Sms(phone, f"【社保服务】{text}", True, "notice", params)


class Codes:
    """Makes and checks one-time codes of one chat within one transaction."""

    def __init__(self, tx: Repositories, openid: str, now: datetime, policy: Policy, digest: Digest, captcha: Captcha) -> None:
        self._tx = tx
        self._openid = openid
        self._now = now
        self._policy = policy
        self._digest = digest
        self._captcha = captcha

    async def send(
        self,
        purpose: str,
        phone: str,
        *,
        may_wait: bool = False,
        wanted: bool | None = None,
        words: Callable[[str], str] | None = None,
        told: str = "",
    ) -> CodeSent:
        """Make a code for the phone and queue its SMS, unless a limit says when to come back.

        With `may_wait` a code that only the pause between two SMS holds back is sent by itself when the pause is over. `wanted`, `words`
        (digits → the whole message) and `told` (its purpose in a few characters) are for a code that somebody else asks for: whether the
        phone gets it, and what it is told.
        """
        known = purpose in _TO_ANY_PHONE or bool(await self._tx.people.by_phone(phone)) if wanted is None else wanted
        shown = masked_phone(phone)
        pause_over = await self._pause_over(phone)
        if retry_at := await self._refused(phone):
            return CodeSent("", shown, retry_at=max(retry_at, pause_over or retry_at))
        if pause_over and not (may_wait and pause_over - self._now <= self._policy.resend_after):
            return CodeSent("", shown, retry_at=pause_over)
        if await self._needs_captcha():
            return CodeSent("", shown, captcha_url=await self._captcha.link(self._tx, self._openid))
        sent_at = pause_over or self._now
        if retry_at := await self._count(phone, sent_at):
            return CodeSent("", shown, retry_at=retry_at)
        digits = f"{secrets.randbelow(1_000_000):06d}"
        request = secrets.token_urlsafe(16)
        await self._tx.codes.add(
            CodeRequest(
                id=request,
                openid=self._openid,
                purpose=purpose,
                phone=phone,
                code_hash=self._hash(request, purpose, digits),
                created_at=self._now,
                expires_at=sent_at + self._policy.code_life,
            )
        )
        what = told or PURPOSES[purpose]
        text = (
            f"【社保服务】验证码 {digits}，用于{what}，{self._policy.code_minutes} 分钟内有效。"
            "工作人员不会向您要验证码，请勿告诉任何人。"
        )
        text = words(digits) if words else text
        params = {"code": digits, "purpose": what, "minutes": str(self._policy.code_minutes)}
        sms = Sms(phone, text, known, "code", params, until=sent_at + self._policy.code_life)
        await queue_sms(self._tx, sms, sent_at)
        return CodeSent(request, shown, retry_at=pause_over, queued=pause_over is not None)

    async def check(self, request_id: str, purpose: str, digits: str) -> CodeChecked:
        """Judge one try. A code that has passed still answers right to the same digits, so that a resent message is answered alike."""
        request = await self._tx.codes.get(request_id)
        if request is None or request.openid != self._openid or request.purpose != purpose:
            return CodeChecked(right=False)
        if self._now >= request.expires_at or request.state is CodeState.DEAD:
            return CodeChecked(right=False)
        right = hmac.compare_digest(request.code_hash, self._hash(request_id, purpose, digits))
        if request.state in {CodeState.PASSED, CodeState.SPENT}:
            return CodeChecked(right=right)
        tries = await self._tx.codes.attempt(request_id)
        if tries > self._policy.code_tries:
            return CodeChecked(right=False)
        if right:
            return CodeChecked(right=await self._tx.codes.set_state(request_id, CodeState.OPEN, CodeState.PASSED))
        left = self._policy.code_tries - tries
        if left == 0:
            await self._tx.codes.set_state(request_id, CodeState.OPEN, CodeState.DEAD)
            died = (await self._tx.limits.hit("code.dead", request.phone, len(_LOCKS), DAY, self._now)).used or 1
            await self._tx.limits.hit(f"code.lock.{died}", request.phone, 1, _LOCKS[died - 1], self._now)
            return CodeChecked(right=False, retry_at=await self._refused(request.phone))
        return CodeChecked(right=False, left=left)

    async def proved(self, request_id: str, purpose: str) -> CodeRequest | None:
        """The passed request as proof of its phone, for a quarter of an hour; None for anything else."""
        request = await self._tx.codes.get(request_id)
        if request is None or request.openid != self._openid or request.purpose != purpose:
            return None
        if request.state is not CodeState.PASSED or self._now >= request.created_at + timedelta(minutes=15):
            return None
        return request

    def _hash(self, request: str, purpose: str, digits: str) -> bytes:
        return bytes.fromhex(self._digest(f"{request}|{self._openid}|{purpose}|{digits}", "one-time-code"))

    def _limits(self, phone: str) -> list[tuple[str, str, int, timedelta]]:
        """Every counter that a code costs besides the pause: (name, subject, limit, window)."""
        policy = self._policy
        return [
            ("sms.phone.hour", phone, policy.codes_per_phone_hour, HOUR),
            ("sms.phone.day", phone, policy.codes_per_phone_day, DAY),
            ("sms.system.hour", "all", policy.codes_per_hour_system, HOUR),
        ]

    async def _pause_over(self, phone: str) -> datetime | None:
        """When the next SMS may go to the phone; None if now."""
        verdict = await self._tx.limits.peek("sms.pause", phone, 1, self._policy.resend_after, self._now)
        return None if verdict.allowed else verdict.retry_at

    async def _refused(self, phone: str) -> datetime | None:
        """When to come back, if any limit is reached now."""
        verdicts: list[Verdict] = [
            await self._tx.limits.peek(name, subject, limit, window, self._now)
            for name, subject, limit, window in self._limits(phone)
        ]
        verdicts += [
            await self._tx.limits.peek(f"code.lock.{died}", phone, 1, window, self._now) for died, window in enumerate(_LOCKS, 1)
        ]
        pair = await self._tx.limits.peek("sms.pair", f"{self._openid}|{phone}", 1, DAY, self._now)
        if pair.allowed:
            verdicts.append(
                await self._tx.limits.peek("sms.phones", self._openid, self._policy.phones_per_chat_day, DAY, self._now)
            )
        if not verdicts[2].allowed:
            log.warning("the system's ceiling of SMS codes is reached")
        later = [verdict.retry_at or self._now + HOUR for verdict in verdicts if not verdict.allowed]
        return max(later, default=None)

    async def _needs_captcha(self) -> bool:
        asked = await self._tx.limits.peek("sms.chat.day", self._openid, self._policy.codes_before_captcha, DAY, self._now)
        return not asked.allowed and not await self._captcha.passed(self._tx, self._openid)

    async def _count(self, phone: str, sent_at: datetime) -> datetime | None:
        """Count one code; when to come back if others, at this very moment, have used up what was free a statement ago."""
        pause = await self._tx.limits.hit("sms.pause", phone, 1, self._policy.resend_after, sent_at)
        if not pause.allowed:
            return pause.retry_at or sent_at + self._policy.resend_after
        for name, subject, limit, window in self._limits(phone):
            verdict = await self._tx.limits.hit(name, subject, limit, window, self._now)
            if not verdict.allowed:
                return verdict.retry_at or self._now + window
        await self._tx.limits.hit("sms.chat.day", self._openid, self._policy.codes_before_captcha, DAY, self._now)
        first = await self._tx.limits.hit("sms.pair", f"{self._openid}|{phone}", 1, DAY, self._now)
        if first.allowed:
            await self._tx.limits.hit("sms.phones", self._openid, self._policy.phones_per_chat_day, DAY, self._now)
        return None
