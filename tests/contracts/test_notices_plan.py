"""Planning: an audience becomes rows of the ledger, everybody once a stage, whatever runs twice or at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from storage.ports.records import Audience, Benefit, Certification, Channel, Grant, NoticeState, Plan, Planned
from storage.ports.repositories import Store
from tests.clock import START
from tests.contracts.ledger import DUE, LADDER, TODAY, a_chat, a_notice, a_plan, ledger, put, retirees, tallies
from tests.contracts.makers import a_person, put_person, together


async def plan(store: Store, wanted: Plan, after: str = "", limit: int = 100) -> Planned:
    async with store.transaction() as tx:
        return await tx.notices.plan(wanted, after, limit)


async def planned(store: Store, wanted: Plan) -> set[int]:
    """Who is on the ledger after planning them all."""
    await plan(store, wanted)
    async with store.reading() as tx:
        return {number for number in range(1, 20) if await tx.notices.of_person(number, wanted.kind)}


async def test_the_first_rung_is_the_one_that_fits(store: Store) -> None:
    """A chat that follows: the ladder's chat rung; none, one that has left or is not bound any more: the first other rung."""
    await retirees(store, 4)
    await a_chat(store, "oFollows", 1)
    await a_chat(store, "oGone", 2, subscribed=False)
    await a_chat(store, "oUnbound", 3)
    async with store.transaction() as tx:
        await tx.users.unbind("oUnbound", 3, START)
    assert await plan(store, a_plan()) == Planned(4, "", True)
    async with store.reading() as tx:
        (row,) = await tx.notices.of_person(1)
    assert row == a_notice(1, id=row.id, rank=5)
    assert [await ledger(store, number) for number in (2, 3, 4)] == [[("sms", "", "planned")]] * 3
    assert await tallies(store) == {("30", "sms", "planned"): 3, ("30", "template", "planned"): 1}


async def test_ladders_without_the_fitting_rung(store: Store) -> None:
    """Only chats: the first of them, so that nobody is forgotten; visits alone: on the list at once."""
    await retirees(store, 2)
    await a_chat(store, "oFollows", 1)
    await plan(store, a_plan(ladder=(Channel.CHAT,)))
    assert [await ledger(store, number) for number in (1, 2)] == [[("chat", "", "planned")]] * 2
    await plan(store, a_plan(stage="7", ladder=(Channel.TEMPLATE, Channel.VISIT)))
    async with store.reading() as tx:
        (visit,) = [one for one in await tx.notices.of_person(2) if one.stage == "7"]
    assert (visit.channel, visit.state, visit.due) == (Channel.VISIT, NoticeState.LISTED, None)
    assert (await tallies(store))["7", "visit", "listed"] == 1


async def test_a_stage_is_planned_once(store: Store) -> None:
    """Again, by another campaign, with a chat that came meanwhile: nothing new. Another stage, kind or due day is."""
    await retirees(store, 1)
    assert (await plan(store, a_plan())).new == 1
    await a_chat(store, "oNew", 1)
    for again in (a_plan(), a_plan(campaign_id=2), a_plan(ladder=(Channel.CHAT, Channel.VISIT))):
        assert (await plan(store, again)).new == 0
    assert (await plan(store, a_plan(stage="15"))).new == 1
    assert (await plan(store, a_plan(kind="P-OTHER"))).new == 1
    async with store.transaction() as tx:
        await tx.certifications.put_many([Certification(1, START.date(), DUE + timedelta(days=365))])
    later = replace(a_plan().audience, due_to=None)
    assert (await plan(store, a_plan(audience=later))).new == 1
    assert await ledger(store, 1) == [("sms", "", "planned"), *[("template", "", "planned")] * 3]


async def test_planning_at_once_plans_once(store: Store) -> None:
    """Four planners over the same people, while chats are bound: each person has one row."""
    await retirees(store, 30)

    async def all_of_it() -> int:
        new, place, done = 0, "", False
        while not done:
            piece = await plan(store, a_plan(), place, 7)
            new, place, done = new + piece.new, piece.after, piece.done
        return new

    async def bind() -> int:
        for number in range(1, 31):
            await a_chat(store, f"o{number}", number)
        return 0

    outcomes = await together([all_of_it(), all_of_it(), bind(), all_of_it(), all_of_it()])
    assert sum(new for new in outcomes if isinstance(new, int)) == 30, outcomes
    assert [len(await ledger(store, number)) for number in range(1, 31)] == [1] * 30
    assert sum((await tallies(store)).values()) == 30


async def test_pieces_follow_each_other(store: Store) -> None:
    """In order of day and person, from place to place; each piece looks at as many as asked for; the last says that nobody is left."""
    late = await retirees(store, 2, DUE + timedelta(days=1))
    early = await retirees(store, 2, DUE, first=3)
    audience = Audience(("beijing",), due_from=DUE, due_to=DUE + timedelta(days=1))
    first = await plan(store, a_plan(audience=audience), "", 3)
    assert first == Planned(3, f"2024-10-13/{late[0]}", False)
    assert [len(await ledger(store, number)) for number in (*early, *late)] == [1, 1, 1, 0]
    second = await plan(store, a_plan(audience=audience), first.after, 3)
    assert (second.new, second.done) == (1, True)
    assert await plan(store, a_plan(audience=audience), "", 4) == Planned(0, f"2024-10-13/{late[1]}", False)


async def test_ranks_follow_from_the_days_left(store: Store) -> None:
    """Overdue and today 0, tomorrow 1, within three days 2, seven 3, fifteen 4, thirty 5, later 6."""
    left = (-5, 0, 1, 2, 3, 4, 7, 8, 15, 16, 30, 31)
    ids = [(await retirees(store, 1, TODAY + timedelta(days=days), first=10 + place))[0] for place, days in enumerate(left)]
    await plan(store, a_plan(audience=Audience(("beijing",))))
    async with store.reading() as tx:
        rows = [(await tx.notices.of_person(person_id))[0] for person_id in ids]
    assert [row.rank for row in rows] == [0, 0, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
    assert [row.cycle for row in rows] == [(TODAY + timedelta(days=days)).isoformat() for days in left]


async def test_an_audience_holds_whom_it_says(store: Store) -> None:
    """The living, of its regions, between its days, by age, chat and last certification; without regions nobody."""
    await retirees(store, 1)
    await retirees(store, 1, DUE + timedelta(days=1), first=2)
    await retirees(store, 1, first=3, region="binzhou")
    await retirees(store, 1, first=4, person_status="死亡")
    await retirees(store, 1, first=5, death_date=date(2024, 9, 1))
    await retirees(store, 1, first=6, birth_date=date(1935, 5, 5))
    await a_chat(store, "oSix", 6)
    async with store.transaction() as tx:
        await tx.certifications.put_many([Certification(6, date(2023, 10, 12), DUE, "APP认证", "通过")])
    both = Audience(("beijing", "binzhou"))
    for number, (audience, expected) in enumerate(
        [
            (both, {1, 2, 3, 6}),
            (Audience(("beijing",), due_to=DUE), {1, 6}),
            (Audience(("binzhou",)), {3}),
            (Audience(()), set()),
            (replace(both, due_from=DUE + timedelta(days=1)), {2}),
            (replace(both, born_before=date(1935, 5, 5)), {6}),
            (replace(both, born_before=date(1935, 5, 4)), set()),
            (replace(both, reach="chat"), {6}),
            (replace(both, reach="no_chat"), {1, 2, 3}),
            (replace(both, last_channel="APP认证"), {6}),
            (replace(both, never=True), {1, 2, 3}),
        ]
    ):
        assert await planned(store, a_plan(audience=audience, kind=f"K{number}")) == expected, audience
        async with store.reading() as tx:
            assert await tx.campaigns.count(audience) == len(expected)
            assert {one.person.id for one in await tx.campaigns.sample(audience, 9)} == expected


async def test_some_of_an_audience(store: Store) -> None:
    """The earliest due days first, as many as asked for, with their certification and whether they have a chat."""
    (late,) = await retirees(store, 1, DUE + timedelta(days=1))
    (early,) = await retirees(store, 1, DUE, first=2)
    await a_chat(store, "oEarly", early)
    async with store.reading() as tx:
        found = await tx.campaigns.sample(Audience(("beijing",)))
        assert await tx.campaigns.sample(Audience(("beijing",)), 1) == found[:1]
    assert [(one.person.id, one.person.name, one.certification.due_on, one.has_chat) for one in found] == [
        (early, "测试2", DUE, True),
        (late, "测试1", DUE + timedelta(days=1), False),
    ]


@pytest.mark.parametrize(("about", "expected"), [("paused", {1}), ("resumed", {2}), ("drawing", {3, 4}), ("due", set())])
async def test_benefits_are_planned_by_their_days(store: Store, about: str, expected: set[int]) -> None:
    """Paused since, paid again since, drawing since a day between two days: the day is the cycle, and the rank the most urgent."""
    for number in range(1, 7):
        await put_person(store, a_person(number))
    day, before = TODAY - timedelta(days=2), TODAY - timedelta(days=400)
    async with store.transaction() as tx:
        await tx.certifications.put_benefits(
            [
                Benefit(1, "paused", day, before, "未按期认证"),
                Benefit(2, "paying", day, before),
                Benefit(3, "paying", day, day),
                Benefit(4, "paused", before, day),
                Benefit(5, "paying", before, before),
                Benefit(6, "paused", TODAY),
            ]
        )
    audience = Audience(("beijing",), due_from=day, due_to=day)
    wanted = a_plan(kind="P-PAUSED", stage=about, about=about, audience=audience)
    assert await planned(store, wanted) == expected
    async with store.reading() as tx:
        for person_id in expected:
            (row,) = await tx.notices.of_person(person_id)
            assert (row.cycle, row.rank, row.channel) == (day.isoformat(), 0, Channel.SMS)


async def test_benefits_are_planned_in_pieces_too(store: Store) -> None:
    """From place to place, with conditions on the certification where they are asked for."""
    for number in range(1, 6):
        await put_person(store, a_person(number))
    async with store.transaction() as tx:
        await tx.certifications.put_benefits(Benefit(number, "paused", TODAY) for number in range(1, 6))
        await tx.certifications.put_many([Certification(2, None, DUE), Certification(5, None, DUE)])
    wanted = a_plan(about="paused", audience=Audience(("beijing",), never=True))
    first = await plan(store, wanted, "", 3)
    assert first == Planned(1, f"{TODAY}/3", False)
    assert await plan(store, wanted, first.after, 3) == Planned(1, first.after, True)
    assert [len(await ledger(store, number)) for number in range(1, 6)] == [0, 1, 0, 0, 1]


async def test_relatives_are_planned_together(store: Store) -> None:
    """Living grants with `together` and the scope remind, where the ladder has relatives; once, whatever runs again."""
    await retirees(store, 2)
    grant = Grant(0, 1, "oDaughter", "女儿", frozenset({"remind", "act"}), TODAY, True, START, "code")
    async with store.transaction() as tx:
        for one in (
            grant,
            replace(grant, openid="oSon", together=False),
            replace(grant, openid="oNiece", scopes=frozenset({"benefits"})),
            replace(grant, openid="oCousin", until=TODAY - timedelta(days=1)),
            replace(grant, openid="oAunt"),
        ):
            made = await tx.family.grant(one)
        assert made is not None
        await tx.family.end(made.id, "person", START)
    assert (await plan(store, a_plan(ladder=LADDER[:2], stage="60"))).new == 2
    for new in (3, 0):
        assert (await plan(store, a_plan())).new == new
    async with store.reading() as tx:
        relative, own, _ = await tx.notices.of_person(1)
    assert (own.channel, own.recipient) == (Channel.SMS, "")
    assert relative == replace(own, id=relative.id, channel=Channel.RELATIVE, recipient="g1")
    assert (await tallies(store))["30", "relative", "planned"] == 1


async def test_relatives_are_planned_for_benefits_with_both_scopes(store: Store) -> None:
    """Who may only be reminded gets no row of P-PAUSED, and is no way for it either."""
    for number in (1, 2):
        await put_person(store, a_person(number))
    grant = Grant(0, 1, "oDaughter", "女儿", frozenset({"remind"}), TODAY, True, START, "code")
    async with store.transaction() as tx:
        await tx.certifications.put_benefits(Benefit(number, "paused", TODAY) for number in (1, 2))
        await tx.family.grant(grant)
        await tx.family.grant(replace(grant, openid="oSon", person_id=2, scopes=frozenset({"remind", "benefits"})))
    wanted = a_plan(about="paused", kind="P-PAUSED", audience=Audience(("beijing",)), ladder=(Channel.TEMPLATE, Channel.RELATIVE))
    assert (await plan(store, wanted)).new == 3
    async with store.reading() as tx:
        found = [[(one.channel, one.recipient) for one in await tx.notices.of_person(number)] for number in (1, 2)]
    assert found == [[(Channel.TEMPLATE, "")], [(Channel.RELATIVE, "g2"), (Channel.RELATIVE, "")]]


async def test_who_cannot_certify_yet_is_passed_over(store: Store) -> None:
    """The day with the month of birth names them; another day, or another month, is planned."""
    for number, month in ((1, 6), (2, 6), (3, 5)):
        await put_person(store, a_person(number, birth_date=date(1950, month, 9)))
    async with store.transaction() as tx:
        await tx.certifications.put_many([Certification(number, None, DUE - timedelta(days=number == 2)) for number in (1, 2, 3)])
    audience = Audience(("beijing",), due_from=DUE - timedelta(days=1), due_to=DUE)
    assert (await plan(store, a_plan(audience=audience, unopened=((DUE, 6), (DUE, 7))))).new == 2
    assert [len(await ledger(store, number)) for number in (1, 2, 3)] == [0, 1, 1]
    assert (await plan(store, a_plan(audience=audience))).new == 1


async def test_a_corrected_due_day_does_not_repeat_a_stage(store: Store) -> None:
    """Moved by a day after it was sent: not told again; not sent yet, moved by a month, or another stage: told."""
    await retirees(store, 4)
    day_before, month_before = (DUE - timedelta(days=1)).isoformat(), (DUE - timedelta(days=30)).isoformat()
    gone = a_notice(1, cycle=day_before, state=NoticeState.SENT, due=None)
    await put(
        store,
        gone,
        replace(gone, person_id=2, state=NoticeState.DROPPED),
        replace(gone, person_id=3, cycle=month_before),
        replace(gone, person_id=4, stage="60"),
    )
    assert (await plan(store, a_plan())).new == 3
    assert [len(await ledger(store, number)) for number in (1, 2, 3, 4)] == [1, 2, 2, 2]


async def test_planning_has_no_row_that_is_there(store: Store) -> None:
    """Any rung of the person's own stands for the stage, also one that is done with; a relative's does not."""
    await retirees(store, 2)
    await put(store, a_notice(1, channel=Channel.VISIT, state=NoticeState.VISITED, due=None), a_notice(2, recipient="g9"))
    assert (await plan(store, a_plan())).new == 1
    assert [len(await ledger(store, number)) for number in (1, 2)] == [1, 2]
