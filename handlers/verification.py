"""校验 (BJQ-V-01): whether a 流水号 and a 校验码 belong together, for anyone, logged in or not.

A failure never tells which of the two was wrong, nor by its time: whatever was typed, the same counters are counted and the
same comparison is made (targets.md S12). A try is counted before it is looked at and given back when it was right, so that a
hundred guesses at once are not a hundred looks.
"""

from __future__ import annotations

import hmac
from datetime import date, datetime, timedelta
from typing import Final

import structlog

from dialogs.masks import surname_only
from dialogs.phrases import NOT_RIGHT, day
from dialogs.statement import Statement
from handlers.documents import SAMPLE, SAMPLE_TEXT, Unreadable, content_hash, parse_check_code, parse_serial, thaw
from storage.ports.record import Record
from storage.ports.records import AuditEntry, Document, DocumentCheck, Validity
from storage.ports.repositories import Repositories
from storage.ports.time import SHANGHAI, Clock

FEATURE: Final = "BJQ-V-01"

_NO_SERIAL: Final = "00000000000000000000"
_NO_CODE: Final = "00000000"
"""Stand in for what cannot be read, so that the same work is done for it. No document is ever issued under them."""

_log = structlog.get_logger(__name__)


class VerificationLimits(Record):
    """Wrong answers within `window`: for one 流水号, for one asker (an address or an openid), and for the whole service."""

    per_serial: int = 5
    per_asker: int = 20
    per_service: int = 1000
    window: timedelta = timedelta(hours=1)


class Verified(Record):
    """Both values are right. `statement` is what was printed, never today's data."""

    document: Document
    statement: Statement
    validity: Validity | None = None
    """What its holder decided since."""
    today: date | None = None
    """In Shanghai, by which it expires; None: not asked."""
    sample: bool = False
    """Made with a test key."""

    @property
    def state(self) -> str:
        """valid, replaced, revoked or expired."""
        return state_of(self.document, self.validity, self.today)

    @property
    def valid(self) -> bool:
        """False for a document that was revoked or replaced since, or has expired."""
        return self.state == "valid"

    @property
    def shown(self) -> bool:
        """Whether what was printed is shown to whoever asks. A paper that counts no more proves nothing, and one is revoked just because it
        came into the wrong hands: then there is the verdict, the kind, the day and the masked holder alone."""
        return self.valid

    @property
    def headline(self) -> str:
        """What is said first. Never 成功 alone for a document that counts no more."""
        sample = "（样章）" if self.sample else ""
        match self.state:
            case "valid":
                return f"权益单校验成功{sample}"
            case "replaced":
                return "这份单据已被新的单据替换"
            case "expired":
                return "这份单据已过有效期"
            case _:
                return "这份单据已作废"

    @property
    def note(self) -> str:
        """One sentence on a document that counts no more, and one on a test key; empty while all is well."""
        reason = self.document.status_note.strip().rstrip("。")
        until, revoked = (self.validity.until, self.validity.revoked_at) if self.validity else (None, None)
        match self.state:
            case "valid":
                return SAMPLE_TEXT if self.sample else ""
            case "replaced":
                said = "两组号码是对的，单据确实由我们出具，但后来换成了新的，请以新单据为准。"
            case "expired" if until:
                said = (
                    f"两组号码是对的，单据确实由我们出具过，但持有人设定的有效期到{day(until)}为止，已经过了，不能再当凭证使用。"
                )
            case _ if revoked and self.document.status == "valid":
                when = revoked.astimezone(SHANGHAI)
                said = f"两组号码是对的，单据确实由我们出具过，但持有人已在{day(when.date())} {when:%H:%M} 作废，从那时起不能再当凭证使用。"
            case _:
                said = "两组号码是对的，单据确实由我们出具过，但已经作废，不能再当凭证使用。"
        said = f"{said}说明：{reason}。" if reason else said
        return f"{said}{SAMPLE_TEXT}" if self.sample else said

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """单据类型, 生成日期, 持有人 (masked)."""
        issued = self.document.created_at.astimezone(SHANGHAI)
        until = self.validity.until if self.validity and self.valid else None
        return (
            ("单据类型", self.document.title),
            ("生成日期", f"{issued.year}年{issued.month}月{issued.day}日"),
            ("持有人", surname_only(self.statement.holder)),
            *((("有效期至", day(until)),) if until else ()),
        )

    @property
    def text(self) -> str:
        """The answer in a chat, one fact a line."""
        lines = [self.headline, *(f"{label}：{value}" for label, value in self.facts)]
        return "\n".join([*lines, self.note] if self.note else lines)


class NotRight(Record):
    """Something is wrong; nobody says what."""

    @property
    def text(self) -> str:
        """The one sentence for every failure."""
        return NOT_RIGHT


class Throttled(Record):
    """Too many wrong tries; even a right one waits until `retry_at`."""

    retry_at: datetime
    now: datetime

    @property
    def seconds(self) -> int:
        """How long to wait, whole seconds, at least one."""
        return max(1, round((self.retry_at - self.now).total_seconds()))

    @property
    def text(self) -> str:
        """When to come back, to the minute and never too early."""
        return f"试的次数太多了，为了保护单据，暂时不能校验。请在{come_back(self.retry_at, self.now)}以后再试。"


def come_back(retry_at: datetime, now: datetime) -> str:
    """When to try again as it stands in a sentence, to the minute and never too early: ` 11:05 `, `9月13日 00:05 `."""
    when = retry_at.astimezone(SHANGHAI)
    if when.second or when.microsecond:
        when += timedelta(minutes=1)
    day = "" if when.date() == now.astimezone(SHANGHAI).date() else f"{when.month}月{when.day}日"
    return f"{day} {when:%H:%M} "


def state_of(document: Document, validity: Validity | None, today: date | None) -> str:
    """valid, replaced, revoked or expired: what the agency decided comes before what the holder did. The day it is valid until is one on
    which it is."""
    if document.status == "replaced":
        return "replaced"
    if document.status != "valid" or (validity and validity.revoked_at):
        return "revoked"
    return "expired" if validity and validity.until and today and today > validity.until else "valid"


async def _own(tx: Repositories, asker: str, person_id: int | None) -> bool:
    """Whether it is the holder who asks, in a chat that is bound to them."""
    kind, _, openid = asker.partition(":")
    return kind == "chat" and person_id is not None and any(one.person_id == person_id for one in await tx.users.bindings(openid))


class Verification:
    """The check, with its limits. Counters are rows, so they survive a restart and fail closed."""

    def __init__(self, clock: Clock, limits: VerificationLimits | None = None, *, sample: bool = False) -> None:
        """`sample`: what is made now is made with a test key."""
        self._clock = clock
        self._sample = sample
        self._limits = limits or VerificationLimits()
        self._warned_until: datetime | None = None

    async def check(
        self, tx: Repositories, serial_text: str, code_text: str, asker: str, *, record: bool = True, way: str = "page"
    ) -> Verified | NotRight | Throttled:
        """Compare what was typed, pasted or scanned; wide characters, spaces, dashes and lower case are fine.

        `asker` is an address or an openid. Runs in a writing transaction: the tries are counted in it. A right answer costs
        nothing; `record=False` leaves out its records (the pictures of a page that was recorded already). `way` (chat, page, photo) is
        what the holder is told; the holder's own look from a chat is not.
        """
        now = self._clock.now()
        serial = parse_serial(serial_text[:200])
        code = parse_check_code(code_text[:200])
        subject = serial or f"unreadable:{serial_text[:200]}"
        refused = await self._count(tx, asker, subject, now)
        if refused is not None:
            return refused
        document = await tx.documents.check(serial or _NO_SERIAL, code or _NO_CODE)
        found = await self._thawed(tx, document, now) if document is not None and serial and code else None
        if found is None:
            await self._audit(tx, asker, "", "denied", now)
            await self._warn_at_ceiling(tx, now)
            return NotRight()
        await self._give_back(tx, asker, subject, now)
        if record:
            person_id = found.document.person_id
            subject = "" if person_id is None else await tx.people.identity_hash(person_id)
            await self._audit(tx, asker, subject, "ok", now)
            if not await _own(tx, asker, person_id):
                await tx.papers.checked(DocumentCheck(found.document.serial_no, now, way))
        return found

    def _counters(self, asker: str, subject: str) -> tuple[tuple[str, str, int], ...]:
        limits = self._limits
        return (
            ("verify-asker", asker, limits.per_asker),
            ("verify-serial", subject, limits.per_serial),
            ("verify-service", "all", limits.per_service),
        )

    async def _count(self, tx: Repositories, asker: str, subject: str, now: datetime) -> Throttled | None:
        """Count a try in each counter, the asker's first, so that one who hammers uses up only the own share of the others."""
        window = self._limits.window
        counted: list[tuple[str, str, int]] = []
        for name, whose, limit in self._counters(asker, subject):
            verdict = await tx.limits.hit(name, whose, limit, window, now)
            if verdict.allowed:
                counted.append((name, whose, limit))
                continue
            # A refused try was not looked at. It stays counted against the asker alone, never against the whole service.
            for counted_name, counted_whose, counted_limit in counted[1:]:
                await tx.limits.hit(counted_name, counted_whose, counted_limit, window, now, cost=-1)
            retry_at = verdict.retry_at or now + window
            if name == "verify-service":
                self._warn(retry_at)
            return Throttled(retry_at, now)
        return None

    async def _give_back(self, tx: Repositories, asker: str, subject: str, now: datetime) -> None:
        for name, whose, limit in self._counters(asker, subject):
            await tx.limits.hit(name, whose, limit, self._limits.window, now, cost=-1)

    async def _warn_at_ceiling(self, tx: Repositories, now: datetime) -> None:
        verdict = await tx.limits.peek("verify-service", "all", self._limits.per_service, self._limits.window, now)
        if not verdict.allowed:
            self._warn(verdict.retry_at or now + self._limits.window)

    def _warn(self, until: datetime) -> None:
        """Once a window and process: an alarm, not a flood."""
        if self._warned_until is None or self._warned_until < until:
            self._warned_until = until
            _log.warning("verification_ceiling", limit=self._limits.per_service, until=until.isoformat(timespec="minutes"))

    async def _thawed(self, tx: Repositories, document: Document, now: datetime) -> Verified | None:
        """The document with its content; None (and an error in the log) if the content is not what was issued."""
        if hmac.compare_digest(content_hash(document.snapshot), document.content_hash):
            try:
                statement = thaw(document.snapshot)
            except Unreadable:
                statement = None
            if statement is not None:
                kept = await tx.papers.file(document.serial_no)
                sample = kept.key_id.startswith(SAMPLE) if kept else self._sample
                validity = await tx.papers.validity(document.serial_no)
                return Verified(document, statement, validity, now.astimezone(SHANGHAI).date(), sample)
        _log.error("document_altered", feature=document.feature)
        return None

    async def _audit(self, tx: Repositories, asker: str, subject: str, result: str, now: datetime) -> None:
        actor = await tx.audit.pseudonym(asker)
        await tx.audit.write(AuditEntry(now, actor, "visitor", "verify", FEATURE, subject, result))
