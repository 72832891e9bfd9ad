"""What goes out unasked: replies that come late, and the channels of the ledger. The platform's limits are obeyed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.config import Config
from bot.metrics import Metrics
from bot.outgoing.chat import ChatSending
from bot.outgoing.pusher import Pusher
from bot.outgoing.subscribe import SubscribeSending
from bot.outgoing.template import TemplateSending
from bot.outgoing.verdicts import Verdicts
from bot.sms import Provider, SmsSending, wordings_of
from bot.wechat import WeChatApi
from handlers.reminders.channels import Sending
from storage.ports.records import Channel
from storage.ports.repositories import Locks, Store
from storage.ports.time import Clock

__all__ = ["ChatSending", "Pusher", "SubscribeSending", "TemplateSending", "sendings_of"]


def sendings_of(
    config: Config, store: Store, locks: Locks, clock: Clock, api: WeChatApi, providers: Sequence[Provider], metrics: Metrics
) -> Mapping[Channel, Sending]:
    """The rungs that send something themselves. What is not configured refuses, so that the next rung has it."""
    verdicts = Verdicts(store, locks, clock)
    return {
        Channel.CHAT: ChatSending(store, locks, clock, api, config, metrics, verdicts),
        Channel.TEMPLATE: TemplateSending(api, config, metrics, verdicts),
        Channel.SUBSCRIBE: SubscribeSending(store, api, config, metrics, verdicts),
        Channel.SMS: SmsSending(
            store,
            clock,
            providers,
            metrics,
            config.security,
            receipts=bool(config.sms.report_key),
            wordings=wordings_of(config.sms),
        ),
    }
