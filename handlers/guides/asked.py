"""When a guide is what somebody wants: their words name it, ask for its materials, or nothing else answers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialogs.chapters.guides import FORMS, MATERIALS, STEPS
from dialogs.declare import Dialog, Ended, Wish
from dialogs.desk_guides import GuidesDesk
from dialogs.messages import Reply
from dialogs.parse.patterns import pattern_of
from handlers.guides.finding import called, names, plain
from handlers.guides.versions import shipped_as
from storage.ports.regions import Region

_NAMED = pattern_of(r"(?:看|查|找|我要|想看|打开)*(.{2,30}?)的?(?:办事|办理|操作)?(?:指南|指引|流程说明)")
_ALL = pattern_of(r"(?:看|查|找|我要|想看|打开)*(?:全部|所有)?(?:办事|办理)?(?:指南|指引)(?:大全|列表|有哪些)?")
_HANDBOOK = pattern_of(r"BJH-[0-9]{2}")
"""The guides that the understanding knows by what people call them."""

_TOLD_IN = {
    "BJH-M-14": "BJH-28",
    "BJH-M-15": "BJH-28",
    "BJH-M-16": "BJH-29",
    "BJH-M-18": "BJH-30",
    "BJH-M-19": "BJH-30",
    "BJH-M-20": "BJH-30",
}
"""Functions without a guide of their own: the guide that tells of them."""

_LEVY = pattern_of(r"趸缴.{0,8}(?:算|多少|几多)|(?:算|试算).{0,8}趸缴")
_SECTIONS = (
    (pattern_of(r"材料|带(?:什么|啥|哪些)|准备(?:什么|啥)|要(?:什么|啥)证|什么证件|哪些证件"), MATERIALS),
    (pattern_of(r"什么表|哪些表|哪张表|填表|表格"), FORMS),
    (pattern_of(r"流程|步骤"), STEPS),
)


def asks_for_guides(plain: str) -> Wish | None:
    """办事指南, …指南 of something, or the sum of a 趸缴: the words are those of `dialogs.parse.normal`."""
    if len(plain) > 40 or plain.startswith(("不", "别")):
        return None
    if _ALL.fullmatch(plain):
        return Wish("guides")
    found = _NAMED.fullmatch(plain)
    if found:
        return Wish("guide_find", {"words": found[1]})
    return Wish("levy") if _LEVY.search(plain) else None


_small: dict[int, tuple[Mapping[str, Region], dict[str, str]]] = {}


def _small_called(regions: Mapping[str, Region]) -> dict[str, str]:
    """Code of the one small guide that is called so, by its names as they are compared; '' where more than one is. Made once for the regions."""
    found = _small.get(id(regions))
    if found is None or found[0] is not regions:
        codes: dict[str, str] = {}
        for region in regions.values():
            for guide in region.guides.values():
                for name in () if _HANDBOOK.fullmatch(guide.code) else names(guide):
                    codes[name] = "" if name in codes else guide.code
        _small.clear()
        found = _small[id(regions)] = (regions, codes)
    return found[1]


def guide_wish(regions: Mapping[str, Region], features: Sequence[str], said: str) -> Wish | None:
    """A small guide that is called exactly so; else the guide's section that the sentence asks for, of the first feature that has a guide.
    None when no section is asked for."""
    if named := _small_called(regions).get(plain(said), ""):
        return Wish("guide", {"guide": named})
    section = next((name for words, name in _SECTIONS if words.search(said)), "")
    told = (_TOLD_IN.get(feature, feature) for feature in features)
    code = next((feature for feature in told if shipped_as(regions, feature)), "") if section else ""
    return Wish("guide", {"guide": code, "section": section}) if code else None


_CITIES = (
    "上海|天津|重庆|深圳|广州|杭州|南京|苏州|武汉|成都|西安|郑州|长沙|青岛|济南|滨州|北京|石家庄|保定|唐山|廊坊|太原|沈阳|大连|长春|哈尔滨|合肥|福州"
    "|厦门|南昌|昆明|贵阳|南宁|海口|兰州|西宁|银川|乌鲁木齐|呼和浩特|拉萨|烟台|潍坊|临沂|淄博|德州|东营|泰安|威海|济宁|聊城|菏泽|日照|枣庄|宁波|温州|无锡|东莞|佛山|珠海"
    "|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|广西|海南|四川|贵州|云南|陕西|甘肃|青海|宁夏|新疆|西藏|内蒙古"
)
_PLACE = pattern_of(rf"(?:^|在|我是|我)({_CITIES})(?:市|省)?(?:的|人|这边|那边|参保|社保|生育|失业|退休|工伤|医保|养老|怎么|能)")


def of_place(wish: Wish | None, said: str) -> Wish | None:
    """A guide that is asked for by the name of a city or province: so that it says whose it is where it is another's."""
    found = _PLACE.search(said) if wish is not None and wish.dialog == "guide" else None
    return Wish("guide", {**wish.said, "place": found[1]}) if wish is not None and found else wish


async def named_guide(guides: GuidesDesk, said: str) -> Wish | None:
    """The guide that is called exactly so, also by a name that an editor gave it; None where there is none."""
    guide = called(await guides.listed(), said)
    return Wish("guide", {"guide": guide.code}) if guide else None


def beside(regions: Mapping[str, Region], features: Sequence[str], said: str) -> tuple[tuple[str, Wish], ...]:
    """For what only an employer does: the guides that tell of it, by what was said and by features, at most two. () where there is none."""
    every = [guide for region in regions.values() for guide in region.guides.values()]
    named = called(every, said)
    told = (named, *(shipped_as(regions, _TOLD_IN.get(feature, feature)) for feature in features))
    found = dict.fromkeys(guide for guide in told if guide is not None)
    return tuple((f"看指南：{guide.title}", Wish("guide", {"guide": guide.code})) for guide in list(found)[:2])


def instead(dialog: Dialog, region: Region, regions: Mapping[str, Region]) -> Ended:
    """What is said where the region lacks a capability: its sentence, and the guides that help, said to be another region's if they are. What
    another region's employers do for people is of no use to them."""
    told = dialog.elsewhere(region) if dialog.elsewhere else Reply()
    offers = []
    for named in dialog.guides:
        guide = shipped_as(regions, named.code)
        if guide is not None and not (guide.region != region.code and "单位办理" in guide.applies):
            whose = "" if guide.region == region.code else f"（{regions[guide.region].name}的）"
            offers.append((f"看指南：{guide.title}{whose}", named.wish))
    return Ended(told, tuple(offers))
