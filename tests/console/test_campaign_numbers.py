"""What a campaign's pages say: words, progress, outcomes, each worked out by hand from the rows of `campaigning`. Today is 2024-09-12."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from bot.console.campaign_charts import WIDTH, bars_of
from handlers.reminders.campaigns import CampaignDesk
from handlers.reminders.figures import Speed, Speedometer, explained, in_words, lines_of, outcomes_of, progress_of, stage_words
from handlers.reminders.proposals import sms_parts
from handlers.reminders.reasons import reason
from storage.ports.records import Audience, AuditSearch, Campaign, CampaignState, CertificationRecord, Channel, Tally
from storage.ports.time import SHANGHAI
from tests.console.campaigning import CHEN_PHONE, Machinery, drafted, retired, started
from tests.console.conftest import OfficeWorld

NOW = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)


async def test_the_preview_is_what_each_channel_shows(office: OfficeWorld) -> None:
    """The card with its four lines, the short message with length and parts, the relative's with their words; the person is masked."""
    await retired(office)
    window = await office.signed_in("运营")
    ladder = ["template", "sms", "relative", "visit"]
    address = await drafted(window, ladder=ladder, hint="还有{left}天，请认证", sms="{name}，请在{due}前认证")
    page = await window.get(f"{address}/preview")
    page.expect("刘*凡，滨州，2024年9月20日 到期，有微信", "下一位")
    page.expect("姓名 刘*凡", "事项 养老待遇资格认证", "截止日期 2024年9月20日", "提示 还有8天，请认证")
    # 刘*凡，请在2024年9月20日前认证。回TD退订: 3 + 1 + 2 + 10 + 3, then 6: 25 characters
    page.expect("刘*凡，请在2024年9月20日前认证。回TD退订", "25 个字（签名另算），按 1 条计费", "家人的微信", "列进上门名单")
    page.expect_not("刘一凡")
    (await window.get(f"{address}/preview?n=1")).expect("陈*妹，滨州，2024年9月30日 到期，没有微信", "上一位", "还有18天，请认证")
    assert (await window.get(f"{address}/preview?n=99")).status == 200
    assert (await window.get(f"{address}/preview?n=x")).status == 400
    async with office.store.reading() as tx:
        found = await tx.audit.search(AuditSearch(action="campaign-preview"))
        people = [await tx.people.identity_hash(one) for one in (await tx.people.names(range(1, 99))) if one]
    assert len(found) == 3
    assert {entry.subject for entry in found} <= set(people), "who was looked at is on record"


async def test_the_dry_run_counts_and_writes_nothing(office: OfficeWorld) -> None:
    """By region, by the days that are left and by chat: 滨州 8 days with a chat, 18 without, 30 without; 北京 8 with, 15 without."""
    await retired(office)
    window = await office.signed_in("运营")
    address = await drafted(window, region=["binzhou", "beijing"])
    page = await window.get(f"{address}/dry-run")
    page.expect("会发给 5 人", "什么都没有发")
    page.expect("滨州 还有 8 到 15 天 有微信的 模板消息 1", "滨州 还有 16 到 30 天 没有微信的 短信 2")
    page.expect("北京 还有 8 到 15 天 有微信的 模板消息 1", "北京 还有 8 到 15 天 没有微信的 短信 1")
    async with office.store.reading() as tx:
        assert await tx.notices.next_due() is None


async def test_progress_and_outcomes(office: OfficeWorld) -> None:
    """刘一凡's chat refuses and has no phone: visit. 陈二妹 gets a short message. 周三宝 has nothing: visit. Then 陈二妹 certifies."""
    ids = await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    machinery.template.refuses.add("oLiu")
    address = await started(office, window)
    await machinery.jobs()
    before = await window.get(address)
    before.expect("进行中", "计划 3 条", "已处理 0 条，0%", "待处理 3 条")
    await machinery.sender.drain()
    assert [letter.phone for letter in machinery.sms.letters] == [CHEN_PHONE]
    part = await window.get(f"{address}/part")
    part.expect_not("<html")
    # rows: template 刘 refused; sms 陈 sent; sms 周 refused; visit 刘, 周 listed
    part.expect("计划 5 条", "已处理 5 条，100%", "待处理 0 条", "平台已收 1 条", "待上门 2 人没送到")
    part.expect("本次 · 模板消息 1 条", "本次 · 短信 2 条", "本次 · 上门名单 2 条")
    async with office.store.transaction() as tx:
        record = CertificationRecord(ids["陈二妹"], datetime(2024, 9, 20, 9, 0, tzinfo=SHANGHAI), "APP认证", "通过")
        assert await tx.certifications.add_record(record, date(2025, 9, 30))
    office.clock.set(datetime(2024, 9, 21, 9, 0, tzinfo=SHANGHAI))
    window = await office.signed_in("运营")
    for days, people in (("7", 0), ("14", 1)):
        notice = await window.follow(await window.post(f"{address}/recount", {"days": days}))
        notice.expect(f"{days} 天内认证的有 {people} 人")
    assert (await window.post(f"{address}/recount", {"days": "0"})).status == 400
    lines = (await CampaignDesk(office.store, office.services).outcomes(window.place, int(address.rpartition("/")[2]))).lines
    assert {line.channel: line.certified for line in lines} == {Channel.TEMPLATE: 0, Channel.SMS: 1, Channel.VISIT: 0}


async def test_looking_does_not_keep_the_place_alive(office: OfficeWorld) -> None:
    """The part that looks again by itself ends with the idle time like an empty chair."""
    await retired(office)
    window = await office.signed_in("运营")
    address = await started(office, window)
    for _ in range(5):
        office.clock.advance(5 * 60)
        answer = await window.get(f"{address}/part")
    assert answer.location.startswith("/console/sign-in")


async def test_the_daily_recount_looks_at_what_is_running(office: OfficeWorld) -> None:
    """The job counts every campaign anew and queues itself for the next morning."""
    ids = await retired(office)
    machinery, window = Machinery(office), await office.signed_in("运营")
    await started(office, window)
    await machinery.run()
    async with office.store.transaction() as tx:
        record = CertificationRecord(ids["陈二妹"], datetime(2024, 9, 13, 9, 0, tzinfo=SHANGHAI), "APP认证", "通过")
        await tx.certifications.add_record(record, date(2025, 9, 30))
    await machinery.work.schedule()
    await machinery.work.schedule()
    office.clock.set(datetime(2024, 9, 14, 5, 0, tzinfo=SHANGHAI))
    assert sorted(set(await machinery.jobs())) == ["campaign-count", "campaign-doubts"]
    async with office.store.reading() as tx:
        campaign = (await tx.campaigns.find(standing=False))[0]
        tallies = await tx.campaigns.tallies(campaign.id)
        assert [tally.count for tally in tallies if tally.outcome == "certified" and tally.count] == [1]
        assert await tx.jobs.next_due() == datetime(2024, 9, 14, 6, 0, tzinfo=SHANGHAI), "the hour's look at doubts"
    office.clock.set(datetime(2024, 9, 15, 5, 0, tzinfo=SHANGHAI))
    assert "campaign-count" in await machinery.jobs()


def _campaign(**changes: object) -> Campaign:
    fields = {"state": CampaignState.RUNNING, "started_at": NOW, "planned": True} | changes
    ladder = (Channel.TEMPLATE, Channel.SMS)
    return Campaign(7, "P-CERT", "计划", audience=Audience(("binzhou",)), ladder=ladder, created_at=NOW, **fields)  # type: ignore[arg-type]


def _tallies(planned: int, sent: int) -> list[Tally]:
    return [Tally(7, "c7", Channel.TEMPLATE, "planned", planned), Tally(7, "c7", Channel.TEMPLATE, "sent", sent)]


def test_the_rate_is_of_the_last_minutes() -> None:
    """600 settled in the first minute, 1,200 in the second: 900 a minute over both; 2,700 left take three minutes."""
    speeds, campaign = Speedometer(), _campaign()
    assert speeds.at(campaign, 0, NOW).per_minute == 0
    speeds.at(campaign, 600, NOW + timedelta(minutes=1))
    now = NOW + timedelta(minutes=2)
    speed = speeds.at(campaign, 1800, now)
    assert (speed.per_minute, speed.fresh) == (900.0, True)
    found = progress_of(campaign, _tallies(2700, 1800), speed, {}, now)
    assert (found.total, found.settled, found.waiting, found.percent) == (4500, 1800, 2700, 40)
    assert found.left == timedelta(minutes=3)
    assert found.ends_at == now + timedelta(minutes=3)
    later = now + timedelta(minutes=20)
    assert speeds.at(campaign, 1800, later).fresh is False, "nobody has looked for long: the mean since the start"
    assert speeds.at(campaign, 1800, later).per_minute == pytest.approx(1800 / 22)


def test_waiting_before_is_no_part_of_the_rate() -> None:
    """Four minutes of nothing (it was being planned), then 60 in one minute: 60 a minute, and 120 left take two minutes."""
    speeds, campaign = Speedometer(), _campaign()
    for minute in range(5):
        speeds.at(campaign, 0, NOW + timedelta(minutes=minute))
    now = NOW + timedelta(minutes=5)
    speed = speeds.at(campaign, 60, now)
    assert (speed.per_minute, speed.over) == (60.0, timedelta(minutes=1))
    assert progress_of(campaign, _tallies(120, 60), speed, {}, now).left == timedelta(minutes=2)


def test_its_own_pace_says_how_long_it_takes() -> None:
    """60 a minute are allowed, 9 a minute were seen in ten seconds: 180 left take three minutes. Seen for long to be slower, that counts."""
    campaign = _campaign(per_minute=60)
    seen = Speed(9.0, timedelta(seconds=10), fresh=True)
    assert progress_of(campaign, _tallies(180, 5), seen, {}, NOW).left == timedelta(minutes=3)
    for_long = Speed(9.0, timedelta(minutes=5), fresh=True)
    assert progress_of(campaign, _tallies(180, 5), for_long, {}, NOW).left == timedelta(minutes=20)
    still = Speed(0.0, timedelta(minutes=5), fresh=True)
    assert progress_of(campaign, _tallies(180, 5), still, {}, NOW).left is None


def test_why_it_stands_still() -> None:
    """Paused, a quota, the night, nobody answering: one sentence each; nothing is said while it goes or when it is through."""
    stuck = Speedometer()
    noon = NOW.replace(hour=12)
    stuck.at(_campaign(), 5, noon)
    still = stuck.at(_campaign(), 5, noon + timedelta(minutes=1))
    moving = Speedometer().at(_campaign(), 5, noon)
    midnight = NOW.replace(hour=0) + timedelta(days=1)
    rows = _tallies(10, 5)
    assert "已暂停" in progress_of(_campaign(state=CampaignState.PAUSED), rows, still, {}, noon).why
    quota = progress_of(_campaign(), rows, still, {"template": (midnight, "45009")}, noon).why
    assert quota == "模板消息停到明天 00:00：平台今天的额度用完了。"
    other = progress_of(_campaign(), rows, still, {"subscribe": (midnight, "45009")}, noon).why
    assert "这会儿没有在发" in other, "a channel that it does not use stops nothing"
    assert "早上 8 点接着发" in progress_of(_campaign(), rows, still, {}, noon.replace(hour=22)).why
    assert progress_of(_campaign(), rows, moving, {}, noon).why == ""
    assert progress_of(_campaign(), _tallies(0, 15), still, {}, noon).why == ""


def test_bars_are_in_proportion() -> None:
    """The longest line fills the drawing; 30 of its 40 are three quarters; what is there at all can be seen."""
    tallies = [
        Tally(7, "30", Channel.TEMPLATE, "delivered", 30),
        Tally(7, "30", Channel.TEMPLATE, "refused", 10),
        Tally(7, "7", Channel.SMS, "sent", 20),
        Tally(7, "-7", Channel.VISIT, "listed", 0),
    ]
    lines = lines_of(tallies)
    found = bars_of(lines)
    assert [bar.label for bar in found] == ["到期前 30 天 · 模板消息", "到期前 7 天 · 短信"]
    first, second = found
    assert [(piece.x, piece.width) for piece in first.pieces] == [(0, WIDTH * 0.75), (WIDTH * 0.75, WIDTH * 0.25)]
    assert [piece.width for piece in second.pieces] == [WIDTH * 0.5]
    assert outcomes_of(lines) == (("sent", "已发出"), ("delivered", "已送达"), ("refused", "没送到"))
    assert bars_of(()) == ()


def test_only_what_is_shown_is_explained() -> None:
    """“没送到” is this one way only and says what all it may be; “不用发了” is explained where rows stand so, and nowhere else."""
    refused = explained(lines_of([Tally(7, "60", Channel.RELATIVE, "refused", 28)]))
    assert "没有授权的家人" in refused
    assert "不用发了" not in refused
    dropped = lines_of([Tally(7, "60", Channel.SMS, "dropped", 2)])
    assert outcomes_of(dropped) == (("dropped", "不用发了"),)
    assert "“不用发了”是发送前已经认证" in explained(dropped)
    assert "没送到" not in explained(dropped)


def test_words_of_figures() -> None:
    """Stages, times that are left, and the parts of a short message: 70 is one, 71 two, 134 two, 135 three."""
    assert [stage_words(one) for one in ("60", "0", "-7", "c5", "month")] == [
        "到期前 60 天",
        "到期当天",
        "过期后 7 天",
        "本次",
        "每年提醒",
    ]
    spans = (timedelta(seconds=30), timedelta(minutes=12), timedelta(hours=3, minutes=20), timedelta(hours=2), timedelta(days=2))
    assert [in_words(one) for one in spans] == ["不到 1 分钟", "约 12 分钟", "约 3 小时 20 分钟", "约 2 小时", "约 2 天"]
    assert [sms_parts("字" * length) for length in (0, 1, 70, 71, 134, 135)] == [0, 1, 1, 2, 2, 3]


def test_a_code_is_said_as_it_is_meant_there() -> None:
    """43101 is a subscription that is not there; of a template, which needs none, it is the person's own setting."""
    assert reason("43101", Channel.SUBSCRIBE) == "没有订阅"
    assert reason("given up: 43101", Channel.TEMPLATE) == "本人在微信里关了通知"
    assert (reason("43004", Channel.TEMPLATE), reason("nothing known")) == ("取消了关注", "")
