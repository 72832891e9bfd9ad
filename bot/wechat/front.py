"""The short way to `/wechat`: nine of ten requests are the platform's, and they need nothing of what pages need.

A POST to exactly that path goes to the webhook past the application's router and middlewares; it is counted like every other request. All
else takes the usual way, where the same route stands as well, so what is answered does not depend on which way it came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import hdrs, web

from storage.ports.time import Clock

Receive = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Counted = Callable[[int, float], None]
"""Told of each request: status, seconds."""

PATH = "/wechat"


class Front:
    """Stands before an application."""

    def __init__(self, receive: Receive, clock: Clock, counted: Counted) -> None:
        self._receive = receive
        self._clock = clock
        self._counted = counted

    def before(self, usual: Callable[[Any], Awaitable[web.StreamResponse]]) -> Receive:
        """The handler for a server, with `usual` for whatever is not the platform's."""
        receive, monotonic, counted = self._receive, self._clock.monotonic, self._counted

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if request.method != hdrs.METH_POST or request.rel_url.raw_path != PATH or hdrs.EXPECT in request.headers:
                return await usual(request)
            started, status = monotonic(), 500
            try:
                response = await receive(request)
                status = response.status
                return response
            finally:
                counted(status, monotonic() - started)

        return handle


FRONT: web.AppKey[Front] = web.AppKey("front", Front)
"""Where an application keeps its front, for whoever serves it."""
