"""The pages over a real store, the real queries and the real renderer, with a browser that keeps cookies."""

from __future__ import annotations

import html
import html.parser
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.console.passwords import Argon
from bot.pages import PageDeps, Subscribing, Work, routes, setup_templates
from dialogs.statement import Statement
from handlers.accounts.office import AccountOffice
from handlers.captcha import Captcha
from handlers.codes import Sms
from handlers.desk import TurnDesk
from handlers.documents import PaperKeys, Renderer, content_hash, freeze, new_check_code, new_serial
from handlers.documents.signing import FileSigner
from handlers.drafts import Drafts
from handlers.links import Links
from handlers.materials import Darkroom, Scanner
from handlers.my_data.pages import ExportPages
from handlers.orders.pages import OrderPages
from handlers.orders.payments import NotOurs, Payment, PaymentsAway, Prepaid
from handlers.paper_files import PaperFiles
from handlers.policy import Policy
from handlers.queries import QUERIES
from handlers.query import Asker
from handlers.scenes.pages import MyPages
from handlers.scenes.screens import Screens
from handlers.services import Services
from handlers.verification import Verification, VerificationLimits
from storage.files import FolderFiles
from storage.ports.records import Attachment, Binding, Case, Document, Order, User
from storage.ports.repositories import Repositories
from storage.sql import SqlStore, open_store
from storage.vault import Vault
from tests import people
from tests.clock import START, FakeClock
from tests.fresh import filled, regions

ANN = "o-ann-0000000000000000000001"
BEN = "o-ben-0000000000000000000002"
PUBLIC_URL = "https://sb.example.cn"
VAULT = Vault(b"a master key for tests, 32 bytes.")
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
        asker = Asker(person, regions()[person.region], self.clock.now().date())
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


class Cashier:
    """Port fake of the payment system: it knows what the test says was paid, and can be away."""

    enabled = True

    def __init__(self) -> None:
        self.said: dict[str, Payment] = {}
        self.closed: list[str] = []
        self.away = False

    async def prepay(self, order: Order) -> Prepaid:
        if self.away:
            raise PaymentsAway("the test says so")
        return Prepaid("wx-1", {"appId": "wx0", "package": "prepay_id=wx-1", "paySign": "signed"})

    async def ask(self, order_no: str) -> Payment | None:
        if self.away:
            raise PaymentsAway("the test says so")
        return self.said.get(order_no)

    async def close(self, order_no: str) -> None:
        self.closed.append(order_no)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        raise NotOurs("not here")


async def _two_chats(store: SqlStore) -> people.Ids:
    """Everybody, and two who have logged in."""
    ids = await people.load(store)
    async with store.transaction() as tx:
        for openid, person, region in ((ANN, ids.jianguo, "beijing"), (BEN, ids.xiuying, "binzhou")):
            await tx.users.save(User(openid, True, "person", region, person))
            await tx.users.bind(Binding(0, openid, person, "person", "sms", "1", START))
    return ids


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
        self.folder = folder / "files"
        self.cashier = Cashier()
        self.scanner: Scanner | None = None
        self.bridge_script = ""
        self.subscribing: Subscribing | None = None
        self.paper_keys = PaperKeys()
        self.numbers: dict[str, str] = {}

    async def start(self, port: int | None = None) -> None:
        """Migrate, load everybody, listen."""
        self.ids = await filled(self.url, VAULT, "two chats", _two_chats)
        await self.open(port)

    async def open(self, port: int | None = None) -> None:
        """What a process does when it starts: nothing of a former one is kept but the file."""
        self.store: SqlStore = open_store(self.url, VAULT, self.clock)
        self.links = Links(self.clock, self.public_url)
        self.captcha = Captcha(self.clock, self.links)
        self.verification = Verification(self.clock, self.limits, sample=self.paper_keys.sample)
        self.services = Services(
            clock=self.clock,
            regions=regions(),
            links=self.links,
            verification=self.verification,
            captcha=self.captcha,
            policy=Policy(),
            digest=VAULT.digest,
            public_url=self.public_url,
            files=FolderFiles(self.folder, VAULT),
            payments=self.cashier,
        )
        self.darkroom = Darkroom(self.scanner)
        work = Work(
            Drafts(self.services),
            OrderPages(self.store, self.services),
            self.services.files,
            self.darkroom,
            self.bridge_script,
        )
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
            work=work,
            subscribing=self.subscribing,
            paper_keys=self.paper_keys,
            paper_files=self._paper_files(),
            accounts=AccountOffice(self.store, self.services, Argon(1, 64)),
            exports=ExportPages(self.store, self.services),
            screens=Screens(self.store, self.services, None),
            my_pages=MyPages(self.services),
            regions=self.services.regions,
        )
        deps = self.dressed(deps)
        app = web.Application()
        setup_templates()
        app.add_routes(routes(deps))
        self.server = TestServer(app, port=port)
        await self.server.start_server()

    def dressed(self, deps: PageDeps) -> PageDeps:
        """What the pages are given, with what a test wants beside it."""
        return deps

    async def close(self) -> None:
        await self.server.close()
        await self.darkroom.close()
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

    def _paper_files(self) -> PaperFiles | None:
        pair = self.paper_keys.pair
        files = FolderFiles(self.folder / "papers", VAULT, self.clock)
        return PaperFiles(self.store, files, self.renderer, FileSigner(pair), self.clock) if pair else None

    async def captcha_link(self, openid: str = ANN) -> str:
        async with self.store.transaction() as tx:
            return URL(await self.captcha.link(tx, openid)).path

    async def filing(self, name: str, openid: str = ANN, **answers: str) -> str:
        """The path of the page of a new draft (or of the one that is open), as the chat makes it."""
        async with self.store.transaction() as tx:
            user = await tx.users.get(openid)
            assert user is not None
            desk = await TurnDesk.open(tx, user, self.services)
            path = URL(await desk.filings.form(name, answers)).path
            ticket = await tx.tickets.get(path.rpartition("/")[2], "p", self.clock.now())
            assert ticket is not None
            self.numbers[openid] = ticket.params["case"]
            return path

    async def resumed(self, case_no: str, openid: str = ANN) -> str:
        """Another link to the same case."""
        async with self.store.transaction() as tx:
            return URL(await self.links.page(tx, openid, {"page": "form", "case": case_no})).path

    async def visitor(self, openid: str) -> None:
        """A chat that speaks for nobody, in 北京."""
        async with self.store.transaction() as tx:
            await tx.users.save(User(openid, True, "visitor", "beijing", None))

    async def unbind(self, openid: str = ANN) -> None:
        """解绑: the chat speaks for its person no more."""
        async with self.store.transaction() as tx:
            person = self.ids.jianguo if openid == ANN else self.ids.xiuying
            await tx.users.unbind(openid, person, self.clock.now())

    async def case(self, openid: str = ANN) -> Case:
        """The case that the chat's newest page was made for."""
        async with self.store.reading() as tx:
            case = await tx.cases.get(self.numbers[openid])
        assert case is not None
        return case

    async def photos(self, case_no: str) -> tuple[Attachment, ...]:
        async with self.store.reading() as tx:
            return await tx.attachments.of_case(case_no)

    def stored(self) -> list[Path]:
        """Every file that lies in the folder of uploads."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file()) if self.folder.exists() else []

    async def code(self, phone: str) -> str:
        """The newest six digits that are on their way to the phone."""
        async with self.store.transaction() as tx:
            jobs = await tx.jobs.claim(self.clock.now() + timedelta(minutes=2), timedelta(seconds=1), 100, ("sms",))
        texts = [sms.text for sms in (msgspec.json.decode(job.payload, type=Sms) for job in jobs) if sms.phone == phone]
        found = re.search(r"验证码 (\d{6})", texts[-1])
        assert found
        return found[1]

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

    def form(self, action: str) -> dict[str, str]:
        """What the form with that action (last part of its address) would send."""
        parser = _Forms()
        parser.feed(self.text)
        return dict(parser.found[action])

    @property
    def words(self) -> str:
        """The page as it is read, without markup and with single spaces."""
        return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", self.text)))


class _Forms(html.parser.HTMLParser):
    """What a browser would send for each form of a page: action → fields as they stand."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._now: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._now = self.found.setdefault(given["action"].rpartition("/")[2], {})
        elif tag == "input" and self._now is not None and given.get("name") and given.get("type") != "file":
            self._input(given)

    def _input(self, given: Mapping[str, str]) -> None:
        if self._now is not None and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self._now[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._now = None


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
        self,
        method: str,
        path: str,
        *,
        follow: bool = True,
        form: Mapping[str, str] | bytes | io.BytesIO | aiohttp.FormData | None = None,
        **more: str,
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
            method, path, form = "GET", answer.headers["Location"].partition("#")[0], None
        raise AssertionError("it sends us round in circles")

    async def get(self, path: str, **more: str) -> Answer:
        return await self.ask("GET", path, follow=True, form=None, **more)

    async def post(self, path: str, form: Mapping[str, str], *, follow: bool = True, **more: str) -> Answer:
        return await self.ask("POST", path, follow=follow, form=form, **more)

    async def upload(
        self, path: str, csrf: str, material: str, body: bytes, name: str = "photo.jpg", *, follow: bool = True
    ) -> Answer:
        """Send a photo as the form of its material does."""
        boundary = "----test-boundary"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in (("csrf", csrf), ("material", material))
        ]
        quoted = name.replace("\\", "\\\\").replace('"', "%22")
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="photo"; filename="{quoted}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n".encode()
        )
        parts += [body, f"\r\n--{boundary}--\r\n".encode()]
        kind = f"multipart/form-data; boundary={boundary}"
        return await self.ask("POST", f"{path}/photo", follow=follow, form=io.BytesIO(b"".join(parts)), Content_Type=kind)

    async def fill(self, path: str, page: Answer, act: str = "next", **answers: str) -> Answer:
        """Press a button of the questions that `page` shows, with these answers beside what stands there."""
        form = page.form("fill")
        for name, answer in answers.items():
            form[f"t.{name}" if f"t.{name}" in form else f"f.{name}"] = answer
        return await self.post(f"{path}/fill", {**form, "act": act})

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
