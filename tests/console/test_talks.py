"""The staff's half of talks: from the waiting list to the end, two at once, regions, what was left overnight."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from bot.console.talks import phrases
from handlers.humans.counter import MOST_CHARACTERS
from storage.ports.records import CaseState, Thread, ThreadLine, User
from storage.ports.time import SHANGHAI
from tests.console.conftest import Answer, OfficeWorld, Window
from tests.console.news import told
from tests.console.work import put
from tests.people import XIUYING

CHAT = "o-xiuying"


async def asked(
    office: OfficeWorld,
    openid: str = CHAT,
    *,
    region: str = "binzhou",
    state: str = "waiting",
    minutes: int = 5,
    topic: str = "社保卡丢了",
) -> Thread:
    """Somebody asked for a person so many minutes ago, after a few words with the bot."""
    at = office.clock.now() - timedelta(minutes=minutes)
    lines = [
        ThreadLine(0, 0, at, "person", "我的卡丢了"),
        ThreadLine(0, 0, at, "bot", "回复“挂失”可以马上办。"),
        ThreadLine(0, 0, at, "person", "人工"),
    ]
    person = office.ids.xiuying if openid == CHAT else None
    async with office.store.transaction() as tx:
        if openid:
            await tx.users.save(User(openid, subscribed=True, active_role="visitor", region=region, person_id=None))
        return await tx.threads.open(Thread(0, openid, person, region, state, topic, at), lines)


async def thread_of(office: OfficeWorld, thread_id: int) -> Thread:
    """As it is stored now."""
    async with office.store.reading() as tx:
        found = await tx.threads.get(thread_id)
    assert found is not None
    return found


def version_in(page: Answer) -> str:
    """The version that the page's forms carry."""
    found = re.search(r'name="version" value="(\d+)"', page.text)
    assert found, page.words
    return found[1]


async def taken(office: OfficeWorld, window: Window, **more: object) -> Thread:
    """A talk that this window has taken."""
    thread = await asked(office, **more)  # type: ignore[arg-type]
    answer = await window.post(f"/console/talks/{thread.id}/take", {"version": str(thread.version)})
    assert answer.status == 303, answer.words
    return await thread_of(office, thread.id)


async def colleague(
    office: OfficeWorld, login: str = "kefu2", name: str = "何客服", regions: frozenset[str] = frozenset({"binzhou"})
) -> Window:
    """Another 客服."""
    await office.employ(login, name, {"客服"}, regions)
    return await office.signed_in(login)


async def test_a_talk_goes_from_waiting_to_closed(office: OfficeWorld) -> None:
    """The list with age and place; taken; the conversation so far; an answer that reaches the chat; closed, with the question for a mark."""
    first, second = await asked(office, minutes=65, topic="养老金没到账", openid="o-two"), await asked(office)
    await put(office, 1, "card_replace", person_id=office.ids.xiuying, state=CaseState.WORKING, stage="制卡")
    window = await office.signed_in("客服")
    listed = await window.get("/console/talks")
    listed.expect("排队中（2）", "养老金没到账", "第 1 位", "已有 1 小时 5 分", "社保卡丢了", "第 2 位", "已有 5 分钟", "滨州")
    page = await window.get(f"/console/talks/{second.id}")
    page.expect("对方", "我的卡丢了", "机器人", "回复“挂失”可以马上办。", "李*英", "社会保障卡补换卡", "240910000000001")
    page.expect_not("李秀英", XIUYING.id_no, 'name="text"')
    answer = await window.post(f"/console/talks/{second.id}/take", {"version": version_in(page)})
    assert answer.location == f"/console/talks/{second.id}"
    assert [(one.openid, "工作人员来了" in one.text) for one in await told(office)] == [(CHAT, True)]
    said = await window.post(f"/console/talks/{second.id}/answer", {"text": "您的新卡正在制作，\n预计周五可以领。"})
    assert said.status == 303
    (news,) = await told(office)
    assert (news.openid, news.text) == (CHAT, "工作人员：您的新卡正在制作，\n预计周五可以领。")
    (await window.get(f"/console/talks/{second.id}")).expect("您", "预计周五可以领。", "您在接待")
    closed = await window.post(f"/console/talks/{second.id}/close")
    assert closed.location == "/console/talks"
    words = [one.text for one in await told(office)]
    assert len(words) == 2
    assert "这次人工服务结束了" in words[0]
    assert "评价" in words[1]
    assert (await thread_of(office, second.id)).state == "closed"
    (await window.get(f"/console/talks/{second.id}")).expect("这次对话已经结束")
    assert (await thread_of(office, first.id)).state == "waiting"


async def test_every_look_and_act_is_audited(office: OfficeWorld) -> None:
    """Who looked at whose talk, and what they did, stands in the log under pseudonyms; looking again by itself adds nothing."""
    window = await office.signed_in("客服")
    thread = await taken(office, window)
    await window.get(f"/console/talks/{thread.id}")
    for _ in range(3):
        assert (await window.get(f"/console/talks/{thread.id}/lines?after=0")).status == 200
    await window.post(f"/console/talks/{thread.id}/answer", {"text": "您好"})
    await window.post(f"/console/talks/{thread.id}/close")
    async with office.store.reading() as tx:
        entries = await tx.audit.of_subject(await tx.people.identity_hash(office.ids.xiuying))
        me = await tx.audit.pseudonym("staff:kefu")
    assert [(one.actor == me, one.action) for one in reversed(entries)] == [
        (True, act) for act in ("claim", "look", "answer", "close")
    ]


async def test_of_two_who_take_one_talk_one_has_it(office: OfficeWorld) -> None:
    """The second reads who was faster, and the person is told once."""
    one, two = await office.signed_in("客服"), await colleague(office)
    thread = await asked(office)
    assert (await one.post(f"/console/talks/{thread.id}/take", {"version": "0"})).status == 303
    late = await two.post(f"/console/talks/{thread.id}/take", {"version": "0"})
    assert late.status == 409
    late.expect("刚才李客服已经接入了这次对话。")
    assert (await thread_of(office, thread.id)).claimed_by == one.place.id
    assert len(await told(office)) == 1
    (await two.get("/console/talks")).expect("同事在接待的（1）", "李客服在接待")


async def test_an_answer_that_cannot_be_sent_is_not_lost(office: OfficeWorld) -> None:
    """Somebody else's talk, a closed one, an empty or endless answer: a sentence says why, the words stand there to be copied or cut."""
    one, two = await office.signed_in("客服"), await colleague(office)
    thread = await taken(office, one)
    await told(office)
    where = f"/console/talks/{thread.id}"
    foreign = await two.post(f"{where}/answer", {"text": "我来答"})
    assert foreign.status == 422
    foreign.expect("现在由李客服接待，没有发出去", "我来答")
    empty = await one.post(f"{where}/answer", {"text": " \n"})
    empty.expect("还没有写回复的内容")
    long = await one.post(f"{where}/answer", {"text": "字" * 601})
    long.expect("最多 600 个字，现在有 601 个字", "字" * 601)
    await one.post(f"{where}/close")
    await told(office)
    late = await one.post(f"{where}/answer", {"text": "还有一句"})
    late.expect("这次对话已经结束了，没有发出去", "还有一句")
    assert await told(office) == []
    waiting = await asked(office, "o-three")
    (await one.post(f"/console/talks/{waiting.id}/answer", {"text": "先答"})).expect("请先接入这次对话", "先答")


async def test_a_talk_is_handed_to_a_colleague_or_back_to_everybody(office: OfficeWorld) -> None:
    """Only to 客服 of that region; given back it waits again in its old place; who has gone home is relieved."""
    one, two = await office.signed_in("客服"), await colleague(office)
    await office.employ("jinankefu", "济客服", {"客服"}, frozenset({"jinan"}))
    thread = await taken(office, one, minutes=30)
    page = await one.get(f"/console/talks/{thread.id}")
    page.expect("何客服")
    page.expect_not("济客服", "孙审核")
    wrong = await one.post(
        f"/console/talks/{thread.id}/hand_on", {"version": version_in(page), "to": str((await office.now("jinankefu")).id)}
    )
    assert wrong.status == 422
    wrong.expect("接不了这个地区的对话")
    handed = await one.post(f"/console/talks/{thread.id}/hand_on", {"version": version_in(page), "to": str(two.place.id)})
    assert handed.location == "/console/talks"
    now = await thread_of(office, thread.id)
    assert (now.claimed_by, now.state) == (two.place.id, "open")
    back = await two.post(f"/console/talks/{thread.id}/hand_on", {"version": str(now.version), "to": ""})
    assert back.status == 303
    now = await thread_of(office, thread.id)
    assert (now.claimed_by, now.state) == (None, "waiting")
    await asked(office, "o-four", minutes=1)
    (await one.get("/console/talks")).expect("第 1 位 · 滨州 · 已有 30 分钟", "第 2 位")
    await two.post(f"/console/talks/{thread.id}/take", {"version": str(now.version)})
    over = await one.post(f"/console/talks/{thread.id}/take_over", {"version": str((await thread_of(office, thread.id)).version)})
    assert over.status == 303
    assert (await thread_of(office, thread.id)).claimed_by == one.place.id


async def test_a_message_left_overnight_has_a_deadline(office: OfficeWorld) -> None:
    """Left on a Wednesday evening in 滨州 (one working day): due on Thursday, the day of the clock; the first answer makes it a talk."""
    office.clock.set(datetime(2024, 9, 11, 20, 0, tzinfo=SHANGHAI))
    thread = await asked(office, state="left", minutes=0, topic="想问问退休认证")
    office.clock.set(datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI))
    window = await office.signed_in("客服")
    page = await window.get("/console/talks")
    page.expect("下班时间的留言（1）", "想问问退休认证", "今天到期")
    office.clock.set(datetime(2024, 9, 13, 10, 0, tzinfo=SHANGHAI))
    window = await office.signed_in("客服")
    (await window.get("/console/talks")).expect("已超期 1 天")
    await window.post(f"/console/talks/{thread.id}/take", {"version": "0"})
    assert await told(office) == []
    assert (await thread_of(office, thread.id)).state == "left"
    await window.post(f"/console/talks/{thread.id}/answer", {"text": "您的认证日期是9月27日。"})
    assert [one.text for one in await told(office)] == ["工作人员：您的认证日期是9月27日。"]
    assert (await thread_of(office, thread.id)).state == "open"


async def test_another_regions_talk_is_the_same_404_as_none(office: OfficeWorld) -> None:
    """S11, S19: reading, looking again and every act; and it is in no list."""
    thread = await asked(office)
    window = await colleague(office, "jinankefu", "济客服", frozenset({"jinan"}))
    for path in ("", "/lines?after=0"):
        one, other = await window.get(f"/console/talks/{thread.id}{path}"), await window.get(f"/console/talks/999{path}")
        assert (one.status, one.body) == (404, other.body)
    for act in ("take", "take_over", "answer", "hand_on", "close"):
        one = await window.post(f"/console/talks/{thread.id}/{act}", {"version": "0", "text": "您好"})
        other = await window.post(f"/console/talks/999/{act}", {"version": "0", "text": "您好"})
        assert (one.status, one.body) == (404, other.body), act
    assert await thread_of(office, thread.id) == thread
    (await window.get("/console/talks")).expect("现在没有人排队")


async def test_other_roles_have_no_talks(office: OfficeWorld) -> None:
    """Only 客服 reads what people write."""
    thread = await asked(office)
    for role in ("受理", "审核", "运营", "审计", "管理员"):
        window = await office.signed_in(role)
        for path in ("/console/talks", f"/console/talks/{thread.id}", f"/console/talks/{thread.id}/lines"):
            answer = await window.get(path)
            assert answer.status == 403, (role, path)
            answer.expect_not("我的卡丢了")


async def test_the_page_looks_again_for_what_is_new_only(office: OfficeWorld) -> None:
    """The fragment holds the lines after the last one that is shown, escaped, and does not keep an idle place alive."""
    window = await office.signed_in("客服")
    thread = await taken(office, window)
    page = await window.get(f"/console/talks/{thread.id}")
    last = re.findall(r'data-line="(\d+)"', page.text)[-1]
    where = f"/console/talks/{thread.id}/lines"
    assert "data-line" not in (await window.get(f"{where}?after={last}")).text
    async with office.store.transaction() as tx:
        await tx.threads.say(ThreadLine(0, thread.id, office.clock.now(), "person", "<script>alert(1)</script>{{ 7*7 }}"))
    news = await window.get(f"{where}?after={last}")
    assert news.text.count("data-line") == 1
    news.expect_not("<script>", "<html")
    assert "{{ 7*7 }}" in news.words
    assert (await window.get(f"{where}?after=1%27")).status == 400
    part = await window.get("/console/talks/list")
    part.expect("我在接待的（1）")
    part.expect_not("<html")
    minutes = office.config.idle_minutes
    for _ in range(minutes + 1):
        office.clock.advance(60)
        await window.get(f"{where}?after={last}")
    assert (await window.get(f"/console/talks/{thread.id}")).status == 303


async def test_a_person_who_has_left_gets_nothing_and_breaks_nothing(office: OfficeWorld) -> None:
    """Unfollowing closes the talk and takes the chat out of it; whoever still has the page open reads that it is over."""
    window = await office.signed_in("客服")
    thread = await taken(office, window)
    await told(office)
    async with office.store.transaction() as tx:
        await tx.users.forget(CHAT)
    answer = await window.post(f"/console/talks/{thread.id}/answer", {"text": "您好"})
    answer.expect("这次对话已经结束了", "您好")
    assert await told(office) == []


async def test_phrases_are_data_and_fit_into_an_answer(office: OfficeWorld) -> None:
    """Each phrase of the file stands on the page of a talk that one has."""
    window = await office.signed_in("客服")
    thread = await taken(office, window)
    page = await window.get(f"/console/talks/{thread.id}")
    assert len(phrases()) >= 5
    for label, text in phrases():
        assert 0 < len(text) <= MOST_CHARACTERS
        page.expect(label, text)
