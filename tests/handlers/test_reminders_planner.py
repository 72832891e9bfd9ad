"""Planning: who is reminded of what and when, once, in pieces, whatever is killed (conversation-map.md 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from handlers.jobs import Runner
from handlers.reminders.planner import plan_again
from handlers.reminders.words import pay_day
from storage.ports.records import (
    Audience,
    Benefit,
    Campaign,
    CampaignState,
    Certification,
    Channel,
    Grant,
    NoticeState,
    Preferences,
)
from storage.ports.time import SHANGHAI
from tests.conversations.conftest import World
from tests.handlers.reminding import DUE, TODAY, Office, bind, crowd


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


async def _due_on(office: Office, day: date) -> None:
    async with office.world.store.transaction() as tx:
        await tx.certifications.put_many([Certification(office.world.ids.shufen, date(2023, 1, 1), day)])


@pytest.mark.parametrize(
    ("left", "stage", "rank"),
    [
        (61, None, 0),
        (60, "60", 6),
        (31, "60", 6),
        (30, "30", 5),
        (16, "30", 5),
        (15, "15", 4),
        (8, "15", 4),
        (7, "7", 3),
        (3, "3", 2),
        (2, "3", 2),
        (1, "1", 1),
        (0, "0", 0),
        (-1, None, 0),
        (-6, None, 0),
        (-7, "-7", 0),
        (-29, "-7", 0),
        (-30, "-30", 0),
        (-61, "-30", 0),
        (-62, None, 0),
    ],
)
async def test_everybody_is_in_the_stage_of_their_days(office: Office, left: int, stage: str | None, rank: int) -> None:
    """北京 has 60, 30, 15, 7, 3, 1, the day, 7 and 30 days after: one row each, the nearer the more urgent, at nine."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    await _due_on(office, TODAY + timedelta(days=left))
    assert await office.plan() == (stage is not None)
    rows = [(row.stage, row.rank, row.channel, row.due, row.cycle) for row in await office.rows()]
    nine = datetime(2024, 9, 12, 9, 0, tzinfo=SHANGHAI)
    cycle = (TODAY + timedelta(days=left)).isoformat()
    assert rows == ([(stage, rank, Channel.TEMPLATE, nine, cycle)] if stage else [])


async def test_days_on_which_nobody_planned_are_caught_up_with_one_row(office: Office) -> None:
    """Away from 20 days before to 2 days before: the stage of three days, and none of those that are over."""
    await bind(office.world, "o-one", office.world.ids.shufen)
    office.world.clock.set(datetime(2024, 9, 25, 15, 0, tzinfo=SHANGHAI))
    assert await office.plan() == 1
    assert [row.stage for row in await office.rows()] == ["3"]
    await office.worker().drain()
    (letter,) = office.template.asked
    assert letter.words.hint == "还有2天，回复“认证”看怎么办"


async def test_the_way_of_a_whole_cycle(office: Office) -> None:
    """Every day from 70 days before to 70 after: nine notices on nine days, each on its own, and none twice."""
    services = office.world.services  # what is planned elsewhere each day is said by test_no_region_stops_another
    office.world.services = replace(services, regions={"beijing": services.regions["beijing"]})
    await bind(office.world, "o-one", office.world.ids.shufen)
    days = []
    for n in range(-70, 71):
        office.world.clock.set(datetime(2024, 9, 27, 9, 0, tzinfo=SHANGHAI) + timedelta(days=n))
        before = len(office.template.asked)
        await office.plan()
        await office.worker().drain()
        days += [-n] * (len(office.template.asked) - before)
        for letter in office.template.asked[before:]:
            async with office.world.store.transaction() as tx:
                assert await tx.notices.receipt(f"m{letter.notice.id}", "o-one", True, "success", office.world.clock.now())
    assert days == [60, 30, 15, 7, 3, 1, 0, -7, -30]
    assert office.sms.asked == []


async def test_nobody_is_reminded_before_their_window_opens(office: Office) -> None:
    """In the month of birth, November: on 1 October nothing, on the 31st nothing, on 1 November the stage of thirty days, at nine. Who was
    planned too early (another rule stood then) waits for that moment; what the staff send before it says from when."""
    region = office.world.services.regions["beijing"]
    rules = replace(region.certification, rule="birthday")
    office.world.services = replace(
        office.world.services, regions={**office.world.services.regions, "beijing": replace(region, certification=rules)}
    )
    await bind(office.world, "o-one", office.world.ids.shufen)
    await _due_on(office, date(2024, 11, 30))
    for month, day, new in ((10, 1, 0), (10, 31, 0), (11, 1, 1)):
        office.world.clock.set(datetime(2024, month, day, 9, 0, tzinfo=SHANGHAI))
        assert await office.plan() == new
    assert [row.stage for row in await office.rows()] == ["30"]


async def test_who_has_certified_is_in_no_stage(office: Office) -> None:
    """Their next day is a year away."""
    await _due_on(office, DUE.replace(year=2025))
    assert await office.plan() == 0


async def test_pieces_make_the_same_plan_and_a_killed_planner_is_gone_on_with(office: Office) -> None:
    """Fifty people in pieces of seven; killed after the third, another goes on there; a second run of the day looks at nobody."""
    await crowd(office.world, 50)
    planner = office.planner(piece=7)
    plan, killed = type(planner)._piece_of, [0]

    class Dead(BaseException):
        pass

    async def dies(*args: object, **more: object) -> object:
        killed[0] += 1
        if killed[0] == 6:
            raise Dead
        return await plan(planner, *args, **more)  # type: ignore[arg-type]

    planner._piece_of = dies  # type: ignore[assignment, method-assign]
    with pytest.raises(Dead):
        await planner.run_daily(b"{}")
    async with office.world.store.reading() as tx:
        campaign = await tx.campaigns.by_code("P-CERT.beijing")
    assert campaign is not None
    assert campaign.planned_to.startswith("2024-09-12|beijing.15|2024-09-27/")
    await office.planner(piece=7).run_daily(b"{}")
    async with office.world.store.reading() as tx:
        done = await tx.campaigns.by_code("P-CERT.beijing")
        assert done is not None
        tallies = await tx.campaigns.tallies(done.id)
    assert done.planned_to == "2024-09-12|done|"
    assert [(one.stage, one.outcome, one.count) for one in tallies] == [("15", "planned", 50)]
    await office.planner(piece=7).run_daily(b"{}")
    async with office.world.store.reading() as tx:
        same = await tx.campaigns.by_code("P-CERT.beijing")
    assert same == done


async def test_new_data_are_planned_the_same_day(office: Office) -> None:
    """An import after the day's run: planned at once, those who were planned are not planned again."""
    planner = office.planner()
    await planner.run_daily(b"{}")
    await crowd(office.world, 3)
    await planner.run_daily(b"{}")
    async with office.world.store.transaction() as tx:
        await plan_again(tx, office.world.clock.now())
        await plan_again(tx, office.world.clock.now())
    runner = Runner(office.world.store, office.world.clock, {"remind": planner.run_daily})
    await runner.drain()
    async with office.world.store.reading() as tx:
        campaign = await tx.campaigns.by_code("P-CERT.beijing")
        assert campaign is not None
        tallies = await tx.campaigns.tallies(campaign.id)
    assert sum(one.count for one in tallies) == 4


async def test_a_paused_campaign_is_not_planned_and_nobody_is_lost(office: Office) -> None:
    """Paused over a day: nothing; running again: today's stage."""
    await office.planner().run_daily(b"{}")
    await crowd(office.world, 1)
    for state, rows in ((CampaignState.PAUSED, 0), (CampaignState.RUNNING, 1)):
        async with office.world.store.transaction() as tx:
            campaign = await tx.campaigns.by_code("P-CERT.beijing")
            assert campaign is not None
            await tx.campaigns.save(replace(campaign, state=state))
        assert await office.plan() == rows


async def test_no_region_stops_another(office: Office) -> None:
    """滨州's people are planned by 滨州's rules; a region that is taken out plans nobody."""
    world = office.world
    async with world.store.transaction() as tx:
        await tx.certifications.put_many([Certification(world.ids.xiuying, None, DUE)])
    assert await office.plan() == 2
    only = replace(world.services, regions={"beijing": world.services.regions["beijing"]})
    office.world = replace(world, services=only)
    world.clock.set(datetime(2024, 9, 20, 9, 0, tzinfo=SHANGHAI))
    assert await office.plan() == 1
    assert [row.region for row in await office.rows(world.ids.xiuying)] == ["binzhou"]


async def test_relatives_who_asked_for_it_are_planned_together_with_the_person(office: Office) -> None:
    """One with `together`, one who hears only when the person was not reached, one without the right: one row more."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    for n, (together, scopes) in enumerate([(True, {"remind"}), (False, {"remind"}), (True, {"certification"})]):
        await bind(world, f"o-{n}", world.ids.jianguo)
        async with world.store.transaction() as tx:
            grant = Grant(
                0, world.ids.shufen, f"o-{n}", "家人", frozenset(scopes), date(2025, 9, 1), together, world.clock.now(), "code"
            )
            assert await tx.family.grant(grant) is not None
    assert await office.plan() == 2
    await office.worker().drain()
    told = sorted(letter.user.openid for letter in office.template.asked if letter.user)
    assert told == ["o-0", "o-one"]


async def test_a_pause_and_its_end_are_told_within_two_weeks(office: Office) -> None:
    """P-PAUSED: paused 14 days ago is told, 15 days ago is not; resumed is told with its day; each once."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    await _due_on(office, date(2026, 1, 1))

    async def since(state: str, day: date) -> int:
        async with world.store.transaction() as tx:
            await tx.certifications.put_benefits([Benefit(world.ids.shufen, state, day)])
        return await office.plan()

    assert await since("paused", TODAY - timedelta(days=15)) == 0
    assert await since("paused", TODAY - timedelta(days=14)) == 1
    assert await since("paused", TODAY - timedelta(days=14)) == 0
    await office.worker().drain()
    assert await since("paying", TODAY) == 1
    await office.worker().drain()
    texts = [letter.words.text for letter in office.template.asked]
    assert texts[0].startswith("赵*芬，您好。您的养老待遇从 2024年8月29日 起暂停发放。")
    assert texts[1].startswith("赵*芬，您好。您的养老待遇从 2024年9月12日 起恢复发放。")


async def test_the_first_pension_is_told_on_the_fifteenth_of_the_next_month(office: Office) -> None:
    """BJH-16: granted on 2024-08-01 or 31: on the 15th of September, not before, once."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    await _due_on(office, date(2026, 1, 1))
    async with world.store.transaction() as tx:
        await tx.certifications.put_benefits([Benefit(world.ids.shufen, "paying", date(2024, 8, 1), date(2024, 8, 31))])
    assert pay_day(date(2024, 8, 31)) == date(2024, 9, 15)
    for day, rows in ((14, 0), (15, 1), (16, 0)):
        world.clock.set(datetime(2024, 9, day, 9, 0, tzinfo=SHANGHAI))
        assert await office.plan() == rows
    await office.worker().drain()
    (letter,) = office.template.asked
    assert "您的第一笔养老金从 2024年9月15日 起" in letter.words.text


async def test_the_month_that_somebody_wants_to_be_reminded_in(office: Office) -> None:
    """每年十月: on the first of October that chat alone, once; not when they have just certified; not in another month."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    await bind(world, "o-two", world.ids.shufen)
    await _due_on(office, date(2025, 8, 1))
    async with world.store.transaction() as tx:
        await tx.wishes.save(Preferences("o-one", months=(4, 10)))
    for at, rows in (("2024-09-30", 0), ("2024-10-01", 1), ("2024-10-02", 0), ("2024-11-01", 0)):
        world.clock.set(datetime.fromisoformat(f"{at} 09:00").replace(tzinfo=SHANGHAI))
        assert await office.plan() == rows, at
        await office.worker().drain()
    (letter,) = office.template.asked
    assert letter.user is not None
    assert letter.user.openid == "o-one"
    assert "您设的每年提醒" in letter.words.text.replace("这是", "")
    async with world.store.transaction() as tx:
        await tx.certifications.put_many([Certification(world.ids.shufen, date(2025, 3, 20), date(2026, 3, 20))])
    world.clock.set(datetime(2025, 4, 1, 9, 0, tzinfo=SHANGHAI))
    assert await office.plan() == 0


async def test_a_campaign_of_the_staff_is_planned_in_pieces_once_its_time_has_come(office: Office) -> None:
    """Scheduled for ten: nothing before; then everybody whom its audience holds, each once, through its own ladder."""
    world = office.world
    await crowd(world, 25)
    at = world.clock.now() + timedelta(hours=1)
    async with world.store.transaction() as tx:
        campaign = await tx.campaigns.add(
            Campaign(
                0,
                "P-CERT",
                "补提醒",
                CampaignState.SCHEDULED,
                Audience(("beijing",), DUE, DUE, reach="chat"),
                (Channel.TEMPLATE, Channel.SMS),
                world.clock.now(),
                starts_at=at,
            )
        )
    planner = office.planner(piece=10)
    payload = str(campaign.id).encode()
    await planner.run_campaign(payload)
    async with world.store.reading() as tx:
        assert await tx.campaigns.tallies(campaign.id) == ()
    world.clock.set(at)
    await planner.run_campaign(payload)
    await planner.run_campaign(payload)
    async with world.store.reading() as tx:
        found = await tx.campaigns.get(campaign.id)
        tallies = await tx.campaigns.tallies(campaign.id)
    assert found is not None
    assert (found.state, found.planned, found.started_at) == (CampaignState.RUNNING, True, at)
    assert [(one.stage, one.channel, one.outcome, one.count) for one in tallies] == [
        (f"c{campaign.id}", Channel.TEMPLATE, "planned", 25)
    ]


async def test_the_day_begins_at_nine_and_who_starts_later_has_it_at_once(office: Office) -> None:
    """Before nine: nothing until nine. After nine: at once. Started twice: once. And each run queues the next day's."""
    world = office.world
    await bind(world, "o-one", world.ids.shufen)
    planner = office.planner()
    ran: list[date] = []
    plan = planner.run_daily

    async def noted(payload: bytes) -> None:
        ran.append(world.clock.now().date())
        await plan(payload)

    runner = Runner(world.store, world.clock, {"remind": noted})
    world.clock.set(datetime(2024, 9, 12, 8, 0, tzinfo=SHANGHAI))
    await planner.schedule()
    await planner.schedule()
    await runner.drain()
    assert len(ran) == 0
    for day, hour, runs in ((12, 9, 1), (12, 15, 1), (13, 9, 2), (14, 9, 3)):
        world.clock.set(datetime(2024, 9, day, hour, 0, tzinfo=SHANGHAI))
        await runner.drain()
        assert len(ran) == runs
    world.clock.set(datetime(2024, 9, 14, 20, 0, tzinfo=SHANGHAI))
    await planner.schedule()
    await runner.drain()
    assert len(ran) == 4
    assert [row.state for row in await office.rows()] == [NoticeState.PLANNED]
