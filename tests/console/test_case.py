"""The page of one case: what it shows, who may do what, two at once, four eyes, masked values."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.console.filters import moment_words
from dialogs.masks import masked_address
from handlers.filings.flow import Applicant, Flow
from storage.ports.records import Attachment, Binding, Case, CaseState, CaseStep, Order, OrderStatus, User
from storage.ports.time import SHANGHAI
from tests.console.conftest import Answer, OfficeWorld, Window
from tests.console.news import told
from tests.console.work import FILED, case_of, put
from tests.people import COUPLE_PHONE, XIUYING

CHAT = "o-xiuying"


async def replacement(office: OfficeWorld, **changes: object) -> Case:
    """李秀英's 补换卡 in 滨州, with every field, as the engine files it."""
    given: dict[str, object] = {
        "person_id": office.ids.xiuying,
        "fields": {
            "补换原因": "遗失",
            "领取方式": "网点自取",
            "领卡网点": "样例网点",
            "联系电话": "另一个手机号",
            "另外的手机号": "199****0002",
        },
        "answers": {
            "reason": "遗失",
            "delivery": "网点自取",
            "outlet": "样例网点",
            "contact": "另一个手机号",
            "phone": COUPLE_PHONE,
        },
        "undertaking": "",
        "expected_on": date(2024, 9, 26),
    }
    made = await put(office, 7, "card_replace", **{**given, **changes})
    async with office.store.transaction() as tx:
        await tx.users.save(User(CHAT, True, "person", "binzhou", office.ids.xiuying, office.clock.now(), "message", 5))
        await tx.users.bind(Binding(0, CHAT, office.ids.xiuying, "person", "sms", "1", office.clock.now()))
        await tx.cases.watch(made.case_no, CHAT)
    return made


def version_in(page: Answer) -> str:
    """The version that the page's forms carry."""
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found, page.words
    return found[1]


async def test_the_page_shows_the_whole_case_with_masks(office: OfficeWorld) -> None:
    """Fields, person, due day, order, steps, the person's other cases and who looked before; nothing in clear."""
    made = await replacement(
        office,
        steps=(CaseStep(1, "提交申请", FILED, "已提交", by="本人"), CaseStep(2, "缴费", FILED, "缴费成功", "20.00 元", "本人")),
    )
    await put(office, 8, "card_second", person_id=office.ids.xiuying, state=CaseState.DONE)
    await put(office, 9, "card_second", person_id=office.ids.defu)
    async with office.store.transaction() as tx:
        await tx.orders.add(
            Order(
                "D2409100000000001", "k", office.ids.xiuying, CHAT, "binzhou", "BZ-22", "社会保障卡补换卡工本费", (), None, None, "",
                Decimal("20.00"), OrderStatus.PAID, FILED, FILED + timedelta(hours=2), made.case_no, paid_at=FILED,
            )
        )  # fmt: skip
    await office.deps.office.look(office.staff["受理"], made.case_no)
    window = await office.signed_in("审核")
    page = await window.get(f"/console/cases/{made.case_no}")
    assert page.status == 200
    page.expect(
        "社会保障卡补换卡", made.case_no, "滨州", "9月10日 09:30", "2024年9月20日", "9月26日", "李*英", "199****0002", "遗失",
        "费用：社会保障卡补换卡工本费", "20.00 元", "缴费成功", "社会保障卡二次申领", "240910000000008", "钱受理 看过", "还没人领取",
    )  # fmt: skip
    page.expect_not("李秀英", XIUYING.id_no, COUPLE_PHONE, "240910000000009")
    assert page.headers["Cache-Control"] == "no-store"


async def test_a_value_is_shown_once_after_a_reason_and_the_reason_is_audited(office: OfficeWorld) -> None:
    """Without a reason nothing is shown; with one the value stands in that answer alone, and in the log stands why."""
    made = await replacement(office)
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    refused = await window.post(f"{where}/reveal", {"label": "证件号码", "reason": " "})
    assert refused.status == 422
    refused.expect("请写一下为什么要看完整内容")
    refused.expect_not(XIUYING.id_no)
    shown = await window.post(f"{where}/reveal", {"label": "证件号码", "reason": "核对身份证照片"})
    assert shown.status == 200
    shown.expect(XIUYING.id_no, "只显示这一次，已记录")
    shown.expect_not(COUPLE_PHONE, "李秀英")
    assert XIUYING.id_no not in (await window.get(where)).text
    answered = await window.post(f"{where}/reveal", {"label": "另外的手机号", "reason": "电话联系本人"})
    answered.expect(COUPLE_PHONE)
    async with office.store.reading() as tx:
        entries = await tx.audit.of_subject(await tx.people.identity_hash(office.ids.xiuying))
    notes = [one.note for one in entries if one.action == "reveal"]
    assert notes == [f"业务 {made.case_no}；另外的手机号：电话联系本人", f"业务 {made.case_no}；证件号码：核对身份证照片"]
    assert all(XIUYING.id_no not in note and COUPLE_PHONE not in note for note in notes)


async def test_there_is_nothing_to_reveal_under_another_name(office: OfficeWorld) -> None:
    """A label that the case does not have is the same 404 as no case."""
    made = await replacement(office)
    window = await office.signed_in("审核")
    answer = await window.post(f"/console/cases/{made.case_no}/reveal", {"label": "银行卡号", "reason": "核对材料"})
    nothing = await window.post("/console/cases/249999000000000/reveal", {"label": "证件号码", "reason": "核对材料"})
    assert (answer.status, answer.body) == (nothing.status, nothing.body)
    assert answer.status == 404


async def test_approving_moves_the_case_tells_the_person_and_goes_on_to_the_next(office: OfficeWorld) -> None:
    """通过 with 办完取下一笔: the case is in 制卡, the chat is told, the next case of the queue is taken."""
    made = await replacement(office)
    other = await put(office, 8, "card_replace", due_on=date(2024, 9, 21))
    window = await office.signed_in("审核")
    page = await window.get(f"/console/cases/{made.case_no}?filing=card_replace")
    answer = await window.post(
        f"/console/cases/{made.case_no}/approve?filing=card_replace", {"version": version_in(page), "note": "", "next": "1"}
    )
    assert answer.location == f"/console/cases/{other.case_no}?filing=card_replace"
    following = await window.follow(answer)
    following.expect(f"已通过：社会保障卡补换卡 {made.case_no}。", "已为您领取下一笔")
    stored = await case_of(office, made.case_no)
    assert (stored.state, stored.stage) == (CaseState.WORKING, "制卡")
    assert (await case_of(office, other.case_no)).claimed_by == window.place.id
    assert len(await told(office)) == 1
    last = await window.post(f"/console/cases/{other.case_no}/approve", {"version": version_in(following), "next": "1"})
    assert last.location == "/console/"
    (await window.follow(last)).expect("已通过", "这里没有等着您领取的业务了")


@pytest.mark.parametrize("region", ["binzhou", "jinan"])
async def test_refusing_needs_a_reason_which_the_page_shows_as_the_person_will_read_it(office: OfficeWorld, region: str) -> None:
    """不通过 without a reason comes back; with one the chat gets exactly the sentences that stood on the page (济南 adds 设为已读)."""
    made = await replacement(office, region=region)
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    page = await window.get(where)
    empty = await window.post(f"{where}/reject", {"version": version_in(page), "note": "  "})
    assert empty.status == 422
    empty.expect("请写明不通过的原因，本人会看到。")
    reason = "照片反光，看不清卡号。"
    preview = re.search(
        r'<p class="cw-quote" aria-labelledby="reject-lead">(.*?)<b id="reject-read"[^>]*>.*?</b>(.*?)</p>', page.text, re.S
    )
    assert preview
    done = await window.post(f"{where}/reject", {"version": version_in(page), "note": reason})
    assert done.location == "/console/"
    assert [one.text for one in await told(office)] == [f"{preview[1]}{reason}{preview[2]}"]
    assert (await case_of(office, made.case_no)).state is CaseState.REFUSED


async def test_a_correction_is_asked_for_answered_and_decided(office: OfficeWorld) -> None:
    """补正: the person is told what is missing, comes back, and the case stands in the queue again."""
    made = await replacement(office)
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    preview = re.search(
        r'aria-labelledby="ask_more-lead">(.*?)<b id="ask_more-read"[^>]*>.*?</b>(.*?)</p>', (await window.get(where)).text, re.S
    )
    assert preview
    asked = await window.post(f"{where}/ask_more", {"version": "0", "note": "请补一张旧卡照片"})
    assert asked.location == "/console/"
    assert [one.text for one in await told(office)] == [f"{preview[1]}请补一张旧卡照片{preview[2]}"]
    waiting = await window.get(where)
    waiting.expect("待补正", "需要补正", "请补一张旧卡照片", "孙审核")
    assert "/approve" not in waiting.text
    async with office.store.transaction() as tx:
        case = await tx.cases.get(made.case_no)
        assert case is not None
        person = await tx.people.get(office.ids.xiuying)
        applicant = Applicant(person, CHAT, office.services.regions["binzhou"])
        # The photo of the declaration is 必要: the person sends one.
        for material in await Flow(office.services).lacking(tx, case):
            await tx.attachments.add(
                Attachment(0, case.case_no, material.name, "a.jpg", "image/jpeg", 9, "", "0" * 32, office.clock.now())
            )
        await Flow(office.services).submit(tx, case, applicant, undertaken=True)
    back = await window.get(where)
    back.expect("待审核", "已补正")
    assert 'action="/console/cases/240910000000007/approve"' in back.text


async def test_whoever_is_second_reads_who_was_faster_and_keeps_the_words(office: OfficeWorld) -> None:
    """Two on one case: one decision stands, the other one's words come back to be copied, and nothing more is sent."""
    made = await replacement(office)
    one, two = await office.signed_in("审核"), await two_more(office)
    where = f"/console/cases/{made.case_no}"
    seen = version_in(await one.get(where)), version_in(await two.get(where))
    assert (await one.post(f"{where}/approve", {"version": seen[0]})).status == 303
    late = await two.post(f"{where}/reject", {"version": seen[1], "note": "我觉得材料不全"})
    assert late.status == 409
    late.expect("刚才孙审核已经处理了这笔业务，现在是“办理中”，您的这一步没有办。您写的话还在下面。", "我觉得材料不全")
    assert (await case_of(office, made.case_no)).state is CaseState.WORKING
    assert len(await told(office)) == 1


async def two_more(office: OfficeWorld, login: str = "shenhe2", name: str = "二审核") -> Window:
    """Another 审核 of 滨州."""
    await office.employ(login, name, {"审核"}, frozenset({"binzhou"}))
    return await office.signed_in(login)


async def test_when_a_colleague_only_took_it_the_typed_reason_stays_in_its_place(office: OfficeWorld) -> None:
    """A claim in between: who has it is said; after it is given back, the act works with the words that were kept."""
    made = await replacement(office)
    one, two = await office.signed_in("审核"), await two_more(office)
    where = f"/console/cases/{made.case_no}"
    await one.post(f"{where}/claim", {"version": "0"})
    late = await two.post(f"{where}/claim", {"version": "0"})
    assert late.status == 409
    late.expect("刚才孙审核已经处理了这笔业务", "孙审核正在办理")
    refused = await two.post(f"{where}/reject", {"version": "1", "note": "材料不全"})
    assert refused.status == 403
    refused.expect("已由孙审核领取", "材料不全")
    await one.post(f"{where}/release", {"version": "1"})
    late = await two.post(f"{where}/reject", {"version": "1", "note": "材料不全"})
    assert late.status == 409
    assert re.search(r'<textarea id="reject-note"[^>]*>材料不全</textarea>', late.text)
    assert (await two.post(f"{where}/reject", {"version": version_in(late), "note": "材料不全"})).status == 303


async def photo_of(office: OfficeWorld, case: Case) -> None:
    """The 必要 photo of 更换预留手机号, as its upload leaves it."""
    async with office.store.transaction() as tx:
        await tx.attachments.add(
            Attachment(0, case.case_no, "holding", "a.jpg", "image/jpeg", 9, "", "0" * 32, office.clock.now())
        )


async def test_four_eyes_are_two_people(office: OfficeWorld) -> None:
    """The first approves and cannot be the second; the second sees what the first decided, with nothing filled in for them."""
    answers = {"reason": "lost", "id_no": XIUYING.id_no, "card_no": "990000001234", "phone": "19900007777"}
    made = await put(office, 3, "phone_change", answers=answers)
    await photo_of(office, made)
    one, two = await office.signed_in("审核"), await two_more(office)
    where = f"/console/cases/{made.case_no}"
    await one.post(f"{where}/approve", {"version": "0", "note": "照片与留存的一致"})
    stored = await case_of(office, made.case_no)
    assert (stored.state, stored.first_reviewer) == (CaseState.SECOND, one.place.id)
    mine = await one.get(where)
    assert f'action="{where}/approve"' not in mine.text
    mine.expect("您已审过，要由另一位同事复核。")
    mine.expect_not("您现在没有要办的", "领取这一笔")
    again = await one.post(f"{where}/approve", {"version": str(stored.version)})
    assert again.status == 403
    again.expect("您已经审过了，请另一位同事复核")
    page = await two.get(where)
    page.expect("第一位审核的意见", "孙审核", "照片与留存的一致", "不必与第一位一致")
    assert re.search(r'<textarea id="approve-note"[^>]*></textarea>', page.text)
    done = await two.post(f"{where}/approve", {"version": version_in(page)})
    assert done.status == 303
    assert (await case_of(office, made.case_no)).state is CaseState.DONE


@pytest.mark.parametrize("act", ["claim", "release", "approve", "reject", "ask_more", "stage_over", "reveal"])
async def test_another_regions_case_is_the_same_404_as_none(office: OfficeWorld, act: str) -> None:
    """S11, S19: looking and acting, by guessed number, changes nothing and tells nothing."""
    made = await replacement(office)
    await office.employ("jinan", "济南审", {"审核", "受理", "客服"}, frozenset({"jinan"}))
    window = await office.signed_in("jinan")
    fields = {"version": "0", "note": "原因", "label": "证件号码", "reason": "核对材料"}
    theirs, none = f"/console/cases/{made.case_no}", "/console/cases/249999000000000"
    for ask in (window.get, lambda path: window.post(f"{path}/{act}", fields)):
        one, other = await ask(theirs), await ask(none)
        assert (one.status, one.body) == (404, other.body)
    assert await case_of(office, made.case_no) == made


async def test_a_stage_is_ended_by_whoever_works_on_it(office: OfficeWorld) -> None:
    """制卡 is 受理's: 审核 sees the case and cannot end it, 受理 can."""
    made = await replacement(office, state=CaseState.WORKING, stage="制卡")
    where = f"/console/cases/{made.case_no}"
    reviewer, clerk = await office.signed_in("审核"), await office.signed_in("受理")
    assert f'action="{where}/stage_over"' not in (await reviewer.get(where)).text
    refused = await reviewer.post(f"{where}/stage_over", {"version": "0"})
    assert refused.status == 403
    refused.expect("这一步由“受理”办理")
    page = await clerk.get(where)
    page.expect("制卡已办完")
    await clerk.post(f"{where}/stage_over", {"version": version_in(page)})
    assert (await case_of(office, made.case_no)).stage == "领卡"


async def test_a_bad_mark_is_answered_by_whoever_talks_to_people(office: OfficeWorld) -> None:
    """好差评: the case of a bad mark is 客服's; its answer is 办结."""
    made = await put(
        office, 5, "complaint", person_id=office.ids.xiuying, fields={"等级": "1（非常不满意）", "本人说的": "等了两个小时"}
    )
    window = await office.signed_in("客服")
    (await window.get("/console/")).expect("评价回访")
    page = await window.get(f"/console/cases/{made.case_no}")
    page.expect("等了两个小时", "办结")
    await window.post(f"/console/cases/{made.case_no}/approve", {"version": "0", "note": "已当面道歉，窗口已增开。"})
    assert (await case_of(office, made.case_no)).state is CaseState.DONE


async def test_hostile_words_are_only_words(office: OfficeWorld) -> None:
    """S20: fields, notes and names from outside are escaped, and a note of markup goes to the person as it was typed."""
    evil = '"><script>alert(1)</script>{{ 7*7 }}'
    made = await replacement(office, fields={"补换原因": evil}, steps=(CaseStep(1, evil, FILED, evil, evil, evil),), stage=evil)
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    page = await window.get(where)
    page.expect_not("<script>alert")
    page.expect(evil)
    back = await window.post(f"{where}/reject", {"version": "99", "note": evil})
    assert back.status == 409
    back.expect_not("<script>alert")


async def test_a_form_without_the_token_of_this_sign_in_does_nothing(office: OfficeWorld) -> None:
    """CSRF: every act, the search, the batch and 取下一笔."""
    made = await replacement(office)
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    for path in (f"{where}/claim", f"{where}/approve", f"{where}/reveal", "/console/next", "/console/search", "/console/approve"):
        answer = await window.post(
            path, {"csrf": "0" * 64, "version": "0", "label": "证件号码", "reason": "核对", "what": XIUYING.id_no}
        )
        assert answer.status == 403, path
        answer.expect_not(XIUYING.id_no)
    assert await case_of(office, made.case_no) == made


async def test_an_expired_place_does_not_act(office: OfficeWorld) -> None:
    """S19: whoever was dismissed with the page open decides nothing any more."""
    made = await replacement(office)
    window = await office.signed_in("审核")
    await office.change("shenhe", active=False)
    answer = await window.post(f"/console/cases/{made.case_no}/approve", {"version": "0"})
    assert answer.status in {303, 403}
    assert "/console/sign-in" in answer.location
    assert await case_of(office, made.case_no) == made


async def test_too_long_a_reason_comes_back_with_what_was_typed(office: OfficeWorld) -> None:
    """501 characters: what is too much is said, and nothing is lost."""
    made = await replacement(office)
    window = await office.signed_in("审核")
    words = "照" * 501
    answer = await window.post(f"/console/cases/{made.case_no}/reject", {"version": "0", "note": words})
    assert answer.status == 422
    answer.expect("最多写 500 个字，现在有 501 个字", words)


def test_the_time_of_a_step_is_beijing_time() -> None:
    """23:30 UTC is the next morning."""
    now = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)
    assert moment_words(datetime(2024, 9, 11, 23, 30, tzinfo=UTC), now) == "今天 07:30"
    assert moment_words(datetime(2023, 12, 31, 16, 0, tzinfo=UTC), now) == "1月1日 00:00"
    assert moment_words(datetime(2023, 12, 31, 15, 0, tzinfo=UTC), now) == "2023年12月31日 23:00"


@pytest.mark.parametrize("state", [CaseState.REVIEW, CaseState.SECOND])
async def test_nothing_is_approved_while_a_necessary_material_is_missing(office: OfficeWorld, state: CaseState) -> None:
    """The page says what is missing instead of 通过 and has 要求补正 ready; a form sent all the same decides nothing and keeps the words."""
    answers = {"reason": "lost", "id_no": XIUYING.id_no, "card_no": "990000001234", "phone": "19900007777"}
    first = office.staff["受理"].id if state is CaseState.SECOND else None
    made = await put(office, 3, "phone_change", answers=answers, state=state, first_reviewer=first)
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    page = await window.get(where)
    page.expect("还缺必要的材料：本人手持证件的照片。补上以前不能通过，请用“要求补正”告诉本人。")
    assert f'action="{where}/approve"' not in page.text
    assert re.search(r'<textarea id="ask_more-note"[^>]*>请补传：本人手持证件的照片。</textarea>', page.text)
    refused = await window.post(f"{where}/approve", {"version": "0", "note": "已电话核实"})
    assert refused.status == 403
    refused.expect("还缺必要的材料：本人手持证件的照片，不能通过。请用“要求补正”告诉本人。", "已电话核实")
    assert await case_of(office, made.case_no) == made
    await photo_of(office, made)
    again = await window.get(where)
    again.expect_not("补上以前不能通过", "请补传")
    assert (await window.post(f"{where}/approve", {"version": version_in(again)})).status == 303


async def test_what_the_page_prepares_is_what_is_asked_for(office: OfficeWorld) -> None:
    """要求补正 as the page has it ready: the case waits for the person, with the material in its words."""
    made = await put(office, 3, "phone_change")
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    found = re.search(r'<textarea id="ask_more-note"[^>]*>([^<]+)</textarea>', (await window.get(where)).text)
    assert found
    assert (await window.post(f"{where}/ask_more", {"version": "0", "note": found[1]})).status == 303
    stored = await case_of(office, made.case_no)
    assert (stored.state, stored.steps[-1].note) == (CaseState.SUPPLEMENT, "请补传：本人手持证件的照片。")


async def test_who_cannot_act_reads_who_can(office: OfficeWorld) -> None:
    """Another role, the person, or nobody any more: one sentence each."""
    window = await office.signed_in("审核")

    async def said(number: int, sentence: str, **changes: object) -> None:
        made = await put(office, number, "card_replace", **changes)
        (await window.get(f"/console/cases/{made.case_no}")).expect(sentence)

    await said(1, "这一步由“受理”办理，您没有这个角色。", state=CaseState.WORKING, stage="制卡")
    await said(2, "现在等本人办理（待补正），您不用办。", state=CaseState.SUPPLEMENT)
    await said(3, "现在等本人办理（待缴费），您不用办。", state=CaseState.UNPAID)
    await said(4, "这笔业务已经办结，不用再办。", state=CaseState.DONE)
    colleague = await office.employ("shenhe2", "二审核", {"审核"})
    await said(5, "二审核正在办理。", claimed_by=colleague.id)


async def test_of_an_address_only_the_district_is_shown(office: OfficeWorld) -> None:
    """收件地址 is masked like name and phone, and opens with a reason, which is audited."""
    home = "北京市东城区示例小区1号楼1单元101"
    made = await replacement(
        office,
        fields={"补换原因": "污损残缺", "领取方式": "快递", "收件地址": home},
        answers={"reason": "污损残缺", "delivery": "快递", "address": home, "contact": "预留手机号"},
    )
    window = await office.signed_in("审核")
    where = f"/console/cases/{made.case_no}"
    page = await window.get(where)
    page.expect("北京市东城区****")
    page.expect_not("示例小区", "101")
    shown = await window.post(f"{where}/reveal", {"label": "收件地址", "reason": "寄送社保卡"})
    shown.expect(home, "只显示这一次，已记录")
    async with office.store.reading() as tx:
        entries = await tx.audit.of_subject(await tx.people.identity_hash(office.ids.xiuying))
    assert [one.note for one in entries if one.action == "reveal"] == [f"业务 {made.case_no}；收件地址：寄送社保卡"]


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("北京市东城区示例小区1号楼1单元101", "北京市东城区****"),
        ("山东省滨州市无棣县棣丰街道1号", "山东省滨州市无棣县****"),
        ("滨城某某小区1号楼", "滨城某****"),
        ("邹平市黛溪街道1号", "邹平市****"),
        ("东城", "东城****"),
        ("", "****"),
    ],
)
def test_an_address_is_masked_after_the_district(address: str, masked: str) -> None:
    """A 小区 is no district; where none is named, three characters are left."""
    assert masked_address(address) == masked
