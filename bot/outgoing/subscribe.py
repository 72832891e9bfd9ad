"""The rung `subscribe`: a subscription notice (订阅通知, wechat.md A8) to somebody who has allowed it. Each one uses up one 允许."""

from __future__ import annotations

from bot.config import Config
from bot.metrics import Metrics
from bot.outgoing.template import Form
from bot.outgoing.verdicts import Verdicts
from bot.wechat import ApiError, WeChatApi
from handlers.reminders.channels import Doubt, Later, Letter, Outcome, Refused, Taken
from storage.ports.repositories import StorageError, Store

_UNWANTED = 43101
"""The platform's own count says that nothing is allowed (any more)."""


class SubscribeSending:
    """Implements `handlers.reminders.channels.Sending`. Nothing keeps a second call from being shown: what is in doubt stays so."""

    def __init__(self, store: Store, api: WeChatApi, config: Config, metrics: Metrics, verdicts: Verdicts) -> None:
        settings = config.reminders
        self._store = store
        self._api = api
        self._metrics = metrics
        self._verdicts = verdicts
        self._can = config.can_subscribe
        self._form = Form(
            settings.subscribe_template_id,
            settings.subscribe_key_holder,
            settings.subscribe_key_subject,
            settings.subscribe_key_due,
            settings.subscribe_key_hint,
            settings.subscribe_key_word,
        )

    async def send(self, letter: Letter) -> Outcome:
        if not self._can or not self._form.template_id:
            return Refused("no template")
        if letter.user is None:
            return Refused("no chat")
        openid = letter.user.openid
        try:
            lasting = await self._use(openid)
        except StorageError:
            return Later("storage")
        if lasting is None:
            return Refused("no consent")
        try:
            msg_id = await self._api.send_subscribe(openid, self._form.template_id, self._form.filled(letter.words))
        except ApiError as error:
            self._metrics.sends.labels("subscribe", error.kind.value).inc()
            outcome = await self._verdicts.of(error, openid, again=False)
            await self._after(openid, error, outcome, lasting=lasting)
            return outcome
        self._metrics.sends.labels("subscribe", "ok").inc()
        return Taken(msg_id, receipt=bool(msg_id))

    async def _use(self, openid: str) -> bool | None:
        """Take one 允许 before the call: True where it is for good, None where there is none."""
        async with self._store.transaction() as tx:
            consent = await tx.wishes.consent(openid, self._form.template_id)
            if consent is None or not await tx.wishes.used(openid, self._form.template_id):
                return None
            return consent.left < 0

    async def _after(self, openid: str, error: ApiError, outcome: Outcome, *, lasting: bool) -> None:
        """What certainly was not sent has used up nothing; what the platform says is not allowed is not allowed."""
        template_id = self._form.template_id
        try:
            async with self._store.transaction() as tx:
                if error.errcode == _UNWANTED:
                    await tx.wishes.withdrawn(openid, template_id)
                elif not lasting and not isinstance(outcome, Doubt):
                    await tx.wishes.consented(openid, template_id, 1)
        except StorageError:
            return  # one 允许 too few: it costs a notice, not a person's peace
