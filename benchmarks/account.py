"""The account that is measured, and the configuration under which the product is started for it."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

from bot.config import Config, Documents, Reminders, Security, Server, Sms, Storage, Wechat

APP_ID = "wxbench000000001"
APP_SECRET = "benchsecret0benchsecret0benchsec"  # noqa: S105 - of nobody
TOKEN = "benchtoken"  # noqa: S105
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MASTER_KEY = bytes(range(32)).hex()
ORIGINAL_ID = "gh_bench0000001"
TEMPLATE = "cert-due-reminder"


def config(database: Path, *, account_kind: str = "personal", api_base: str = "http://127.0.0.1:9", port: int = 0) -> Config:
    """Every guard as it is by default, except that one chat may ask more than 120 times an hour: it does, here.

    `personal`: an account that may not push, so that nothing but the answers themselves is measured.
    """
    return Config(
        server=Server(port=port, public_url="http://127.0.0.1"),
        wechat=Wechat(
            app_id=APP_ID,
            app_secret=APP_SECRET,
            token=TOKEN,
            encoding_aes_key=AES_KEY,
            account_kind=account_kind,
            api_base=api_base,
        ),
        storage=Storage(database_url=f"sqlite:///{database}"),
        sms=Sms(provider="file", file=str(database.with_suffix(".sms"))),
        documents=Documents(),
        security=Security(master_key=MASTER_KEY, queries_per_chat_hour=1_000_000),
        reminders=Reminders(template_id=TEMPLATE),
    )


def sending(
    database_url: str, api_base: str, *, redis_url: str = "", per_minute: int = 0, at_once: int = 200, batch: int = 1000
) -> Config:
    """A service account whose notices go out as template messages and, to who has no chat, as short messages of 腾讯云, both to `api_base`.

    No quota of our own, and no pace unless one is named (of template messages)."""
    return Config(
        server=Server(port=0, public_url="http://127.0.0.1"),
        wechat=Wechat(
            app_id=APP_ID, app_secret=APP_SECRET, token=TOKEN, encoding_aes_key=AES_KEY, account_kind="service", api_base=api_base
        ),
        storage=Storage(database_url=database_url, redis_url=redis_url),
        sms=Sms(
            provider="tencent",
            tencent_secret_id="id",  # noqa: S106 - of nobody
            tencent_secret_key="key",  # noqa: S106 - of nobody
            tencent_app_id="1400000000",
            tencent_sign="示例",
            tencent_code_template="1",
            tencent_notice_template="2",
            tencent_reminder_template="3",
            tencent_reminder_text="{name}：{what}{when}到期，咨询{hotline}，暗号{word}。",
            tencent_api_base=api_base,
        ),
        security=Security(master_key=MASTER_KEY, queries_per_chat_hour=1_000_000),
        reminders=Reminders(
            enabled=False,  # planned by whoever measures
            template_id=TEMPLATE,
            template_per_minute=per_minute,
            template_per_day=0,
            sms_per_minute=0,
            at_once=at_once,
            batch=batch,
        ),
    )


def write(made: Config, path: Path) -> Path:
    """The same as a file for `python -m bot serve --config`: whatever differs from what is set by itself."""
    usual, lines = Config(), list[str]()
    for table in fields(Config):
        held, by_itself = getattr(made, table.name), getattr(usual, table.name)
        lines.append(f"[{table.name}]")
        for one in fields(held):
            value = getattr(held, one.name)
            if value != getattr(by_itself, one.name):
                lines.append(f"{one.name} = {json.dumps(value, ensure_ascii=False)}")
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
