"""The account that is measured, and the configuration under which the product is started for it."""

from __future__ import annotations

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


def write(made: Config, path: Path) -> Path:
    """The same as a file for `python -m bot serve --config`."""
    path.write_text(
        f"""[server]
port = {made.server.port}
public_url = "{made.server.public_url}"
[wechat]
app_id = "{APP_ID}"
app_secret = "{APP_SECRET}"
token = "{TOKEN}"
encoding_aes_key = "{AES_KEY}"
account_kind = "{made.wechat.account_kind}"
api_base = "{made.wechat.api_base}"
[storage]
database_url = "{made.storage.database_url}"
[sms]
provider = "file"
file = "{made.sms.file}"
[security]
master_key = "{MASTER_KEY}"
queries_per_chat_hour = {made.security.queries_per_chat_hour}
""",
        "utf-8",
    )
    return path
