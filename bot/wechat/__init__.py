"""WeChat's own protocol: what arrives at `/wechat`, what goes back with the request, and what is asked of the platform's API."""

from bot.wechat.api import QrCode, WeChatApi
from bot.wechat.api import session as api_session
from bot.wechat.delivery import Delivery
from bot.wechat.envelope import Account, Mode
from bot.wechat.errors import ApiError, Kind, next_day
from bot.wechat.menu import PERSON_MENU, MenuInvalid
from bot.wechat.operators import advice
from bot.wechat.refusal import Refused
from bot.wechat.seldom import Seldom
from bot.wechat.shared import MemoryValues, SharedValue, SharedValues, ValuesAway
from bot.wechat.webhook import Webhook, routes
from bot.wechat.wire import render_custom

__all__ = [
    "PERSON_MENU",
    "Account",
    "ApiError",
    "Delivery",
    "Kind",
    "MemoryValues",
    "MenuInvalid",
    "Mode",
    "QrCode",
    "Refused",
    "Seldom",
    "SharedValue",
    "SharedValues",
    "ValuesAway",
    "WeChatApi",
    "Webhook",
    "advice",
    "api_session",
    "next_day",
    "render_custom",
    "routes",
]
