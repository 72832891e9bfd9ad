"""The staff's half of talks: who waits, taking one, answering, handing on, closing. Another region's talk looks like no talk."""

from __future__ import annotations

from collections import Counter as Counted
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from handlers.filings.office import NotAllowed
from handlers.humans.marks import ask_for_mark
from handlers.reminders.news import notify
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import AuditEntry, Case, CaseState, MarkRequest, Person, Staff, Thread, ThreadLine
from storage.ports.repositories import Conflict, Repositories, Store
from storage.ports.time import SHANGHAI
from storage.workdays import plus_workdays

ROLE = "客服"
FEATURE = "人工"
WAITING, OPEN, LEFT, CLOSED = "waiting", "open", "left", "closed"
MOST_CHARACTERS = 600
"""Of one answer: WeChat's text message holds 2,048 bytes, a Chinese character is three of them."""
_AT_MOST = 100
_EARLIER_CASES = 5


class Waiting(Record):
    """One line of the list: `waited` since it was opened, `place` in its region's queue (0 when nobody counts), `answer_by` only for a message that was left."""

    thread: Thread
    waited: timedelta
    place: int
    answer_by: date | None
    overdue: bool
    holder: str
    """Name of whoever has it; '' for nobody."""


class Conversation(Record):
    """One talk as staff see it. `person` and `cases` are masked by the view; the cases are those of the staff's regions, newest first."""

    line: Waiting
    lines: tuple[ThreadLine, ...]
    names: dict[int, str]
    """Member of staff → name, for the lines that staff wrote."""
    person: Person | None
    cases: tuple[Case, ...]
    mine: bool
    colleagues: tuple[Staff, ...]
    """To whom it can be handed on."""

    @property
    def thread(self) -> Thread:
        """The talk itself."""
        return self.line.thread


class Counter:
    """What 客服 do. Every look and act is audited; `Conflict` means that a colleague was faster."""

    def __init__(self, store: Store, services: Services) -> None:
        self._store = store
        self._services = services

    # ── looking ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def waiting(self, staff: Staff) -> tuple[Waiting, ...]:
        """Everything in the staff's regions that is not closed, oldest first: messages that were left, who waits, who is being answered."""
        _check(staff)
        async with self._store.reading() as tx:
            threads = await tx.threads.waiting(sorted(staff.regions), (LEFT, WAITING, OPEN), _AT_MOST)
            return await self._lines(tx, threads, counted=True)

    async def thread(self, staff: Staff, thread_id: int) -> Conversation | None:
        """The talk, audited as a look; None for one of another region as for none."""
        _check(staff)
        async with self._store.transaction() as tx:
            thread = await self._mine(tx, staff, thread_id)
            if thread is None:
                return None
            person = await tx.people.get(thread.person_id) if thread.person_id else None
            cases = await tx.cases.of_person(thread.person_id, _EARLIER_CASES) if thread.person_id else ()
            (line,) = await self._lines(tx, [thread])
            everybody = await tx.staff.all()
            lines = await tx.threads.lines(thread_id)
            await self._note(tx, staff, "look", thread)
        return Conversation(
            line,
            lines,
            {one.id: one.name for one in everybody},
            person,
            tuple(case for case in cases if case.region in staff.regions and case.state is not CaseState.DRAFT),
            thread.claimed_by == staff.id,
            tuple(one for one in everybody if one.id != staff.id and _may_take(one, thread)),
        )

    async def news(
        self, staff: Staff, thread_id: int, after_id: int
    ) -> tuple[Thread, tuple[ThreadLine, ...], dict[int, str]] | None:
        """What was said after that line, for a page that is open already: no look of its own. None as in `thread`."""
        _check(staff)
        async with self._store.reading() as tx:
            thread = await self._mine(tx, staff, thread_id)
            if thread is None:
                return None
            lines = await tx.threads.lines(thread_id, after_id)
            names = {one.id: one.name for one in await tx.staff.all()} if any(line.by for line in lines) else {}
            return thread, lines, names

    # ── acting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def take(self, staff: Staff, thread_id: int, version: int, *, over: bool = False) -> Thread:
        """Take one that nobody has, or with `over` one that a colleague has (who went home); who waits is told that somebody is there.
        Raises Conflict when somebody else was faster, LookupError where there is none."""
        async with self._store.transaction() as tx:
            thread = await self._there(tx, staff, thread_id)
            if thread.version != version or thread.state == CLOSED or (thread.claimed_by is not None and not over):
                raise Conflict("taken meanwhile")
            waits = thread.state == WAITING
            taken = await tx.threads.save(replace(thread, claimed_by=staff.id, state=OPEN if waits else thread.state))
            if waits and thread.openid:
                text = "工作人员来了，请直接打字说您的问题。不用了就回复“结束”。"
                await notify(tx, self._services, thread.openid, text, about=f"thread:{thread_id}")
            await self._note(tx, staff, "take_over" if thread.claimed_by else "claim", thread)
            return taken

    async def answer(self, staff: Staff, thread_id: int, text: str) -> ThreadLine:
        """Say something to the person. A message that was left becomes a talk with its first answer. Raises NotAllowed for an empty or too
        long answer, one that somebody else has, one that has ended."""
        said = text.strip()
        if not said:
            raise NotAllowed("还没有写回复的内容。")
        if len(said) > MOST_CHARACTERS:
            raise NotAllowed(f"一条回复最多 {MOST_CHARACTERS} 个字，现在有 {len(said)} 个字。请分成几条发。")
        now = self._services.clock.now()
        async with self._store.transaction() as tx:
            thread = await self._held(tx, staff, thread_id)
            if thread.state == LEFT:
                await tx.threads.save(replace(thread, state=OPEN))
            line = await tx.threads.say(ThreadLine(0, thread_id, now, "staff", said, staff.id))
            if thread.openid:
                await notify(tx, self._services, thread.openid, f"工作人员：{said}", about=f"thread:{thread_id}:{line.id}")
            await self._note(tx, staff, "answer", thread)
            return line

    async def hand_on(self, staff: Staff, thread_id: int, version: int, to: int | None) -> Thread:
        """Give it to a colleague, or back to everybody (`to` None): it waits again, in its old place. Raises Conflict as `take`, and
        NotAllowed for a colleague who does not answer this region's talks."""
        async with self._store.transaction() as tx:
            thread = await self._held(tx, staff, thread_id)
            if thread.version != version:
                raise Conflict("changed meanwhile")
            colleague = await tx.staff.get(to) if to is not None else None
            if to is not None and (colleague is None or not _may_take(colleague, thread)):
                raise NotAllowed("这位同事接不了这个地区的对话，请换一位。")
            back = WAITING if thread.state == OPEN and colleague is None else thread.state
            handed = await tx.threads.save(replace(thread, claimed_by=to, state=back))
            await self._note(tx, staff, "hand_on", thread)
            return handed

    async def close(self, staff: Staff, thread_id: int) -> Thread:
        """End it and ask the person for a mark. A talk that has ended stays as it is. Raises NotAllowed when somebody else has it."""
        now = self._services.clock.now()
        async with self._store.transaction() as tx:
            thread = await self._there(tx, staff, thread_id)
            if thread.state == CLOSED:
                return thread
            thread = await self._held(tx, staff, thread_id)
            closed = await tx.threads.save(replace(thread, state=CLOSED, closed_at=now))
            if thread.openid:
                await notify(
                    tx,
                    self._services,
                    thread.openid,
                    "这次人工服务结束了。还有问题，随时回复“人工”。",
                    about=f"closed:{thread_id}",
                )
                request = MarkRequest("thread", str(thread_id), thread.region, "人工服务", now)
                await ask_for_mark(tx, self._services, thread.openid, request)
            await self._note(tx, staff, "close", thread)
            return closed

    # ── inside ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _mine(self, tx: Repositories, staff: Staff, thread_id: int) -> Thread | None:
        thread = await tx.threads.get(thread_id)
        return thread if thread is not None and thread.region in staff.regions else None

    async def _there(self, tx: Repositories, staff: Staff, thread_id: int) -> Thread:
        _check(staff)
        thread = await self._mine(tx, staff, thread_id)
        if thread is None:
            raise LookupError("no such talk")
        return thread

    async def _held(self, tx: Repositories, staff: Staff, thread_id: int) -> Thread:
        """The talk, if this member of staff has it and it goes on."""
        thread = await self._there(tx, staff, thread_id)
        if thread.state == CLOSED:
            raise NotAllowed("这次对话已经结束了，没有发出去。对方再发“人工”时会重新排队。")
        if thread.claimed_by is None:
            raise NotAllowed("请先接入这次对话，再回复。")
        if thread.claimed_by != staff.id:
            holder = await tx.staff.get(thread.claimed_by)
            raise NotAllowed(f"这次对话现在由{holder.name if holder else '另一位同事'}接待，没有发出去。")
        return thread

    async def _lines(self, tx: Repositories, threads: Sequence[Thread], *, counted: bool = False) -> tuple[Waiting, ...]:
        """`counted`: they are the oldest ones in their order, so that a place is found by counting them."""
        now = self._services.clock.now()
        names = {one.id: one.name for one in await tx.staff.all()} if any(one.claimed_by for one in threads) else {}
        found = []
        ahead: Counted[str] = Counted()
        for thread in threads:
            if thread.state == WAITING:
                ahead[thread.region] = ahead[thread.region] + 1 if counted else await tx.threads.place(thread)
            answer_by = self._answer_by(thread)
            found.append(
                Waiting(
                    thread,
                    now - thread.opened_at,
                    ahead[thread.region] if thread.state == WAITING else 0,
                    answer_by,
                    answer_by is not None and answer_by < now.astimezone(SHANGHAI).date(),
                    names.get(thread.claimed_by or 0, ""),
                )
            )
        return tuple(found)

    def _answer_by(self, thread: Thread) -> date | None:
        region = self._services.regions.get(thread.region)
        if thread.state != LEFT or region is None:
            return None
        return plus_workdays(thread.opened_at.astimezone(SHANGHAI).date(), region.human.answer_days)

    async def _note(self, tx: Repositories, staff: Staff, action: str, thread: Thread) -> None:
        actor = await tx.audit.pseudonym(f"staff:{staff.login}")
        subject = await tx.people.identity_hash(thread.person_id) if thread.person_id else ""
        await tx.audit.write(
            AuditEntry(self._services.clock.now(), actor, ROLE, action, FEATURE, subject, "ok", note=f"对话 {thread.id}")
        )


def _may_take(staff: Staff, thread: Thread) -> bool:
    return staff.active and ROLE in staff.roles and thread.region in staff.regions


def _check(staff: Staff) -> None:
    if ROLE not in staff.roles:
        raise NotAllowed("接待对话需要“客服”角色，请找管理员开通。")
