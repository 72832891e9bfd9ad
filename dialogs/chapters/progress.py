"""办理进度 (BZ-10, BJH-M-05): by 业务流水号, or 我的 without a number. Another person's case looks like no case."""

from __future__ import annotations

from datetime import date

from dialogs.declare import Ask, Dialog, Ended, Scene, Wish
from dialogs.messages import Reply, Say
from dialogs.parse import case_no
from dialogs.phrases import day
from storage.ports.records import Case

MINE = "我的"


def _number_or_mine(text: str, _: date) -> str:
    return MINE if text.strip() in {MINE, "我的业务", "全部", "不知道", "忘了", "没有"} else case_no(text)


def _line(case: Case) -> str:
    return f"{case.title}，{day(case.submitted_at.date())}，{case.handling_status}"


async def _progress(scene: Scene) -> Ended:
    wanted = _number_or_mine(scene.answers["case_no"], scene.now.date())
    if wanted == MINE:
        cases = await scene.desk.cases()
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
    steps = [f"{step.at:%Y-%m-%d %H:%M} {step.name}：{step.status}" for step in found.steps[-5:]]
    lines = [f"{found.title}：{found.handling_status}，{found.feedback_status}", f"业务流水号 {found.case_no}", *steps]
    paper = ("下载回执（PDF）", Wish("case_paper", {"case_no": found.case_no}))
    return Ended(Reply(Say("\n".join(lines))), (paper, ("按流水号查别的", Wish("progress_by_number"))))


PROGRESS = Dialog(
    name="progress",
    title="办理进度",
    covers=("BZ-10", "BJH-M-05"),
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
    elsewhere=lambda region: Reply(Say(region.missing.format(what="办理进度"))),
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

DIALOGS: tuple[Dialog, ...] = (PROGRESS, PROGRESS_BY_NUMBER)
