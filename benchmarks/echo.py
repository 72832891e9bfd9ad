"""The peer: a stateless echo on aiohttp, uvloop and wechatpy, as its documentation shows it. `python -m benchmarks.echo` prints its port.

It opens, parses, answers and seals the same encrypted messages. It keeps nothing, checks no age and knows no duplicates.
"""

from __future__ import annotations

import asyncio

import uvloop
from aiohttp import web
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.messages import TextMessage

from benchmarks.account import AES_KEY, APP_ID, TOKEN

_crypto = WeChatCrypto(TOKEN, AES_KEY, APP_ID)


def opened(body: str, signature: str, timestamp: str, nonce: str) -> str:
    """Signature, cipher."""
    return str(_crypto.decrypt_message(body, signature, timestamp, nonce))


def parsed(clear: str) -> TextMessage:
    """The message."""
    return parse_message(clear)


def answered(message: TextMessage) -> str:
    """What it said, as a reply."""
    return str(create_reply(message.content, message).render())


def sealed(reply: str, nonce: str, timestamp: str) -> str:
    """The body of the response."""
    return str(_crypto.encrypt_message(reply, nonce, timestamp))


async def receive(request: web.Request) -> web.Response:
    """One message."""
    query = request.query
    timestamp, nonce = query["timestamp"], query["nonce"]
    try:
        clear = opened(await request.text(), query["msg_signature"], timestamp, nonce)
    except InvalidSignatureException:
        return web.Response(status=403)
    return web.Response(text=sealed(answered(parsed(clear)), nonce, timestamp), content_type="text/xml")


async def serve() -> tuple[web.AppRunner, int]:
    """Listen on a free port of this machine."""
    app = web.Application()
    app.router.add_post("/wechat", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, runner.addresses[0][1]


async def main() -> None:
    """Until it is told to end."""
    _, port = await serve()
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop:
        loop.run(main())
