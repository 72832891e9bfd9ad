"""Who asks, behind a reverse proxy: what the proxy says counts only when the proxy is one of ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def networks_of(trusted: Sequence[str]) -> tuple[Network, ...]:
    """Each address or network; raises ValueError for what is neither."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in trusted)


def address_of(text: str) -> Address | None:
    """The address in `text`, in brackets, with a port, or IPv4 dressed as IPv6; None if there is none."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, ipaddress.IPv6Address) else found


def asker(peer: str, forwarded: str, networks: tuple[Network, ...]) -> str:
    """The address that asks: from the right of X-Forwarded-For, the first that is not a proxy of ours; the peer if it is none.

    What stands left of something that is no address was written by nobody knows whom: the last proxy of ours is named then.
    """
    nearest = address_of(peer)
    if nearest is None:
        return peer
    for hop in reversed([one for one in forwarded.split(",") if one.strip()]):
        further = address_of(hop)
        if further is None or not any(nearest in network for network in networks):
            break
        nearest = further
    return str(nearest)


def behind(trusted: Sequence[str]) -> Middleware:
    """The middleware that sets `request.remote` accordingly. Raises ValueError for an address that is none."""
    networks = networks_of(trusted)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        if networks and request.remote:
            # Some proxies append to the header, others add a line of their own below what the client sent.
            forwarded = ",".join(request.headers.getall("X-Forwarded-For", ()))
            found = asker(request.remote, forwarded, networks)
            if found != request.remote:
                request = request.clone(remote=found)
        return await handler(request)

    return middleware
