"""Declared steps as a form: the same parsers and sentences as in the chat, many questions at once.

A form is read as a whole each time: what no longer holds because an earlier answer changed (an option that is gone, a code that was
sent to another phone) is dropped and asked again, so that nothing is ever submitted which the chat would not have accepted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from dialogs.declare import Agree, Answers, Ask, Choose, OneTimeCode, Option, Scene, StayHere, Step, Stop
from dialogs.desk import Desk
from dialogs.masks import masked_phone
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, case_no, phone, sms_code
from storage.ports.record import Record
from storage.ports.records import CodeState
from storage.ports.repositories import Repositories

MEMO: Final = "."
"""A key of the answers with a point in it is what a step remembers (`code.request`), not an answer."""
RESEND: Final = "重发"
_LONGEST: Final = 500
"""Characters of one answer."""
_MODES: Final[Mapping[object, str]] = {phone: "tel", sms_code: "numeric", case_no: "numeric"}

_CHAT_WORDS: Final = (
    ("请把短信里的 6 位数字发给我", "请把短信里的 6 位数字填在下面"),
    ("收到后把 6 位数字发给我", "收到后把 6 位数字填在下面"),
    ("请回复“重发”，我给您发一个新的", "请点“重新发送”"),
    ("可以回复“重发”", "可以再点“重新发送”"),
    ("没收到请回复“重发”", "没收到请点“重新发送”"),
    ("请回复“继续”，看看还差什么；不办了就回复“取消”", "请先点“发送验证码”"),
    ("做完后回到这里回复“继续”", "做完后回到这一页，再点一次“发送验证码”"),
    ("想换手机号，请回复“取消”后重新开始", "改了手机号就要重新验证"),
    ("发给我", "填在这里"),
    ("请回复", "请填写"),
    ("您发的", "您填的"),
    ("再发一次", "再填一次"),
    ("再发。", "再填。"),
    ("请只发", "请只填"),
    ("请发", "请填"),
    ("就发", "就填"),
)


def on_page(sentence: str) -> str:
    """A sentence of the chat as a page says it: there is nothing to reply to, but something to press."""
    for chat, page in _CHAT_WORDS:
        sentence = sentence.replace(chat, page)
    return sentence


class Field(Record, kw_only=True):
    """One question as a page shows it.

    `kind` is text, choice, code or fixed (nothing to choose). `value` is what stands in it, `shown` what the preview says; both are
    empty when it has no answer. `options` are (value, label); `quick` are texts to tap. For a code: `phone` is masked, `sent` whether
    digits are awaited, `passed` whether they came.
    """

    name: str
    label: str
    hint: str = ""
    kind: str = "text"
    value: str = ""
    shown: str = ""
    error: str = ""
    note: str = ""
    options: tuple[tuple[str, str], ...] = ()
    quick: tuple[str, ...] = ()
    mode: str = "text"
    secret: bool = False
    listed: bool = True
    """Whether the preview shows it."""
    phone: str = ""
    sent: bool = False
    passed: bool = False
    link: tuple[str, str] | None = None
    """(label, address) of a page that has to be visited first."""

    @property
    def answered(self) -> bool:
        """Whether nothing has to be asked here any more."""
        return bool(self.shown)


class Form(Record):
    """All questions that apply, in order; `answers` are those that hold, with what steps remember."""

    fields: tuple[Field, ...]
    answers: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether every question that applies has an answer that holds."""
        return all(field.answered for field in self.fields)

    @property
    def wrong(self) -> tuple[Field, ...]:
        """Those with an error."""
        return tuple(field for field in self.fields if field.error)

    def field(self, name: str) -> Field | None:
        """The question of that name, if it applies."""
        return next((one for one in self.fields if one.name == name), None)

    def blamed(self, name: str, sentence: str) -> Form:
        """The same with an error at one question; at the last one when that is not on the form."""
        names = [one.name for one in self.fields]
        at = names.index(name) if name in names else len(names) - 1
        fields = tuple(replace(one, error=sentence) if n == at else one for n, one in enumerate(self.fields))
        return replace(self, fields=fields)


class Steps:
    """The steps of one declaration for one desk at one moment."""

    def __init__(self, tx: Repositories, desk: Desk, steps: Sequence[Step], now: datetime, key: str) -> None:
        self._tx = tx
        self._desk = desk
        self._steps = steps
        self._now = now
        self._key = key

    def scene(self, answers: Mapping[str, str]) -> Scene:
        """What steps look at: answers and what is remembered, apart."""
        said = {name: value for name, value in answers.items() if MEMO not in name}
        memo = {name: value for name, value in answers.items() if MEMO in name}
        return Scene(self._desk, self._now, self._key, said, memo)

    async def read(self, kept: Mapping[str, str], posted: Mapping[str, str], asked: Sequence[str]) -> Form:
        """The form with what was posted for the questions `asked`; what cannot be read keeps its text and says why.

        May raise Stop (the person said no; nothing can be chosen).
        """
        return await self._walk(kept, {name: posted.get(name, "")[:_LONGEST] for name in asked}, finding_fault=True)

    async def look(self, kept: Mapping[str, str]) -> Form:
        """The form as it stands. May raise Stop."""
        return await self._walk(kept, {}, finding_fault=False)

    async def send_code(self, kept: Mapping[str, str], name: str) -> Form:
        """The form after a one-time code was asked for at that step (or refused, with a sentence)."""
        form = await self.look(kept)
        step = next((one for one in self._steps if one.name == name and isinstance(one, OneTimeCode)), None)
        if step is None or form.field(name) is None:
            return form
        answers = {key: value for key, value in form.answers.items() if key != name}
        try:
            await step.read(self.scene(answers), RESEND)
        except StayHere as stay:
            _remember(answers, stay.asked.memo)
            sent = await self.look(answers)
            note = on_page(stay.asked.text)
            link = (stay.asked.links[0].label, stay.asked.links[0].url) if stay.asked.links else None
            fields = tuple(replace(one, note=note, link=link) if one.name == name else one for one in sent.fields)
            return Form(fields, sent.answers)
        except Stop as stop:
            return form.blamed(name, said_by(stop))
        return form

    async def _walk(self, kept: Mapping[str, str], posted: Mapping[str, str], *, finding_fault: bool) -> Form:
        answers = {name: value for name, value in kept.items() if MEMO in name}
        fields: list[Field] = []
        for step in self._steps:
            if not applies(step, answers):
                continue
            text = posted.get(step.name)
            try:
                field, kept_as = await self._one(step, answers, kept.get(step.name), text, finding_fault)
            except KeyError:  # it hangs on an answer that is still missing
                continue
            if kept_as is not None:
                answers[step.name] = kept_as
            if field is not None:
                fields.append(field)
        return Form(tuple(fields), answers)

    async def _one(
        self, step: Step, answers: dict[str, str], old: str | None, text: str | None, finding_fault: bool
    ) -> tuple[Field | None, str | None]:
        """One question and its answer, if it has one that holds. `text` is what was posted for it, None when it was not asked."""
        scene = self.scene(answers)
        match step:
            case Ask():
                return await self._ask(step, scene, old, text, finding_fault)
            case Choose():
                return await self._choose(step, scene, old, text)
            case Agree():
                return await self._agree(step, scene, old, text)
            case OneTimeCode():
                return await self._code(step, scene, answers, old, text)
            case _:
                return await self._other(step, scene, old, text)

    async def _ask(
        self, step: Ask, scene: Scene, old: str | None, text: str | None, finding_fault: bool
    ) -> tuple[Field | None, str | None]:
        asked = await step.ask(scene)
        if asked.answer is not None and not step.label:
            return None, asked.answer
        field = Field(
            name=step.name,
            label=step.label or on_page(asked.text),
            hint=on_page(asked.text) if step.label else "",
            quick=step.quick,
            mode=_mode(step),
            secret=step.secret,
            listed=bool(step.label),
        )
        if text is not None and (text.strip() or not (step.secret and old)):
            said = text.strip()
        else:
            said = old if old is not None else asked.answer or ""
        typed = "" if step.secret else said
        if not said and text is None:
            return field, None
        try:
            if type(step).read is Ask.read:
                step.parse(said, scene.now.date())  # here a number is what was typed, not the place of a quick answer
                kept = said
            else:
                kept = await step.read(scene, said)
        except Invalid as why:
            return replace(field, value=typed, error=on_page(str(why)) if text is not None or finding_fault else ""), None
        return replace(field, value=typed, shown=step.shown(kept) or "（空）"), kept

    async def _choose(self, step: Choose, scene: Scene, old: str | None, text: str | None) -> tuple[Field, str | None]:
        options = step.options if isinstance(step.options, tuple) else await step.options(scene)
        if not options:
            raise Stop(Reply(Say(step.none)))
        field = Field(
            name=step.name,
            label=step.label or on_page(step.prompt),
            hint=on_page(step.prompt) if step.label else "",
            kind="choice",
            options=tuple((option.value, option.label) for option in options),
            listed=bool(step.label),
        )
        if len(options) == 1:
            return replace(field, kind="fixed", shown=options[0].label, value=options[0].value), options[0].value
        chosen = text if text else old
        found: Option | None = next((option for option in options if option.value == chosen), None)
        if found is None:
            return replace(field, error="请选一项。" if text is not None else ""), None
        return replace(field, value=found.value, shown=found.label), found.value

    async def _agree(self, step: Agree, scene: Scene, old: str | None, text: str | None) -> tuple[Field, str | None]:
        asked = await step.ask(scene)
        field = Field(
            name=step.name,
            label=step.label or on_page(asked.text),
            hint=on_page(asked.text) if step.label else "",
            kind="choice",
            options=((step.yes, step.yes), (step.no, step.no)),
            listed=bool(step.label),
        )
        if text:
            try:
                return replace(field, value=step.yes, shown=step.yes), await step.read(scene, text)
            except Invalid:
                return replace(field, error="请选一项。"), None
        if old:
            return replace(field, value=step.yes, shown=step.yes), old
        return replace(field, error="请选一项。" if text is not None else ""), None

    async def _code(
        self, step: OneTimeCode, scene: Scene, answers: dict[str, str], old: str | None, text: str | None
    ) -> tuple[Field, str | None]:
        try:
            number = step.phone(scene)
        except KeyError:  # the question of the phone is still open
            number = None
        request = scene.memo.get(f"{step.name}.request", "")
        field = Field(
            name=step.name,
            label=step.label or "短信验证",
            kind="code",
            mode="numeric",
            phone=masked_phone(number) if number else "",
            secret=True,
            listed=False,
        )
        if number is None:
            return replace(field, error="请先填好手机号，再发送验证码。" if text is not None else ""), None
        if old and await self._proves(step, old, number):
            return replace(field, shown="短信验证已经通过", passed=True), old
        if request and await self._sent_to(request) != number:  # the phone was changed after the code went out
            answers.pop(f"{step.name}.request", None)
            request, scene = "", self.scene({name: value for name, value in answers.items() if name != f"{step.name}.request"})
        field = replace(field, sent=bool(request))
        if text is None:
            return field, None
        if not text.strip() and not request:
            return replace(field, error="请先点“发送验证码”，再填短信里的 6 位数字。"), None
        if text.strip() in {RESEND, "重新发", "再发一次", "没收到", "收不到", "继续"}:
            return replace(field, error="请填短信里的 6 位数字。"), None
        try:
            proof = await step.read(scene, text)
        except Invalid as why:
            return replace(field, error=on_page(str(why))), None
        except StayHere as stay:
            _remember(answers, stay.asked.memo)
            return replace(field, error=on_page(stay.asked.text), sent=False), None
        return replace(field, shown="短信验证已经通过", passed=True), proof

    async def _proves(self, step: OneTimeCode, request: str, number: str) -> bool:
        """Whether a passed code still proves this very phone for this very purpose."""
        found = await self._tx.codes.get(request)
        return (
            found is not None
            and found.phone == number
            and found.purpose == step.purpose
            and found.state in {CodeState.PASSED, CodeState.SPENT}
        )

    async def _sent_to(self, request: str) -> str:
        found = await self._tx.codes.get(request)
        return found.phone if found else ""

    async def _other(self, step: Step, scene: Scene, old: str | None, text: str | None) -> tuple[Field | None, str | None]:
        """A step of a kind that this module does not know: it is asked and read as in the chat."""
        asked = await step.ask(scene)
        if asked.answer is not None:
            return None, asked.answer
        field = Field(
            name=step.name,
            label=step.label or on_page(asked.text),
            hint=on_page(asked.text) if step.label else "",
            kind="choice" if asked.choices else "text",
            options=asked.choices,
            secret=step.secret,
            listed=bool(step.label),
        )
        if text is None:
            return (field, None) if old is None else (replace(field, value=old, shown=step.shown(old)), old)
        try:
            said = await step.read(scene, text)
        except (Invalid, StayHere) as why:
            sentence = why.asked.text if isinstance(why, StayHere) else str(why)
            return replace(field, value="" if step.secret else text, error=on_page(sentence)), None
        return replace(field, value=text, shown=step.shown(said)), said


def said_by(stop: Stop) -> str:
    """What a step says when there is nothing to go on with."""
    return on_page(stop.reply.first.text) if isinstance(stop.reply.first, Say) else "现在办不了，请回到公众号再试。"


def applies(step: Step, answers: Answers) -> bool:
    """A step that hangs on an answer which is still missing does not apply yet."""
    try:
        return step.applies({name: value for name, value in answers.items() if MEMO not in name})
    except KeyError:
        return False


def _mode(step: Ask) -> str:
    """Which keyboard fits."""
    return "tel" if "phone" in step.name else _MODES.get(step.parse, "text")


def _remember(answers: dict[str, str], memo: Mapping[str, str]) -> None:
    """What a step wants remembered; what is empty is forgotten."""
    for name, value in memo.items():
        if value:
            answers[name] = value
        else:
            answers.pop(name, None)
