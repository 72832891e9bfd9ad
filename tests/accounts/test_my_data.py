"""我的数据: where one is signed in, ending it, export, erasure, consent (S22)."""

from __future__ import annotations

import io
import json
import os
import re
import sqlite3
import zipfile
from datetime import timedelta
from pathlib import Path

from python_calamine import CalamineWorkbook
from yarl import URL

from handlers.housekeeping import Housekeeping
from storage.ports.records import Grant, Preferences
from storage.sql.holdings import NOT_HELD, PARTS
from storage.sql.sealed import SEALED
from storage.sql.tables import metadata
from tests import people
from tests.accounts.conftest import COMPUTER_NO, GOOD, House
from tests.conversations.conftest import Chat

OPENID = "o-one"


async def _jianguo(house: House, openid: str = OPENID) -> Chat:
    chat = house.chat(openid)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    house.clock.advance(120)
    return chat


async def _daughter(house: House, openid: str = "o-daughter") -> None:
    async with house.pages.store.transaction() as tx:
        person, now = house.pages.ids.jianguo, house.clock.now()
        until = (now + timedelta(days=300)).date()
        made = await tx.family.grant(Grant(0, person, openid, "女儿", frozenset({"certification"}), until, False, now, "code"))
        assert made is not None


async def test_where_one_is_signed_in_names_every_chat_and_relative(house: House) -> None:
    """This chat, the other one, and the daughter with the end of her right."""
    chat, _ = await _jianguo(house), await _jianguo(house, "o-two")
    await _daughter(house)
    await chat.says("我在哪里登录了")
    chat.expect("还有 2 处", "这个微信", "另一个微信", "女儿")


async def test_all_others_are_ended_by_a_word_and_told(house: House) -> None:
    """全部退出: the other chat speaks for nobody, the grant is over, both are told; this chat goes on."""
    chat, other = await _jianguo(house), await _jianguo(house, "o-two")
    await house.chat("o-daughter").says("你好")
    await _daughter(house)
    await chat.says("退出所有设备")
    chat.expect("1 个别的微信", "1 位家人的授权")
    await chat.says("1")
    chat.expect("已经退出 2 处")
    await house.talks.settle()
    assert any(openid == "o-two" and "退出了" in getattr(message, "text", "") for openid, message in house.talks.outside.pushed)
    await other.says("我的家人")
    other.expect("登录")
    async with house.pages.store.reading() as tx:
        assert await tx.users.bindings("o-two") == ()
        assert await tx.family.of_chat("o-daughter", house.clock.now().date()) == ()
    await chat.says("我在哪里登录了")
    chat.expect("只有这个微信")


async def test_a_chat_whose_binding_ended_speaks_for_nobody(house: House) -> None:
    """A turn that was under way while another chat ended this one may write the former person back: the binding decides, not that."""
    chat = await _jianguo(house)
    async with house.pages.store.transaction() as tx:
        before = await tx.users.get(OPENID)
        assert before is not None
        await tx.users.unbind(OPENID, house.pages.ids.jianguo, house.clock.now())
        await tx.users.save(before)
    await chat.says("查去年的养老缴费")
    chat.expect("要先登录")


def test_every_table_is_handed_out_or_says_why_not() -> None:
    """Whoever adds a table decides here what a person gets of it; none is on both lists, and whatever names a person or a chat is handed out."""
    held = {part.table.name for part in PARTS}
    assert held | set(NOT_HELD) == set(metadata.tables)
    assert not held & set(NOT_HELD)
    personal = {"person_id", "openid", "openid_hash", "phone_hash"}
    named = {table.name for table in metadata.tables.values() if personal & set(table.c.keys())}
    assert named - held == {"answer"}


def test_no_secret_is_handed_out() -> None:
    """Hashes, keys and secrets stay where they are."""
    columns = {name for part in PARTS for name, _, _ in part.columns}
    assert not {name for name in columns if "hash" in name or name in {"key", "totp_secret", "check_code", "holder", "prepay_id"}}


def test_what_is_handed_out_is_opened_for_every_purpose_it_is_sealed_for() -> None:
    """A column that one more purpose is sealed for is opened for that one too: else nobody who has such a row gets any of their data."""
    for part in PARTS:
        for name, _, kind in part.columns:
            if kind.startswith(":"):
                assert tuple(kind[1:].split(",")) == SEALED[part.table.name][name], (part.table.name, name)


def test_every_column_that_is_handed_out_has_a_chinese_name() -> None:
    """The workbook is for people."""
    labels = {label for part in PARTS for _, label, _ in part.columns}
    assert {label for label in labels if label.isascii()} == set()


async def test_export_needs_the_code_and_holds_everything(house: House) -> None:
    """Only after the SMS code: a ZIP with a workbook and JSON; the figures are those of the rows, and nothing of anybody else's is in it."""
    chat = await _jianguo(house)
    await house.registered(house.chat("o-reg"))
    house.clock.advance(120)
    await chat.says("导出我的数据")
    chat.expect("验证码")
    chat.expect_not("http")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    browser, path, page = await house.open(chat, "下载我的数据")
    assert "已经打包好了" in page.words
    answer = await browser.get(f"{path}/data.zip")
    archive = zipfile.ZipFile(io.BytesIO(answer.body))
    assert archive.namelist()[:3] == ["说明.txt", "我的数据.xlsx", "我的数据.json"]
    text = archive.read("我的数据.json").decode()
    told = {one["表"]: one["内容"] for one in json.loads(text)["数据"]}
    assert told["person"][0]["姓名"] == "张建国"
    assert told["person"][0]["证件号码"] == people.JIANGUO.id_no
    assert len(told["contribution_month"]) == 26  # 养老 2023-01…2024-08 without 2023-05: 19; 医疗 2024-01…07: 7
    first = told["contribution_month"][0]
    assert (first["缴费基数"], first["单位缴费"], first["个人缴费"]) in {
        ("5000.00", "800.00", "400.00"),
        ("5000.00", "490.00", "103.00"),
    }
    assert told["social_card"][0]["卡号"] == "990000009012"
    assert {"account", "identity_binding", "audit_log", "verification_code", "registration"} <= set(told)
    assert "argon2" not in text
    assert people.SHUFEN.id_no not in text
    assert "o-reg" not in text


async def test_the_workbook_speaks_the_words_of_people(house: House) -> None:
    """险种, states, places and deeds are words, money is a number that can be added up, what only a program reads points to the JSON: no
    cell is a bare code. The JSON keeps every value as it is stored."""
    chat = await _jianguo(house)
    await house.registered(house.chat("o-reg"))
    house.clock.advance(120)
    await chat.says("查去年的养老缴费")
    await chat.says("下载")
    await chat.says("导出我的数据")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    browser, path, _ = await house.open(chat, "下载我的数据")
    archive = zipfile.ZipFile(io.BytesIO((await browser.get(f"{path}/data.zip")).body))
    book = CalamineWorkbook.from_filelike(io.BytesIO(archive.read("我的数据.xlsx")))
    sheets = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    told = {name: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for name, rows in sheets.items()}
    first = told["缴费记录"][0]
    assert first["险种"] in {"养老保险", "医疗保险"}
    assert first["缴费基数"] == 5000.0
    assert first["是否到账"] == "是"
    assert told["基本信息"][0]["参保地"] == "北京"
    assert told["社保卡"][0]["状态"] == "正常使用"
    assert told["单据"][0]["状态"] == "有效"
    assert f"电脑序号：{COMPUTER_NO}" in str(told["登记信息"][0]["内容"])
    deeds = {(row["谁"], row["做了什么"], row["功能"], row["结果"]) for row in told["查看和修改记录"]}
    assert ("本人", "下载单据", "缴费查询", "完成") in deeds
    bare = {
        (name, head, cell)
        for name, rows in told.items()
        for row in rows
        for head, cell in row.items()
        if isinstance(cell, str) and re.fullmatch(r"[a-z_,]{3,}|\{.*|[A-Z]{2,3}-.*", cell)
    }
    assert bare == set()
    stored = {one["表"]: one["内容"] for one in json.loads(archive.read("我的数据.json"))["数据"]}
    assert {row["险种"] for row in stored["contribution_month"]} == {"pension", "medical"}


async def test_why_a_code_comes_is_said_before_it_comes(house: House) -> None:
    """Right after a log-in the next code has to wait a minute: what it is for stands in front of that."""
    chat = house.chat(OPENID)
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await chat.says("导出我的数据")
    chat.expect("先用短信验证码确认是您本人。一分钟只能发一条短信")
    await chat.says("取消")
    house.clock.advance(120)
    await chat.says("导出我的数据")
    chat.expect("先用短信验证码确认是您本人。验证码发到了您的预留手机")


async def test_no_other_chat_and_no_relative_gets_the_export(house: House) -> None:
    """The link is the chat's own: in another browser it is nothing, after 解绑 it is nothing, a relative is refused."""
    chat = await _jianguo(house)
    await chat.says("导出我的数据")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    path = URL(chat.link("下载我的数据")).path
    browser = house.browser()
    assert (await browser.get(path)).status == 200
    assert (await house.browser().get(path)).status == 404
    await chat.says("解除绑定")
    await chat.says("1")
    assert (await browser.get(path)).status == 404
    assert (await browser.get(f"{path}/data.zip")).status == 404


async def test_a_browser_that_can_save_the_file_gets_a_link_of_its_own(house: House) -> None:
    """WeChat saves no archive: the page gives a fresh link, which the first other browser takes, and no third one; after 解绑 there is none."""
    chat = await _jianguo(house)
    await chat.says("导出我的数据")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    browser, path, page = await house.open(chat, "下载我的数据")
    answer = await browser.post(f"{path}/link", page.form("link"))
    found = re.search(r'data-copy="([^"]+)"', answer.text)
    assert found
    fresh, other = URL(found[1]).path, house.browser()
    assert fresh != path
    assert "已经打包好了" in (await other.get(fresh)).words
    assert (await other.get(f"{fresh}/data.zip")).body.startswith(b"PK")
    assert (await house.browser().get(fresh)).status == 404
    assert (await other.post(f"{path}/link", page.form("link"))).status == 404
    await chat.says("解除绑定")
    await chat.says("1")
    assert (await browser.post(f"{path}/link", page.form("link"))).status == 404


async def test_the_export_is_gone_after_a_day(house: House) -> None:
    """The file is swept by housekeeping once its day is over, not before."""
    chat = await _jianguo(house)
    await chat.says("导出我的数据")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    keeping = Housekeeping(house.pages.store, house.clock, house.talks.services.files)
    (file,) = house.pages.stored()
    os.utime(file, (house.clock.now().timestamp(),) * 2)
    house.clock.advance(_to_the_hour(house) + 2 * 3600)
    await keeping.run(b"{}")
    assert len(house.pages.stored()) == 1
    house.clock.advance(24 * 3600)
    await keeping.run(b"{}")
    assert house.pages.stored() == []


def _to_the_hour(house: House) -> float:
    now = house.clock.now()
    return 3600 - now.minute * 60 - now.second - now.microsecond / 1_000_000


async def test_erasure_leaves_nothing_of_the_openid_in_any_table(house: House, tmp_path: Path) -> None:
    """Over every column of every table, in clear, and under every keyed hash by which a chat is found: the openid is gone within a day."""
    openid = "o-to-be-erased-000000000000001"
    chat = house.chat(openid)
    await house.registered(chat)
    await chat.says(await house.page_digits(chat, people.JIANGUO.id_no, GOOD))
    await chat.says("切换到城乡居民")
    await chat.says("人工")
    await chat.says("结束人工")
    house.clock.advance(120)
    await chat.says("删除我的信息")
    chat.expect("依法要留", "一小时内")
    await chat.says("1")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    chat.expect("已经删除", "删除回执")
    receipt = chat.last.partition("删除回执：")[2][:21]
    async with house.pages.store.reading() as tx:
        assert await tx.users.bindings(openid) == ()
        assert await tx.accounts.of_person(house.pages.ids.jianguo) is None
        subject = await tx.people.identity_hash(house.pages.ids.jianguo)
        erased = [one for one in await tx.audit.of_subject(subject, 50) if one.action == "erase"]
        assert [one.note for one in erased] == [f"回执 {receipt}"]
    house.clock.advance(20 * 60)
    await house.talks.settle()
    async with house.pages.store.transaction() as tx:
        await tx.answers.purge(house.clock.now() - timedelta(minutes=15))
    house.clock.advance(25 * 3600)
    await house.pages.store.tidy()
    digest = house.talks.services.digest
    hashes = {digest(openid, purpose) for purpose in ("openid", "limit", "ticket.token", "key", "sms.phone")}
    found = []
    with sqlite3.connect(tmp_path / "data.sqlite") as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 (names of our own tables)
                for value in row:
                    text = value.decode(errors="ignore") if isinstance(value, bytes) else str(value)
                    if openid in text or text in hashes:
                        found.append(table)
    database.close()
    assert found == []


async def test_a_new_login_keeps_nothing_of_what_was_erased(house: House, tmp_path: Path) -> None:
    """The chat logs in again a minute after the erasure: its talk with a clerk, its wishes about reminders, its former binding are gone all the same,
    and what it begins anew stays."""
    chat = await _jianguo(house)
    async with house.pages.store.transaction() as tx:
        await tx.wishes.save(Preferences(OPENID, zone="Asia/Tokyo"))
    await chat.says("人工")
    await chat.says("我的秘密问题")
    await chat.says("结束人工")
    house.clock.advance(120)
    await chat.says("删除我的数据")
    await chat.says("1")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    chat.expect("已经删除")
    house.clock.advance(60)
    await _jianguo(house)
    house.clock.advance(25 * 3600)
    await house.talks.settle()
    async with house.pages.store.reading() as tx:
        assert len(await tx.users.bindings(OPENID)) == 1
        assert await tx.wishes.of(OPENID) == Preferences(OPENID)
        assert await tx.threads.of_chat(OPENID) is None
    with sqlite3.connect(tmp_path / "data.sqlite") as database:
        kept = {
            table: database.execute(f"SELECT count(*) FROM {table} WHERE openid = ?", (OPENID,)).fetchone()[0]  # noqa: S608
            for table in ("thread", "chat_wish", "identity_binding", "opt_out", "wechat_user")
        }
    database.close()
    assert kept == {"thread": 0, "chat_wish": 0, "identity_binding": 1, "opt_out": 0, "wechat_user": 1}


async def test_who_logged_in_again_meanwhile_is_not_thrown_out(house: House) -> None:
    """The forgetting that was left for later stops before a new consent."""
    chat = await _jianguo(house)
    await chat.says("删除我的数据")
    await chat.says("1")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    house.clock.advance(120)
    await _jianguo(house)
    house.clock.advance(3600)
    await house.talks.settle()
    async with house.pages.store.reading() as tx:
        assert len(await tx.users.bindings(OPENID)) == 1


async def test_consents_are_listed_and_can_be_withdrawn(house: House) -> None:
    """用户协议 with version and day; withdrawing it deletes the account and leaves the log-in as it is."""
    chat = house.chat()
    await house.registered(chat)
    await chat.says(await house.page_digits(chat, people.JIANGUO.id_no, GOOD))
    await chat.says("撤回同意")
    chat.expect("用户协议（版本 2026-11）", "登录和隐私说明", "2 撤回用户协议")
    await chat.says("2")
    await chat.says("1")
    chat.expect("密码账号删除了")
    async with house.pages.store.reading() as tx:
        assert await tx.accounts.of_person(house.pages.ids.jianguo) is None
        assert len(await tx.users.bindings(OPENID)) == 1


async def test_a_relative_gets_none_of_it(house: House) -> None:
    """Export, erasure, consents and sign-ins are the person's alone."""
    chat = house.chat("o-daughter")
    await chat.says("你好")
    async with house.pages.store.transaction() as tx:
        person, now = house.pages.ids.jianguo, house.clock.now()
        scopes = frozenset({"remind", "certification", "benefits", "act"})
        made = await tx.family.grant(
            Grant(0, person, "o-daughter", "女儿", scopes, (now + timedelta(days=9)).date(), False, now, "counter")
        )
        assert made is not None
    await chat.says("切换身份")
    await chat.says("1")
    for words in ("导出我的数据", "删除我的数据", "撤回同意", "我在哪里登录了", "改密码"):
        await chat.says(words)
        chat.expect_not("验证码", "确定删除", "您同意过", "这个微信：")


async def test_unfollowing_stays_as_it_was(house: House) -> None:
    """The chat is forgotten, with the page digits and the export; the person's account is the person's and stays."""
    chat = await _jianguo(house)
    await house.registered(house.chat("o-reg"))
    house.clock.advance(120)
    await chat.says("导出我的数据")
    await chat.says(house.talks.outside.code(people.JIANGUO_PHONE))
    path = URL(chat.link("下载我的数据")).path
    await chat.leaves()
    assert (await house.browser().get(path)).status == 404
    async with house.pages.store.reading() as tx:
        assert await tx.users.get(OPENID) is None
        assert await tx.accounts.of_person(house.pages.ids.jianguo) is not None
