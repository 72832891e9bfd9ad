"""The engine over a dialog of the test's own: first empty step, undo, change at the confirmation, rules, versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any, cast

import pytest

from dialogs import engine
from dialogs.declare import Ask, Choose, Dialog, Ended, Option, Scene, Wrong
from dialogs.desk import Desk
from dialogs.engine import Cancelled, Complete, Running, Stage, Turn, Waiting
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid
from storage.ports.time import SHANGHAI

NOW = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)


def _number(text: str, _: date) -> int:
    if not text.isdecimal():
        raise Invalid("请发一个数字，例如 12。")
    return int(text)


async def _order(scene: Scene) -> Ended:
    start, end = int(scene.answers["start"]), int(scene.answers["end"])
    if start > end:
        raise Wrong("end", "止要大于起。")
    return Ended(Reply(Say(f"{scene.key}:{start}-{end}:{scene.answers['kind']}:{scene.answers.get('why', '')}")))


ORDER = Dialog(
    name="order",
    title="试单",
    covers=(),
    steps=(
        Ask(name="start", label="起", prompt="从几开始？", parse=_number, quick=("10", "20")),
        Ask(name="end", label="止", prompt="到几为止？", parse=_number),
        Choose(
            name="kind", label="种类", prompt="哪一种？", options=(Option("pension", "养老保险"), Option("medical", "医疗保险"))
        ),
        Ask(name="why", label="原因", prompt="为什么？", parse=lambda text, _: text, when=lambda a: a.get("kind") == "medical"),
    ),
    confirm="{start} 至 {end}，{kind}",
    action=_order,
)


def _scene(running: Running) -> Scene:
    return Scene(cast(Desk, None), NOW, running.key, running.answers, running.memo)


class Talk:
    """A conversation with one dialog."""

    def __init__(self, dialog: Dialog = ORDER) -> None:
        self.dialog = dialog
        self.turn: Turn | None = None

    @property
    def state(self) -> Running:
        assert isinstance(self.turn, Waiting)
        return self.turn.state

    async def begin(self, **said: str) -> str:
        self.turn = await engine.begin(self.dialog, "k1", _scene, said)
        return self.text

    async def says(self, text: str) -> str:
        self.turn = await engine.hear(self.dialog, self.state, _scene, text)
        return self.text

    async def back(self) -> str:
        self.turn = await engine.back(self.dialog, self.state, _scene)
        return self.text

    @property
    def text(self) -> str:
        match self.turn:
            case Waiting(_, reply, _) | Cancelled(reply):
                pass
            case Complete(ended):
                reply = ended.reply
            case _:
                raise AssertionError("nothing was said")
        assert isinstance(reply.first, Say)
        return "\n".join([reply.first.text, *(f"{n} {label}" for n, label in reply.first.choices)])


async def test_the_first_empty_step_is_asked_until_there_is_none() -> None:
    """Three questions, the confirmation, the action with the conversation's key."""
    talk = Talk()
    assert "从几开始" in await talk.begin()
    assert "到几为止" in await talk.says("3")
    assert "1 养老保险" in await talk.says("5")
    assert "3 至 5，养老保险" in await talk.says("养老保险")
    assert await talk.says("1") == "k1:3-5:pension:"
    assert isinstance(talk.turn, Complete)


async def test_what_was_said_at_first_is_never_asked() -> None:
    """Pre-filled answers are read like typed ones; what cannot be read is asked."""
    talk = Talk()
    assert "哪一种" in await talk.begin(start="3", end="5")
    talk = Talk()
    assert "到几为止" in await talk.begin(start="3", end="五百")


async def test_numbers_and_words_answer_a_choice_and_a_quick_answer() -> None:
    """1 is the first of the offered; anything else is read as typed."""
    talk = Talk()
    await talk.begin()
    await talk.says("2")
    assert talk.state.answers["start"] == "20"
    await talk.says("30")
    await talk.says("2")
    assert talk.state.answers["kind"] == "medical"


async def test_a_step_that_depends_on_answers_is_asked_only_then() -> None:
    """医疗 needs a reason, 养老 does not."""
    talk = Talk()
    await talk.begin(start="1", end="2")
    assert "为什么" in await talk.says("医疗保险")


async def test_a_wrong_answer_is_explained_and_nothing_is_lost() -> None:
    """The state is the same as before; the turn says that it was not understood."""
    talk = Talk()
    await talk.begin(start="3")
    assert "请发一个数字" in await talk.says("许多")
    assert isinstance(talk.turn, Waiting)
    assert not talk.turn.understood
    assert talk.state.answers == {"start": "3"}


async def test_choices_are_listed_again_below_what_was_wrong() -> None:
    """Nobody has to look for them further up: at a choice, and where one answer is to be changed."""
    talk = Talk()
    await talk.begin(start="3", end="5")
    assert await talk.says("随便") == "请回复前面的数字，1 到 2。\n1 养老保险\n2 医疗保险"
    await talk.says("1")
    await talk.says("2")
    assert "\n1 起：3\n2 止：5\n3 种类：养老保险" in await talk.says("随便")


async def test_back_drops_the_newest_answer_and_stops_at_the_first_question() -> None:
    """返回 twice from the third question asks the first again."""
    talk = Talk()
    await talk.begin()
    await talk.says("3")
    await talk.says("5")
    assert "到几为止" in await talk.back()
    assert "从几开始" in await talk.back()
    assert "已经是第一步" in await talk.back()


async def test_one_answer_can_be_changed_at_the_confirmation() -> None:
    """改一项, then straight back to the confirmation with the others kept."""
    talk = Talk()
    await talk.begin(start="3", end="5", kind="pension")
    listed = await talk.says("2")
    assert "1 起：3" in listed
    assert "3 种类：养老保险" in listed
    assert "到几为止" in await talk.says("2")
    assert "3 至 9，养老保险" in await talk.says("9")


async def test_a_change_that_needs_a_new_answer_asks_for_it() -> None:
    """From 养老 to 医疗 at the confirmation: the reason is asked before the confirmation comes back."""
    talk = Talk()
    await talk.begin(start="3", end="5", kind="pension")
    await talk.says("改一项")
    await talk.says("种类")
    assert "为什么" in await talk.says("医疗保险")
    assert "3 至 5，医疗保险" in await talk.says("看病")


async def test_cancelling_at_the_confirmation_does_nothing() -> None:
    """3 ends it."""
    talk = Talk()
    await talk.begin(start="3", end="5", kind="pension")
    assert "没有办理任何事情" in await talk.says("3")
    assert isinstance(talk.turn, Cancelled)


@pytest.mark.parametrize("text", ["", "4", "也许", "确认吗确认吗"])
async def test_an_unclear_word_at_the_confirmation_does_not_act(text: str) -> None:
    """Only a clear yes acts."""
    talk = Talk()
    await talk.begin(start="3", end="5", kind="pension")
    await talk.says(text)
    assert isinstance(talk.turn, Waiting)
    assert talk.state.stage is Stage.CONFIRMING


async def test_a_rule_between_answers_asks_for_the_one_that_is_wrong() -> None:
    """止 before 起: it is said, and only 止 is asked again."""
    talk = Talk()
    await talk.begin(start="9", end="5", kind="pension")
    said = await talk.says("1")
    assert "止要大于起" in said
    assert "到几为止" in said
    await talk.says("12")
    assert await talk.says("确认") == "k1:9-12:pension:"


async def test_a_conversation_begun_before_an_update_keeps_what_still_reads() -> None:
    """Another version starts over with the old answers and says so."""
    talk = Talk()
    await talk.begin(start="3", end="5")
    newer = replace(ORDER, version=2)
    turn = await engine.hear(newer, replace(talk.state, version=1), _scene, "1")
    assert isinstance(turn, Waiting)
    assert turn.state.version == 2
    assert turn.state.answers == {"start": "3", "end": "5"}
    assert isinstance(turn.reply.first, Say)
    assert "更新过" in turn.reply.first.text


async def test_secret_answers_are_never_shown_again() -> None:
    """At the confirmation a secret stands as filled in, not as typed."""
    secret = Ask(name="pin", label="口令", prompt="口令？", parse=lambda text, _: text, secret=True)

    async def done(_: Scene) -> Ended:
        return Ended(Reply(Say("好")))

    dialog = Dialog(name="s", title="s", covers=(), steps=(secret,), confirm="口令 {pin}", action=cast(Any, done))
    talk = Talk(dialog)
    assert "hunter2" not in await talk.begin(pin="hunter2")
    assert "hunter2" not in await talk.says("2")
