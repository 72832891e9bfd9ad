"""Looking at the card: BZ-18 社保卡基本信息, BZ-20 / BJH-29 / BJH-M-16 进度, BZ-21 处理记录, BZ-22 刷卡记录, BJH-M-15 领卡证明."""

from __future__ import annotations

from dialogs.card_words import is_card_case
from dialogs.declare import Ask, Dialog, Ended, Guide, Scene, Stop, Wish
from dialogs.desk import Found
from dialogs.filings.card import OWN_PHONE
from dialogs.handover import given
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import month
from dialogs.phrases import day
from storage.ports.records import Case, CaseState
from storage.ports.regions import Region

Offers = tuple[tuple[str, Wish], ...]


def _answer(found: Found, offers: Offers, label: str = "查看明细") -> Ended:
    links = (Anchor(label, found.url),) if found.url else ()
    return Ended(Reply(Say("\n".join(found.statement.summary), links=links)), offers)


def _paper(query: str, **params: str) -> tuple[str, Wish]:
    return "下载 PDF 单据", Wish("download", {"query": query, **params})


def _elsewhere(region: Region, what: str, *, lift: bool = False, hint: bool = False) -> Reply:
    lines = [region.missing.format(what=what)]
    if lift and region.loss.lift:
        lines.append(f"想解挂的话：{region.loss.lift}")
    if hint and (text := region.texts.get("progress_hint")):
        lines.append(text)
    return Reply(Say("\n".join(lines)))


async def _info(scene: Scene) -> Ended:
    card, region = await scene.desk.cards.card(), scene.desk.region
    found = await scene.desk.look_up("card_info", {})
    if card is None or region is None:
        return _answer(found, ())
    offers: list[tuple[str, Wish]] = []
    if card.status == "active" and region.loss.online:
        offers.append(("挂失", Wish("report_lost")))
    if card.status == "lost" and region.loss.lift_online:
        offers.append(("解挂（卡找到了）", Wish("lift_loss")))
    offers += [("卡片处理记录", Wish("card_events")), ("刷卡记录", Wish("card_swipes")), _paper("card_info")]
    return _answer(found, tuple(offers), "查看完整信息")


CARD_INFO = Dialog(
    name="card_info",
    title="社保卡信息",
    covers=("BZ-18",),
    media=("chat", "page", "pdf", "xlsx"),
    action=_info,
    elsewhere=lambda region: _elsewhere(region, "社保卡信息", lift=True),
)


async def _progress(scene: Scene) -> Ended:
    card = await scene.desk.cards.card()
    found = await scene.desk.look_up("card_progress", {})
    offers: list[tuple[str, Wish]] = []
    region = scene.desk.region
    if card is not None and card.status == "returned" and region is not None and region.offers("BJH-27"):
        offers.append(("办二次申领", Wish("card_second", {"contact": OWN_PHONE})))
    if card is not None and card.status == "ready" and region is not None and region.offers("BJH-M-15"):
        offers.append(("领卡证明（PDF）", Wish("pickup_certificate")))
    if found.url:
        offers.append(_paper("card_progress"))
    return _answer(found, tuple(offers), "查看每一步")


CARD_PROGRESS = Dialog(
    name="card_progress",
    title="制卡进度",
    covers=("BZ-20", "BJH-29", "BJH-M-16"),
    media=("chat", "page", "pdf", "xlsx"),
    action=_progress,
    elsewhere=lambda region: _elsewhere(region, "制卡进度", hint=True),
    guides=(Guide("BZ-20"), Guide("BJH-29")),
)


async def _events(scene: Scene) -> Ended:
    found = await scene.desk.look_up("card_events", {})
    return _answer(found, (_paper("card_events"),) if found.url else (("看社保卡信息", Wish("card_info")),), "查看全部")


CARD_EVENTS = Dialog(
    name="card_events",
    title="卡片处理记录",
    covers=("BZ-21",),
    media=("chat", "page", "pdf", "xlsx"),
    action=_events,
    elsewhere=lambda region: _elsewhere(region, "卡片处理记录"),
)


async def _swipes(scene: Scene) -> Ended:
    wanted = month(scene.answers["period"], scene.now.date())
    found = await scene.desk.look_up("card_swipes", {"period": str(wanted)})
    before = wanted.plus(-1)
    earlier = (f"看{before.label}", Wish("card_swipes", {"period": str(before)}))
    another = ("换个月份", Wish("card_swipes"))
    if not found.url:
        return _answer(found, (earlier, another, ("看社保卡信息", Wish("card_info"))))
    return _answer(found, (_paper("card_swipes", period=str(wanted)), earlier, another))


CARD_SWIPES = Dialog(
    name="card_swipes",
    title="刷卡记录",
    covers=("BZ-22",),
    media=("chat", "page", "pdf", "xlsx"),
    steps=(
        Ask(
            name="period",
            label="年月",
            prompt="查哪个月的刷卡记录？回复数字，或发年月，例如 2024-08。",
            parse=month,
            quick=("本月", "上个月"),
        ),
    ),
    action=_swipes,
    elsewhere=lambda region: _elsewhere(region, "刷卡记录"),
    help="一次查一个月：上个月、8月、2024-08、2024年8月 都可以。",
)


def _kept(text: str, _: object) -> str:
    return text.strip()


async def _certificate(scene: Scene) -> Ended:
    wanted = scene.answers["case_no"]
    cases = [case for case in await scene.desk.cases() if is_card_case(case) and wanted in {"", case.case_no}]
    ready = next((case for case in cases if case.state in {CaseState.READY, CaseState.DONE}), None)
    if ready is not None:
        return given(await scene.desk.issue("pickup_certificate", {"case_no": ready.case_no}, scene.key))
    if not cases:
        raise Stop(Reply(Say("领卡证明要先办补换卡或二次申领才有，没有查到您在这里办过。要补卡或换卡请回复“补办社保卡”。")))
    return Ended(Reply(Say(_not_yet(cases[0]))), (("看制卡进度", Wish("card_progress")),))


def _not_yet(case: Case) -> str:
    head = f"“{case.title}”（业务流水号 {case.case_no}）现在是“{case.feedback_status}”"
    if case.state is not None and case.state.over:
        return f"{head}，没有卡可领，也就没有领卡证明。"
    when = f"预计 {day(case.expected_on)}。" if case.expected_on else "到时我会告诉您。"
    return f"{head}，卡做好以后才有领卡证明，{when}"


PICKUP_CERTIFICATE = Dialog(
    name="pickup_certificate",
    title="领卡证明",
    covers=("BJH-M-15",),
    media=("chat", "pdf"),
    steps=(Ask(name="case_no", prompt="", parse=_kept, default=""),),
    action=_certificate,
    elsewhere=lambda region: _elsewhere(region, "领卡证明"),
)

DIALOGS: tuple[Dialog, ...] = (CARD_INFO, CARD_PROGRESS, CARD_EVENTS, CARD_SWIPES, PICKUP_CERTIFICATE)
