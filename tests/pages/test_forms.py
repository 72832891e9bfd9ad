"""A filing on its page: every kind of question, wrong answers, two tabs, another's draft, and what comes after handing in."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from dialogs.filings import FILINGS
from handlers.filings.flow import Flow
from storage.ports.records import Case, CaseState, Staff
from tests.clock import START
from tests.pages.declared import PHONE, SAMPLE, SHORT, photo
from tests.pages.test_shell import Outline
from tests.pages.world import BEN, Answer, Browser, World

REVIEWER = Staff(7, "wang", "王", "", "", frozenset({"审核"}), frozenset({"beijing"}), True, START)


@pytest.fixture(autouse=True)
def declared(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in (SAMPLE, SHORT):
        monkeypatch.setitem(FILINGS, one.name, one)


async def answered(world: World, browser: Browser, path: str) -> Answer:
    """All questions of the sample filled in, the code included: the page of the photos."""
    page = await browser.get(path)
    page = await browser.fill(path, page, reason="lost", copies="2份", phone=PHONE, fine="看过了")
    page = await browser.fill(path, await browser.get(f"{path}?at=fill"), "code:code")
    return await browser.fill(path, page, code=await world.code(PHONE))


async def at_the_check(world: World, browser: Browser, path: str) -> Answer:
    """And a photo of the card: the preview."""
    page = await answered(world, browser, path)
    await browser.upload(path, page.csrf, "card", photo())
    return await browser.get(f"{path}?at=check")


def errors(page: Answer) -> dict[str, str]:
    """Question → the sentence that stands at it."""
    return dict(re.findall(r'<p class="error" id="e-(\w+)">([^<]+)</p>', page.text))


async def test_the_whole_way_without_a_script(world: World) -> None:
    """Questions, code, photo, preview, 承诺, result: the case waits for review with what was filed, and stands in the audit log."""
    browser, path = world.browser(), await world.filing("sample")
    preview = await at_the_check(world, browser, path)
    for expected in ("丢了", "2份", PHONE, "第一网点", "社保卡正面", "我承诺以上内容真实。", "版本 2024-09", "预计办好"):
        assert expected in preview.words
    assert "看过了" not in preview.words
    done = await browser.post(f"{path}/submit", {"csrf": preview.csrf, "agreed": "yes"})
    case = await world.case()
    for expected in ("提交成功", case.case_no, "等待审核", "预计办好", "回到公众号"):
        assert expected in done.words
    assert case.state is CaseState.REVIEW
    assert case.undertaking == "SAMPLE@2024-09"
    assert case.fields["原因"] == "丢了"
    assert case.fields["联系电话"] == "199****5678"
    assert ("submit", "ok") in await world.audited(world.ids.jianguo)


async def test_wrong_answers_keep_what_was_typed(world: World) -> None:
    """Each wrong one has the parser's own sentence; the right ones are kept; the first wrong one has the focus and is described."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.get(path)
    wrong = await browser.fill(path, page, reason="worn", copies="12份", phone="12345")
    assert wrong.status == 422
    found = errors(wrong)
    assert found["copies"] == "请填 1 到 9 份。"
    assert "手机号" in found["phone"]
    assert found["fine"] == "请选一项。"
    assert found["code"] == "请先填好手机号，再发送验证码。"
    assert 'value="12份"' in wrong.text
    assert 'value="12345"' in wrong.text
    assert 'value="worn" checked' in wrong.text
    (focus,) = re.findall(r"<input[^>]*autofocus[^>]*>", wrong.text)
    assert 'id="f-copies"' in focus
    assert re.search(r'aria-describedby="h-copies e-copies" aria-invalid="true"', wrong.text)
    assert '<a href="#f-phone">' in wrong.text
    kept = (await world.case()).answers
    assert kept == {"reason": "worn", "place": "one"}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [("", "请填 1 到 9 份。"), ("０", "请填 1 到 9 份。"), ("两份吧", "请填 1 到 9 份。"), ("x" * 5000, "请填 1 到 9 份。")],
)
async def test_an_answer_that_cannot_be_read(world: World, answer: str, sentence: str) -> None:
    """Empty, zero in full width, words, far too long: the sentence says what to fill in."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.fill(path, await browser.get(path), copies=answer)
    assert errors(page)["copies"] == sentence


async def test_a_choice_that_is_none_of_them(world: World) -> None:
    """A value that was never offered, a place in the list, another case: as if nothing was chosen."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.get(path)
    for odd in ("stolen", "1", "LOST", "<script>", ""):
        wrong = await browser.fill(path, page, reason=odd)
        assert errors(wrong)["reason"] == "请选一项。"
        assert "<script>x" not in wrong.text


async def test_a_question_comes_with_its_answer(world: World) -> None:
    """坏在哪里 is asked only of what is worn: after 下一步 it is there, is asked for, and goes away with the answer it hung on."""
    browser, path = world.browser(), await world.filing("sample", copies="1份", phone=PHONE)
    page = await browser.get(path)
    assert "坏在哪里" not in page.words
    page = await browser.fill(path, page, "look", reason="worn")
    assert page.status == 200
    assert "坏在哪里" in page.words
    assert not errors(page)
    page = await browser.fill(path, page, detail="芯片裂了")
    assert (await world.case()).answers["detail"] == "芯片裂了"
    page = await browser.fill(path, page, "look", reason="lost")
    assert "坏在哪里" not in page.words
    assert "detail" not in (await world.case()).answers


async def test_all_right_but_one_more_question(world: World) -> None:
    """When right answers bring up another question, the page comes again with that question, blaming nobody."""
    browser, path = world.browser(), await world.filing("card_replace")
    page = await browser.fill(path, await browser.get(path), reason="遗失", delivery="网点自取", contact="预留手机号")
    assert page.status == 200
    assert "领卡网点" in page.words
    assert not errors(page)


async def test_quick_answers(world: World) -> None:
    """A tap, a typed text, or both: what is new wins; a digit that is typed is that digit and not a place in the list."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.get(path)
    assert page.text.count('name="f.copies"') == 2
    for sent, kept in (
        ({"f.copies": "2份"}, "2份"),
        ({"t.copies": "5份"}, "5份"),
        ({"f.copies": "1份", "t.copies": "5份", "w.copies": "5份"}, "1份"),
        ({"f.copies": "1份", "t.copies": "7"}, "7"),
        ({"t.copies": "2"}, "2"),
    ):
        await browser.post(f"{path}/fill", {"csrf": page.csrf, "asked": "copies", "act": "next", **sent})
        assert (await world.case()).answers["copies"] == kept
    again = await browser.get(f"{path}?at=fill")
    assert 'name="t.copies" value="2"' in again.text


async def test_saying_no_ends_it(world: World) -> None:
    """不办了 says its own words and hands nothing in; the draft stays as it is."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.fill(path, await browser.get(path), reason="lost", fine="不办了")
    assert "好的，没有办理。" in page.words
    assert (await world.case()).state is CaseState.DRAFT


# ── one-time codes ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_code_by_sms(world: World) -> None:
    """Sent on demand to the phone that was typed, shown masked; a wrong one is counted, the right one passes and stays passed."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.get(path)
    page = await browser.fill(path, page, "code:code", reason="lost", copies="1份", phone=PHONE)
    assert "199****5678" in page.words
    assert "验证码已发到 199****5678" in page.words
    assert "填在下面" in page.words
    assert "发给我" not in page.words
    right = await world.code(PHONE)
    wrong = await browser.fill(path, page, code=f"{(int(right) + 1) % 1_000_000:06d}", fine="看过了")
    assert "还可以试 4 次" in errors(wrong)["code"]
    short = await browser.fill(path, page, code="12")
    assert errors(short)["code"] == "验证码是6位数字，您填的是2位，请看短信再填一次。"
    page = await browser.fill(path, page, code=right, fine="看过了")
    assert "社保卡正面" in page.words
    again = await browser.get(f"{path}?at=fill")
    assert "短信验证已经通过" in again.words
    assert right not in again.text


async def test_a_changed_phone_needs_a_new_code(world: World) -> None:
    """A code proves the phone that it went to: another phone typed afterwards, and it proves nothing, whether it had passed or not."""
    browser, path = world.browser(), await world.filing("sample")
    page = await answered(world, browser, path)
    assert "社保卡正面" in page.words
    page = await browser.fill(path, await browser.get(f"{path}?at=fill"), phone="19900007777")
    case = await world.case()
    assert "code" not in case.answers
    assert (await browser.get(f"{path}?at=check")).words.count("短信验证已经通过") == 0
    page = await browser.get(f"{path}?at=fill")
    assert "发送验证码" in page.words
    refused = await browser.post(f"{path}/submit", {"csrf": page.csrf, "agreed": "yes"})
    assert "发送验证码" in refused.words
    assert (await world.case()).state is CaseState.DRAFT


async def test_a_code_that_was_not_sent(world: World) -> None:
    """Digits before a code went out, the words of the chat, and asking before there is a phone: each is told what to do."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.get(path)
    assert errors(await browser.fill(path, page))["code"] == "请先填好手机号，再发送验证码。"
    assert errors(await browser.fill(path, page, phone=PHONE))["code"] == "请先点“发送验证码”，再填短信里的 6 位数字。"
    assert errors(await browser.fill(path, page, phone=PHONE, code="123456"))["code"].startswith("验证码还没有发出。请先点")
    said = await browser.fill(path, page, phone=PHONE, code="重发")
    assert errors(said)["code"] == "请填短信里的 6 位数字。"
    other, theirs = world.browser(), await world.filing("sample", BEN)
    early = await other.fill(theirs, await other.get(theirs), "code:code", phone="1")
    assert "手机号" in errors(early)["phone"]


async def test_codes_have_their_limits(world: World) -> None:
    """Asked again at once, it is told when the next one can go; after five wrong ones it is dead and says so."""
    browser, path = world.browser(), await world.filing("sample", reason="lost", copies="1份", phone=PHONE)
    page = await browser.fill(path, await browser.get(path), "code:code")
    page = await browser.fill(path, page, "code:code")
    assert "10:01 以后可以再点“重新发送”" in page.words
    for left in (4, 3, 2, 1):
        assert f"还可以试 {left} 次" in errors(await browser.fill(path, page, code="000000"))["code"]
    dead = errors(await browser.fill(path, page, code="000000"))["code"]
    assert "重新发送" in dead
    assert "回复" not in dead


# ── handing in ──────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_only_what_is_needed_blocks(world: World) -> None:
    """Without the 必要 photo there is no preview and no handing in, and the sentence names it; 非必要 ones may be left out."""
    browser, path = world.browser(), await world.filing("sample")
    page = await answered(world, browser, path)
    assert "必要" in page.words
    assert "传好“必要”的材料" in page.words
    assert "请核对" not in (await browser.get(f"{path}?at=check")).words
    refused = await browser.post(f"{path}/submit", {"csrf": page.csrf, "agreed": "yes"})
    assert refused.status == 422
    assert "还缺“社保卡正面”" in refused.words
    assert (await world.case()).state is CaseState.DRAFT


async def test_the_undertaking_has_to_be_ticked(world: World) -> None:
    """Without the tick it is not handed in; the sentence stands once, beside the tick, which has the focus."""
    browser, path = world.browser(), await world.filing("sample")
    preview = await at_the_check(world, browser, path)
    for tick in ({}, {"agreed": "no"}):
        refused = await browser.post(f"{path}/submit", {"csrf": preview.csrf, **tick})
        assert refused.status == 422
        assert refused.words.count("请先看完承诺") == 1
        assert refused.words.index("请先看完承诺") > refused.words.index("请核对")
        assert re.search(r'id="agreed"[^>]*autofocus', refused.text)
    assert (await world.case()).undertaking == ""


async def test_answers_are_judged_together(world: World) -> None:
    """What the declaration's own check finds stands at its question; nothing typed is lost."""
    browser, path = world.browser(), await world.filing("sample", reason="worn")
    page = await answered_worn(world, browser, path)
    assert page.status == 422
    assert errors(page) == {"detail": "这一项和补换原因对不上，请改一改。"}
    assert 'value="前后不符"' in page.text


async def answered_worn(world: World, browser: Browser, path: str) -> Answer:
    page = await browser.fill(path, await browser.get(path), "code:code", detail="前后不符", copies="1份", phone=PHONE)
    return await browser.fill(path, page, code=await world.code(PHONE), fine="看过了")


async def test_outside_the_window(world: World) -> None:
    """补换卡 after ten at night: told when it opens again, nothing lost, handed in the next morning."""
    browser, path = world.browser(), await world.filing("card_replace")
    page = await browser.fill(path, await browser.get(path), reason="污损残缺", delivery="网点自取", contact="预留手机号")
    outlet = re.search(r'id="f-outlet-1" name="f.outlet" value="([^"]+)"', page.text)
    assert outlet
    await browser.fill(path, page, outlet=outlet[1])
    preview = await browser.get(f"{path}?at=check")
    assert "20.00 元" in preview.words
    world.clock.set(world.clock.now().replace(hour=22, minute=10))
    late, no = world.browser(), (await world.case()).case_no
    path = await world.resumed(no)
    preview = await late.get(f"{path}?at=check")
    refused = await late.post(f"{path}/submit", {"csrf": preview.csrf, "agreed": "yes"})
    assert refused.status == 422
    assert "现在不在时段内" in refused.words
    assert "您填的内容还在" in refused.words
    assert (await world.case()).state is CaseState.DRAFT
    world.clock.advance(timedelta(hours=10).total_seconds())
    path = await world.resumed(no)
    preview = await late.get(f"{path}?at=check")
    paying = await late.post(f"{path}/submit", {"csrf": preview.csrf, "agreed": "yes"})
    assert "确认缴费" in paying.words
    assert "20.00 元" in paying.words
    assert (await world.case()).state is CaseState.UNPAID
    result = await late.get(path)
    assert "已保存，还差缴费" in result.words
    to_order = await late.post(f"{path}/order", {"csrf": result.csrf})
    assert "确认缴费" in to_order.words


async def test_pressed_twice_is_handed_in_once(world: World) -> None:
    """Ten presses at one moment, from two tabs and two links: one step, one result, the same number on every page."""
    first, path = world.browser(), await world.filing("sample")
    preview = await at_the_check(world, first, path)
    case = await world.case()
    second, other = world.browser(), await world.resumed(case.case_no)
    their = await second.get(f"{other}?at=check")
    presses = [first.post(f"{path}/submit", {"csrf": preview.csrf, "agreed": "yes"}) for _ in range(5)]
    presses += [second.post(f"{other}/submit", {"csrf": their.csrf, "agreed": "yes"}) for _ in range(5)]
    answers = await asyncio.gather(*presses)
    assert {answer.status for answer in answers} == {200}
    assert all(case.case_no in answer.words and "提交成功" in answer.words for answer in answers)
    steps = (await world.case()).steps
    assert [step.name for step in steps] == ["提交申请"]
    reload = await first.get(path)
    assert "提交成功" in reload.words
    for old in ("?at=fill", "?at=photos", "?at=check", "?at=nonsense&q=x"):
        assert "提交成功" in (await first.get(f"{path}{old}")).words


async def test_a_second_tab_changes_nothing_any_more(world: World) -> None:
    """What an old tab sends after handing in leads to the result; the answers stay as they were handed in."""
    browser, path = world.browser(), await world.filing("sample")
    preview = await at_the_check(world, browser, path)
    questions = await browser.get(f"{path}?at=fill")
    await browser.post(f"{path}/submit", {"csrf": preview.csrf, "agreed": "yes"})
    before = await world.case()
    late = await browser.fill(path, questions, copies="9份", phone="19900007777")
    assert "提交成功" in late.words
    assert (await world.case()).answers == before.answers


async def test_going_on_where_one_was(world: World) -> None:
    """The draft is found again through another link with everything in it, at the first thing that is open."""
    browser, path = world.browser(), await world.filing("sample")
    await browser.fill(path, await browser.get(path), copies="2份", phone=PHONE)
    other = world.browser()
    page = await other.get(await world.resumed((await world.case()).case_no))
    assert f'value="{PHONE}"' in page.text
    assert 'value="2份" checked' in page.text
    assert not errors(page)


async def _supplement(world: World, note: str) -> Case:
    async with world.store.transaction() as tx:
        return await Flow(world.services).ask_more(tx, await world.case(), REVIEWER, note)


async def test_a_supplement(world: World) -> None:
    """补正: the reviewer's words stand on top, as text; answers and photos can be changed; handed in again without a second 承诺."""
    browser, path = world.browser(), await world.filing("sample")
    preview = await at_the_check(world, browser, path)
    await browser.post(f"{path}/submit", {"csrf": preview.csrf, "agreed": "yes"})
    case = await _supplement(world, "照片看不清，请重拍<b>正面</b>")
    again, link = world.browser(), await world.resumed(case.case_no)
    page = await again.get(link)
    assert "需要补正" in page.words
    assert "照片看不清，请重拍<b>正面</b>" in page.words
    assert "<b>正面" not in page.text
    assert 'value="2份" checked' in page.text
    photos = await again.get(f"{link}?at=photos")
    (row,) = await world.photos(case.case_no)
    await again.post(f"{link}/drop", {"csrf": photos.csrf, "photo": str(row.id)})
    await again.upload(link, photos.csrf, "card", photo(800, 600))
    check = await again.get(f"{link}?at=check")
    assert "我承诺" not in check.words
    done = await again.post(f"{link}/submit", {"csrf": check.csrf})
    assert "提交成功" in done.words
    case = await world.case()
    assert (case.state, [step.name for step in case.steps]) == (CaseState.REVIEW, ["提交申请", "补正", "补正"])


async def test_results_in_words(world: World) -> None:
    """Refused says why, withdrawn and void say so: the page of a link is true at every moment."""
    browser, path = world.browser(), await world.filing("sample")
    preview = await at_the_check(world, browser, path)
    await browser.post(f"{path}/submit", {"csrf": preview.csrf, "agreed": "yes"})
    async with world.store.transaction() as tx:
        await Flow(world.services).decide(tx, await world.case(), REVIEWER, approve=False, note="照片不是本人的卡")
    page = await browser.get(path)
    for expected in ("没有通过", "照片不是本人的卡", "12333"):
        assert expected in page.words
    path = await world.filing("short", words="三个字")
    async with world.store.transaction() as tx:
        await Flow(world.services).withdraw(tx, await world.case())
    assert "已经作废" in (await browser.get(path)).words


# ── how it looks ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_one_question_a_screen_for_elders(world: World) -> None:
    """长辈版 asks one thing at a time, says how far one is, goes back a question, and blames only what is on the screen."""
    browser, path = world.browser(), await world.filing("sample")
    page = await browser.get(f"{path}?view=elder")
    assert page.text.count('class="field') == 1
    assert "第 1 题，共 5 题" in page.words
    wrong = await browser.fill(path, page)
    assert errors(wrong) == {"reason": "请选一项。"}
    page = await browser.fill(path, wrong, reason="worn")
    assert "坏在哪里" in page.words
    assert "第 2 题，共 6 题" in page.words
    page = await browser.fill(path, page, detail="裂")
    assert errors(page) == {"detail": "请写三个字以上。"}
    page = await browser.fill(path, page, detail="芯片裂了")
    assert "份数" in page.words
    back = re.search(r'href="(\?at=fill&amp;q=detail)"', page.text)
    assert back
    page = await browser.get(f"{path}?at=fill&q=detail")
    assert 'value="芯片裂了"' in page.text
    page = await browser.fill(path, page)
    page = await browser.fill(path, page, copies="1份")
    page = await browser.fill(path, page, phone=PHONE)
    page = await browser.fill(path, page, "code:code")
    assert "验证码已发到" in page.words
    page = await browser.fill(path, page, code=await world.code(PHONE))
    page = await browser.fill(path, page, fine="看过了")
    assert page.text.count('class="block material"') == 1
    assert "社保卡正面" in page.words
    await browser.upload(path, page.csrf, "card", photo())
    page = await browser.get(f"{path}?at=photos&m=letter")
    assert "情况说明" in page.words
    check = await browser.get(f"{path}?at=check")
    done = await browser.post(f"{path}/submit", {"csrf": check.csrf, "agreed": "yes"})
    assert "提交成功" in done.words


async def test_elders_are_told_what_does_not_go_together(world: World) -> None:
    """What the answers together are blamed for comes as the next screen, with its sentence, and not as a way round in circles."""
    browser, path = world.browser(), await world.filing("sample", reason="worn", detail="前后不符", copies="1份", phone=PHONE)
    page = await browser.fill(path, await browser.get(f"{path}?view=elder"), "code:code")
    page = await browser.fill(path, page, code=await world.code(PHONE))
    page = await browser.fill(path, page, fine="看过了")
    assert page.status == 422
    assert errors(page) == {"detail": "这一项和补换原因对不上，请改一改。"}
    page = await browser.fill(path, page, detail="芯片裂了")
    assert "社保卡正面" in page.words


async def every_form_page(world: World) -> dict[str, Answer]:
    """One of each, wrong ones too."""
    browser, path = world.browser(), await world.filing("sample")
    pages = {"form": await browser.get(path), "wrong": await browser.fill(path, await browser.get(path), reason="worn")}
    pages["elder"] = await world.browser().get(f"{await world.filing('sample')}?view=elder")
    pages["photos"] = await answered(world, browser, path)
    pages["refused"] = await browser.upload(path, pages["photos"].csrf, "card", b"nothing" * 200)
    pages["photo"] = await browser.upload(path, pages["photos"].csrf, "card", photo())
    pages["check"] = await browser.get(f"{path}?at=check")
    pages["unticked"] = await browser.post(f"{path}/submit", {"csrf": pages["check"].csrf})
    pages["result"] = await browser.post(f"{path}/submit", {"csrf": pages["check"].csrf, "agreed": "yes"})
    return pages


async def test_form_pages_can_be_listened_to_and_are_light(world: World) -> None:
    """Language, one h1, no skipped level, labelled fields, described pictures; no inline script or style; under 150 kB with all of it."""
    for name, page in (await every_form_page(world)).items():
        outline = Outline()
        outline.feed(page.text)
        assert outline.language == "zh-CN", name
        assert outline.headings.count(1) == 1, name
        assert all(b - a <= 1 for a, b in zip(outline.headings, outline.headings[1:], strict=False)), name
        assert outline.fields <= outline.labels, name
        assert outline.bare_images == 0, name
        assert outline.targets <= set(outline.ids), name
        assert len(outline.ids) == len(set(outline.ids)), name
        assert not re.search(r"<style|<script(?![^>]*src=)|\son\w+=|style=", page.text), name
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'; style-src 'self'; script-src 'self'; " in policy, name
        assert "unsafe" not in policy, name
        assert page.headers["Cache-Control"] == "no-store", name
        assets = re.findall(r'(?:href|src)="(/assets/[^"]+)"', page.text)
        weight = len(page.body) + sum([len((await world.browser().get(one)).body) for one in assets])
        assert weight < 150_000, name


async def test_the_bridges_script_widens_the_policy_by_its_origin(world: World) -> None:
    """Where a stand-in for WeixinJSBridge is configured, exactly its origin may run scripts, on these pages alone."""
    world.bridge_script = "http://127.0.0.1:8090/bridge.js"
    await world.restart()
    page = await world.browser().get(await world.filing("short"))
    assert "script-src 'self' http://127.0.0.1:8090; " in page.headers["Content-Security-Policy"]
    assert '<script src="http://127.0.0.1:8090/bridge.js" defer></script>' in page.text
    statement = await world.browser().get(await world.page_link())
    assert "8090" not in statement.headers["Content-Security-Policy"]


async def test_content_stays_content(world: World) -> None:
    """Markup, templates and SQL in an answer are shown as they were typed, on every page, and do nothing (S20)."""
    nasty = "<script>alert(1)</script>{{ 7*7 }}'); DROP TABLE business_case;--"
    browser, path = world.browser(), await world.filing("short")
    await browser.fill(path, await browser.get(path), words="")
    page = await browser.post(f"{path}/fill", {**(await browser.get(path)).form("fill"), "t.words": nasty, "act": "look"})
    check = await browser.get(f"{path}?at=check")
    done = await browser.post(f"{path}/submit", {"csrf": check.csrf})
    for answer in (page, check):
        assert "<script>alert" not in answer.text
        assert "{{ 7*7 }}" in answer.text
    assert "提交成功" in done.words
    assert (await world.case()).answers == {"words": nasty}
