"""What exists in the simulated world: phones, what each has seen, short messages, media files. All of it in memory, told by one clock."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from bot.simulator.log import Log
from bot.simulator.quota import Allowances
from storage.ports.time import Clock

MEDIA_LIFE = timedelta(days=3)
OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PLATFORMS = frozenset({"1", "2", "3"})
"""iOS, Android, others, as conditional menus name them."""
_KEEP_ENTRIES = 2000
_KEEP_SMS = 200

Side = str
"""Who put an entry on the screen: `account`, `me`, or `notice` (the grey line of the app itself)."""


@dataclass(slots=True)
class Entry:
    """One thing on the screen of a phone. `body` holds the fields of a reply as DESIGN section 6 names them."""

    number: int
    side: Side
    at: datetime
    body: dict[str, Any]

    def reply(self) -> dict[str, Any]:
        """As programs read it: absent where it does not apply."""
        return {**self.body, "at": self.at.isoformat()}

    def shown(self) -> dict[str, Any]:
        """As the phone's page reads it."""
        return {"number": self.number, "side": self.side, **self.reply()}


@dataclass(slots=True)
class Phone:
    """One WeChat user as this account knows them, by openid."""

    openid: str
    followed: bool = False
    followed_at: datetime | None = None
    scene: str = ""
    person: dict[str, Any] | None = None
    in_browser: bool = False
    entries: list[Entry] = field(default_factory=list)
    visible_from: int = 0
    allowances: Allowances = field(default_factory=Allowances)
    last_exchange: datetime | None = None
    typing: bool = False
    blocked: bool = False
    """The notices of the account are turned off altogether."""
    refused: set[str] = field(default_factory=set)
    """Templates that are turned off (拒收)."""
    consents: dict[str, int] = field(default_factory=dict)
    """Subscription notices that may still be sent, by template; -1 for good."""
    client_ids: dict[str, tuple[datetime, int]] = field(default_factory=dict)
    tags: list[int] = field(default_factory=list)
    """In the order in which they were given."""
    platform: str = "2"
    """One of PLATFORMS."""
    remark: str = ""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: asyncio.Event | None = None
    """Set while a message waits for the next one to overtake it."""

    @property
    def number(self) -> str:
        """The mobile number of the demo person who holds this phone; empty for a phone of nobody."""
        return str(self.person.get("phone", "")) if self.person else ""


@dataclass(frozen=True, slots=True)
class Sms:
    """A short message that the bot's sender handed over, or (`mine`) that the person answered with."""

    phone: str
    text: str
    at: datetime
    mine: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A temporary media file: three days, then only its name is left."""

    media_id: str
    kind: str
    content_type: str
    content: bytes = field(repr=False)
    at: datetime


class World:
    """Phones, messages, media, and whoever is listening. One event loop, no locks."""

    def __init__(self, clock: Clock, log: Log | None = None) -> None:
        self._clock = clock
        self._log = log or Log(clock)
        self._numbers = count(1)
        self._listeners: set[asyncio.Queue[dict[str, Any] | None]] = set()
        self.phones: dict[str, Phone] = {}
        self.sms: list[Sms] = []
        self.media: dict[str, Media] = {}

    # ── phones ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def phone(self, openid: str) -> Phone:
        """The phone with this openid. One that is heard of for the first time has followed since before this run."""
        known = self.phones.get(openid)
        if known is None:
            known = self.phones[openid] = Phone(openid, followed=True, followed_at=self._clock.now())
        return known

    def new_phone(self, person: dict[str, Any] | None, openid: str = "") -> Phone:
        """A phone for the browser that does not follow yet; openids look like the platform's."""
        phone = Phone(openid or "o" + secrets.token_urlsafe(21)[:27], person=person, in_browser=True)
        self.phones[phone.openid] = phone
        return phone

    def add(self, phone: Phone, body: dict[str, Any], side: Side = "account") -> Entry:
        """Put something on the screen; empty fields are left out."""
        kept = {name: value for name, value in body.items() if value not in (None, "", [], {}, ())}
        entry = Entry(next(self._numbers), side, self._clock.now(), kept)
        phone.entries.append(entry)
        if len(phone.entries) > _KEEP_ENTRIES:
            del phone.entries[0]
        if side != "me":
            self._log.add("shown", whole={"openid": phone.openid, "entry": entry.number, "reply": entry.reply()})
        self.tell("entry", openid=phone.openid, entry=entry.shown())
        return entry

    # ── short messages and media ────────────────────────────────────────────────────────────────────────────────────

    def text_message(self, number: str, text: str, *, mine: bool = False) -> Sms:
        """Store a short message and show it on the phones of that number."""
        sms = Sms(number, text, self._clock.now(), mine)
        self.sms.append(sms)
        del self.sms[:-_KEEP_SMS]
        if not mine:
            self._log.add("sms", whole={"sms": {"phone": number, "text": text}})
        self.tell("sms", phone=number, text=text, at=sms.at.isoformat(), mine=mine)
        return sms

    def store(self, kind: str, content_type: str, content: bytes) -> Media:
        """Keep a file for three days under a new media id."""
        item = Media(secrets.token_urlsafe(48), kind, content_type, content, self._clock.now())
        self.media[item.media_id] = item
        return item

    def fresh_media(self, media_id: str) -> Media | None:
        """The file, unless it is unknown or three days old."""
        item = self.media.get(media_id)
        if item is None or self._clock.now() - item.at >= MEDIA_LIFE:
            return None
        return item

    # ── listeners ───────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def listening(self) -> Iterator[asyncio.Queue[dict[str, Any] | None]]:
        """A queue of everything that happens from now on; None means that the simulator is closing."""
        queue: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    def tell(self, kind: str, **what: Any) -> None:
        """Let every listener know."""
        for queue in self._listeners:
            queue.put_nowait({"kind": kind, **what})

    def hang_up(self) -> None:
        """End all listening, because the simulator closes."""
        for queue in self._listeners:
            queue.put_nowait(None)

    def forget(self) -> None:
        """Start over: no phones, no messages, no files."""
        self.phones.clear()
        self.sms.clear()
        self.media.clear()
        self.tell("reset")
