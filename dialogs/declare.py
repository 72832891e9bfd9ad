"""A conversation as data: dialogs, and the steps that they are made of.

State is what the person typed, as text, read again when it is used; so it is plain JSON, survives a restart, and going back is
dropping an answer. A step says what to ask and how to read the answer; `dialogs.engine` decides which step is next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from dialogs.desk import CodeChecked, CodeSent, Desk
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid, choice, normal, sms_code, yes_no
from dialogs.phrases import hour_and_minute
from storage.ports.record import Record, field
from storage.ports.regions import Region

Answers = Mapping[str, str]


class Stop(Exception):
    """The dialog ends here with this reply, nothing done: the person said no, or it cannot go on."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("stop")
        self.reply = reply


class Wrong(Exception):
    """An answer turned out to be wrong after it was read: it is dropped and its step asked again with `message`."""

    def __init__(self, step: str, message: str) -> None:
        super().__init__(step)
        self.step = step
        self.message = message


class StayHere(Exception):
    """Not an answer but a request at this step (重发): say `asked` and wait on."""

    def __init__(self, asked: Asked) -> None:
        super().__init__("stay")
        self.asked = asked


class Scene(Record):
    """What a step or an action may look at. `key` is the id of this run of the dialog: the idempotency key of whatever it changes."""

    desk: Desk
    now: datetime
    key: str
    answers: Answers
    memo: Mapping[str, str]


class Asked(Record):
    """How a step asks: the words, numbered choices, links, what to remember; `answer` when there is nothing to ask (one option only)."""

    text: str
    choices: tuple[tuple[str, str], ...] = ()
    links: tuple[Anchor, ...] = ()
    memo: Mapping[str, str] = field(default_factory=dict)
    answer: str | None = None

    def say(self, before: str = "") -> Reply:
        """As a reply, after `before` if there is something to say first."""
        return Reply(Say(f"{before}\n{self.text}" if before else self.text, self.choices, self.links))


class Step(Protocol):
    """One question."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str:
        """What it is called at the confirmation and under 改一项; empty if it cannot be changed there."""

    @property
    def secret(self) -> bool:
        """Never shown again."""

    @property
    def settled(self) -> str:
        """Why an answer cannot be undone once it is given (a code that has passed); empty when it can."""

    def applies(self, answers: Answers) -> bool: ...

    async def ask(self, scene: Scene) -> Asked: ...

    async def read(self, scene: Scene, text: str) -> str:
        """The answer as it is kept; raises Invalid (ask again with that sentence), StayHere or Stop."""

    def shown(self, answer: str) -> str:
        """The answer as the confirmation shows it."""


def always(_: Answers) -> bool:
    """For steps that apply whatever was answered."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    name: str
    prompt: str
    label: str = ""
    secret: bool = False
    settled: str = ""
    when: Callable[[Answers], bool] = always

    def applies(self, answers: Answers) -> bool:
        return self.when(answers)

    def shown(self, answer: str) -> str:
        return "（已填）" if self.secret else answer


_NUMERALS = ("1", "一", "2", "二", "3", "三", "4", "四", "5", "五")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(_Question):
    """A question with a typed answer. `parse(text, today)` raises Invalid; `quick` are answers offered by number; a `default` is taken unasked."""

    parse: Callable[[str, date], Any]
    quick: tuple[str, ...] = ()
    default: str | None = None

    @property
    def listed(self) -> tuple[tuple[str, str], ...]:
        """`quick` with their numbers, as they stand below the question."""
        return tuple((str(n), text) for n, text in enumerate(self.quick, 1))

    async def ask(self, scene: Scene) -> Asked:
        return Asked(self.prompt, self.listed, answer=self.default)

    async def read(self, scene: Scene, text: str) -> str:
        chosen = text.strip()
        plain = normal(chosen)
        if self.quick and (plain.startswith("第") or plain in _NUMERALS[: 2 * len(self.quick)]):
            chosen = self.quick[choice(plain, self.quick)]
        self.parse(chosen, scene.now.date())
        return chosen


class Option(Record):
    """One of several: `value` is kept, `label` is shown, `known_as` is understood too and never shown."""

    value: str
    label: str
    known_as: str = ""


Options = tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose(_Question):
    """A choice by number or words. `options` may come from storage; a single option is taken unasked; none ends the dialog with `none`."""

    options: Options | Callable[[Scene], Awaitable[Options]]
    none: str = "现在没有可选的内容。"

    def shown(self, answer: str) -> str:
        """The label of a declared option; what storage offered is shown as it is kept."""
        declared = self.options if isinstance(self.options, tuple) else ()
        return next((option.label for option in declared if option.value == answer), answer)

    async def _options(self, scene: Scene) -> Options:
        return self.options if isinstance(self.options, tuple) else await self.options(scene)

    async def ask(self, scene: Scene) -> Asked:
        options = await self._options(scene)
        if not options:
            raise Stop(Reply(Say(self.none)))
        if len(options) == 1:
            return Asked(self.prompt, answer=options[0].value)
        return Asked(self.prompt, tuple((str(n), option.label) for n, option in enumerate(options, 1)))

    async def read(self, scene: Scene, text: str) -> str:
        options = await self._options(scene)
        # A number is always a place in the list: a value that looks like one must not be mistaken for it.
        if not text.strip().isdecimal() and any(text == option.value for option in options):
            return text
        if named := [option for option in options if option.known_as and option.known_as == text.strip()]:
            return named[0].value
        try:
            return options[choice(text, [option.label for option in options])].value
        except Invalid:
            raise Invalid(f"请回复前面的数字，1 到 {len(options)}。") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agree(_Question):
    """A yes or no that decides whether to go on: consent, or the confirmation of something that takes effect at once. `prompt` may depend on the scene."""

    text: Callable[[Scene], Awaitable[str]] | None = None
    yes: str = "同意"
    no: str = "不同意"
    refused: str = "好的，没有办理任何事情。需要时随时找我。"

    async def ask(self, scene: Scene) -> Asked:
        text = await self.text(scene) if self.text else self.prompt
        return Asked(text, (("1", self.yes), ("2", self.no)))

    async def read(self, scene: Scene, text: str) -> str:
        said = text.strip()
        try:
            agreed = said == self.yes or (said != self.no and yes_no(said))
        except Invalid:
            raise Invalid(f"请回复 1 {self.yes}，或 2 {self.no}。") from None
        if not agreed:
            raise Stop(Reply(Say(self.refused)))
        return "yes"


_PASSED = frozenset(
    {"好", "好了", "做好了", "做完了", "认好了", "认完了", "完成", "完成了", "已完成", "可以了", "通过了", "下一步", "ok", "OK"}
)
"""What is said after the picture, instead of 继续."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OneTimeCode(_Question):
    """A code by SMS: sent when the step is first asked, checked when it is answered. The digits are never kept; the answer is the id of the passed request."""

    purpose: str
    phone: Callable[[Scene], str | None]
    prompt: str = ""
    label: str = ""
    secret: bool = True
    sent: str = "如果 {phone} 是预留手机号，验证码已经发过去了"
    """What is said when it went out; the default does not tell whether the phone is anybody's."""
    why: str = ""
    """What the code is for, said in front while it is still to come; `sent` says it by itself."""
    settled: str = "短信验证已经通过，不用重来。想换手机号，请回复“取消”后重新开始。"

    async def ask(self, scene: Scene) -> Asked:
        if scene.memo.get(self._memo):
            return Asked("请输入短信里的 6 位数字验证码。没收到请回复“重发”。")
        return await self._send(scene, may_wait=True)

    @property
    def _memo(self) -> str:
        return f"{self.name}.request"

    @property
    def _picture(self) -> str:
        """Whether a picture was what stood in the way last."""
        return f"{self.name}.picture"

    async def _send(self, scene: Scene, *, may_wait: bool) -> Asked:
        phone = self.phone(scene)
        if not phone:
            text = "您在经办机构没有预留手机号，暂时不能用短信验证。请带身份证到窗口登记；有社保卡的，也可以回复“换手机号”，在这里登记一个。"
            raise Stop(Reply(Say(text)))
        sent = await self.request(scene, phone, may_wait=may_wait)
        memo = {self._memo: sent.request, self._picture: ""} if sent.request else {}
        if sent.captcha_url:
            return Asked(
                "为了防止别人冒用您的手机号，请先点开下面的页面认一认图片，做完后回到这里回复“继续”。",
                links=(Anchor("去认图片", sent.captcha_url),),
                memo={self._picture: "yes"},
            )
        if sent.queued and sent.retry_at:
            when = hour_and_minute(sent.retry_at, scene.now)
            return Asked(
                f"{self.why}一分钟只能发一条短信，验证码会在 {when} 发出，请稍等。\n收到后把 6 位数字发给我。", memo=memo
            )
        if sent.retry_at:
            when = hour_and_minute(sent.retry_at, scene.now)
            return Asked(f"验证码要得太频繁了。收到过的请先用那一条；{when} 以后可以回复“重发”。")
        return Asked(f"{self.sent.format(phone=sent.masked_phone)}，5 分钟内有效。\n请把短信里的 6 位数字发给我。", memo=memo)

    async def request(self, scene: Scene, phone: str, *, may_wait: bool) -> CodeSent:
        """Have a code made and sent."""
        return await scene.desk.send_code(self.purpose, phone, may_wait=may_wait)

    async def check(self, scene: Scene, request: str, digits: str) -> CodeChecked:
        """Judge one try."""
        return await scene.desk.check_code(request, self.purpose, digits)

    async def read(self, scene: Scene, text: str) -> str:
        request = scene.memo.get(self._memo, "")
        if text.strip() in {"重发", "重新发", "再发一次", "没收到", "收不到", "继续"}:
            raise StayHere(await self._send(scene, may_wait=not request))
        if scene.memo.get(self._picture) and text.strip("。！!~ ") in _PASSED:
            raise StayHere(await self._send(scene, may_wait=not request))
        if not request:
            raise Invalid("验证码还没有发出。请回复“继续”，看看还差什么；不办了就回复“取消”。")
        checked = await self.check(scene, request, sms_code(text))
        if checked.right:
            return request
        if checked.left:
            raise Invalid(f"验证码不对，请看一下最新的那条短信，还可以试 {checked.left} 次。")
        sentence = "这个验证码已经失效了。请回复“重发”，我给您发一个新的。"
        if checked.retry_at:
            when = hour_and_minute(checked.retry_at, scene.now)
            sentence = f"输错的次数太多，这个验证码已经失效了。为了安全，{when} 以后可以回复“重发”。"
        raise StayHere(Asked(sentence, memo={self._memo: ""}))


class Ended(Record):
    """What an action hands back besides its reply: choices that stay open after the dialog, by number (label, wish)."""

    reply: Reply
    offers: tuple[tuple[str, Wish], ...] = ()


class Wish(Record):
    """Something a person wants: a dialog by name, with what was already said (step name → text)."""

    dialog: str
    said: Mapping[str, str] = field(default_factory=dict)


class Guide(Record):
    """A guide of the handbook (BJH-09): a chapter of its own, and a choice wherever a conversation offers it.

    Its text is data: the region's TOML, or what an editor made of it. `does` is the conversation that does here what the guide tells of, with
    the words of its choice; `within` says that the feature is that conversation's, and the guide a part of it.
    """

    code: str
    does: tuple[str, Wish] | None = None
    within: bool = False

    @property
    def wish(self) -> Wish:
        """To read it, from the short answer on."""
        return Wish("guide", {"guide": self.code})

    def called(self, words: str = "看办事指南") -> tuple[str, Wish]:
        """As a choice with those words."""
        return words, self.wish


Action = Callable[[Scene], Awaitable[Ended]]


class Dialog(Record, kw_only=True):
    """One conversation.

    `covers` are the feature IDs it serves; `who` may begin it (`person` logs in first); `words` are what it is called in chat.
    `confirm` is the summary before an action that changes something (`{name}` of a step is its shown answer); None where a step has
    asked already. `preview` is that summary where it depends on more than the answers; it may raise Wrong, as the action may. `catch` finds several answers in one message. `elsewhere` answers for a region whose manual lacks the features.
    Raise `version` when steps change their meaning: a conversation begun before then starts over with the answers that still read.
    """

    name: str
    title: str
    covers: tuple[str, ...]
    action: Action
    steps: tuple[Step, ...] = ()
    confirm: str | None = None
    preview: Callable[[Scene], Awaitable[str]] | None = None
    who: str = "person"
    catch: Callable[[Scene, str], Mapping[str, str]] | None = None
    elsewhere: Callable[[Region], Reply] | None = None
    counterpart: Callable[[Region], Wish | None] | None = None
    """Which dialog serves a region that lacks this one, looked at before `elsewhere` is said."""
    part_of: tuple[str, ...] = ()
    """Features of other dialogs: this one is offered where they are."""
    needs_region: bool = False
    scope: str | None = None
    """What a relative who speaks for the person must have been granted (S17): a scope, `own` for what no relative may, '' for what anybody
    may. None: to act, where a person is needed at all."""
    version: int = 1
    help: str = ""
    guides: tuple[Guide, ...] = ()
    """Offered where the region lacks it."""
    ours: bool = False
    """A capability that no manual numbers: the catalogue lists it under its own name."""
    acts: bool = False
    """Something has been done at its end: while the database is away the wish for it is kept under a number, not sent away."""
    media: tuple[str, ...] = ("chat",)
    """In what it comes (DESIGN section 6, `catalogue`): chat, page, pdf, xlsx, push, guide."""

    @property
    def needs(self) -> str:
        """The scope that a relative needs."""
        return self.scope if self.scope is not None else "act" if self.who == "person" else ""

    def step(self, name: str) -> Step:
        """The step of that name; raises KeyError."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def offered_in(self, region: Region | None) -> bool:
        """Whether the region has it; yes for dialogs that every region has, and while the region is unknown."""
        return region is None or not self.elsewhere or region.offers(*self.covers, *self.part_of)
