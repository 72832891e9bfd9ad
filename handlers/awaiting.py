"""What people ask while the database is away: what was to be done is kept on the disk under a number and done when it is back.

A question is answered with the request to ask again in a minute; a wish to do something gets a number, and a promise that is kept: the
message lies on the disk of this machine before the answer goes out. Codes and confirmations are neither kept nor believed without the
database. Events that nobody sees an answer to (unfollowing, receipts) are kept too, or they would be lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from dialogs.chapters import DIALOGS
from dialogs.chapters.menu import PRESSED
from dialogs.messages import SILENT, AnyInbound, Pressed, Said, Spoken
from dialogs.parse import normal
from handlers import inbox
from handlers.staff_talk import ASKED_FOR
from handlers.understanding import Understanding
from handlers.understood import direct_wish, wish_for
from storage.ports.record import Record
from storage.ports.repositories import Spool, Unavailable
from storage.ports.time import Clock

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_MOST_OF_ONE = 5
"""So many messages of one chat, of all processes of this machine; whoever writes more is asked to come again."""

_AT_ONCE = 8
"""So many people's messages are taken up at a time: after an outage a few hundred wait, and each takes a few turns of the database."""

log = structlog.get_logger(__name__)


class Entry(Record):
    """What lies on the disk: the message, its answer's bytes (b'' if it had none of ours), the title and number that were said ('' if none)."""

    inbound: bytes
    answer: bytes
    title: str = ""
    number: str = ""


class Kept:
    """The messages of this machine that wait for the database. `digest` is a keyed hash, so that a number tells nothing."""

    def __init__(self, spool: Spool, clock: Clock, understanding: Understanding, digest: Callable[[str, str], str]) -> None:
        self._spool = spool
        self._clock = clock
        self._understanding = understanding
        self._digest = digest
        self._of: dict[str, set[str]] = {}
        self._unread: set[str] = set()
        self.wanted = asyncio.Event()
        """Set while something may lie here."""
        self.wanted.set()  # a former process may have left something
        self.stuck = False
        """Whether the last look at everything left something behind that should be looked at again."""

    def title(self, inbound: AnyInbound) -> str:
        """What is to be done, as it is called; '' for questions, and for words that mean something only within a conversation."""
        match inbound:
            case Said(text=text) | Spoken(recognition=text):
                said = text.strip()
                if normal(said) in ASKED_FOR:
                    return "人工服务"
                found = self._understanding.understand(said, today=self._clock.now().date())
                wish = direct_wish(said) or (wish_for(found) if found.action in ("run", "guide") else None)
            case Pressed(menu_key=key):
                wish = PRESSED.get(key)
            case _:
                return ""
        return DIALOGS[wish.dialog].title if wish is not None and DIALOGS[wish.dialog].acts else ""

    def number(self, inbound: AnyInbound) -> str:
        """The same for the same message, at every process: two groups of four letters and digits."""
        left = int(self._digest(inbound.key, "kept"), 16)
        drawn = []
        for _ in range(8):
            left, at = divmod(left, len(_LETTERS))
            drawn.append(_LETTERS[at])
        return f"{''.join(drawn[:4])}-{''.join(drawn[4:])}"

    async def keep(self, inbound: AnyInbound, answer: bytes, title: str = "", number: str = "") -> bool:
        """Put it on the disk; False when it cannot be. A message is kept once, however often it is sent."""
        mine = self._of.get(inbound.openid, set())
        if inbound.key in mine:
            return True
        body = msgspec.json.encode(Entry(inbox.pack(inbound), answer, title, number))
        try:
            if not await self._spool.keep(inbound.openid, inbound.key, body, 0 if isinstance(inbound, SILENT) else _MOST_OF_ONE):
                return False
        except Unavailable as error:
            log.error("nothing can be kept", error=str(error))
            return False
        # Not `mine`: another message of the chat may have been kept while this one was written.
        self._of[inbound.openid] = {*self._of.get(inbound.openid, ()), inbound.key}
        self.wanted.set()
        log.warning("kept until the database is back", kind=type(inbound).__name__, number=number)
        return True

    def waits(self, openid: str) -> bool:
        """Whether anything of that chat was kept by this process and has not been taken since."""
        return openid in self._of

    async def give(self, take: Callable[[AnyInbound, Entry], Awaitable[None]], only: str = "") -> int:
        """Hand over what lies here, each person's in order, several people's at a time; how many. What `take` raises for stays, with what follows
        it of the same chat; Unavailable ends it and is raised. `only` one chat's."""
        before = {openid: keys for openid, keys in self._of.items() if not only or openid == only}
        chats = await self._by_chat(only)
        room, stuck, given, away = asyncio.Semaphore(_AT_ONCE), set[str](), 0, None

        async def one_by_one(openid: str, waiting: list[tuple[str, AnyInbound, Entry]]) -> None:
            nonlocal given, away
            async with room:
                for name, inbound, entry in waiting:
                    if away is not None:
                        return
                    try:
                        await take(inbound, entry)
                    except Unavailable as error:
                        away = error
                        return
                    except Exception as error:
                        log.exception("what was kept could not be taken up", number=entry.number, error=type(error).__name__)
                        stuck.add(openid)
                        return
                    await self._spool.drop(name)
                    given += 1

        await asyncio.gather(*(one_by_one(openid, waiting) for openid, waiting in chats.items()))
        if away is not None:
            raise away
        # What is stuck waits for its next try, and nobody waits for it; what was kept since the look is still waited for.
        for openid, keys in before.items():
            if left := self._of.get(openid, set()) - keys:
                self._of[openid] = left
            else:
                self._of.pop(openid, None)
        if not only:
            self.stuck = bool(stuck)
        return given

    async def _by_chat(self, only: str) -> dict[str, list[tuple[str, AnyInbound, Entry]]]:
        """What lies here, of one chat or of all. What this version cannot read is told in the log, once, and stays for one that can."""
        found: dict[str, list[tuple[str, AnyInbound, Entry]]] = {}
        for name, body in await self._spool.entries(only):
            try:
                entry = msgspec.json.decode(body, type=Entry)
                inbound = inbox.unpack(entry.inbound)
            except (msgspec.MsgspecError, KeyError):
                if name not in self._unread:
                    self._unread.add(name)
                    log.error("what was kept cannot be read by this version")
                continue
            found.setdefault(inbound.openid, []).append((name, inbound, entry))
        return found
