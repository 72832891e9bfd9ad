"""The pace of each channel, as the operator set it."""

from __future__ import annotations

from bot.config import Config
from handlers.reminders.rates import Rates
from storage.ports.records import Channel


def rates_of(config: Config) -> Rates:
    """How fast they go out, as the operator set it."""
    set_to = config.reminders
    return Rates(
        per_minute={
            Channel.TEMPLATE: set_to.template_per_minute,
            Channel.SUBSCRIBE: set_to.subscribe_per_minute,
            Channel.SMS: set_to.sms_per_minute,
        },
        per_day={
            Channel.TEMPLATE: set_to.template_per_day,
            Channel.SUBSCRIBE: set_to.subscribe_per_day,
            Channel.SMS: set_to.sms_per_day,
        },
        batch=set_to.batch,
        at_once=set_to.at_once,
    )
