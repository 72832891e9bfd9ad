"""The job `sms`: on record before the call and settled after it, by the second provider only when the first certainly did not send."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import msgspec
import structlog

from bot.metrics import Metrics
from bot.sms.outcomes import Doubtful, NotSent, Outcome, Provider, Sent
from handlers.codes import Sms
from handlers.jobs import RetryLater
from storage.ports.records import SmsState
from storage.ports.repositories import Store
from storage.ports.time import Clock

log = structlog.get_logger(__name__)


class SmsJob:
    """Sends what was queued. `providers` in the order in which they are asked."""

    def __init__(self, store: Store, clock: Clock, providers: Sequence[Provider], metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._providers = providers
        self._metrics = metrics

    async def send(self, payload: bytes) -> None:
        """Send if the phone is somebody's; for the others the job exists only so that both cost the same.

        Runs again after a crash without sending again: what was under way then is in doubt, and listed. Raises RetryLater when it was
        certainly not sent and may be later; what came to its end (`until`) is dropped.
        """
        sms = msgspec.json.decode(payload, type=Sms)
        if not sms.wanted:
            return
        if sms.until is not None and self._clock.now() >= sms.until:
            self._count("late")
            log.warning("sms too old", kind=sms.kind)
            return
        sms = replace(sms, id=sms.id or hashlib.sha256(payload).hexdigest()[:32])
        refusal: NotSent | None = None
        for provider in self._providers:
            outcome = await self._once(provider, sms)
            if not isinstance(outcome, NotSent):
                return
            refusal = outcome
            if not refusal.elsewhere:
                break
        if refusal is not None and refusal.later:
            self._later(sms, refusal)

    def _later(self, sms: Sms, refusal: NotSent) -> None:
        if sms.until is not None and refusal.again_in and self._clock.now() + refusal.again_in >= sms.until:
            self._count("late")
            log.warning("sms would be too old", kind=sms.kind, why=refusal.why.value)
            return
        raise RetryLater(refusal.why.value, refusal.again_in)

    async def _once(self, provider: Provider, sms: Sms) -> Outcome | None:
        """One try; None when the message is not ours to send (any more)."""
        async with self._store.transaction() as tx:
            begun = await tx.messages.intend(sms.id, sms.phone, sms.kind, provider.name, self._clock.now(), text=sms.text)
        if not begun:
            await self._interrupted(sms)
            return None
        outcome = await provider.send(sms)
        match outcome:
            case Sent():
                self._count("ok")
                await self._settle(sms, SmsState.SENT, outcome.message_id)
            case Doubtful():
                self._count("doubt")
                log.warning("sms in doubt", provider=provider.name, kind=sms.kind, code=outcome.code)
                await self._settle(sms, SmsState.DOUBTFUL, note=outcome.code)
            case NotSent():
                self._count(outcome.why.value)
                log.warning("sms not sent", provider=provider.name, kind=sms.kind, why=outcome.why.value, code=outcome.code)
                await self._settle(sms, SmsState.NOT_SENT, note=f"{outcome.why.value} {outcome.code}".strip())
        return outcome

    async def _interrupted(self, sms: Sms) -> None:
        """An earlier run of this job ended between the call and its record."""
        async with self._store.transaction() as tx:
            doubtful = await tx.messages.settle(sms.id, SmsState.DOUBTFUL, "", "interrupted", self._clock.now())
        if doubtful:
            self._count("doubt")
            log.warning("sms in doubt", kind=sms.kind, code="interrupted")

    async def _settle(self, sms: Sms, state: SmsState, provider_id: str = "", note: str = "") -> None:
        async with self._store.transaction() as tx:
            await tx.messages.settle(sms.id, state, provider_id, note, self._clock.now())

    def _count(self, outcome: str) -> None:
        self._metrics.sends.labels("sms", outcome).inc()
