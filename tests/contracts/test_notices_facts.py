"""Facts: what is known at the moment of sending, for a whole batch at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta

from storage.ports.records import NO_SMS, Benefit, Certification, Facts, Grant, Notice, Preferences
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.ledger import DUE, TODAY, a_chat, a_notice, retirees
from tests.contracts.makers import MINUTE, a_person


async def facts(store: Store, *notices: Notice) -> list[Facts]:
    numbered = [replace(notice, id=number) for number, notice in enumerate(notices, 1)]
    async with store.reading() as tx:
        found = await tx.notices.facts(numbered, START)
    assert list(found) == [notice.id for notice in numbered]
    return [found[notice.id] for notice in numbered]


async def test_somebody_without_anything(store: Store) -> None:
    """A person with a certification and no chat; nobody; somebody who is not there; an empty batch."""
    await retirees(store, 1)
    known, nobody, unknown = await facts(store, a_notice(1), a_notice(0), a_notice(99))
    assert known.person == a_person(1, id=1)
    assert known.certification == Certification(1, None, DUE)
    assert (known.chats, known.preferences, known.stopped, known.grants, known.consents) == ((), Preferences(), False, (), 0)
    assert nobody == unknown == Facts(None, None, (), Preferences(), stopped=False, grants=())
    assert await facts(store) == []


async def test_the_chat_that_was_used_last_comes_first(store: Store) -> None:
    """Bound and following ones only; each person's own."""
    await retirees(store, 2)
    old = await a_chat(store, "oOld", 1, last_interaction_at=START - MINUTE)
    never = await a_chat(store, "oNever", 1, last_interaction_at=None)
    new = await a_chat(store, "oNew", 1, last_interaction_at=START)
    await a_chat(store, "oGone", 1, subscribed=False)
    other = await a_chat(store, "oOther", 2)
    await a_chat(store, "oUnbound", 2)
    async with store.transaction() as tx:
        await tx.users.unbind("oUnbound", 2, START)
    first, second = await facts(store, a_notice(1), a_notice(2))
    assert first.chats == (new, old, never)
    assert second.chats == (other,)


async def test_a_notice_for_one_chat_has_that_chat_alone(store: Store) -> None:
    """While it follows, whether or not it is bound to anybody."""
    await retirees(store, 1)
    await a_chat(store, "oFirst", 1)
    second = await a_chat(store, "oSecond", 1)
    await a_chat(store, "oGone", 1, subscribed=False)
    found = await facts(store, a_notice(1, openid="oSecond"), a_notice(0, openid="oSecond"), a_notice(1, openid="oGone"))
    assert [one.chats for one in found] == [(second,), (second,), ()]


async def test_wishes_and_consents_are_those_of_the_first_chat(store: Store) -> None:
    """Consents of all templates together; one for good counts as a thousand."""
    await retirees(store, 2)
    await a_chat(store, "oFirst", 1)
    await a_chat(store, "oSecond", 1, last_interaction_at=None)
    await a_chat(store, "oGood", 2)
    wishes = Preferences("oFirst", time(20, 0), time(9, 30), "Europe/Berlin", (3, 9), "平安", sms=False)
    async with store.transaction() as tx:
        await tx.wishes.save(wishes)
        await tx.wishes.save(replace(wishes, openid="oSecond"))
        await tx.wishes.consented("oFirst", "t1", 2)
        await tx.wishes.consented("oFirst", "t2", 1)
        await tx.wishes.consented("oSecond", "t1", 9)
        await tx.wishes.consented("oGood", "t1", -1)
    first, good = await facts(store, a_notice(1), a_notice(2))
    assert (first.preferences, first.consents) == (wishes, 3)
    assert (good.preferences, good.consents) == (Preferences("oGood"), 1000)


async def test_what_one_chat_has_said_of_hours_and_sms_holds_for_all(store: Store) -> None:
    """The chat used last has said nothing, the other 06:00–23:00 in Paris and no SMS: so it is for both; its own word stays its own."""
    await retirees(store, 1)
    await a_chat(store, "oLast", 1)
    await a_chat(store, "oBefore", 1, last_interaction_at=None)
    said = Preferences("oBefore", time(6, 0), time(23, 0), "Europe/Paris", (3,), "平安", sms=False)
    async with store.transaction() as tx:
        await tx.wishes.save(said)
        await tx.wishes.save(Preferences("oLast", word="老槐树"))
    wanted = replace(said, openid="oLast", months=(), word="老槐树")
    found = await facts(
        store, a_notice(1), a_notice(1, openid="oLast", recipient="c1"), a_notice(1, openid="oBefore", recipient="c2")
    )
    assert [one.preferences for one in found] == [wanted, wanted, said]
    async with store.transaction() as tx:
        await tx.wishes.save(replace(wanted, zone="Asia/Tokyo"))
    (found_again,) = await facts(store, a_notice(1))
    assert found_again.preferences.zone == "Asia/Tokyo"


async def test_no_sms_outlives_the_chat(store: Store) -> None:
    """Kept for the person, like a stop; a relative's row has the relative's own wishes."""
    await retirees(store, 2)
    await a_chat(store, "oChat", 1)
    async with store.transaction() as tx:
        await tx.wishes.stop(NO_SMS, person_id=1)
        await tx.users.forget("oChat")
    own, other = await facts(store, a_notice(1), a_notice(2))
    assert (own.chats, own.preferences.sms, own.stopped) == ((), False, False)
    assert other.preferences.sms


async def test_what_was_stopped(store: Store) -> None:
    """By the person, or by the first chat; that kind only."""
    await retirees(store, 4)
    for number in (1, 2, 3):
        await a_chat(store, f"o{number}", number)
    await a_chat(store, "oOther", 3, last_interaction_at=None)
    async with store.transaction() as tx:
        await tx.wishes.stop("P-CERT", person_id=1)
        await tx.wishes.stop("P-CERT", openid="o2")
        await tx.wishes.stop("P-CERT", openid="oOther")
    rows = [a_notice(1), a_notice(2), a_notice(3), a_notice(4), a_notice(1, kind="P-PAUSED"), a_notice(2, kind="P-PAUSED")]
    rows += [a_notice(0, openid="o2"), a_notice(0, openid="o3")]
    assert [one.stopped for one in await facts(store, *rows)] == [True, True, False, False, False, False, True, False]


async def test_relatives_who_want_to_be_reminded(store: Store) -> None:
    """Living grants with the scope, whose chat follows and has not stopped this kind, oldest first; none of who has died."""
    await retirees(store, 1)
    await retirees(store, 1, first=2, death_date=date(2024, 9, 1))
    grant = Grant(0, 1, "oDaughter", "女儿", frozenset({"remind", "act"}), TODAY, True, START, "code", "走访时登记")
    given = (
        replace(grant, openid="oLater", granted_at=START + MINUTE),
        grant,
        replace(grant, openid="oScope", scopes=frozenset({"benefits"})),
        replace(grant, openid="oExpired", until=TODAY - timedelta(days=1)),
        replace(grant, openid="oStopped"),
        replace(grant, openid="oGone"),
        replace(grant, openid="oEnded"),
        replace(grant, openid="oDead", person_id=2),
    )
    async with store.transaction() as tx:
        made = [await tx.family.grant(one) for one in given]
        await tx.wishes.stop("P-CERT", openid="oStopped")
    for one in made:
        assert one is not None
        await a_chat(store, one.openid, 9, subscribed=one.openid != "oGone")
    async with store.transaction() as tx:
        assert made[6] is not None
        await tx.family.end(made[6].id, "person", START)
    living, dead, other = await facts(store, a_notice(1), a_notice(2), a_notice(1, kind="P-PAUSED"))
    assert living.grants == (made[1], made[0])
    assert dead.grants == ()
    assert other.grants == ()  # none of them may see benefits


async def test_relatives_are_told_of_benefits_with_both_scopes(store: Store) -> None:
    """P-PAUSED and P-PENSION are data of their own: to be reminded of the certification is not to be told of them."""
    await retirees(store, 1)
    await a_chat(store, "oDaughter", 9)
    await a_chat(store, "oSon", 8)
    grant = Grant(0, 1, "oDaughter", "女儿", frozenset({"remind"}), TODAY, True, START, "code")
    async with store.transaction() as tx:
        await tx.family.grant(grant)
        await tx.family.grant(replace(grant, openid="oSon", label="儿子", scopes=frozenset({"remind", "benefits"})))
    found = await facts(store, *(a_notice(1, kind=kind) for kind in ("P-CERT", "P-PAUSED", "P-PENSION")))
    assert [[one.openid for one in each.grants] for each in found] == [["oDaughter", "oSon"], ["oSon"], ["oSon"]]


async def test_benefits_for_the_kinds_that_speak_of_them(store: Store) -> None:
    """P-PAUSED and P-PENSION; the others do without."""
    await retirees(store, 2)
    benefit = Benefit(1, "paused", TODAY, date(2012, 3, 1), "未按期认证")
    async with store.transaction() as tx:
        await tx.certifications.put_benefits([benefit])
    rows = [a_notice(1, kind=kind) for kind in ("P-PAUSED", "P-PENSION", "P-CERT")] + [a_notice(2, kind="P-PAUSED")]
    assert [one.benefit for one in await facts(store, *rows)] == [benefit, benefit, None, None]
