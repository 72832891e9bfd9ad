"""From a sentence to a function: the order in which things are looked at, and what follows from it.

Nothing here learns while it runs, asks the network or depends on the clock: the same sentence, role, region and day always give the same
answer. Two opinions are weighed: the phrases compared by ideas (`index`), and a linear model over character sequences (`linear`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, cached_property

from dialogs.parse import find_coming, find_period, tidy
from dialogs.parse.occasions import OCCASIONS
from dialogs.parse.patterns import pattern_of
from handlers.common_words import CommonWords
from handlers.understanding.ambiguities import AMBIGUITIES
from handlers.understanding.broad import BARE, BARE_WORDS, meant_of, points_back, without_little
from handlers.understanding.elsewhere import belongs_elsewhere
from handlers.understanding.employers import EMPLOYERS
from handlers.understanding.everyday import asks_whether_paid, follows_up, meant, meant_by_a_clerk, said_back
from handlers.understanding.guides import GUIDES
from handlers.understanding.index import Index, Match
from handlers.understanding.linear import Linear, trained
from handlers.understanding.model import Action, Ambiguity, Capability, Option, Understood
from handlers.understanding.own import ALWAYS_RUN, OWN
from handlers.understanding.persons import CONTRIBUTIONS_BY_INSURANCE, PERSONS
from handlers.understanding.reading import Reading, read, weigh
from handlers.understanding.refusing import is_own_affair
from handlers.understanding.sayings import SAYINGS
from handlers.understanding.slots import slots_of
from handlers.understanding.talk import (
    asks_for_others,
    asks_to_cheat,
    asks_wholesale,
    denied,
    goes_on,
    is_a_face,
    is_abuse,
    kind_of_talk,
    may_cheat,
    names_somebody,
    wants_a_person,
)
from handlers.understanding.traditional import countrified, simplified
from handlers.understanding.weighing import allowed, guessed, is_ours, is_talk, knows_better, says_nothing, served, weighed
from storage.ports.time import Month, Span

SURE = 0.44
"""From here on an answer is given; below, down to `MAYBE`, it is offered as a question."""

MAYBE = 0.4

CLOSE = 0.004
"""Two capabilities nearer than this are not told apart by a sentence that neither explains wholly."""

REFUSED = 0.25
"""From this share on a sentence is refused as one that asks for another's record or for a skipped check."""

REFUSED_SAID = 0.5
"""The same for a check to be skipped, whose words (不, 直接, 改) are said of much else."""

REFUSED_UNHEARD = 0.55
"""The same where no word of it says so: it may as well be one's own wish in unusual words."""

TURN = 12
"""Characters up to which a turn of phrase is all that was said: it decides, whatever the model holds for likelier."""

_HAS_WORDS = pattern_of("[一-鿿]|[a-z]{3}")
_IN_PASSING = pattern_of(r"(?=.*[一-鿿]).{1,12}")
"""So short a sentence without a word of ours is talk, unless the model knows it for something else (困了，睡觉去)."""

_MY_OWN = pattern_of("[我俺咱]")
_WHOLE = pattern_of("历年|(?:全部|所有)的?(?:社保|养老|医保|退休|缴费|记录|明细|待遇)")

ASKED_ALONE = 0.2
"""Where nothing fits, this share makes a sentence one that says too little (看看我的情况): its question is asked."""

CALLED = 0.16
"""Where nothing fits, this share makes a sentence a wish for a person."""

_MARKUP = pattern_of(r"<[^<>]{0,200}>|https?://(?!\S*/v/)\S+")
_TIMES = pattern_of(
    r"(?<![够满足差了0-9])(?:19|20)?[0-9]{2}年(?:度|[0-9]{1,2}月份?)?|(?:大前|前|去|今|上一?|头)年(?:度|[0-9]{1,2}月份?)?|[上本这]个?月|[0-9]{1,2}月份?|(?<![0-9])(?:19|20)[0-9]{2}[-./]?[0-9]{1,2}(?![0-9])|[上下]半年|(?:近|最近|过去|这|前|头)(?:半|[一二两三四五六七八九十0-9]{1,3})个?[年月]|"
    r"(?:上{1,3}一?|[本这])个季度|[一二三四1-4]季度|(?<![0-9])20[0-2][0-9][和跟与](?=(?:20)?[0-9]{2}(?![0-9]))|(?<![0-9])20[0-2][0-9](?![0-9年])(?=的?(?:社保|医保|养老|失业|工伤|生育))|"
    rf"(?:大前|前|去|今|上)?年?(?:{OCCASIONS})节?(?:那个月|前一?个?月?|后|期间)|(?:大前|前|去|今|上)年(?:{OCCASIONS})|[〇零一二三四五六七八九]{4}年|[一二三四五六七八九十]{1, 2}月份?"
)
_KEEP_TOGETHER = pattern_of(r"近三个月|最近三个月|三个月|近3个月|3个月")
_SENTENCES = {
    "negated": "好的，不办“{what}”。您想办什么，直接告诉我就行。",
    "others": "为了保护隐私，这里只能查本人的记录，请本人用自己的微信登录后查询。家人授权后也可以帮着查，回复“我要帮家人”。",
    "cheating": "这个不能办。每一步核对都是为了保护您本人的账户和记录。需要办理的话，请按正常步骤来，我可以一步步带您做。",
    "employer": "“{what}”由单位经办人办理，这个号现在还不能为单位查询和办理。现在可以：校验单据真伪、看单位的办事指南、查您本人的社保。{guide}",
    "maybe": "您是想问哪一件？",
    "marks": "我在呢。您直接说要办的事就行，例如“查去年的养老缴费”；也可以回复“菜单”。",
}
_COMPLAINT = pattern_of(r"投诉|举报|人工")
"""Words after which no function is meant, however well the rest would fit one."""

_PAID: dict[str, str] = {"pay_resident_medical": "resident_medical_paid", "pay_resident_pension": "resident_pension_paid"}
"""Paying, and the look at what was paid: told apart by whether it was (交了没)."""

_STILL_TO_PAY = frozenset({"pay_flexible", *_PAID})
"""Functions for which months of this year that have not come may be named."""

_SEEN: dict[str, str] = {"失业金": "unemployment_paid", "社保": "contributions"}
"""Words that are asked about, and what they mean with a time: what was paid in a month can only be looked at."""

_SAID_OF: dict[str, str] = {"no_reminders": "reminders", "no_code": "login", "no_log_in": "login"}
"""Everyday sentences that are about a function, and its name: answered with their sentence, as help and not as talk."""
_ONLY_AN_INSURANCE = frozenset(
    ["养老", "医疗", "失业", "工伤", "生育", "失业保险", "生育保险", "社保", "查", "多少", "没", "记录"]
)
"""With a period, no more than these asks for contributions: 2023年的失业保险."""

_EXPLAINS = frozenset({"材料"})
_NOT_EXPLAINED = frozenset({"progress", "contributions", "insured_info", "card_info", "contact"})


class Understanding:
    """Understands sentences. What it compares with is built when it is first asked, or by `prepare` (0.1 s); then read-only and safe to share."""

    def __init__(
        self,
        capabilities: Sequence[Capability],
        *,
        linear: Callable[[], Linear] | None = None,
    ) -> None:
        self.capabilities = tuple(capabilities)
        self._model = linear
        self._common = CommonWords()
        self._questions = {(one.name, one.role): one for one in AMBIGUITIES}
        self._named = {capability.name: capability for capability in self.capabilities}
        self._guides = {one.feature: one.title for one in self.capabilities if one.name.startswith("guide_")}
        self._not_for = {
            role: frozenset(one.name for one in self.capabilities if one.role not in (role, "any"))
            for role in ("person", "employer")
        }

    @cached_property
    def _index(self) -> Index:
        return Index((*self.capabilities, *AMBIGUITIES), SAYINGS)

    @cached_property
    def _linear(self) -> Linear | None:
        return self._model() if self._model else None

    def prepare(self) -> None:
        """Build now what the first sentence would have to wait for. Idempotent; may be called in another thread."""
        _ = self._index, self._linear

    def understand(self, text: str, *, role: str = "person", region: str | None = None, today: date) -> Understood:
        """What a sentence means for somebody of that role (person or employer; anything else counts as person) in that region.

        Never raises: what cannot be understood is `unknown`, with an empty list of features.
        """
        role = "employer" if role == "employer" else "person"
        return self._common.of(text, (text, role, region, today), lambda: self._understood(text, role, region, today))

    def _understood(self, text: str, role: str, region: str | None, today: date) -> Understood:
        plain = countrified(simplified(tidy(_MARKUP.sub(" ", text[:2000]))))
        bare = re.sub(r"^[\s,.!?;:~·'\"“”]+|[\s,.!?;:~·'\"“”]+$", "", plain).lower()
        if not bare:
            return Understood("unknown", name="marks", question=_SENTENCES["marks"]) if plain.strip() else Understood("unknown")
        if (answer := said_back(bare)) and not asks_to_cheat(bare):
            return self._said_back(*answer, role, region)
        if is_a_face(bare):
            return Understood("smalltalk", name="chat", score=0.9)
        if talk := kind_of_talk(bare):
            return Understood("smalltalk", name=talk, score=1.0)
        slots = slots_of(plain, today, role)
        if asks_to_cheat(bare):
            return Understood(
                "refuse", self._features_near(bare, role, region), slots, 0.95, "cheating", question=_SENTENCES["cheating"]
            )
        if broad := self._too_broad(bare, role, region, slots):
            return broad
        if "serial" in slots and ("code" in slots or re.fullmatch(r"[0-9 \-]+", bare)):
            return self._of_name("verify", slots, role, region, 0.98)
        timeless = _without_times(bare)
        heard = (
            allowed(self._linear.shares(timeless), self._not_for[role], role, bare)
            if self._linear and not self._index.knows(bare)
            else {}
        )
        if kind := self._refused(bare, timeless, heard, role):
            return Understood("refuse", self._features_near(bare, role, region), slots, 0.8, kind, question=_SENTENCES[kind])
        refused_whole = asks_for_others(bare) if role == "person" else asks_wholesale(bare, clerk=True)
        if not refused_whole and not wants_a_person(bare):
            bare = meant_of(bare)
        whole, timeless = timeless, _without_times(bare)
        reading = read(timeless)
        if role == "person" and follows_up(bare, timeless):
            return self._of_name("contributions", slots, role, region, 0.8)
        human = wants_a_person(bare)
        left_out = denied(timeless, reading.words)
        if left_out and not human:
            kept = tuple(word for word in reading.words if word not in left_out)
            remaining = weigh(timeless, kept)
            nearest = self._index.nearest(bare, remaining, role, region)
            weak = sum(remaining.ideas.values()) < 0.5 or not nearest or isinstance(nearest[0].target, Ambiguity)
            if weak and not goes_on(bare):
                return self._negated(reading, bare, role, region, slots)
            reading, left_out = remaining, frozenset() if goes_on(bare) else left_out
        if refused_whole:
            features = self._features_near(bare, role, region)
            return Understood("refuse", features, slots, 0.9, "others", question=_SENTENCES["others"])
        name = meant(bare) if role == "person" else meant_by_a_clerk(bare)
        if not left_out and name in self._named and (len(bare) <= TURN or not knows_better(heard, name)):
            return _with_coming(self._of_name(name, slots, role, region, 0.95), bare, today)
        if {"period", "insurance"} <= slots.keys() and reading.ideas.keys() <= _ONLY_AN_INSURANCE and role == "person":
            return self._of_name("contributions", slots, role, region, 0.9)
        if not self._index.knows(bare) and not is_ours(heard) and belongs_elsewhere(bare):
            return Understood("unknown", slots=slots, name="elsewhere")
        matches = self._index.nearest(bare, reading, role, region)
        shares = heard if whole == timeless else {}
        if self._linear and not shares and not self._index.knows(bare):
            shares = allowed(self._linear.shares(timeless), self._not_for[role], role, bare)
        if shares := {} if left_out else shares:
            matches = weighed(matches, served(shares), self._named, role, bare)
        if human and (not matches or _COMPLAINT.search(bare) or matches[0].score < 0.9 or sum(reading.ideas.values()) < 0.6):
            return Understood("human", score=0.95, name="human")
        if matches and matches[0].score >= MAYBE:
            decided = self._decided(matches, reading, slots, role, region)
            return _with_coming(self._settled(decided, bare, slots, role, region, today), bare, today)
        return self._unfitting(bare, reading, slots, shares, role, region, matches[0].score if matches else 0.0)

    def _unfitting(
        self,
        bare: str,
        reading: Reading,
        slots: dict[str, str],
        shares: Mapping[str, float],
        role: str,
        region: str | None,
        best: float,
    ) -> Understood:
        """Where no phrase fits: anger, a wish for a person, talk, a word that says too little, a number alone; else what it may be, as a question."""
        if is_abuse(bare):
            return Understood("smalltalk", name="abuse", score=0.9)
        likeliest = max(shares, key=shares.__getitem__) if shares else ""
        if likeliest == "!human" and shares[likeliest] > CALLED:
            return Understood("human", name="human", score=shares[likeliest])
        if is_talk(shares, len(bare)) or (not reading.ideas and _IN_PASSING.fullmatch(bare) and says_nothing(shares)):
            return Understood("smalltalk", name="chat", score=shares.get("!smalltalk", 0.0))
        vague = likeliest[1:] if likeliest.startswith("?") and shares[likeliest] > ASKED_ALONE else ""
        if vague and (asked := self._asked(vague, role, region, slots)):
            return asked
        if "case_no" in slots and len(slots["case_no"]) >= len(re.sub(r"\W", "", bare)) - 2:
            return self._of_name("progress", slots, role, region, 0.8)
        if guesses := guessed(shares, self._named, role):
            return self._between(guesses, slots, role, region)
        return Understood("unknown", slots=slots, score=best)

    def _settled(
        self, found: Understood, bare: str, slots: dict[str, str], role: str, region: str | None, today: date
    ) -> Understood:
        """What was decided, corrected by what the values say: numbers of people, times that are over, whether it was paid."""
        if found.name in _SEEN and "period" in slots:
            return self._of_name(_SEEN[found.name], slots, role, region, found.score)
        over = slots["year"] < str(today.year) if "year" in slots else False
        if found.name in _PAID and (over or asks_whether_paid(bare)):
            return self._of_name(_PAID[found.name], slots, role, region, found.score)
        if "ids" in slots and "登记" in bare and found.name in {"insured_info", "clerk_unit", "clerk_staff_payments", "maybe"}:
            return self._of_name("clerk_staff_list", slots, role, region, found.score)
        if "ids" in slots and (
            found.name in {"contributions", "maybe", "guide_03"} or found.name.endswith(("_payments", "_paid"))
        ):
            return self._of_name("clerk_staff_payments", slots, role, region, found.score)
        if found.name == "contributions" and "period" not in slots and asks_whether_paid(bare):
            found = replace(found, slots={**slots, "period": str(find_period("近12个月", today))})
        return found

    @staticmethod
    def _refused(bare: str, timeless: str, shares: Mapping[str, float], role: str) -> str:
        """others or cheating where the model holds the two together for likelier than all that is served; '' otherwise.

        Where nobody is named and none of the words of cheating is said, it has to be surer; of one's own, or with a time where a name could be
        (查去年的养老), another's record is not meant.
        """
        others, cheating = shares.get("!others", 0.0) if role == "person" else 0.0, shares.get("!cheating", 0.0)
        refused = others + cheating
        if refused <= REFUSED or (cheating >= others and is_own_affair(bare)) or not _HAS_WORDS.search(bare):
            return ""
        if others > cheating or (role == "person" and asks_for_others(bare)):
            unheard = (
                others > REFUSED_UNHEARD
                and bare == timeless
                and not (_MY_OWN.search(bare) or _WHOLE.search(bare) or _is_of_known_words(bare))
            )
            return "others" if unheard or names_somebody(bare) else ""
        said = may_cheat(bare) and refused > REFUSED_SAID and not (meant(bare) if role == "person" else meant_by_a_clerk(bare))
        return "cheating" if said or cheating > REFUSED_UNHEARD else ""

    def _too_broad(self, bare: str, role: str, region: str | None, slots: dict[str, str]) -> Understood | None:
        """The question for a word that says too little by itself (查询, 证明怎么开) or points at what was shown before (都要)."""
        if points_back(bare) and (back := self._asked("查询", role, region, slots)):
            return back
        core = without_little(bare)
        named = BARE_WORDS.get(core) if len(bare) <= BARE else None
        return self._asked(named, role, region, slots) if named and (bare == core or not self._index.knows(bare)) else None

    def _asked(self, name: str, role: str, region: str | None, slots: dict[str, str]) -> Understood | None:
        """The question about a word that fits several functions, or what it means with a time; None if this role is not asked it."""
        if role == "person" and name in _SEEN and "period" in slots:
            return self._of_name(_SEEN[name], slots, role, region, 0.9)
        one = self._questions.get((name, role)) or self._questions.get((name, "any"))
        if one is None:
            return None
        options = tuple(self._with_feature(option, role, region) for option in one.options)
        return Understood("clarify", one.features, slots, 1.0, one.name, one.name, one.question, options)

    # ── deciding ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _decided(
        self, matches: list[Match], reading: Reading, slots: dict[str, str], role: str, region: str | None
    ) -> Understood:
        best = matches[0]
        target = best.target
        if isinstance(target, Ambiguity):
            options = tuple(self._with_feature(option, role, region) for option in target.options)
            return Understood(
                "clarify", target.features, slots, min(best.score, 1.0), target.name, target.name, target.question, options
            )
        rivals = [match for match in matches[1:4] if isinstance(match.target, Capability) and best.score - match.score < CLOSE]
        if best.score < SURE or (rivals and best.score < 0.8 and not _same(target, rivals[0], role)):
            return self._between([match for match in matches[:6] if match.score >= MAYBE * 0.9], slots, role, region)
        return self._answer(target, reading, slots, role, region, best.score)

    def _answer(
        self, target: Capability, reading: Reading, slots: dict[str, str], role: str, region: str | None, score: float
    ) -> Understood:
        features = _by_insurance(target, region, slots)
        question = None
        action: Action = target.mode
        if target.name == "progress" and "serial" in slots and "case_no" not in slots:
            slots = {name: value for name, value in slots.items() if name != "serial"} | {"case_no": slots["serial"]}
        if target.role == "employer" and role == "person":
            action, question = "refuse", _SENTENCES["employer"].format(what=target.title, guide=self._guide_to(features))
        elif target.name not in ALWAYS_RUN and (
            not target.served_in(region)
            or (not _EXPLAINS.isdisjoint(reading.ideas) and target.name not in _NOT_EXPLAINED and role == "person")
            or (region is not None and action == "run" and features[0] in _ANSWERED_BY_GUIDE)
        ):
            action = "guide"
        name = "employer" if action == "refuse" else target.name
        return Understood(action, features, slots, min(score, 1.0), name, target.title, question)

    def _between(self, matches: list[Match], slots: dict[str, str], role: str, region: str | None) -> Understood:
        capabilities = [match.target for match in matches if isinstance(match.target, Capability)]
        wanted = [target for target in capabilities if target.role in (role, "any")][:3] or capabilities[:1]
        features = tuple(dict.fromkeys(feature for target in wanted for feature in _by_insurance(target, region, slots)))
        options = tuple(Option(target.title, target.words[0], target.features(region)[0]) for target in wanted)
        question = f"您是想问“{wanted[0].title}”吗？" if len(wanted) == 1 else _SENTENCES["maybe"]
        return Understood("clarify", features, slots, matches[0].score, "maybe", wanted[0].title, question, options)

    def _negated(self, reading: Reading, bare: str, role: str, region: str | None, slots: dict[str, str]) -> Understood:
        matches = self._index.nearest(bare, reading, role, region)
        title = matches[0].target.title if matches and isinstance(matches[0].target, Capability) else "这件事"
        return Understood("unknown", slots=slots, name="negated", question=_SENTENCES["negated"].format(what=title))

    def _guide_to(self, features: tuple[str, ...]) -> str:
        """How to see the guide among some features; '' if none is."""
        titles = (self._guides[feature] for feature in features if feature in self._guides)
        return next((f"回复“{title}”可以看怎么办。" for title in titles), "")

    def _said_back(self, name: str, sentence: str, role: str, region: str | None) -> Understood:
        about = self._named.get(_SAID_OF.get(name, ""))
        if about is None:
            return Understood("smalltalk", name=name, score=1.0, question=sentence)
        return Understood("guide", about.features(region), name=name, title=about.title, score=1.0, question=sentence)

    def _of_name(self, name: str, slots: dict[str, str], role: str, region: str | None, score: float) -> Understood:
        target = self._named.get(name)
        if target is None:
            return Understood("unknown", slots=slots)
        return self._answer(target, read(""), slots, role, region, score)

    def _features_near(self, bare: str, role: str, region: str | None) -> tuple[str, ...]:
        matches = self._index.nearest(bare, read(bare), role, region)
        if not matches or matches[0].score < MAYBE * 0.8:
            return ()
        target = matches[0].target
        return target.features(region) if isinstance(target, Capability) else target.features

    def _with_feature(self, option: Option, role: str, region: str | None) -> Option:
        if (name := meant(option.text)) and name in self._named:
            return replace(option, feature=self._named[name].features(region)[0])
        matches = self._index.nearest(option.text, read(option.text), role, region)
        if self._linear and not self._index.knows(option.text):
            matches = weighed(matches, self._linear.shares(option.text), self._named, role)
        for match in matches:
            if isinstance(match.target, Capability):
                return replace(option, feature=match.target.features(region)[0])
        return option


_ANSWERED_BY_GUIDE = frozenset(f"BJH-{number:02d}" for number in (*range(1, 26), 27, 28, 30, 31, 32))
"""Guides that are text; BJH-26 and BJH-29 look at the person's own record."""


def _is_of_known_words(text: str) -> bool:
    """Whether a text holds nothing but words of the lexicon (余额医保): nobody is named in it."""
    return sum(word.end - word.start for word in read(text).words) >= len(re.sub(r"\W", "", text))


def _same(target: Capability, rival: Match, role: str) -> bool:
    if not isinstance(rival.target, Capability):
        return False
    return rival.target.feature == target.feature or (role == "person" and target.role == rival.target.role == "employer")


def _with_coming(found: Understood, bare: str, today: date) -> Understood:
    """What is to be paid, with the months of this year that have not come if they are named; a look at what was paid ends now (今年1到12月)."""
    looks = found.name == "contributions" or found.name.endswith(("_paid", "_payments"))
    if "period" in found.slots or not (looks or found.name in _STILL_TO_PAY) or "月" not in bare:
        return found
    coming, now = find_coming(bare, today), Month.of(today)
    if coming and looks:
        coming = Span(coming.start, now) if coming.start < now < coming.end else None
    return replace(found, slots={**found.slots, "period": str(coming)}) if coming else found


def _by_insurance(target: Capability, region: str | None, slots: dict[str, str]) -> tuple[str, ...]:
    """滨州 has a contribution function for each insurance: those that were named come first."""
    features = target.features(region)
    if target.name != "contributions" or "insurance" not in slots:
        return features
    named = tuple(
        CONTRIBUTIONS_BY_INSURANCE[code] for code in slots["insurance"].split(",") if code in CONTRIBUTIONS_BY_INSURANCE
    )
    per_insurance = set(CONTRIBUTIONS_BY_INSURANCE.values())
    others = tuple(feature for feature in features if feature not in per_insurance)
    return (*others, *(feature for feature in named if feature in features))


def _without_times(text: str) -> str:
    """The sentence without its times, so that they count neither as said nor as missing. 近三个月 stays: it names a guide."""
    if _KEEP_TOGETHER.search(text) and "补" in text:
        return text
    return _TIMES.sub(" ", text)


ALL_CAPABILITIES = (*PERSONS, *OWN, *GUIDES, *EMPLOYERS)
"""Everything that the manuals know, for persons and for clerks."""


def plainly(text: str) -> str:
    """A sentence as the models see it: tidied, simplified, lower case, without its times."""
    return _without_times(countrified(simplified(tidy(text))).lower())


@cache
def default_understanding() -> Understanding:
    """The understanding of everything that the manuals know; it holds nothing of any chat, and is the same for all of the process."""
    return Understanding(ALL_CAPABILITIES, linear=trained)


def answer_lines(lines: Iterable[str], today: date, understanding: Understanding | None = None) -> Iterator[str]:
    """One JSON object for each JSON object `{"text", "role", "region"}`: the `--lines` mode of `python -m bot understand`.

    Blank lines are skipped. A line that is no such object is answered with `unknown` and an `error`, so that answers and
    questions stay in step.
    """
    understanding = understanding or default_understanding()
    for line in lines:
        if not line.strip():
            continue
        try:
            asked = json.loads(line)
            text, role, region = asked["text"], asked.get("role") or "person", asked.get("region") or None
            if not (isinstance(text, str) and isinstance(role, str) and (region is None or isinstance(region, str))):
                raise TypeError("text, role and region are strings")
        except (ValueError, TypeError, KeyError, AttributeError):
            answer = {**Understood("unknown").to_json(), "error": 'expected {"text", "role", "region"}'}
        else:
            answer = understanding.understand(text, role=role, region=region, today=today).to_json()
        yield json.dumps(answer, ensure_ascii=False)
