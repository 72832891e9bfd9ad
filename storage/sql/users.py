"""Who writes to us (A1), for whom they speak (A3), and what lets them in: codes (A5) and links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Delete, Text, Update, and_, bindparam, cast, delete, func, null, or_, select, update

from storage.ports.records import Binding, CodeRequest, CodeState, NoticeState, OrderStatus, Ticket, User
from storage.sql.codec import micros, micros_or_none, moment, moment_or_none
from storage.sql.tables import (
    answer,
    binding,
    business_case,
    case_watch,
    chat_tag,
    chat_wish,
    consent,
    notice,
    opt_out,
    parked,
    payment_order,
    rating_request,
    record_order,
    relative_grant,
    relative_invitation,
    scene,
    session,
    thread,
    ticket,
    verification_code,
    wechat_user,
)
from storage.sql.tallies import Tallies
from storage.sql.unit import Query, Unit, values

# ── 微信用户, 身份绑定 ──────────────────────────────────────────────────────────────────────────────────────────────

_u = wechat_user.c
USER = (
    _u.openid,
    _u.subscribed,
    _u.active_role,
    _u.region,
    _u.person_id,
    _u.last_interaction_at,
    _u.last_trigger,
    _u.pushes_left,
    _u.following,
)
"""What `user_of` reads."""
_USER = select(*USER)
_USER_GET = _USER.where(_u.openid == bindparam("openid"))
_USER_SAVE = Query(
    lambda insert: (put := insert(wechat_user).values(values(wechat_user))).on_conflict_do_update(
        index_elements=["openid"],
        set_={c.name: put.excluded[c.name] for c in wechat_user.c if c.name != "openid"},
    )
)

_b = binding.c
_BINDING_EVER = select(
    _b.id,
    _b.openid,
    _b.person_id,
    _b.role,
    _b.verified_via,
    _b.consent_version,
    _b.bound_at,
    _b.unbound_at,
    _b.held_until,
)
_BINDING = _BINDING_EVER.where(_b.unbound_at.is_(None))
_BINDINGS_OF = _BINDING_EVER.where(
    _b.person_id == bindparam("the_person"), or_(_b.unbound_at.is_(None), _b.unbound_at > bindparam("since"))
).order_by(_b.bound_at, _b.id)
_BINDINGS = _BINDING.where(_b.openid == bindparam("openid")).order_by(_b.bound_at, _b.id)
_BINDING_LIVING = _BINDING.where(_b.openid == bindparam("openid"), _b.person_id == bindparam("person_id"))
_BIND = Query(lambda insert: insert(binding).values(values(binding, "id")).on_conflict_do_nothing().returning(_b.id))
_UNBIND = (
    update(binding)
    .where(_b.openid == bindparam("the_openid"), _b.person_id == bindparam("the_person"), _b.unbound_at.is_(None))
    .values(unbound_at=bindparam("at"))
)
_CHATS = (
    _USER.join(binding, _b.openid == _u.openid)
    .where(_b.person_id == bindparam("the_person"), _b.unbound_at.is_(None), _u.subscribed.is_(True))
    .order_by(_b.bound_at, _b.id)
)
_STRIP = (
    update(binding)
    .where(_b.openid == bindparam("the_openid"))
    .values(openid="", unbound_at=func.coalesce(_b.unbound_at, bindparam("at", type_=_b.unbound_at.type)))
)
_FORGET = tuple(
    delete(table).where(table.c.openid == bindparam("openid")) for table in (wechat_user, session, parked, answer, chat_tag)
)
_FORGET_PAST = tuple(
    delete(table).where(table.c.openid == bindparam("openid"))
    for table in (case_watch, rating_request, chat_wish, opt_out, consent)
)
# What it has made and nobody has used goes before its bindings do: they say whose it is.
_FORGET_INVITATIONS = delete(relative_invitation).where(
    relative_invitation.c.person_id.in_(select(_b.person_id).where(_b.openid == bindparam("the_openid"), _b.unbound_at.is_(None)))
)
_UNINVITE = delete(relative_invitation).where(relative_invitation.c.person_id == bindparam("the_person"))
_g = relative_grant.c
_STRIP_GRANTS: tuple[Update, ...] = (
    update(relative_grant)
    .where(_g.openid == bindparam("the_openid"), _g.ended_at.is_(None))
    .values(openid="", ended_at=bindparam("at"), ended_by="left"),
    update(relative_grant).where(_g.openid == bindparam("the_openid")).values(openid=""),
)
# Whoever still holds the former state must not write the openid back: hence the versions.
_o, _th = payment_order.c, thread.c
_STRIP_ORDERS = update(payment_order).where(_o.openid == bindparam("the_openid")).values(openid="", version=_o.version + 1)
_STRIP_RECORDS = update(record_order).where(record_order.c.openid == bindparam("the_openid")).values(openid="")
_STRIP_THREADS = (
    update(thread)
    .where(_th.openid == bindparam("the_openid"))
    .values(
        openid="",
        state="closed",
        closed_at=func.coalesce(_th.closed_at, bindparam("at", type_=_th.closed_at.type)),
        version=_th.version + 1,
    )
)
# What a chat has of one person, when it lets that person go.
_CASES_OF = select(business_case.c.case_no).where(business_case.c.person_id == bindparam("the_person"))
_TALKS_OF = select(cast(_th.id, Text)).where(_th.openid == bindparam("the_openid"), _th.person_id == bindparam("the_person"))
_PART: tuple[Delete | Update, ...] = (
    delete(case_watch).where(case_watch.c.openid == bindparam("the_openid"), case_watch.c.case_no.in_(_CASES_OF)),
    update(rating_request)
    .where(
        rating_request.c.openid == bindparam("the_openid"),
        or_(
            and_(rating_request.c.kind == "case", rating_request.c.ref.in_(_CASES_OF)),
            and_(rating_request.c.kind == "thread", rating_request.c.ref.in_(_TALKS_OF)),
        ),
    )
    .values(settled=True),
    update(payment_order)
    .where(
        _o.openid == bindparam("the_openid"),
        _o.person_id == bindparam("the_person"),
        or_(*(_o.status == status.value for status in OrderStatus if status.open)),
    )
    .values(openid="", version=_o.version + 1),
    update(record_order)
    .where(record_order.c.openid == bindparam("the_openid"), record_order.c.person_id == bindparam("the_person"))
    .values(openid=""),
)
_FORGET_HASHED = tuple(
    delete(table).where(table.c.openid_hash == bindparam("openid_hash")) for table in (ticket, verification_code, scene)
)

_n = notice.c
# One that is being sent at this moment is settled by nobody: hence the attempts.
_DROP_NOTICES = (
    update(notice)
    .where(_n.openid == bindparam("the_openid"), _n.state == bindparam("was"), _n.due.is_not(None), _n.recipient.like("c%"))
    .values(
        state=NoticeState.DROPPED.value,
        due=null(),
        at=bindparam("now"),
        attempts=_n.attempts + 1,
        body=null(),
        openid=null(),
        note="left",
    )
    .returning(_n.campaign_id, _n.stage, _n.channel)
)
_OPEN = (NoticeState.PLANNED, NoticeState.SENDING, NoticeState.SENT)
_STRIP_NOTICES = update(notice).where(_n.openid == bindparam("the_openid")).values(openid=null(), body=null())

Forgetting = Callable[[str], Awaitable[None]]


def user_of(row: Sequence[Any]) -> User:
    """From the columns `USER`, at the beginning of a row."""
    return User(
        openid=row[0],
        subscribed=bool(row[1]),
        active_role=row[2],
        region=row[3],
        person_id=row[4],
        last_interaction_at=moment_or_none(row[5]),
        last_trigger=row[6],
        pushes_left=row[7],
        following=row[8] or "",
    )


def _binding(row: Sequence[Any]) -> Binding:
    return Binding(
        id=row[0],
        openid=row[1],
        person_id=row[2],
        role=row[3],
        verified_via=row[4],
        consent_version=row[5],
        bound_at=moment(row[6]),
        unbound_at=moment_or_none(row[7]),
        held_until=moment_or_none(row[8]),
    )


class Users:
    """Implements `ports.repositories.Users`. `elsewhere` deletes what another backend keeps of a chat."""

    def __init__(self, unit: Unit, tallies: Tallies, elsewhere: Forgetting | None = None) -> None:
        self._unit = unit
        self._tallies = tallies
        self._elsewhere = elsewhere

    async def get(self, openid: str) -> User | None:
        row = await self._unit.glance(_USER_GET, {"openid": openid})
        return None if row is None else user_of(row)

    async def save(self, user: User) -> None:
        await self._unit.later(
            _USER_SAVE,
            {
                "openid": user.openid,
                "subscribed": user.subscribed,
                "active_role": user.active_role,
                "region": user.region,
                "person_id": user.person_id,
                "last_interaction_at": micros_or_none(user.last_interaction_at),
                "last_trigger": user.last_trigger,
                "pushes_left": user.pushes_left,
                "following": user.following or None,
            },
        )

    async def forget(self, openid: str) -> None:
        await self.forget_past(openid)
        for statement in _FORGET:
            await self._unit.later(statement, {"openid": openid})
        if self._elsewhere:
            await self._elsewhere(openid)

    async def forget_past(self, openid: str) -> None:
        unit = self._unit
        now = micros(unit.clock.now())
        await unit.later(_FORGET_INVITATIONS, {"the_openid": openid})
        await unit.later(_STRIP, {"the_openid": openid, "at": now})
        await unit.later(_STRIP_GRANTS[0], {"the_openid": openid, "at": now})
        await unit.later(_STRIP_GRANTS[1], {"the_openid": openid})
        await self._strip_notices(openid, now)
        await unit.later(_STRIP_ORDERS, {"the_openid": openid})
        await unit.later(_STRIP_RECORDS, {"the_openid": openid})
        await unit.later(_STRIP_THREADS, {"the_openid": openid, "at": now})
        for statement in _FORGET_PAST:
            await unit.later(statement, {"openid": openid})
        hashed = unit.vault.digest(openid, "openid")
        for statement in _FORGET_HASHED:
            await unit.later(statement, {"openid_hash": hashed})

    async def bind(self, binding: Binding) -> Binding:
        made = await self._unit.write(
            _BIND,
            {
                "openid": binding.openid,
                "person_id": binding.person_id,
                "role": binding.role,
                "verified_via": binding.verified_via,
                "consent_version": binding.consent_version,
                "bound_at": micros(binding.bound_at),
                "unbound_at": None,
                "held_until": micros_or_none(binding.held_until),
            },
        )
        if made:
            return replace(binding, id=made[0][0], unbound_at=None)
        living = await self._unit.rows(_BINDING_LIVING, {"openid": binding.openid, "person_id": binding.person_id})
        return _binding(living[0])

    async def bindings(self, openid: str) -> tuple[Binding, ...]:
        return tuple(_binding(row) for row in await self._unit.few(_BINDINGS, {"openid": openid}))

    async def bindings_of(self, person_id: int, since: datetime) -> tuple[Binding, ...]:
        params = {"the_person": person_id, "since": micros(since)}
        return tuple(_binding(row) for row in await self._unit.rows(_BINDINGS_OF, params))

    async def chats_of(self, person_id: int) -> tuple[User, ...]:
        return tuple(user_of(row) for row in await self._unit.rows(_CHATS, {"the_person": person_id}))

    async def unbind(self, openid: str, person_id: int, at: datetime) -> bool:
        ended = await self._unit.change(_UNBIND, {"the_openid": openid, "the_person": person_id, "at": micros(at)}) > 0
        await self._unit.later(_UNINVITE, {"the_person": person_id})
        await let_go(self._unit, openid, person_id)
        return ended

    async def _strip_notices(self, openid: str, now: int) -> None:
        """The ledger keeps what was sent, without the chat. What only this chat was to get is dropped; a notice to a person goes on to the
        next rung by itself when its receipt does not come."""
        for was in _OPEN:
            dropped = await self._unit.write(_DROP_NOTICES, {"the_openid": openid, "was": was.value, "now": now})
            for campaign_id, stage, channel in dropped:
                self._tallies.move(campaign_id, stage, channel, was.value, NoticeState.DROPPED.value)
        await self._unit.later(_STRIP_NOTICES, {"the_openid": openid})


async def let_go(unit: Unit, openid: str, person_id: int) -> None:
    """What a chat has of one person goes: watches, marks asked for, the payer of unpaid orders."""
    for statement in _PART:
        await unit.later(statement, {"the_openid": openid, "the_person": person_id})


# ── 验证码 ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_v = verification_code.c
_CODE_GET = select(
    _v.id, _v.openid, _v.purpose, _v.phone, _v.code_hash, _v.created_at, _v.expires_at, _v.attempts, _v.state
).where(_v.id == bindparam("id"))
_CODES_DIE = (
    update(verification_code)
    .where(_v.openid_hash == bindparam("the_openid"), _v.purpose == bindparam("the_purpose"), _v.state == CodeState.OPEN.value)
    .values(state=CodeState.DEAD.value)
)
_CODE_ADD = Query(lambda insert: insert(verification_code).values(values(verification_code)))
_CODE_ATTEMPT = (
    update(verification_code).where(_v.id == bindparam("the_code")).values(attempts=_v.attempts + 1).returning(_v.attempts)
)
_CODE_STATE = (
    update(verification_code)
    .where(_v.id == bindparam("the_code"), _v.state == bindparam("expected"))
    .values(state=bindparam("becomes"))
)


class Codes:
    """Implements `ports.repositories.Codes`. `attempt` on an unknown request gives 0."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    async def add(self, request: CodeRequest) -> None:
        vault, hashed = self._vault, self._vault.digest(request.openid, "openid")
        await self._unit.change(_CODES_DIE, {"the_openid": hashed, "the_purpose": request.purpose})
        await self._unit.change(
            _CODE_ADD,
            {
                "id": request.id,
                "openid_hash": hashed,
                "openid": vault.seal(request.openid, "code.openid"),
                "purpose": request.purpose,
                "phone": vault.seal(request.phone, "code.phone"),
                "code_hash": request.code_hash,
                "created_at": micros(request.created_at),
                "expires_at": micros(request.expires_at),
                "attempts": request.attempts,
                "state": request.state.value,
            },
        )

    async def get(self, request_id: str) -> CodeRequest | None:
        row = await self._unit.glance(_CODE_GET, {"id": request_id})
        if row is None:
            return None
        return CodeRequest(
            id=row[0],
            openid=self._vault.text(row[1], "code.openid"),
            purpose=row[2],
            phone=self._vault.text(row[3], "code.phone"),
            code_hash=bytes(row[4]),
            created_at=moment(row[5]),
            expires_at=moment(row[6]),
            attempts=row[7],
            state=CodeState(row[8]),
        )

    async def attempt(self, request_id: str) -> int:
        rows = await self._unit.write(_CODE_ATTEMPT, {"the_code": request_id})
        return int(rows[0][0]) if rows else 0

    async def set_state(self, request_id: str, expected: CodeState, state: CodeState) -> bool:
        params = {"the_code": request_id, "expected": expected.value, "becomes": state.value}
        return await self._unit.change(_CODE_STATE, params) > 0


# ── links ───────────────────────────────────────────────────────────────────────────────────────────────────────────

_t = ticket.c
_TICKET = (_t.kind, _t.body, _t.created_at, _t.expires_at, _t.holder)
_TICKET_GET = select(*_TICKET).where(
    _t.token_hash == bindparam("token_hash"), _t.kind == bindparam("kind"), _t.expires_at > bindparam("now")
)
_TICKET_ADD = Query(lambda insert: insert(ticket).values(values(ticket)))
_TICKET_CLAIM = (
    update(ticket)
    .where(
        and_(
            _t.token_hash == bindparam("the_token"),
            _t.expires_at > bindparam("now"),
            or_(_t.holder.is_(None), _t.holder == bindparam("by")),
        )
    )
    .values(holder=bindparam("by"))
    .returning(*_TICKET)
)
_TICKETS_OF = delete(ticket).where(_t.openid_hash == bindparam("openid_hash"))
_TICKET_DROP = delete(ticket).where(_t.token_hash == bindparam("token_hash"))


class _Body(msgspec.Struct):
    openid: str
    params: dict[str, str]


class Tickets:
    """Implements `ports.repositories.Tickets`. An expired ticket cannot be claimed either."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._vault = unit.vault

    def _hash(self, token: str) -> str:
        return self._vault.digest(token, "ticket.token")

    async def add(self, token: str, ticket: Ticket) -> None:
        await self._unit.later(
            _TICKET_ADD,
            {
                "token_hash": self._hash(token),
                "kind": ticket.kind,
                "openid_hash": self._vault.digest(ticket.openid, "openid"),
                "body": self._vault.seal(msgspec.json.encode(_Body(ticket.openid, ticket.params)), "ticket"),
                "created_at": micros(ticket.created_at),
                "expires_at": micros(ticket.expires_at),
                "holder": ticket.holder,
            },
        )

    async def get(self, token: str, kind: str, now: datetime) -> Ticket | None:
        row = await self._unit.glance(_TICKET_GET, {"token_hash": self._hash(token), "kind": kind, "now": micros(now)})
        return None if row is None else self._ticket(row)

    async def claim(self, token: str, holder: str) -> Ticket | None:
        params = {
            "the_token": self._hash(token),
            "by": self._vault.digest(holder, "ticket.holder"),
            "now": micros(self._unit.clock.now()),
        }
        rows = await self._unit.write(_TICKET_CLAIM, params)
        return self._ticket(rows[0]) if rows else None

    async def drop(self, token: str) -> None:
        await self._unit.later(_TICKET_DROP, {"token_hash": self._hash(token)})

    async def drop_of(self, openid: str) -> None:
        await self._unit.change(_TICKETS_OF, {"openid_hash": self._vault.digest(openid, "openid")})

    def _ticket(self, row: Sequence[Any]) -> Ticket:
        body = msgspec.json.decode(self._vault.open(row[1], "ticket"), type=_Body)
        return Ticket(
            kind=row[0],
            openid=body.openid,
            params=body.params,
            created_at=moment(row[2]),
            expires_at=moment(row[3]),
            holder=row[4],
        )
