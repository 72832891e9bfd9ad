"""提醒计划: the form, who may do what in which region, four eyes, and the way from a draft to its end. Today is 2024-09-12, a Thursday."""

from __future__ import annotations

from datetime import datetime

import pytest

from handlers.jobs import LEASE
from handlers.reminders import campaigns as desk
from storage.ports.records import AuditSearch, CampaignState, Channel
from storage.ports.time import SHANGHAI
from tests.console.campaigning import FIELDS, Machinery, campaign_at, drafted, retired, started
from tests.console.conftest import OfficeWorld

NEW = "/console/campaigns/new"


async def _audited(office: OfficeWorld, login: str) -> list[tuple[str, str]]:
    async with office.store.reading() as tx:
        found = await tx.audit.search(AuditSearch(actor=await tx.audit.pseudonym(f"staff:{login}"), feature="campaigns"))
    return [(entry.action, entry.note) for entry in reversed(found)]


async def test_a_draft_is_kept_as_it_was_typed(office: OfficeWorld) -> None:
    """Every field of the form stands in the record and on the page; nothing has been planned."""
    await retired(office)
    window = await office.signed_in("运营")
    address = await drafted(
        window,
        age="70",
        last_channel="APP认证",
        reach="chat",
        hint="还有{left}天，请认证",
        sms="{name}，请在{due}前认证",
        per_minute="600",
        per_day="50000",
    )
    made = await campaign_at(office, address)
    assert (made.title, made.state, made.kind) == ("九月补提醒", CampaignState.DRAFT, "P-CERT")
    assert made.ladder == (Channel.TEMPLATE, Channel.SMS, Channel.VISIT)
    assert made.audience.regions == ("binzhou",)
    assert str(made.audience.born_before) == "1954-09-12"
    assert (made.per_minute, made.per_day) == (600, 50000)
    assert made.words == {"hint": "还有{left}天，请认证", "sms": "{name}，请在{due}前认证"}
    page = await window.get(address)
    page.expect("草稿", "满 70 岁", "APP认证", "有微信的", "模板消息 → 短信 → 上门名单", "每分钟最多 600 条，每天最多 50,000 条")
    page.expect("现在符合条件的有 1 人", "刘*凡", "2024-09-20", "80 岁", "有微信")
    page.expect_not("刘一凡")
    assert await _audited(office, "yunying") == [("campaign-draft", "九月补提醒")]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "一", "名称要 2 到 40 个字"),
        ("region", [], "请至少选一个您负责的地区"),
        ("region", ["atlantis"], "请至少选一个您负责的地区"),
        ("due_from", "明天", "日期没看懂。请写成 2026-09-30 这样"),
        ("due_to", "2024-09-01", "结束日期在开始日期前面"),
        ("age", "老", "请填 0 到 120 的整数（岁）"),
        ("age", "130", "请填 0 到 120 的整数（岁）"),
        ("reach", "fax", "请从列表里选一个"),
        ("ladder", [], "请至少选一种方式"),
        ("ladder", ["chat"], "请至少选一种方式"),
        ("hint", "一二三四五六七八九十一二三四五六七八九十一", "最多 20 个字，现在是 21 个"),
        ("hint", "{due}，请尽快认证吧，谢谢您", "最多 20 个字，现在是 22 个"),
        ("hint", "第一行\n第二行", "不能有换行"),
        ("hint", "还有{days}天", "大括号里只能写这些"),
        ("sms", "【社保】请认证", "不用写【签名】"),
        ("sms", "已过{over}天", "名单里有还没到期的人，{over} 会变成 0"),
        ("sms", "长" * 301, "最多 300 个字，现在是 301 个"),
        ("sms", "您的认证快到期，链接http://x.cn", "不能有链接，也不能叫人加微信"),
        ("sms", "请到 sb-renzheng.com/a 认证", "不能有链接，也不能叫人加微信"),
        ("sms", "认证请加客服微信abc123", "不能有链接，也不能叫人加微信"),
        ("hint", "点x.cn认证，或加微信abc", "不能有链接，也不能叫人加微信"),
        ("per_minute", "0", "请填 1 到 600000 的整数（条）"),
        ("per_day", "很多", "请填 1 到 10000000 的整数（条）"),
    ],
)
async def test_wrong_input_says_what_and_keeps_what_was_typed(
    office: OfficeWorld, field: str, value: str | list[str], sentence: str
) -> None:
    """One wrong field is one sentence at that field; everything else stands in the form still, and nothing was stored."""
    window = await office.signed_in("运营")
    answer = await window.post(NEW, {**FIELDS, "title": "我的标题", field: value})
    assert answer.status == 400
    answer.expect("有 1 处要改", sentence)
    assert f'id="{field}-error"' in answer.text
    if field != "title":
        assert 'value="我的标题"' in answer.text
    if isinstance(value, str) and "\n" not in value and field != "reach":
        assert value in answer.text
    async with office.store.reading() as tx:
        assert await tx.campaigns.find() == ()


async def test_days_that_are_left_are_for_who_has_some(office: OfficeWorld) -> None:
    """{left} among people whose day is over would read 还有0天: refused, with what to change."""
    window = await office.signed_in("运营")
    for due_from in ("", "2024-09-11"):
        answer = await window.post(NEW, {**FIELDS, "due_from": due_from, "hint": "还有{left}天"})
        assert answer.status == 400
        answer.expect("名单里有已经过期的人，{left} 会变成 0")
    assert (await window.post(NEW, {**FIELDS, "hint": "还有{left}天"})).status == 303


async def test_counting_stores_nothing(office: OfficeWorld) -> None:
    """数一数 says how many and shows some of them masked, with the form as it was."""
    await retired(office)
    window = await office.signed_in("运营")
    answer = await window.post(NEW, {**FIELDS, "do": "count"})
    answer.expect("现在符合条件的有 3 人", "刘*凡", "陈*妹", "周*宝", "从没认证过", "没有微信")
    assert 'value="九月补提醒"' in answer.text
    async with office.store.reading() as tx:
        assert await tx.campaigns.find() == ()


async def test_who_it_holds(office: OfficeWorld) -> None:
    """Each condition alone, counted by hand from the rows."""
    await retired(office)
    window = await office.signed_in("运营")
    for fields, people in (
        ({"region": ["binzhou", "beijing"]}, 5),
        ({"due_to": "2024-09-20"}, 1),
        ({"age": "75"}, 2),
        ({"reach": "no_chat"}, 2),
        ({"last_channel": "委托单位认证"}, 1),
        ({"never": "1"}, 1),
        ({"due_from": "2024-10-13"}, 0),
    ):
        answer = await window.post(NEW, {**FIELDS, **fields, "do": "count"})
        answer.expect(f"现在符合条件的有 {people} 人")


async def test_another_regions_campaign_is_none(office: OfficeWorld) -> None:
    """An account of 北京 neither sees 滨州's campaign nor can make one for 滨州; one that holds both regions is none of its either."""
    await retired(office)
    everywhere = await office.signed_in("运营")
    theirs = await drafted(everywhere)
    both = await drafted(everywhere, region=["binzhou", "beijing"])
    await office.employ("bj", "京运营", {"运营"}, frozenset({"beijing"}))
    window = await office.signed_in("bj")
    for address in (theirs, both):
        for path in ("", "/preview", "/dry-run", "/edit", "/part"):
            assert (await window.get(f"{address}{path}")).status == 404, path
        for act in ("start", "pause", "stop", "test", "withdraw"):
            answer = await window.post(f"{address}/{act}", {"version": "0", "channel": "sms", "to": "13900000000"})
            assert answer.status == 404, act
    (await window.get("/console/campaigns")).expect_not("九月补提醒")
    assert (await window.post(NEW, FIELDS)).status == 400
    assert (await campaign_at(office, theirs)).state is CampaignState.DRAFT


async def test_who_only_looks_can_do_nothing(office: OfficeWorld) -> None:
    """管理员 and 审计 see the campaign without a button; 管理员 is told who can, 审计 may not even ask."""
    await retired(office)
    address = await drafted(await office.signed_in("运营"))
    for role, status in (("管理员", 400), ("审计", 403)):
        window = await office.signed_in(role)
        page = await window.get(address)
        page.expect("九月补提醒", "预览", "试算")
        page.expect_not(f"{address}/start", f"{address}/test", "/edit")
        for act in ("start", "pause", "stop", "test", "recount"):
            answer = await window.post(f"{address}/{act}", {"version": "0"})
            assert answer.status == status, (role, act)
            answer.expect("“运营”")
    assert (await campaign_at(office, address)).state is CampaignState.DRAFT


async def test_a_draft_is_changed_and_then_started(office: OfficeWorld) -> None:
    """The form comes back filled; what was changed meanwhile is not overwritten, and a started one cannot be changed."""
    await retired(office)
    window = await office.signed_in("运营")
    address = await drafted(window)
    form = await window.get(f"{address}/edit")
    assert 'value="九月补提醒"' in form.text
    assert 'value="2024-10-31"' in form.text
    answer = await window.post(f"{address}/edit", {**FIELDS, "version": "0", "title": "改过的名字"})
    assert answer.location == address
    again = await window.post(f"{address}/edit", {**FIELDS, "version": "0", "title": "晚来的名字"})
    assert again.status == 400
    again.expect("刚才有别人改过")
    assert 'value="晚来的名字"' in again.text
    assert (await campaign_at(office, address)).title == "改过的名字"
    stale = await window.post(f"{address}/start", {"version": "0", "at": ""})
    assert stale.status == 400
    stale.expect("刚才有别人改过")
    assert (await window.post(f"{address}/start", {"version": "1", "at": ""})).status == 303
    assert (await window.get(f"{address}/edit")).location == address
    late = await window.post(f"{address}/edit", {**FIELDS, "version": "2"})
    late.expect("已经开始或结束的计划不能再改")


async def test_nobody_to_remind_is_no_campaign(office: OfficeWorld) -> None:
    """With nobody in the audience it does not start, and says so."""
    window = await office.signed_in("运营")
    address = await drafted(window)
    answer = await window.post(f"{address}/start", {"version": "0", "at": ""})
    assert answer.status == 400
    answer.expect("现在没有人符合条件，不用发")


async def test_four_eyes_for_many_people(office: OfficeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """More people than the limit: the first account asks, cannot confirm itself, a second one does; a change takes the request away."""
    monkeypatch.setattr(desk, "FOUR_EYES_OVER", 2)
    await retired(office)
    first = await office.signed_in("运营")
    address = await drafted(first)
    answer = await first.post(f"{address}/start", {"version": "0", "at": ""})
    page = await first.follow(answer)
    page.expect("等同事确认", "申请的人不能自己确认")
    assert (await campaign_at(office, address)).state is CampaignState.DRAFT
    own = await first.post(f"{address}/confirm", {"version": "1"})
    assert own.status == 400
    own.expect("申请开始的人不能自己确认")
    assert (await first.post(f"{address}/edit", {**FIELDS, "version": "1"})).status == 303
    boss = await office.signed_in("管理员")
    (await boss.post(f"{address}/confirm", {"version": "2"})).expect("这个计划没有在等确认")
    assert (await first.post(f"{address}/start", {"version": "2", "at": ""})).status == 303
    assert (await (await office.signed_in("审计")).post(f"{address}/confirm", {"version": "3"})).status == 403
    (await boss.get(address)).expect("确认，发给 3 人")
    assert (await boss.post(f"{address}/confirm", {"version": "3"})).status == 303
    assert (await campaign_at(office, address)).state is CampaignState.RUNNING
    assert [action for action, _ in await _audited(office, "guanli")] == ["campaign-confirm"]


async def test_exactly_the_limit_needs_no_second_account(office: OfficeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three people at a limit of three start at once."""
    monkeypatch.setattr(desk, "FOUR_EYES_OVER", 3)
    await retired(office)
    window = await office.signed_in("运营")
    assert (await campaign_at(office, await started(office, window))).state is CampaignState.RUNNING


async def test_a_start_can_be_set_for_later_and_taken_back(office: OfficeWorld) -> None:
    """It waits for its moment, can be withdrawn before, and begins by itself when it has come."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    address = await drafted(window)
    for at, sentence in (("2024-09-11T09:00", "开始时间要在现在以后"), ("后天早上", "时间没看懂")):
        answer = await window.post(f"{address}/start", {"version": "0", "at": at})
        assert answer.status == 400
        answer.expect(sentence)
        assert f'value="{at}"' in answer.text
    page = await window.follow(await window.post(f"{address}/start", {"version": "0", "at": "2024-09-13T09:30"}))
    page.expect("已定时", "明天 09:30 自动开始")
    await machinery.run()
    assert machinery.template.letters == []
    assert (await window.post(f"{address}/withdraw")).status == 303
    assert (await campaign_at(office, address)).state is CampaignState.DRAFT
    version = str((await campaign_at(office, address)).version)
    await window.post(f"{address}/start", {"version": version, "at": "2024-09-13 09:30"})
    office.clock.set(datetime(2024, 9, 13, 9, 30, tzinfo=SHANGHAI))
    await machinery.run()
    assert [letter.notice.person_id for letter in machinery.template.letters] != []
    assert (await campaign_at(office, address)).state in {CampaignState.RUNNING, CampaignState.DONE}


async def test_four_eyes_look_again_when_a_set_time_has_come(office: OfficeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set by one account for few people; when its moment comes they are more than the limit: nothing goes out, it waits for a second account,
    says why, and begins once it is confirmed. What was confirmed before is not asked for again."""
    monkeypatch.setattr(desk, "FOUR_EYES_OVER", 3)
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    address = await drafted(window)
    at = datetime(2024, 9, 12, 10, 5, tzinfo=SHANGHAI)
    await window.post(f"{address}/start", {"version": "0", "at": "2024-09-12T10:05"})
    monkeypatch.setattr(desk, "FOUR_EYES_OVER", 2)
    office.clock.set(at)
    await machinery.run()
    assert machinery.template.letters == []
    assert (await campaign_at(office, address)).state is CampaignState.DRAFT
    (await window.get(address)).expect("等同事确认", "到了开始的时间，符合条件的有 3 人，先没有发", "申请的人不能自己确认")
    version = str((await campaign_at(office, address)).version)
    (await window.post(f"{address}/confirm", {"version": version})).expect("申请开始的人不能自己确认")
    boss = await office.signed_in("管理员")
    assert (await boss.post(f"{address}/confirm", {"version": version})).status == 303
    await machinery.run()
    assert machinery.template.letters != []
    assert (await campaign_at(office, address)).note == ""
    other = await drafted(window, title="十月的")
    await window.post(f"{other}/start", {"version": "0", "at": "2024-09-12T10:10"})
    await boss.post(f"{other}/confirm", {"version": "1"})
    assert (await campaign_at(office, other)).state is CampaignState.SCHEDULED
    office.clock.set(datetime(2024, 9, 12, 10, 10, tzinfo=SHANGHAI))
    await machinery.jobs()
    assert (await campaign_at(office, other)).state is CampaignState.RUNNING


async def test_what_is_too_old_is_said_before_going_on(office: OfficeWorld) -> None:
    """Paused for more than a month, nothing of it would be sent any more: that is said, and it goes on only when somebody knows."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    address = await started(office, window)
    await machinery.jobs()
    await window.post(f"{address}/pause")
    office.clock.advance(32 * 86400)
    window = await office.signed_in("运营")
    (await window.get(address)).expect("还没发的都太旧了", "也不列进上门名单")
    answer = await window.post(f"{address}/resume")
    assert answer.status == 400
    answer.expect("还没发的都太旧了")
    assert (await campaign_at(office, address)).state is CampaignState.PAUSED
    assert (await window.post(f"{address}/resume", {"sure": "1"})).status == 303
    assert (await campaign_at(office, address)).state is CampaignState.RUNNING


async def test_pause_resume_and_stop(office: OfficeWorld) -> None:
    """Paused, nothing goes; resumed, it goes on; stopped, what was planned is dropped and it cannot be resumed."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    address = await started(office, window)
    await machinery.jobs()
    assert (await window.post(f"{address}/pause")).status == 303
    assert (await window.post(f"{address}/pause")).status == 303, "twice is once"
    await machinery.sender.drain()
    assert machinery.template.letters == machinery.sms.letters == []
    (await window.get(address)).expect("已暂停", "点“继续”就接着发", "待处理 3")
    assert (await window.post(f"{address}/resume")).status == 303
    await machinery.jobs()
    other = await started(office, window, title="另一个", region=["beijing"])
    await machinery.jobs()
    assert (await window.post(f"{other}/stop")).status == 303
    await machinery.run()
    assert {letter.notice.region for letter in machinery.template.letters + machinery.sms.letters} == {"binzhou"}
    (await window.get(other)).expect("已停止", "不用发了")
    answer = await window.post(f"{other}/resume")
    assert answer.status == 400
    answer.expect("这个计划没有暂停")
    actions = [action for action, _ in await _audited(office, "yunying")]
    assert actions == [
        *("campaign-draft", "campaign-start", "campaign-pause", "campaign-resume"),
        *("campaign-draft", "campaign-start", "campaign-stop"),
    ]


async def test_standing_campaigns_are_paused_not_stopped(office: OfficeWorld) -> None:
    """P-CERT of a region stands in the list with a button; it can be paused and resumed, news cannot, and neither can be stopped."""
    await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    async with office.store.transaction() as tx:
        await machinery.planner.ensure_standing(tx)
        cert, news = await tx.campaigns.by_code("P-CERT.binzhou"), await tx.campaigns.by_code("P-CASE")
    assert cert is not None
    assert news is not None
    page = await window.get("/console/campaigns")
    page.expect("资格认证提醒（滨州）", "办理进度")
    assert f"/console/campaigns/{news.id}/pause" not in page.text
    answer = await window.post(f"/console/campaigns/{cert.id}/pause", {"from": "list"})
    assert answer.location == "/console/campaigns"
    assert (await campaign_at(office, f"/{cert.id}")).state is CampaignState.PAUSED
    await machinery.planner.run_daily(b"{}")
    await machinery.sender.drain()
    sent = machinery.template.letters
    assert [letter.notice.region for letter in sent] == ["beijing"]
    assert (await window.post(f"/console/campaigns/{cert.id}/resume")).status == 303
    async with office.store.transaction() as tx:
        jobs = await tx.jobs.claim(office.clock.now(), LEASE, 5, ("remind",))
    assert len(jobs) == 1, "what of today was not planned is planned now"
    await machinery.planner.run_daily(jobs[0].payload)
    await machinery.sender.drain()
    assert [letter.notice.region for letter in sent] == ["beijing", "binzhou"]
    for number, act in ((cert.id, "stop"), (news.id, "pause"), (cert.id, "start")):
        assert (await window.post(f"/console/campaigns/{number}/{act}", {"version": "0", "at": ""})).status == 400, act
    assert (await campaign_at(office, f"/{cert.id}")).state is CampaignState.RUNNING


async def test_what_is_typed_is_words_and_nothing_else(office: OfficeWorld) -> None:
    """S20: markup and template code in a title or in the words stay what was typed."""
    await retired(office)
    window = await office.signed_in("运营")
    nasty = "<b>{{917*83}}</b>'\"--"
    address = await drafted(window, title=nasty, sms="<script>alert(1)</script>")
    for path in ("/console/campaigns", address, f"{address}/preview", f"{address}/dry-run", f"{address}/edit"):
        page = await window.get(path)
        assert page.status == 200
        page.expect_not("<b>{{", "<script>alert", "76111")
