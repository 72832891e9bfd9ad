"""What is asked when something is to be granted: which rights, what the relative is called, until when, and when they are reminded."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dialogs.declare import Agree, Answers, Ask, Asked, Choose, Option, Scene, StayHere, Step, Stop, Wrong
from dialogs.desk_family import ASKABLE, LONGEST_YEARS, SCOPE_WORDS, Terms
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, choice, normal
from dialogs.phrases import day
from storage.ports.record import Record
from storage.ports.records import SCOPES
from storage.ports.time import SHANGHAI

LABELS = ("女儿", "儿子", "老伴", "孙辈", "其他家人")
_UNTIL: Mapping[str, int] = {"一年": 12, "半年": 6, "两年": 24, "三年": 36}
_SAID_SO: Mapping[str, str] = {
    "1年": "一年",
    "2年": "两年",
    "二年": "两年",
    "3年": "三年",
    "6个月": "半年",
    "六个月": "半年",
    "12个月": "一年",
}
_LABEL = re.compile(r"[\u4e00-\u9fff]{1,6}")
_MONTH = re.compile(r"到?(?:(20[0-9]{2})年|(今年|明年|后年))?(?:([0-9]{1,2})月)?(?:年?底|份|份?末)")
_FEAST = re.compile(r"到?(?:(20[0-9]{2})年|(今年|明年|后年))?(?:的)?(?:春节|过年)(?:前|为止)?")
_NEW_YEAR: Mapping[int, date] = {
    one.year: one
    for one in (
        date(2025, 1, 29),
        date(2026, 2, 17),
        date(2027, 2, 6),
        date(2028, 1, 26),
        date(2029, 2, 13),
        date(2030, 2, 3),
        date(2031, 1, 23),
    )
}
"""春节 by the lunar calendar."""
_NEXT: Mapping[str, int] = {"今年": 0, "明年": 1, "后年": 2}
_DAY = re.compile(r"(20[0-9]{2})[-./年]([0-9]{1,2})[-./月]([0-9]{1,2})日?")
_ALL = frozenset({"全部", "都要", "全都要", "都可以", "全选", "所有"})


async def _nothing(_: Scene) -> None:
    """There is nothing to look at first."""


class Several(Record, kw_only=True):
    """Some of the rights, by numbers (13, 1 3, 1和3, 全部) or words. Kept as codes with commas. `before` may raise Stop."""

    name: str
    prompt: str
    of: tuple[str, ...]
    label: str = ""
    secret: bool = False
    settled: str = ""
    when: Callable[[Answers], bool] = lambda _: True
    before: Callable[[Scene], Awaitable[None]] = _nothing
    among: Callable[[Scene], Awaitable[tuple[str, ...]]] | None = None
    """Those that are offered, where that depends on what there is."""

    def applies(self, answers: Answers) -> bool:
        return self.when(answers)

    def shown(self, answer: str) -> str:
        return "、".join(SCOPE_WORDS[scope] for scope in answer.split(","))

    async def _offered(self, scene: Scene) -> tuple[str, ...]:
        return await self.among(scene) if self.among else self.of

    async def ask(self, scene: Scene) -> Asked:
        await self.before(scene)
        listed = enumerate(await self._offered(scene), 1)
        return Asked(self.prompt, tuple((str(number), SCOPE_WORDS[scope]) for number, scope in listed))

    async def read(self, scene: Scene, text: str) -> str:
        offered = await self._offered(scene)
        plain = normal(text).rstrip("。！!.")
        if plain in _ALL:
            return ",".join(offered)
        if re.fullmatch(r"[0-9 ,、和跟及+.，;；]+", plain):
            numbers = {int(digit) for digit in re.findall(r"[0-9]", plain)}
            if numbers and numbers <= set(range(1, len(offered) + 1)):
                return ",".join(scope for number, scope in enumerate(offered, 1) if number in numbers)
        elif set(plain.split(",")) <= set(offered):
            return plain
        elif named := [scope for scope in offered if SCOPE_WORDS[scope] in plain or plain in SCOPE_WORDS[scope]]:
            return ",".join(named)
        example = "12" if len(offered) > 1 else "1"
        raise Invalid(f"请回复前面的数字，可以选几项，例如 {example}；都要就回复“全部”。")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure(Agree):
    """The last look before something is granted: whoever says no is asked what to change, and loses nothing of what was answered."""

    async def ask(self, scene: Scene) -> Asked:
        asked = await Agree.ask(self, scene)
        return Asked(asked.text, asked.choices, memo={self._refusing: ""})

    @property
    def _refusing(self) -> str:
        return f"{self.name}.no"

    async def read(self, scene: Scene, text: str) -> str:
        said = text.strip()
        changes = [("scopes", "改能做什么"), ("label", "改怎么称呼"), ("until", "改到什么时候")]
        labels = [*(label for _, label in changes), "不办了"]
        if scene.memo.get(self._refusing) and said != self.yes:
            chosen = len(changes) if said in {"不", "不了", "不要", "不办"} else choice(said, labels)
            if chosen == len(changes):
                raise Stop(Reply(Say(self.refused)))
            raise Wrong(changes[chosen][0], "好的，改这一项，别的都留着。")
        try:
            return await Agree.read(self, scene, text)
        except Stop:
            numbered = tuple((str(number), label) for number, label in enumerate(labels, 1))
            raise StayHere(Asked("好的，先不办。要改哪里？填过的都留着。", numbered, memo={self._refusing: "1"})) from None


def scopes_of(answer: str) -> frozenset[str]:
    """The codes that `Several` keeps."""
    return frozenset(scope for scope in answer.split(",") if scope in SCOPES)


def label_of(text: str, _: date) -> str:
    """What the person calls a relative: one to six Chinese characters. Raises Invalid."""
    plain = text.strip()
    if not _LABEL.fullmatch(plain):
        raise Invalid("请用 1 到 6 个汉字写怎么称呼，例如：女儿、二儿子。")
    return plain


def until_of(text: str, today: date) -> date:
    """The last day: 一年, 半年, 两年, 三年, or a day up to three years from now. Raises Invalid."""
    plain = normal(text).replace(" ", "").rstrip("。")
    plain = re.sub("^到|(?:为止|止)$", "", plain)
    plain = _SAID_SO.get(plain, plain)
    if plain in _UNTIL:
        return _months_on(today, _UNTIL[plain])
    example = f"例如 {_months_on(today, 6).isoformat()}"
    try:
        last = _day_of(plain, today)
    except ValueError:
        raise Invalid(f"没有这一天，请再看看，{example}。") from None
    if last is not None:
        if today <= last <= _months_on(today, 12 * LONGEST_YEARS):
            return last
        raise Invalid(f"最早到今天，最长三年（{day(_months_on(today, 12 * LONGEST_YEARS))}），请换一天。")
    raise Invalid(f"请回复“一年”“半年”“两年”“三年”，或者一个日期，{example}，也可以说“明年6月底”。")


def _day_of(plain: str, today: date) -> date | None:
    """2027-06-30, 2027年6月底, 明年底, 明年春节; None for what is none of these. Raises ValueError for a day that there is not."""
    if found := _DAY.fullmatch(plain):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _FEAST.fullmatch(plain):
        if found[1] or found[2]:
            return _NEW_YEAR.get(int(found[1]) if found[1] else today.year + _NEXT[found[2]])
        return next((one for one in _NEW_YEAR.values() if one >= today), None)
    if (found := _MONTH.fullmatch(plain)) and (found[1] or found[2] or found[3]):
        year = int(found[1]) if found[1] else today.year + _NEXT[found[2] or "今年"]
        month = int(found[3] or 12)
        if not (found[1] or found[2]) and month < today.month:
            year += 1
        return _months_on(date(year, month, 1), 1) - timedelta(days=1)
    return None


def _months_on(today: date, months: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    for last in (today.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has a 28th")


def today_of(scene: Scene) -> date:
    """The day in Shanghai."""
    return scene.now.astimezone(SHANGHAI).date()


def terms_of(scene: Scene) -> Terms:
    """What was answered, as terms."""
    answers = scene.answers
    return Terms(
        scopes_of(answers["scopes"]),
        label_of(answers["label"], today_of(scene)),
        until_of(answers["until"], today_of(scene)),
        answers.get("together") == "together",
    )


UNTIL = Ask(
    name="until",
    label="到什么时候",
    prompt="授权到什么时候为止？到期自动失效，随时可以提前收回。也可以发一个日期，最长三年。",
    parse=until_of,
    quick=tuple(_UNTIL),
)
TOGETHER = Choose(
    name="together",
    label="怎么提醒",
    prompt="资格认证快到期时，怎么提醒家人？",
    options=(Option("together", "和本人一起提醒"), Option("later", "联系不上本人时才提醒")),
    when=lambda answers: "remind" in scopes_of(answers.get("scopes", "")),
)


def terms(before: Callable[[Scene], Awaitable[None]] = _nothing) -> tuple[Step, ...]:
    """The questions of who grants in the own chat: everything can be given, and the relative is called as the person likes."""
    return (
        Several(
            name="scopes",
            label="可以做什么",
            prompt="想让家人帮您做什么？可以选几项，例如回复 12：",
            of=SCOPES,
            before=before,
        ),
        Ask(
            name="label",
            label="怎么称呼",
            prompt="您怎么称呼这位家人？回复数字，或者自己写（例如：二女儿）。",
            parse=label_of,
            quick=LABELS[:4],
        ),
        UNTIL,
        TOGETHER,
    )


def asked_terms() -> tuple[Step, ...]:
    """The questions of a relative who asks: never to act, and called by one of our own words, which go to a stranger's phone."""
    return (
        Several(
            name="scopes",
            label="可以做什么",
            prompt="您想帮家人做什么？可以选几项，例如回复 12（代办业务要本人用自己的微信授权，或到经办窗口办）：",
            of=ASKABLE,
        ),
        Choose(
            name="label",
            label="您是谁",
            prompt="您是家人的什么人？",
            options=tuple(Option(label, label) for label in LABELS),
        ),
        UNTIL,
        TOGETHER,
    )
