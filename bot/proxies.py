"""Who asks, behind a reverse proxy: what the proxy says counts only when the proxy is one of ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _networks(trusted: Sequence[str]) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(one, strict=False) for one in trusted)


def _trusts(networks: tuple[Network, ...], text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return False
    return any(address in network for network in networks)


def asker(peer: str, forwarded: str, networks: tuple[Network, ...]) -> str:
    """The address that asks: from the right of X-Forwarded-For, the first that is not a proxy of ours; the peer if it is none."""
    if not _trusts(networks, peer):
        return peer
    for hop in reversed([one.strip() for one in forwarded.split(",") if one.strip()]):
        if not _trusts(networks, hop):
            return hop
    return peer


def behind(trusted: Sequence[str]) -> Middleware:
    """The middleware that sets `request.remote` accordingly. Raises ValueError for an address that is none."""
    networks = _networks(trusted)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if networks and request.remote:
            found = asker(request.remote, request.headers.get("X-Forwarded-For", ""), networks)
            if found != request.remote:
                request = request.clone(remote=found)
        return await handler(request)

    return middleware
