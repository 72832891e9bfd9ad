"""What every guide must be before people read it: of `doctor`, of the tests, and of the editor when it saves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from dialogs.parse.patterns import pattern_of
from handlers.guides.finding import plain
from storage.ports.records import GUIDE_ROLES, Guide
from storage.ports.regions import Region

BRIEF_AT_MOST = 100
TITLE_AT_MOST = 32
LINE_AT_MOST = 260
ALIAS_LONGEST = 24
SHORT_ANSWER_AT_MOST = 560
"""Letters of the answer in chat: a text of WeChat holds 2048 bytes, three a letter, and the choices under it need room too."""

_FORBIDDEN = pattern_of(
    r"种子|手册(?:未|所|没|上|里|说)|(?:查询|单位|操作|使用)手册|未写明|原文|机器人|seed|Silent|(?:BJH|BJE|BJQ|BZ|JN|PAT|S|W|C)-[A-Z0-9]"
    r"|待补|待定稿|TBD|<[a-zA-Z/]",
    re.IGNORECASE,
)
"""Words about manuals, numbers of features, and markup: nothing for people."""

_DAY = pattern_of(r"(\d{4})年(\d{1,2})月(?:(\d{1,2})日)?")
_CLOCK = pattern_of(r"(?<!\d)(\d{1,2}):(\d{2})(?!\d)")


class Problem(str):
    """A sentence for an editor; `field` is the name of the field of `Guide` that it speaks of."""

    __slots__ = ("field",)
    field: str

    def __new__(cls, words: str, field: str) -> Problem:
        """The sentence, about that field."""
        made = super().__new__(cls, words)
        made.field = field
        return made


_FIELD_OF: Mapping[str, str] = {
    "标题": "title",
    "平常的叫法": "short",
    "一句话": "brief",
    "时效说明": "validity",
    "别名": "aliases",
    "渠道与步骤": "ways",
    "适用": "applies",
    "条件": "conditions",
    "材料": "materials",
    "办理时间": "hours",
    "费用": "fee",
    "时限与结果": "result",
    "表单": "forms",
    "注意": "notes",
}
"""The field of each name that a sentence here calls it by."""


def problems_of(guide: Guide, region: Region) -> list[Problem]:
    """What is wrong with one guide, as sentences for an editor; empty when nothing is."""
    found = _missing(guide) + _too_long(guide)
    for name, text in _texts(guide):
        if told := _FORBIDDEN.search(text):
            found.append(_about(name, f"{name}里有不该给办事人看的字样“{told[0]}”。"))
        found += [_about(name, f"{name}里的日期“{day[0]}”不存在。") for day in _DAY.finditer(text) if not _is_a_day(day)]
        found += [
            _about(name, f"{name}里的时间“{clock[0]}”不存在。")
            for clock in _CLOCK.finditer(text)
            if int(clock[1]) > 24 or int(clock[2]) > 59
        ]
    if guide.window and guide.window not in region.windows:
        found.append(Problem(f"服务窗口 {guide.window} 不存在。", "window"))
    found += [
        Problem(f"相关指南 {code} 不存在。", "sees") for code in guide.sees if code not in region.guides or code == guide.code
    ]
    names = [plain(alias) for alias in guide.aliases]
    if len(set(names)) < len(names):
        found.append(Problem("别名里有重复的。", "aliases"))
    return found


def _about(name: str, words: str) -> Problem:
    return Problem(words, _FIELD_OF[name])


def problems_of_all(guides: Iterable[Guide]) -> list[Problem]:
    """Names (titles and aliases) that more than one guide has: what somebody types must lead to one. The field is the later guide's."""
    whose: dict[str, Guide] = {}
    found = []
    for guide in guides:
        for place, alias in enumerate((guide.title, guide.short, *guide.aliases)):
            other = whose.setdefault(plain(alias), guide) if alias else guide
            if other.code != guide.code:
                field = ("title", "short")[place] if place < 2 else "aliases"
                found.append(Problem(f"“{alias}”同时属于《{other.title}》和《{guide.title}》，只能留在一篇里。", field))
    return found


def problems_everywhere(guides: Sequence[Guide], regions: Mapping[str, Region]) -> list[str]:
    """What is wrong with any of them, each with the code and title of its guide."""
    told = [
        f"{guide.code}“{guide.title}”：{problem}" for guide in guides for problem in problems_of(guide, regions[guide.region])
    ]
    return [*told, *problems_of_all(guides)]


def _missing(guide: Guide) -> list[Problem]:
    needed = (
        ("标题", guide.title),
        ("一句话", guide.brief),
        ("时效说明", guide.validity),
        ("别名", guide.aliases),
        ("渠道与步骤", guide.ways),
    )
    found = [_about(name, f"{name}不能空着。") for name, content in needed if not content]
    if guide.role not in GUIDE_ROLES:
        found.append(Problem("要选给谁看：个人、单位，或者都是。", "role"))
    if any(not way.title or not way.steps for way in guide.ways):
        found.append(Problem("每个渠道都要有名称和至少一步。", "ways"))
    lists = (("条件", guide.conditions), ("材料", guide.materials), ("表单", guide.forms), ("注意", guide.notes))
    found += [_about(name, f"{name}里有空行。") for name, lines in lists if any(not line.strip() for line in lines)]
    return found


def _too_long(guide: Guide) -> list[Problem]:
    found = []
    if len(guide.title) > TITLE_AT_MOST:
        found.append(Problem(f"标题最多 {TITLE_AT_MOST} 个字，现在 {len(guide.title)} 个。", "title"))
    if len(guide.short) > ALIAS_LONGEST:
        found.append(_about("平常的叫法", f"平常的叫法最多 {ALIAS_LONGEST} 个字，现在 {len(guide.short)} 个。"))
    if len(guide.brief) > BRIEF_AT_MOST:
        found.append(Problem(f"一句话最多 {BRIEF_AT_MOST} 个字，现在 {len(guide.brief)} 个。", "brief"))
    if any(len(plain(alias)) < 2 or len(alias) > ALIAS_LONGEST for alias in guide.aliases):
        found.append(Problem(f"别名每个 2 到 {ALIAS_LONGEST} 个字。", "aliases"))
    parts = {field: len(getattr(guide, field)) for field in ("brief", "hours", "fee", "result", "validity")}
    whole = sum(parts.values())
    if whole > SHORT_ANSWER_AT_MOST:
        words = f"一句话、办理时间、费用、时限和时效合起来最多 {SHORT_ANSWER_AT_MOST} 个字，现在 {whole} 个。"
        found.append(Problem(words, max(parts, key=lambda field: parts[field])))
    found += [
        _about(name, f"{name}里有一条太长（{len(text)} 个字），请分成几条，每条最多 {LINE_AT_MOST} 个字。")
        for name, text in _texts(guide)
        if len(text) > LINE_AT_MOST
    ]
    return found


def _texts(guide: Guide) -> list[tuple[str, str]]:
    """Everything that people read, with the name of its field."""
    return [
        ("标题", guide.title),
        ("平常的叫法", guide.short),
        ("一句话", guide.brief),
        *(("别名", alias) for alias in guide.aliases),
        ("适用", guide.applies),
        *(("条件", line) for line in guide.conditions),
        *(("材料", line) for line in guide.materials),
        *(("渠道与步骤", line) for way in guide.ways for line in (way.title, *way.steps)),
        ("办理时间", guide.hours),
        ("费用", guide.fee),
        ("时限与结果", guide.result),
        *(("表单", line) for line in guide.forms),
        *(("注意", line) for line in guide.notes),
        ("时效说明", guide.validity),
    ]


def _is_a_day(found: re.Match[str]) -> bool:
    year, month, day = int(found[1]), int(found[2]), int(found[3] or 1)
    return 1949 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31
