"""What becomes of a claimed row, by hand: wanted or not, too old, asleep, in doubt, which rung follows (conversation-map.md 5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.reminders.kinds import KINDS
from handlers.reminders.outcomes import Case, of_decision
from handlers.reminders.rules import Decision, Drop, Fan, Next, Send, Unsure, Wait, current_stage, decide, quiet_until
from handlers.reminders.words import words_of
from storage.ports.records import (
    Benefit,
    Campaign,
    Certification,
    Channel,
    Facts,
    Grant,
    Notice,
    NoticeState,
    Person,
    Preferences,
    Rung,
    User,
)
from storage.ports.regions import Region, ReminderRules
from storage.ports.time import SHANGHAI
from tests.fresh import regions

BEIJING = replace(
    regions()["beijing"],
    reminders=ReminderRules(after=(7, 30), from_days={Channel.SMS: 15, Channel.VISIT: 7}),
)
"""Stages 60, 30, 15, 7, 3, 1, 0 and 7 and 30 days after; SMS from 15 days on, visits from 7."""

DUE = date(2024, 9, 27)
NOW = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)
"""Fifteen days before."""

SHUFEN = Person(4, "beijing", "赵淑芬", "x", "19900000003", "女", date(1948, 11, 2), "已退休")
CHAT = User("o-one", True, "person", "beijing", 4, following="f1")
KIND = KINDS["P-CERT"]


def row(**changes: object) -> Notice:
    made = Notice(
        id=1,
        campaign_id=1,
        kind="P-CERT",
        region="beijing",
        person_id=4,
        cycle="2024-09-27",
        stage="15",
        channel=Channel.TEMPLATE,
        recipient="",
        rank=4,
        state=NoticeState.PLANNED,
        due=NOW + timedelta(minutes=2),
        at=NOW,
        attempts=1,
        began_at=NOW,
        expires_at=NOW + timedelta(days=8),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> Facts:
    certification = Certification(4, date(2023, 9, 27), DUE, "APP认证", "通过")
    return replace(Facts(SHUFEN, certification, (CHAT,), Preferences("o-one"), False, ()), **changes)  # type: ignore[arg-type]


def grant(number: int = 17, openid: str = "o-daughter") -> Grant:
    return Grant(number, 4, openid, "女儿", frozenset({"remind"}), date(2025, 1, 1), False, NOW, "code")


def decided(notice: Notice, known: Facts | None = None, now: datetime = NOW, region: Region | None = BEIJING) -> Decision:
    return decide(notice, known or facts(), region, now, KINDS[notice.kind])


def case(notice: Notice | None = None, known: Facts | None = None, campaign: Campaign | None = None) -> Case:
    return Case(notice or row(), known or facts(), KIND, BEIJING, campaign)


# ── wanted ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_wanted_is_sent_to_the_chat_used_last() -> None:
    """The first of the chats that follow."""
    assert decided(row(), facts(chats=(CHAT, replace(CHAT, openid="o-two")))) == Send(CHAT)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"person": None}, "person gone"),
        ({"person": replace(SHUFEN, person_status="死亡")}, "dead"),
        ({"person": replace(SHUFEN, death_date=date(2024, 9, 1))}, "dead"),
        ({"stopped": True}, "stopped"),
        ({"certification": None}, "certified"),
        ({"certification": Certification(4, date(2024, 9, 11), date(2025, 9, 27))}, "certified"),
    ],
)
def test_who_needs_none_any_more_gets_none(changes: dict[str, object], why: str) -> None:
    """Gone, dead, stopped or certified since planning: dropped on every channel, and nothing follows."""
    for channel in (Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.SMS, Channel.RELATIVE):
        known = facts(grants=(grant(),), **changes)
        decision = decided(row(channel=channel), known)
        assert decision == Drop(why)
        assert isinstance(decision, Drop)
        settled = of_decision(case(row(channel=channel), known), decision, NOW)
        assert (settled.state, settled.due, settled.rungs) == (NoticeState.DROPPED, None, ())


def test_a_region_that_is_served_no_more_reminds_nobody() -> None:
    """Its people get none of the kinds that go by a region's rules; news of what somebody does are told."""
    assert decided(row(), region=None) == Drop("region not served")
    news = row(kind="P-CASE", stage="news", cycle="x", channel=Channel.CHAT, recipient="cabc", openid="o-one", following="f1")
    assert decided(news, region=None) == Send(CHAT)


def test_news_for_a_chat_that_left_and_came_back_are_not_given() -> None:
    """They were made under another following; a chat that does not follow gets none either."""
    news = row(kind="P-CASE", stage="news", cycle="x", channel=Channel.CHAT, recipient="cabc", openid="o-one", following="f0")
    assert decided(news) == Drop("left")
    assert decided(news, facts(chats=())) == Drop("left")
    assert decided(replace(news, following="")) == Send(CHAT)


def test_what_cannot_be_stopped_is_told_although_the_kind_is_stopped() -> None:
    """P-SAFE protects the person; P-CASE is stopped."""
    news = row(kind="P-SAFE", stage="news", cycle="x", channel=Channel.CHAT, recipient="cabc", openid="o-one", following="f1")
    assert decided(news, facts(stopped=True)) == Send(CHAT)
    assert decided(replace(news, kind="P-CASE"), facts(stopped=True)) == Drop("stopped")


def test_a_pause_that_is_over_is_not_told() -> None:
    """P-PAUSED says what is so now: paused since that day, or paid again since that day."""
    paused = row(kind="P-PAUSED", cycle="2024-09-01", stage="paused")
    since = date(2024, 9, 1)
    assert decided(paused, facts(benefit=Benefit(4, "paused", since))) == Send(CHAT)
    assert decided(paused, facts(benefit=Benefit(4, "paying", date(2024, 9, 10)))) == Drop("changed")
    resumed = replace(paused, stage="resumed")
    assert decided(resumed, facts(benefit=Benefit(4, "paying", since))) == Send(CHAT)


# ── in time ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("left", "stage"),
    [
        (61, None),
        (60, 60),
        (31, 60),
        (30, 30),
        (16, 30),
        (15, 15),
        (8, 15),
        (7, 7),
        (4, 7),
        (3, 3),
        (2, 3),
        (1, 1),
        (0, 0),
        (-1, None),
        (-6, None),
        (-7, -7),
        (-29, -7),
        (-30, -30),
        (-300, -30),
    ],
)
def test_a_stage_is_the_smallest_not_passed(left: int, stage: int | None) -> None:
    """60, 30, 15, 7, 3, 1, 0 before; 7 and 30 after, each from its own day on."""
    assert current_stage(BEIJING, left) == stage


def test_a_row_that_waited_into_the_next_stage_is_dropped() -> None:
    """Seven days left: the stage of fifteen is over, and the next one has a row of its own."""
    assert decided(row(), now=NOW + timedelta(days=7)) == Send(CHAT)  # eight days left
    assert decided(row(), now=NOW + timedelta(days=8)) == Drop("stage over")
    assert decided(row(stage="0"), now=datetime(2024, 9, 28, 9, 0, tzinfo=SHANGHAI)) == Drop("too late")


def test_what_is_too_old_is_dropped_and_in_the_last_stage_of_all_somebody_goes_there() -> None:
    """Expired: dropped. Thirty days after the due day nothing follows: the place on the list for visits is what is left."""
    late = datetime(2024, 11, 20, 10, 0, tzinfo=SHANGHAI)
    last = row(stage="-30", expires_at=late)
    assert decided(last, now=late) == Drop("too old", visit=True)
    settled = of_decision(case(last), Drop("too old", visit=True), late)
    assert (settled.state, settled.rungs) == (NoticeState.DROPPED, (Rung(Channel.VISIT, "", late, NoticeState.LISTED),))
    assert decided(row(expires_at=NOW)) == Drop("too old")
    assert decided(replace(last, recipient="g17"), facts(grants=(grant(),)), now=late) == Drop("too old")


def test_a_stage_waits_for_the_window() -> None:
    """Born in November, due on its last day: a row of sixty days waits for 1 November at nine; a campaign of the staff goes, and says so."""
    region = replace(BEIJING, certification=replace(BEIJING.certification, rule="birthday"))
    due = date(2024, 11, 30)
    known = facts(certification=Certification(1, None, due), person=SHUFEN)
    early = row(cycle=due.isoformat(), stage="60", expires_at=datetime(2024, 11, 20, tzinfo=SHANGHAI))
    now = datetime(2024, 10, 10, 10, 0, tzinfo=SHANGHAI)
    assert decided(early, known, now, region) == Wait(datetime(2024, 11, 1, 9, 0, tzinfo=SHANGHAI))
    assert isinstance(
        decided(early, known, datetime(2024, 11, 1, 9, 0, tzinfo=SHANGHAI), region), Drop
    )  # the next stage has begun
    by_staff = replace(early, stage="c7")
    assert isinstance(decided(by_staff, known, now, region), Send)
    words = words_of("P-CERT", by_staff, known, region, now, None)
    assert "2024年11月1日 起可以办，在那以前不用办" in words.text
    assert "2024年11月1日起可以办" in words.sms.replace(" ", "")
    assert "起可以办" not in words_of("P-CERT", by_staff, known, region, datetime(2024, 11, 2, tzinfo=SHANGHAI), None).text


def test_a_campaign_of_the_staff_has_no_stage_to_be_over() -> None:
    """`c5` is sent until it expires."""
    assert decided(row(stage="c5"), now=NOW + timedelta(days=7, hours=23)) == Send(CHAT)
    assert decided(row(stage="c5"), now=NOW + timedelta(days=8)) == Drop("too old")


# ── the night ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("at", "until"),
    [
        ("20:59", None),
        ("21:00", "2024-09-13 08:00"),
        ("23:59", "2024-09-13 08:00"),
        ("00:00", "2024-09-12 08:00"),
        ("07:59", "2024-09-12 08:00"),
        ("08:00", None),
    ],
)
def test_nobody_is_woken(at: str, until: str | None) -> None:
    """21:00 to 08:00 unless they want it otherwise; what waits is planned for the morning and spends no try."""
    now = datetime.combine(NOW.date(), time.fromisoformat(at), SHANGHAI)
    morning = datetime.fromisoformat(until).replace(tzinfo=SHANGHAI) if until else None
    decision = decided(row(), now=now)
    assert decision == (Wait(morning) if morning else Send(CHAT))
    if isinstance(decision, Wait):
        settled = of_decision(case(), decision, now)
        assert (settled.state, settled.due, settled.began_at) == (NoticeState.PLANNED, morning, None)


def test_the_night_is_that_of_where_they_live() -> None:
    """New York, 12 hours behind Beijing in September: ten in the morning here is ten at night there."""
    there = Preferences("o-one", zone="America/New_York")
    assert decided(row(), facts(preferences=there)) == Wait(datetime(2024, 9, 12, 20, 0, tzinfo=SHANGHAI))
    assert quiet_until(there, datetime(2024, 9, 12, 20, 0, tzinfo=SHANGHAI)) is None


def test_summer_time_moves_the_night() -> None:
    """New York on 2024-11-03: clocks go back at 2:00. 8:00 is 20:00 in Beijing the day before and 21:00 after."""
    there = Preferences("o-one", zone="America/New_York")
    before = datetime(2024, 11, 2, 4, 0, tzinfo=ZoneInfo("America/New_York"))
    after = datetime(2024, 11, 3, 4, 0, tzinfo=ZoneInfo("America/New_York"))
    assert quiet_until(there, before) == datetime(2024, 11, 2, 20, 0, tzinfo=SHANGHAI)
    assert quiet_until(there, after) == datetime(2024, 11, 3, 21, 0, tzinfo=SHANGHAI)


def test_an_hour_that_comes_twice_ends_the_night_once_it_is_over() -> None:
    """Quiet until 1:30 in New York: at 1:10 of the second time it is still quiet, for twenty minutes."""
    there = Preferences("o-one", quiet_to=time(1, 30), zone="America/New_York")
    second = datetime(2024, 11, 3, 1, 10, fold=1, tzinfo=ZoneInfo("America/New_York"))
    until = quiet_until(there, second)
    assert until is not None
    assert until - second.astimezone(SHANGHAI) == timedelta(minutes=20)


def test_a_zone_that_is_no_more_is_beijing_and_equal_hours_are_no_night() -> None:
    """Whatever was stored, somebody's night is kept or said to be none."""
    night = datetime(2024, 9, 12, 22, 0, tzinfo=SHANGHAI)
    assert quiet_until(Preferences(zone="Mars/Olympus"), night) == datetime(2024, 9, 13, 8, 0, tzinfo=SHANGHAI)
    assert quiet_until(Preferences(quiet_from=time(0), quiet_to=time(0)), night) is None
    noon = Preferences(quiet_from=time(12), quiet_to=time(14))
    assert quiet_until(noon, datetime(2024, 9, 12, 13, 0, tzinfo=SHANGHAI)) == datetime(2024, 9, 12, 14, 0, tzinfo=SHANGHAI)
    assert quiet_until(noon, night) is None


@given(
    start=st.integers(0, 1439),
    end=st.integers(0, 1439),
    zone=st.sampled_from(["Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/London"]),
    minute=st.integers(0, 366 * 1440),
)
def test_a_night_ends_and_is_over_within_a_day(start: int, end: int, zone: str, minute: int) -> None:
    """Whatever the hours, the zone and the moment: the end lies ahead, within a day (and the hour of summer time), and then it is day."""
    wish = Preferences("o", time(start // 60, start % 60), time(end // 60, end % 60), zone)
    now = datetime(2024, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minute)
    until = quiet_until(wish, now)
    if until is not None:
        assert timedelta() < until - now <= timedelta(hours=25)
        again = quiet_until(wish, until)
        assert again is None or again - until <= timedelta(hours=1)  # an end that falls into the hour that is left out


def test_news_of_what_somebody_does_do_not_wait_for_the_morning() -> None:
    """A case that has moved at night is told at night."""
    news = row(kind="P-CASE", stage="news", cycle="x", channel=Channel.CHAT, recipient="cabc", openid="o-one", following="f1")
    assert decided(news, now=datetime(2024, 9, 12, 23, 0, tzinfo=SHANGHAI)) == Send(CHAT)


# ── ways ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("channel", "changes", "decision"),
    [
        (Channel.TEMPLATE, {"chats": ()}, Next("no chat")),
        (Channel.SUBSCRIBE, {"chats": ()}, Next("no chat")),
        (Channel.SUBSCRIBE, {}, Next("no consent")),
        (Channel.SUBSCRIBE, {"consents": 1}, Send(CHAT)),
        (Channel.SUBSCRIBE, {"consents": -1}, Send(CHAT)),
        (Channel.SMS, {}, Send(phone="19900000003")),
        (Channel.SMS, {"person": replace(SHUFEN, phone=None)}, Next("no phone")),
        (Channel.SMS, {"preferences": Preferences("o-one", sms=False)}, Next("no sms wanted")),
        (Channel.RELATIVE, {}, Next("no relative")),
        (Channel.RELATIVE, {"grants": (grant(),)}, Fan((grant(),))),
    ],
)
def test_each_rung_needs_its_way(channel: Channel, changes: dict[str, object], decision: Decision) -> None:
    """A chat, a consent, a phone, a relative."""
    assert decided(row(channel=channel), facts(**changes)) == decision


def test_sms_waits_for_its_days() -> None:
    """Sixteen days left: not yet; fifteen: now."""
    assert decided(row(channel=Channel.SMS, stage="30"), now=NOW - timedelta(days=1)) == Next("too early for this channel")
    assert decided(row(channel=Channel.SMS)) == Send(phone="19900000003")


def test_a_relative_is_told_as_long_as_they_are_one() -> None:
    """Revoked, expired, unfollowed or stopped: the grant is not among the living ones. The person's own 退订 is not theirs."""
    relative = row(channel=Channel.RELATIVE, recipient="g17")
    told = decided(relative, facts(grants=(grant(),), stopped=True))
    assert isinstance(told, Send)
    assert told.user is not None
    assert (told.user.openid, told.grant) == ("o-daughter", grant())
    assert decided(relative, facts(grants=(grant(18),))) == Drop("relative gone")
    assert decided(relative, facts(grants=(grant(),), certification=None)) == Drop("certified")


# ── doubt ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("channel", "seconds", "decision"),
    [
        (Channel.TEMPLATE, 120, Send(CHAT)),
        (Channel.TEMPLATE, 569, Send(CHAT)),
        (Channel.TEMPLATE, 570, Unsure("begun and not settled")),
        (Channel.TEMPLATE, -1, Unsure("begun and not settled")),
        (Channel.SUBSCRIBE, 1, Unsure("begun and not settled")),
        (Channel.SMS, 3600, Send(phone="19900000003")),
    ],
)
def test_a_row_that_a_killed_worker_began(channel: Channel, seconds: int, decision: Decision) -> None:
    """A template is repeated under its id for nine and a half minutes; a subscription notice never; an SMS is judged by its own record."""
    begun = row(channel=channel, state=NoticeState.SENDING, began_at=NOW - timedelta(seconds=seconds))
    assert decided(begun, facts(consents=1)) == decision


def test_a_repeated_template_does_not_wait_for_the_morning() -> None:
    """It may have been shown already, and in the morning its id is forgotten."""
    night = datetime(2024, 9, 12, 21, 2, tzinfo=SHANGHAI)
    assert decided(row(state=NoticeState.SENDING, began_at=night - timedelta(minutes=3)), now=night) == Send(CHAT)


def test_what_is_in_doubt_remembers_its_chat() -> None:
    """So that the receipt, which has only the chat, finds it."""
    begun = row(state=NoticeState.SENDING, began_at=NOW - timedelta(hours=1))
    settled = of_decision(case(begun), Unsure("begun and not settled"), NOW)
    assert (settled.state, settled.due, settled.openid, settled.began_at) == (
        NoticeState.DOUBTFUL,
        None,
        "o-one",
        NOW - timedelta(hours=1),
    )
