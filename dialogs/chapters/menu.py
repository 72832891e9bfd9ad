"""The menu of conversation-map 3.1 as wishes, and the words for what is not served in chat yet."""

from __future__ import annotations

from dialogs.declare import Wish
from dialogs.messages import Reply, Say

Entries = tuple[tuple[str, Wish], ...]

MAIN: Entries = (
    ("查缴费", Wish("contributions")),
    ("社保卡服务", Wish("card_menu")),
    ("查办理进度", Wish("progress")),
    ("资格认证", Wish("certification")),
    ("验真假（单据、短信）", Wish("check_menu")),
    ("缴费与订单", Wish("order_menu")),
    ("附近网点", Wish("outlets")),
    ("转人工", Wish("human")),
    ("登录、切换身份、家人", Wish("account")),
    ("提醒设置", Wish("wishes")),
    ("家人帮忙（亲情）", Wish("family")),
)
"""What 菜单 shows."""

FIRST = MAIN[:4]
"""The few that are offered to somebody whose words were not understood."""

MENUS: dict[str, tuple[str, Entries]] = {
    "card_menu": (
        "社保卡服务，您想办哪一件？",
        (
            ("社保卡丢了", Wish("card_lost")),
            ("社保卡信息", Wish("card_info")),
            ("制卡进度", Wish("card_progress")),
            ("补办或换卡", Wish("card_trouble")),
            ("没领到卡，二次申领", Wish("card_second")),
            ("卡找到了，解挂", Wish("lift_loss")),
            ("刷卡记录", Wish("card_swipes")),
            ("卡片处理记录", Wish("card_events")),
            ("领卡证明", Wish("pickup_certificate")),
        ),
    ),
    "check_menu": (
        "您想核对哪一样？",
        (
            ("权益单、证明是不是真的", Wish("verify")),
            ("收到的短信、电话是不是你们的", Wish("is_it_yours")),
        ),
    ),
    "order_menu": (
        "缴费与订单，您想办哪一件？",
        (
            ("灵活就业缴费", Wish("pay_flexible")),
            ("居民养老缴费", Wish("pay_resident_pension")),
            ("居民医保缴费", Wish("pay_resident_medical")),
            ("我的订单", Wish("orders")),
        ),
    ),
}
"""Menus within the menu: a sentence and what can be chosen. What the person's region lacks is left out."""

PRESSED: dict[str, Wish] = {
    "P_PAY": Wish("contributions"),
    "P_CERT": Wish("certification"),
    "P_CASE": Wish("progress"),
    "P_VERIFY": Wish("verify"),
    "P_SWITCH": Wish("switch"),
    "P_BIND": Wish("account"),
    "P_CARD": Wish("card_menu"),
    "P_ORDER": Wish("order_menu"),
    "P_REMIND": Wish("wishes"),
}
"""Menu keys whose service is built."""

NOT_YET: dict[str, str] = {
    "P_BENEFIT": "待遇查询",
    "P_ACCOUNT": "对账与账户查询",
    "P_INFO": "参保与转移查询",
    "P_PRINT": "打印与下载",
    "P_JOB": "就业与用工",
    "P_GUIDE": "办事指南",
}
"""Menu keys whose service is not built yet, by what they are called."""

TODAY: dict[str, str] = {
    "P_PRINT": "缴费记录可以先查缴费，再回复“下载”，就能得到带流水号和校验码的 PDF。",
}
"""What can be done today instead, where there is something near."""


def greeting() -> str:
    """The first words to someone who follows the account."""
    return "您好，这里是社保服务。您可以直接说要办的事，例如“查去年的养老缴费”“社保卡丢了”，也可以回复数字："


def not_yet(what: str, hotline: str, instead: str = "") -> Reply:
    """An honest answer for a service that is not built: what it is, what can be done today, where to go."""
    today = instead or "现在可以查缴费、办社保卡业务、下缴费订单、查办理进度、问认证期限和校验单据（回复“菜单”）。"
    return Reply(Say(f"“{what}”暂时还不能在这里办。\n{today}\n急用请拨打 {hotline} 咨询。"))


def not_here(entries: Entries, missing: str) -> Reply:
    """For a menu of which the region has nothing: its own sentence for the whole."""
    return Reply(Say(missing.format(what="、".join(label for label, _ in entries[:3]))))
