"""Accounts: what an administrator does in the console, and what `python -m bot staff` does."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pyotp
import pytest
from typer.testing import CliRunner

from bot.__main__ import app
from bot.clock import SystemClock
from bot.console.demo_accounts import employ, hints, known_in
from bot.console.passwords import Argon
from bot.console.totp import Totp
from handlers.personnel import Personnel, first_password
from handlers.staff import StaffRefusal
from storage.demo import demo_staff
from storage.migrations import migrate
from storage.ports.records import AuditSearch, Staff
from storage.sql import open_store
from storage.vault import Vault
from tests.console.conftest import PASSWORD, OfficeWorld

NEW = {"login": "zhang", "name": "张新人", "role": ["受理", "客服"], "region": ["beijing"]}
KEY = "0f" * 32


async def _audited(office: OfficeWorld, about: str) -> list[tuple[str, str, str]]:
    async with office.store.reading() as tx:
        subject = await tx.audit.pseudonym(f"staff:{about}")
        found = await tx.audit.search(AuditSearch(subject=subject))
        return [(entry.action, entry.result, entry.note) for entry in found]


async def test_a_new_account_is_handed_over_once(office: OfficeWorld) -> None:
    """The answer to the form shows first password, secret and QR code; no other page ever does, and it is on record."""
    boss = await office.signed_in("管理员")
    answer = await boss.post("/console/staff", NEW)
    answer.expect("账号建好了", "只显示这一次", "张新人 · zhang")
    made = await office.now("zhang")
    secret = re.sub(r"\s", "", re.findall(r'<code class="big">([A-Z2-7 ]{39})</code>', answer.text)[0])
    assert secret == made.totp_secret
    assert "<svg" in answer.text
    assert (sorted(made.roles), sorted(made.regions)) == (["受理", "客服"], ["beijing"])
    for path in ("/console/staff", f"/console/staff/{made.id}"):
        (await boss.get(path)).expect_not(secret, made.password_hash)
    assert await _audited(office, "zhang") == [("staff-add", "ok", "受理、客服；北京")]


async def test_a_first_password_opens_nothing_but_its_own_change(office: OfficeWorld) -> None:
    """Whoever signs in with it can only change it; afterwards the console is open and the first one is dead."""
    boss = await office.signed_in("管理员")
    answer = await boss.post("/console/staff", NEW)
    given = re.findall(r'<code class="big">([a-z0-9-]{19})</code>', answer.text)[0]
    window = office.window()
    assert (await window.sign_in("zhang", given)).location == "/console/me"
    for path in ("/console/", "/console/talks", "/console/nowhere"):
        assert (await window.get(path)).location == "/console/me"
    assert (await window.post("/console/search", {"what": "1"})).location == "/console/me"
    page = await window.get("/console/me")
    page.expect("初始密码，只能用来改密码")
    assert re.findall(r'<nav class="menu".*?</nav>', page.text, re.S)[0].count("<li>") == 0
    fields = {"old": given, "new": PASSWORD, "again": PASSWORD, "code": await office.code("zhang")}
    assert (await window.post("/console/me/password", fields)).status == 303
    assert (await window.get("/console/")).status == 200
    assert (await office.window().sign_in("zhang", given)).status == 403
    assert (await office.window().sign_in("zhang")).status == 303


async def test_a_first_password_dies_after_three_days(office: OfficeWorld) -> None:
    """ASVS: a password that two people know is not left lying about."""
    boss = await office.signed_in("管理员")
    given = re.findall(r'<code class="big">([a-z0-9-]{19})</code>', (await boss.post("/console/staff", NEW)).text)[0]
    office.clock.advance(3 * 24 * 3600)
    assert (await office.window().sign_in("zhang", given)).status == 403


async def test_everything_that_is_wrong_is_named_at_once(office: OfficeWorld) -> None:
    """Four wrong fields are four sentences, each at its field; what was typed stays, and the hint names every character that is allowed."""
    boss = await office.signed_in("管理员")
    answer = await boss.post("/console/staff", {"login": "张三", "name": " ", "role": [], "region": []})
    assert answer.status == 400
    answer.expect(
        "有 4 处要改",
        "姓名要 1 到 30 个字。",
        "登录名要以小写字母开头，3 到 32 个字符，只用小写字母、数字、点、横线和下划线。",
        "请至少选一个角色",
        "请至少选一个地区",
        "可以用小写字母、数字、点、横线和下划线",
    )
    for field in ("name", "login", "role", "region"):
        assert f'id="{field}-error"' in answer.text
    assert 'value="张三"' in answer.text
    with pytest.raises(StaffRefusal, match=r"姓名要 1 到 30 个字。登录名要以小写字母开头"):
        await Personnel(office.accounts, {"beijing": "北京"}).add(None, "张三", " ", ["受理"], ["beijing"])


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"login": "SHOULI"}, "已经有人用了"),
        ({"login": "1abc"}, "登录名要以小写字母开头"),
        ({"login": "zhang san"}, "登录名要以小写字母开头"),
        ({"name": "  "}, "姓名要 1 到 30 个字"),
        ({"role": []}, "请至少选一个角色"),
        ({"role": ["皇帝"]}, "请至少选一个角色"),
        ({"region": []}, "请至少选一个地区"),
        ({"region": ["mars"]}, "请至少选一个地区"),
    ],
)
async def test_a_wrong_field_is_named_and_the_rest_stays(office: OfficeWorld, fields: dict[str, str], sentence: str) -> None:
    """What was typed stands in the form again; nothing is stored."""
    boss = await office.signed_in("管理员")
    answer = await boss.post("/console/staff", {**NEW, **fields})
    assert answer.status == 400
    answer.expect(sentence)
    if "name" not in fields:
        assert 'value="张新人"' in answer.text
    async with office.store.reading() as tx:
        assert len(await tx.staff.all()) == 6


async def test_nobody_administers_themselves(office: OfficeWorld) -> None:
    """Roles, code, first password and switching off of one's own account are refused, with two administrators too."""
    await office.employ("second", "第二位", {"管理员"})
    boss = await office.signed_in("管理员")
    mine = office.staff["管理员"]
    for act in ("change", "off", "code", "password"):
        fields = {"version": str(mine.version), "name": "我", "role": ["审计", "管理员"], "region": ["beijing"]}
        answer = await boss.post(f"/console/staff/{mine.id}/{act}", fields)
        assert answer.status == 400, act
    assert (await office.now("guanli")).version == mine.version
    (await boss.get(f"/console/staff/{mine.id}")).expect("这是您自己")


async def test_one_administrator_always_remains(office: OfficeWorld) -> None:
    """The last one in use cannot be switched off or lose the role, from the command line neither; a switched-off one does not count."""
    personnel = Personnel(office.accounts, {"beijing": "北京"})
    last = office.staff["管理员"]
    spare = await office.employ("second", "第二位", {"管理员"})
    await office.change("second", active=False)
    with pytest.raises(StaffRefusal, match="最后一位管理员"):
        await personnel.switch(None, last.id, last.version, active=False)
    with pytest.raises(StaffRefusal, match="最后一位管理员"):
        await personnel.change(None, last.id, last.version, "郑管理", ["审计"], ["beijing"])
    await personnel.switch(None, spare.id, spare.version + 1, active=True)
    assert not (await personnel.switch(None, last.id, last.version, active=False)).active


async def test_two_administrators_cannot_take_each_other_away(office: OfficeWorld) -> None:
    """Both at the same moment: one of them stays, whoever was faster."""
    other = await office.employ("second", "第二位", {"管理员"})
    mine = office.staff["管理员"]
    personnel = Personnel(office.accounts, {"beijing": "北京"})

    async def away(by: Staff, one: Staff) -> bool:
        try:
            await personnel.switch(by, one.id, one.version, active=False)
        except StaffRefusal:
            return False
        return True

    await asyncio.gather(away(mine, other), away(other, mine))
    async with office.store.reading() as tx:
        assert [one for one in await tx.staff.all() if one.active and "管理员" in one.roles]


async def test_a_change_over_a_change_is_refused(office: OfficeWorld) -> None:
    """Two administrators with the same page open: the second is told, and nothing of theirs is written."""
    boss = await office.signed_in("管理员")
    target = office.staff["运营"]
    fields = {"version": str(target.version), "name": "周运营", "role": ["运营", "审核"], "region": ["beijing"]}
    assert (await boss.post(f"/console/staff/{target.id}/change", fields)).status == 303
    answer = await boss.post(f"/console/staff/{target.id}/change", {**fields, "role": ["审计"]})
    assert answer.status == 400
    answer.expect("刚才有别人改过这个账号")
    assert (await office.now("yunying")).roles == {"运营", "审核"}


async def test_a_new_code_kills_the_old_one(office: OfficeWorld) -> None:
    """Lost phone: the old secret is dead, its sessions too; the new one works at once, also within the step that was used."""
    boss, clerk = await office.signed_in("管理员"), await office.signed_in("受理")
    old, target = office.staff["受理"].totp_secret, await office.now("shouli")
    answer = await boss.post(f"/console/staff/{target.id}/code", {"version": str(target.version)})
    answer.expect("动态口令已换新")
    assert (await clerk.get("/console/me")).status == 303
    office.clock.advance(30)
    assert (await office.window().sign_in("shouli", code=pyotp.TOTP(old).at(office.clock.now()))).status == 403
    assert (await office.window().sign_in("shouli")).status == 303
    assert ("staff-code", "ok", "") in await _audited(office, "shouli")


async def test_a_new_first_password_forgives_the_lock(office: OfficeWorld) -> None:
    """Locked out and password forgotten: the administrator's new first password opens the door again."""
    for _ in range(5):
        await office.window().sign_in("shouli", "wrong password 1", "000000")
    boss, target = await office.signed_in("管理员"), await office.now("shouli")
    answer = await boss.post(f"/console/staff/{target.id}/password", {"version": str(target.version)})
    given = re.findall(r'<code class="big">([a-z0-9-]{19})</code>', answer.text)[0]
    assert (await office.window().sign_in("shouli")).status == 403
    assert (await office.window().sign_in("shouli", given)).location == "/console/me"


async def test_switching_off_and_on_again(office: OfficeWorld) -> None:
    """Off: refused at the door. On: the old password and code work. Both are on record."""
    boss = await office.signed_in("管理员")
    target = office.staff["客服"]
    assert (await boss.post(f"/console/staff/{target.id}/off", {"version": str(target.version)})).status == 303
    assert (await office.window().sign_in("kefu")).status == 403
    (await boss.get("/console/staff")).expect("已停用")
    assert (await boss.post(f"/console/staff/{target.id}/on", {"version": str(target.version + 1)})).status == 303
    assert (await office.window().sign_in("kefu")).status == 303
    assert [action for action, _, _ in await _audited(office, "kefu")] == ["staff-on", "staff-off"]


def test_first_passwords_are_all_different_and_fit_the_rules() -> None:
    """Four groups of four letters and digits that cannot be confused."""
    made = {first_password() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"(?:[a-hj-km-np-z2-9]{4}-){3}[a-hj-km-np-z2-9]{4}", one) for one in made)


# ── the command line ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def settings(tmp_path: Path) -> list[str]:
    """A configuration file with a migrated database, as options of a command."""
    url = f"sqlite:///{tmp_path / 'bot.sqlite'}"
    asyncio.run(migrate(url))
    (tmp_path / "config.toml").write_text(f'[storage]\ndatabase_url = "{url}"\n[security]\nmaster_key = "{KEY}"\n', "utf-8")
    (tmp_path / "password").write_text(f"{PASSWORD}\n", "utf-8")
    return ["--config", str(tmp_path / "config.toml")]


def _staff(tmp_path: Path) -> dict[str, Staff]:
    async def main() -> dict[str, Staff]:
        store = open_store(f"sqlite:///{tmp_path / 'bot.sqlite'}", Vault(bytes.fromhex(KEY)), SystemClock())
        async with store.reading() as tx:
            found = {one.login: one for one in await tx.staff.all()}
        await store.close()
        return found

    return asyncio.run(main())


def _run(*arguments: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(app, ["staff", *arguments], input=typed)
    return done.exit_code, done.output


def test_the_first_account_is_made_on_the_command_line(tmp_path: Path, settings: list[str]) -> None:
    """`staff add` asks the password twice, shows the otpauth address and a QR code, and never the password."""
    code, said = _run("add", "boss", "--name", "老板", "--role", "管理员", *settings, typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert code == 0, said
    made = _staff(tmp_path)["boss"]
    assert (sorted(made.roles), sorted(made.regions)) == (["管理员"], ["beijing", "binzhou", "jinan"])
    assert f"secret={made.totp_secret}" in said
    assert "otpauth://totp/" in said
    assert "▄" in said
    assert PASSWORD not in said
    assert asyncio.run(Argon().fits(made.password_hash, PASSWORD))


def test_a_password_file_serves_a_script(tmp_path: Path, settings: list[str]) -> None:
    """With --password-file nothing is asked; several roles and regions add up."""
    file = ["--password-file", str(tmp_path / "password")]
    arguments = ["--name", "甲", "--role", "受理", "--role", "审核", "--region", "beijing", "--region", "jinan"]
    code, said = _run("add", "jia", *arguments, *file, *settings)
    assert code == 0, said
    made = _staff(tmp_path)["jia"]
    assert (sorted(made.roles), sorted(made.regions)) == (["受理", "审核"], ["beijing", "jinan"])
    code, said = _run("add", "jia", *arguments, *file, *settings)
    assert code == 1
    assert "已经有人用了" in said
    code, said = _run("add", "yiyi", "--name", "乙", "--role", "皇帝", *file, *settings)
    assert code == 1
    assert "请至少选一个角色" in said


def test_the_life_of_an_account_on_the_command_line(tmp_path: Path, settings: list[str]) -> None:
    """list, passwd, totp, off and on do what they say; an unknown login is told."""
    file = ["--password-file", str(tmp_path / "password")]
    assert "还没有账号" in _run("list", *settings)[1]
    for login in ("boss", "second"):
        assert _run("add", login, "--name", "某", "--role", "管理员", *file, *settings)[0] == 0
    before = _staff(tmp_path)["boss"]
    assert _run("passwd", "boss", *settings, typed="seven purple lamps 42\nseven purple lamps 42\n")[0] == 0
    assert asyncio.run(Argon().fits(_staff(tmp_path)["boss"].password_hash, "seven purple lamps 42"))
    code, said = _run("totp", "boss", *settings)
    assert code == 0
    assert before.totp_secret not in said
    assert f"secret={_staff(tmp_path)['boss'].totp_secret}" in said
    assert _run("off", "boss", *settings)[0] == 0
    assert not _staff(tmp_path)["boss"].active
    code, said = _run("off", "second", *settings)
    assert (code, "最后一位管理员" in said) == (1, True)
    assert _run("on", "boss", *settings)[0] == 0
    said = _run("list", *settings)[1]
    assert "boss" in said
    assert "在用" in said
    code, said = _run("off", "nobody", *settings)
    assert (code, "没有登录名是" in said) == (1, True)


def test_a_weak_password_is_refused(settings: list[str]) -> None:
    """The rules of the console hold here too."""
    code, said = _run("add", "boss", "--name", "老板", "--role", "管理员", *settings, typed="123456789012\n123456789012\n")
    assert (code, "太常见" in said) == (1, True)


@pytest.mark.parametrize("command", ["add", "list", "passwd", "totp", "off", "on", "code"])
def test_each_command_explains_itself(command: str) -> None:
    """`--help` works without a configuration."""
    code, said = _run(command, "--help")
    assert code == 0
    assert "用法：" in said


# ── the demo ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_demo_knows_its_own_accounts(tmp_path: Path) -> None:
    """One of each role; the hint's code opens the door once, then it is the next one, then one has to wait; nobody else can read the file."""
    url = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    await migrate(url)
    office = OfficeWorld(tmp_path)
    await office.start()
    async with office.store.reading() as tx:
        assert {role for one in await tx.staff.all() for role in one.roles} == {
            role for one in demo_staff() for role in one.roles
        }
    store = open_store(url, Vault(bytes.fromhex(KEY)), office.clock)
    known = await employ(store, tmp_path, demo_staff(), office.totp)
    assert (tmp_path / "staff.json").stat().st_mode & 0o077 == 0
    assert await employ(store, tmp_path, demo_staff(), office.totp) == known
    shown = {hint.login: hint for hint in await hints(store, known, office.totp)()}
    assert set(shown) == {one.login for one in demo_staff()}
    codes = []
    for _ in range(2):
        hint = {one.login: one for one in await hints(store, known, office.totp)()}["shouli"]
        step = office.totp.step(known["shouli"].secret, hint.code)
        assert step is not None
        codes.append(hint.code)
        async with store.transaction() as tx:
            account = await tx.staff.by_login("shouli")
            assert account is not None
            assert await tx.staff.use_code(account.id, step)
    assert codes[0] != codes[1]
    last = {one.login: one for one in await hints(store, known, office.totp)()}["shouli"]
    assert (last.code, last.wait) == ("", 30)
    await store.close()
    await office.close()


def test_the_demos_code_is_for_the_demo_alone(tmp_path: Path, settings: list[str]) -> None:
    """`staff code` reads the demo's folder; it takes no configuration and knows no real account."""
    file = ["--password-file", str(tmp_path / "password")]
    assert _run("add", "boss", "--name", "老板", "--role", "管理员", *file, *settings)[0] == 0
    assert _run("code", "boss", "--data", str(tmp_path))[0] == 1
    assert _run("code", "boss", *settings)[0] == 2
    (tmp_path / "staff.json").write_text('{"shouli": {"password": "x", "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}}', "utf-8")
    code, said = _run("code", "shouli", "--data", str(tmp_path))
    assert code == 0
    totp = Totp(SystemClock())
    assert totp.step(known_in(tmp_path)["shouli"].secret, said.strip()) is not None
