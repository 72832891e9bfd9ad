"""亲情 (S17) in storage: grants, invitations, and what a chat leaves behind when it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from storage.ports.records import Channel, Grant, Invitation, NoticeState, Preferences
from storage.ports.repositories import Conflict, Store
from tests.clock import START, FakeClock
from tests.contracts.ledger import a_notice, a_result, claim, put, tallies
from tests.contracts.makers import MINUTE, a_binding, a_case, a_person, put_person, together

TODAY = START.date()
UNTIL = TODAY + timedelta(days=365)


def a_grant(person_id: int, openid: str = "oDaughter", **changes: Any) -> Grant:
    grant = Grant(0, person_id, openid, "女儿", frozenset({"remind", "certification"}), UNTIL, True, START, "code")
    return replace(grant, **changes)


def an_invitation(person_id: int, **changes: Any) -> Invitation:
    made = Invitation(person_id, frozenset({"remind"}), "女儿", UNTIL, False, "oMother", START + timedelta(hours=24))
    return replace(made, **changes)


async def given(store: Store, grant: Grant) -> Grant:
    async with store.transaction() as found:
        made = await found.family.grant(grant)
    assert made is not None
    return made


async def test_a_grant_comes_back_as_it_was_given(store: Store) -> None:
    """By its number, of the person and of the chat; nobody else's is among them."""
    person_id = await put_person(store)
    made = await given(store, a_grant(person_id, reason="窗口核对过户口簿", granted_by="staff:3"))
    assert made == a_grant(person_id, id=made.id, reason="窗口核对过户口簿", granted_by="staff:3")
    async with store.reading() as found:
        assert await found.family.get(made.id) == made
        assert await found.family.of_person(person_id, TODAY) == (made,)
        assert await found.family.of_chat("oDaughter", TODAY) == (made,)
        assert await found.family.of_chat("oOther", TODAY) == await found.family.of_chat("", TODAY) == ()
        assert await found.family.get(made.id + 1) is None


async def test_a_new_grant_takes_the_place_of_the_old_one(store: Store) -> None:
    """Of the same chat and person: the old one has ended, by the person."""
    person_id = await put_person(store)
    old = await given(store, a_grant(person_id))
    new = await given(store, a_grant(person_id, scopes=frozenset({"act"}), granted_at=START + MINUTE))
    async with store.reading() as found:
        assert await found.family.of_person(person_id, TODAY) == (new,)
        ended = await found.family.get(old.id)
        assert ended is not None
        assert (ended.ended_at, ended.ended_by) == (START + MINUTE, "person")


async def test_there_are_eight_at_most(store: Store) -> None:
    """The ninth is refused, also when two come at one moment for the last place; one that has ended or expired gives its place away."""
    person_id = await put_person(store)
    first = await given(store, a_grant(person_id, "oRelative0"))
    await given(store, a_grant(person_id, "oRelative1", until=TODAY))
    for number in range(2, 7):
        await given(store, a_grant(person_id, f"oRelative{number}"))

    async def one_more(openid: str) -> Grant | None:
        async with store.transaction() as found:
            return await found.family.grant(a_grant(person_id, openid))

    outcomes = await together([one_more("oEighth"), one_more("oNinth")])
    assert sorted(one is None for one in outcomes) == [False, True]
    assert await one_more("oRelative0") is not None  # it takes its own place
    async with store.transaction() as found:
        assert await found.family.end(first.id, "relative", START) is False  # it had been replaced
        assert len(await found.family.of_person(person_id, TODAY)) == 8
        assert len(await found.family.of_person(person_id, TODAY + timedelta(days=1))) == 7


async def test_an_expired_grant_gives_its_place_away(store: Store, clock: FakeClock) -> None:
    """The day after the last one another relative may have the eighth place."""
    person_id = await put_person(store)
    for number in range(8):
        await given(store, a_grant(person_id, f"oRelative{number}", until=TODAY))
    async with store.transaction() as found:
        assert await found.family.grant(a_grant(person_id, "oNinth")) is None
    clock.advance(86400)
    assert await given(store, a_grant(person_id, "oNinth"))


async def test_a_grant_can_be_made_narrower_only(store: Store) -> None:
    """Fewer scopes, an earlier end; never more, never later, never none, and never once it has ended."""
    person_id = await put_person(store)
    made = await given(store, a_grant(person_id))
    async with store.transaction() as found:
        family = found.family
        for wider in (
            replace(made, scopes=made.scopes | {"act"}),
            replace(made, scopes=frozenset({"benefits"})),
            replace(made, scopes=frozenset()),
            replace(made, until=made.until + timedelta(days=1)),
            replace(made, id=made.id + 1),
        ):
            assert await family.change(wider) is False
        assert await family.get(made.id) == made
        narrower = replace(made, scopes=frozenset({"remind"}), until=TODAY, label="小女儿", together=False)
        assert await family.change(narrower) is True
        assert await family.get(made.id) == narrower
        assert await family.change(made) is False  # and not back again
        assert await family.end(made.id, "person", START) is True
        assert await family.change(narrower) is False


async def test_a_grant_ends_once(store: Store) -> None:
    """The first who ends it is on record; it holds nothing from then on."""
    person_id = await put_person(store)
    made = await given(store, a_grant(person_id))
    async with store.transaction() as found:
        assert await found.family.end(made.id, "relative", START + MINUTE) is True
        assert await found.family.end(made.id, "person", START + 2 * MINUTE) is False
        ended = await found.family.get(made.id)
        assert ended is not None
        assert (ended.ended_at, ended.ended_by) == (START + MINUTE, "relative")
        assert not ended.allows("remind", TODAY)
        assert await found.family.of_person(person_id, TODAY) == await found.family.of_chat("oDaughter", TODAY) == ()


async def test_with_the_right_to_act_go_the_watches(store: Store) -> None:
    """Who may not act any more is not told of the person's cases either; a chat that is the person's own still is."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.cases.add(a_case(person_id))
        number = a_case(person_id).case_no
        await found.users.bind(a_binding("oMother", person_id))
        for openid in ("oDaughter", "oSon", "oMother"):
            await found.cases.watch(number, openid)
    daughter = await given(store, a_grant(person_id, scopes=frozenset({"act", "remind"})))
    son = await given(store, a_grant(person_id, "oSon", scopes=frozenset({"act"})))
    mother = await given(store, a_grant(person_id, "oMother", scopes=frozenset({"act"})))
    async with store.transaction() as found:
        assert await found.family.change(replace(daughter, scopes=frozenset({"remind"})))
        assert await found.family.end(son.id, "person", START)
        assert await found.family.end(mother.id, "person", START)
        assert set(await found.cases.watchers(number)) == {"oMother"}


@pytest.mark.parametrize("death", [{"person_status": "死亡"}, {"death_date": date(2024, 9, 1)}])
async def test_death_ends_what_was_granted(store: Store, death: dict[str, Any]) -> None:
    """At once for whoever asks; on record with the next round, once."""
    person_id, other = await put_person(store), await put_person(store, a_person(2))
    made, stays = await given(store, a_grant(person_id)), await given(store, a_grant(other))
    await put_person(store, a_person(**death))
    async with store.transaction() as found:
        assert await found.family.of_person(person_id, TODAY) == ()
        assert await found.family.of_chat("oDaughter", TODAY) == (stays,)
        assert await found.family.end_of_dead(START) == 1
        assert await found.family.end_of_dead(START) == 0
        ended = await found.family.get(made.id)
        assert ended is not None
        assert ended.ended_by == "death"


async def test_an_invitation_is_taken_once(store: Store) -> None:
    """Looking changes nothing; of two who take it at one moment one has it."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.family.invite("12345678", an_invitation(person_id))
    async with store.reading() as found:
        assert await found.family.invitation("12345678", START) == an_invitation(person_id)
        assert await found.family.invitation("87654321", START) is None

    async def take() -> Invitation | None:
        async with store.transaction() as found:
            return await found.family.take("12345678", START)

    outcomes = await together([take(), take()])
    assert sorted(one is None for one in outcomes) == [False, True]
    assert await take() is None


async def test_an_invitation_lives_for_its_time_and_until_the_next(store: Store, clock: FakeClock) -> None:
    """After its time there is none, and a newer one of the same person ends it."""
    person_id, other = await put_person(store), await put_person(store, a_person(2))
    async with store.transaction() as found:
        await found.family.invite("11111111", an_invitation(person_id))
        await found.family.invite("22222222", an_invitation(person_id))
        await found.family.invite("33333333", an_invitation(other))
        assert await found.family.invitation("11111111", START) is None
        assert await found.family.invitation("22222222", START) is not None
        late = START + timedelta(hours=24)
        assert await found.family.invitation("33333333", late) is None
        assert await found.family.take("33333333", late) is None
    clock.advance(24 * 3600)
    assert await store.tidy() >= 2


async def test_nobody_gets_the_code_of_another(store: Store, clock: FakeClock) -> None:
    """A code that lives already is refused; once it is over it may come again."""
    person_id, other = await put_person(store), await put_person(store, a_person(2))
    async with store.transaction() as found:
        await found.family.invite("12345678", an_invitation(person_id))
    with pytest.raises(Conflict):
        async with store.transaction() as found:
            await found.family.invite("12345678", an_invitation(other))
    clock.advance(24 * 3600)
    async with store.transaction() as found:
        await found.family.invite("12345678", an_invitation(other, expires_at=START + timedelta(hours=48)))
        taken = await found.family.take("12345678", clock.now())
        assert taken is not None
        assert taken.person_id == other


async def test_a_chat_that_leaves_takes_its_rights_with_it(store: Store) -> None:
    """Its grants end by that and do not know it any more; what it has invited is gone; another chat's stay."""
    person_id, own = await put_person(store), await put_person(store, a_person(2))
    made = await given(store, a_grant(person_id))
    over = await given(store, a_grant(own))
    stays = await given(store, a_grant(person_id, "oSon"))
    async with store.transaction() as found:
        await found.family.end(over.id, "person", START)
        await found.users.bind(a_binding("oDaughter", own))
        await found.family.invite("12345678", an_invitation(own))
        await found.family.invite("87654321", an_invitation(person_id))
    async with store.transaction() as found:
        await found.users.forget("oDaughter")
    async with store.transaction() as found:
        ended, before = await found.family.get(made.id), await found.family.get(over.id)
        assert ended is not None
        assert before is not None
        assert (ended.openid, ended.ended_by) == ("", "left")
        assert (before.openid, before.ended_by) == ("", "person")
        assert await found.family.of_person(person_id, TODAY) == (stays,)
        assert await found.family.invitation("12345678", START) is None
        assert await found.family.invitation("87654321", START) is not None


async def test_an_unbound_chat_has_invited_nobody(store: Store) -> None:
    """The code that it made is worth nothing once it does not speak for the person any more."""
    person_id = await put_person(store)
    async with store.transaction() as found:
        await found.users.bind(a_binding("oMother", person_id))
        await found.family.invite("12345678", an_invitation(person_id))
        await found.users.unbind("oMother", person_id, START)
        assert await found.family.take("12345678", START) is None


async def test_a_chat_that_leaves_is_not_in_the_ledger(store: Store) -> None:
    """What only it was to get is dropped and counted so, also while it is being sent; what was sent to it for a person goes on without it."""
    news = a_notice(0, channel=Channel.CHAT, recipient="c0123", openid="oGone", body=b"news")
    await put(store, replace(news, stage="held"))
    (held,) = await claim(store, channel=Channel.CHAT)
    await put(
        store,
        replace(news, stage="planned"),
        replace(news, stage="done", state=NoticeState.DELIVERED, due=None),
        replace(news, stage="other", recipient="c9999", openid="oStays"),
        a_notice(1, openid="oGone", state=NoticeState.SENT, msg_id="m1"),
    )
    for _ in range(2):
        async with store.transaction() as found:
            await found.users.forget("oGone")
    async with store.transaction() as found:
        assert await found.notices.of_chat("oGone") == ()
        (sent,) = await found.notices.of_person(1)
        assert (sent.state, sent.due is None, sent.openid, sent.body) == (NoticeState.SENT, False, "", b"")
        assert [one.stage for one in await found.notices.of_chat("oStays")] == ["other"]
        assert await found.notices.settle([a_result(held, openid="oGone")], START) == 0
    assert await tallies(store) == {
        ("held", "chat", "dropped"): 1,
        ("planned", "chat", "dropped"): 1,
        ("done", "chat", "delivered"): 1,
        ("other", "chat", "planned"): 1,
        ("30", "template", "sent"): 1,
    }


async def test_a_chat_that_leaves_takes_its_wishes_with_it(store: Store) -> None:
    """Preferences, stops and consents of the chat go; what a person has stopped stays, and so does what other chats want."""
    async with store.transaction() as found:
        for openid in ("oGone", "oStays"):
            await found.wishes.save(Preferences(openid, word="平安"))
            await found.wishes.stop("P-CERT", openid=openid)
            await found.wishes.consented(openid, "t1", 1)
        await found.wishes.stop("P-CASE", person_id=1)
    async with store.transaction() as found:
        await found.users.forget("oGone")
    async with store.transaction() as found:
        assert (await found.wishes.of("oGone")).word == ""
        assert await found.wishes.stopped(openid="oGone") == frozenset()
        assert await found.wishes.consent("oGone", "t1") is None
        assert (await found.wishes.of("oStays")).word == "平安"
        assert await found.wishes.stopped(openid="oStays", person_id=1) == {"P-CERT", "P-CASE"}
        assert await found.wishes.consent("oStays", "t1") is not None
