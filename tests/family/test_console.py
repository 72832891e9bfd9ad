"""亲情 at the counter: a grant with a reason for the chat whose code is shown, seen and ended by staff, told to both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from dialogs.desk_family import Terms
from handlers.desk import TurnDesk
from handlers.family.granting import Granting
from storage.ports.records import AuditSearch, Binding, Grant, User
from tests.console.conftest import OfficeWorld, office
from tests.people import SHUFEN, XIUYING

__all__ = ["office"]

MOTHER, SON = "o-mother", "o-son"
REASON = "本人到窗口，核对身份证和户口簿，同意儿子代办"


async def staff_code(office: OfficeWorld, openid: str = SON) -> str:
    """The chat follows, and says 我的亲情码."""
    async with office.store.transaction() as tx:
        user = await tx.users.get(openid) or User(openid, True, "visitor", None, None, following="f")
        await tx.users.save(user)
        desk = await TurnDesk.open(tx, user, office.services)
        return (await desk.family.staff_code())[0]


async def mother(office: OfficeWorld) -> None:
    """Her own chat is bound."""
    async with office.store.transaction() as tx:
        await tx.users.save(User(MOTHER, True, "person", "beijing", office.ids.shufen, following="f"))
        await tx.users.bind(Binding(0, MOTHER, office.ids.shufen, "person", "sms", "1", office.clock.now()))


Form = dict[str, str | Sequence[str]]


def filled(shown: str, **changes: str | Sequence[str]) -> Form:
    """What the clerk types beside the code that they are shown."""
    form: Form = {
        "code": shown,
        "scope": ["certification", "act"],
        "label": "儿子",
        "until": "2025-06-30",
        "together": "later",
        "reason": REASON,
    }
    return {**form, **changes}


async def grants(office: OfficeWorld) -> tuple[Grant, ...]:
    async with office.store.reading() as tx:
        return await tx.family.of_person(office.ids.shufen, office.clock.now().date())


async def test_a_grant_is_added_with_a_reason_and_a_code(office: OfficeWorld) -> None:
    """Found by 证件号码, added, listed with who gave it and why; once for a code; the entry says which staff did it to whom."""
    clerk = await office.signed_in("受理")
    await mother(office)
    found = await clerk.post("/console/family", {"what": SHUFEN.id_no})
    assert (found.status, found.location) == (303, f"/console/family/{office.ids.shufen}")
    page = await clerk.get(found.location)
    page.expect("赵*芬", "还没有家属能帮忙", "添加家属", "代办业务")
    page.expect_not("赵淑芬", SHUFEN.id_no)
    code = await staff_code(office)
    spaced = f"{code[:4]} {code[4:]}".lower()
    done = await clerk.post(f"{found.location}/add", filled(spaced))
    assert done.status == 303, done.words
    (grant,) = await grants(office)
    assert (grant.openid, grant.label, grant.scopes) == (SON, "儿子", frozenset({"certification", "act"}))
    assert (grant.granted_by, grant.reason) == (f"staff:{clerk.place.id}", REASON)
    page = await clerk.get(found.location)
    page.expect("授权好了", "儿子", "看资格认证、代办业务", "2025-06-30", "钱受理", REASON)
    again = await clerk.post(f"{found.location}/add", filled(code))
    assert again.status == 400
    again.expect("亲情码不对或者过期了")
    assert len(await grants(office)) == 1
    async with office.store.reading() as tx:
        actor = await tx.audit.pseudonym(f"staff:{clerk.place.login}")
        subject = await tx.people.identity_hash(office.ids.shufen)
        entries = await tx.audit.of_subject(subject, 20)
    assert {(one.action, one.result) for one in entries if one.actor == actor} >= {
        ("search", "ok"),
        ("look", "ok"),
        ("grant", "ok"),
    }
    assert [one.note for one in entries if (one.action, one.result) == ("grant", "ok")] == [REASON]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"code": "ABCD2345"}, "亲情码不对或者过期了"),
        ({"code": ""}, "8 位亲情码"),
        ({"scope": []}, "至少选一项"),
        ({"scope": ["everything"]}, "至少选一项"),
        ({"label": "<b>儿子"}, "1 到 6 个汉字"),
        ({"until": "2027-09-13"}, "最长三年"),
        ({"until": "2024-09-11"}, "最长三年"),
        ({"until": "永远"}, "最长三年"),
        ({"reason": "  "}, "请写明原因"),
    ],
)
async def test_a_form_with_a_mistake_grants_nothing(office: OfficeWorld, changes: Form, sentence: str) -> None:
    """It says what is wrong, and keeps what was typed."""
    clerk = await office.signed_in("客服")
    answer = await clerk.post(f"/console/family/{office.ids.shufen}/add", filled(await staff_code(office), **changes))
    assert answer.status == 400
    answer.expect(sentence)
    assert await grants(office) == ()


async def test_a_code_is_good_for_a_quarter_of_an_hour(office: OfficeWorld) -> None:
    """After that, nothing is granted to it; nor to a chat that has left since."""
    clerk = await office.signed_in("受理")
    late = await staff_code(office)
    gone = await staff_code(office, "o-gone")
    async with office.store.transaction() as tx:
        await tx.users.forget("o-gone")
    address = f"/console/family/{office.ids.shufen}/add"
    assert (await clerk.post(address, filled(gone))).status == 400
    office.clock.advance(15 * 60)
    answer = await clerk.post(address, filled(late))
    answer.expect("亲情码不对或者过期了")
    assert await grants(office) == ()


async def test_codes_cannot_be_tried_out_at_the_counter(office: OfficeWorld) -> None:
    """After twenty wrong ones the account waits for an hour, with the right one too."""
    clerk = await office.signed_in("受理")
    code = await staff_code(office)
    address = f"/console/family/{office.ids.shufen}/add"
    for _ in range(20):
        assert (await clerk.post(address, filled("ABCD2345"))).status == 400
    answer = await clerk.post(address, filled(code))
    answer.expect("次数太多了")
    assert await grants(office) == ()


async def test_ones_own_chat_is_no_relative(office: OfficeWorld) -> None:
    """Staff cannot grant to the chat that is bound to the person: it has everything already."""
    clerk = await office.signed_in("受理")
    await mother(office)
    answer = await clerk.post(f"/console/family/{office.ids.shufen}/add", filled(await staff_code(office, MOTHER)))
    answer.expect("这个亲情码是本人的微信")
    assert await grants(office) == ()


async def test_the_ninth_is_refused_at_the_counter(office: OfficeWorld) -> None:
    """Eight are the most; the page says so."""
    clerk = await office.signed_in("受理")
    until = office.clock.now().date() + timedelta(days=30)
    async with office.store.transaction() as tx:
        for number in range(8):
            made = Grant(
                0, office.ids.shufen, f"o-{number}", "亲戚", frozenset({"remind"}), until, False, office.clock.now(), "code"
            )
            assert await tx.family.grant(made)
    answer = await clerk.post(f"/console/family/{office.ids.shufen}/add", filled(await staff_code(office)))
    answer.expect("最多 8 位", "已经有 8 位，要先结束一位")


async def test_staff_end_a_grant_with_a_reason(office: OfficeWorld) -> None:
    """Without a reason nothing ends; with one both are told; a second time it has ended. Another person's number ends nothing."""
    clerk = await office.signed_in("客服")
    async with office.store.transaction() as tx:
        person = await tx.people.get(office.ids.shufen)
        assert person is not None
        terms = Terms(frozenset({"certification"}), "女儿", office.clock.now().date() + timedelta(days=30), False)
        granted = await Granting(tx, office.services).give(person, SON, terms, "code")
    assert granted.grant is not None
    number = granted.grant.id
    await clerk.post(f"/console/family/{office.ids.jianguo}/{number}/end", {"reason": REASON})
    assert len(await grants(office)) == 1
    address = f"/console/family/{office.ids.shufen}/{number}/end"
    (await clerk.post(address, {"reason": ""})).expect("还没有结束，请把标出来的填好", "请写明原因")
    assert len(await grants(office)) == 1
    assert (await clerk.post(address, {"reason": REASON})).status == 303
    assert await grants(office) == ()
    async with office.store.reading() as tx:
        ended = await tx.family.get(number)
    assert ended is not None
    assert ended.ended_by == "staff"
    (await clerk.post(address, {"reason": REASON})).expect("已经结束了")


@pytest.mark.parametrize("role", ["审核", "运营", "审计", "管理员"])
async def test_others_have_nothing_to_do_with_it(office: OfficeWorld, role: str) -> None:
    """The place is not in their navigation, and every address of it is refused."""
    other = await office.signed_in(role)
    page = await other.get("/console/me")
    page.expect_not('href="/console/family"')
    address = f"/console/family/{office.ids.shufen}"
    for answer in (
        await other.get("/console/family"),
        await other.post("/console/family", {"what": SHUFEN.id_no}),
        await other.get(address),
        await other.post(f"{address}/add", filled(await staff_code(office))),
    ):
        assert answer.status == 403
    assert await grants(office) == ()


async def test_another_regions_person_is_nobody(office: OfficeWorld) -> None:
    """Looked for, opened by number or granted for: as if there were no such person; the search stands in the log."""
    await office.change("shouli", regions=frozenset({"binzhou"}))
    clerk = await office.signed_in("受理")
    none = await clerk.post("/console/family", {"what": SHUFEN.id_no})
    none.expect("没有找到")
    assert f'value="{SHUFEN.id_no}"' in none.text, "what was typed stays"
    address = f"/console/family/{office.ids.shufen}"
    assert (await clerk.get(address)).status == (await clerk.get("/console/family/999999")).status == 404
    assert (await clerk.post(f"{address}/add", filled(await staff_code(office)))).status == 404
    assert await grants(office) == ()
    assert (await clerk.post("/console/family", {"what": XIUYING.id_no})).status == 303
    async with office.store.reading() as tx:
        entries = await tx.audit.search(AuditSearch(action="search"), 10)
    assert sorted(one.result for one in entries) == ["empty", "ok"]


async def test_the_auditor_reads_what_was_granted_and_why(office: OfficeWorld) -> None:
    """The grant, by whom and with which reason; the relative's own acts stand as those of a relative."""
    clerk, auditor = await office.signed_in("受理"), await office.signed_in("审计")
    await clerk.post(f"/console/family/{office.ids.shufen}/add", filled(await staff_code(office)))
    async with office.store.transaction() as tx:
        user = await tx.users.get(SON)
        assert user is not None
        desk = await TurnDesk.open(tx, user, office.services)
        assert await desk.switch(office.ids.shufen)
        assert await desk.certification()
    day = office.clock.now().date().isoformat()
    (await auditor.post("/console/audit", {"start": day, "end": day, "action": "grant"})).expect("钱受理", "亲情授权", REASON)
    (await auditor.post("/console/audit", {"start": day, "end": day, "action": "query"})).expect("亲情（家属）", "资格认证")
