"""The log, and transcripts that are played again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from wechatpy import create_reply

from bot.simulator import new_merchant
from bot.simulator.carriers import Carriers
from bot.simulator.replay import BadTranscript, differences, replay
from bot.simulator.transcript import checked, export, from_text, to_lines
from tests.clock import FakeClock
from tests.simulator.bots import ACCOUNT, Bot, echo
from tests.simulator.conftest import PEOPLE, Stage, Staged, until
from tests.simulator.test_api import text_to


async def lines(stage: Stage, query: str = "") -> Any:
    """GET /sim/log."""
    return await stage.get(f"/sim/log{query}")


async def test_the_log_tells_everything_and_no_secret(staged: Staged) -> None:
    """What was sent, each push and try, what was shown, and each call of the API; tokens and secrets are cut."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "查")
    token = await stage.token()
    assert (await stage.call("message/custom/send", text_to("o1")))["errcode"] == 0
    kept = await lines(stage)
    assert [one["kind"] for one in kept] == ["send", "push", "try", "shown", "api", "api", "shown", "api"]
    push, tried, call = kept[1], kept[2], kept[-1]
    assert (push["fields"]["Content"], tried["note"], tried["try"]) == ("查", "answered", 1)
    assert "您说：查" in tried["answer"]
    assert (call["path"], call["answer"]["errcode"], call["openid"]) == ("/cgi-bin/message/custom/send", 0, "o1")
    written = json.dumps(kept)
    assert ACCOUNT.app_secret not in written
    assert token not in written
    assert [one["kind"] for one in await lines(stage, "?openid=o2")] == ["api", "api"]
    assert [one["kind"] for one in await lines(stage, "?kind=try")] == ["try"]
    assert await lines(stage, f"?after={kept[-1]['n']}") == []


async def test_a_failed_try_is_in_the_log(staged: Staged) -> None:
    """Every try has its line, with what was wrong."""
    stage = await staged(None)
    await stage.say("o1", "查")
    tries = await lines(stage, "?kind=try")
    assert [one["try"] for one in tries] == [1, 2, 3]
    assert all("no connection" in one["note"] for one in tries)


async def test_a_conversation_is_exported_and_plays_again_without_a_difference(staged: Staged) -> None:
    """Texts, an event and a service message, with the time between them; on a bot that is alike nothing differs, for other people too."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "甲")
    stage.clock.advance(90)
    await stage.send("o1", type="event", event="CLICK", key="K")
    await stage.call("message/custom/send", text_to("o1", "办好了"))
    async with stage.http.get("/sim/transcript?openid=o1") as answer:
        told = await answer.text()
    first, *steps = map(json.loads, told.splitlines())
    assert first["account"] == {"kind": "service", "mode": "safe", "format": "xml"}
    assert [one["at_s"] for one in steps] == [0, 90, 90]
    assert steps[2]["later"]["text"] == "办好了"
    other = await staged(Bot(echo).app())

    async def late() -> None:
        (openid,) = other.sim.world.phones
        await other.call("message/custom/send", text_to(openid, "办好了"))

    transcript = from_text(told)
    later = transcript["steps"].pop()
    played = await replay(other.sim, transcript)
    assert [differences(one) for one in played] == [[], []]
    assert (other.clock.now() - stage.clock.now()).total_seconds() == 0
    await late()
    assert "o1" not in other.sim.world.phones
    assert later["openid"] == "o1"


async def test_a_message_that_came_by_itself_is_waited_for(staged: Staged) -> None:
    """A template message of the record must come again; when it does not, that is a difference."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "甲")
    await stage.call("message/custom/send", text_to("o1", "办好了"))
    transcript = export(stage.sim, "o1")
    missing = await replay((await staged(Bot(echo).app())).sim, transcript, patience_s=0.05)
    assert differences(missing[-1]) == ["第 2 步：原来是 shown，现在是 missing", "第 2 步：原来有 1 条回复，现在有 0 条"]
    assert [differences(one) for one in await replay(stage.sim, transcript, fresh=False)] == [[], []]


async def test_what_the_bot_sends_later_is_waited_for(staged: Staged) -> None:
    """A code by short message and a service message that come a moment after the answer are found, and the code is typed anew."""
    stage = await staged(Bot(echo).app())

    async def later(where: Stage, openid: str, code: str) -> None:
        await until(lambda: any(one.side == "account" for one in where.sim.world.phone(openid).entries))
        await where.post("/sim/sms", {"phone": "13900000009", "text": f"验证码 {code}"})

    sending = asyncio.create_task(later(stage, "o1", "405678"))
    await stage.say("o1", "登录")
    await sending
    await stage.say("o1", "405678")
    transcript = export(stage.sim, "o1")
    bot = Bot(echo)
    other = await staged(bot.app())

    async def watch() -> None:
        await until(lambda: bool(other.sim.world.phones))
        (openid,) = other.sim.world.phones
        await later(other, openid, "401111")

    sending = asyncio.create_task(watch())
    await replay(other.sim, transcript)
    await sending
    assert [one["Content"] for one in bot.seen] == ["登录", "401111"]


async def test_another_answer_is_told(staged: Staged) -> None:
    """A bot that says something else is found out, with both texts; one that is silent too."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "甲")
    transcript = export(stage.sim, "o1")
    polite = await staged(Bot(lambda message: create_reply("您好", message=message)).app())
    (step,) = await replay(polite.sim, transcript)
    assert differences(step) == ["第 1 步第 1 条的文字：原来是“您说：甲”，现在是“您好”"]
    (step,) = await replay((await staged(Bot(lambda _: None).app())).sim, transcript)
    assert differences(step) == ["第 1 步：原来是 answered，现在是 empty", "第 1 步：原来有 1 条回复，现在有 0 条"]


async def test_codes_and_links_of_the_record_are_typed_in_their_new_form(staged: Staged) -> None:
    """A code that came by short message, and a long word of an answer, are other ones in the replay; the bot gets the new ones."""

    def log_in(number: int) -> tuple[Any, list[str]]:
        heard: list[str] = []

        def answer(message: Any) -> Any:
            heard.append(message.content)
            if message.content == "登录":
                return create_reply(f'请打开 <a href="http://bot.test/p/ticketnumber{number}">这里</a>', message=message)
            return create_reply("好", message=message)

        return answer, heard

    async def play(stage: Stage, number: int) -> None:
        await stage.say("o1", "登录")
        await stage.post("/sim/sms", {"phone": PEOPLE[0]["phone"], "text": f"验证码 40{number}，5 分钟内有效"})

    first, _ = log_in(1234)
    stage = await staged(Bot(first).app())
    stage.sim.world.new_phone(PEOPLE[0], "o1").followed = True
    await play(stage, 1234)
    await stage.say("o1", "401234")
    await stage.say("o1", "看 ticketnumber1234")
    transcript = export(stage.sim, "o1")
    assert [list(one)[1] for one in transcript["steps"]] == ["openid", "sms", "openid", "openid"]

    second, heard = log_in(5678)
    other = await staged(Bot(second).app())
    other.sim.world.text_message(PEOPLE[0]["phone"], "验证码 405678，5 分钟内有效")
    steps = await replay(other.sim, transcript)
    assert [differences(one) for one in steps] == [[], [], []]
    assert heard == ["登录", "405678", "看 ticketnumber5678"]


async def test_amounts_are_compared_to_the_last_figure(staged: Staged) -> None:
    """Only long words may differ: another amount is a difference."""
    stage = await staged(Bot(lambda message: create_reply("共 1234.50 元", message=message)).app())
    await stage.say("o1", "查")
    other = await staged(Bot(lambda message: create_reply("共 1234.60 元", message=message)).app())
    (step,) = await replay(other.sim, export(stage.sim, "o1"))
    assert len(differences(step)) == 1


@pytest.mark.parametrize(
    ("then", "now"), [("到期日是 2026-11-22", "到期日是 2031-01-01"), ("insurance contributions", "insurance application")]
)
async def test_days_and_words_are_compared(staged: Staged, then: str, now: str) -> None:
    """Another day is a difference, however long it is written; so is another word of letters."""
    stage = await staged(Bot(lambda message: create_reply(then, message=message)).app())
    await stage.say("o1", "查")
    other = await staged(Bot(lambda message: create_reply(now, message=message)).app())
    (step,) = await replay(other.sim, export(stage.sim, "o1"))
    assert differences(step) == [f"第 1 步第 1 条的文字：原来是“{then}”，现在是“{now}”"]


async def test_trouble_of_the_sms_cloud_and_the_cashier_is_ordered_again(staged: Staged) -> None:
    """Every side of the record's faults, not the platform's alone."""
    merchant = new_merchant().merchant
    stage = await staged(Bot(echo).app(), merchant=merchant, carriers=Carriers(FakeClock(), None, None))
    await stage.post("/sim/faults", {"sms": {"refuse": 2, "code": "isv.AMOUNT_NOT_ENOUGH"}, "pay": {"lost": 3}})
    await stage.say("o1", "查")
    other = await staged(Bot(echo).app(), merchant=merchant, carriers=Carriers(FakeClock(), None, None))
    await replay(other.sim, export(stage.sim, "o1"))
    assert other.sim.carriers is not None
    assert other.sim.cashier is not None
    assert other.sim.cashier.faults.lost == 3
    assert (other.sim.carriers.faults.refuse, other.sim.carriers.faults.code) == (2, "isv.AMOUNT_NOT_ENOUGH")


async def test_a_record_holds_no_code_of_another_phone(staged: Staged) -> None:
    """Of a phone without a number of its own: not what came before it began, nor what went to a number that another phone has or typed."""
    stage = await staged(Bot(echo).app())
    stage.sim.world.new_phone(PEOPLE[0], "oHers").followed = True
    await stage.post("/sim/sms", {"phone": "13900000077", "text": "验证码 400000"})
    await stage.say("oOther", "我的号码是 13900000088")
    await stage.say("o1", "登录")
    for phone in (PEOPLE[0]["phone"], "13900000088", "13900000009"):
        await stage.post("/sim/sms", {"phone": phone, "text": "验证码 401234"})
    told = [one["sms"]["phone"] for one in export(stage.sim, "o1")["steps"] if "sms" in one]
    assert told == ["13900000009"]


async def test_a_long_record_is_signed_at_the_present_moment(staged: Staged) -> None:
    """Four hundred seconds between two messages, played on a bot whose clock is right: each is signed just now, and the messages' own times keep
    their distance."""
    stage = await staged(Bot(echo).app())
    await stage.say("o1", "甲")
    stage.clock.advance(400)
    await stage.say("o1", "乙")
    bot, present = Bot(echo), FakeClock()
    other = await staged(bot.app(), signed_by=present)
    played = await replay(other.sim, export(stage.sim, "o1"))
    assert [differences(one) for one in played] == [[], []]
    assert [query["timestamp"] for query in bot.queries] == [str(int(present.now().timestamp()))] * 2
    first, second = (int(one["CreateTime"]) for one in bot.seen)
    assert second - first == 400


async def test_ordered_trouble_is_part_of_the_record(staged: Staged) -> None:
    """A fault that was ordered is ordered again: the second try is made in the replay too."""
    stage = await staged(Bot(echo).app())
    await stage.post("/sim/faults", {"push": {"drop": 1}})
    await stage.say("o1", "查")
    bot = Bot(echo)
    other = await staged(bot.app())
    await replay(other.sim, from_text(to_lines(export(stage.sim, "o1"))))
    assert len(bot.seen) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "{}",
        '{"transcript": 2, "steps": [], "started": "2024-09-12"}',
        '{"transcript": 1, "steps": [{}], "started": "2024-09-12"}',
        '{"transcript": 1, "steps": [{"at_s": 0, "openid": "o", "msg": {}, "replies": [1]}], "started": "2024-09-12"}',
        '{"transcript": 1, "steps": [], "started": "soon"}',
        "[1]",
    ],
)
def test_what_is_no_transcript_is_told(text: str) -> None:
    """Broken files end in one kind of error."""
    with pytest.raises(BadTranscript):
        from_text(text)


def test_a_transcript_is_one_in_both_forms() -> None:
    """As one object and as lines it reads the same."""
    whole = {"transcript": 1, "account": {}, "started": "2024-09-12T10:00:00+08:00", "steps": [{"at_s": 0, "faults": {}}]}
    assert from_text(json.dumps(whole)) == from_text(to_lines(whole)) == checked(whole)
