"""Small makers of records for the contract tests."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from storage.ports.records import (
    Attachment,
    AuditEntry,
    Binding,
    Card,
    Case,
    CaseState,
    CaseStep,
    CodeRequest,
    Contribution,
    Document,
    Insurance,
    Kind,
    Order,
    OrderStatus,
    Person,
    Session,
    Staff,
    StaffSession,
    Thread,
    ThreadLine,
    Ticket,
    User,
)
from storage.ports.repositories import Conflict, Store
from storage.ports.time import Month, Span
from tests.clock import START

T = TypeVar("T")
MINUTE = timedelta(minutes=1)


def a_person(number: int = 1, **changes: Any) -> Person:
    """Somebody new: everything that identifies people differs with the number."""
    person = Person(
        id=0,
        region="beijing",
        name=f"测试{number}",
        id_no=f"11010119800101{number:04d}",
        phone=f"138{number:08d}",
        gender="男",
        birth_date=date(1980, 1, 1),
        person_status="在职",
        payer_category="本市城镇职工",
    )
    return replace(person, **changes)


def a_contribution(person_id: int, month: str, **changes: Any) -> Contribution:
    """养老, 正常缴费, of that month."""
    row = Contribution(
        person_id=person_id,
        insurance=Insurance.PENSION,
        period=Month.parse(month),
        base=Decimal("8000.00"),
        employer_amount=Decimal("1280.00"),
        personal_amount=Decimal("640.55"),
        kind=Kind.NORMAL,
        paid_at=date(2024, 1, 15),
    )
    return replace(row, **changes)


def a_card(person_id: int, **changes: Any) -> Card:
    return replace(Card(0, person_id, "beijing", "110000000001", "active", "工商银行"), **changes)


def a_case(person_id: int = 1, number: int = 1, **changes: Any) -> Case:
    case = Case(
        case_no=f"2024091200{number:05d}",
        key=f"conversation-{number}",
        feature="BZ-19",
        title="社保卡挂失",
        region="binzhou",
        person_id=person_id,
        submitted_at=START + number * MINUTE,
        handling_status="处理中",
        feedback_status="等待审核",
        fields={"原因": "遗失"},
        steps=(CaseStep(1, "提交", START, "已提交", "钱包丢了", "本人"),),
    )
    return replace(case, **changes)


def a_document(number: int = 1, **changes: Any) -> Document:
    document = Document(
        serial_no=f"BJ2024{number:010d}",
        check_code="A1B2C3D4E5",
        feature="BJQ-P-02a",
        title="个人权益记录",
        region="beijing",
        person_id=1,
        key=f"print-{number}",
        snapshot='{"holder":"测试"}'.encode(),
        content_hash="ab" * 32,
        created_at=START + number * MINUTE,
    )
    return replace(document, **changes)


def a_user(openid: str = "oUser", **changes: Any) -> User:
    return replace(User(openid, True, "person", "beijing", 1, START, "message", 5), **changes)


def a_binding(openid: str = "oUser", person_id: int = 1, **changes: Any) -> Binding:
    return replace(Binding(0, openid, person_id, "person", "sms", "2024-09", START), **changes)


def a_code(request_id: str = "code-1", openid: str = "oUser", **changes: Any) -> CodeRequest:
    request = CodeRequest(request_id, openid, "login", "13800000001", b"\x01" * 32, START, START + 5 * MINUTE)
    return replace(request, **changes)


def a_ticket(openid: str = "oUser", **changes: Any) -> Ticket:
    return replace(Ticket("p", openid, {"case": "1"}, START, START + 10 * MINUTE), **changes)


def a_session(openid: str = "oUser", version: int = 1, body: bytes = b"state", expires_at: datetime | None = None) -> Session:
    return Session(openid, body, version, expires_at or START + 30 * MINUTE)


def an_entry(number: int = 1, **changes: Any) -> AuditEntry:
    entry = AuditEntry(START + timedelta(seconds=number), "actor", "person", "query", "BJQ-P-02a", f"subject-{number % 3}", "ok")
    return replace(entry, **changes)


async def put_person(store: Store, person: Person | None = None) -> int:
    """Store somebody; the id."""
    async with store.transaction() as found:
        return next(iter((await found.people.put_many([person or a_person()])).values()))


async def together(work: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    """Everything at once; what each gave or raised."""
    return await asyncio.gather(*work, return_exceptions=True)


async def one_turn(store: Store, openid: str, body: bytes = b"said", meet: asyncio.Barrier | None = None) -> None:
    """Look, wait for the others to have looked, write."""
    async with store.transaction() as tx:
        stood = await tx.sessions.load(openid, START)
        if meet is not None:
            await meet.wait()
        await tx.users.save(a_user(openid))
        await tx.sessions.save(Session(openid, body, stood.version + 1 if stood else 1, START + timedelta(days=1)))


async def said_by(store: Store, openids: Sequence[str]) -> int:
    """How many of them have a session."""
    async with store.reading() as tx:
        return sum([1 for openid in openids if await tx.sessions.load(openid, START) is not None])


async def until_conflict(work: Awaitable[Any]) -> bool:
    """Whether it went through; False for a Conflict."""
    with suppress(Conflict):
        await work
        return True
    return False


def a_filing(number: int = 1, **changes: Any) -> Case:
    """A case of a declaration, in review, of person 1; number, key and moment differ with the number."""
    case = a_case(
        1,
        number,
        region="binzhou",
        filing="replace_card",
        state=CaseState.REVIEW,
        answers={"reason": "1"},
        due_on=date(2024, 9, 20),
    )
    return replace(case, **changes)


def an_attachment(case_no: str, number: int = 1, **changes: Any) -> Attachment:
    attachment = Attachment(
        0, case_no, "id_front", "身份证.jpg", "image/jpeg", 12345, "ab" * 32, f"{number:032x}", START + number * MINUTE
    )
    return replace(attachment, **changes)


def an_order(number: int = 1, **changes: Any) -> Order:
    order = Order(
        order_no=f"BZ2024{number:06d}",
        key=f"order-{number}",
        person_id=1,
        openid="oUser",
        region="binzhou",
        feature="BZ-23",
        title="个体缴费",
        insurances=("pension", "medical"),
        span=Span(Month(2024, 7), Month(2024, 9)),
        base=Decimal("4242.00"),
        tier="",
        amount=Decimal("2545.20"),
        status=OrderStatus.PENDING,
        created_at=START + number * MINUTE,
        expires_at=START + (number + 120) * MINUTE,
        lines=(("养老", "2545.20"),),
    )
    return replace(order, **changes)


def a_staff(login: str = "li.shenhe", **changes: Any) -> Staff:
    staff = Staff(
        0, login, "李审核", "$argon2id$hash", "JBSWY3DPEHPK3PXP", frozenset({"受理", "审核"}), frozenset({"binzhou"}), True, START
    )
    return replace(staff, **changes)


def a_staff_session(staff_id: int, **changes: Any) -> StaffSession:
    return replace(StaffSession(0, staff_id, START, START, START + 30 * MINUTE, "Firefox · 192.0.2.0/24"), **changes)


def a_thread(openid: str = "oUser", number: int = 1, **changes: Any) -> Thread:
    return replace(Thread(0, openid, 1, "binzhou", "waiting", "补换卡", START + number * MINUTE), **changes)


def a_line(text: str = "您好", who: str = "person", **changes: Any) -> ThreadLine:
    return replace(ThreadLine(0, 0, START, who, text), **changes)
