"""The command line, as an operator types it: exit codes, sentences, and what is in the database afterwards."""

from __future__ import annotations

import json
import re
import socket
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.supervising import AWAY
from handlers.documents import content_hash, freeze, new_check_code, new_serial
from storage.ports.records import AuditEntry, Document
from storage.sql import open_store
from storage.vault import Vault
from tests import child, people
from tests.clock import START, FakeClock
from tests.documents.samples import statement
from tests.process.operator import Bot, flat, in_store
from tests.servers import blocking

# ── starting ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("command", ["worker", "menu"])
def test_it_names_everything_that_is_missing(bot: Bot, command: str) -> None:
    """Each missing key, exit code 2; a personal account needs no secret."""
    result = bot(command)
    assert result.exit_code == 2
    for key in ("wechat.app_id", "wechat.token", "wechat.encoding_aes_key", "wechat.app_secret", "security.master_key"):
        assert f"· {key}: 没有填" in result.output
    personal = bot(command, env={"BOT_WECHAT__ACCOUNT_KIND": "personal"})
    assert "wechat.app_secret" not in personal.output


def test_an_account_without_menus_by_interface_is_told_where_to_make_one(bot: Bot, ready: dict[str, str]) -> None:
    """An account that is not certified: nothing is called, the way around is named."""
    for kind in ("personal", "uncertified"):
        result = bot("menu", env={**ready, "BOT_WECHAT__ACCOUNT_KIND": kind, "BOT_WECHAT__API_BASE": "http://127.0.0.1:1"})
        assert result.exit_code == 2
        assert "公众平台上手工配置" in flat(result)


def test_it_names_everything_that_is_wrong(bot: Bot, tmp_path: Path, ready: dict[str, str]) -> None:
    """Wrong values, misspelt keys and tables, in file and environment: all at once, by name, and no secret is shown."""
    (tmp_path / "bad.toml").write_text('[server]\nport = "x"\nprot = 1\n[wetchat]\n[wechat]\ntoken = "not!good"\n', "utf-8")
    given = {**ready, "BOT_SERVER__PROCESSES": "3", "BOT_SECURITY__MASTER_KEY": "abcdef", "BOT_SMS__PROVIDR": "x"}
    del given["BOT_SERVER__PORT"], given["BOT_WECHAT__TOKEN"]
    result = bot("serve", "--config", "bad.toml", env=given)
    assert result.exit_code == 2
    for wrong in (
        "server.port", "server.prot", "[wetchat]", "wechat.token", "server.processes", "security.master_key", "BOT_SMS__PROVIDR",
    ):  # fmt: skip
        assert wrong in result.output
    for secret in ("not!good", "abcdef ", child.AES_KEY):
        assert secret not in result.output


def test_more_processes_need_more_than_a_file(bot: Bot, ready: dict[str, str]) -> None:
    """SQLite is one process' affair: told before anything is started."""
    result = bot("serve", "--processes", "2", env=ready)
    assert result.exit_code == 2
    assert "PostgreSQL和Redis" in flat(result)


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_database_that_was_not_migrated_is_a_sentence(bot: Bot, tmp_path: Path, ready: dict[str, str], command: str) -> None:
    """The command to run is told instead of an error of the database."""
    (tmp_path / "empty.sqlite").touch()
    result = bot(command, env={**ready, "BOT_STORAGE__DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite'}"})
    assert result.exit_code == 2
    assert "python -m bot migrate" in result.output
    assert "no such table" not in result.output


def test_a_database_that_is_away_is_a_sentence(bot: Bot, ready: dict[str, str], unused_tcp_port: int) -> None:
    """Told with where to look, without the address, which may hold a password."""
    url = f"postgresql://bot:hunter2@127.0.0.1:{unused_tcp_port}/bot"
    result = bot("serve", env={**ready, "BOT_STORAGE__DATABASE_URL": url})
    assert result.exit_code == AWAY  # systemd tries again, as it does not after 2
    assert "连不上数据库" in result.output
    assert "doctor" in result.output
    assert "hunter2" not in result.output


def test_verifying_needs_no_redis(bot: Bot, ready: dict[str, str], unused_tcp_port: int) -> None:
    """The counters are rows: with Redis away a document can still be verified."""
    result = bot("verify", "1", "2", env={**ready, "BOT_STORAGE__REDIS_URL": f"redis://127.0.0.1:{unused_tcp_port}/0"})
    assert result.exit_code == 1
    assert "流水号或校验码有误" in result.output


def test_a_port_in_use_is_a_sentence(bot: Bot, ready: dict[str, str]) -> None:
    """Somebody else listens there."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        result = bot("serve", env={**ready, "BOT_SERVER__PORT": str(other.getsockname()[1])})
    assert result.exit_code == 2
    assert "端口已经被别的程序占用" in result.output


# ── doctor ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_doctor_on_a_fresh_machine(bot: Bot) -> None:
    """Nothing set: exit code 1; what is missing and what to run."""
    result = bot("doctor")
    assert result.exit_code == 1
    assert "wechat.token:没有填" in flat(result)
    assert "缺少security.master_key" in flat(result)


def test_doctor_before_migrating(bot: Bot, fresh: dict[str, str]) -> None:
    """Set, but no tables: exit code 1 and the command; after `migrate` it is well, though empty."""
    before = bot("doctor", env=fresh)
    assert before.exit_code == 1
    assert "请运行python-mbotmigrate" in flat(before)
    migrated = bot("migrate", env=fresh)
    assert migrated.exit_code == 0
    assert "已执行" in migrated.output
    assert "已经是最新的" in bot("migrate", env=fresh).output
    after = bot("doctor", env=fresh)
    assert after.exit_code == 0
    assert "参保人0位，请先导入" in flat(after)
    assert "不是https" in flat(after)
    assert "这类账号没有主动接口" in flat(after)
    assert "还在用示例：北京的网点、滨州的网点、济南的网点、滨州的缴费标准" in flat(after)
    assert "没有配置杀毒" in flat(after)
    assert "微信支付" in flat(after)


def test_doctor_finds_everything_well(bot: Bot, ready: dict[str, str], sqlite_url: str) -> None:
    """People in the database, an HTTPS address, a whole audit chain: exit code 0, and no secret in the output."""
    _with_people(sqlite_url)
    result = bot("doctor", env={**ready, "BOT_SERVER__PUBLIC_URL": "https://sb.example.test"})
    assert result.exit_code == 0
    assert "数据库正常参保人5位" in flat(result)
    assert "审计链正常" in flat(result)
    assert "有问题" not in result.output
    for secret in (child.MASTER_KEY, child.AES_KEY, child.TOKEN):
        assert secret not in result.output


def test_doctor_finds_a_broken_chain(bot: Bot, ready: dict[str, str], sqlite_url: str) -> None:
    """S23: an audit entry that was changed behind our back: exit code 1, with its number."""
    _with_people(sqlite_url)
    blocking(lambda: _audited(sqlite_url))
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        assert connection.execute(text("UPDATE audit_log SET result = 'empty' WHERE id = 2")).rowcount == 1
    engine.dispose()
    result = bot("doctor", env=ready)
    assert result.exit_code == 1
    assert "审计链有问题在第2条断开" in flat(result)


def test_doctor_tells_what_cannot_be_reached(bot: Bot, ready: dict[str, str], unused_tcp_port: int) -> None:
    """No PostgreSQL, no platform: two sentences with what to do, exit code 1, no traceback and no password."""
    nowhere = f"127.0.0.1:{unused_tcp_port}"
    given = {
        **ready,
        "BOT_STORAGE__DATABASE_URL": f"postgresql://bot:hunter2@{nowhere}/bot",
        "BOT_WECHAT__ACCOUNT_KIND": "service",
        "BOT_WECHAT__APP_SECRET": "thesecret",
        "BOT_WECHAT__API_BASE": f"http://{nowhere}",
    }
    result = bot("doctor", env=given)
    assert result.exit_code == 1
    assert "数据库有问题连不上" in flat(result)
    assert "微信接口有问题" in flat(result)
    assert "None" not in result.output
    assert "hunter2" not in result.output
    assert "thesecret" not in result.output


def test_doctor_tells_a_region_that_is_not_there(bot: Bot, ready: dict[str, str]) -> None:
    """Enabled in the configuration, unknown on disk."""
    result = bot("doctor", env={**ready, "BOT_REGIONS__ENABLED": "beijing,atlantis"})
    assert result.exit_code == 1
    assert "没有这些地区的资料：atlantis" in flat(result)


def test_a_new_key_is_fresh_and_fits(bot: Bot) -> None:
    """64 hexadecimal digits, another one each time, and nothing else on standard output."""
    keys = {bot("doctor", "--new-key").stdout.strip() for _ in range(3)}
    assert len(keys) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64}", key) for key in keys)


# ── verify, understand ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_document_is_verified(bot: Bot, ready: dict[str, str], sqlite_url: str) -> None:
    """Right values: 0 and the facts with the masked name; a wrong code, an unknown serial: 1 and one sentence; revoked: 1 and why."""
    document = _issued(sqlite_url)
    right = bot("verify", document.serial_no, document.check_code.lower(), env=ready)
    assert right.exit_code == 0, right.output
    assert "权益单校验成功" in right.output
    wrong = bot("verify", document.serial_no, "AAAAAAAA", env=ready)
    unknown = bot("verify", "123", document.check_code, env=ready)
    assert (wrong.exit_code, unknown.exit_code) == (1, 1)
    assert wrong.output == unknown.output == "流水号或校验码有误，请核对单据右上角的两组号码。\n"
    in_store(sqlite_url, lambda tx: tx.documents.set_status(document.serial_no, "revoked", "记录已更正"))
    revoked = bot("verify", document.serial_no, document.check_code, env=ready)
    assert revoked.exit_code == 1
    assert "作废" in revoked.output
    assert "记录已更正" in revoked.output


def test_guessing_on_the_command_line_is_counted(bot: Bot, ready: dict[str, str], sqlite_url: str) -> None:
    """S12: five wrong for one serial, over as many processes; the sixth is not looked at."""
    document = _issued(sqlite_url)
    for _ in range(5):
        assert "有误" in bot("verify", document.serial_no, "AAAAAAAA", env=ready).output
    result = bot("verify", document.serial_no, document.check_code, env=ready)
    assert result.exit_code == 1
    assert "试的次数太多了" in result.output


def test_one_sentence_is_understood(bot: Bot) -> None:
    """One JSON object, as DESIGN section 6 says."""
    result = bot("understand", "查去年的养老缴费", "--region", "beijing", "--now", "2024-09-12T10:00")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["features"][0] == "BJQ-P-02a"
    assert found["action"] == "run"
    assert found["slots"] == {"period": "2023-01..2023-12", "year": "2023", "insurance": "pension"}
    assert 0.6 <= found["score"] <= 1.0


def test_many_sentences_are_understood_line_by_line(bot: Bot) -> None:
    """An object a line, in step: what is no question is answered as unknown with an error; blank lines are skipped."""
    asked = [
        {"text": "查去年的养老缴费", "role": "person", "region": "beijing"},
        {"text": "社保卡丢了", "role": "person", "region": "binzhou"},
        {"text": "你好"},
        {"words": "x"},
    ]
    typed = "\n".join([json.dumps(one, ensure_ascii=False) for one in asked] + ["", "not json", "[1]"])
    result = bot("understand", "--lines", "--now", "2024-09-12T10:00", typed=typed)
    assert result.exit_code == 0
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(answers) == 6
    assert [answer["action"] for answer in answers] == ["run", "run", "smalltalk", "unknown", "unknown", "unknown"]
    assert answers[1]["features"][0] == "BZ-19"
    assert ["error" in answer for answer in answers] == [False, False, False, True, True, True]


def test_a_time_that_is_none_is_told(bot: Bot) -> None:
    """No traceback for a typing mistake."""
    result = bot("understand", "查缴费", "--now", "yesterday")
    assert result.exit_code == 2
    assert "--now" in result.output


def test_the_catalogue_lists_what_is_served(bot: Bot) -> None:
    """JSON with the agreed names; every feature once."""
    found = json.loads(bot("catalogue", "--json").stdout)
    assert {"feature", "title", "who", "regions", "media"} == set(found[0])
    features = [one["feature"] for one in found]
    assert len(features) == len(set(features))
    assert {"BJQ-P-02a", "BJQ-V-01", "BZ-19", "BZ-10", "BJH-26"} <= set(features)
    assert "BZ-19" in bot("catalogue").output


# ── what the tests put into the database ────────────────────────────────────────────────────────────────────────────


def _with_people(url: str) -> None:
    async def work() -> None:
        store = open_store(url, Vault(bytes(range(32))), FakeClock())
        await people.load(store)
        await store.close()

    blocking(work)


def _issued(url: str) -> Document:
    """A document, as the conversation would have issued it."""
    snapshot = freeze(statement())
    number, code = new_serial(START.date(), "beijing"), new_check_code()
    document = Document(
        number, code, "BJQ-P-02a", "参保人员缴费信息", "beijing", None, "k", snapshot, content_hash(snapshot), START
    )
    in_store(url, lambda tx: tx.documents.add(document))
    return document


async def _audited(url: str) -> None:
    store = open_store(url, Vault(bytes(range(32))), FakeClock())
    async with store.transaction() as tx:
        for n in range(3):
            await tx.audit.write(AuditEntry(START, f"actor{n}", "person", "query", "BZ-10", "", "ok"))
    async with store.transaction() as tx:
        await tx.audit.link()
        await tx.audit.anchor(START)
    await store.close()
