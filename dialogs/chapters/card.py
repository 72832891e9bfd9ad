"""社保卡挂失 (BZ-19; in 北京 the guide of BJH-28): what it does and does not, yes, a code, done once."""

from __future__ import annotations

from dialogs.declare import Agree, Dialog, Ended, OneTimeCode, Scene, Stop, Wish
from dialogs.masks import masked_card
from dialogs.messages import Reply, Say
from dialogs.phrases import day


async def _what_happens(scene: Scene) -> str:
    card = await scene.desk.cards.card()
    region = scene.desk.region
    if card is None or region is None:
        raise Stop(Reply(Say("没有查到您名下的社保卡。如果您有卡，请带身份证到经办窗口核对。")))
    if card.status == "lost":
        when = f"{day(card.lost_at.date())}" if card.lost_at else "之前"
        raise Stop(Reply(Say(f"您的社保卡 {masked_card(card.card_no)} {when}已经挂失了，不用再办。\n{region.loss.does_not}")))
    if card.status != "active":
        raise Stop(Reply(Say(f"您的社保卡 {masked_card(card.card_no)} 现在不在使用中，不需要挂失。回复“进度”可以看办到哪一步。")))
    return (
        f"要挂失的社保卡：{masked_card(card.card_no)}（{region.name}）\n{region.loss.does}\n{region.loss.does_not}\n"
        "确认后给您的预留手机发验证码，验证通过立即生效。"
    )


async def _report(scene: Scene) -> Ended:
    case = await scene.desk.cards.report_lost(scene.answers["code"], scene.key)
    at = f"{day(case.submitted_at.date())} {case.submitted_at:%H:%M}"
    return Ended(
        Reply(
            Say(
                f"挂失成功，{at} 起生效。\n业务流水号：{case.case_no}\n"
                f"{scene.desk.region.loss.does_not if scene.desk.region else ''}"
            )
        ),
        (
            ("下载挂失回执（PDF）", Wish("case_paper", {"case_no": case.case_no})),
            ("查办理进度", Wish("progress", {"case_no": case.case_no})),
        ),
    )


REPORT_LOST = Dialog(
    name="report_lost",
    title="社保卡挂失",
    covers=("BZ-19",),
    needs_region=True,
    steps=(
        Agree(
            name="sure",
            prompt="",
            text=_what_happens,
            yes="确认挂失",
            no="先不挂失",
            refused="好的，没有挂失。卡要是找不到了，随时可以再来。",
        ),
        OneTimeCode(
            name="code",
            purpose="report_lost",
            sent="验证码已发到您的预留手机 {phone}",
            phone=lambda scene: scene.desk.person.phone if scene.desk.person else None,
        ),
    ),
    action=_report,
    elsewhere=lambda region: Reply(Say(region.loss.guide)),
    help="挂失要回复“确认挂失”，再把短信验证码发给我。",
)

DIALOGS: tuple[Dialog, ...] = (REPORT_LOST,)
