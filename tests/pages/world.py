"""The pages over a real store, the real queries and the real renderer, with a browser that keeps cookies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.pages import PageDeps, routes, setup_templates
from dialogs.statement import Statement
from handlers.captcha import Captcha
from handlers.documents import Renderer, content_hash, freeze, new_check_code, new_serial
from handlers.links import Links
from handlers.queries import QUERIES, Asker
from handlers.verification import Verification, VerificationLimits
from storage.migrations import migrate
from storage.ports.records import Binding, Document, User
from storage.ports.repositories import Repositories
from storage.regions import load_regions
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests import people
from tests.clock import FakeClock

ANN = "o-ann-0000000000000000000001"
BEN = "o-ben-0000000000000000000002"
PUBLIC_URL = "https://sb.example.cn"
LAST_YEAR = {"query": "contributions", "period": "2023-01..2023-12", "insurance": "pension"}

_TOKEN = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


@dataclass
class Answers:
    """Port fake of the desk: the real query, for the chat's own bound person; `statements` are given as they stand."""

    clock: FakeClock
    statements: dict[str, Statement] = field(default_factory=dict)
    broken: bool = False

    async def statement(self, tx: Repositories, params: Mapping[str, str], openid: str) -> Statement | None:
        if self.broken:
            raise RuntimeError("110199198003150011 fell over")
        if params.get("sample") in self.statements:
            return self.statements[params["sample"]]
        bound = {binding.person_id for binding in await tx.users.bindings(openid)}
        person = await tx.people.get(int(params["person"])) if int(params.get("person", "0")) in bound else None
        if person is None:
            return None
        asker = Asker(person, load_regions()[person.region], self.clock.now().date())
        return await QUERIES[params["query"]](tx, asker, params)

    async def issue(self, tx: Repositories, statement: Statement, person_id: int | None, openid: str, key: str) -> Document:
        now = self.clock.now()
        snapshot = freeze(statement)
        draft = Document(
            new_serial(now.date(), statement.region),
            new_check_code(),
            statement.feature,
            statement.title,
            statement.region,
            person_id,
            f"{openid}|{key}",
            snapshot,
            content_hash(snapshot),
            now,
        )
        document, _ = await tx.documents.add(draft)
        return document


class World:
    """One service with two chats: ANN speaks for 张建国, BEN for 李秀英."""

    def __init__(self, folder: Path, renderer: Renderer, limits: VerificationLimits | None = None) -> None:
        self.clock = FakeClock()
        self.url = f"sqlite:///{folder / 'data.sqlite'}"
        self.renderer = renderer
        self.answers = Answers(self.clock)
        self.asker = "addr:192.0.2.1"
        self.limits = limits
        self.public_url = PUBLIC_URL
        self.frame_ancestors = "'none'"

    async def start(self, port: int | None = None) -> None:
        """Migrate, load everybody, listen."""
        await migrate(self.url)
        await self.open(port)
        self.ids = await people.load(self.store)
        async with self.store.transaction() as tx:
            for openid, person, region in ((ANN, self.ids.jianguo, "beijing"), (BEN, self.ids.xiuying, "binzhou")):
                await tx.users.save(User(openid, True, "person", region, person))
                await tx.users.bind(Binding(0, openid, person, "person", "sms", "1", self.clock.now()))

    async def open(self, port: int | None = None) -> None:
        """What a process does when it starts: nothing of a former one is kept but the file."""
        self.store: SqlStore = open_store(self.url, Vault(b"a master key for tests, 32 bytes."), self.clock)
        self.links = Links(self.clock, self.public_url)
        self.captcha = Captcha(self.clock, self.links)
        self.verification = Verification(self.clock, self.limits)
        deps = PageDeps(
            self.store,
            self.clock,
            self.links,
            self.verification,
            self.captcha,
            self.renderer,
            self.public_url,
            self.answers,
            self.answers.issue,
            frame_ancestors=self.frame_ancestors,
            asker=lambda request: request.headers.get("X-Test-Asker", self.asker),
        )
        app = web.Application()
        setup_templates(app)
        app.add_routes(routes(deps))
        self.server = TestServer(app, port=port)
        await self.server.start_server()

    async def close(self) -> None:
        await self.server.close()
        await self.store.close()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    def browser(self, **headers: str) -> Browser:
        """A new browser without a cookie."""
        return Browser(self, headers)

    # ── what the chat would do ──────────────────────────────────────────────────────────────────────────────────────

    async def page_link(self, openid: str = ANN, **params: str) -> str:
        """The path of a fresh /p link, about the chat's own person unless told otherwise."""
        mine = str(self.ids.jianguo if openid == ANN else self.ids.xiuying)
        async with self.store.transaction() as tx:
            return URL(await self.links.page(tx, openid, {**LAST_YEAR, "person": mine, **params})).path

    async def document(self, openid: str = ANN, content: Statement | None = None, key: str = "key") -> Document:
        """An issued document of the chat's person."""
        person = self.ids.jianguo if openid == ANN else self.ids.xiuying
        async with self.store.transaction() as tx:
            found = content or await self.answers.statement(tx, {**LAST_YEAR, "person": str(person)}, openid)
            assert found is not None
            return await self.answers.issue(tx, found, person, openid, key)

    async def document_link(self, document: Document, openid: str = ANN) -> str:
        async with self.store.transaction() as tx:
            return URL(await self.links.document(tx, openid, document.serial_no)).path

    async def captcha_link(self, openid: str = ANN) -> str:
        async with self.store.transaction() as tx:
            return URL(await self.captcha.link(tx, openid)).path

    async def audited(self, subject_of: int, limit: int = 50) -> list[tuple[str, str]]:
        """(action, result) of the person's audit records, newest first."""
        async with self.store.reading() as tx:
            subject = await tx.people.identity_hash(subject_of)
            return [(entry.action, entry.result) for entry in await tx.audit.of_subject(subject, limit)]


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
    def csrf(self) -> str:
        found = _TOKEN.search(self.text)
        assert found, self.text[:2000]
        return found[1]


class Browser:
    """Keeps cookies by path like a browser does, Secure ones too (the test server speaks plain HTTP behind the public address)."""

    def __init__(self, world: World, headers: Mapping[str, str]) -> None:
        self._world = world
        self._headers = dict(headers)
        self.jar: dict[tuple[str, str], str] = {}

    def _cookies_for(self, path: str) -> dict[str, str]:
        fitting = [
            (at, name, value)
            for (at, name), value in self.jar.items()
            if path == at or path.startswith(at if at.endswith("/") else f"{at}/")
        ]
        return {name: value for _, name, value in sorted(fitting)}

    async def ask(
        self, method: str, path: str, *, follow: bool = True, form: Mapping[str, str] | None = None, **more: str
    ) -> Answer:
        """One request, and the redirects after it."""
        for _ in range(6):
            plain = path.partition("?")[0]
            cookies = self._cookies_for(plain)
            headers = {**self._headers, **{name.replace("_", "-"): value for name, value in more.items()}}
            if cookies:
                headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
                url = URL(str(self._world.server.make_url("/")).rstrip("/") + path, encoded=True)
                async with session.request(method, url, data=form, headers=headers, allow_redirects=False) as response:
                    answer = Answer(response.status, await response.read(), response.headers, response.cookies)
            for name, morsel in answer.cookies.items():
                self.jar[morsel["path"] or "/", name] = morsel.value
            if not follow or answer.status != 303:
                return answer
            method, path, form = "GET", answer.headers["Location"], None
        raise AssertionError("it sends us round in circles")

    async def get(self, path: str, **more: str) -> Answer:
        return await self.ask("GET", path, follow=True, form=None, **more)

    async def post(self, path: str, form: Mapping[str, str], *, follow: bool = True, **more: str) -> Answer:
        return await self.ask("POST", path, follow=follow, form=form, **more)

    async def verify(self, serial: str, code: str, asker: str = "addr:192.0.2.1") -> Answer:
        """Type both numbers into the form."""
        return await self.post("/v", {"serial": serial, "code": code}, X_Test_Asker=asker)


def later(minutes: float) -> float:
    """Seconds."""
    return timedelta(minutes=minutes).total_seconds()


def renamed(statement: Statement, text: str) -> Statement:
    """The statement with `text` in every place that a person's data can reach."""
    table = statement.tables[-1]
    rows = tuple((*(cell or text for cell in row[:-1]), text) for row in table.rows)
    return replace(
        statement,
        title=text,
        holder=text,
        agency=text,
        facts=((text, text),),
        notes=(text,),
        summary=(text,),
        tables=(replace(table, caption=text, rows=rows),),
    )


def moment(hour: int, minute: int) -> datetime:
    """On the day on which the clock starts."""
    return FakeClock().now().replace(hour=hour, minute=minute)
