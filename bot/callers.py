"""The addresses that the platform calls us from, as an extra filter before `/wechat` (wechat.md A13): off unless the operator wants it.

The list is fetched once a day and kept for all processes. Where nobody knows it nothing is filtered, and that is said: signatures are checked in
any case, and a filter that is wrong would silence the account.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from aiohttp import hdrs, web

from bot.proxies import Address, Network, address_of, asker, networks_of
from bot.wechat import ApiError, SharedValue, SharedValues, ValuesAway
from storage.ports.time import Clock

log = structlog.get_logger("wechat")

FRESH = timedelta(hours=24)
USED = timedelta(hours=48)
"""A list that could not be renewed for so long is not trusted any more: addresses change."""

_NEXT_TRY = timedelta(minutes=10)

Fetch = Callable[[], Awaitable[tuple[str, ...]]]


class Callers:
    """The list of one account. `fetch` asks the platform; its ApiError means that there is none now."""

    def __init__(self, fetch: Fetch, kept: SharedValues, app_id: str, clock: Clock, trusted_proxies: Sequence[str]) -> None:
        self._fetch = fetch
        self._kept = kept
        self._name = f"callers:{app_id}"
        self._clock = clock
        self._proxies = networks_of(trusted_proxies)
        self._addresses: frozenset[Address] = frozenset()
        self._networks: tuple[Network, ...] = ()
        self._since: datetime | None = None
        self._tried: datetime | None = None
        self._renewing: asyncio.Task[None] | None = None
        self._told = False

    def admits(self, request: web.BaseRequest) -> bool:
        """Whether the request may come from the platform, by the address behind our own proxies. Renews the list beside it where it is old."""
        now = self._clock.now()
        if self._due(now):
            self._tried = now
            self._renewing = asyncio.create_task(self.renew())
        if self._since is None or now - self._since > USED:
            return True
        forwarded = ",".join(request.headers.getall(hdrs.X_FORWARDED_FOR, ())) if self._proxies else ""
        found = address_of(asker(request.remote or "", forwarded, self._proxies))
        return found is not None and (found in self._addresses or any(found in network for network in self._networks))

    async def start(self) -> None:
        """Take over what another process, or this one before its restart, has fetched."""
        await self._recall()

    async def close(self) -> None:
        """End what is on its way."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.gather(self._renewing, return_exceptions=True)

    def _due(self, now: datetime) -> bool:
        if self._since is not None and now - self._since <= FRESH:
            return False
        return self._tried is None or now - self._tried >= _NEXT_TRY

    async def renew(self) -> None:
        """Another process may have done it; else the platform is asked."""
        await self._recall()
        now = self._clock.now()
        if self._since is not None and now - self._since <= FRESH:
            return
        try:
            listed = await self._fetch()
        except ApiError:  # said by the client, with what to do
            listed = ()
        if not self._take(" ".join(listed), now):
            self._tell(now)
            return
        try:
            await self._kept.put(self._name, SharedValue(" ".join(listed), now + USED))
        except ValuesAway:
            log.warning("callback_addresses", outcome="not kept")

    async def _recall(self) -> None:
        try:
            kept = await self._kept.get(self._name)
        except ValuesAway:
            return
        if kept is not None and (self._since is None or kept.use_until - USED > self._since):
            self._take(kept.value, kept.use_until - USED)

    def _take(self, listed: str, since: datetime) -> bool:
        """False for a list with nothing in it that is an address."""
        networks: list[Network] = []
        for one in listed.split():
            try:
                networks.append(ipaddress.ip_network(one, strict=False))
            except ValueError:
                log.warning("callback_addresses", outcome="not an address")
        if not networks:
            return False
        self._addresses = frozenset(one.network_address for one in networks if one.num_addresses == 1)
        self._networks = tuple(one for one in networks if one.num_addresses > 1)
        self._since, self._told = since, False
        return True

    def _tell(self, now: datetime) -> None:
        """Once, until there is a list again."""
        if self._told:
            return
        self._told = True
        filtering = self._since is not None and now - self._since <= USED
        log.error(
            "callback_addresses",
            outcome="still the old list" if filtering else "not filtered",
            todo="取不到微信的回调地址：检查 app_secret 和 IP 白名单；不需要就把 wechat.check_callback_addresses 改成 false",
        )
