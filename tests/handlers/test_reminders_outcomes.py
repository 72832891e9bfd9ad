"""What becomes of a row: what a channel made of it, receipts, doubts, and the next rung of the ladder."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from handlers.reminders.channels import Doubt, Halted, Later, Refused, Taken
from handlers.reminders.kinds import KINDS, LADDER, NEWS
from handlers.reminders.ladder import ladder_of, next_rungs
from handlers.reminders.outcomes import back, of_decision, of_look, of_outcome, pause_after
from handlers.reminders.rules import Drop, Fan, Look, Next
from storage.ports.records import (
    Audience,
    Campaign,
    CampaignState,
    Channel,
    Facts,
    NoticeState,
    Rung,
)
from storage.ports.regions import ReminderRules
from tests.handlers.test_reminders_rules import BEIJING, KIND, NOW, SHUFEN, case, decided, facts, grant, row


def test_taken_waits_for_its_receipt() -> None:
    """A day; without a receipt to come, or where nothing would follow, it is done."""
    settled = of_outcome(case(), Taken("m1", receipt=True), "o-one", NOW, NOW)
    assert (settled.state, settled.due, settled.msg_id, settled.openid) == (
        NoticeState.SENT,
        NOW + timedelta(days=1),
        "m1",
        "o-one",
    )
    assert of_outcome(case(), Taken("m1"), "o-one", NOW, NOW).due is None
    assert of_outcome(case(row(recipient="cabc")), Taken("m1", receipt=True), "o-one", NOW, NOW).due is None


def test_refused_climbs() -> None:
    """To the next rung that can reach them: no consent, so the SMS."""
    settled = of_outcome(case(), Refused("43004"), "o-one", NOW, NOW)
    assert (settled.state, settled.note, settled.rungs) == (NoticeState.UNFOLLOWED, "43004", (Rung(Channel.SMS, "", NOW),))


def test_later_comes_back_with_growing_pauses_and_climbs_after_48_tries() -> None:
    """F7: 0.8 to 1 s first, never more than five minutes; the forty-eighth failure hands it to the next rung."""
    for attempts, most in ((1, 1), (2, 2), (5, 16), (9, 256), (10, 300), (47, 300)):
        settled = of_outcome(case(row(attempts=attempts)), Later("-1"), "o-one", NOW, NOW)
        assert settled.state is NoticeState.PLANNED
        assert settled.due is not None
        assert most * 0.8 <= (settled.due - NOW).total_seconds() <= most
        assert settled.began_at is None
    assert of_outcome(case(row(attempts=48)), Later("-1"), "o-one", NOW, NOW).rungs == (Rung(Channel.SMS, "", NOW),)
    assert of_outcome(case(), Later("limit", timedelta(minutes=3)), "o-one", NOW, NOW).due == NOW + timedelta(minutes=3)
    assert of_outcome(case(), Later("-1"), "o-one", NOW, NOW, given_up=True).state is NoticeState.REFUSED


def test_forty_eight_tries_take_less_than_four_hours_and_more_than_two() -> None:
    """F7: the pauses added up."""
    longest = sum(min(300.0, 2.0 ** min(n, 9)) for n in range(47))
    assert 2 * 3600 < longest * 0.8 < longest < 4 * 3600
    assert all(pause_after(n) <= timedelta(minutes=5) for n in range(1, 60))


def test_a_doubt_is_repeated_while_the_platform_knows_the_id() -> None:
    """Ten minutes; then, and on channels without an id, somebody looks."""
    settled = of_outcome(case(), Doubt("timeout", again=True), "o-one", NOW, NOW)
    assert (settled.state, settled.began_at) == (NoticeState.SENDING, NOW)
    assert settled.due is not None
    assert settled.due <= NOW + timedelta(seconds=60)
    old = of_outcome(case(), Doubt("timeout", again=True), "o-one", NOW - timedelta(seconds=570), NOW)
    assert (old.state, old.due) == (NoticeState.DOUBTFUL, None)
    assert of_outcome(case(), Doubt("timeout", again=False), "o-one", NOW, NOW).state is NoticeState.DOUBTFUL


def test_a_doubt_is_not_forgotten_by_a_later_refusal_to_take_it_now() -> None:
    """Begun, then busy: it stays begun, with its first moment, and never climbs as if nothing had been sent."""
    first = NOW - timedelta(minutes=2)
    begun = row(state=NoticeState.SENDING, began_at=first, attempts=48)
    settled = of_outcome(case(begun), Later("-1"), "o-one", first, NOW)
    assert (settled.state, settled.began_at, settled.rungs) == (NoticeState.SENDING, first, ())
    assert back(begun, NOW, "away").state is NoticeState.SENDING


def test_halted_goes_back_as_it_was() -> None:
    """Due at once: the channel itself stands still, and whoever lets it go on has it at once."""
    settled = of_outcome(case(), Halted("45009", NOW + timedelta(hours=14)), "o-one", NOW, NOW)
    assert (settled.state, settled.due, settled.began_at) == (NoticeState.PLANNED, NOW, None)


def test_a_receipt_that_says_no_or_does_not_come_climbs() -> None:
    """Refused, and unanswered after its time; who has certified meanwhile is left in peace, and what was sent stays sent."""
    no = row(state=NoticeState.SENT, note="receipt:failed")
    late = row(state=NoticeState.SENT)
    for notice, state in ((no, NoticeState.REFUSED), (late, NoticeState.UNANSWERED)):
        decision = decided(notice)
        assert isinstance(decision, Next)
        settled = of_decision(case(notice), decision, NOW)
        assert (settled.state, settled.rungs) == (state, (Rung(Channel.SMS, "", NOW),))
        dropped = decided(notice, facts(certification=None))
        assert isinstance(dropped, Drop)
        settled = of_decision(case(notice, facts(certification=None)), dropped, NOW)
        assert (settled.state, settled.rungs) == (state, ())


def test_the_relatives_of_who_was_not_reached_are_all_told_and_then_looked_at() -> None:
    """A rung each; one that arrived is enough, one that is open is waited for, and when none arrived somebody goes there."""
    keeper = row(channel=Channel.RELATIVE, stage="7", expires_at=None)
    at = NOW + timedelta(days=8)
    known = facts(grants=(grant(17), grant(18, "o-son")))
    fan = decided(keeper, known, now=at)
    assert isinstance(fan, Fan)
    settled = of_decision(case(keeper, known), fan, at)
    assert settled.state is NoticeState.SENT
    assert settled.due == at + timedelta(hours=24)
    assert settled.rungs == (Rung(Channel.RELATIVE, "g17", at), Rung(Channel.RELATIVE, "g18", at))
    told = replace(keeper, state=NoticeState.SENT)
    assert decided(told, known, now=at) == Look()
    theirs = [replace(keeper, id=n, recipient=f"g{n}", state=NoticeState.REFUSED, due=None) for n in (17, 18)]
    listed = of_look(case(told, known), theirs, at)
    assert (listed.state, listed.rungs) == (NoticeState.UNANSWERED, (Rung(Channel.VISIT, "", at, NoticeState.LISTED),))
    one = [theirs[0], replace(theirs[1], state=NoticeState.DELIVERED)]
    assert of_look(case(told, known), one, at).state is NoticeState.DELIVERED
    waiting = [theirs[0], replace(theirs[1], state=NoticeState.SENT, due=at + timedelta(hours=3))]
    again = of_look(case(told, known), waiting, at)
    assert (again.state, again.due) == (NoticeState.SENT, at + timedelta(hours=3, minutes=1))
    other = [replace(one, stage="15", state=NoticeState.DELIVERED) for one in theirs]
    assert of_look(case(told, known), other, at).state is NoticeState.UNANSWERED


def _climb(known: Facts, now: datetime = NOW, stage: str = "15") -> list[Channel]:
    channel, climbed = Channel.TEMPLATE, [Channel.TEMPLATE]
    while rungs := next_rungs(row(channel=channel, stage=stage), known, LADDER, BEIJING, now):
        (one,) = rungs
        channel = one.channel
        climbed.append(channel)
    return climbed


def test_the_ladder_leaves_out_what_reaches_nobody() -> None:
    """By hand: with everything; without consent; without a phone; early, when neither SMS nor visit is used."""
    everything = facts(consents=1, grants=(grant(),))
    late = NOW + timedelta(days=8)
    assert _climb(everything, late, "7") == list(LADDER)
    assert _climb(facts(grants=(grant(),)), late, "7") == [Channel.TEMPLATE, Channel.SMS, Channel.RELATIVE, Channel.VISIT]
    assert _climb(facts(person=replace(SHUFEN, phone=None)), late, "7") == [Channel.TEMPLATE, Channel.VISIT]
    early = NOW - timedelta(days=40)
    assert _climb(everything, early, "60") == [Channel.TEMPLATE, Channel.SUBSCRIBE, Channel.RELATIVE]
    assert _climb(facts(), early, "60") == [Channel.TEMPLATE]


def test_one_chats_and_one_relatives_rows_have_no_next_rung() -> None:
    """They are for nobody else."""
    for recipient in ("g17", "cabc"):
        assert next_rungs(row(recipient=recipient), facts(grants=(grant(),)), LADDER, BEIJING, NOW) == ()


def test_a_ladder_is_the_staffs_for_their_campaign_and_the_regions_otherwise() -> None:
    """P-PENSION has no visit whatever the region says; news have one rung."""
    own = Campaign(9, "P-CERT", "补提醒", CampaignState.RUNNING, Audience(("beijing",)), (Channel.SMS,), NOW)
    assert ladder_of(KIND, own, BEIJING) == (Channel.SMS,)
    standing = replace(own, code="P-CERT.beijing")
    turned = replace(BEIJING, reminders=ReminderRules(ladder=(Channel.SMS, Channel.TEMPLATE, Channel.VISIT)))
    assert ladder_of(KIND, standing, turned) == (Channel.SMS, Channel.TEMPLATE, Channel.VISIT)
    assert ladder_of(KINDS["P-PENSION"], standing, turned) == (Channel.SMS, Channel.TEMPLATE)
    assert ladder_of(KINDS["P-CASE"], standing, turned) == NEWS
