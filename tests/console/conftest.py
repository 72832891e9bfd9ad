"""A running console over a real SQLite store, with a browser for each role that is signed in at the real door.

    async def test_…(office: OfficeWorld) -> None:
        clerk = await office.signed_in("受理")          # a Window: keeps cookies, follows nothing by itself
        page = await clerk.get("/console/")
        answer = await clerk.post("/console/cases/…/claim", {"version": "1"})    # adds the csrf token by itself
        clerk.place                                      # the Staff record behind it

`office.store`, `.clock` (a FakeClock), `.services`, `.deps`, `.ids` (tests.people) are there too; `office.staff["受理"]` are the records.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.config import Console
from bot.console.deps import Hints
from bot.console.looks import LOOKS
from bot.console.passwords import Argon
from bot.console.routes import routes
from bot.console.shell import ConsoleDeps, cookie_name, form_token
from bot.console.totp import Totp
from handlers.captcha import Captcha
from handlers.filings.office import Office
from handlers.links import Links
from handlers.orders.payments import NoPayments
from handlers.policy import Policy
from handlers.scenes.codes import QrCodes
from handlers.services import Services
from handlers.staff import ROLES, Accounts, SignInRules
from handlers.verification import Verification
from storage.files import FolderFiles
from storage.ports.records import Staff
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests import people
from tests.clock import START, FakeClock
from tests.fresh import filled, regions

PUBLIC_URL = "https://sb.example.cn"
PASSWORD = "correct horse battery"
LOGINS = {"受理": "shouli", "审核": "shenhe", "客服": "kefu", "运营": "yunying", "审计": "shenji", "管理员": "guanli"}
NAMES = {"受理": "钱受理", "审核": "孙审核", "客服": "李客服", "运营": "周运营", "审计": "吴审计", "管理员": "郑管理"}
EVERYWHERE = frozenset({"beijing", "binzhou", "jinan"})
CHEAP = Argon(time_cost=1, memory_kib=8, parallelism=1)
"""The real hasher with parameters that cost nothing."""


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    cookies: SimpleCookie

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def words(self) -> str:
        """What a person reads, tags left out."""
        plain = re.sub(r"<(script|style)\b.*?</\1>", " ", self.text, flags=re.S)
        return unescape(" ".join(re.sub(r"<[^>]+>", " ", plain).split()))

    def expect(self, *parts: str) -> None:
        """Each part stands in what a person reads."""
        for part in parts:
            assert part in self.words, f"{part!r} is not in:\n{self.words}"

    def expect_not(self, *parts: str) -> None:
        """No part stands anywhere in the answer, markup included."""
        for part in parts:
            assert part not in self.text, f"{part!r} is in:\n{self.text}"


class Window:
    """A browser: keeps cookies (Secure ones too: the test server stands behind the public address) and follows no redirect."""

    def __init__(self, office: OfficeWorld, **headers: str) -> None:
        self.office = office
        self.headers = headers
        self.cookies: dict[str, str] = {}
        self.staff: Staff | None = None

    @property
    def place(self) -> Staff:
        """Who sits here."""
        assert self.staff is not None
        return self.staff

    @property
    def token(self) -> str:
        """The session's token; '' when not signed in."""
        return self.cookies.get(cookie_name(self.office.deps, "place"), "")

    @property
    def csrf(self) -> str:
        return form_token(self.token)

    async def get(self, path: str, **headers: str) -> Answer:
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None, **headers: str) -> Answer:
        """Send a form with this sign-in's token, unless `fields` has a `csrf` of its own."""
        given = {"csrf": self.csrf, **(fields or {})}
        body = urlencode(given, doseq=True).encode()
        return await self._ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded", **headers})

    async def follow(self, answer: Answer) -> Answer:
        """Go where a redirect leads."""
        assert answer.status == 303, answer.words
        return await self.get(answer.location)

    async def sign_in(self, login: str, password: str = PASSWORD, code: str | None = None, going: str = "") -> Answer:
        """At the door, like a person: the page first, then the form. Without `code`: the account's present one."""
        page = await self.get("/console/sign-in")
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
        assert found, page.text
        fields = {"csrf": found[1], "login": login, "password": password, "next": going}
        return await self.post("/console/sign-in", {**fields, "code": await self.office.code(login) if code is None else code})

    async def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        sent = {**self.headers, **headers}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        url = self.office.server.make_url("/").join(URL(path, encoded=True))
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
            session.request(method, url, data=body, headers=sent, allow_redirects=False) as response,
        ):
            answer = Answer(response.status, await response.read(), response.headers.copy(), response.cookies)
        for name, morsel in answer.cookies.items():
            if morsel.value and morsel["max-age"] != "0":
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)
        return answer


async def everybody_employed(store: SqlStore) -> tuple[people.Ids, dict[str, Staff]]:
    """Everybody of `tests.people`, and one account for each role."""
    ids = await people.load(store)
    made = await CHEAP.made(PASSWORD)
    staff: dict[str, Staff] = {}
    for role in ROLES:
        new = Staff(
            0, LOGINS[role], NAMES[role], made, Totp(FakeClock()).new_secret(), frozenset({role}), EVERYWHERE, True, START
        )
        async with store.transaction() as tx:
            staff[role] = await tx.staff.add(new)
    return ids, staff


class OfficeWorld:
    """The console of an agency with one account of each role, all in all three regions."""

    def __init__(self, folder: Path, *, config: Console | None = None, public_url: str = PUBLIC_URL, hints: Hints | None = None):
        self.folder = folder
        self.clock = FakeClock()
        self.url = f"sqlite:///{folder / 'office.sqlite'}"
        self.vault = Vault(b"a master key for tests, 32 bytes.")
        self.config = config or Console()
        self.public_url = public_url
        self.hints = hints
        self.codes: QrCodes | None = None
        self.staff: dict[str, Staff] = {}

    async def start(self) -> None:
        """Migrate, load people and staff, listen."""
        self.ids, staff = await filled(self.url, self.vault, "everybody employed", everybody_employed)
        self.staff |= staff
        await self.open()

    async def open(self) -> None:
        """What a process does when it starts."""
        self.store: SqlStore = open_store(self.url, self.vault, self.clock)
        self.totp = Totp(self.clock)
        links = Links(self.clock, self.public_url)
        self.services = Services(
            clock=self.clock,
            regions=regions(),
            links=links,
            verification=Verification(self.clock),
            captcha=Captcha(self.clock, links),
            policy=Policy(),
            digest=self.vault.digest,
            public_url=self.public_url,
            files=FolderFiles(self.folder / "files", self.vault),
            payments=NoPayments(),
        )
        self.accounts = Accounts(self.store, self.clock, CHEAP, self.totp, SignInRules.of(self.config))
        self.deps = ConsoleDeps(
            store=self.store,
            clock=self.clock,
            services=self.services,
            office=Office(self.store, self.services),
            accounts=self.accounts,
            config=self.config,
            public_url=self.public_url,
            hints=self.hints,
            codes=self.codes,
        )
        app = web.Application()
        LOOKS.read_all()
        app.add_routes(routes(self.deps))
        self.server = TestServer(app)
        await self.server.start_server()

    async def close(self) -> None:
        await self.server.close()
        await self.store.close()

    async def restart(self) -> None:
        """A new process over the same file."""
        await self.close()
        await self.open()

    async def employ(
        self, login: str, name: str, roles: set[str], regions: frozenset[str] = EVERYWHERE, *, made: str = ""
    ) -> Staff:
        """One more account with the password of all of them."""
        stored = made or await CHEAP.made(PASSWORD)
        async with self.store.transaction() as tx:
            return await tx.staff.add(
                Staff(0, login, name, stored, self.totp.new_secret(), frozenset(roles), regions, True, self.clock.now())
            )

    async def now(self, login: str) -> Staff:
        """The stored account of that login."""
        async with self.store.reading() as tx:
            found = await tx.staff.by_login(login)
        assert found is not None, login
        return found

    async def change(self, login: str, **fields: Any) -> Staff:
        """Write the account from outside, as another administrator's process would."""
        found = await self.now(login)
        async with self.store.transaction() as tx:
            return await tx.staff.save(replace(found, **fields))

    async def code(self, login: str) -> str:
        """What the authenticator of that account shows; if that was used, the clock moves on to the next."""
        async with self.store.reading() as tx:
            found = await tx.staff.by_login(login)
        if found is None:
            return "000000"
        while self.totp.present() <= found.totp_step:
            self.clock.advance(30)
        return self.totp.code(found.totp_secret, self.totp.present())

    def window(self, **headers: str) -> Window:
        """A browser that has not signed in."""
        return Window(self, **headers)

    async def signed_in(self, who: str) -> Window:
        """A browser in which that role (or login) has signed in at the door."""
        login = LOGINS.get(who, who)
        window = self.window()
        answer = await window.sign_in(login)
        assert answer.status == 303, answer.words
        window.staff = await self.now(login)
        return window


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[OfficeWorld]:
    made = OfficeWorld(tmp_path)
    await made.start()
    yield made
    await made.close()
