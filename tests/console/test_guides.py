"""办事指南 in the console: who may, editing with a preview, two editors at once, history, and the way back."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from handlers.guides.editor import LABELS, text_of, typed
from handlers.guides.versions import newest
from storage.ports.records import AuditSearch, Guide
from tests.console.conftest import Answer, OfficeWorld, Window
from tests.fresh import regions

CODE = "BJH-25"
HERE = f"/console/guides/{CODE}"
SHIPPED = regions()["beijing"].guides[CODE]


def fields(guide: Guide, seen: int, **changed: str) -> dict[str, str]:
    """The form as it is filled in for the guide, some fields typed anew."""
    return {**{field: text_of(guide, field) for field in LABELS}, "seen": str(seen), "note": "", "do": "save", **changed}


async def shown(office: OfficeWorld) -> Guide:
    """What chat and page show now."""
    async with office.store.transaction() as tx:
        found = await newest(tx, office.services.regions, CODE)
    assert found is not None
    return found


async def saved(window: Window, guide: Guide, seen: int, **changed: str) -> Answer:
    return await window.post(f"{HERE}/edit", fields(guide, seen, **changed))


async def versions(office: OfficeWorld) -> list[int]:
    async with office.store.transaction() as tx:
        return [edit.id for edit in await tx.guide_edits.history("beijing", CODE)]


async def test_the_list_shows_every_guide(office: OfficeWorld) -> None:
    """By region and part, with who changed it last."""
    window = await office.signed_in("客服")
    page = await window.get("/console/guides")
    page.expect("生育津贴申领", "北京 · 社会保险待遇", "没有修改过", "滨州")
    assert page.text.count("/console/guides/BJH-") >= 32


def test_the_form_gives_back_what_it_was_given() -> None:
    """Every guide survives the form unchanged."""
    for region in regions().values():
        for guide in region.guides.values():
            assert typed(guide, {field: text_of(guide, field) for field in LABELS}) == guide


async def test_an_editor_previews_and_saves(office: OfficeWorld) -> None:
    """The preview shows chat and page and keeps nothing; the save is shown to people at once and stands in history and audit."""
    window = await office.signed_in("运营")
    form = await window.get(f"{HERE}/edit")
    form.expect("修改：生育津贴申领", "一句话", "时效说明")
    preview = await saved(window, SHIPPED, 0, brief="带登记表和证明申领。", do="preview")
    preview.expect("聊天里看到的", "带登记表和证明申领。", "页面上看到的")
    assert await shown(office) == SHIPPED
    answer = await saved(window, SHIPPED, 0, brief="带登记表和证明申领。", note="说短一点")
    page = await window.follow(answer)
    page.expect("已保存，改动了：一句话", "周运营", "说短一点", "带登记表和证明申领。", SHIPPED.brief)
    assert await shown(office) == replace(SHIPPED, brief="带登记表和证明申领。")
    async with office.store.transaction() as tx:
        rows = await tx.audit.search(AuditSearch(action="guide-edit"))
    assert [(row.result, row.note) for row in rows] == [("ok", "BJH-25 一句话")]


async def test_a_second_editor_sees_both_texts_and_loses_nothing(office: OfficeWorld) -> None:
    """Both saw version 0; the second save is refused with a sentence and both texts; saved again it stands over the first."""
    one = await office.signed_in("运营")
    two = await office.signed_in("运营")
    await saved(one, SHIPPED, 0, brief="第一位写的话。")
    answer = await saved(two, SHIPPED, 0, brief="第二位写的话。", hours="工作日")
    assert answer.status == 409
    answer.expect("刚才有别人先改了这篇指南", "第一位写的话。", "第二位写的话。", "全月工作日", "工作日")
    assert (await shown(office)).brief == "第一位写的话。"
    (seen,) = await versions(office)
    assert f'name="seen" value="{seen}"' in answer.text
    assert "第二位写的话。</textarea>" in answer.text
    await saved(two, SHIPPED, seen, brief="第二位写的话。", hours="工作日")
    now = await shown(office)
    assert (now.brief, now.hours) == ("第二位写的话。", "工作日")


async def test_what_is_wrong_is_said_and_nothing_is_saved(office: OfficeWorld) -> None:
    """An empty line that people need, a word about manuals, an alias of another guide, a day that does not exist: all at once, all kept."""
    window = await office.signed_in("运营")
    answer = await saved(window, SHIPPED, 0, validity="", hours="手册未写明", aliases="生育津贴\n失业金", result="2020年13月起")
    answer.expect(
        "时效说明不能空着", "“手册未”", "“失业金”同时属于《参保职工失业保险待遇申领》和《生育津贴申领》", "日期“2020年13月”不存在"
    )
    assert "手册未写明</textarea>" in answer.text
    assert await versions(office) == []


async def test_each_fault_stands_at_its_field(office: OfficeWorld) -> None:
    """Three faults: each is told at its own field and linked from the list above; a field without fault has no mark."""
    window = await office.signed_in("运营")
    answer = await saved(window, SHIPPED, 0, validity="", hours="手册未写明", aliases="生育津贴\n失业金")
    answer.expect("有 3 处要改")
    for field, words in (("validity", "时效说明不能空着"), ("hours", "“手册未”"), ("aliases", "“失业金”同时属于")):
        assert f'<a href="#{field}">' in answer.text
        assert words in answer.text[answer.text.index(f'<p class="error" id="{field}-error">') :].split("</p>")[0]
        assert f'id="{field}-error"' in answer.text
    assert answer.text.count('aria-invalid="true"') == 3
    assert 'id="brief-error"' not in answer.text


async def test_windows_and_other_guides_are_chosen_by_name(office: OfficeWorld) -> None:
    """A window is told by what it is for and when, a related guide by its title; what is ticked is saved, and the history says it in words."""
    window = await office.signed_in("运营")
    form = await window.get(f"{HERE}/edit")
    form.expect("网上补换社保卡：每月5日（特殊情况顺延并提前通知）至月底，每天6:00–22:00", "参保职工失业保险待遇申领")
    assert "W-CARD-ONLINE</option>" not in form.text
    assert '<input type="checkbox" name="sees" value="BJH-24">' in form.text
    assert 'name="sees" value="BJH-25"' not in form.text
    answer = await window.post(f"{HERE}/edit", fields(SHIPPED, 0, sees="BJH-24") | {"window": "W-RECORD"})
    page = await window.follow(answer)
    page.expect("已保存", "参保职工失业保险待遇申领", "个人权益记录：每月5日至月底")
    assert (await shown(office)).sees == ("BJH-24",)


async def test_a_guide_is_found_in_the_list(office: OfficeWorld) -> None:
    """By a part of its name, an alias or its number; what nobody has is said, with the way back."""
    window = await office.signed_in("客服")
    for words in ("生育津贴", "bjh-25"):
        page = await window.get(f"/console/guides?q={quote(words)}")
        page.expect("生育津贴申领", "看全部")
        page.expect_not("电子营业执照应用")
    page = await window.get(f"/console/guides?q={quote('没有这样的事')}")
    page.expect("没有找到带“没有这样的事”的指南", "看全部")


async def test_saving_the_same_keeps_no_version(office: OfficeWorld) -> None:
    """Nothing changed, nothing kept, and it is said."""
    window = await office.signed_in("运营")
    page = await window.follow(await saved(window, SHIPPED, 0))
    page.expect("内容没有变化")
    assert await versions(office) == []


async def test_an_earlier_version_and_the_shipped_text_come_back(office: OfficeWorld) -> None:
    """Undo is a new version; history keeps all; what is restored is what was, and the audit names it."""
    window = await office.signed_in("运营")
    await saved(window, SHIPPED, 0, brief="甲。")
    first = (await versions(office))[0]
    await saved(window, replace(SHIPPED, brief="甲。"), first, brief="乙。")
    second = (await versions(office))[0]
    page = await window.follow(await window.post(f"{HERE}/undo", {"version": str(first), "seen": str(second)}))
    page.expect("已恢复，改动了：一句话")
    assert (await shown(office)).brief == "甲。"
    third = (await versions(office))[0]
    late = await window.follow(await window.post(f"{HERE}/undo", {"version": "0", "seen": str(second)}))
    late.expect("刚才有别人先改了")
    page = await window.follow(await window.post(f"{HERE}/undo", {"version": "0", "seen": str(third)}))
    page.expect("恢复为最初的内容", "最初的内容")
    assert await shown(office) == SHIPPED
    assert len(await versions(office)) == 4
    async with office.store.transaction() as tx:
        rows = await tx.audit.search(AuditSearch(action="guide-undo"))
    assert len(rows) == 2


async def test_who_does_not_edit_sees_no_way_to(office: OfficeWorld) -> None:
    """客服 read and look at the history; the form and the save are another role's."""
    window = await office.signed_in("客服")
    page = await window.get(HERE)
    page.expect("聊天里看到的", "历史")
    page.expect_not(f"{HERE}/edit", f"{HERE}/undo")
    assert (await window.get(f"{HERE}/edit")).status == 403
    assert (await saved(window, SHIPPED, 0, brief="不行。")).status == 403
    assert await versions(office) == []


async def test_a_guide_of_another_region_is_none(office: OfficeWorld) -> None:
    """An editor of 滨州 alone neither sees nor edits what is 北京's."""
    await office.employ("bianji", "冯编辑", {"运营"}, frozenset({"binzhou"}))
    window = await office.signed_in("bianji")
    (await window.get("/console/guides")).expect_not("BJH-25")
    for answer in (await window.get(HERE), await window.get(f"{HERE}/edit"), await saved(window, SHIPPED, 0, brief="不行。")):
        assert answer.status == 404
    assert (await window.post(f"{HERE}/undo", {"version": "0", "seen": "0"})).status == 404
    assert await versions(office) == []


async def test_a_form_of_another_site_changes_nothing(office: OfficeWorld) -> None:
    """Without the token of this sign-in: a page that says no."""
    window = await office.signed_in("运营")
    assert (await window.post(f"{HERE}/edit", {**fields(SHIPPED, 0, brief="不行。"), "csrf": "x" * 64})).status == 403
    assert await versions(office) == []
