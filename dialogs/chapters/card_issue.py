"""卡丢了、坏了、信息变了 (BJH-28, BJH-M-14): what a region does about it, and the way to the filing."""

from __future__ import annotations

from dialogs.card_words import count
from dialogs.declare import Choose, Dialog, Ended, Guide, Option, Scene, Stop, Wish
from dialogs.filings.card import (
    CARD_REPLACE,
    CHANGED,
    DAMAGED,
    FIRST_THE_EMPLOYER,
    LOST,
    OWN_PHONE,
    UNREADABLE,
)
from dialogs.messages import Reply, Say
from dialogs.phrases import hour_and_minute
from storage.ports.regions import Region

Offers = tuple[tuple[str, Wish], ...]

_PROGRESS = ("查办到哪一步", Wish("card_progress"))
_GUIDE = ("看别的办法和材料", Wish("card_guide"))
ID_CARD = "领卡要带本人有效身份证件原件；换卡的，旧卡要交回。"


def _replace(reason: str) -> Wish:
    """The filing with what was said already; the 预留手机号 is taken unless the person says another one."""
    return Wish(CARD_REPLACE.name, {"reason": reason, "contact": OWN_PHONE})


def _region(scene: Scene) -> Region:
    region = scene.desk.region
    if region is None:
        raise Stop(Reply(Say("请先告诉我您在哪里参保：北京、滨州还是济南？")))
    return region


def _terms(region: Region) -> str:
    """工本费20元，四个工作日后领卡, as far as the region has said it."""
    fee, days = region.fees.get("card_replace"), region.days.get("card_replace")
    parts = [f"工本费{fee.normalize():f}元" if fee else "", f"{count(days)}个工作日后领卡" if days else ""]
    return "，".join(filter(None, parts)) + "。" if any(parts) else ""


async def _when(scene: Scene) -> tuple[str, bool]:
    """The sentence about the window, and whether it is open now."""
    state = await scene.desk.filings.window(CARD_REPLACE.window)
    if state.open:
        return (f"{state.text}，现在可以办。" if state.text else "现在可以办。"), True
    opens = f"，{hour_and_minute(state.opens_at, scene.now)} 开放" if state.opens_at else ""
    return f"{state.text}，现在不在时段内{opens}。", False


_REMIND = ("开放时提醒我", Wish("card_remind"))


async def _replacement(scene: Scene, head: str, ways: Offers) -> Ended:
    region = _region(scene)
    hours, is_open = await _when(scene)
    offers = ways if is_open else (_REMIND,)
    return Ended(Reply(Say("\n".join((head, f"{_terms(region)}{hours}")))), (*offers, _GUIDE, _PROGRESS))


async def _lost(scene: Scene) -> Ended:
    region = _region(scene)
    head = f"卡确定找不回来，可以在这里补办：提交补卡申请时原卡马上正式挂失。\n{region.loss.does_not}"
    return await _replacement(scene, head, (("去补卡", _replace(LOST)),))


CARD_LOST = Dialog(
    name="card_lost",
    acts=True,
    title="社保卡丢了",
    covers=("BJH-28",),
    media=("chat", "page", "guide"),
    who="anyone",
    needs_region=True,
    action=_lost,
    elsewhere=lambda region: Reply(Say(region.loss.guide)),
    counterpart=lambda region: Wish("report_lost") if region.offers("BZ-19") else None,
)

_TROUBLES = (Option("lost", "卡丢了"), Option("broken", "卡坏了，或者读不出来"), Option("changed", "卡面上的信息变了"))


async def _trouble(scene: Scene) -> Ended:
    match scene.answers["trouble"]:
        case "lost":
            return await _lost(scene)
        case "broken":
            ways: Offers = (
                ("卡面污损、残缺，去换卡", _replace(DAMAGED)),
                ("读卡机不能读，去换卡", _replace(UNREADABLE)),
            )
            return await _replacement(scene, f"卡坏了可以在这里换卡，新卡做好以前旧卡还能用。{ID_CARD}", ways)
        case _:
            done = ("单位已经办好，去换卡", _replace(CHANGED))
            return await _replacement(scene, FIRST_THE_EMPLOYER, (done,))


def _other_ways(region: Region) -> Reply:
    """Whatever is wrong with the card: it may be broken, so nothing here takes it for lost."""
    head = f"补社保卡、换社保卡，{region.name}的这里还办不了。请带身份证和旧卡（还在手边的话）到社保卡服务网点办理，去之前可以先拨打{region.hotline}问一问。"
    more = "\n卡丢了请马上回复“挂失”，卡找到了回复“解挂”。" if region.offers("BZ-19") else ""
    return Reply(Say(f"{head}\n回复“网点”看最近的网点。{more}"))


CARD_TROUBLE = Dialog(
    name="card_trouble",
    acts=True,
    title="社保卡补换",
    covers=(),
    part_of=("BJH-28", "BJH-M-14"),
    who="anyone",
    needs_region=True,
    steps=(Choose(name="trouble", prompt="社保卡怎么了？", options=_TROUBLES),),
    action=_trouble,
    elsewhere=_other_ways,
    guides=(Guide("BJH-28"), Guide("JN-4-02")),
    help="回复数字告诉我卡怎么了：丢了、坏了，还是卡面上的信息变了。",
)


async def _guide(scene: Scene) -> Ended:
    return Ended(Reply(Say(_region(scene).loss.guide)))


CARD_GUIDE = Dialog(name="card_guide", title="社保卡办事指南", covers=(), who="anyone", needs_region=True, action=_guide)


async def _remind(scene: Scene) -> Ended:
    opens = await scene.desk.filings.remind_when_open(CARD_REPLACE.window, "补办社保卡")  # what the person says to begin
    if opens is None:
        return Ended(Reply(Say("现在就在办理时段内，回复“补办社保卡”就可以办。")))
    return Ended(Reply(Say(f"好的，{hour_and_minute(opens, scene.now)} 开放后我提醒您，夜里不打扰。")))


CARD_REMIND = Dialog(name="card_remind", title="开放提醒", covers=(), who="anyone", needs_region=True, action=_remind)

DIALOGS: tuple[Dialog, ...] = (CARD_LOST, CARD_TROUBLE, CARD_GUIDE, CARD_REMIND)
