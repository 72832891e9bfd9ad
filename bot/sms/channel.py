"""The rung `sms` of the ledger: on record before the call, by the second provider only what the first certainly did not send (F6).

The record is that of every short message (`tx.messages`), under `n<row of the ledger>`: a crash between the call and its record is seen
there, and so is the report, whichever of the two is faster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import structlog

from bot.metrics import Metrics
from bot.sms.outcomes import Doubtful, NotSent, Provider, Sent
from handlers.codes import Sms
from handlers.policy import DAY, HOUR, Policy
from handlers.reminders.channels import Doubt, Later, Letter, Outcome, Refused, Taken
from handlers.reminders.wording import Wording, params_of
from storage.ports.records import SmsState
from storage.ports.repositories import Repositories, StorageError, Store
from storage.ports.time import Clock

KIND = "reminder"
SIGN = "【社保服务】"

_REPORTING = {"tencent", "aliyun"}

log = structlog.get_logger(__name__)


def message_id(notice_id: int) -> str:
    """Under which the short message of a row is on record."""
    return f"n{notice_id}"


def notice_of(message: str) -> int | None:
    """The row that a short message belongs to; None for codes and single notices."""
    number = message.removeprefix("n")
    return int(number) if message.startswith("n") and number.isascii() and number.isdecimal() else None


class SmsSending:
    """Implements `handlers.reminders.channels.Sending`. `providers` in the order in which they are asked."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        providers: Sequence[Provider],
        metrics: Metrics,
        policy: Policy,
        *,
        receipts: bool,
        wordings: Mapping[str, Wording] | None = None,
    ) -> None:
        """`receipts`: whether delivery reports can come (an address for them is configured). `wordings`: by name of the provider, how it
        words what it sends; one that is not there sends the words as they are."""
        self._store = store
        self._clock = clock
        self._providers = providers
        self._metrics = metrics
        self._policy = policy
        self._receipts = receipts
        self._wordings = wordings or {}

    async def send(self, letter: Letter) -> Outcome:
        sms = _sms(letter)
        if sms is None:
            return Refused("no words")
        told: NotSent | None = None
        for provider in self._providers:
            outcome = await self._once(provider, sms, self._read(provider, letter, sms), counted=told is not None)
            if not isinstance(outcome, NotSent):
                return outcome
            told = outcome
            if not told.elsewhere:
                break
        if told is None:
            return Refused("no provider")
        await self._uncount(sms)
        return Later(told.why.value, told.again_in) if told.later else Refused(f"{told.why.value} {told.code}".strip())

    def _read(self, provider: Provider, letter: Letter, sms: Sms) -> str:
        """What the person will read when that provider sends it: this is on record."""
        wording = self._wordings.get(provider.name)
        told = wording.of(letter.words) if wording is not None else ""
        return f"【{wording.sign}】{told}" if wording is not None and told else sms.text

    async def _once(self, provider: Provider, sms: Sms, text: str, *, counted: bool) -> Outcome | NotSent:
        """One try with one provider; `text` is what it makes of it."""
        now = self._clock.now()
        try:
            async with self._store.transaction() as tx:
                if (known := await tx.messages.get(sms.id)) is not None and known.state is not SmsState.NOT_SENT:
                    return await self._earlier(tx, sms)
                if not counted and (wait := await self._limited(tx, sms.phone)) is not None:
                    return Later("limit", wait)
                if not await tx.messages.intend(sms.id, sms.phone, KIND, provider.name, now, text=text):
                    if not counted:
                        await self._give_back(tx, sms.phone)
                    return await self._earlier(tx, sms)
        except StorageError:
            return Later("storage")
        outcome = await provider.send(sms)
        match outcome:
            case Sent():
                self._count("ok")
                await self._settle(sms, SmsState.SENT, outcome.message_id)
                return Taken(receipt=self._reported(provider.name))
            case Doubtful():
                self._count("doubt")
                log.warning("sms in doubt", provider=provider.name, kind=KIND, code=outcome.code)
                await self._settle(sms, SmsState.DOUBTFUL, note=outcome.code)
                return Doubt(outcome.code or "doubt", again=False)
            case NotSent():
                self._count(outcome.why.value)
                log.warning("sms not sent", provider=provider.name, kind=KIND, why=outcome.why.value, code=outcome.code)
                await self._settle(sms, SmsState.NOT_SENT, note=f"{outcome.why.value} {outcome.code}".strip())
                return outcome

    async def _earlier(self, tx: Repositories, sms: Sms) -> Outcome:
        """What is known of an earlier try whose end did not reach the ledger."""
        known = await tx.messages.get(sms.id)
        if known is not None and known.state in {SmsState.SENT, SmsState.DELIVERED}:
            return Taken(receipt=known.state is SmsState.SENT and self._reported(known.provider))
        if known is not None and known.state is SmsState.FAILED:
            return Refused(known.note or "failed")
        if await tx.messages.settle(sms.id, SmsState.DOUBTFUL, "", "interrupted", self._clock.now()):
            self._count("doubt")
            log.warning("sms in doubt", kind=KIND, code="interrupted")
        return Doubt("interrupted", again=False)

    def _reported(self, provider: str) -> bool:
        return self._receipts and provider in _REPORTING

    # ── what one phone may get: the clouds' own limits (1 a minute, 5 an hour, 10 a day) ────────────────────────────────

    def _limits(self) -> tuple[tuple[str, int, timedelta], ...]:
        policy = self._policy
        return (
            ("sms.reminder.minute", 1, policy.resend_after),
            ("sms.reminder.hour", policy.codes_per_phone_hour, HOUR),
            ("sms.reminder.day", policy.codes_per_phone_day, DAY),
        )

    async def _limited(self, tx: Repositories, phone: str) -> timedelta | None:
        """How long the phone has to wait; None, and counted, if not at all. The counters of one-time codes are looked at and never moved: a
        reminder keeps nobody from logging in, and who asks for a code for a phone does not learn that a reminder has just gone there."""
        now, policy = self._clock.now(), self._policy
        verdicts = [
            await tx.limits.peek("sms.pause", phone, 1, policy.resend_after, now),
            await tx.limits.peek("sms.phone.hour", phone, policy.codes_per_phone_hour, HOUR, now),
            await tx.limits.peek("sms.phone.day", phone, policy.codes_per_phone_day, DAY, now),
            *[await tx.limits.peek(name, phone, most, window, now) for name, most, window in self._limits()],
        ]
        later = [verdict.retry_at or now + HOUR for verdict in verdicts if not verdict.allowed]
        if later:
            return max(max(later) - now, timedelta(seconds=1))
        for name, most, window in self._limits():
            if not (verdict := await tx.limits.hit(name, phone, most, window, now)).allowed:
                return (verdict.retry_at or now + window) - now
        return None

    async def _give_back(self, tx: Repositories, phone: str) -> None:
        for name, most, window in self._limits():
            await tx.limits.hit(name, phone, most, window, self._clock.now(), cost=-1)

    async def _uncount(self, sms: Sms) -> None:
        """Nothing reached the phone."""
        try:
            async with self._store.transaction() as tx:
                await self._give_back(tx, sms.phone)
        except StorageError:
            return  # one too many on the count of a phone: it ends by itself

    async def _settle(self, sms: Sms, state: SmsState, provider_id: str = "", note: str = "") -> None:
        """Where storage is away the row stays intended, and is listed as in doubt; the ledger itself knows better."""
        try:
            async with self._store.transaction() as tx:
                await tx.messages.settle(sms.id, state, provider_id, note, self._clock.now())
        except StorageError:
            log.warning("an sms could not be settled", kind=KIND)

    def _count(self, outcome: str) -> None:
        self._metrics.sends.labels("sms", outcome).inc()


def _sms(letter: Letter) -> Sms | None:
    """The short message of a row; None where there are no words or no phone for it."""
    words = letter.words
    if not words.sms or not letter.phone:
        return None
    text = f"{SIGN}{words.sms}"
    return Sms(letter.phone, text, True, KIND, params_of(words), message_id(letter.notice.id), name=words.sms_name)
