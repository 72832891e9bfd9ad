"""办事指南 (BJH-01 …): the short answer, then materials, steps and forms; finding one by words or by part. P-WINDOW for whatever has a window."""

from __future__ import annotations

from collections.abc import Sequence

from dialogs.declare import Ask, Dialog, Ended, Guide, Scene, Stop, Wish
from dialogs.messages import Anchor, Reply, Say
from dialogs.phrases import hour_and_minute
from storage.ports.records import Guide as Text

Offers = tuple[tuple[str, Wish], ...]

LETTERS_AT_ONCE = 420
"""Of materials or steps in one answer; what is longer comes by 更多."""

LISTED_AT_ONCE = 9

BRIEF, MATERIALS, STEPS, FORMS = "brief", "materials", "steps", "forms"

CHAPTERS: tuple[Guide, ...] = (
    *(Guide(f"BJH-{number:02d}") for number in (*range(1, 13), *range(14, 26), 31, 32)),
    Guide("BJH-13", does=("算一算要缴多少", Wish("levy"))),
    Guide("BJH-26", does=("查我的认证", Wish("certification")), within=True),
    Guide("BJH-27", does=("在这里二次申领", Wish("card_second")), within=True),
    Guide("BJH-28", does=("在这里补卡、换卡", Wish("card_trouble")), within=True),
    Guide("BJH-29", does=("查制卡进度", Wish("card_progress")), within=True),
    Guide("BJH-30", does=("在这里查缴费、下载", Wish("contributions")), within=True),
    *(Guide(f"BJH-M-{number:02d}") for number in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 21, 23, 24, 25, 26, 27)),
    Guide("BJH-M-05", does=("查办理进度", Wish("progress")), within=True),
    Guide("BJH-M-22", does=("查我的认证", Wish("certification")), within=True),
    Guide("BJH-M-28", does=("在这里查缴费", Wish("contributions"))),
    *(Guide(code) for code in ("BJE-E-06", "BJQ-L-04", "BJQ-L-07", "BJQ-X-01")),
)
"""Every guide; their text is the region's data."""

_DONE_HERE = {guide.code: guide.does for guide in CHAPTERS if guide.does}

_NUMBERS = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"


def _kept(text: str, _: object) -> str:
    return text.strip()


def numbered(lines: Sequence[str]) -> list[str]:
    """Lines with ① ② …: digits are what people answer with."""
    if len(lines) < 2:
        return list(lines)
    return [f"{_NUMBERS[place] if place < len(_NUMBERS) else '·'} {line}" for place, line in enumerate(lines)]


def theirs(guide: Text, scene: Scene) -> str:
    """The sentence before a guide of another region than the person's, or than the place that was named; '' for their own."""
    here, whose, place = scene.desk.region, scene.desk.regions[guide.region], scene.answers.get("place", "")
    if place and place != whose.name:
        return f"这是{whose.name}的办法，不是{place}的。{place}的办法可能不一样，请拨打12333问一问。"
    if here is None:
        return f"这是{whose.name}的办法。"
    if here.code == guide.region:
        return ""
    return f"这是{whose.name}的办法。{here.name}的办法可能不一样，请拨打{here.hotline}问一问。"


def _open_now(guide: Text, scene: Scene) -> str:
    state = scene.desk.guides.window(guide)
    if state is None:
        return ""
    what = "转账支票" if guide.window == "W-CHEQUE" else "网上"
    if state.open:
        return f"（{what}现在可以办）"
    opens = f"，{hour_and_minute(state.opens_at, scene.now)} 开放" if state.opens_at else ""
    return f"（{what}现在不在时段内{opens}）"


def brief_lines(guide: Text, open_now: str = "") -> list[str]:
    """What, hours with whether it is open now, fee, time limit, and how old it is."""
    told = (
        ("办理时间", f"{guide.hours}{open_now}" if guide.hours else ""),
        ("费用", guide.fee),
        ("时限", guide.result),
        ("提示", guide.validity),
    )
    return [guide.brief, *(f"{name}：{text}" for name, text in told if text)]


def section_lines(guide: Text, section: str) -> list[str]:
    """The lines of 材料, 步骤 or 表单."""
    match section:
        case "materials":
            told = [f"谁来办：{guide.applies}"] if guide.applies else []
            told += [f"条件：{guide.conditions[0]}"] if len(guide.conditions) == 1 else []
            told += ["条件：", *numbered(guide.conditions)] if len(guide.conditions) > 1 else []
            return [*told, "材料：", *numbered(guide.materials)] if guide.materials else [*told, "不用准备材料。"]
        case "forms":
            return ["要填的表：", *numbered(guide.forms), "空白表在网上服务平台的“下载专区”→“表格下载”。"]
        case _:
            told = []
            for way in guide.ways:
                told += [f"【{way.title}】", *numbered(way.steps)]
            return [*told, *(["注意："] if guide.notes else []), *numbered(guide.notes)]


def parts_of(lines: Sequence[str]) -> list[str]:
    """The lines as texts that fit a chat message each; a heading stays with what follows."""
    texts: list[list[str]] = [[]]
    for line in lines:
        letters = sum(len(one) + 1 for one in texts[-1])
        heading = line.startswith("【") or line.endswith("：")
        if texts[-1] and letters + len(line) + (60 if heading else 0) > LETTERS_AT_ONCE:
            texts.append([])
        texts[-1].append(line)
    return ["\n".join(text) for text in texts]


def sections_of(guide: Text) -> Offers:
    """材料, 步骤, 表单, as far as the guide has them."""
    named = ((MATERIALS, "材料" if guide.materials else "条件"), (STEPS, "步骤"), (FORMS, "表单"))
    there = {
        MATERIALS: bool(guide.materials or guide.conditions),
        STEPS: bool(guide.ways or guide.notes),
        FORMS: bool(guide.forms),
    }
    return tuple((label, _of(guide, section)) for section, label in named if there[section])


def _of(guide: Text, section: str, at: int = 0) -> Wish:
    return Wish("guide", {"guide": guide.code, "section": section, **({"at": str(at)} if at else {})})


def _further(guide: Text, scene: Scene) -> Offers:
    """What can be done about it here, and the reminder where it is closed now."""
    state, here = scene.desk.guides.window(guide), scene.desk.region
    closed = state is not None and not state.open and (here is None or here.code == guide.region)
    remind = Wish("window_remind", {"window": guide.window, "what": f"{guide.aliases[0]}指南"})
    offers: Offers = (("开放时提醒我", remind),) if closed else ()
    return (*offers, _DONE_HERE[guide.code]) if guide.code in _DONE_HERE else offers


async def guide_answer(guide: Text, scene: Scene, section: str = BRIEF, at: int = 0) -> Ended:
    """The answer in chat: the short one, or a part of one of its sections."""
    page = (Anchor("看全文", scene.desk.guides.page(guide)),)
    if section == BRIEF:
        see = [await scene.desk.guides.guide(code) for code in guide.sees[:2]]
        also = tuple((f"看看“{one.name}”", _of(one, BRIEF)) for one in see if one is not None)
        first = "\n".join(line for line in (theirs(guide, scene), scene.answers.get("first", "")) if line)
        text = "\n".join((*([first] if first else []), *brief_lines(guide, _open_now(guide, scene))))
        return Ended(Reply(Say(text, links=page)), (*sections_of(guide), *_further(guide, scene), *also))
    texts = parts_of(section_lines(guide, section))
    at = min(at, len(texts) - 1)
    more: Offers = ((f"更多（还有 {len(texts) - at - 1} 段）", _of(guide, section, at + 1)),) if at + 1 < len(texts) else ()
    others = tuple((label, wish) for label, wish in sections_of(guide) if wish.said["section"] != section)
    before = theirs(guide, scene) if at == 0 else ""
    text = f"{before}\n{texts[at]}" if before else texts[at]
    return Ended(Reply(Say(text, links=page)), (*more, *others, *_further(guide, scene)))


async def _guide(scene: Scene) -> Ended:
    guide = await scene.desk.guides.guide(scene.answers["guide"])
    if guide is None:
        raise Stop(Reply(Say("没有这一篇指南。回复“办事指南”可以从头找，也可以直接说要办的事。")))
    at = scene.answers["at"]
    return await guide_answer(guide, scene, scene.answers["section"], int(at) if at.isdecimal() else 0)


GUIDE = Dialog(
    name="guide",
    title="办事指南",
    covers=tuple(guide.code for guide in CHAPTERS if not guide.within),
    part_of=tuple(_DONE_HERE),
    who="anyone",
    scope="",
    steps=(
        Ask(name="guide", prompt="您想看哪一件事的指南？直接说就行，例如“生育津贴”。", parse=_kept),
        Ask(name="section", prompt="", parse=_kept, default=BRIEF),
        Ask(name="at", prompt="", parse=_kept, default="0"),
        Ask(name="place", prompt="", parse=_kept, default=""),
        Ask(name="first", prompt="", parse=_kept, default=""),
    ),
    action=_guide,
    media=("chat", "page", "guide"),
    help="回复数字看材料、步骤或表单；点“看全文”打开整篇指南。",
)


def titled(guides: Sequence[Text]) -> Offers:
    """Guides as choices."""
    return tuple((guide.name, _of(guide, BRIEF)) for guide in guides)


async def _guides(scene: Scene) -> Ended:
    guides = await scene.desk.guides.listed()
    part, region = scene.answers["part"], scene.desk.region
    page = (Anchor("看全部指南", scene.desk.guides.page(None)),)
    if part not in {_part_key(guide) for guide in guides}:
        others = {guide.region for guide in guides} - ({region.code} if region else set())
        names = "、".join(scene.desk.regions[code].name for code in sorted(others))
        before = (
            f"{names}的指南最全，{region.name}的办法可能不一样。"
            if region and others
            else f"这是{names}的办事指南。"
            if others
            else ""
        )
        parts = {_part_key(guide): _part_label(guide, scene) for guide in guides}
        offers = tuple((label, Wish("guides", {"part": key})) for key, label in parts.items())
        text = f"{before}您想看哪一类？也可以直接说要办的事，例如“生育津贴指南”。"
        return Ended(Reply(Say(text, links=page)), offers)
    here = [guide for guide in guides if _part_key(guide) == part]
    at = int(scene.answers["at"]) if scene.answers["at"].isdecimal() else 0
    left = len(here) - at - LISTED_AT_ONCE
    more: Offers = (
        ((f"更多（还有 {left} 篇）", Wish("guides", {"part": part, "at": str(at + LISTED_AT_ONCE)})),) if left > 0 else ()
    )
    before = theirs(here[0], scene)
    text = f"{before}\n{here[0].part}，您想看哪一篇？" if before else f"{here[0].part}，您想看哪一篇？"
    return Ended(Reply(Say(text, links=page)), (*titled(here[at : at + LISTED_AT_ONCE]), *more))


def _part_key(guide: Text) -> str:
    return f"{guide.region}:{guide.part}"


def _part_label(guide: Text, scene: Scene) -> str:
    region = scene.desk.region
    return (
        guide.part if region is None or region.code == guide.region else f"{scene.desk.regions[guide.region].name}：{guide.part}"
    )


GUIDES = Dialog(
    name="guides",
    title="办事指南",
    covers=(),
    who="anyone",
    scope="",
    steps=(
        Ask(name="part", prompt="", parse=_kept, default="all"),
        Ask(name="at", prompt="", parse=_kept, default="0"),
    ),
    action=_guides,
    media=("chat", "page", "guide"),
)


async def _find(scene: Scene) -> Ended:
    found = await scene.desk.guides.find(scene.answers["words"])
    if len(found) == 1:
        return await guide_answer(found[0], scene)
    browse: Offers = (("按类别找指南", Wish("guides")),)
    if not found:
        text = "没有找到这件事的指南。您可以换个说法，或者拨打12333问一问。"
        return Ended(Reply(Say(text)), browse)
    before = theirs(found[0], scene)
    text = f"{before}\n您想看哪一篇指南？" if before else "您想看哪一篇指南？"
    return Ended(Reply(Say(text)), (*titled(found), *browse))


GUIDE_FIND = Dialog(
    name="guide_find",
    title="找办事指南",
    covers=(),
    who="anyone",
    scope="",
    steps=(Ask(name="words", prompt="您想找哪一件事的指南？直接说就行，例如“生育津贴”。", parse=_kept),),
    action=_find,
    media=("chat", "page", "guide"),
)


async def _remind(scene: Scene) -> Ended:
    what = scene.answers["what"]
    opens = await scene.desk.filings.remind_when_open(scene.answers["window"], what)
    if opens is None:
        return Ended(Reply(Say(f"现在就在办理时段内，回复“{what}”就可以开始。")))
    return Ended(Reply(Say(f"好的，{hour_and_minute(opens, scene.now)} 开放后我提醒您，夜里不打扰。")))


WINDOW_REMIND = Dialog(
    name="window_remind",
    title="开放提醒",
    covers=(),
    who="anyone",
    scope="",
    needs_region=True,
    steps=(
        Ask(name="window", prompt="", parse=_kept, default=""),
        Ask(name="what", prompt="", parse=_kept, default="办理"),
    ),
    action=_remind,
)

DIALOGS: tuple[Dialog, ...] = (GUIDE, GUIDES, GUIDE_FIND, WINDOW_REMIND)
