"""A filing as data: what is asked, what has to be shown, who decides, what happens then. One declaration is a chat dialog and a mobile
page with the same parsers and sentences; what it makes is a `Case`.

A new filing is one more `Filing(...)` in `dialogs/filings/`; nothing else is written for it unless it changes something outside the
case (a card, a phone), which is an effect of that name in `handlers/filings/effects.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from dialogs.declare import Answers, Scene, Step, always
from dialogs.messages import Reply
from storage.ports.record import Record
from storage.ports.records import CaseState
from storage.ports.regions import Region

MiB = 1024 * 1024


class Refusal(Exception):
    """An expected refusal, in words for whoever asked; nothing has happened."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Material(Record, kw_only=True):
    """要件 (I6): something that has to be shown. Pictures only; `at_least` and `at_most` are bytes of one file, `pages` how many files."""

    name: str
    title: str
    required: bool
    """必要 or 非必要: only what is 必要 keeps a filing from being submitted."""
    hint: str = ""
    at_least: int = 10 * 1024
    at_most: int = 5 * MiB
    pages: int = 1
    when: Callable[[Answers], bool] = always

    @property
    def need(self) -> str:
        """As the manuals write it."""
        return "必要" if self.required else "非必要"


class Undertaking(Record, kw_only=True):
    """承诺 / 须知 (A7): raise `version` when the text changes; code, version and moment are kept with the case."""

    code: str
    version: str
    text: str


class Review(Record, kw_only=True):
    """Who decides. `days` is a key of `Region.days` (working days from submission); with `four_eyes` two different people approve."""

    role: str = "审核"
    days: str = "review"
    four_eyes: bool = False


class Stage(Record, kw_only=True):
    """What happens after approval, in order. It ends `by` itself when its working days are over (`days`, a key of `Region.days`), by
    `staff` of `role`, or by the `person` (领取). `told` is what the person reads when it begins
    (it may depend on the answers); `{case}` and `{day}` are filled in."""

    name: str
    state: CaseState
    """WORKING or READY."""
    by: str = "staff"
    days: str = ""
    role: str = "受理"
    told: str | Callable[[Answers], str] = ""


class Filing(Record, kw_only=True):
    """One thing that can be filed.

    `steps` are the questions of `dialogs.declare`; what is asked is labelled (`label`) where the person and the staff shall see it.
    `begin` raises Stop where it cannot be filed at all (no card, nothing returned); `check` judges the answers together and raises
    Wrong(step, sentence); `lines` are what the preview shows beside the answers (fee, how long it takes).
    `window` is a key of `Region.windows`; `fee` a key of `Region.fees`, or a function of the answers that gives one ('' for none): it is
    paid before the review. Without a `review` the filing is approved by the rule that it passed its checks.
    `effects` names what happens outside the case. `inside` filings are opened by the product or by staff, never by a person.
    """

    name: str
    title: str
    covers: tuple[str, ...]
    steps: tuple[Step, ...]
    materials: tuple[Material, ...] = ()
    undertaking: Undertaking | None = None
    who: str = "person"
    """person (logged in) or anyone."""
    again: str = "进度"
    """What is said in the chat to go on with what was filed; a filing that anyone may make needs a word that asks for no log-in."""
    window: str = ""
    fee: str | Callable[[Answers], str] = ""
    review: Review | None = None
    stages: tuple[Stage, ...] = ()
    begin: Callable[[Scene], Awaitable[None]] | None = None
    check: Callable[[Scene], Awaitable[None]] | None = None
    lines: Callable[[Scene], Awaitable[tuple[tuple[str, str], ...]]] | None = None
    effects: str = ""
    elsewhere: Callable[[Region], Reply] | None = None
    sensitive: bool = False
    """Waits while a hold is in force (S16: 72 hours after the phone or the chat changed)."""
    month_end: bool = False
    """What is not decided by the end of its month falls back by itself (自动回撤, features.md 7.4)."""
    inside: bool = False
    stays: Callable[[Answers], str] | None = None
    """What withdrawing does not undo, as a sentence (a card stays lost)."""
    finished: str = "已办结。"
    """What the person is told at the end."""
    version: int = 1
    help: str = ""

    @property
    def on_page(self) -> bool:
        """Whether it is a mobile page: more than three questions, or something to upload."""
        return bool(self.materials) or len([step for step in self.steps if step.label]) > 3

    def fee_key(self, answers: Answers) -> str:
        """The key of `Region.fees`; '' when nothing has to be paid."""
        return self.fee if isinstance(self.fee, str) else self.fee(answers)

    def material(self, name: str) -> Material | None:
        """The material of that name."""
        return next((one for one in self.materials if one.name == name), None)

    def stage(self, name: str) -> Stage | None:
        """The stage of that name."""
        return next((one for one in self.stages if one.name == name), None)

    def after(self, name: str) -> Stage | None:
        """The stage that follows the one of that name; the first for ''; None when that was the last."""
        names = [one.name for one in self.stages]
        place = names.index(name) + 1 if name in names else 0
        return self.stages[place] if place < len(self.stages) else None
