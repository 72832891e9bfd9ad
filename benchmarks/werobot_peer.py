"""The other peer: a bot on WeRoBot, served by Tornado, with WeRoBot's own SQLite store: `python -m benchmarks.werobot_peer <file>`.

It prints its port. Each chat has a session, read and written with every message as WeRoBot does by itself; the words are said back.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from typing import Any

MISSING = "the peer on WeRoBot is left out: install werobot and tornado (make setup-test)"


def there() -> bool:
    """Whether it can be served here."""
    return all(importlib.util.find_spec(name) is not None for name in ("werobot", "tornado"))


async def main(file: str) -> None:
    """Serve until told to end."""
    import tornado.web  # noqa: PLC0415 - may not be there
    from tornado.httpserver import HTTPServer  # noqa: PLC0415
    from tornado.netutil import bind_sockets  # noqa: PLC0415
    from werobot import WeRoBot  # noqa: PLC0415
    from werobot.contrib.tornado import make_handler  # noqa: PLC0415
    from werobot.session.sqlitestorage import SQLiteStorage  # noqa: PLC0415

    from benchmarks.account import AES_KEY, APP_ID, TOKEN  # noqa: PLC0415

    robot = WeRoBot(token=TOKEN, encoding_aes_key=AES_KEY, app_id=APP_ID, session_storage=SQLiteStorage(file))

    def answer(message: Any, session: Any) -> str:
        session["heard"] = session.get("heard", 0) + 1
        return str(message.content)

    robot.handler(answer)
    sockets = bind_sockets(0, "127.0.0.1")
    HTTPServer(tornado.web.Application([("/wechat", make_handler(robot))])).add_sockets(sockets)
    print(sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
