"""How people come in beside the chat: codes that they scan, WeChat's authorisation of pages, and its button for notices; each where the account's kind has it (wechat.md A14)."""

from __future__ import annotations

import aiohttp

from bot.config import Config
from bot.pages import Subscribing
from bot.tagging import Retagging
from bot.wechat import WeChatApi
from bot.wechat.oauth import WebAuthorisation
from bot.wechat.scenes import PlatformCodes
from bot.wechat.tags import Tags
from handlers.identities import JOB as RETAG
from handlers.jobs import JobFunction
from storage.ports.record import Record
from storage.ports.repositories import Store
from storage.ports.time import Clock


class Doors(Record):
    """None is what the account does not have."""

    codes: PlatformCodes | None
    authorisation: WebAuthorisation | None
    subscribing: Subscribing | None


def doors_of(config: Config, session: aiohttp.ClientSession, api: WeChatApi) -> Doors:
    """`session` is for calls to the platform, as `api`'s."""
    wechat = config.wechat
    authorisation = (
        WebAuthorisation(session, wechat.app_id, wechat.app_secret, wechat.oauth_base, wechat.api_base, api.operators)
        if config.can_authorise
        else None
    )
    # Without a template there is nothing to allow.
    subscribing = Subscribing(wechat.app_id, wechat.js_sdk, config.consents, api.get_jsapi_ticket) if config.consents else None
    return Doors(PlatformCodes(api) if config.can_scan else None, authorisation, subscribing)


def tagging_of(store: Store, clock: Clock, api: WeChatApi) -> dict[str, JobFunction]:
    """The job that tells the platform which menu is whose."""
    return {RETAG: Retagging(store, clock, Tags(api)).run}
