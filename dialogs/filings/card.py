"""Filings about the social-security card: 补换卡 (BJH-28, BJH-M-14) and 二次申领 (BJH-27)."""

from __future__ import annotations

from datetime import date

from dialogs.card_words import already_open, count, no_card, not_returned, open_card_case, status_words
from dialogs.declare import Answers, Ask, Choose, Option, Options, Scene, Stop, Wrong
from dialogs.filing import Filing, Material, Review, Stage, Undertaking
from dialogs.masks import masked_phone
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid, tidy
from dialogs.parse import phone as read_phone
from dialogs.phrases import money
from storage.ports.records import Card, CaseState
from storage.ports.regions import Outlet, Region

LOST, CHANGED, DAMAGED, UNREADABLE = "遗失", "卡面信息变更", "污损残缺", "不能读卡"
"""F4 原因."""

PICK_UP, POST = "网点自取", "快递"
OTHER_OUTLET = "其他网点（由经办机构联系您确认）"
OWN_PHONE, OTHER_PHONE = "预留手机号", "另一个手机号"
OUTLETS_SHOWN = 8
_CHANGED_DONE, _CHANGED_NOT = "单位已经办好信息变更", "还没有办"
FIRST_THE_EMPLOYER = (
    "卡面上的姓名、社会保障号码、性别、民族、出生年月变了，要先请单位办好信息变更，新卡上的内容才是对的。"
    "请联系单位经办人，办好后再来换卡。"
)


def address(text: str, _: date) -> str:
    """A postal address of 5 to 100 characters; anything shorter cannot be delivered to."""
    plain = tidy(text)
    if len(plain) < 5 or plain.isdecimal():
        raise Invalid("地址太短，寄不到。请写全：区、街道、小区、楼号和门牌号。")
    if len(plain) > 100:
        raise Invalid("地址太长了，请写在 100 个字以内。")
    return plain


def _picked_up(answers: Answers) -> bool:
    return answers.get("delivery") == PICK_UP


def _posted(answers: Answers) -> bool:
    return answers.get("delivery") == POST


def _another_phone(answers: Answers) -> bool:
    return answers.get("contact") == OTHER_PHONE


def _region(scene: Scene) -> Region:
    region = scene.desk.region
    if region is None:
        raise Stop(Reply(Say("请先告诉我您在哪里参保：北京、滨州还是济南？")))
    return region


async def _ways(scene: Scene) -> Options:
    return tuple(Option(way, way) for way in _region(scene).delivery)


def hands_out_cards(outlet: Outlet) -> bool:
    """Whether a card can be fetched there."""
    return "领卡" in outlet.does


async def _outlets(scene: Scene) -> Options:
    places = sorted((one for one in _region(scene).outlets if hands_out_cards(one)), key=lambda one: one.name)
    listed = tuple(Option(one.name, f"{one.name}（{one.address}）") for one in places[:OUTLETS_SHOWN])
    return (*listed, Option(OTHER_OUTLET, OTHER_OUTLET))


async def _phones(scene: Scene) -> Options:
    person = scene.desk.person
    other = Option(OTHER_PHONE, OTHER_PHONE)
    if person is None or not person.phone:
        return (other,)
    return (Option(OWN_PHONE, f"{OWN_PHONE}（{masked_phone(person.phone)}）"), other)


async def _card(scene: Scene) -> Card:
    card = await scene.desk.cards.card()
    if card is None:
        raise Stop(Reply(Say(no_card(_region(scene)))))
    return card


async def _nothing_open(scene: Scene) -> None:
    if case := open_card_case(await scene.desk.cases()):
        raise Stop(Reply(Say(f"{already_open(case)}\n回复“进度”看办到哪一步。")))


async def may_replace(scene: Scene) -> None:
    """补换卡 needs a card that is or was in somebody's hand, and no other card case under way. Raises Stop."""
    card = await _card(scene)
    await _nothing_open(scene)
    if card.status == "returned":
        raise Stop(Reply(Say("您的社保卡已被退回，还没有到您手里，不用补换，办“二次申领”就行，回复“二次申领”开始。")))
    if card.status in {"not_made", "making", "ready"}:
        raise Stop(Reply(Say("您的社保卡还没有领到手，现在不能补换。回复“制卡进度”看办到哪一步。")))


async def may_apply_again(scene: Scene) -> None:
    """二次申领 is only for a card that came back (社保卡已被退回), with no other card case under way. Raises Stop."""
    card = await _card(scene)
    await _nothing_open(scene)
    if card.status != "returned":
        raise Stop(Reply(Say(not_returned(card))))


async def _still_possible(scene: Scene, first: str) -> Card:
    """The card, unless another card case was filed since this one was begun: two pages open at once are no two cards."""
    card = await scene.desk.cards.card()
    if card is None:
        raise Wrong(first, no_card(_region(scene)))
    others = [case for case in await scene.desk.cases() if case.key != scene.key]
    if other := open_card_case(others):
        raise Wrong(first, already_open(other))
    return card


async def _check_second(scene: Scene) -> None:
    card = await _still_possible(scene, "delivery")
    if card.status != "returned":
        raise Wrong("delivery", not_returned(card))
    await _check_delivery(scene)


async def _check_replace(scene: Scene) -> None:
    card = await _still_possible(scene, "reason")
    if card.status not in {"active", "lost"}:
        raise Wrong("reason", f"您的社保卡现在的状态是“{status_words(card)}”，不能补换。")
    answers = scene.answers
    if answers.get("reason") == CHANGED and answers.get("changed") == _CHANGED_NOT:
        raise Wrong("changed", FIRST_THE_EMPLOYER)
    await _check_delivery(scene)


async def _check_delivery(scene: Scene) -> None:
    answers = scene.answers
    # S16: a card that is posted to a new address is as good as a changed address.
    if answers.get("delivery") == POST and (hold := await scene.desk.cards.held()):
        raise Wrong("delivery", f"为了防止别人冒领，{hold.reason}后 72 小时内不能选快递。请选网点自取，领卡时核对本人证件。")


def _days(region: Region, key: str) -> tuple[str, str]:
    """As the handbook counts it, from 受理; and what comes before, so that it agrees with the day that is told."""
    if key not in region.days:
        return "多久能领", "以经办机构通知的为准"
    review = region.days.get("review", 0)
    before = f"；受理前要审核，一般{'两' if review == 2 else count(review)}个工作日" if review else ""
    return "多久能领", f"受理后{count(region.days[key])}个工作日{before}"


async def _replace_lines(scene: Scene) -> tuple[tuple[str, str], ...]:
    region = _region(scene)
    fee = region.fees.get("card_replace")
    lines = [("工本费", f"{money(fee)}，提交后在线缴费")] if fee else []
    lines.append(_days(region, "card_replace"))
    if scene.answers.get("reason") == LOST:
        lines.append(("提交后", "这张卡马上正式挂失，不能再用；卡上的银行账户要到发卡银行另外挂失"))
    return tuple(lines)


async def _second_lines(scene: Scene) -> tuple[tuple[str, str], ...]:
    return (("费用", "不收费"), _days(_region(scene), "card_second"))


_DELIVERY = (
    Choose(name="delivery", label="领取方式", prompt="新卡怎么领？", options=_ways),
    Choose(name="outlet", label="领卡网点", prompt="到哪个网点领？", options=_outlets, when=_picked_up),
    Ask(name="address", label="收件地址", prompt="寄到哪里？写全区、街道、小区、楼号和门牌号。", parse=address, when=_posted),
    Choose(name="contact", label="联系电话", prompt="领卡或收件用哪个手机号？", options=_phones),
    Ask(
        name="phone", label="另外的手机号", prompt="请填 11 位手机号", parse=lambda text, _: read_phone(text), when=_another_phone
    ),
)

_AFTER = "要领卡证明，回复“领卡证明”；{when}，回复“进度”，在这笔业务里选“已经领到了”。"


def _fetch(answers: Answers) -> str:
    """Where the card is now, by the way it was to come."""
    if answers.get("delivery") == POST:
        return "您的新社保卡做好了，已经交寄，请留意电话。\n" + _AFTER.replace("{when}", "收到以后")
    outlet = answers.get("outlet", "")
    place = f"到{outlet}领卡" if outlet and outlet != OTHER_OUTLET else "领卡，网点会电话告诉您"
    return f"您的新社保卡做好了，请带本人有效身份证件原件{place}。\n" + _AFTER.replace("{when}", "领到以后")


MAKING, FETCHED = "制卡", "领卡"
"""Names of the stages."""


def _stages(days: str) -> tuple[Stage, ...]:
    making = Stage(
        name=MAKING, state=CaseState.WORKING, by="staff", days=days, told="申请通过了，正在制卡，预计 {day} 可以领卡。"
    )
    return (making, Stage(name=FETCHED, state=CaseState.READY, by="person", told=_fetch))


CARD_REPLACE = Filing(
    name="card_replace",
    title="社会保障卡补换卡",
    covers=("BJH-M-14",),
    steps=(
        Choose(
            name="reason",
            label="补换原因",
            prompt="为什么要补换卡？",
            options=(
                Option(LOST, "卡丢了，找不回来（遗失）"),
                Option(CHANGED, "卡面信息变更（姓名、号码、性别、民族、出生年月）"),
                Option(DAMAGED, "卡面污损、残缺"),
                Option(UNREADABLE, "读卡机不能读"),
            ),
        ),
        Choose(
            name="changed",
            label="信息变更",
            prompt="卡面信息变更要先由单位办，办好了吗？",
            options=(Option(_CHANGED_DONE, _CHANGED_DONE), Option(_CHANGED_NOT, _CHANGED_NOT)),
            when=lambda answers: answers.get("reason") == CHANGED,
        ),
        *_DELIVERY,
    ),
    materials=(
        Material(
            name="old_card",
            title="原卡照片",
            required=False,
            hint="拍清楚卡面坏在哪里；领新卡时旧卡要交回。",
            when=lambda answers: answers.get("reason") in {DAMAGED, UNREADABLE},
        ),
        Material(
            name="photo",
            title="一寸照片",
            required=False,
            hint="想换卡面照片才传：白底、免冠、正面。不传就用登记的照片。",
            at_least=14_000,
            at_most=100 * 1024,
        ),
    ),
    undertaking=Undertaking(
        code="CARD-REPLACE",
        version="2026-11",
        text=(
            "我申请补换本人的社会保障卡，所填内容真实。因遗失补卡的，提交后原卡随即正式挂失，找到也不再使用；"
            "因损坏或信息变更换卡的，领新卡时交回原卡。卡上的银行账户由本人到发卡银行另行办理。"
        ),
    ),
    window="W-CARD-ONLINE",
    fee="card_replace",
    review=Review(),
    stages=_stages("card_replace"),
    begin=may_replace,
    check=_check_replace,
    lines=_replace_lines,
    effects="card_replace",
    stays=lambda answers: "原卡仍是挂失状态，不会恢复。" if answers.get("reason") == LOST else "",
    elsewhere=lambda region: Reply(Say(region.loss.guide)),
    finished="新社保卡已经领取，可以使用了；旧卡已停用。社保卡上的银行账户，请到发卡银行激活。",
    help="先选原因，再选怎么领卡；工本费在线缴，提交后可以随时看进度。",
)

CARD_SECOND = Filing(
    name="card_second",
    title="社会保障卡二次申领",
    covers=("BJH-27",),
    steps=_DELIVERY,
    undertaking=Undertaking(
        code="CARD-SECOND",
        version="2026-11",
        text="我申请领取本人被退回的社会保障卡，所填内容真实，领卡时出示本人有效身份证件原件。",
    ),
    window="W-CARD-ONLINE",
    review=Review(role="受理"),
    stages=_stages("card_second"),
    begin=may_apply_again,
    check=_check_second,
    lines=_second_lines,
    effects="card_second",
    elsewhere=lambda region: Reply(Say(region.missing.format(what="二次申领社保卡"))),
    finished="社保卡已经领取，可以使用了。社保卡上的银行账户，请到发卡银行激活。",
    help="选好怎么领卡、留一个电话就行。",
)

FILINGS: tuple[Filing, ...] = (CARD_REPLACE, CARD_SECOND)
