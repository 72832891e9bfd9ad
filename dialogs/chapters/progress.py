"""办理进度 (BZ-10, BJH-M-05): by 业务流水号, or 我的 without a number; where a case stands, when it will be done, and what can be done next.

Another person's case looks like no case.
"""

from __future__ import annotations

from datetime import date

from dialogs.case_words import begun, told_day
from dialogs.declare import Agree, Ask, Dialog, Ended, Scene, Stop, Wish
from dialogs.filings import FILINGS
from dialogs.messages import Anchor, Reply, Say
from dialogs.parse import case_no
from dialogs.phrases import day
from storage.ports.records import Case, CaseState
from storage.ports.time import SHANGHAI

MINE = "我的"
_STEPS = 3
_NOTE_AT_MOST = 200
S = CaseState
_MOVING = frozenset({S.REVIEW, S.SECOND, S.SUPPLEMENT, S.WORKING, S.READY})
_UNDECIDED = frozenset({S.REVIEW, S.SECOND, S.SUPPLEMENT})


def _number_or_mine(text: str, _: date) -> str:
    return MINE if text.strip() in {MINE, "我的业务", "全部", "不知道", "忘了", "没有"} else case_no(text)


def _line(case: Case) -> str:
    return f"{case.title}，{day(case.submitted_at.date())}，{case.feedback_status if case.state else case.handling_status}"


async def _progress(scene: Scene) -> Ended:
    """Whoever filed something here can follow it, in every region; where the manual has no 进度, there is nothing else to be found."""
    region = scene.desk.region
    offered = region is None or region.offers("BZ-10", "BJH-M-05")
    wanted = _number_or_mine(scene.answers["case_no"], scene.now.date())
    if wanted == MINE:
        cases = await scene.desk.cases()
        if not cases and not offered and region is not None:
            raise Stop(Reply(Say(region.missing.format(what="办理进度"))))
        if not cases:
            text = "您名下还没有办理记录。在窗口办的业务，可以用受理单上的业务流水号查。"
            return Ended(Reply(Say(text)), (("按流水号查", Wish("progress_by_number")),))
        if len(cases) > 1:
            shown = tuple((_line(case), Wish("progress", {"case_no": case.case_no})) for case in cases[:5])
            offers = (*shown, ("按流水号查", Wish("progress_by_number")))
            return Ended(Reply(Say("您办过这些事，回复数字看详情：")), offers)
        found: Case | None = cases[0]
    else:
        found = await scene.desk.case(wanted)
    if found is None:
        return Ended(
            Reply(Say(f"没有查到流水号 {wanted} 的业务。请核对受理单上的号码，或看看您名下的全部业务。")),
            (("看我的全部业务", Wish("progress", {"case_no": MINE})), ("换个流水号", Wish("progress_by_number"))),
        )
    return await _shown(scene, found)


async def _shown(scene: Scene, case: Case) -> Ended:
    """One line of result, five of figures at most; then the one thing to do as a link, and what else can be done by number."""
    today = scene.now.astimezone(SHANGHAI).date()
    steps = [f"{step.at:%Y-%m-%d %H:%M} {step.name}：{step.status}" for step in case.steps[-_STEPS:]]
    tail = _next(case, today)
    lines = [f"{case.title}：{case.handling_status}，{case.feedback_status}", f"业务流水号 {case.case_no}", *steps]
    return Ended(
        Reply(Say("\n".join([*lines, *([tail] if tail else ())]), links=await _link(scene, case))), await _offers(scene, case)
    )


def _next(case: Case, today: date) -> str:
    """The last line: what is awaited, and until when."""
    note = _plain(case.steps[-1].note) if case.steps else ""
    filing = FILINGS.get(case.filing)
    stage = filing.stage(case.stage) if filing else None
    expected = f"预计 {told_day(case.expected_on, today)} 办好。" if case.expected_on else ""
    match case.state:
        case S.DRAFT:
            return "还没有提交，可以接着填；30 天没有动它，会自动清除。"
        case S.UNPAID:
            return "还要缴费，缴了才开始审核；过时没缴会自动作废。"
        case S.SUPPLEMENT:
            until = f"请在 {told_day(case.due_on, today)} 前补正：" if case.due_on else "需要补正："
            return f"{until}{note}"
        case S.WORKING | S.READY if stage is not None and stage.told:
            return _plain(begun(stage, case, today))
        case S.REVIEW | S.SECOND | S.WORKING:
            return expected
        case S.REFUSED:
            return f"原因：{note or '没有写明'}" if case.steps and case.steps[-1].name != "设为已读" else ""
        case S.WITHDRAWN | S.VOID | S.DONE:
            return note
        case None:  # of the agency's own system, which alone knows its steps: why it was not done stands in what it wrote last
            return f"说明：{note}" if note else ""
        case _:
            return ""


def _plain(text: str) -> str:
    """What staff or declarations wrote, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= _NOTE_AT_MOST else f"{line[:_NOTE_AT_MOST]}…"


_GO = {S.DRAFT: "继续填写", S.SUPPLEMENT: "去补正", S.UNPAID: "去缴费"}
"""What the person has to do next, on a page."""


async def _link(scene: Scene, case: Case) -> tuple[Anchor, ...]:
    if case.state not in _GO:
        return ()
    filings = scene.desk.filings
    url = await (filings.pay(case.case_no) if case.state is S.UNPAID else filings.resume(case.case_no))
    return (Anchor(_GO[case.state], url),) if url else ()


async def _offers(scene: Scene, case: Case) -> tuple[tuple[str, Wish], ...]:
    said = {"case_no": case.case_no}
    filing = FILINGS.get(case.filing)
    stage = filing.stage(case.stage) if filing else None
    inside = filing is not None and filing.inside
    offers: list[tuple[str, Wish]] = []
    if case.state in _GO and not inside:
        offers.append((_GO[case.state], Wish("case_go", said)))
    if case.state in {S.DONE, S.REFUSED} and case.finished_at is None:
        offers.append(("设为已读", Wish("case_read", said)))
    if case.state in {S.WORKING, S.READY} and stage is not None and stage.by == "person":
        offers.append(("已经领到了", Wish("case_collected", said)))
    named = case.person_id is not None  # a paper names its person; what is nobody's is found by its watch alone
    if case.state is not S.DRAFT and named:
        offers.append(("下载回执（PDF）", Wish("case_paper", said)))
    if case.state is S.REFUSED and filing is not None and not inside:
        offers.append(("重新办", Wish(filing.name)))
    if case.state in _MOVING and named:
        watching = await scene.desk.filings.watching(case.case_no)
        offers.append(("不再通知我", Wish("case_unwatch", said)) if watching else ("每一步都通知我", Wish("case_watch", said)))
    offers.append(("按流水号查别的", Wish("progress_by_number")))
    # What cannot be undone comes last: whoever answers 1 without reading throws nothing away.
    if case.state in _UNDECIDED and not inside:
        offers.append(("撤回", Wish("case_withdraw", said)))
    if case.state in {S.DRAFT, S.UNPAID}:
        offers.append(("作废", Wish("case_withdraw", said)))
    return tuple(offers)


PROGRESS = Dialog(
    name="progress",
    title="办理进度",
    covers=("BZ-10", "BJH-M-05"),
    media=("chat", "pdf", "push"),
    steps=(
        Ask(
            name="case_no",
            label="业务流水号",
            prompt="",
            parse=_number_or_mine,
            default=MINE,
        ),
    ),
    action=_progress,
)

PROGRESS_BY_NUMBER = Dialog(
    name="progress_by_number",
    title="按流水号查进度",
    covers=(),
    steps=(
        Ask(
            name="case_no",
            prompt="请发业务流水号，在受理单或办理成功的消息里。不记得就回复“我的”。",
            parse=_number_or_mine,
        ),
    ),
    action=_progress,
    help="发业务流水号就能查；不记得号码就回复“我的”。",
)

# ── what can be done to a case; reached by choices, not by words ────────────────────────────────────────────────────

_NONE = "没有找到这笔业务。回复“进度”可以看您办过的事。"
_NUMBER = Ask(name="case_no", prompt="请发业务流水号。", parse=lambda text, _: case_no(text))


def _ended(text: str, case: Case) -> Ended:
    said = {"case_no": case.case_no}
    paper = (("下载回执（PDF）", Wish("case_paper", said)),) if case.person_id is not None else ()
    return Ended(Reply(Say(text)), (("查进度", Wish("progress", said)), *paper))


async def _there(scene: Scene) -> Case:
    found = await scene.desk.case(scene.answers["case_no"])
    if found is None:
        raise Stop(Reply(Say(_NONE)))
    return found


async def _sure_to_withdraw(scene: Scene) -> str:
    case = await _there(scene)
    if case.state in {S.DRAFT, S.UNPAID}:
        return f"把“{case.title}”（{case.case_no}）作废？作废以后要办只能重新填。"
    filing = FILINGS.get(case.filing)
    if case.state in _UNDECIDED and filing is not None and filing.inside:
        raise Stop(Reply(Say(f"“{case.title}”是工作人员登记的，不用撤回；有结果会告诉您。")))
    if case.state in _UNDECIDED:
        return f"撤回“{case.title}”（{case.case_no}）？撤回以后要办只能重新提交。{_what_stays(case)}"
    raise Stop(Reply(Say(f"“{case.title}”现在是“{case.feedback_status}”，已经不能撤回了。")))


def _what_stays(case: Case) -> str:
    """What withdrawing does to the money and to what has taken effect already."""
    filing = FILINGS.get(case.filing)
    if filing is None:
        return ""
    fee = "缴过的费用由工作人员核实后退回。" if filing.fee_key(case.answers) else ""
    stays = filing.stays(case.answers) if filing.stays else ""
    return f"\n{fee}{stays}" if fee or stays else ""


async def _go(scene: Scene) -> Ended:
    case = await _there(scene)
    if links := await _link(scene, case):
        return Ended(Reply(Say(f"“{case.title}”点下面的链接{links[0].label}，链接 30 分钟内有效，只能由您打开。", links=links)))
    return _ended(f"“{case.title}”现在是“{case.feedback_status}”，没有要填的。", case)


async def _withdraw(scene: Scene) -> Ended:
    case = await scene.desk.filings.withdraw(scene.answers["case_no"])
    if case is None:
        raise Stop(Reply(Say(_NONE)))
    if case.state in {S.WITHDRAWN, S.VOID}:
        return _ended(f"“{case.title}”{'已作废' if case.state is S.VOID else '已撤回'}，业务流水号 {case.case_no}。", case)
    return _ended(f"来不及了：“{case.title}”刚刚变成“{case.feedback_status}”，没有撤回。", case)


async def _read(scene: Scene) -> Ended:
    case = await scene.desk.filings.read(scene.answers["case_no"])
    if case is None:
        raise Stop(Reply(Say(_NONE)))
    if case.read_at is None:
        return _ended(f"“{case.title}”现在是“{case.feedback_status}”，不用设为已读。", case)
    return _ended(f"已设为已读，“{case.title}”办完了。", case)


async def _collected(scene: Scene) -> Ended:
    before = await _there(scene)
    case = await scene.desk.filings.collected(before.case_no)
    if case is None:
        raise Stop(Reply(Say(_NONE)))
    if case.version == before.version:
        return _ended(f"“{case.title}”现在是“{case.feedback_status}”，没有要领取的。", case)
    filing = FILINGS.get(case.filing)
    return _ended(f"好的，记下了。{filing.finished if filing and case.state is S.DONE else case.feedback_status}", case)


async def _sure_collected(scene: Scene) -> str:
    return f"“{(await _there(scene)).title}”已经领到了，对吗？"


async def _watch(scene: Scene) -> Ended:
    return await _watched(scene, wanted=True)


async def _unwatch(scene: Scene) -> Ended:
    return await _watched(scene, wanted=False)


async def _watched(scene: Scene, *, wanted: bool) -> Ended:
    case = await _there(scene)
    if not await scene.desk.filings.watch(case.case_no, wanted):
        raise Stop(Reply(Say(_NONE)))
    text = "好的，每一步都会在这里告诉您。" if wanted else "好的，不再通知您。回复“进度”随时可以查。"
    return _ended(text, case)


ACTS: tuple[Dialog, ...] = (
    Dialog(name="case_go", title="接着办", covers=(), steps=(_NUMBER,), action=_go),
    Dialog(
        name="case_withdraw",
        acts=True,
        title="撤回业务",
        covers=(),
        steps=(_NUMBER, Agree(name="sure", prompt="", text=_sure_to_withdraw, yes="是的", no="先不", refused="好的，没有改动。")),
        action=_withdraw,
    ),
    Dialog(name="case_read", title="设为已读", covers=(), steps=(_NUMBER,), action=_read),
    Dialog(
        name="case_collected",
        acts=True,
        title="确认领到",
        covers=(),
        steps=(
            _NUMBER,
            Agree(name="sure", prompt="", text=_sure_collected, yes="领到了", no="还没有", refused="好的，领到以后再告诉我。"),
        ),
        action=_collected,
    ),
    Dialog(name="case_watch", title="订阅进度", covers=(), steps=(_NUMBER,), action=_watch),
    Dialog(name="case_unwatch", title="不再通知", covers=(), steps=(_NUMBER,), action=_unwatch),
)

DIALOGS: tuple[Dialog, ...] = (PROGRESS, PROGRESS_BY_NUMBER, *ACTS)
