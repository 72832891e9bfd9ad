"""A lost phone: the way back in by 身份证号 + 社保卡号 and a review by two people (S16). The clock stands at 2024-09-12 10:00."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.filing import Refusal
from dialogs.filings import FILINGS
from dialogs.filings.phone import card_no, id_no
from dialogs.messages import Say
from dialogs.parse import Invalid
from handlers.drafts import Drafts
from handlers.filings.flow import Applicant, Flow
from handlers.filings.office import Office
from handlers.humans.effects import matching
from storage.ports.records import Attachment, AuditSearch, Case, CaseState, Staff
from tests import people
from tests.conversations.conftest import Chat, World

NEW_PHONE = "19900000777"
JIANGUO_CARD = "990000009012"


def _staff(world: World, number: int) -> Staff:
    name = f"s{number}"
    return Staff(
        number, name, name, "", "", frozenset({"审核"}), frozenset({"beijing"}), active=True, created_at=world.clock.now()
    )


async def _filed(
    world: World, number: str = people.JIANGUO.id_no, card: str = JIANGUO_CARD, key: str = "k", phone: str = NEW_PHONE
) -> Case:
    flow = Flow(world.services)
    answers = {"reason": "lost", "id_no": number, "card_no": card, "phone": phone, "code": "passed"}
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


# ── however it was typed ────────────────────────────────────────────────────────────────────────────────────────────


async def _begun(chat: Chat) -> dict[str, str]:
    """What the link of the last answer stands for."""
    token = chat.link("去填写").rsplit("/", 1)[1]
    async with chat.world.store.reading() as tx:
        ticket = await tx.tickets.get(token, "p", chat.world.clock.now())
    assert ticket is not None
    return dict(ticket.params)


async def _filled(chat: Chat, params: dict[str, str], **typed: str) -> None:
    async with chat.world.store.transaction() as tx:
        assert await Drafts(chat.world.services).fill(tx, params, chat.openid, typed, list(typed), "") is not None


async def _handed_in(chat: Chat, params: dict[str, str], **typed: str) -> Case:
    """Every question answered on the page as typed, the code, the photo, and handed in."""
    world, drafts = chat.world, Drafts(chat.world.services)
    said = {"reason": "lost", "id_no": people.JIANGUO.id_no, "card_no": JIANGUO_CARD, "phone": NEW_PHONE, **typed}
    await _filled(chat, params, **said)
    async with world.store.transaction() as tx:
        await drafts.fill(tx, params, chat.openid, {}, [], "code")
    await world.settle()
    await _filled(chat, params, code=world.outside.code(NEW_PHONE))
    async with world.store.transaction() as tx:
        await tx.attachments.add(
            Attachment(
                0, params["case"], "holding", "我.jpg", "image/jpeg", 20_000, "0" * 64, secrets.token_hex(16), world.clock.now()
            )
        )
    async with world.store.transaction() as tx:
        draft = await drafts.submit(tx, params, chat.openid, True)
    assert draft is not None
    return draft.case


async def test_the_numbers_are_kept_as_they_are_meant(chat: Chat) -> None:
    """Blanks, dashes, small letters and words around a number: the case keeps the plain numbers, and the person is found by them."""
    world = chat.world
    await chat.says("换手机号")
    await chat.says("1")
    card = f" {JIANGUO_CARD[:4]} {JIANGUO_CARD[4:]} "
    number = f"{people.JIANGUO.id_no[:6]} {people.JIANGUO.id_no[6:].lower()}"
    case = await _handed_in(chat, await _begun(chat), id_no=number, card_no=card, phone="我的手机是 199-0000-0777")
    assert case.state is CaseState.REVIEW
    assert (case.answers["id_no"], case.answers["card_no"], case.answers["phone"]) == (
        people.JIANGUO.id_no,
        JIANGUO_CARD,
        NEW_PHONE,
    )
    async with world.store.reading() as tx:
        assert "张*国" in dict(await matching(tx, case))["系统核对"]


async def test_the_phone_that_is_registered_is_a_number(world: World) -> None:
    """Answers that came another way, as they were typed: what is registered and what the SMS goes to is the plain number."""
    case = await _filed(world, f" {people.JIANGUO.id_no.lower()} ", "9900 0000 9012", phone="+86 199 0000 0777")
    await _approved_by(world, case, 1)
    await _approved_by(world, case, 2)
    await world.settle()
    async with world.store.reading() as tx:
        assert [one.id for one in await tx.people.by_phone(NEW_PHONE)] == [world.ids.jianguo]
    assert {phone for phone, text in world.outside.sms if "改成" in text} == {people.JIANGUO_PHONE, NEW_PHONE}


# ── from whatever chat ──────────────────────────────────────────────────────────────────────────────────────────────


async def _office(world: World) -> tuple[Office, Staff]:
    async with world.store.transaction() as tx:
        staff = await tx.staff.add(replace(_staff(world, 0), login="shen"))
    return Office(world.store, world.services), staff


async def test_a_change_from_a_logged_in_chat_is_about_whom_it_names(world: World) -> None:
    """The chat of another person files it: the case is nobody's, staff see the filed numbers and who is bound, looks are about the named one."""
    chat = Chat(world, "o-other")
    await chat.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    world.clock.advance(120)
    await chat.says("换手机号")
    case = await _handed_in(chat, await _begun(chat))
    assert case.person_id is None
    office, staff = await _office(world)
    dossier = await office.look(staff, case.case_no)
    assert dossier is not None
    assert dossier.person is None
    labels = [label for label, _, _ in dossier.facts]
    assert labels.count("证件号码") == 1
    facts = {label: shown for label, shown, _ in dossier.facts}
    assert "张*国" in facts["系统核对"]
    assert facts["提交的微信绑定了"].startswith("别人：")
    assert await office.reveal(staff, case.case_no, "证件号码", "核对照片") == people.JIANGUO.id_no
    async with world.store.reading() as tx:
        about = await tx.people.identity_hash(world.ids.jianguo)
        actor = await tx.audit.pseudonym(f"staff:{staff.login}")
        looks = {(one.action, one.subject) for one in await tx.audit.search(AuditSearch(actor=actor))}
    assert looks == {("look", about), ("reveal", about)}


async def test_staff_see_that_it_came_from_the_persons_own_chat(world: World) -> None:
    """Bound to the named person alone: 本人; a chat that is bound to nobody: no line at all."""
    chat = Chat(world, "o-old")
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    world.clock.advance(120)
    await chat.says("换手机号")
    case = await _handed_in(chat, await _begun(chat))
    stranger = await _filed(world)
    async with world.store.reading() as tx:
        assert dict(await matching(tx, case))["提交的微信绑定了"] == "本人"
        assert "提交的微信绑定了" not in dict(await matching(tx, stranger))


async def test_numbers_that_name_nobody_leave_looks_about_nobody(world: World) -> None:
    """Somebody else's card: there is no person whom the looks could be about, and nobody's history gets them."""
    case = await _filed(world, card="990000001234")
    office, staff = await _office(world)
    assert await office.look(staff, case.case_no) is not None
    async with world.store.reading() as tx:
        actor = await tx.audit.pseudonym(f"staff:{staff.login}")
        assert [one.subject for one in await tx.audit.search(AuditSearch(actor=actor))] == [""]


# ── going on without a log-in ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_visitor_goes_on_with_what_was_begun(chat: Chat) -> None:
    """换手机号 again: the same draft with what was filled in, and the answer says so."""
    await chat.says("换手机号")
    await chat.says("1")
    params = await _begun(chat)
    await _filled(chat, params, reason="lost")
    chat.world.clock.advance(3600)
    await chat.says("换手机号")
    chat.expect("填到一半", "接着填", "去填写")
    assert (await _begun(chat))["case"] == params["case"]
    other = Chat(chat.world, "o-stranger")
    await other.says("换手机号")
    await other.says("1")
    other.expect("可以在这里换预留手机号")
    assert (await _begun(other))["case"] != params["case"]


async def test_a_visitor_answers_what_was_asked_for(chat: Chat) -> None:
    """补正: the news says 换手机号, which leads to the same case; handing it in again is no new application."""
    world = chat.world
    await chat.says("换手机号")
    await chat.says("1")
    params = await _begun(chat)
    case = await _handed_in(chat, params)
    for _ in range(3):
        async with world.store.transaction() as tx:
            asked = await Flow(world.services).ask_more(tx, case, _staff(world, 1), "照片太暗，请重拍")
        await world.settle()
        news = [message.text for who, message in world.outside.pushed if who == chat.openid and isinstance(message, Say)][-1]
        assert "照片太暗，请重拍" in news
        assert "回复“换手机号”去补" in news
        assert "进度" not in news
        world.clock.advance(3600)
        await chat.says("换手机号")
        chat.expect("需要补正：照片太暗，请重拍", asked.case_no, "去填写")
        assert (await _begun(chat))["case"] == params["case"]
        async with world.store.transaction() as tx:
            draft = await Drafts(world.services).submit(tx, params, chat.openid, True)
        assert draft is not None
        case = draft.case
        assert case.state is CaseState.REVIEW


async def test_a_visitor_hears_how_it_stands(chat: Chat) -> None:
    """While it is being judged 换手机号 tells so instead of beginning anew; for another person there is a way."""
    await chat.says("换手机号")
    await chat.says("1")
    params = await _begun(chat)
    case = await _handed_in(chat, params)
    await chat.says("换手机号")
    chat.expect(case.case_no, "等待审核", "预计", "1 替另一个人申请")
    await chat.says("1")
    chat.expect("可以在这里换预留手机号")
    assert (await _begun(chat))["case"] != params["case"]


async def test_a_logged_in_chat_finds_it_under_progress(world: World) -> None:
    """进度 lists what the chat filed though it is nobody's, without a paper that would name somebody; another chat does not find it."""
    chat, other = Chat(world, "o-old"), Chat(world, "o-other")
    await chat.logs_in(people.JIANGUO_PHONE, people.JIANGUO.id_no[-4:])
    await other.logs_in(people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])
    world.clock.advance(120)
    await chat.says("换手机号")
    case = await _handed_in(chat, await _begun(chat))
    await chat.says(f"进度 {case.case_no}")
    chat.expect("更换预留手机号", case.case_no, "撤回")
    chat.expect_not("下载回执", "不再通知我")
    await other.says(f"进度 {case.case_no}")
    other.expect("没有查到")
