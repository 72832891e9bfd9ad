"""WeChat's API as far as reminders need it, 50 ms away: `python -m benchmarks.slow_platform` prints its port.

It takes template messages, remembers how often each was sent to whom, and tells at `/report`.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from itertools import count

import uvloop
from aiohttp import web

LATENCY_S = 0.05


def application() -> web.Application:
    """Token, template messages, and what was sent so far."""
    sent: Counter[str] = Counter()
    people: Counter[str] = Counter()
    numbers = count(1)
    active, most = 0, 0

    async def token(_: web.Request) -> web.Response:
        return web.json_response({"access_token": "t" * 40, "expires_in": 7200})

    async def template(request: web.Request) -> web.Response:
        nonlocal active, most
        body = json.loads(await request.read())
        active += 1
        most = max(most, active)
        await asyncio.sleep(LATENCY_S)
        active -= 1
        sent[body["client_msg_id"]] += 1
        people[body["touser"]] += 1
        return web.json_response({"errcode": 0, "errmsg": "ok", "msgid": next(numbers)})

    async def report(_: web.Request) -> web.Response:
        return web.json_response(
            {
                "calls": sum(sent.values()),
                "people": len(people),
                "twice": sum(1 for times in (*sent.values(), *people.values()) if times > 1),
                "at_once": most,
            }
        )

    app = web.Application()
    app.add_routes(
        [
            web.post("/cgi-bin/stable_token", token),
            web.post("/cgi-bin/message/template/send", template),
            web.get("/report", report),
        ]
    )
    return app


async def main() -> None:
    """Until it is told to end."""
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main())
