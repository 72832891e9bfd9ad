"""A bot on wechatpy and Flask, as most of them are written: `python -m benchmarks.outside.flask_wechatpy <token> <aes key> <app id> [slow seconds]`.

It prints its port. It counts what each person has written, says the words back, takes its time on 慢, and echoes what it is sent.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import Any

from flask import Flask, abort, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature
from werkzeug.serving import make_server


def build(token: str, aes_key: str, app_id: str, slow_s: float) -> Flask:
    """The bot."""
    app = Flask(__name__)
    heard: Counter[str] = Counter()

    def answer(message: Any) -> str:
        heard[message.source] += 1
        if message.type == "text" and message.content == "慢":
            time.sleep(slow_s)
        said = message.content if message.type == "text" else message.type
        return str(create_reply(f"第 {heard[message.source]} 条：{said}", message).render())

    @app.route("/wechat", methods=["GET", "POST"])
    def wechat() -> str:
        query = request.args
        stamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        try:
            check_signature(token, query.get("signature", ""), stamp, nonce)
        except InvalidSignatureException:
            abort(403)
        if request.method == "GET":
            return query.get("echostr", "")
        if query.get("encrypt_type", "raw") == "raw":
            return answer(parse_message(request.data))
        crypto = WeChatCrypto(token, aes_key, app_id)
        try:
            plain = crypto.decrypt_message(request.data, query.get("msg_signature", ""), stamp, nonce)
        except (InvalidSignatureException, InvalidAppIdException):
            abort(403)
        return str(crypto.encrypt_message(answer(parse_message(plain)), nonce, stamp))

    return app


def main() -> None:
    """Serve until told to end."""
    token, aes_key, app_id = sys.argv[1:4]
    server = make_server("127.0.0.1", 0, build(token, aes_key, app_id, float([*sys.argv, "6"][4])), threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
