"""Ours has nothing to find, in every mode and both formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import serving
from bot.clock import SystemClock
from bot.config import Config, Reminders, Security, Server, Sms, Storage, Wechat
from bot.simulator.account import Format, Mode
from bot.simulator.checks import CHECKS
from storage.migrations import migrate
from tests.outside.children import ACCOUNT
from tests.outside.test_checks import findings


@pytest.mark.parametrize(("mode", "form"), [("safe", "xml"), ("compat", "xml"), ("clear", "xml"), ("safe", "json")])
async def test_every_check_is_passed_by_our_own_bot(tmp_path: Path, mode: Mode, form: Format) -> None:
    """Everything on: signature, age, duplicates, limits, the dialogs."""
    account = replace(ACCOUNT, mode=mode, format=form)
    config = Config(
        server=Server(port=0, public_url="http://127.0.0.1"),
        wechat=Wechat(
            app_id=account.app_id,
            token=account.token,
            encoding_aes_key=account.encoding_aes_key,
            mode={"compat": "compatible"}.get(mode, mode),
            account_kind="personal",
        ),
        storage=Storage(database_url=f"sqlite:///{tmp_path / 'ours.sqlite'}", files_dir=str(tmp_path)),
        sms=Sms(provider="file", file=str(tmp_path / "sms.jsonl")),
        security=Security(master_key=bytes(range(32)).hex()),
        reminders=Reminders(enabled=False),
    )
    await migrate(config.storage.database_url)
    async with serving(config, SystemClock()) as (_, port):
        found = await findings(f"http://127.0.0.1:{port}/wechat", account)
    assert {name: one.saw for name, one in found.items() if one.state == "fault"} == {}
    assert len(found) == len(CHECKS)
