"""A bot on WeRoBot, served by Tornado: `python -m benchmarks.outside.werobot_tornado <token> <aes key> <app id> [slow seconds]`.

It prints its port. It counts what each person has written, says the words back, takes its time on 慢.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from typing import Any

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from werobot import WeRoBot
from werobot.contrib.tornado import make_handler


def build(token: str, aes_key: str, app_id: str, slow_s: float) -> tornado.web.Application:
    """The bot."""
    robot = WeRoBot(token=token, encoding_aes_key=aes_key, app_id=app_id, enable_session=False)
    heard: Counter[str] = Counter()

    def answer(message: Any) -> str:
        heard[message.source] += 1
        if message.type == "text" and message.content == "慢":
            time.sleep(slow_s)
        said = message.content if message.type == "text" else message.type
        return f"第 {heard[message.source]} 条：{said}"

    robot.handler(answer)
    return tornado.web.Application([("/wechat", make_handler(robot))])


async def main() -> None:
    """Serve until told to end."""
    token, aes_key, app_id = sys.argv[1:4]
    sockets = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(build(token, aes_key, app_id, float([*sys.argv, "6"][4])))
    server.add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
