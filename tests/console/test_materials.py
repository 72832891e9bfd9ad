"""Materials on the page of a case: pictures and nothing else, to nobody else (S11, S18, S20)."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from storage.ports.records import Attachment, Case
from tests.console.conftest import OfficeWorld
from tests.console.work import case_of, put

EVIL = '"><img src=x onerror=alert(1)>.jpg'


def picture(colour: str = "navy") -> bytes:
    """A small JPEG."""
    held = io.BytesIO()
    Image.new("RGB", (120, 90), colour).save(held, "JPEG")
    return held.getvalue()


async def attach(
    office: OfficeWorld, case: Case, body: bytes, *, material: str = "photo", kind: str = "image/jpeg", name: str = "a.jpg"
) -> int:
    """Put a file on a case as the upload leaves it; its id."""
    stored = await office.services.files.put(body)
    async with office.store.transaction() as tx:
        made = await tx.attachments.add(
            Attachment(0, case.case_no, material, name, kind, len(body), "", stored, office.clock.now())
        )
    return made.id


async def test_a_picture_comes_as_a_picture_that_can_do_nothing(office: OfficeWorld) -> None:
    """Inline under a name of ours, sniffed by nobody, sandboxed, stored nowhere, and audited."""
    case = await put(office, 1, "card_replace", person_id=office.ids.xiuying)
    number = await attach(office, case, picture(), name=EVIL)
    window = await office.signed_in("审核")
    answer = await window.get(f"/console/cases/{case.case_no}/materials/{number}")
    assert answer.status == 200
    assert answer.body == picture()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"] == f'inline; filename="material-{number}.jpg"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    async with office.store.reading() as tx:
        entries = await tx.audit.of_subject(await tx.people.identity_hash(office.ids.xiuying))
        me = await tx.audit.pseudonym("staff:shenhe")
    assert (me, "attachment") in [(one.actor, one.action) for one in entries]


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml", "application/pdf", "text/html; charset=utf-8"])
async def test_anything_but_a_picture_is_only_handed_out_as_a_file(office: OfficeWorld, kind: str) -> None:
    """S18: a page or drawing that slipped in is neither shown nor named by what it calls itself."""
    case = await put(office, 1, "card_replace")
    number = await attach(office, case, b"<script>alert(1)</script>", kind=kind, name="a.html")
    window = await office.signed_in("审核")
    answer = await window.get(f"/console/cases/{case.case_no}/materials/{number}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="material-{number}.bin"'
    page = await window.get(f"/console/cases/{case.case_no}")
    page.expect("下载文件")
    assert '<img src="/console/cases' not in page.text
    assert (await window.get(f"/console/cases/{case.case_no}/materials/{number}/view")).status == 404


async def test_a_hostile_file_name_is_only_text(office: OfficeWorld) -> None:
    """S20: on the case and on the large picture; it is never part of an address."""
    case = await put(office, 1, "card_replace")
    number = await attach(office, case, picture(), name=EVIL)
    window = await office.signed_in("审核")
    for path in (f"/console/cases/{case.case_no}", f"/console/cases/{case.case_no}/materials/{number}/view"):
        page = await window.get(path)
        assert page.status == 200
        page.expect_not("<img src=x")
        assert EVIL in page.words or "onerror=alert(1)" in page.words


async def test_materials_stand_under_their_titles_and_missing_ones_are_named(office: OfficeWorld) -> None:
    """By the declaration's order with 必要 or 非必要; a file of a material that is no more is shown as well."""
    case = await put(office, 1, "phone_change")
    await attach(office, case, picture(), material="gone")
    window = await office.signed_in("审核")
    page = await window.get(f"/console/cases/{case.case_no}")
    page.expect("本人手持证件的照片 必要 还没有传。", "社保卡正面照片 非必要 没有传，可以不传。", "其他材料")


async def test_the_large_picture_leads_to_the_next_one_and_back(office: OfficeWorld) -> None:
    """第 2 张，共 3 张, with links to both neighbours and to the case, the queue's filters kept."""
    case = await put(office, 1, "card_replace")
    ids = [await attach(office, case, picture(colour)) for colour in ("navy", "maroon", "green")]
    window = await office.signed_in("审核")
    page = await window.get(f"/console/cases/{case.case_no}/materials/{ids[1]}/view?whose=mine")
    page.expect("第 2 张，共 3 张", "上一张", "下一张")
    for number in (ids[0], ids[2]):
        assert f'href="/console/cases/{case.case_no}/materials/{number}/view?whose=mine"' in page.text
    assert f'href="/console/cases/{case.case_no}?whose=mine"' in page.text


async def test_nobody_reaches_a_picture_through_another_case_or_region(office: OfficeWorld) -> None:
    """S11: wrong case, wrong region, no such number and a file that was altered are one and the same 404; without a sign-in there is only the door."""
    mine, theirs = await put(office, 1, "card_replace"), await put(office, 2, "card_replace", region="beijing")
    number, other = await attach(office, mine, picture()), await attach(office, theirs, picture())
    await office.employ("binzhou", "滨小审", {"审核"}, frozenset({"binzhou"}))
    window = await office.signed_in("binzhou")
    broken = await attach(office, mine, picture())
    async with office.store.reading() as tx:
        held = await tx.attachments.get(broken)
    assert held is not None
    await office.services.files.drop(held.stored_as)
    answers = [
        await window.get(f"/console/cases/{case_no}/materials/{attachment}{tail}")
        for case_no, attachment in (
            (mine.case_no, other),
            (theirs.case_no, other),
            (theirs.case_no, number),
            (mine.case_no, 999999),
        )
        for tail in ("", "/view")
    ]
    answers.append(await window.get(f"/console/cases/{mine.case_no}/materials/{broken}"))
    assert {(answer.status, answer.body) for answer in answers} == {(404, answers[0].body)}
    assert (await window.get(f"/console/cases/{mine.case_no}/materials/{number}")).status == 200
    stranger = await office.window().get(f"/console/cases/{mine.case_no}/materials/{number}")
    assert stranger.status == 303
    assert "/console/sign-in" in stranger.location


async def test_roles_without_cases_see_no_picture(office: OfficeWorld) -> None:
    """运营, 审计 and 管理员 get the page that says no, and the case is untouched."""
    case = await put(office, 1, "card_replace")
    number = await attach(office, case, picture())
    for role in ("运营", "审计", "管理员"):
        window = await office.signed_in(role)
        answer = await window.get(f"/console/cases/{case.case_no}/materials/{number}")
        assert answer.status == 403
        assert picture() not in answer.body
    assert await case_of(office, case.case_no) == case
