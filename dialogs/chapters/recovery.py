"""手机号换了或丢了: the way back in, without the old number (S-BIND, targets.md complaint 6)."""

from __future__ import annotations

from datetime import date

from dialogs.case_words import told_day
from dialogs.declare import Ask, Dialog, Ended, Scene, Wish
from dialogs.messages import Anchor, Reply, Say
from storage.ports.records import Case, CaseState
from storage.ports.time import SHANGHAI

_NEW = "new"
_STAFF = ("转人工", Wish("human"))


def _outlets(scene: Scene) -> tuple[tuple[str, Wish], ...]:
    return (("不方便拍照，找最近的网点", Wish("outlets")), *_staff(scene))


def _staff(scene: Scene) -> tuple[tuple[str, Wish], ...]:
    """转人工, where the region has somebody; elsewhere people are given the telephone."""
    region = scene.desk.region
    return () if region is not None and region.human.channel == "phone" else (_STAFF,)


async def _begin(scene: Scene) -> Ended:
    case = await scene.desk.filings.begun("phone_change")
    if case is not None and case.state in {CaseState.DRAFT, CaseState.SUPPLEMENT}:
        return await _gone_on(scene, case)
    if case is not None and scene.answers.get("start") != _NEW:
        return _under_way(scene, case)
    url = await scene.desk.filings.form("phone_change", {})
    days = await scene.desk.filings.expected("phone_change")
    when = f"，大约 {days.month}月{days.day}日前有结果" if days else ""
    return Ended(
        Reply(
            Say(
                f"可以在这里换预留手机号{when}。\n"
                "要填证件号码和社保卡号（只在下面的页面里填，不要发在聊天里），用新手机号收一次验证码，再拍一张手持证件的照片。\n"
                "两位工作人员核对后生效，原来的手机和微信会收到提醒；生效后 72 小时内不能办解挂、改账户这类业务。",
                links=(Anchor("去填写", url),),
            )
        ),
        _outlets(scene),
    )


async def _gone_on(scene: Scene, case: Case) -> Ended:
    """Back to what this chat has begun: there is no log-in that could lead there."""
    url = await scene.desk.filings.form("phone_change", {})
    if case.state is CaseState.DRAFT:
        text = "您上次填到一半的换手机号申请还在，点下面的链接接着填，填过的不用重填。\n证件号码和社保卡号只在页面里填，不要发在聊天里。"
    else:
        note = " ".join(case.steps[-1].note.split()) if case.steps else ""
        until = f"请在 {told_day(case.due_on, _today(scene))} 前补好，过了会自动作废。" if case.due_on else ""
        text = f"您的换手机号申请（业务流水号 {case.case_no}）需要补正：{note}\n{until}点下面的链接去补，填过的不用重填。"
    return Ended(Reply(Say(text, links=(Anchor("去填写", url),))), _outlets(scene))


def _under_way(scene: Scene, case: Case) -> Ended:
    when = f"，预计 {told_day(case.expected_on, _today(scene))} 办好" if case.expected_on else ""
    text = f"您的换手机号申请（业务流水号 {case.case_no}）已经提交，现在是“{case.feedback_status}”{when}。\n有结果会在这里告诉您，不用再填一次。"
    return Ended(Reply(Say(text)), (("替另一个人申请", Wish("change_phone", {"start": _NEW})), *_staff(scene)))


def _today(scene: Scene) -> date:
    return scene.now.astimezone(SHANGHAI).date()


def _kept(text: str, _: object) -> str:
    return text


CHANGE_PHONE = Dialog(
    name="change_phone",
    acts=True,
    title="更换预留手机号",
    covers=("BZ-06",),
    media=("chat", "page", "push"),
    who="anyone",
    needs_region=True,
    steps=(Ask(name="start", prompt="", parse=_kept, default="yes"),),
    action=_begin,
)

DIALOGS: tuple[Dialog, ...] = (CHANGE_PHONE,)
