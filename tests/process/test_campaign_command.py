"""`python -m bot campaign`, as an operator types it: exit codes, sentences, and what is in the database afterwards."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner, Result

from bot.__main__ import app
from bot.clock import SystemClock
from bot.demo import secrets_in
from handlers.reminders import campaigns as desk
from storage.identity import make
from storage.migrations import migrate
from storage.ports.records import AuditSearch, CampaignState, Certification, Channel, Notice, NoticeState, Person
from storage.ports.repositories import Repositories
from storage.sql import open_store
from storage.vault import Vault
from tests.people import AREA, SHUFEN
from tests.process.children import settings

Bot = Callable[..., Result]
COMMANDS = ["list", "show", "new", "preview", "dry-run", "test", "start", "pause", "resume", "stop", "progress", "export"]
NEW = ("new", "--title", "补提醒", "--region", "beijing")


class Agency:
    """A migrated database with 赵淑芬 of 北京, whose certification is due in ten days, and what is in it."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.today = SystemClock().now().date()

    def of(self, work: Callable[[Repositories], Coroutine[Any, Any, Any]]) -> Any:
        """Do something in a transaction of its own process."""

        async def main() -> Any:
            vault = Vault(bytes.fromhex(self.env["BOT_SECURITY__MASTER_KEY"]))
            store = open_store(self.env["BOT_STORAGE__DATABASE_URL"], vault, SystemClock())
            try:
                async with store.transaction() as tx:
                    return await work(tx)
            finally:
                await store.close()

        return asyncio.run(main())

    def state(self, number: int = 1) -> CampaignState:
        """Of that campaign now."""

        async def work(tx: Repositories) -> CampaignState:
            found = await tx.campaigns.get(number)
            assert found is not None
            return found.state

        found: CampaignState = self.of(work)
        return found


@pytest.fixture
def agency(tmp_path: Path, sqlite_url: str) -> Agency:
    made = Agency(settings(tmp_path, sqlite_url))

    async def fill(tx: Repositories) -> None:
        ids = await tx.people.put_many([SHUFEN])
        due = made.today + timedelta(days=10)
        await tx.certifications.put_many([Certification(ids["beijing", SHUFEN.id_no], None, due)])

    made.of(fill)
    return made


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, agency: Agency) -> Bot:
    """`bot("list")` over that database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["campaign", *arguments], env=agency.env)

    return run


def test_every_command_explains_itself_in_chinese(bot: Bot) -> None:
    """`--help` of the group and of each command."""
    whole = bot("--help")
    for command in COMMANDS:
        assert command in whole.output
        found = bot(command, "--help")
        assert found.exit_code == 0
        assert any("\u4e00" <= letter <= "\u9fff" for letter in found.output)
        assert "--config" in found.output


def test_from_a_draft_to_its_end(bot: Bot, agency: Agency) -> None:
    """new, list, show, preview, dry-run, start, progress, pause, resume, stop: each says what it did, and it is on record."""
    made = bot(*NEW, "--channel", "sms", "--channel", "visit", "--sms", "{name}，请认证", "--per-minute", "600")
    assert made.exit_code == 0, made.output
    assert "编号 1，现在符合条件的有 1 人" in made.output
    assert "补提醒" in bot("list").output
    shown = bot("show", "1").output
    for part in ("草稿", "短信 → 上门名单", "{name}，请认证", "现在符合条件：1 人"):
        assert part in shown
    preview = bot("preview", "1").output
    assert "赵*芬" in preview
    assert "赵淑芬" not in preview
    assert "赵*芬，请认证。回TD退订" in preview
    assert "共 1 人" in bot("dry-run", "1").output
    assert bot("start", "1").output.strip() == "已开始。"
    assert agency.state() is CampaignState.RUNNING
    assert "进行中" in bot("progress", "1").output
    assert bot("pause", "1").exit_code == 0
    assert agency.state() is CampaignState.PAUSED
    assert "已暂停" in bot("progress", "1").output
    assert bot("resume", "1").exit_code == 0
    assert bot("stop", "1").exit_code == 0
    assert agency.state() is CampaignState.STOPPED
    again = bot("resume", "1")
    assert again.exit_code == 1
    assert "没有暂停" in again.output

    async def recorded(tx: Repositories) -> list[tuple[str, str]]:
        return [(one.actor, one.action) for one in reversed(await tx.audit.search(AuditSearch(feature="campaigns")))]

    actions = ["draft", "preview", "start", "pause", "resume", "stop"]
    assert agency.of(recorded) == [("system", f"campaign-{action}") for action in actions]


def test_wrong_input_is_named_by_its_option(bot: Bot) -> None:
    """Everything that is wrong at once, exit code 1; nothing is stored."""
    found = bot("new", "--title", "一", "--region", "atlantis", "--due-from", "明天", "--sms", "【签名】你好", "--per-day", "0")
    assert found.exit_code == 1
    for option in ("--title", "--region", "--due-from", "--sms", "--per-day"):
        assert f"· {option}：" in found.output
    assert "还没有提醒计划" in bot("list").output


def test_people_type_words_and_no_codes(bot: Bot) -> None:
    """Regions, ways and reach by their names; what is none of them is told with all that may be typed; the list shows names."""
    wrong = bot(*NEW[:3], "--region", "上海", "--channel", "xyz", "--reach", "abc")
    assert wrong.exit_code == 1
    for sentence in (
        "可以写：北京、",
        "可以写：模板消息、订阅通知、短信、家人的微信、上门名单。",
        "可以写：有微信的、没有微信的。",
    ):
        assert sentence in wrong.output.replace("\n", "")
    made = bot(*NEW[:3], "--region", "北京", "--channel", "短信", "--channel", "上门名单", "--reach", "没有微信的")
    assert made.exit_code == 0, made.output
    shown = bot("show", "1").output
    for part in ("地区：北京", "发送方式：短信 → 上门名单", "微信：没有微信的"):
        assert part in shown
    assert "北京" in bot("list").output
    assert "beijing" not in bot("list").output


def test_a_link_in_a_short_message_is_refused(bot: Bot) -> None:
    """People are told that our short messages never have one; nothing is stored."""
    found = bot(*NEW, "--sms", "您的认证快到期，链接http://x.cn")
    assert found.exit_code == 1
    assert "·--sms：不能有链接" in "".join(found.output.split())
    assert "还没有提醒计划" in bot("list").output


_CLOUD = {
    "PROVIDER": "tencent",
    "TENCENT_SECRET_ID": "AKID",
    "TENCENT_SECRET_KEY": "secret",
    "TENCENT_APP_ID": "1400006666",
    "TENCENT_SIGN": "社保服务",
    "TENCENT_CODE_TEMPLATE": "1110",
    "TENCENT_REMINDER_TEMPLATE": "1112",
    "TENCENT_REMINDER_TEXT": "{name}：{what}，{when}，问{hotline}，暗号{word}。回TD退订",
}


def test_a_cloud_shows_what_it_will_send(bot: Bot, agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cloud sends approved templates alone: what somebody writes is refused with a sentence, the preview and its parts are the template's
    own wording; with a template that has a place for them the words go."""
    for key, value in _CLOUD.items():
        monkeypatch.setitem(agency.env, f"BOT_SMS__{key}", value)
    refused = bot(*NEW, "--channel", "sms", "--sms", "{name}，请认证")
    assert refused.exit_code == 1
    assert "·--sms：短信服务商只发审核过的模板" in "".join(refused.output.split())
    assert bot(*NEW, "--channel", "sms").exit_code == 0
    shown = bot("preview", "1").output
    due = f"{agency.today + timedelta(days=10):%Y年%-m月%-d日}"
    told = f"赵*芬：养老待遇资格认证快到期，{due}，问12333，暗号未设置。回TD退订"
    assert told in shown.replace("\n", "")
    assert f"{len(told)} 个字" in shown
    monkeypatch.setitem(agency.env, "BOT_SMS__TENCENT_REMINDER_TEMPLATES", "own=1114=通知：{text}。回TD退订")
    assert bot(*NEW, "--channel", "sms", "--sms", "{name}，请认证").exit_code == 0
    assert "通知：赵*芬，请认证。回TD退订" in bot("preview", "2").output
    monkeypatch.delitem(agency.env, "BOT_SMS__TENCENT_REMINDER_TEMPLATES")
    assert "发不出去" in bot("preview", "2").output
    late = bot("start", "2")
    assert late.exit_code == 1
    assert "短信服务商只发审核过的模板" in "".join(late.output.split())


def test_a_number_that_is_none(bot: Bot) -> None:
    """Every command about a campaign says that there is none of that number."""
    for command in ("show", "preview", "dry-run", "start", "pause", "resume", "stop", "progress"):
        found = bot(command, "7")
        assert found.exit_code == 1, command
        assert "没有这个编号的计划" in found.output
    assert "没有这个编号的计划" in bot("test", "7", "--to", "13912345678").output


def test_starting_later(bot: Bot, agency: Agency) -> None:
    """A moment to come sets it; one that is no moment, or is over, is refused."""
    bot(*NEW)
    for at in ("后天", "2020-01-01T09:00"):
        found = bot("start", "1", "--at", at)
        assert found.exit_code == 1
        assert "时间" in found.output
    tomorrow = f"{agency.today + timedelta(days=1)}T09:00"
    assert "已定时" in bot("start", "1", "--at", tomorrow).output
    assert agency.state() is CampaignState.SCHEDULED


def test_many_people_need_the_console(bot: Bot, agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line asks and cannot confirm: exit code 1, still a draft, however often it is asked."""
    monkeypatch.setattr(desk, "FOUR_EYES_OVER", 0)
    bot(*NEW)
    for _ in range(2):
        found = bot("start", "1")
        assert found.exit_code == 1
        assert "在工作台确认" in found.output
        assert agency.state() is CampaignState.DRAFT


def test_a_test_is_queued_sealed(bot: Bot, agency: Agency) -> None:
    """Its phone stands nowhere in clear; a wrong one is refused."""
    bot(*NEW)
    assert "没看懂发给谁" in bot("test", "1", "--to", "123").output
    assert bot("test", "1", "--to", "13912345678").exit_code == 0
    path = Path(agency.env["BOT_STORAGE__DATABASE_URL"].partition(":///")[2])
    stored = b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
    assert b"13912345678" not in stored


def test_progress_for_programs(bot: Bot, agency: Agency) -> None:
    """One JSON object; `--watch` ends with the campaign."""
    bot(*NEW)
    bot("start", "1")
    bot("stop", "1")
    found = json.loads(bot("progress", "1", "--json").output)
    assert (found["state"], found["planned"], found["waiting"], found["seconds_left"]) == ("stopped", 0, 0, None)
    watched = bot("progress", "1", "--watch")
    assert watched.exit_code == 0
    assert "已停止：处理 0 条" in watched.output


def test_the_list_for_visits(bot: Bot, agency: Agency, tmp_path: Path) -> None:
    """Written for the owner alone, with a reason, and each person on record; an empty list writes nothing."""
    file = tmp_path / "visits.xlsx"
    none = bot("export", "--reason", "九月上门", "--file", str(file))
    assert none.exit_code == 1
    assert "名单是空的" in none.output
    assert not file.exists()

    async def listed(tx: Repositories) -> None:
        now = SystemClock().now()
        odd = Person(0, "beijing", "@SUM(1)", make(AREA, SHUFEN.birth_date, 72), "19900000072", "男", SHUFEN.birth_date, "已退休")
        number = (await tx.people.put_many([odd]))["beijing", odd.id_no]
        cycle = str(agency.today)
        await tx.certifications.put_many([Certification(number, None, agency.today)])
        await tx.notices.add(
            Notice(0, 1, "P-CERT", "beijing", number, cycle, "0", Channel.VISIT, "", 0, NoticeState.LISTED, None, now)
        )

    agency.of(listed)
    assert bot("export", "--reason", "九月上门", "--region", "jinan", "--file", str(file)).exit_code == 1
    found = bot("export", "--reason", "九月上门", "--file", str(file))
    assert found.exit_code == 0, found.output
    assert "1 人" in found.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    rows = CalamineWorkbook.from_filelike(BytesIO(file.read_bytes())).get_sheet_by_index(0).to_python()
    assert rows[1][0] == "@SUM(1)"
    assert rows[1][2] == "19900000072"


def test_the_demo_is_looked_at_with_its_folder(bot: Bot, agency: Agency, tmp_path: Path) -> None:
    """`--data` opens the demo's own database, whatever the configuration says; a folder without a demo is told, and none is made there."""
    folder = tmp_path / "demo-data"
    missing = bot("--data", str(folder), "list")
    assert missing.exit_code == 1
    assert "里没有演示数据" in missing.output
    assert not folder.exists()
    folder.mkdir()
    secrets_in(folder)
    asyncio.run(migrate(f"sqlite:///{folder / 'demo.sqlite'}"))
    assert bot(*NEW).exit_code == 0, "in the other one"
    assert "还没有提醒计划" in bot("--data", str(folder), "list").output
    assert "补提醒" in bot("list").output


def test_too_old_is_said_before_going_on(bot: Bot, agency: Agency) -> None:
    """Paused for more than a month: refused with the reason, unless somebody is sure."""

    async def long_ago(tx: Repositories) -> None:
        found = await tx.campaigns.get(1)
        assert found is not None
        assert found.started_at is not None
        await tx.campaigns.save(replace(found, started_at=found.started_at - timedelta(days=32)))

    for arguments in (NEW, ("start", "1"), ("pause", "1")):
        assert bot(*arguments).exit_code == 0
    agency.of(long_ago)
    found = bot("resume", "1")
    assert found.exit_code == 1
    assert "还没发的都太旧了" in found.output
    assert bot("resume", "1", "--sure").exit_code == 0
    assert agency.state() is CampaignState.RUNNING
