"""办事指南 in the console: who may, editing with a preview, two editors at once, history, and the way back."""

from __future__ import annotations

from dataclasses import replace

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
    answer.expect("时效说明不能空着", "“手册未”", "“失业金”同时属于 BJH-24 和 BJH-25", "日期“2020年13月”不存在")
    assert "手册未写明</textarea>" in answer.text
    assert await versions(office) == []


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
