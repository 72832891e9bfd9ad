"""A simulator of the WeChat platform, both directions, with a phone in the browser.

It knows nothing of the bot: its cipher and parser are wechatpy's, its judgement of answers and its limits are written from `wechat.md`, so
that every message that passes is the agreement of two independent implementations. Everything is in memory and follows one clock.

For people: the phone at `/`. For the bot: the platform's API under `/cgi-bin` and `/sns` (`bot.simulator.api_table` lists every address, who
may call it and how often), and the page of web authorisation at `/connect/oauth2/authorize` (`bot.simulator.oauth_pages`). What a phone can do
is listed in `bot.simulator.gestures`, what nobody has confirmed of the platform in `bot.simulator.rules`. `POST /sim/account` saves another
configuration once the bot has returned the echostr (`bot.simulator.configuration`); `GET /sim/log` and `GET /sim/transcript` tell what happened,
the latter so that it can be played again (`bot.simulator.replay`). For programs: `/sim/…` as DESIGN section 6 names it. A phone
that a program names for the first time has followed the account since before this run; one that has left may not send until it follows
again. `POST /sim/faults` is described in `bot.simulator.faults`. With a merchant it is WeChat Pay as well: API v3 under `/v3/pay`, its
notices, `/bridge.js` for the pages in the phone, and `POST /sim/pay`, `GET /sim/payments` for programs. With carriers it is 腾讯云短信 and
阿里云短信 too: both take their signed SendSms at `/` and report what became of each message; `POST /sim/sms/reply` answers one.

Subscription notices need consent: 允许 in the popup of a page (`/jweixin.js` gives pages `wx` and the tag wx-open-subscribe; programs use
`POST /sim/subscribe`), each good for one notice unless its template is a long-term one. 通知管理 in the phone, or `POST /sim/settings`, blocks
the account's notices or turns templates off. Both are described in `bot.simulator.subscriptions`.
"""

from __future__ import annotations

from bot.simulator.account import DEFAULT_TEMPLATES, SimAccount, SimTemplate
from bot.simulator.carriers import Carriers, SimCarrier
from bot.simulator.headless import Outcome, Person, Platform, faults_of, platform
from bot.simulator.merchant import NewMerchant, SimMerchant, new_merchant
from bot.simulator.simulator import FAILURE_NOTICE, Simulator
from bot.simulator.web import create_app, start

__all__ = [
    "DEFAULT_TEMPLATES",
    "FAILURE_NOTICE",
    "Carriers",
    "NewMerchant",
    "Outcome",
    "Person",
    "Platform",
    "SimAccount",
    "SimCarrier",
    "SimMerchant",
    "SimTemplate",
    "Simulator",
    "create_app",
    "faults_of",
    "new_merchant",
    "platform",
    "start",
]
