"""A simulator of the WeChat platform, both directions, with a phone in the browser.

It knows nothing of the bot: its cipher and parser are wechatpy's, its judgement of answers and its limits are written from `wechat.md`, so
that every message that passes is the agreement of two independent implementations. Everything is in memory and follows one clock.

For people: the phone at `/`. For the bot: the platform's API under `/cgi-bin`. For programs: `/sim/…` as DESIGN section 6 names it. A phone
that a program names for the first time has followed the account since before this run; one that has left may not send until it follows
again. `POST /sim/faults` is described in `bot.simulator.faults`.
"""

from __future__ import annotations

from bot.simulator.account import DEFAULT_TEMPLATES, SimAccount, SimTemplate
from bot.simulator.simulator import FAILURE_NOTICE, Simulator
from bot.simulator.web import create_app, start

__all__ = ["DEFAULT_TEMPLATES", "FAILURE_NOTICE", "SimAccount", "SimTemplate", "Simulator", "create_app", "start"]
