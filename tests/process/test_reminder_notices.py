"""Reminders as the whole product sends them, against the platform's own rules over real HTTP (wechat.md A8; targets.md F7, F8, F10).

赵淑芬 of 滨州 certifies by 2024-09-27: on 2024-09-12 she is in the stage of fifteen days.
"""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime

import pytest

from bot.config import Config
from bot.simulator.faults import ApiFaults
from storage.ports.records import Channel, Notice, NoticeState
from storage.ports.time import SHANGHAI
from tests import people
from tests.process.conftest import Town, Towns

ONE = "o-one"
HOUR = 3600.0


async def _retiree(town: Town) -> None:
    """She has logged in before anything was planned."""
    await town.logs_in_quietly(ONE, town.ids.shufen, people.SHUFEN.region)


async def _rows(town: Town) -> dict[Channel, Notice]:
    """Her rows by channel."""
    async with town.product.store.reading() as tx:
        rows = await tx.notices.of_person(town.ids.shufen, "P-CERT")
    assert len({row.stage for row in rows}) == 1
    return {row.channel: row for row in rows}


async def _template(town: Town) -> Notice:
    return (await _rows(town))[Channel.TEMPLATE]


async def test_a_reminder_arrives_as_a_template_and_its_receipt_comes_back(town: Town) -> None:
    """Every field fits the platform's rules, the name is masked, and TEMPLATESENDJOBFINISH settles the ledger."""
    await _retiree(town)
    async with town.sim.world.phone(ONE).turn:  # the receipt comes when the phone's line is free, after the send
        await town.product.runner.drain()
        await town.product.sender.drain()
        row = await _template(town)
        assert (row.state, row.openid) == (NoticeState.SENT, ONE)
        assert row.due is not None
    await town.sim.idle()
    (shown,) = town.seen(ONE, "template")
    assert shown["title"] == "待遇资格认证提醒"
    fields = {one["name"]: one["value"] for one in shown["fields"]}
    assert (fields["姓名"], fields["截止日期"]) == ("赵*芬", "2024年9月27日")
    assert "认证" in fields["认证事项"]
    assert "15" in fields["办理方式"]
    row = await _template(town)
    assert (row.state, row.due) == (NoticeState.DELIVERED, None)
    town.clock.advance(HOUR)
    await town.works()
    assert len(town.seen(ONE, "template")) == 1
    assert town.sim.world.sms == []


@pytest.mark.parametrize("name", ["欧阳·阿布都热合曼·买买提", "𠮷野家", "张三", "A. Very Long Foreign Name Indeed"])
async def test_any_name_fits_the_platforms_rule(town: Town, name: str) -> None:
    """Long, rare, short and foreign names: the platform takes the reminder."""
    await _retiree(town)
    async with town.product.store.transaction() as tx:
        person = await tx.people.get(town.ids.shufen)
        assert person is not None
        await tx.people.put_many([replace(person, name=name)])
    await town.works()
    (shown,) = town.seen(ONE, "template")
    holder = shown["fields"][0]["value"]
    assert holder[0] == name[0]
    assert "*" in holder
    assert name not in shown["text"]


@pytest.mark.parametrize("errcode", [43004, 40003, 43101, 40037, 47003])
async def test_a_refused_reminder_goes_on_by_sms(town: Town, errcode: int, log: io.StringIO) -> None:
    """F10: no second call for what cannot succeed; the errcode stands in the ledger and in the log; her phone gets it, once."""
    await _retiree(town)
    town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="template/send")
    await town.works()
    town.clock.advance(HOUR)
    await town.works()
    assert town.seen(ONE, "template") == []
    rows = await _rows(town)
    state = NoticeState.UNFOLLOWED if errcode in {43004, 40003} else NoticeState.REFUSED
    assert (rows[Channel.TEMPLATE].state, rows[Channel.TEMPLATE].note) == (state, str(errcode))
    assert rows[Channel.SMS].state is NoticeState.SENT
    assert [one.phone for one in town.sim.world.sms] == [people.SHUFEN_PHONE]
    assert f'"errcode":{errcode}' in log.getvalue()


async def test_one_who_left_unheard_is_marked_and_gets_it_by_sms(town: Town) -> None:
    """The unfollow event never reached us: the platform's 43004 ends it for that chat."""
    await _retiree(town)
    town.sim.world.phone(ONE).followed = False
    await town.works()
    rows = await _rows(town)
    assert (rows[Channel.TEMPLATE].state, rows[Channel.TEMPLATE].note) == (NoticeState.UNFOLLOWED, "43004")
    assert rows[Channel.SMS].state is NoticeState.SENT
    user = await town.user(ONE)
    assert user is not None
    assert not user.subscribed


@pytest.mark.parametrize("fault", [ApiFaults(errcode=-1), ApiFaults(status=502), ApiFaults(lost=1)])
async def test_a_reminder_in_trouble_is_sent_again_under_its_id(town: Town, fault: ApiFaults) -> None:
    """F7: busy, no readable answer, an answer that got lost: tried again within the ten minutes in which the platform knows the id; shown
    once, and no other channel has it."""
    await _retiree(town)
    town.sim.api_faults = replace(fault, path="template/send")
    await town.works()
    assert (await _template(town)).state in {NoticeState.PLANNED, NoticeState.SENDING}
    town.clock.advance(10)
    await town.works()
    assert len(town.seen(ONE, "template")) == 1
    assert (await _template(town)).state is NoticeState.DELIVERED
    assert town.sim.world.sms == []


async def test_a_used_up_quota_waits_for_the_next_day_and_asks_nobody(town: Town) -> None:
    """F8: 45009: not one more call today; a minute after midnight the channel is open, and what is still wanted goes out in the morning."""
    await _retiree(town)
    town.sim.api_faults = ApiFaults(quota=0)
    await town.works()
    assert town.seen(ONE, "template") == []
    async with town.product.store.reading() as tx:
        halted = await tx.paces.halted(town.clock.now())
    assert halted == {"template": (datetime(2024, 9, 13, 0, 1, tzinfo=SHANGHAI), "45009")}
    town.sim.api_faults = ApiFaults()
    town.clock.set(datetime(2024, 9, 12, 23, 59, tzinfo=SHANGHAI))
    await town.works()
    assert town.seen(ONE, "template") == []
    town.clock.set(datetime(2024, 9, 13, 9, 0, tzinfo=SHANGHAI))
    await town.works()
    assert len(town.seen(ONE, "template")) == 1


async def test_without_a_template_reminders_go_on_with_the_reason(town_of: Towns) -> None:
    """An empty template_id or a kind of account that has no templates: no call, a row that says so, and the SMS."""

    def none(config: Config) -> Config:
        return replace(config, reminders=replace(config.reminders, template_id=""))

    def subscription(config: Config) -> Config:
        return replace(config, wechat=replace(config.wechat, account_kind="subscription"))

    for changes in (none, subscription):
        async with town_of(changes) as town:
            await _retiree(town)
            await town.works()
            row = await _template(town)
            assert (row.state, row.note) == (NoticeState.REFUSED, "no template")
            assert town.seen(ONE, "template") == []
