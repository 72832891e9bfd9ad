"""The menu of conversation-map 3.1 as wishes.

What a region has decides what stands in it: an entry names either a conversation or the features that it is for, and the first feature that
the region has tells the conversation (`handlers.menus`).
"""

from __future__ import annotations

from typing import Final

from dialogs.declare import Wish
from dialogs.messages import Reply, Say

Entries = tuple[tuple[str, Wish], ...]

SERVES: Final = "serves"
PAPER_OF: Final = "paper_of"
"""Wishes that name features instead of a conversation; never started as they are."""


def serves(*features: str) -> Wish:
    """The conversation of the first of the features that the region has."""
    return Wish(SERVES, {"features": " ".join(features)})


def paper_of(*features: str) -> Wish:
    """The download beside that conversation; the conversation itself where it is one."""
    return Wish(PAPER_OF, {"features": " ".join(features)})


MAIN: Entries = (
    ("查缴费", Wish("contributions")),
    ("养老金和其他待遇", Wish("benefit_menu")),
    ("对账与账户", Wish("account_menu")),
    ("参保与转移", Wish("info_menu")),
    ("打印证明、下载单据", Wish("print_menu")),
    ("社保卡服务", Wish("card_menu")),
    ("查办理进度", Wish("progress")),
    ("资格认证", Wish("certification")),
    ("提醒设置", Wish("wishes")),
    ("更多（指南、退休测算、验真假）", Wish("more_menu")),
    ("转人工", Wish("human")),
    ("登录、切换身份、家人", Wish("account")),
)
"""What 菜单 shows, by what people ask most; at most twelve. What the region lacks is left out."""

FIRST_OF_RESIDENTS: Final = ("居民缴费和对账单", Wish("resident_menu"))
"""What stands in the place of 查缴费 for 城乡居民, where the region has anything of theirs; 查缴费 is in it."""

FIRST: Entries = (MAIN[0], MAIN[1], MAIN[5], MAIN[6], MAIN[7], MAIN[9])
"""Of these the first few that the region has are offered to somebody whose words were not understood."""

FEW: Final = 4

MENUS: dict[str, tuple[str, Entries]] = {
    "pay_menu": (
        "缴费查询，您想查哪一种？",
        (
            ("五险缴费", Wish("contributions")),
            ("职业年金缴费", serves("BJQ-P-02b")),
            ("补缴记录", serves("BJQ-P-02c")),
            ("居民养老缴费", serves("BZ-16")),
            ("居民医疗缴费", serves("BZ-17")),
        ),
    ),
    "resident_menu": (
        "居民缴费和对账单，您想办哪一件？",
        (
            ("居民养老缴费记录", serves("BZ-16")),
            ("居民医疗缴费记录", serves("BZ-17")),
            ("居民养老对账单", serves("BJQ-P-06")),
            ("缴居民养老", Wish("pay_resident_pension")),
            ("缴居民医保", Wish("pay_resident_medical")),
            ("五险缴费（职工的）", Wish("contributions")),
        ),
    ),
    "annuity_menu": (
        "职业年金，您想查哪一种？",
        (
            ("缴费", serves("BJQ-P-02b")),
            ("账户余额", serves("BJQ-P-05")),
            ("发了多少", serves("BJQ-P-04a", "BZ-31")),
        ),
    ),
    "benefit_menu": (
        "待遇查询，您想查哪一种？",
        (
            ("养老金、退休金", serves("BJQ-P-04a", "BZ-31")),
            ("工伤待遇", serves("BJQ-P-04b", "BZ-33")),
            ("失业金", serves("BZ-32", "BJH-24")),
            ("医疗报销", serves("BZ-35")),
            ("生育待遇", serves("BZ-34", "BJH-25")),
        ),
    ),
    "account_menu": (
        "对账与账户，您想查哪一种？",
        (
            ("年度对账单", serves("BJQ-P-03")),
            ("养老账户", serves("BZ-30")),
            ("职业年金账户", serves("BJQ-P-05")),
            ("居民养老对账单", serves("BJQ-P-06")),
            ("权益记录定制", serves("BJH-M-18")),
        ),
    ),
    "info_menu": (
        "参保与转移，您想查哪一种？",
        (
            ("参保登记信息", serves("BJQ-P-01", "BZ-09")),
            ("转移接续记录", serves("BJQ-P-02d")),
            ("怎么转入北京", serves("BJH-31")),
            ("怎么转出北京", serves("BJH-32")),
        ),
    ),
    "print_menu": (
        "打印与下载，您要哪一种？都是带流水号和校验码的 PDF。",
        (
            ("社保缴费证明", paper_of("BZ-27")),
            ("缴费信息（五险）", paper_of("BJQ-P-02a", "BZ-11")),
            ("个人权益记录", serves("BJH-M-18", "BZ-29")),
            ("养老金收入证明", paper_of("BZ-28")),
            ("养老待遇信息、明细", paper_of("BJQ-P-04a")),
            ("年度对账单", paper_of("BJQ-P-03")),
            ("养老账户清单", paper_of("BZ-30")),
            ("参保登记信息", paper_of("BJQ-P-01", "BZ-09")),
            ("转移接续信息", paper_of("BJQ-P-02d")),
            ("居民养老对账单", paper_of("BJQ-P-06")),
            ("职业年金账户", paper_of("BJQ-P-05")),
            ("工伤待遇信息", paper_of("BJQ-P-04b")),
        ),
    ),
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
    "job_menu": (
        "就业与用工，您想看哪一种？",
        (
            ("招聘信息", Wish("vacancies")),
            ("求职信息", Wish("seekers")),
            ("我的用工备案", Wish("labour_filing")),
        ),
    ),
    "reckon_menu": (
        "帮您算一算，只供参考，以经办机构核定的为准：",
        (
            ("什么时候能退休", Wish("retirement_age")),
            ("养老金大概多少", Wish("pension_estimate")),
            ("断缴了哪些月份", Wish("gaps")),
        ),
    ),
    "more_menu": (
        "这些也可以办：",
        (
            ("办事指南", Wish("guides")),
            ("退休时间、养老金、断缴", Wish("reckon_menu")),
            ("验真假（单据、短信）", Wish("check_menu")),
            ("缴费与订单", Wish("order_menu")),
            ("就业与用工", Wish("job_menu")),
            ("我的单据（以前下载的）", Wish("my_papers")),
            ("附近网点", Wish("outlets")),
            ("家人帮忙（亲情）", Wish("family")),
        ),
    ),
}
"""Menus within the menu: a sentence and what can be chosen. What the person's region lacks is left out."""

PRESSED: dict[str, Wish] = {
    "P_PAY": Wish("pay_menu"),
    "P_BENEFIT": Wish("benefit_menu"),
    "P_ACCOUNT": Wish("account_menu"),
    "P_INFO": Wish("info_menu"),
    "P_PRINT": Wish("print_menu"),
    "P_CARD": Wish("card_menu"),
    "P_ORDER": Wish("order_menu"),
    "P_CERT": Wish("certification"),
    "P_CASE": Wish("progress"),
    "P_JOB": Wish("job_menu"),
    "P_VERIFY": Wish("verify"),
    "P_GUIDE": Wish("guides"),
    "P_REMIND": Wish("wishes"),
    "P_PAGE": Wish("my_page"),
    "P_BIND": Wish("account"),
    "P_SWITCH": Wish("switch"),
}
"""Every key of the menu."""


def greeting() -> str:
    """The first words to someone who follows the account."""
    return "您好，这里是社保服务。您可以直接说要办的事，例如“查去年的养老缴费”“社保卡丢了”，也可以回复数字："


def not_yet(what: str, hotline: str) -> Reply:
    """An honest answer for something that is understood and not served here: what it is, what can be done, where to go."""
    return Reply(Say(f"“{what}”暂时还不能在这里办。\n回复“菜单”可以看现在能办的事。\n急用请拨打 {hotline} 咨询。"))


def not_here(entries: Entries, missing: str) -> Reply:
    """For a menu of which the region has nothing: its own sentence for the whole."""
    return Reply(Say(missing.format(what="、".join(label for label, _ in entries[:3]))))
