"""A lost phone: the way back in by 身份证号 + 社保卡号 and a review by two people (S16). The clock stands at 2024-09-12 10:00."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest

from dialogs.filing import Refusal
from dialogs.filings import FILINGS
from dialogs.filings.phone import card_no, id_no
from dialogs.parse import Invalid
from handlers.filings.flow import Applicant, Flow
from handlers.humans.effects import matching
from storage.ports.records import Attachment, Case, CaseState, Staff
from tests import people
from tests.conversations.conftest import Chat, World

NEW_PHONE = "19900000777"
JIANGUO_CARD = "990000009012"


def _staff(world: World, number: int) -> Staff:
    name = f"s{number}"
    return Staff(
        number, name, name, "", "", frozenset({"审核"}), frozenset({"beijing"}), active=True, created_at=world.clock.now()
    )


async def _filed(world: World, number: str = people.JIANGUO.id_no, card: str = JIANGUO_CARD, key: str = "k") -> Case:
    flow = Flow(world.services)
    answers = {"reason": "lost", "id_no": number, "card_no": card, "phone": NEW_PHONE, "code": "passed"}
    applicant = Applicant(None, "o-new", world.services.regions["beijing"])
    async with world.store.transaction() as tx:
        case = await flow.draft(tx, FILINGS["phone_change"], applicant, answers, key)
        await tx.attachments.add(
            Attachment(
                0, case.case_no, "holding", "我.jpg", "image/jpeg", 20_000, "0" * 64, secrets.token_hex(16), world.clock.now()
            )
        )
        return await flow.submit(tx, case, applicant, undertaken=True)


async def _approved_by(world: World, case: Case, number: int) -> Case:
    async with world.store.transaction() as tx:
        newest = await tx.cases.get(case.case_no)
        assert newest is not None
        return await Flow(world.services).decide(tx, newest, _staff(world, number), approve=True, note="")


async def test_the_way_in_is_offered_without_a_log_in(chat: Chat) -> None:
    """换手机号 leads a visitor to a page; no number is asked for in the chat."""
    await chat.says("换手机号")
    chat.expect("您在哪里参保")
    await chat.says("1")
    chat.expect("去填写", "72 小时", "不要发在聊天里")


async def test_two_approvals_change_the_phone_and_tell_the_old_chat(world: World) -> None:
    """After the second pair of eyes: the phone is new, the old phone and the old chat are told, sensitive acts wait 72 hours."""
    old = Chat(world, "o-old")
    await old.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    case = await _filed(world)
    assert case.state is CaseState.REVIEW
    assert (await _approved_by(world, case, 1)).state is CaseState.SECOND
    done = await _approved_by(world, case, 2)
    assert done.state is CaseState.DONE
    await world.settle()
    async with world.store.reading() as tx:
        person = await tx.people.get(world.ids.jianguo)
        hold = await tx.people.held(world.ids.jianguo, world.clock.now())
        by_old = await tx.people.by_phone(people.JIANGUO_PHONE)
    assert person is not None
    assert person.phone == NEW_PHONE
    assert by_old == ()
    assert hold is not None
    assert hold.until == world.clock.now() + timedelta(hours=72)
    assert {phone for phone, text in world.outside.sms if "手机号" in text and "改成" in text} == {
        people.JIANGUO_PHONE,
        NEW_PHONE,
    }
    await old.says("菜单")
    told = [str(message) for openid, message in world.outside.pushed if openid == "o-old"]
    assert any("改成了" in text for text in [*told, old.last])


async def test_the_same_person_cannot_approve_twice(world: World) -> None:
    """Four eyes: the second approval by the first reviewer is refused, and nothing has changed."""
    case = await _filed(world)
    await _approved_by(world, case, 1)
    with pytest.raises(Refusal):
        await _approved_by(world, case, 1)
    async with world.store.reading() as tx:
        person = await tx.people.get(world.ids.jianguo)
    assert person is not None
    assert person.phone == people.JIANGUO_PHONE


async def test_numbers_that_do_not_belong_together_look_the_same_to_who_files(world: World) -> None:
    """Somebody else's card: filed like any other; only the reviewers see it, and it cannot be approved."""
    right = await _filed(world, key="right")
    wrong = await _filed(world, card="990000001234", key="wrong")
    assert (right.state, right.handling_status, right.feedback_status) == (
        wrong.state,
        wrong.handling_status,
        wrong.feedback_status,
    )
    async with world.store.reading() as tx:
        assert "对不上" in dict(await matching(tx, wrong))["系统核对"]
        assert "张*国" in dict(await matching(tx, right))["系统核对"]
    await _approved_by(world, wrong, 1)
    with pytest.raises(Refusal, match="不是同一个人"):
        await _approved_by(world, wrong, 2)


async def test_a_chat_cannot_file_all_day(world: World) -> None:
    """Three a day; the fourth is refused with a sentence, and counted nowhere else."""
    for number in range(3):
        await _filed(world, key=f"k{number}")
    with pytest.raises(Refusal, match="明天"):
        await _filed(world, key="k4")


@pytest.mark.parametrize("typed", ["", "12345", "999900198003150119" + "0", "11010119800230001X", "身份证"])
def test_a_wrong_number_is_named(typed: str) -> None:
    """Length, date, check digit: a sentence each, never the number itself."""
    with pytest.raises(Invalid) as wrong:
        id_no(typed, people.JIANGUO.birth_date)
    assert typed == "" or typed not in str(wrong.value)


def test_numbers_are_shown_masked_in_the_preview() -> None:
    """What the preview and the case show is masked; the clear values are for the check alone."""
    steps = {step.name: step for step in FILINGS["phone_change"].steps}
    assert steps["card_no"].shown(JIANGUO_CARD) == "****9012"
    assert steps["phone"].shown(NEW_PHONE) == "199****0777"
    assert people.JIANGUO.id_no[6:14] not in steps["id_no"].shown(people.JIANGUO.id_no)
    with pytest.raises(Invalid):
        card_no("12", people.JIANGUO.birth_date)
