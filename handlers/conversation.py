"""One message is one turn: the person's lock, one transaction, the answer kept for resends, one log line without content.

Implements `handlers.turns.Turns`. The order matters: the lock is taken before the session is read, or two messages of one person
would each continue from the state before the other.
"""

from __future__ import annotations

import asyncio
import secrets
from datetime import datetime, timedelta

import structlog

from dialogs.engine import preceded
from dialogs.messages import (
    SILENCE,
    SILENT,
    AnyInbound,
    Consented,
    Delivered,
    Left,
    Noticed,
    Pictured,
    Reply,
    Say,
    Seated,
)
from dialogs.phrases import BACK, BUSY, KEPT, SORRY
from handlers import inbox, outbox
from handlers.awaiting import Entry, Kept
from handlers.changed import replace
from handlers.desk import TurnDesk
from handlers.humans.given import answered, from_staff
from handlers.lately import Lately
from handlers.parked import with_parked
from handlers.seats import seated
from handlers.services import Services
from handlers.session import SESSION_LIFE, Talk, pack, unpack
from handlers.sight import Seen, Sight
from handlers.subscribing import note_consents
from handlers.talk import Talker
from handlers.tapped import question, tagged
from handlers.turns import Seal
from handlers.understanding import Understanding
from handlers.windows import acted
from storage.ports.records import Session, User
from storage.ports.repositories import Conflict, Locks, Repositories, Store, Unavailable

GIVE_UP_LATE = timedelta(minutes=10)
"""How long a turn that was promised is tried again before the person is told that it did not work."""

_TRIES = 3
_POSTPONING_S = 3.0
"""So long the database may take to remember a slow message; then the disk of this machine does."""
log = structlog.get_logger(__name__)


class Conversation:
    """Runs turns."""

    def __init__(
        self,
        store: Store,
        locks: Locks,
        services: Services,
        understanding: Understanding,
        sight: Sight | None = None,
        kept: Kept | None = None,
    ) -> None:
        """Without `sight` photos are not looked at, and people are told what to do instead; without `kept` nothing outlasts an absence of the
        database."""
        self._store = store
        self._locks = locks
        self._services = services
        self._sight = sight
        self._kept = kept
        self._talker = Talker(services.clock, services.regions, understanding)
        self._lately = Lately(services.clock)

    async def answered(self, key: str) -> bytes | None:
        if (answer := self._lately.get(key)) is not None:
            return answer
        try:
            async with self._store.reading() as tx:
                return await tx.answers.get(key)
        except Unavailable:
            return None

    async def take(self, inbound: AnyInbound, seal: Seal) -> bytes | None:
        if (answer := self._lately.get(inbound.key)) is not None:
            return answer
        return await self._run(inbound, seal, resumed=False)

    async def _run(self, inbound: AnyInbound, seal: Seal, *, resumed: bool) -> bytes | None:
        started = self._services.clock.monotonic()
        outcome = "ok"
        try:
            if self._kept is not None and not resumed and self._kept.waits(inbound.openid):
                await self.recover(inbound.openid)  # what came before comes first
            # Before the lock: fetching and decoding takes a while, and changes nothing of the chat.
            seen = await self._sight.look(inbound) if self._sight and isinstance(inbound, Pictured) else None
            async with self._locks.hold(in_line(inbound.openid), (inbound.openid, inbound.key)):
                return await self._take(inbound, seal, seen, resumed=resumed)
        except Unavailable:
            outcome = "unavailable"
            if resumed:
                raise
            return await self._without_database(inbound, seal)
        except Exception as error:
            # The one place for what nobody foresaw: the person gets a sentence, the log the kind of error and where, no content.
            outcome = "error"
            log.exception("turn failed", kind=type(inbound).__name__, error=type(error).__name__)
            if resumed:
                raise
            return seal(Reply(Say(SORRY)))
        finally:
            if resumed or outcome != "ok":  # of the others the edge tells
                took = round((self._services.clock.monotonic() - started) * 1000, 1)
                log.info(
                    "turn",
                    kind=type(inbound).__name__,
                    outcome=outcome,
                    ms=took,
                    chat=self._services.digest(inbound.openid, "log")[:12],
                )

    async def _without_database(self, inbound: AnyInbound, seal: Seal) -> bytes | None:
        """An honest answer when nothing can be read or written."""
        kept = self._kept
        if kept is None:
            return seal(Reply(Say(BUSY)))
        if isinstance(inbound, SILENT):
            await kept.keep(inbound, b"")
            return seal(SILENCE)
        if title := kept.title(inbound):
            number = kept.number(inbound)
            answer = seal(Reply(Say(KEPT.format(title=title, number=number))))
            if await kept.keep(inbound, answer or b"", title, number):
                return answer
        answer = seal(Reply(Say(BUSY)))
        if answer is None:
            await kept.keep(inbound, b"")  # an answer was promised when its time was over
        return answer

    async def recover(self, openid: str = "") -> int:
        """Take up what was kept while the database was away, of one chat or of all; how many. Raises Unavailable while it still is."""
        return await self._kept.give(self._take_up, openid) if self._kept is not None else 0

    async def _take_up(self, inbound: AnyInbound, entry: Entry) -> None:
        now = self._services.clock.now()
        # Another process of this machine may be at the same entry.
        async with self._locks.hold(in_line(inbound.openid)), self._store.transaction() as tx:
            if isinstance(inbound, Left):
                user = await tx.users.get(inbound.openid)
                last = user.last_interaction_at if user is not None else None
                if last is not None and last.replace(microsecond=0) > inbound.at:  # the platform tells seconds
                    return  # came back meanwhile
            elif not isinstance(inbound, SILENT):
                interim = await tx.answers.get(_interim(inbound.key)) is not None
                if not interim and await tx.answers.get(inbound.key) is not None:
                    return  # sent again meanwhile, and answered
                await tx.jobs.leave("late", inbox.pack(inbound), now + timedelta(minutes=1), dedupe_key=_late(inbound.key))
                if entry.answer:
                    await tx.answers.put(inbound.key, inbound.openid, entry.answer, now)
                if not interim:
                    await tx.answers.put(_interim(inbound.key), inbound.openid, b"interim", now)
                    if entry.title:  # said with what it is about: two messages could part
                        heading = BACK.format(title=entry.title, number=entry.number)
                        await tx.answers.put(_heading(inbound.key), inbound.openid, heading.encode(), now)
        try:
            await self._run(inbound, lambda _: None, resumed=True)
        except Unavailable:
            raise
        except Exception:
            log.warning(
                "what was kept is left to its job", number=entry.number
            )  # it tries again, and tells the person at the end
        log.info("what was kept was taken up", kind=type(inbound).__name__, number=entry.number)

    async def recovering(self) -> None:
        """For as long as the process runs: take up what was kept, as soon as the database is back."""
        while self._kept is not None:
            await self._kept.wanted.wait()
            try:
                self._kept.wanted.clear()  # before the look: what is kept after it calls again
                await self.recover()
            except Unavailable:
                self._kept.wanted.set()
                await self._services.clock.sleep(1)
                continue
            except Exception as error:
                # What nobody foresaw must not end this: what is kept would lie there until the next start.
                log.exception("what was kept could not be taken up", error=type(error).__name__)
                self._kept.stuck = True
            if self._kept.stuck:
                self._kept.wanted.set()
                await self._services.clock.sleep(10)

    async def _take(self, inbound: AnyInbound, seal: Seal, seen: Seen | None, *, resumed: bool) -> bytes | None:
        left = _TRIES
        while True:
            left -= 1
            try:
                async with self._store.transaction() as tx:
                    answer = await self._turn(tx, inbound, seal, seen, resumed=resumed)
                if answer is not None:
                    self._lately.note(inbound.key, answer)
                return answer
            except Conflict:
                if not left:
                    raise
                # Another process moved this chat (or took the serial number, or a limit was reached) in the meantime: look again.
                log.info("turn repeated", kind=type(inbound).__name__)

    async def postpone(self, inbound: AnyInbound, interim: bytes) -> None:
        now = self._services.clock.now()
        try:
            async with asyncio.timeout(_POSTPONING_S), self._store.transaction() as tx:
                await tx.jobs.leave("late", inbox.pack(inbound), now + timedelta(minutes=1), dedupe_key=_late(inbound.key))
                await tx.answers.put(inbound.key, inbound.openid, interim, now)
                await tx.answers.put(_interim(inbound.key), inbound.openid, b"interim", now)
        except (Unavailable, TimeoutError):
            if self._kept is None or not await self._kept.keep(inbound, interim):
                raise

    async def finish_late(self, payload: bytes) -> None:
        """The job `late`: take a turn that was not finished after its interim answer; its reply is pushed.

        Raises while it cannot be taken, so that it is tried again; after ten minutes the person is told that it did not work.
        """
        inbound = inbox.unpack(payload)
        try:
            await self._run(inbound, lambda _: None, resumed=True)
        except Exception:
            now = self._services.clock.now()
            if now - inbound.at < GIVE_UP_LATE:
                raise
            async with self._store.transaction() as tx:
                await outbox.push(tx, inbound.openid, (Say(SORRY),), now)

    async def _turn(self, tx: Repositories, inbound: AnyInbound, seal: Seal, seen: Seen | None, *, resumed: bool) -> bytes | None:
        now = self._services.clock.now()
        opened = await tx.openings.open(inbound.openid, inbound.key, now)
        if (done := opened.answer) is not None:
            # The interim answer of a turn that waited for its lock is no finished turn: it still has to be taken, by itself (its
            # seal says that it is late) or by the job. A resend gets the interim answer again.
            waiting = await tx.answers.get(_interim(inbound.key)) is not None and (resumed or seal(SILENCE) is None)
            if not waiting or await tx.answers.get(_late(inbound.key)) is not None:
                return done
        match inbound:
            case Left():
                await tx.users.forget(inbound.openid)
                return seal(SILENCE)
            case Delivered():
                await tx.notices.receipt(inbound.msg_id, inbound.openid, inbound.ok, inbound.status, now)
                return seal(SILENCE)
            case Consented():
                await note_consents(tx, self._services, inbound)
                # An accept counts one: what is sent again must not count again.
                return await self._once_only(tx, inbound, seal(SILENCE), now)
            case Seated():
                await seated(tx, self._services, inbound, now)
                return seal(SILENCE)
            case Noticed():
                return seal(SILENCE)
        desk = await TurnDesk.open(tx, _user(opened.user, inbound, now), self._services, opened)
        desk.seen = seen
        stored = opened.session
        before = unpack(stored.body) if stored else Talk()
        if before.unseen and await tx.answers.get(outbox.shown_as(inbound.openid, before.unseen)) is not None:
            before = replace(before, unseen="")
        reply, talk = await self._talker.turn(desk, before, inbound)
        if parked := sorted(await tx.parked.take(inbound.openid), key=lambda one: (one.created_at, one.id)):
            reply = with_parked(reply, [message for one in parked for message in outbox.unpack(one.body)[1]], question(talk))
            if any(from_staff(outbox.about(one.body)) for one in parked):
                talk = answered(talk)
        answer = seal(reply)
        if answer is None:
            if resumed and (heading := await tx.answers.get(_heading(inbound.key))) is not None:
                if isinstance(reply.first, Say):
                    reply = preceded(heading.decode(), reply)
                else:
                    await outbox.push(tx, inbound.openid, (Say(heading.decode()),), now, under=desk.user.following)
            reply = tagged(reply, talk)
            talk = replace(talk, unseen=reply.first.tag if isinstance(reply.first, Say) else "")
        version = (stored.version if stored else 0) + (talk != before or stored is None)
        if answer is None:
            await outbox.push_reply(tx, inbound.openid, reply, now, desk.user.following, version)
        else:
            await outbox.push(tx, inbound.openid, reply.more, now, must=False, under=desk.user.following, turn=version)
        await self._once_only(tx, inbound, answer, now)
        await tx.users.save(desk.user)
        if talk != before or stored is None:
            await tx.sessions.save(Session(inbound.openid, pack(talk), version, now + SESSION_LIFE))
        desk.close()
        return answer

    async def _once_only(self, tx: Repositories, inbound: AnyInbound, answer: bytes | None, now: datetime) -> bytes | None:
        """This turn is taken: a resend gets its answer; one that came too late for an answer is not taken again by its job."""
        if answer is None:
            await tx.answers.put(_late(inbound.key), inbound.openid, b"done", now)
            await tx.jobs.drop(_late(inbound.key))
        else:
            await tx.answers.put(inbound.key, inbound.openid, answer, now)
        return answer


def _user(user: User | None, inbound: AnyInbound, now: datetime) -> User:
    """The chat's user as it is after this message, which opens a service-message window. Saved with the session at the end:
    the write lock is not taken before the turn has something to write."""
    if user is None:
        following = secrets.token_hex(8)
        user = User(inbound.openid, subscribed=True, active_role="visitor", region=None, person_id=None, following=following)
    return acted(user, inbound, now)


def in_line(openid: str) -> str:
    """The name of the lock under which whatever changes a chat waits for its turn."""
    return f"chat:{openid}"


def _interim(key: str) -> str:
    return f"interim:{key}"


def _heading(key: str) -> str:
    return f"heading:{key}"


def _late(key: str) -> str:
    return f"late:{key}"
