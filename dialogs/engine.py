"""The machine that runs a declared dialog: it asks the first step that has no answer.

Everything follows from that: going back drops the last answer, 改一项 drops a chosen one, what was said in the first sentence is never
asked again, and a restart loses nothing, because the state is only what was typed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any

from dialogs.declare import Ask, Asked, Choose, Dialog, Ended, Scene, StayHere, Step, Stop, Wrong
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, choice, no_number, normal
from storage.ports.record import Record, field


class Stage(StrEnum):
    """Where a dialog stands: collecting answers, at the confirmation, or choosing what to change."""

    ASKING = "asking"
    CONFIRMING = "confirming"
    CHANGING = "changing"


class Running(Record):
    """A dialog under way, as it is kept between messages. `order` is the answered steps, oldest first; `asked` the step last asked."""

    dialog: str
    version: int
    key: str
    answers: dict[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    memo: dict[str, str] = field(default_factory=dict)
    stage: Stage = Stage.ASKING
    asked: str = ""
    person: int | None = None
    """For whom it was begun; it is never gone on with for another."""

    def answered(self, name: str, answer: str) -> Running:
        """With one more answer, the newest."""
        order = tuple(step for step in self.order if step != name)
        return replace(self, answers={**self.answers, name: answer}, order=(*order, name))

    def without(self, name: str) -> Running:
        """With that answer dropped, and what was remembered for its step. Answers that were taken unasked fall too: they may depend on it."""
        return replace(
            self,
            answers={key: value for key, value in self.answers.items() if key != name and key in self.order},
            order=tuple(step for step in self.order if step != name),
            memo={key: value for key, value in self.memo.items() if not key.startswith(f"{name}.")},
        )


class Waiting(Record):
    """The dialog waits for the person's next message. `understood` is False when the last one could not be read as an answer."""

    state: Running
    reply: Reply
    understood: bool = True


class Complete(Record):
    """The action has been done; `state` is the dialog that did it, with its answers."""

    ended: Ended
    state: Running | None = None


class Cancelled(Record):
    """The dialog ended with nothing done."""

    reply: Reply


Turn = Waiting | Complete | Cancelled
SceneFor = Callable[[Running], Scene]

CONFIRM = (("1", "确认"), ("2", "改一项"), ("3", "取消"))


async def begin(dialog: Dialog, key: str, scene_for: SceneFor, said: Mapping[str, str], person: int | None = None) -> Turn:
    """Start a dialog for a person, with what was already said (step name → text); what cannot be read is asked."""
    state = Running(dialog.name, dialog.version, key, person=person)
    for step in dialog.steps:
        if step.name in said and step.applies(state.answers):
            state, why = await _take(step, state, scene_for, said[step.name])
            if isinstance(why, Invalid):  # known to the step: what was said, though badly, is not passed over in silence
                state = replace(state, memo={**state.memo, f"{step.name}.unread": str(why)})
    return await _quit_or(_proceed(dialog, state, scene_for))


async def hear(dialog: Dialog, state: Running, scene_for: SceneFor, text: str) -> Turn:
    """Go on with the person's words."""
    if state.version != dialog.version:
        started = await begin(dialog, state.key, scene_for, state.answers, state.person)
        return _after("这项业务刚刚更新过，请再核对一遍。", started)
    return await _quit_or(_HEAR[state.stage](dialog, state, scene_for, text))


async def back(dialog: Dialog, state: Running, scene_for: SceneFor) -> Turn:
    """返回: undo the newest answer that was asked for, and ask it again; at the first question it says so."""
    if state.stage is Stage.CHANGING:
        return await _quit_or(_proceed(dialog, replace(state, stage=Stage.ASKING), scene_for))
    for name in reversed(state.order):
        if dialog.step(name).settled:
            return _after(dialog.step(name).settled, await again(dialog, state, scene_for))
        earlier = replace(state.without(name), stage=Stage.ASKING)
        if state.asked and state.asked != name:
            earlier = earlier.without(state.asked)
        asked = await dialog.step(name).ask(scene_for(earlier))
        if asked.answer is None:
            return _waiting(earlier, name, asked, before="好的，回到上一步。")
        state = earlier
    return _after("已经是第一步了。要离开请回复“取消”。", await again(dialog, state, scene_for))


async def again(dialog: Dialog, state: Running, scene_for: SceneFor) -> Turn:
    """Ask once more what is being asked: after 帮助, or when a paused dialog is resumed."""
    return await _quit_or(_proceed(dialog, replace(state, stage=Stage.ASKING), scene_for))


async def _quit_or(turn: Awaitable[Turn]) -> Turn:
    try:
        return await turn
    except Stop as stop:
        return Cancelled(stop.reply)


async def _proceed(dialog: Dialog, state: Running, scene_for: SceneFor, before: str = "") -> Turn:
    for step in dialog.steps:
        if step.name in state.answers or not step.applies(state.answers):
            continue
        asked = await step.ask(scene_for(state))
        if asked.answer is None:
            return _waiting(state, step.name, asked, before)
        state = replace(state, answers={**state.answers, step.name: asked.answer})
    if dialog.confirm is None and dialog.preview is None:
        return await _act(dialog, state, scene_for)
    try:
        summary = await _summary(dialog, state, scene_for, before)
    except Wrong as wrong:
        return await _proceed(dialog, state.without(wrong.step), scene_for, wrong.message)
    return Waiting(replace(state, stage=Stage.CONFIRMING, asked=""), summary)


def _waiting(state: Running, name: str, asked: Asked, before: str = "", *, understood: bool = True) -> Waiting:
    memo = {key: value for key, value in {**state.memo, **asked.memo}.items() if value}
    return Waiting(replace(state, asked=name, memo=memo), asked.say(before), understood)


async def _act(dialog: Dialog, state: Running, scene_for: SceneFor) -> Turn:
    try:
        return Complete(await dialog.action(scene_for(state)), state)
    except Wrong as wrong:
        return await _proceed(dialog, replace(state.without(wrong.step), stage=Stage.ASKING), scene_for, wrong.message)


async def _take(step: Step, state: Running, scene_for: SceneFor, text: str) -> tuple[Running, Exception | None]:
    """Read an answer into the state; the second value is why it could not be read."""
    try:
        return state.answered(step.name, await step.read(scene_for(state), text)), None
    except (Invalid, StayHere) as why:
        return state, why


async def _hear_answer(dialog: Dialog, state: Running, scene_for: SceneFor, text: str) -> Turn:
    if not state.asked:
        return await _proceed(dialog, state, scene_for)
    step = dialog.step(state.asked)
    caught = dialog.catch(scene_for(state), text) if dialog.catch else {}
    wrong = ""
    for name, value in caught.items():
        state, why = await _take(dialog.step(name), state, scene_for, value)
        wrong = str(why) if isinstance(why, Invalid) else wrong
    if step.name in state.answers:
        return await _proceed(dialog, state, scene_for, wrong)
    try:
        state, why = await _take(step, state, scene_for, text)
    except Wrong as wrong:
        return await _proceed(dialog, state.without(wrong.step), scene_for, wrong.message)
    if isinstance(why, StayHere):
        return _waiting(state, step.name, why.asked)
    if why is not None:
        return _waiting(state, step.name, await _listed_again(step, scene_for(state), str(why)), understood=False)
    return await _proceed(dialog, state, scene_for)


async def _listed_again(step: Step, scene: Scene, why: str) -> Asked:
    """What was wrong, and below it what may be chosen, as it was asked: nobody has to look for it further up."""
    if isinstance(step, Choose):
        return Asked(why, (await step.ask(scene)).choices)
    return Asked(why, step.listed if isinstance(step, Ask) else ())


async def _hear_confirmation(dialog: Dialog, state: Running, scene_for: SceneFor, text: str) -> Turn:
    try:
        chosen = _decision(text)
    except Invalid as why:
        try:
            return Waiting(state, await _summary(dialog, state, scene_for, str(why)), understood=False)
        except Wrong as wrong:  # it was right when it was asked
            return await _proceed(dialog, replace(state.without(wrong.step), stage=Stage.ASKING), scene_for, wrong.message)
    if chosen == 0:
        return await _act(dialog, state, scene_for)
    if chosen == 2:
        raise Stop(Reply(Say("好的，已取消，没有办理任何事情。")))
    changeable = _changeable(dialog, state)
    lines = tuple((str(n), f"{step.label}：{step.shown(state.answers[step.name])}") for n, step in enumerate(changeable, 1))
    return Waiting(replace(state, stage=Stage.CHANGING), Reply(Say("要改哪一项？", lines)))


async def _hear_change(dialog: Dialog, state: Running, scene_for: SceneFor, text: str) -> Turn:
    changeable = _changeable(dialog, state)
    try:
        step = changeable[choice(text, [step.label for step in changeable])]
    except Invalid as why:
        lines = tuple((str(n), f"{one.label}：{one.shown(state.answers[one.name])}") for n, one in enumerate(changeable, 1))
        return Waiting(state, Reply(Say(str(why), lines)), understood=False)
    asking = replace(state.without(step.name), stage=Stage.ASKING)
    asked = await step.ask(scene_for(asking))
    return _waiting(asking, step.name, replace(asked, answer=None))


_HEAR: dict[Stage, Callable[[Dialog, Running, SceneFor, str], Any]] = {
    Stage.ASKING: _hear_answer,
    Stage.CONFIRMING: _hear_confirmation,
    Stage.CHANGING: _hear_change,
}


def _decision(text: str) -> int:
    """Which of CONFIRM was meant. Only a clear word counts: this is where something is done."""
    try:
        return _DECISIONS["" if no_number(text) else normal(text).rstrip("。！!.")]
    except KeyError:
        raise Invalid("请回复 1、2 或 3。") from None


_DECISIONS = {
    **dict.fromkeys(("1", "确认", "确定", "是", "是的", "好", "好的", "对", "可以", "提交"), 0),
    **dict.fromkeys(("2", "改一项", "改", "修改"), 1),
    **dict.fromkeys(("3", "取消", "不", "不要", "不是"), 2),
}


def _changeable(dialog: Dialog, state: Running) -> list[Step]:
    return [step for step in dialog.steps if step.label and step.name in state.answers]


async def _summary(dialog: Dialog, state: Running, scene_for: SceneFor, before: str = "") -> Reply:
    if dialog.preview is not None:
        text = await dialog.preview(scene_for(state))
        return Reply(Say(f"{before}\n{text}" if before else text, CONFIRM))
    shown = {step.name: step.shown(state.answers[step.name]) for step in dialog.steps if step.name in state.answers}
    text = (dialog.confirm or "").format_map(shown)
    return Reply(Say(f"{before}\n{text}" if before else text, CONFIRM))


def _after(sentence: str, turn: Turn) -> Turn:
    """The same turn with a sentence said first."""
    match turn:
        case Waiting(state, reply, understood):
            return Waiting(state, preceded(sentence, reply), understood)
        case Complete(ended):
            return Complete(replace(ended, reply=preceded(sentence, ended.reply)), turn.state)
        case Cancelled(reply):
            return Cancelled(preceded(sentence, reply))


def preceded(sentence: str, reply: Reply) -> Reply:
    """The reply with a sentence before it, in the same message where that is a text."""
    if isinstance(reply.first, Say):
        return replace(reply, first=replace(reply.first, text=f"{sentence}\n{reply.first.text}"))
    if reply.first is None:
        return Reply(Say(sentence), reply.more)
    return Reply(Say(sentence), (reply.first, *reply.more))
