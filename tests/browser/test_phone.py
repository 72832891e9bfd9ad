"""The phone itself, in real Chromium: people and programs get the same, every gesture reaches the bot, and everybody can use it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.simulator.transcript import from_text
from tests.browser.conftest import PHONE, window
from tests.browser.stand import Stand, picture, says, standing, theirs
from tests.browser.test_axe import AXE, COLOURS, TAGS, violations

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WIDE = {"width": 1440, "height": 900}


@pytest_asyncio.fixture(loop_scope="session")
async def stand() -> AsyncIterator[Stand]:
    async with standing() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def desktop(browser: Browser) -> AsyncIterator[Page]:
    async with window(browser, WIDE) as page:
        yield page


async def test_what_the_phone_shows_is_in_the_inbox(page: Page, stand: Stand) -> None:
    """Every kind of message, answered, sent by customer service, by template and by subscription: in the same order, with the same words."""
    await stand.open(page)
    openid = stand.openid()
    for word in ("你好", "链接", "图片", "语音", "视频", "音乐", "图文", "选项", "人工"):
        await says(page, word)
    media = {one.kind: one.media_id for one in stand.sim.world.media.values()}
    custom = [
        {"msgtype": "text", "text": {"content": "客服来了"}},
        {
            "msgtype": "msgmenu",
            "msgmenu": {"head_content": "满意吗", "list": [{"id": "1", "content": "满意"}], "tail_content": "谢谢"},
        },
        {"msgtype": "news", "news": {"articles": [{"title": "一篇", "description": "说明", "url": "https://example.com/n"}]}},
        {"msgtype": "link", "link": {"title": "链接卡", "description": "去看", "url": "https://example.com/l", "thumb_url": ""}},
        {
            "msgtype": "miniprogrampage",
            "miniprogrampage": {"title": "小程序", "appid": "wx1", "pagepath": "p", "thumb_media_id": media["thumb"]},
        },
    ]
    for one in custom:
        await stand.call(page, "message/custom/send", {"touser": openid} | one)
    data = {name: {"value": value} for name, value in (("thing1", "养老"), ("thing2", "到账"), ("thing3", "请查收"))}
    template = {"touser": openid, "template_id": "TM_CASE_NEWS", "url": "https://example.com/t", "data": data}
    await stand.call(page, "message/template/send", template)
    await page.request.post(f"{stand.address}sim/subscribe", data={"openid": openid, "templates": {"SUB_CERT_DUE": "accept"}})
    due = {"thing1": "张三", "thing2": "认证", "date3": "2024年10月1日", "thing4": "线上"}
    notice = {"touser": openid, "template_id": "SUB_CERT_DUE", "data": {name: {"value": value} for name, value in due.items()}}
    await stand.call(page, "message/subscribe/bizsend", notice)
    await stand.sim.idle()

    inbox = await stand.inbox(page, openid)
    await expect(theirs(page)).to_have_count(len(inbox))
    for place, reply in enumerate(inbox):
        shown = theirs(page).nth(place)
        text = re.sub(r"\s", "", await shown.inner_text())
        parts = [
            reply.get("title"),
            *(row["value"] for row in reply.get("fields", ())),
            *(row["text"] for row in reply.get("items", ())),
        ]
        if reply["type"] not in {"template", "image", "voice"}:
            parts += re.sub(r"<[^>]*>", "", str(reply.get("text", ""))).split("\n")
        for part in filter(None, parts):
            assert re.sub(r"\s", "", part) in text, reply
        if "picture" in reply and reply["type"] == "image":
            assert await shown.locator("img").get_attribute("src") == reply["picture"]
        if reply["type"] != "transfer":
            assert await shown.get_attribute("data-channel") == reply["channel"]
    assert {one["type"] for one in inbox} >= {
        "text",
        "image",
        "voice",
        "video",
        "music",
        "news",
        "menu",
        "link",
        "miniprogrampage",
        "template",
        "transfer",
    }
    marked = [await one.inner_text() for one in await page.locator("#log .channel").all()]
    assert marked == ["客服消息"] * 5 + ["模板消息", "订阅通知"]


async def test_an_entry_of_a_msgmenu_is_tapped(page: Page, stand: Stand) -> None:
    """Its words go out as a text with the entry's number."""
    await stand.open(page)
    menu = {"head_content": "满意吗", "list": [{"id": "101", "content": "满意"}, {"id": "102", "content": "不满意"}]}
    await stand.call(page, "message/custom/send", {"touser": stand.openid(), "msgtype": "msgmenu", "msgmenu": menu})
    await page.get_by_role("button", name="不满意").click()
    await expect(theirs(page).last).to_contain_text("您说：不满意")
    assert (stand.bot.seen[-1]["Content"], stand.bot.seen[-1]["bizmsgmenuid"]) == ("不满意", "102")


async def test_the_menu_works_by_keyboard(page: Page, stand: Stand) -> None:
    """Enter opens it, arrows walk, Enter taps; a scan, a place and a photo are asked for and follow."""
    await stand.open(page)
    await page.get_by_role("button", name="办事").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")  # from the last to the first
    await expect(page.get_by_role("menuitem", name="查缴费")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(theirs(page).last).to_contain_text("click")
    assert stand.bot.seen[-1]["EventKey"] == "K1"

    async def taps(name: str) -> None:
        await page.get_by_role("button", name="办事").click()
        await page.get_by_role("menuitem", name=name).click()

    await taps("扫码")
    await page.fill("#scan-words", "12345")
    await page.keyboard.press("Enter")
    await expect(theirs(page)).to_have_count(3)
    assert stand.bot.seen[-1]["ScanCodeInfo"]["ScanResult"] == "12345"
    await taps("发位置")
    await page.get_by_role("button", name="滨州市博兴县").click()
    await page.get_by_role("button", name=re.compile("^地图")).focus()
    await page.keyboard.press("ArrowUp")
    await page.click("#place-send")
    await expect(theirs(page)).to_have_count(5)
    event, followed = stand.bot.seen[-2:]
    assert event["SendLocationInfo"]["Label"] == "滨州市博兴县"
    assert (followed["MsgType"], followed["Location_X"], followed["Location_Y"]) == ("location", "37.1553", "118.1109")
    async with page.expect_file_chooser() as chosen:
        await taps("发照片")
    await (await chosen.value).set_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    await expect(theirs(page)).to_have_count(7)
    assert [one["MsgType"] for one in stand.bot.seen[-2:]] == ["event", "image"]


async def test_what_a_person_sends(page: Page, stand: Stand) -> None:
    """A place by its figures, a link, a file, a photo that opens large, a voice with what was heard and without."""
    await stand.open(page)
    await page.click("#to-keyboard")

    async def tool(name: str) -> None:
        await page.click("#to-tools")
        await page.click(name)

    await tool("#tool-place")
    await page.fill("#place-lat", "north")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").filter(has_text="纬度")).to_be_visible()
    await page.fill("#place-lat", "31.2")
    await page.fill("#place-lng", "121.5")
    await page.fill("#place-label", "外滩")
    await page.keyboard.press("Enter")
    await expect(theirs(page)).to_have_count(2)
    assert (stand.bot.seen[-1]["Location_X"], stand.bot.seen[-1]["Label"]) == ("31.2", "外滩")

    await tool("#tool-link")
    await page.fill("#link-title", "好文章")
    await page.fill("#link-url", "https://example.com/good")
    await page.keyboard.press("Enter")
    await expect(theirs(page)).to_have_count(3)
    assert (stand.bot.seen[-1]["MsgType"], stand.bot.seen[-1]["Url"]) == ("link", "https://example.com/good")

    async with page.expect_file_chooser() as chosen:
        await tool("#tool-file")
    await (await chosen.value).set_files({"name": "证明.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"})
    await expect(theirs(page)).to_have_count(4)
    assert stand.bot.seen[-1]["Title"] == "证明.pdf"

    async with page.expect_file_chooser() as chosen:
        await tool("#tool-photo")
    await (await chosen.value).set_files({"name": "a.png", "mimeType": "image/png", "buffer": picture()})
    await expect(theirs(page)).to_have_count(5)
    await page.get_by_role("button", name="查看图片").click()
    await expect(page.locator("#doc img")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("#view-doc")).to_be_hidden()

    for heard in (True, False):
        await page.click("#to-voice")
        await expect(page.locator("#voice-heard")).to_be_visible()
        if not heard:
            await page.click("#voice-heard")
        await page.fill("#words", "查一下养老")
        await page.press("#words", "Enter")
        await expect(theirs(page)).to_have_count(6 if heard else 7)
        assert stand.bot.seen[-1]["MsgType"] == "voice"
        assert stand.bot.seen[-1].get("Recognition") == ("查一下养老" if heard else None)


async def test_a_page_asks_who_looks_at_it(page: Page, stand: Stand) -> None:
    """The platform's own question opens in the phone and knows whose it is; 允许 leads to the bot's page with a code."""
    await stand.open(page)
    await says(page, "授权")
    await page.get_by_role("link", name="看看我是谁").click()
    frame = page.frame_locator("#web-frame")
    await frame.get_by_role("link", name="允许").click()
    await expect(frame.locator("h1")).to_have_text("谢谢")
    assert stand.came[-1]["state"] == "s1"
    asked = {"appid": stand.sim.account.app_id, "secret": stand.sim.account.app_secret, "code": stand.came[-1]["code"]}
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    told = await page.request.get(f"{stand.address}sns/oauth2/access_token?{query}&grant_type=authorization_code")
    assert (await told.json())["openid"] == stand.openid()


async def test_two_other_phones_stand_beside(desktop: Page, stand: Stand) -> None:
    """Three people at once: each has their own conversation, and what one is told no other sees."""
    await stand.open(desktop)
    for person in ("张秀英", "李明"):
        await desktop.get_by_role("button", name=re.compile(f"^{person}")).last.click()
        await desktop.locator("#follow, #open-chat").first.wait_for(state="attached")
        await expect(desktop.locator("#profile-who")).to_contain_text(person)
        if await desktop.locator("#follow").is_visible():
            await desktop.click("#follow")
        await expect(theirs(desktop)).to_have_count(1)
    await desktop.click("#add-phone")
    await expect(desktop.locator("#profile-who")).to_contain_text("路人")
    await desktop.click("#follow")
    await expect(theirs(desktop)).to_have_count(1)
    for person in ("张秀英", "李明"):
        await desktop.locator("#sides-chips").get_by_role("button", name=person).click()
    ming = desktop.frame_locator('iframe[title="李明的手机"]')
    await expect(ming.locator("#log .turn.account")).to_have_count(1)
    await ming.locator("#to-keyboard").click()
    await ming.locator("#words").fill("我是李明")
    await ming.locator("#words").press("Enter")
    await expect(ming.locator("#log")).to_contain_text("您说：我是李明")
    await says(desktop, "我是路人")
    await expect(ming.locator("#log")).not_to_contain_text("路人")
    await expect(desktop.locator("#log")).not_to_contain_text("李明")
    for width, number in ((1440, 3), (1200, 2), (1000, 1)):
        await desktop.set_viewport_size({"width": width, "height": 900})
        boxes = [box for one in await desktop.locator(".device, .desk").all() if (box := await one.bounding_box())]
        assert len(boxes) == number + 1
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    await desktop.set_viewport_size(WIDE)  # type: ignore[arg-type]
    await desktop.reload()
    await expect(desktop.locator(".sides iframe")).to_have_count(2)
    await desktop.get_by_role("button", name="收起李明的手机").click()
    await expect(desktop.locator(".sides iframe")).to_have_count(1)


async def test_large_type_and_dark_are_remembered(page: Page, stand: Stand) -> None:
    """大字 and 深色 are switches of the chat's settings, and stay."""
    await stand.open(page)
    size = "getComputedStyle(document.querySelector('.bubble')).fontSize"
    assert await page.evaluate(size) == "17px"
    await page.click("#chat-more")
    for switch in ("大字模式", "深色模式"):
        await page.get_by_role("switch", name=switch).locator("visible=true").click()
    await page.reload()
    await expect(page.locator(".bubble").first).to_be_visible()
    assert await page.evaluate(size) == "22px"
    assert await page.evaluate("getComputedStyle(document.querySelector('#log')).colorScheme") == "dark"


async def test_trouble_and_time_are_ordered_by_hand(desktop: Page, stand: Stand) -> None:
    """An answer is lost and the bot asked again; the panel tells what is left; the clock goes where it is put."""
    await stand.open(desktop)
    await desktop.locator("#faults summary").click()
    await expect(desktop.locator("#faults-now")).to_have_text("现在没有故障")
    await desktop.get_by_role("button", name="下一个回应丢在路上").click()
    await expect(desktop.locator("#faults-now")).to_have_text("推送：回应丢失 1")
    await desktop.get_by_role("button", name="下一次：额度用完 45009").click()
    await expect(desktop.locator("#faults-now li")).to_have_text(["推送：回应丢失 1", "接口：错误码 45009"])
    await desktop.get_by_role("button", name="全部取消").click()
    await expect(desktop.locator("#faults-now")).to_have_text("现在没有故障")
    await desktop.get_by_role("button", name="下一个回应丢在路上").click()
    await expect(desktop.locator("#faults-now")).to_have_text("推送：回应丢失 1")
    before = len(stand.bot.seen)
    await says(desktop, "在吗")
    assert [one["Content"] for one in stand.bot.seen[before:]] == ["在吗", "在吗"]
    await expect(desktop.locator("#faults-now")).to_have_text("现在没有故障")
    await desktop.fill("#faults-words", '{"push":{"no-such":1}}')
    await desktop.press("#faults-words", "Enter")
    await expect(desktop.locator("#toast")).to_contain_text("不能这样下单")
    await desktop.fill("#clock-moment", "2024-10-01T08:30")
    await desktop.press("#clock-moment", "Enter")
    await expect(desktop.locator("#desk-clock")).to_have_text("2024年10月1日 08:30")
    assert stand.clock.now().isoformat() == "2024-10-01T08:30:00+08:00"


async def test_the_record_is_read_and_taken_away(desktop: Page, stand: Stand, tmp_path: Path) -> None:
    """What went to and fro, line by line; and the conversation as a file that can be played again."""
    await stand.open(desktop)
    await says(desktop, "你好")
    await desktop.locator("#record > summary").click()
    await expect(desktop.locator("#record-lines")).to_contain_text("你好 → 已回复")
    async with desktop.expect_download() as taken:
        await desktop.get_by_role("link", name="保存这部手机的对话").click()
    kept = tmp_path / "kept.jsonl"
    await (await taken.value).save_as(kept)
    steps = from_text(kept.read_text("utf-8"))["steps"]
    assert [one["msg"].get("content") or one["msg"].get("event") for one in steps] == ["subscribe", "你好"]


@pytest.mark.parametrize("viewport", [PHONE, pytest.param(WIDE, marks=pytest.mark.sweep)], ids=["phone", "desktop"])
async def test_everybody_can_use_it(browser: Browser, stand: Stand, viewport: dict[str, int]) -> None:
    """axe finds nothing, light and dark, normal and large, with every panel open; nothing is wider than the screen; focus is seen."""
    context = await browser.new_context(viewport=viewport, locale="zh-CN")  # type: ignore[arg-type]
    page = await context.new_page()
    await stand.open(page)
    for word in ("链接", "图片", "语音", "视频", "音乐", "图文", "选项"):
        await says(page, word)
    menu = {"head_content": "满意吗", "list": [{"id": "1", "content": "满意"}]}
    await stand.call(page, "message/custom/send", {"touser": stand.openid(), "msgtype": "msgmenu", "msgmenu": menu})
    await page.click("#to-voice")
    if viewport is WIDE:
        await page.locator("#faults > summary").click()
        await page.locator("#record > summary").click()
        await expect(page.locator("#record-lines li").first).to_be_visible()
    await page.evaluate(AXE)
    found = await violations(page, TAGS)
    await page.evaluate("document.documentElement.classList.add('elder')")
    found += await violations(page, COLOURS)
    assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    await page.evaluate("document.documentElement.classList.add('night')")
    found += await violations(page, COLOURS)
    await page.click("#to-tools" if await page.locator("#to-tools").is_visible() else "#to-voice")
    await page.locator("#tool-place").click()
    found += await violations(page, TAGS)
    await page.keyboard.press("Escape")
    await expect(page.locator("#cover")).to_be_hidden()
    await page.keyboard.press("Tab")
    assert await page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
    await context.close()
    assert found == []
