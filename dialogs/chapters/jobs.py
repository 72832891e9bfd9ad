"""公共就业 and 劳动关系 of 滨州: 招聘信息 (BZ-36), 求职信息 (BZ-37), both public; 劳动用工备案 (BZ-38)."""

from __future__ import annotations

import re
from datetime import date

from dialogs.declare import Action, Ask, Dialog, Ended, Scene, Wish
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import Invalid, normal
from dialogs.phrases import day
from dialogs.vocabulary import LINES_AT_ONCE, Query, not_here
from storage.ports.record import Record
from storage.ports.records import JobNotice

EVERYTHING = "全部"
VACANCY, SEEKER = "vacancy", "seeker"
WHAT = {VACANCY: "招聘信息", SEEKER: "求职信息"}
_ALL = frozenset({"全部", "都看看", "看全部", "所有", "随便", "不限", "都行", "都可以"})
_LONGEST = 40
_SPLIT = re.compile(r"[\s,，、;；/]+|的(?=.)")
_LED = re.compile(r"^(?:我?想?找|在|查|看看)")
_TRAILED = re.compile(r"(?:招聘信息|求职信息|招聘|求职|工作|岗位|职位|的|吗|呢|啊)+$")
_PLACE = re.compile(r"(?!小区|社区|园区|校区|厂区|景区)(.{1,5}?(?:开发区|高新区|区|县|市|镇|乡|街道))(.*)")


class Wanted(Record):
    """What is looked for: every word in title or employer, and the place."""

    words: tuple[str, ...] = ()
    place: str = ""


def wanted(text: str) -> Wanted:
    """Place and words of what somebody looks for: 滨城区电工 → 滨城区 and 电工. Nothing for 全部. Raises Invalid when it is too long to be that."""
    plain = normal(text)
    if plain in _ALL or not plain:
        return Wanted()
    if len(plain) > _LONGEST:
        raise Invalid("请说得短一点，例如“电工”“滨城区 会计”；想都看看就回复“全部”。")
    words: list[str] = []
    place = ""
    for part in _SPLIT.split(plain):
        word = _TRAILED.sub("", _LED.sub("", part))
        if not place and (found := _PLACE.match(word)):
            place, word = found[1], _TRAILED.sub("", found[2])
        if word:
            words.append(word)
    return Wanted(tuple(words), place)


def _wanted(text: str, _: date) -> Wanted:
    return wanted(text)


def _kept(text: str, _: date) -> str:
    return text


def _asked(prompt: str) -> tuple[Ask, Ask]:
    return (
        Ask(name="wanted", label="条件", prompt=prompt, parse=_wanted, quick=(EVERYTHING,)),
        Ask(name="at", prompt="", parse=_kept, default="0"),
    )


def _listing(kind: str, dialog: str) -> Action:
    what = WHAT[kind]

    async def answer(scene: Scene) -> Ended:
        said = scene.answers["wanted"]
        at = int(scene.answers["at"])
        rows = await _search(scene, kind, wanted(said), at)
        again = ("换个条件", Wish(dialog))
        if not rows:
            looked = "" if wanted(said) == Wanted() else f"“{said}”的"
            text = f"没有查到{looked}{what}。可以换个说法再找，例如只说职位或只说地点。"
            return Ended(Reply(Say(text)), (again, (f"看全部{what}", Wish(dialog, {"wanted": EVERYTHING}))))
        shown, left = rows[:LINES_AT_ONCE], len(rows) > LINES_AT_ONCE
        head = f"{what}，从新到旧：" if at == 0 else f"接着看{what}："
        more = (("更多", Wish(dialog, {"wanted": said, "at": str(at + LINES_AT_ONCE)})),) if left else ()
        url = await scene.desk.job_page(dialog, said) if left and at == 0 else ""
        links = (Anchor("查看全部", url),) if url else ()
        return Ended(Reply(Say("\n".join([head, *(_line(one) for one in shown)]), links=links)), (*more, again))

    return answer


def readings(sought: Wanted) -> tuple[Wanted, ...]:
    """How the words may be meant, the likeliest first: what reads like a place may be part of a name, and a bare word a place. The first that
    finds something holds."""
    if sought.place:
        return (sought, Wanted((f"{sought.place}{sought.words[0] if sought.words else ''}", *sought.words[1:])))
    if sought.words:
        return (sought, Wanted(sought.words[1:], sought.words[0]), Wanted(sought.words[:-1], sought.words[-1]))
    return (sought,)


async def _search(scene: Scene, kind: str, sought: Wanted, at: int) -> tuple[JobNotice, ...]:
    """One more than is shown, to know whether there are others."""
    for reading in readings(sought):
        if await scene.desk.job_notices(kind, reading.words, reading.place, 0, 1):
            return await scene.desk.job_notices(kind, reading.words, reading.place, at, LINES_AT_ONCE + 1)
    return ()


def _line(one: JobNotice) -> str:
    headcount = f"招 {one.headcount} 人" if one.headcount else ""
    parts = (one.who, one.place, one.wage, one.employer, headcount, f"{day(one.published_on)}发布", one.contact)
    return f"· {one.title}：{'，'.join(part for part in parts if part)}"


VACANCIES = Dialog(
    name="vacancies",
    title="招聘信息",
    covers=("BZ-36",),
    who="anyone",
    needs_region=True,
    steps=_asked("想找什么工作？可以说职位、单位或地点，例如“电工”“滨城区 会计”。想都看看就回复 1。"),
    action=_listing(VACANCY, "vacancies"),
    media=("chat", "page"),
    elsewhere=not_here("招聘信息"),
    help="说职位、单位或地点就行，几个条件用空格隔开，例如“滨城区 会计”。",
)

SEEKERS = Dialog(
    name="seekers",
    title="求职信息",
    covers=("BZ-37",),
    who="anyone",
    needs_region=True,
    steps=_asked("想看哪方面的求职信息？可以说工种或地点，例如“厨师”“博兴县”。想都看看就回复 1。"),
    action=_listing(SEEKER, "seekers"),
    media=("chat", "page"),
    elsewhere=not_here("求职信息"),
    help="说工种或地点就行，例如“厨师”“博兴县 司机”。姓名按经办机构公布的样子显示，只有姓。",
)

LABOUR_FILING = Query(
    name="labour_filing", title="劳动用工备案查询", covers=("BZ-38",), help="不用填条件，登录后直接显示您的用工备案。"
)

DIALOGS: tuple[Dialog, ...] = (VACANCIES, SEEKERS, *LABOUR_FILING.dialogs)
