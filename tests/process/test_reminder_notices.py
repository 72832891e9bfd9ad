"""Reminders as template messages, against the platform's own rules over real HTTP (wechat.md A8; targets.md F7, F10)."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pytest

from bot.config import Config
from bot.simulator.faults import ApiFaults
from handlers.reminders import KIND
from storage.ports.records import Certification, ReminderRow
from tests import people
from tests.process.conftest import Town, Towns

ONE = "o-one"
HOUR = 3600.0


async def _retiree(town: Town) -> None:
    await town.logs_in(ONE, people.SHUFEN_PHONE, people.SHUFEN.id_no[-4:])


async def _row(town: Town) -> ReminderRow:
    async with town.product.store.reading() as tx:
        (row,) = await tx.reminders.of_person(town.ids.shufen, KIND)
    return row


async def test_a_reminder_arrives_as_a_template_and_its_receipt_comes_back(town: Town) -> None:
    """Every field fits the platform's rules, the name is masked, and TEMPLATESENDJOBFINISH settles the ledger."""
    await _retiree(town)
    assert await town.product.reminders.plan(town.clock.now().date()) == 1
    async with town.sim.world.phone(ONE).turn:  # the receipt comes when the phone's line is free, after the send
        await town.product.runner.drain()
        assert (await _row(town)).state == "sent"
    await town.sim.idle()
    (shown,) = town.seen(ONE, "template")
    assert shown["title"] == "待遇资格认证提醒"
    assert {one["name"]: one["value"] for one in shown["fields"]} == {
        "姓名": "赵*芬",
        "认证事项": "养老待遇资格认证",
        "截止日期": "2024年9月27日",
        "办理方式": "还有 15 天，回复“认证”看怎么办",
    }
    row = await _row(town)
    assert (row.state, row.note) == ("delivered", "success")
    assert await town.works() == 0


@pytest.mark.parametrize("name", ["欧阳·阿布都热合曼·买买提", "𠮷野家", "张三", "A. Very Long Foreign Name Indeed"])
async def test_any_name_fits_the_platforms_rule(town: Town, name: str) -> None:
    """Long, rare, short and foreign names: the platform takes the reminder."""
    await _retiree(town)
    async with town.product.store.transaction() as tx:
        person = await tx.people.get(town.ids.shufen)
        assert person is not None
        await tx.people.put_many([replace(person, name=name)])
    await town.product.reminders.plan(town.clock.now().date())
    await town.works()
    (shown,) = town.seen(ONE, "template")
    holder = shown["fields"][0]["value"]
    assert holder[0] == name[0]
    assert "*" in holder
    assert name not in shown["text"]


@pytest.mark.parametrize("errcode", [43004, 40003, 43101, 40037, 47003])
async def test_a_refused_reminder_is_noted_and_not_repeated(town: Town, errcode: int, log: io.StringIO) -> None:
    """F10: no second call for what cannot succeed; the errcode stands in the ledger and in the log."""
    await _retiree(town)
    town.sim.api_faults = ApiFaults(errcode=errcode, times=1, path="template/send")
    await town.product.reminders.plan(town.clock.now().date())
    await town.works()
    town.clock.advance(6 * HOUR)
    await town.works()
    assert town.seen(ONE, "template") == []
    row = await _row(town)
    assert (row.state, row.note) == ("refused", str(errcode))
    assert f'"errcode": {errcode}' in log.getvalue()


async def test_a_reminder_to_one_who_left_unheard_is_refused_by_the_platform(town: Town) -> None:
    """The unfollow event never reached us: the platform's 43004 ends it."""
    await _retiree(town)
    town.sim.world.phone(ONE).followed = False
    await town.product.reminders.plan(town.clock.now().date())
    await town.works()
    row = await _row(town)
    assert (row.state, row.note) == ("refused", "43004")


@pytest.mark.parametrize("fault", [ApiFaults(errcode=-1, times=1), ApiFaults(status=502, times=1)])
async def test_a_reminder_in_trouble_is_sent_again_under_its_id(town: Town, fault: ApiFaults) -> None:
    """F7: busy, or no readable answer: tried again within the ten minutes in which the platform knows the id; shown once."""
    await _retiree(town)
    town.sim.api_faults = replace(fault, path="template/send")
    await town.product.reminders.plan(town.clock.now().date())
    await town.works()
    assert (await _row(town)).state == "sending"
    town.clock.set(await town.next_due())
    await town.works()
    assert len(town.seen(ONE, "template")) == 1
    assert (await _row(town)).state in {"sent", "delivered"}


async def test_a_reminder_whose_answer_got_lost_is_shown_once(town: Town) -> None:
    """The platform took it and our process died before it knew: the repeated call is answered by the platform without a second card."""
    await _retiree(town)
    await town.product.reminders.plan(town.clock.now().date())
    row = await _row(town)
    notice = {"thing1": "赵*芬", "thing2": "养老待遇资格认证", "date3": "2024年9月27日", "thing4": "还有 15 天"}
    await town.product.api.send_template(ONE, "TM_CERT_DUE", "", notice, row.client_msg_id)
    town.clock.advance(120)
    await town.works()
    assert len(town.seen(ONE, "template")) == 1
    assert (await _row(town)).state in {"sent", "delivered"}


async def test_without_a_template_reminders_are_refused_with_the_reason(town_of: Towns) -> None:
    """An empty template_id or a kind of account that has no templates: no call, a row that says so."""

    def none(config: Config) -> Config:
        return replace(config, reminders=replace(config.reminders, template_id=""))

    def subscription(config: Config) -> Config:
        return replace(config, wechat=replace(config.wechat, account_kind="subscription"))

    for n, changes in enumerate((none, subscription)):
        async with town_of(changes) as town:
            town.clock.advance(n * 24 * HOUR)
            await _retiree(town)
            async with town.product.store.transaction() as tx:
                due = date(2024, 9, 20 + n)
                await tx.certifications.put_many([Certification(town.ids.shufen, None, due)])
            await town.product.reminders.plan(town.clock.now().date())
            await town.works()
            async with town.product.store.reading() as tx:
                row = (await tx.reminders.of_person(town.ids.shufen, KIND))[-1]
            assert (row.state, row.note) == ("refused", "no template")
            assert town.seen(ONE, "template") == []
