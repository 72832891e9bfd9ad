"""`python -m bot demo`: the whole product on one machine with nothing from outside: bot, simulator and invented people.

Everything it writes lies under one folder; deleting the folder is starting over.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import structlog

from bot import menus
from bot.app import Product, serving, storage_of, vault_of
from bot.clock import MovableClock
from bot.config import Config, Notices, Payments, Reminders, Security, Server, Sms, Storage, Wechat
from bot.console.built import clock_of_codes
from bot.console.demo_accounts import Known, employ, hints
from bot.console.totp import Totp
from bot.paper_keys import keys_for_trying
from bot.simulator import NewMerchant, SimAccount, SimMerchant, Simulator, new_merchant, start
from storage.demo import demo_people, demo_staff, load_demo
from storage.files import FolderFiles
from storage.migrations import migrate
from storage.ports.record import Record

log = structlog.get_logger(__name__)

TEMPLATE = "TM_CERT_DUE"
SUBSCRIBE_TEMPLATE = "SUB_CERT_DUE"
NEWS_TEMPLATE = "TM_CASE_NEWS"
ORIGINAL_ID = "gh_demo00shebao"


class Secrets(Record):
    """The demo's own keys, made at its first start and kept in its folder."""

    app_id: str
    app_secret: str
    token: str
    encoding_aes_key: str
    master_key: str


def is_demo(folder: Path) -> bool:
    """Whether a demo has been run in that folder."""
    return (folder / "secrets.json").exists() and (folder / "demo.sqlite").exists()


def secrets_in(folder: Path) -> Secrets:
    """Read the demo's keys, or make them. The file is readable by its owner only."""
    path = folder / "secrets.json"
    if path.exists():
        return Secrets(**json.loads(path.read_text("utf-8")))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    made = Secrets(
        app_id=f"wx{secrets.token_hex(8)}",
        app_secret=secrets.token_hex(16),
        token="".join(secrets.choice(alphabet) for _ in range(24)),
        encoding_aes_key="".join(secrets.choice(alphabet) for _ in range(42)) + "A",
        master_key=secrets.token_hex(32),
    )
    folder.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(vars_of(made), indent=1), "utf-8")
    return made


def merchant_in(folder: Path) -> NewMerchant:
    """Read the demo's merchant of WeChat Pay, or make one. The file is readable by its owner only."""
    path = folder / "merchant.json"
    if path.exists():
        kept = json.loads(path.read_text("utf-8"))
        return NewMerchant(SimMerchant(**kept["merchant"]), kept["private_key"])
    made = new_merchant()
    folder.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(made), indent=1, ensure_ascii=False), "utf-8")
    return made


def payments_with(made: NewMerchant, simulator: str) -> Payments:
    """WeChat Pay as the simulator plays it."""
    return Payments(
        enabled=True,
        mch_id=made.merchant.mch_id,
        cert_serial_no=made.merchant.cert_serial_no,
        private_key=made.private_key,
        api_v3_key=made.merchant.api_v3_key,
        public_key=made.merchant.platform_public_key,
        public_key_id=made.merchant.public_key_id,
        api_base=simulator,
        bridge_script=f"{simulator}/bridge.js",
    )


def vars_of(made: Secrets) -> dict[str, str]:
    """The keys as a plain mapping."""
    return asdict(made)


def demo_config(folder: Path, port: int, simulator_port: int, host: str = "127.0.0.1") -> Config:
    """The configuration of a demo: safe mode, a service account, SMS and API by the simulator."""
    own = secrets_in(folder)
    simulator = f"http://{host}:{simulator_port}"
    return Config(
        server=Server(host=host, port=port, public_url=f"http://{host}:{port}"),
        wechat=Wechat(
            app_id=own.app_id,
            app_secret=own.app_secret,
            token=own.token,
            encoding_aes_key=own.encoding_aes_key,
            mode="safe",
            account_kind="service",
            api_base=simulator,
            js_sdk=f"{simulator}/jweixin.js",
            oauth_base=simulator,
            personal_menus=True,
        ),
        storage=Storage(
            database_url=f"sqlite:///{Path.cwd() / folder / 'demo.sqlite'}", files_dir=str(Path.cwd() / folder / "files")
        ),
        sms=Sms(provider="http", url=f"{simulator}/sim/sms", report_key=sha256(f"answers:{own.token}".encode()).hexdigest()),
        security=Security(master_key=own.master_key, frame_ancestors=simulator),
        # Nobody has a chat yet when a demo begins: who is due hears of it on the next morning.
        reminders=Reminders(catch_up=False, subscribe_template_id=SUBSCRIBE_TEMPLATE, template_id=TEMPLATE),
        notices=Notices(case_template_id=NEWS_TEMPLATE),
        payments=payments_with(merchant_in(folder), simulator),
        documents=keys_for_trying(folder / "keys"),
    )


@contextlib.asynccontextmanager
async def demo(
    folder: Path, port: int, simulator_port: int, people: int, clock: MovableClock | None = None
) -> AsyncIterator[tuple[Product, Simulator, str]]:
    """A running demo; yields the product, the simulator and the address of the phone."""
    clock = clock or MovableClock()
    config = demo_config(folder, port, simulator_port)
    await migrate(config.storage.database_url)
    known, codes = await _filled(config, clock, people, folder)
    async with contextlib.AsyncExitStack() as stack:
        built, bound = await stack.enter_async_context(serving(config, clock, hints=lambda store: hints(store, known, codes)))
        account = SimAccount(
            config.wechat.app_id, config.wechat.app_secret, config.wechat.token, config.wechat.encoding_aes_key, ORIGINAL_ID
        )

        async def roster() -> list[dict[str, Any]]:
            return await demo_people(built.store)

        simulator = Simulator(
            clock,
            account,
            f"http://{config.server.host}:{bound}/wechat",
            people=roster,
            move_clock=clock.set,
            merchant=merchant_in(folder).merchant,
            gateway_replies=f"http://{config.server.host}:{bound}/sms/reply/http/{config.sms.report_key}",
        )
        runner = await start(simulator, config.server.host, simulator_port)
        stack.push_async_callback(runner.cleanup)
        await menus.run(config, built.api)
        yield built, simulator, f"http://{config.server.host}:{simulator_port}/"


async def _filled(config: Config, clock: MovableClock, people: int, folder: Path) -> tuple[Mapping[str, Known], Totp]:
    """Accounts of the console first: filings and talks of the demo are taken by those who have one."""
    codes = Totp(clock_of_codes(clock))
    async with storage_of(config, clock) as (store, _):
        known = await employ(store, folder, demo_staff(), codes)
        files = FolderFiles(Path(config.storage.files_dir), vault_of(config), clock)
        report = await load_demo(store, clock.now().date(), people, files=files)
        if report.loaded:
            log.info("demo data loaded", people=report.people, contributions=report.contributions)
    return known, codes
