"""下载打印: a document with 流水号 and 校验码 from something just looked up or done (PAT-PDF). Reached by choices, not by words."""

from __future__ import annotations

from dialogs.declare import Ask, Dialog, Ended, Scene, Stop
from dialogs.handover import given
from dialogs.messages import Reply, Say


async def _download(scene: Scene) -> Ended:
    params = {name: scene.answers[name] for name in ("period", "insurance") if scene.answers.get(name)}
    try:
        return given(await scene.desk.issue(scene.answers["query"], params, scene.key))
    except LookupError:
        raise Stop(Reply(Say("没有查到可以打印的记录。换个条件再试试，或者先查询看看。"))) from None


def _kept(text: str, _: object) -> str:
    return text


DOWNLOAD = Dialog(
    name="download",
    title="下载单据",
    covers=(),
    scope="",  # what it is of decides
    steps=(
        Ask(name="query", prompt="请先查询，再回复“下载”。", parse=_kept),
        Ask(name="period", prompt="", parse=_kept, default=""),
        Ask(name="insurance", prompt="", parse=_kept, default=""),
    ),
    action=_download,
)


async def _case_paper(scene: Scene) -> Ended:
    paper = await scene.desk.case_paper(scene.answers["case_no"], scene.key)
    if paper is None:
        raise Stop(Reply(Say("没有找到这笔业务。回复“进度”可以看您办过的事。")))
    return given(paper)


CASE_PAPER = Dialog(
    name="case_paper",
    title="下载回执",
    covers=(),
    steps=(Ask(name="case_no", prompt="请发业务流水号。", parse=_kept),),
    action=_case_paper,
)
