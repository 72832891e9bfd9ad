"""The door of the console: password and one-time code, locks, places, cookies, the idle end."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from pathlib import Path

import pyotp

from bot.config import Console
from bot.console.passwords import Argon
from handlers.secrecy import unfit
from handlers.staff import Accounts, SignInRules
from storage.ports.records import AuditSearch
from tests.console.conftest import CHEAP, LOGINS, PASSWORD, PUBLIC_URL, OfficeWorld

REFUSED = "登录名、密码或动态口令不对"


async def _audited(office: OfficeWorld, login: str) -> list[tuple[str, str]]:
    async with office.store.reading() as tx:
        actor = await tx.audit.pseudonym(f"staff:{login}")
        return [(entry.action, entry.result) for entry in await tx.audit.search(AuditSearch(actor=actor))]


class CountingHasher:
    """The real hasher behind a counter, at the port."""

    def __init__(self) -> None:
        self.compared = 0

    async def made(self, password: str) -> str:
        return await CHEAP.made(password)

    async def fits(self, stored: str, password: str) -> bool:
        self.compared += 1
        return await CHEAP.fits(stored, password)

    def outdated(self, stored: str) -> bool:
        return CHEAP.outdated(stored)


async def test_signing_in_leads_to_work(office: OfficeWorld) -> None:
    """Login, password and one-time code together open the console at the account's own first page, and it is on record."""
    window = await office.signed_in("管理员")
    page = await window.get("/console/me")
    assert page.status == 200
    page.expect("郑管理", "登录的地方", "就是这里")
    assert await _audited(office, "guanli") == [("sign-in", "ok")]


async def test_each_role_begins_at_its_own_work(office: OfficeWorld) -> None:
    """After signing in a person stands where their work is."""
    homes = {
        "受理": "/console/",
        "审核": "/console/",
        "客服": "/console/talks",
        "运营": "/console/numbers",
        "审计": "/console/audit",
        "管理员": "/console/staff",
    }
    for role, home in homes.items():
        window = office.window()
        assert (await window.sign_in(LOGINS[role])).location == home
        assert (await window.get(home)).status == 200


async def test_whoever_came_for_a_page_goes_on_to_it(office: OfficeWorld) -> None:
    """The door remembers which page was wanted, and only ever leads to pages of the console."""
    window = office.window()
    sent = await window.get("/console/numbers")
    assert sent.status == 303
    assert sent.location == "/console/sign-in?next=/console/numbers"
    assert (await window.sign_in("yunying", going="/console/numbers")).location == "/console/numbers"
    for elsewhere in ("https://evil.example/", "//evil.example/", "/console/../v", "/console/sign-out", "/console/x?y=1"):
        assert (await office.window().sign_in("yunying", going=elsewhere)).location == "/console/numbers"


async def test_every_refusal_is_the_same(office: OfficeWorld) -> None:
    """ASVS 6.3.8: unknown login, wrong password, wrong code, code of another account, switched-off account: one sentence, one status, one work."""
    hasher = CountingHasher()
    accounts = Accounts(office.store, office.clock, hasher, office.totp, SignInRules())
    await office.change("kefu", active=False)
    code = await office.code("shouli")
    tries = [
        ("nobody", PASSWORD, code),
        ("shouli", "wrong password 1", code),
        ("shouli", PASSWORD, "000000"),
        ("shouli", PASSWORD, await office.code("shenhe")),
        ("kefu", PASSWORD, await office.code("kefu")),
    ]
    bodies = set()
    for login, password, given in tries:
        before = hasher.compared
        assert await accounts.sign_in(login, password, given, "", "192.0.2.7") is None
        assert hasher.compared == before + 1
        answer = await office.window().sign_in(login, password, given)
        assert answer.status == 403
        answer.expect(REFUSED)
        bodies.add(re.sub(r'name="csrf" value="[0-9a-f]+"|value="(nobody|shouli|kefu)"', "", answer.text))
    assert len(bodies) == 1


async def test_what_was_left_empty_is_said_beside_its_field_and_is_no_try(office: OfficeWorld) -> None:
    """In our words, not in a bubble of the browser; twenty of them lock nothing."""
    assert "novalidate" in (await office.window().get("/console/sign-in")).text
    for _ in range(20):
        answer = await office.window().sign_in("shouli", " ", "")
        assert answer.status == 400
    assert "请填密码。" in answer.text
    assert "请填动态口令" in answer.text
    assert "请填登录名" not in answer.text
    assert 'value="shouli"' in answer.text
    assert (await office.window().sign_in("shouli")).status == 303


async def test_the_login_stays_in_its_field_and_the_password_does_not(office: OfficeWorld) -> None:
    """After an error nothing has to be typed again but the secrets."""
    answer = await office.window().sign_in("shouli", "wrong password 1")
    assert 'value="shouli"' in answer.text
    answer.expect_not("wrong password 1")


async def test_wrong_tries_lock_the_account_also_for_the_right_password(office: OfficeWorld) -> None:
    """After five wrong tries the right ones are refused too, for fifteen minutes, and then longer."""
    for _ in range(5):
        assert (await office.window().sign_in("shouli", "wrong password 1", "000000")).status == 403
    assert (await office.window().sign_in("shouli")).status == 403
    office.clock.advance(15 * 60 + 1)
    for _ in range(5):
        assert (await office.window().sign_in("shouli", "wrong password 1", "000000")).status == 403
    office.clock.advance(15 * 60 + 1)
    assert (await office.window().sign_in("shouli")).status == 403, "the second lock is longer than the first"
    office.clock.advance(45 * 60)
    assert (await office.window().sign_in("shouli")).status == 303
    assert (await office.window().sign_in("shenhe")).status == 303, "nobody else was locked"


async def test_a_lock_survives_a_restart(office: OfficeWorld) -> None:
    """A new process forgives nothing."""
    for _ in range(5):
        await office.window().sign_in("shouli", "wrong password 1", "000000")
    await office.restart()
    assert (await office.window().sign_in("shouli")).status == 403


async def test_many_tries_at_once_are_as_many_tries(office: OfficeWorld) -> None:
    """Twenty wrong tries side by side: five are judged, then the account is locked."""
    accounts = Accounts(office.store, office.clock, CHEAP, office.totp, SignInRules())
    await asyncio.gather(*(accounts.sign_in("shouli", f"guess number {n}", "000000", "", "192.0.2.7") for n in range(20)))
    assert await accounts.sign_in("shouli", PASSWORD, await office.code("shouli"), "", "192.0.2.8") is None


async def test_one_address_cannot_try_all_accounts(office: OfficeWorld) -> None:
    """Fifty wrong tries over many logins shut the address out; another address still gets in."""
    hasher = CountingHasher()
    accounts = Accounts(office.store, office.clock, hasher, office.totp, SignInRules())
    for number in range(50):
        await accounts.sign_in(f"nobody{number}", "wrong password 1", "000000", "", "192.0.2.7")
    before = hasher.compared
    assert await accounts.sign_in("shouli", PASSWORD, await office.code("shouli"), "", "192.0.2.7") is None
    assert hasher.compared == before, "a flood costs no work"
    assert await accounts.sign_in("shouli", PASSWORD, await office.code("shouli"), "", "198.51.100.1") is not None


async def test_a_right_sign_in_forgives_the_wrong_tries(office: OfficeWorld) -> None:
    """Four wrong tries, a right one, four wrong ones: no lock."""
    for _ in range(2):
        for _ in range(4):
            await office.window().sign_in("shouli", "wrong password 1", "000000")
        assert (await office.window().sign_in("shouli")).status == 303


async def test_a_code_works_once(office: OfficeWorld) -> None:
    """ASVS 6.5.1: the same code a second time is refused, in another browser too; the next one is taken."""
    code = await office.code("shouli")
    assert (await office.window().sign_in("shouli", code=code)).status == 303
    assert (await office.window().sign_in("shouli", code=code)).status == 403
    office.clock.advance(30)
    assert (await office.window().sign_in("shouli")).status == 303


async def test_a_code_is_good_for_one_step_to_either_side(office: OfficeWorld) -> None:
    """A phone's clock may be half a minute off, not a whole one; spaces in the code do not matter."""
    secret, now = office.staff["受理"].totp_secret, office.clock.now()
    other = pyotp.TOTP(secret)
    assert (await office.window().sign_in("shouli", code=other.at(now - timedelta(seconds=60)))).status == 403
    assert (await office.window().sign_in("shouli", code=other.at(now + timedelta(seconds=60)))).status == 403
    late = other.at(now - timedelta(seconds=30))
    assert (await office.window().sign_in("shouli", code=f"{late[:3]} {late[3:]}")).status == 303
    assert (await office.window().sign_in("shouli", code=other.at(now + timedelta(seconds=30)))).status == 303
    assert (await office.window().sign_in("shouli", code=other.at(now))).status == 403, "an older step than the newest used"


async def test_each_sign_in_has_a_token_of_its_own(office: OfficeWorld) -> None:
    """ASVS 7.2.3, 7.2.4: a new token of more than 128 bits each time; what a stranger put there before is not taken over."""
    window = office.window()
    window.cookies["__Host-console-place"] = "chosen-by-somebody-else"
    await window.sign_in("shouli")
    first = window.token
    assert len(first) >= 43
    assert first != "chosen-by-somebody-else"
    second = await office.signed_in("受理")
    assert second.token != first


async def test_the_cookie_is_out_of_reach(office: OfficeWorld) -> None:
    """HttpOnly, Secure, SameSite=Strict, __Host- with path /, ending with the browser."""
    answer = await office.window().sign_in("shouli")
    morsel = answer.cookies["__Host-console-place"]
    assert (morsel["httponly"], morsel["secure"], morsel["samesite"], morsel["path"]) == (True, True, "Strict", "/")
    assert (morsel["domain"], morsel["max-age"], morsel["expires"]) == ("", "", "")


async def test_without_tls_the_cookie_stays_under_the_console(tmp_path: Path) -> None:
    """A demo on this machine has no TLS: no __Host- prefix, path /console, the rest the same."""
    office = OfficeWorld(tmp_path, public_url="http://127.0.0.1:8080")
    await office.start()
    answer = await office.window().sign_in("shouli")
    morsel = answer.cookies["console-place"]
    assert (morsel["httponly"], morsel["secure"], morsel["samesite"], morsel["path"]) == (True, "", "Strict", "/console")
    await office.close()


async def test_the_database_holds_no_token_and_no_password(office: OfficeWorld) -> None:
    """What is stored opens nothing: the token is hashed, the password is argon2id under seal."""
    window = await office.signed_in("受理")
    raw = b"".join(path.read_bytes() for path in office.folder.glob("office.sqlite*"))
    for secret in (window.token, PASSWORD, window.place.totp_secret, "$argon2", "shouli", "钱受理"):
        assert secret.encode() not in raw, secret
    assert window.place.password_hash.startswith("$argon2id$")


async def test_signing_out_ends_the_place(office: OfficeWorld) -> None:
    """The token is dead afterwards, whoever kept it, and it is on record."""
    window = await office.signed_in("受理")
    kept = dict(window.cookies)
    assert (await window.post("/console/sign-out")).location == "/console/sign-in"
    window.cookies.update(kept)
    assert (await window.get("/console/me")).location.startswith("/console/sign-in")
    assert (await _audited(office, "shouli"))[0] == ("sign-out", "ok")


async def test_a_quiet_place_ends_by_itself(office: OfficeWorld) -> None:
    """Twenty minutes without a look end the sign-in; each look pushes that out."""
    window = await office.signed_in("受理")
    for _ in range(3):
        office.clock.advance(19 * 60 + 55)
        assert (await window.get("/console/me")).status == 200
    office.clock.advance(20 * 60 + 1)
    gone = await window.get("/console/me")
    assert gone.location == "/console/sign-in?ended=1&next=/console/me"
    (await window.follow(gone)).expect("登录已经结束，请重新登录")


async def test_no_place_lives_longer_than_a_working_day(office: OfficeWorld) -> None:
    """Ten hours after signing in it is over, however busy."""
    window = await office.signed_in("受理")
    for _ in range(39):
        office.clock.advance(15 * 60)
        assert (await window.get("/console/me")).status == 200
    office.clock.advance(15 * 60)
    assert (await window.get("/console/me")).status == 303


async def test_the_limits_are_those_of_the_configuration(tmp_path: Path) -> None:
    """`[console]` says when it ends and how often may be tried."""
    office = OfficeWorld(tmp_path, config=Console(idle_minutes=5, hours=1, tries=2, lock_minutes=3))
    await office.start()
    window = await office.signed_in("受理")
    office.clock.advance(5 * 60 + 1)
    assert (await window.get("/console/me")).status == 303
    for _ in range(2):
        await office.window().sign_in("shenhe", "wrong password 1", "000000")
    assert (await office.window().sign_in("shenhe")).status == 403
    office.clock.advance(3 * 60)
    assert (await office.window().sign_in("shenhe")).status == 303
    await office.close()


async def test_a_look_by_the_page_itself_keeps_nobody_signed_in(office: OfficeWorld) -> None:
    """A quiet look does not push the idle end out."""
    window = await office.signed_in("受理")
    office.clock.advance(15 * 60)
    assert await office.accounts.seat(window.token, quiet=True) is not None
    office.clock.advance(5 * 60 + 1)
    assert await office.accounts.seat(window.token) is None


async def test_one_place_can_end_another(office: OfficeWorld) -> None:
    """The list of places shows each with its browser and network, and ends the one that is chosen, or all the others."""
    here, there, third = [await office.signed_in("受理") for _ in range(3)]
    page = await here.get("/console/me")
    page.expect("127.0.0.*")
    assert page.text.count("结束登录：") == 3
    seat = await office.accounts.seat(there.token)
    assert seat is not None
    await here.post("/console/me/places", {"place": str(seat[1].id)})
    assert (await there.get("/console/me")).status == 303
    assert (await third.get("/console/me")).status == 200
    await here.post("/console/me/places", {"place": "others"})
    assert (await third.get("/console/me")).status == 303
    assert (await here.get("/console/me")).status == 200


async def test_nobody_ends_the_place_of_somebody_else(office: OfficeWorld) -> None:
    """Another account's place looks like one that is over, and lives on."""
    mine, other = await office.signed_in("受理"), await office.signed_in("审核")
    seat = await office.accounts.seat(other.token)
    assert seat is not None
    answer = await mine.follow(await mine.post("/console/me/places", {"place": str(seat[1].id)}))
    answer.expect("这处登录已经结束了")
    assert (await other.get("/console/me")).status == 200


async def test_changing_the_password_takes_both_proofs_and_ends_other_places(office: OfficeWorld) -> None:
    """Old password and a fresh code; the other places end, this one stays, and only the new password opens the door."""
    here, there = await office.signed_in("受理"), await office.signed_in("受理")
    new = "seven purple lamps 42"
    wrong = {"old": "wrong password 1", "new": new, "again": new, "code": await office.code("shouli")}
    refused = await here.post("/console/me/password", wrong)
    assert refused.status == 400
    refused.expect("原密码或动态口令不对")
    refused.expect_not(new)
    right = {"old": PASSWORD, "new": new, "again": new}
    stale = await here.post("/console/me/password", {**right, "code": "000000"})
    stale.expect("原密码或动态口令不对")
    done = await here.post("/console/me/password", {**right, "code": await office.code("shouli")})
    assert done.status == 303
    (await here.follow(done)).expect("密码改好了")
    assert (await there.get("/console/me")).status == 303
    assert (await office.window().sign_in("shouli", PASSWORD)).status == 403
    assert (await office.window().sign_in("shouli", new)).status == 303
    assert ("password", "ok") in await _audited(office, "shouli")


async def test_the_password_form_is_no_way_around_the_lock(office: OfficeWorld) -> None:
    """Whoever holds a session without the password has five tries there too, as at the door."""
    window = await office.signed_in("受理")
    new = "seven purple lamps 42"
    for number in range(5):
        fields = {"old": f"guess number {number}", "new": new, "again": new, "code": "000000"}
        assert (await window.post("/console/me/password", fields)).status == 400
    fields = {"old": PASSWORD, "new": new, "again": new, "code": await office.code("shouli")}
    assert (await window.post("/console/me/password", fields)).status == 400


async def test_what_cannot_be_a_password() -> None:
    """Too short, too common, the login itself; each with what to do instead. An ordinary long one is taken."""
    assert "至少要 12 个字符" in unfit("short pass1", "shouli")
    assert "太长" in unfit("长" * 129, "shouli")
    for common in (
        "123456789012",
        "Password1234",
        "qwertyuiop12",
        "aaaaaaaaaaaa",
        "abcdefghijkl",
        "987654321098",
        "１２３４５６７８９０１２",
    ):
        assert "太常见" in unfit(common, "shouli"), common
    assert "登录名" in unfit("zhang.sanfeng", "zhang.sanfeng")
    assert "登录名" in unfit("Zhang.Sanfeng1", "zhang.sanfeng")
    for good in ("correct horse battery", "窗前明月光疑是地上霜举头", "k7mp-3wqx-9fht-x2cd"):
        assert unfit(good, "shouli") == "", good


async def test_a_password_of_old_parameters_is_hashed_anew(office: OfficeWorld) -> None:
    """Whoever signs in leaves today's parameters behind, and gets in as before."""
    old = await Argon(time_cost=2, memory_kib=16, parallelism=1).made(PASSWORD)
    await office.change("shouli", password_hash=old)
    assert (await office.window().sign_in("shouli")).status == 303
    assert not CHEAP.outdated((await office.now("shouli")).password_hash)
    assert (await office.window().sign_in("shouli")).status == 303


async def test_the_form_of_the_door_needs_its_own_page(office: OfficeWorld) -> None:
    """A sign-in that another site sends is refused: no door cookie, another's token, another origin."""
    code = await office.code("shouli")
    fields = {"csrf": "0" * 64, "login": "shouli", "password": PASSWORD, "code": code}
    assert (await office.window().post("/console/sign-in", fields)).status == 403
    window = office.window()
    page = await window.get("/console/sign-in")
    token = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    assert token
    good = {**fields, "csrf": token[1]}
    assert (await window.post("/console/sign-in", good, Origin="https://evil.example")).status == 403
    assert (await window.post("/console/sign-in", good, **{"Sec-Fetch-Site": "cross-site"})).status == 403
    assert (await office.window().post("/console/sign-in", good)).status == 403
    assert (await window.post("/console/sign-in", good, Origin=PUBLIC_URL, **{"Sec-Fetch-Site": "same-origin"})).status == 303
