"""Users, bindings, codes, links, and being forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.ports.records import Binding, CodeState, MarkRequest, OrderStatus
from storage.ports.repositories import Conflict, Store
from tests.clock import START, FakeClock
from tests.contracts.makers import (
    MINUTE,
    a_binding,
    a_case,
    a_code,
    a_filing,
    a_line,
    a_session,
    a_thread,
    a_ticket,
    a_user,
    an_entry,
    an_order,
    put_person,
    together,
)


async def test_a_user_is_inserted_or_replaced(store: Store) -> None:
    """save twice leaves one user with the last values; an unknown one is None."""
    user = a_user()
    async with store.transaction() as found:
        await found.users.save(a_user(region=None, person_id=None, last_interaction_at=None))
        await found.users.save(user)
        assert await found.users.get(user.openid) == user
        assert await found.users.get("nobody") is None


async def test_a_binding_is_made_once(store: Store) -> None:
    """Binding the same person again gives the living binding back; others stand beside it, oldest first."""
    async with store.transaction() as found:
        first = await found.users.bind(a_binding())
        again = await found.users.bind(a_binding(bound_at=START + MINUTE, verified_via="card"))
        second = await found.users.bind(a_binding(person_id=2, bound_at=START + MINUTE))
        assert again == first
        assert first.id
        assert await found.users.bindings("oUser") == (first, second)


async def test_binding_at_once_makes_one(store: Store) -> None:
    """Five at the same moment share one binding."""

    async def bind() -> Binding:
        async with store.transaction() as work:
            return await work.users.bind(a_binding())

    outcomes = await together(bind() for _ in range(5))
    assert len({outcome.id for outcome in outcomes if isinstance(outcome, Binding)}) == 1, outcomes
    async with store.reading() as found:
        assert len(await found.users.bindings("oUser")) == 1


async def test_an_ended_binding_can_be_made_anew(store: Store) -> None:
    """unbind says whether there was one; binding afterwards makes a new one."""
    async with store.transaction() as found:
        first = await found.users.bind(a_binding())
        assert await found.users.unbind("oUser", 1, START) is True
        assert await found.users.unbind("oUser", 1, START) is False
        assert await found.users.bindings("oUser") == ()
        second = await found.users.bind(a_binding())
        assert second.id != first.id


async def test_a_hold_stays_with_its_binding(store: Store) -> None:
    """held_until comes back as it was decided; binding the same living one again changes nothing of it."""
    until = START + 72 * 60 * MINUTE
    async with store.transaction() as found:
        held = await found.users.bind(a_binding(held_until=until))
        assert held.held_until == until
        assert await found.users.bind(a_binding(held_until=None)) == held
        assert await found.users.bindings("oUser") == (held,)
        free = await found.users.bind(a_binding("oOther", held_until=None))
        assert (await found.users.bindings("oOther"))[0] == replace(free, held_until=None)


async def test_a_persons_bindings_with_those_that_ended_lately(store: Store) -> None:
    """Living ones, and those that ended after a moment, oldest first; of a chat that has left without its openid; never another person's."""
    async with store.transaction() as found:
        for number, openid in enumerate(("oLives", "oLately", "oThen", "oGone")):
            await found.users.save(a_user(openid))
            await found.users.bind(a_binding(openid, 5, bound_at=START - (9 - number) * MINUTE))
        await found.users.bind(a_binding("oElse", 6))
        await found.users.unbind("oThen", 5, START - MINUTE)
        await found.users.unbind("oLately", 5, START)
        await found.users.forget("oGone")
    async with store.reading() as found:
        lately = await found.users.bindings_of(5, START - MINUTE)
        assert [(one.openid, one.unbound_at is None) for one in lately] == [("oLives", True), ("oLately", False), ("", False)]
        assert lately[1].unbound_at == START
        assert await found.users.bindings_of(7, START - MINUTE) == ()


async def test_a_persons_chats_are_those_who_follow_and_are_bound(store: Store) -> None:
    """Unsubscribed users, ended bindings and other people's chats are left out."""
    async with store.transaction() as found:
        for openid, subscribed in (("oSon", True), ("oGone", False), ("oOld", True), ("oOther", True)):
            await found.users.save(a_user(openid, subscribed=subscribed))
        for openid in ("oSon", "oGone", "oOld"):
            await found.users.bind(a_binding(openid, 5))
        await found.users.bind(a_binding("oOther", 6))
        await found.users.unbind("oOld", 5, START)
        assert await found.users.chats_of(5) == (a_user("oSon"),)
        assert await found.users.chats_of(9) == ()


async def test_forgetting_a_chat_leaves_nothing_of_it(store: Store, clock: FakeClock) -> None:
    """User, session, parked replies, tickets, codes and answers go; bindings end; the case of the person stays. Twice is once."""
    person_id = await put_person(store)
    for openid in ("oGone", "oStays"):
        async with store.transaction() as found:
            await found.users.save(a_user(openid, person_id=person_id))
            await found.users.bind(a_binding(openid, person_id))
            await found.sessions.save(a_session(openid))
            await found.parked.add(openid, b"later", START)
            await found.tickets.add(f"token-{openid}", a_ticket(openid))
            await found.codes.add(a_code(f"code-{openid}", openid))
            await found.answers.put(f"message-{openid}", openid, b"<xml/>", START)
    async with store.transaction() as found:
        await found.cases.add(a_case(person_id))
    for _ in range(2):
        async with store.transaction() as found:
            await found.users.forget("oGone")
    async with store.transaction() as found:
        assert await found.users.get("oGone") is None
        assert await found.users.bindings("oGone") == ()
        assert [user.openid for user in await found.users.chats_of(person_id)] == ["oStays"]
        assert await found.sessions.load("oGone", clock.now()) is None
        assert await found.parked.take("oGone") == ()
        assert await found.tickets.get("token-oGone", "p", clock.now()) is None
        assert await found.codes.get("code-oGone") is None
        assert await found.answers.get("message-oGone") is None
        assert len(await found.cases.of_person(person_id)) == 1
        assert await found.users.get("oStays") is not None
        assert await found.sessions.load("oStays", clock.now()) is not None
        assert len(await found.parked.take("oStays")) == 1
        assert await found.tickets.get("token-oStays", "p", clock.now()) is not None
        assert await found.codes.get("code-oStays") is not None
        assert await found.answers.get("message-oStays") == b"<xml/>"


async def test_a_chat_that_comes_back_is_new(store: Store, clock: FakeClock) -> None:
    """After forget, in the same transaction too, the chat may begin again: session at version 1, a binding of its own."""
    async with store.transaction() as found:
        await found.sessions.save(a_session())
        await found.users.bind(a_binding())
    async with store.transaction() as found:
        await found.users.forget("oUser")
        await found.users.save(a_user(active_role="visitor", person_id=None))
        await found.users.bind(a_binding(person_id=9))
    async with store.transaction() as found:
        assert [binding.person_id for binding in await found.users.bindings("oUser")] == [9]
        assert await found.sessions.load("oUser", clock.now()) is None
        await found.sessions.save(a_session(body=b"new"))


async def test_a_new_code_kills_the_one_before(store: Store) -> None:
    """Of the same chat and purpose; other purposes, other chats and spent codes stay as they are."""
    async with store.transaction() as found:
        await found.codes.add(a_code("first"))
        await found.codes.add(a_code("spent", purpose="bind"))
        assert await found.codes.set_state("spent", CodeState.OPEN, CodeState.SPENT)
        await found.codes.add(a_code("other", "oOther"))
        await found.codes.add(a_code("second"))
        await found.codes.add(a_code("third", purpose="bind"))
        states = {
            name: request.state
            for name in ("first", "second", "third", "other", "spent")
            if (request := await found.codes.get(name))
        }
    assert states == {
        "first": CodeState.DEAD,
        "second": CodeState.OPEN,
        "third": CodeState.OPEN,
        "other": CodeState.OPEN,
        "spent": CodeState.SPENT,
    }


async def test_a_code_comes_back_without_its_digits(store: Store) -> None:
    """Everything of the request but the digits, which are only ever there as a hash."""
    request = a_code()
    async with store.transaction() as found:
        await found.codes.add(request)
        assert await found.codes.get(request.id) == request
        assert await found.codes.get("unknown") is None
        assert await found.codes.attempt("unknown") == 0


async def test_a_hundred_tries_at_once_are_counted_exactly(store: Store) -> None:
    """Every try gets a number of its own, 1 to 100."""
    async with store.transaction() as found:
        await found.codes.add(a_code())

    async def attempt() -> int:
        async with store.transaction() as work:
            return await work.codes.attempt("code-1")

    assert sorted(await together(attempt() for _ in range(100)), key=str) == sorted(range(1, 101), key=str)
    async with store.reading() as found:
        request = await found.codes.get("code-1")
        assert request is not None
        assert request.attempts == 100


async def test_a_code_is_spent_once(store: Store) -> None:
    """A hundred right answers at once: one of them moves the code on."""
    async with store.transaction() as found:
        await found.codes.add(a_code())

    async def spend() -> bool:
        async with store.transaction() as work:
            return await work.codes.set_state("code-1", CodeState.OPEN, CodeState.PASSED)

    outcomes = await together(spend() for _ in range(100))
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 99


async def test_a_ticket_opens_for_its_kind_until_it_expires(store: Store, clock: FakeClock) -> None:
    """Kind and time count; the token of another ticket, or a guess, opens nothing."""
    ticket = a_ticket(params={"案件": "1", "b": ""})
    async with store.transaction() as found:
        await found.tickets.add("token", ticket)
        assert await found.tickets.get("token", "p", clock.now()) == ticket
        assert await found.tickets.get("token", "d", clock.now()) is None
        assert await found.tickets.get("Token", "p", clock.now()) is None
        assert await found.tickets.get("token", "p", ticket.expires_at) is None


async def test_a_ticket_belongs_to_the_first_browser(store: Store, clock: FakeClock) -> None:
    """The same cookie may come again, another may not; the cookie itself is not what is stored."""
    async with store.transaction() as found:
        await found.tickets.add("token", a_ticket())
    async with store.transaction() as found:
        first = await found.tickets.claim("token", "cookie-a")
        assert first is not None
        assert first.holder not in (None, "cookie-a")
        assert await found.tickets.claim("token", "cookie-a") == first
        assert await found.tickets.claim("token", "cookie-b") is None
        assert await found.tickets.claim("guess", "cookie-a") is None
        assert await found.tickets.get("token", "p", clock.now()) == replace(a_ticket(), holder=first.holder)
    clock.advance(3600)
    async with store.transaction() as found:
        assert await found.tickets.claim("token", "cookie-a") is None


async def test_claiming_at_once_lets_one_browser_in(store: Store) -> None:
    """Ten browsers, one ticket."""
    async with store.transaction() as found:
        await found.tickets.add("token", a_ticket())

    async def claim(cookie: str) -> bool:
        async with store.transaction() as work:
            return await work.tickets.claim("token", cookie) is not None

    outcomes = await together(claim(f"cookie-{n}") for n in range(10))
    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 9


async def test_a_dropped_ticket_is_gone(store: Store, clock: FakeClock) -> None:
    """drop may be repeated."""
    async with store.transaction() as found:
        await found.tickets.add("token", a_ticket())
        await found.tickets.drop("token")
        await found.tickets.drop("token")
        assert await found.tickets.get("token", "p", clock.now()) is None


async def test_forgetting_keeps_the_log(store: Store) -> None:
    """The audit log holds hashes only and stays whole when a chat is forgotten."""
    async with store.transaction() as found:
        actor = await found.audit.pseudonym("oUser")
        await found.audit.write(an_entry(actor=actor, subject="s"))
        await found.users.forget("oUser")
    async with store.transaction() as found:
        await found.audit.link()
        (entry,) = await found.audit.of_subject("s")
        assert entry.actor == actor != "oUser"
        assert (await found.audit.verify()).broken_at is None


async def test_forgetting_a_chat_strips_it_from_what_is_kept(store: Store) -> None:
    """It follows no case any more and is asked for no mark; orders and talks stay without it, the talk closed, its lines kept."""
    async with store.transaction() as found:
        case, _ = await found.cases.add(a_filing())
        for number, openid in enumerate(("oGone", "oStays"), 1):
            await found.cases.watch(case.case_no, openid)
            await found.orders.add(an_order(number, openid=openid))
            await found.threads.open(a_thread(openid), [a_line()])
            await found.ratings.ask(openid, MarkRequest("case", "1", "binzhou", "补换卡", START))
        order, thread = await found.orders.get(an_order(1).order_no), await found.threads.of_chat("oGone")
        assert order is not None
        assert thread is not None
    for _ in range(2):
        async with store.transaction() as found:
            await found.users.forget("oGone")
    async with store.transaction() as found:
        assert await found.cases.watchers(case.case_no) == ("oStays",)
        assert await found.ratings.wanted("oGone") is None
        assert await found.ratings.wanted("oStays") is not None
        assert await found.orders.get(order.order_no) == replace(order, openid="", version=1)
        assert await found.threads.get(thread.id) == replace(thread, openid="", state="closed", closed_at=START, version=1)
        assert len(await found.threads.lines(thread.id)) == 1
        assert await found.threads.of_chat("oGone") is None
        assert await found.threads.of_chat("oStays") is not None


async def test_nobody_writes_a_forgotten_chat_back(store: Store) -> None:
    """Whoever still holds the order or the talk as it was gets a Conflict."""
    async with store.transaction() as found:
        order, _ = await found.orders.add(an_order())
        thread = await found.threads.open(a_thread(), [])
        await found.users.forget("oUser")
    async with store.transaction() as found:
        with pytest.raises(Conflict):
            await found.orders.save(replace(order, bank="工商银行"))
        with pytest.raises(Conflict):
            await found.threads.save(replace(thread, state="open", claimed_by=1))


async def test_a_user_keeps_its_following(store: Store) -> None:
    """The token comes back as it was saved; a row without one has ''."""
    async with store.transaction() as found:
        await found.users.save(a_user(following="f1"))
        await found.users.save(a_user("oOld"))
    async with store.reading() as found:
        one, old = await found.users.get("oUser"), await found.users.get("oOld")
        assert one is not None
        assert old is not None
        assert (one.following, old.following) == ("f1", "")


async def test_letting_a_person_go_ends_what_the_chat_had_of_them(store: Store) -> None:
    """Watches, requests for marks about cases and talks, the openid on orders that can still be paid; what is of another person, of
    another chat, or paid, stays. A second time nothing changes."""
    async with store.transaction() as found:
        mine, _ = await found.cases.add(a_filing(1, person_id=1))
        theirs, _ = await found.cases.add(a_filing(2, person_id=2))
        for openid in ("oUser", "oOther"):
            for case in (mine, theirs):
                await found.cases.watch(case.case_no, openid)
                await found.ratings.ask(openid, MarkRequest("case", case.case_no, "binzhou", "补换卡", START))
        talk = await found.threads.open(a_thread(state="closed"), [])
        foreign = await found.threads.open(a_thread(state="closed", person_id=2), [])
        for one in (talk, foreign):
            await found.ratings.ask("oUser", MarkRequest("thread", str(one.id), "binzhou", "人工服务", START))
        kinds = ((1, 1, "oUser", "pending"), (2, 1, "oUser", "confirmed"), (3, 1, "oUser", "paid"), (4, 2, "oUser", "pending"))
        for number, person, openid, status in (*kinds, (5, 1, "oOther", "pending")):
            await found.orders.add(an_order(number, person_id=person, openid=openid, status=OrderStatus(status)))
        await found.users.bind(a_binding("oUser", 1))
    for ended in (True, False):
        async with store.transaction() as found:
            assert await found.users.unbind("oUser", 1, START) is ended
    async with store.reading() as found:
        assert await found.cases.watchers(mine.case_no) == ("oOther",)
        assert await found.cases.watchers(theirs.case_no) == ("oOther", "oUser")
        asked = [
            (kind, ref == mine.case_no or ref == str(talk.id))
            for kind, ref in (
                ("case", mine.case_no),
                ("case", theirs.case_no),
                ("thread", str(talk.id)),
                ("thread", str(foreign.id)),
            )
            if await found.ratings.request("oUser", kind, ref)
        ]
        assert asked == [("case", False), ("thread", False)]
        assert await found.ratings.request("oOther", "case", mine.case_no) is not None
        orders = [await found.orders.get(an_order(number).order_no) for number in range(1, 6)]
        assert [order.openid for order in orders if order] == ["", "", "oUser", "oUser", "oOther"]
        assert [order.version for order in orders if order] == [1, 1, 0, 0, 0]
