"""The menu of conversation-map 3.1 as wishes, and the words for what is not served in chat yet."""

from __future__ import annotations

from dialogs.declare import Wish
from dialogs.messages import Reply, Say

MAIN: tuple[tuple[str, Wish], ...] = (
    ("查缴费", Wish("contributions")),
    ("社保卡挂失", Wish("report_lost")),
    ("查办理进度", Wish("progress")),
    ("资格认证", Wish("certification")),
    ("权益单校验", Wish("verify")),
    ("登录或切换身份", Wish("account")),
)
"""What 菜单 shows."""

CARD: tuple[tuple[str, Wish], ...] = (("社保卡挂失", Wish("report_lost")), ("查办理进度", Wish("progress")))

PRESSED: dict[str, Wish] = {
    "P_PAY": Wish("contributions"),
    "P_CERT": Wish("certification"),
    "P_CASE": Wish("progress"),
    "P_VERIFY": Wish("verify"),
    "P_SWITCH": Wish("switch"),
    "P_BIND": Wish("account"),
    "P_CARD": Wish("card_menu"),
}
"""Menu keys whose service is built."""

NOT_YET: dict[str, str] = {
    "P_BENEFIT": "待遇查询",
    "P_ACCOUNT": "对账与账户查询",
    "P_INFO": "参保与转移查询",
    "P_PRINT": "打印与下载",
    "P_ORDER": "缴费与订单",
    "P_JOB": "就业与用工",
    "P_GUIDE": "办事指南",
    "P_REMIND": "提醒订阅",
}
"""Menu keys whose service is not built yet, by what they are called."""

TODAY: dict[str, str] = {
    "P_PRINT": "缴费记录可以先查缴费，再回复“下载”，就能得到带流水号和校验码的 PDF。",
    "P_REMIND": "登录后，认证快到期时我会自动提醒您，不用另外订阅。",
}
"""What can be done today instead, where there is something near."""


def greeting() -> str:
    """The first words to someone who follows the account."""
    return "您好，这里是社保服务。您可以直接说要办的事，例如“查去年的养老缴费”“社保卡丢了”，也可以回复数字："


def not_yet(what: str, hotline: str, instead: str = "") -> Reply:
    """An honest answer for a service that is not built: what it is, what can be done today, where to go."""
    today = instead or "现在可以查缴费、办社保卡挂失、查办理进度、问认证期限和校验单据（回复“菜单”）。"
    return Reply(Say(f"“{what}”暂时还不能在这里办。\n{today}\n急用请拨打 {hotline} 咨询。"))
