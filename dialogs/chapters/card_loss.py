"""社保卡挂失 and 解挂 (BZ-19): what it does and does not, yes, a code, done once; at any hour."""

from __future__ import annotations

from dialogs.card_words import full_minute, lasts_until, moment, no_card, open_card_case
from dialogs.declare import Agree, Dialog, Ended, Guide, OneTimeCode, Scene, Stop, Wish
from dialogs.desk_family import OWN_ONLY
from dialogs.masks import masked_card
from dialogs.messages import Reply, Say
from storage.ports.records import Card
from storage.ports.regions import Region


def _region(scene: Scene) -> Region:
    region = scene.desk.region
    if region is None:
        raise Stop(Reply(Say("请先告诉我您在哪里参保：北京、滨州还是济南？")))
    return region


async def _card(scene: Scene) -> Card:
    card = await scene.desk.cards.card()
    if card is None:
        raise Stop(Reply(Say(no_card(_region(scene)))))
    return card


async def _what_happens(scene: Scene) -> str:
    card, region = await _card(scene), _region(scene)
    shown = masked_card(card.card_no)
    if card.status == "lost":
        when = f"{moment(card.lost_at)} " if card.lost_at else "之前"
        text = [f"您的社保卡 {shown}，{when}已经挂失了，不用再办。"]
        if card.lost_until:
            text.append(
                f"这是临时挂失，到 {moment(card.lost_until)} 自动恢复使用；卡还没找到，请在那以前补卡。{region.loss.guide}"
            )
        raise Stop(Reply(Say("\n".join(filter(None, (*text, region.loss.does_not, region.loss.lift))))))
    if card.status != "active":
        raise Stop(Reply(Say(f"您的社保卡 {shown} 现在不在使用中，不需要挂失。回复“制卡进度”可以看办到哪一步。")))
    lines = [f"要挂失的社保卡：{shown}（{region.name}）", region.loss.does]
    if region.loss.temporary_days:
        until = lasts_until(scene.now, region.loss.temporary_days)
        lines.append(
            f"临时挂失 {region.loss.temporary_days} 天，到 {moment(until)} 自动恢复使用，提前 {region.loss.warn_days} 天提醒您。"
        )
    lines += [region.loss.does_not, "确认后给您的预留手机发验证码，验证通过立即生效。"]
    return "\n".join(filter(None, lines))


async def _report(scene: Scene) -> Ended:
    await _what_happens(scene)  # the card may have changed since it was asked
    case = await scene.desk.cards.report_lost(scene.answers["code"], scene.key)
    region = _region(scene)
    lines = [f"挂失成功，{moment(case.submitted_at)} 起生效。", f"业务流水号：{case.case_no}"]
    if until := case.fields.get("自动恢复时间"):
        lines.append(f"临时挂失到 {until} 为止，到时自动恢复使用；到期前会提醒您。")
    lines += [region.loss.does_not, region.loss.lift]
    return Ended(
        Reply(Say("\n".join(filter(None, lines)))),
        (
            ("下载挂失回执（PDF）", Wish("case_paper", {"case_no": case.case_no})),
            ("查办理进度", Wish("progress", {"case_no": case.case_no})),
        ),
    )


REPORT_LOST = Dialog(
    name="report_lost",
    acts=True,
    title="社保卡挂失",
    covers=("BZ-19",),
    media=("chat", "pdf", "push"),
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
    counterpart=lambda region: Wish("card_lost") if region.offers("BJH-28") else None,
    guides=(Guide("BJH-28"),),
    version=2,
    help="挂失要回复“确认挂失”，再把短信验证码发给我。",
)


async def _what_is_lifted(scene: Scene) -> str:
    card, region = await _card(scene), _region(scene)
    shown = masked_card(card.card_no)
    if card.status != "lost":
        raise Stop(Reply(Say(f"您的社保卡 {shown} 没有挂失，不用解挂。")))
    if not region.loss.lift_online:
        raise Stop(Reply(Say(f"您的社保卡 {shown} 已挂失。\n{region.loss.lift or region.loss.guide}")))
    if case := open_card_case(await scene.desk.cases()):
        raise Stop(
            Reply(
                Say(
                    f"您正在办“{case.title}”（业务流水号 {case.case_no}），旧卡不能再解挂。\n"
                    "卡找到了、不想补了，回复“进度”打开那笔业务，看能不能撤回。"
                )
            )
        )
    if hold := await scene.desk.cards.held():
        raise Stop(
            Reply(
                Say(
                    f"为了防止别人冒用，{hold.reason}后 72 小时内不能解挂，{moment(full_minute(hold.until))} 以后可以办。\n"
                    f"急用请带身份证到经办窗口，或拨打 {region.hotline}。挂失现在仍然有效。"
                )
            )
        )
    return (
        f"要解除挂失的社保卡：{shown}（{region.name}）\n确认卡就在您手里再解挂：解挂后这张卡马上能用。\n"
        "银行账户另外挂失过的，要到发卡银行另外解。\n确认后给您的预留手机发验证码，验证通过立即生效。"
    )


async def _lift(scene: Scene) -> Ended:
    await _what_is_lifted(scene)  # the card may have changed since it was asked, or a hold begun
    case = await scene.desk.cards.lift_loss(scene.answers["code"], scene.key)
    return Ended(
        Reply(
            Say(
                f"解挂成功，{moment(case.submitted_at)} 起社保卡恢复使用。\n业务流水号：{case.case_no}\n"
                "银行账户另外挂失过的，请到发卡银行解。"
            )
        ),
        (("下载解挂回执（PDF）", Wish("case_paper", {"case_no": case.case_no})), ("看社保卡信息", Wish("card_info"))),
    )


LIFT_LOSS = Dialog(
    name="lift_loss",
    acts=True,
    title="社保卡解挂",
    covers=(),
    part_of=("BZ-19",),
    scope=OWN_ONLY,
    needs_region=True,
    steps=(
        Agree(
            name="sure",
            prompt="",
            text=_what_is_lifted,
            yes="确认解挂",
            no="先不解挂",
            refused="好的，没有解挂，挂失仍然有效。",
        ),
        OneTimeCode(
            name="code",
            purpose="lift_loss",
            sent="验证码已发到您的预留手机 {phone}",
            phone=lambda scene: scene.desk.person.phone if scene.desk.person else None,
        ),
    ),
    action=_lift,
    elsewhere=lambda region: Reply(Say(region.loss.lift or region.loss.guide)),
    help="解挂要回复“确认解挂”，再把短信验证码发给我。",
)

DIALOGS: tuple[Dialog, ...] = (REPORT_LOST, LIFT_LOSS)
