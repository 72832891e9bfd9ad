"""From what was understood to a wish: the first feature that has a conversation here, with what was already said."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dialogs.chapters import BY_FEATURE, DIALOGS
from dialogs.declare import Wish
from dialogs.parse import EVER, normal
from dialogs.parse.certifying import asks_for_a_way
from dialogs.parse.patterns import pattern_of
from handlers.common_words import CommonWords
from handlers.guides.asked import asks_for_guides
from handlers.understanding import Understood
from handlers.understood.account import wish_about_account
from handlers.understood.calculations import wish_to_calculate
from handlers.understood.family import wish_about_family
from handlers.understood.jobs import wish_about_jobs
from handlers.understood.records import wish_about_records
from handlers.understood.reminders import wish_about_reminders
from handlers.understood.screens import wish_about_screens
from storage.ports.records import INSURANCE_LABELS, Insurance
from storage.ports.regions import Region

BY_NAME: Mapping[str, str] = {
    name: dialog
    for name, dialog in {
        "card_found": "lift_loss",
        "card_replace": "card_trouble",
        "card_not_received": "card_second",
        "card_receipt": "pickup_certificate",
        "contact": "change_phone",
        "contribution_proof": "contribution_proof",
        "income_proof": "income_proof",
        "statement": "statement",
        "pension_account": "pension_account",
        "unemployment_paid": "unemployment",
        "maternity_paid": "maternity",
        "ordered_records": "record_order",
        "certification_no_face": "certification_no_face",
        "certification_missed": "certification_missed",
        "certification_records": "certification_records",
        "orders": "orders",
        "refund_state": "refund_state",
        "take_back": "take_back",
        "reminders": "wishes",
        "switch": "switch",
        "register": "account_register",
        "forgotten": "account_forgot",
        "password": "account_password",
        "retirement_age": "retirement_age",
        "pension_estimate": "pension_estimate",
        "gaps": "gaps",
        "my_data": "my_data",
        "my_papers": "my_papers",
        "outlets": "outlets",
        "relative_ask": "relative_ask",
        "is_it_yours": "is_it_yours",
    }.items()
    if dialog in DIALOGS
}
"""Capabilities of the understanding whose conversation is not told by a feature ID alone: its name → the dialog."""

_PAPER = r"(?:单据|权益单|凭证|下载的?证明|打印的?证明|缴费证明|参保证明)"
_DIRECT: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        pattern_of(
            r"^(?:看看?|查看?|查一下|打开)?我的(?:权益记录)?定制(?:好了|做好了|到哪了|记录|列表)?(?:吗|没|没有)?$"
            r"|^(?:我的?)?(?:权益记录)?定制(?:的)?(?:权益记录)?(?:好了|做好了|到哪了)(?:吗|没|没有)?$"
        ),
        "record_orders",
    ),
    (
        pattern_of(
            r"^(?:我?(?:要|想))?(?:取消|撤销|撤回|不要)(?:掉)?(?:那个|刚才的?|我的|之前的)?(?:权益记录)?定制(?:的?权益记录)?了?$"
        ),
        "record_orders",
    ),
    (pattern_of(rf"(?:作废|撤销|注销).{{0,8}}{_PAPER}|{_PAPER}.{{0,8}}(?:作废|撤销掉?|注销掉?|不想?让?人?用了)"), "revoke_paper"),
    (
        pattern_of(rf"{_PAPER}.{{0,6}}(?:有效期|期限|过期时间|有效多久)|(?:设|改|加|定).{{0,4}}{_PAPER}.{{0,4}}有效"),
        "limit_paper",
    ),
    (
        pattern_of(
            rf"(?:谁|有没有人|有人|几个人|什么时候).{{0,6}}(?:核验|校验|验证|查验|验)过?.{{0,8}}{_PAPER}|{_PAPER}.{{0,6}}(?:被谁|谁|有没有人|有人).{{0,4}}(?:核验|校验|验证|查验|验)"
            rf"|^(?:看看?|查看?|查一下|打开)?(?:我|俺|本人)(?:的|自己的)(?:全部|所有|那些)?(?:单据|权益单)(?:记录|列表)?$"
            rf"|(?:下载|打印|开)过的?.{{0,4}}(?:{_PAPER}|证明)|(?:以前|之前|上次|原来).{{0,2}}(?:下载|打印|开)的{_PAPER}"
        ),
        "my_papers",
    ),
    (
        pattern_of(
            r"(?:附近|最近|离我.{0,3}近|就近|周边|哪[里儿个]?有?|找|查|看看).{0,8}(?:网点|服务大厅|办事大厅|经办窗口|社保所|社保局|社保中心)"
            r"|(?:网点|服务大厅|办事大厅|经办窗口|社保所|社保局|社保中心).{0,6}(?:在哪|地址|位置|怎么走|几点|开门|上班|列表|查询)|^(?:附近)?网点$"
        ),
        "outlets",
    ),
    (
        pattern_of(
            r"(?:旧|老|原来的?|预留的?)?手机(?:号码?|卡)?(?:丢|不见|没了|停机|注销|不用了|换了).{0,12}(?:登|验证码|怎么办|收不到)"
        ),
        "change_phone",
    ),
    (
        pattern_of(
            r"^(?!.*(?:停发|多少|明细|记录|怎么领|认证|年审))(?=.*(?:养老|退休)(?:的)?(?:金|钱|工资|费|待遇)).*(?:养老|退休)(?:的)?(?:金|钱|工资|费|待遇).{0,8}"
            r"(?:(?:没|未|不)有?(?:给我|给)?(?:发|到(?![年龄期])|来|打)|没了|不见|少了一?个月)"
        ),
        "pension_missing",
    ),
    (
        pattern_of(
            r"^(?:我(?:要|想|来)?|给你们?|去|怎么)?(?:评价|打分|评分)(?:一下|这次|服务|你们?|您)*$",
        ),
        "rate",
    ),
    (
        pattern_of(
            r"(?:不会|不太会|没有?|不懂|不用|学不会|玩不(?:来|转))(?:怎么|使|玩|弄|操作)?(?:用|使)?(?:这个|这种)?(?:智能)?(?:手机|微信)(?!号|卡|尾|验)(?:怎么|咋|的)?(?:办|弄|认证|操作)?[了吗呢啊呀]*$"
            r"|(?:不会|没有|不懂)(?:用|使)?(?:智能)?手机(?!号|卡).{0,6}(?:怎么|咋|办法)"
        ),
        "without_phone",
    ),
)
"""Words for what no manual numbers."""

_FAMILY = r"爸|妈|爹|娘|父亲|母亲|父母|爷爷|奶奶|姥姥|姥爷|外公|外婆|公公|婆婆|岳父|岳母|老人|老头|老伴|丈夫|妻子|老公|老婆|爱人|家里人|家人|家属|亲人|亲属"
_OF_A_DEATH = pattern_of(
    rf"^(?=.*(?:{_FAMILY}|退休人员|退休职工)).*(?:去世|过世|身故|病故|死亡|不在了|走了(?!弯)|死了|(?:{_FAMILY})没了)"
    r"|身故一件事|死了.{0,4}(?:账户|养老金|退休金).{0,6}(?:钱|给谁|怎么)|^(?=.*(?:领|申请|办|多少))(?:怎么|如何|我要|想)?(?:领取?|申请|办)?丧葬(?:补助|费|金)+(?:怎么|如何|多少|咋)?(?:领取?|办|申请)?(?:多少)?$"
    r"|丧葬.*(?:街道|社区)|(?:街道|社区).*丧葬"
)
_OF_ANOTHER_DEATH = pattern_of(
    r"单位|公司|(?<!退休)职工|员工|工伤|因工|工亡|减员|认证|刷脸|年审|继续|接着|照样|瞒|不报|还能领|还领|骗|(?<!社)(?<!医)保险理赔|卡|丢|指南|转账"
)
"""Deaths that an employer reports, and what is no report of one."""

_LOST_SOMEBODY = pattern_of(rf"(?=.*(?:{_FAMILY})).*(?:去世|过世|身故|病故|不在了|走了|死了|没了)")
_INJURED = pattern_of(
    r"(?:上班|单位|工地|厂里|干活|下班).{0,8}(?:摔|受伤|伤着|砸|碰伤|出事).{0,10}(?:工伤|怎么|咋|报)"
    r"|(?:怎么|咋|如何).{0,4}(?:报|认定|申请|算)工伤|工伤(?:认定)?(?:怎么|咋|如何)(?:报|认定|申请)|工伤认定$"
)
_ELSEWHERE = pattern_of(r"(?:去|在)?(?:外地|外省|异地)(?:医院)?(?:看病|就医|住院).{0,6}(?:怎么|咋|如何|能不能)?(?:报|结算)")
_NO_HUKOU = pattern_of(r"(?:外地|外省|外埠)(?:户口|户籍|人).{0,6}退休")
_YANDA = "BJH-06"


_THEIRS = r"(?:有人|打电话|来电|电话(?:里|说|叫|让)|短信(?:里)?(?:说|叫|让|要)|(?:收到|接到).{0,6}(?:短信|电话|消息|微信|通知|提醒)|自称|对方|冒充)"
_DOUBTED = pattern_of(
    rf"{_THEIRS}.*(?:转账|汇款|打钱|交钱|手续费|保证金|点.{{0,4}}链接|下载|银行卡|密码|(?:要|给|报|说).{{0,4}}验证码|骗|真的[吗么]|真的假的|是真是假|真假|是不是真|可信|加.{{0,3}}微信)"
    r"|(?:叫|让|要|催)(?:我|俺|老人|我妈|我爸).{0,6}(?:转账|汇款|打钱|交钱|交.{0,4}(?:手续费|保证金)|点.{0,4}链接|报.{0,4}验证码|说.{0,4}验证码|给.{0,4}验证码)"
    r"|(?:是真的[吗么]|真的假的|是真是假|是不是真的).{0,8}(?:收到|接到|短信|消息|电话|提醒|通知)"
)
"""Words about a call or a message that may be a fraud, whatever it was about: warned first, and checked."""

_BROKEN_CARD = pattern_of(
    r"(?!.*(?:没有?|不是?)(?:坏|断|裂)|.*(?:指南|材料|[要用]带|证件|多少|几))(?:我的?|俺的?)?(?:社保|社会保障|医保)?卡(?:片|面)?(?:好像|可能)?(?:被.{1,4})?"
    r"(?:坏|断|裂|折|消磁|污损|磨花|磨坏|(?:读|识别)不(?:出来?|了|到)|不能读).{0,8}"
)
"""Somebody says what is wrong with the card: not asked again."""

_MEDICAL_BALANCE = pattern_of(
    r"(?:查|看|我|的|一下|问)*(?:医保|医疗)(?:保险)?(?:卡|个人|账户|帐户)*(?:里|上|里面|里头)?(?:的)?(?:钱)?(?:余额|还有多少钱?|还剩多少钱?|剩多少钱?)(?:是多少|多少|查询)?[了呢啊呀吗]*|余额医保"
)
"""The money on the medical card: told with the card where that is shown; elsewhere it is said by its name that it is not."""

_COMMON = CommonWords()


def direct_wish(said: str) -> Wish | None:
    """The conversation for words that name something the manuals have no function for; None for all others."""
    return _COMMON.of(said, said, lambda: _direct(said))


def _direct(said: str) -> Wish | None:
    plain = normal(said)
    if len(plain) <= 60 and _DOUBTED.search(plain):
        return Wish("is_it_yours")
    found = next((Wish(dialog) for pattern, dialog in _DIRECT if len(plain) <= 30 and pattern.search(plain)), None)
    if len(plain) <= 20 and _BROKEN_CARD.fullmatch(plain):
        return Wish("card_trouble", {"trouble": "broken"})
    if len(plain) <= 20 and _MEDICAL_BALANCE.fullmatch(plain.strip()):
        return Wish("card_info", {"asked": "医保个人账户余额"})
    return (
        asks_for_guides(plain)
        or found
        or _after_a_death(plain)
        or _of_the_guides(plain)
        or wish_about_screens(said)
        or wish_about_account(said)
        or wish_about_records(said)
        or wish_to_calculate(said)
        or wish_about_family(said)
        or wish_about_reminders(said)
        or _way(said)
        or wish_about_jobs(said)
    )


def _after_a_death(plain: str) -> Wish | None:
    """What a family does, before what an employer does: the office of the street, and what can be claimed (BJE-E-06)."""
    if len(plain) > 40 or not _OF_A_DEATH.search(plain) or _OF_ANOTHER_DEATH.search(plain):
        return None
    warm = {"first": "请节哀。家里人要办的，先看这里："} if _LOST_SOMEBODY.search(plain) else {}
    return Wish("guide", {"guide": "BJE-E-06", **warm})


def _of_the_guides(plain: str) -> Wish | None:
    """What a guide tells of only in part: said before it."""
    if len(plain) > 30:
        return None
    if _INJURED.search(plain):
        return Wish(
            "guide",
            {
                "guide": "BJH-21",
                "first": "先要做工伤认定：请单位去申请，单位不办的，本人或家属也可以申请，在哪里办请拨打 12333。认定以后：",
            },
        )
    if _NO_HUKOU.search(plain):
        return Wish(
            "guide", {"guide": "BJH-16", "first": "外地户口能不能在北京退休，要看在北京缴费的年限等条件，请先拨打 12333 问清楚。"}
        )
    if _ELSEWHERE.search(plain):
        return Wish(
            "guide", {"guide": _YANDA, "first": "这一篇只讲河北燕达医院；去别的外地医院看病怎么报，请拨打 12333 问参保地。"}
        )
    return None


def _way(said: str) -> Wish | None:
    return Wish("certification_way", {"way": said}) if asks_for_a_way(said) else None


def wish_for(found: Understood, region: Region | None = None) -> Wish | None:
    """The conversation for what was understood: that of its name, else of the best feature that has one (in the person's region first).

    None if none of them is built.
    """
    dialogs = [(BY_FEATURE[feature], feature) for feature in found.features if feature in BY_FEATURE]
    here = [one for one in dialogs if one[0].offered_in(region)]
    name, feature = BY_NAME.get(found.name), ""
    if name is None:
        name, feature = next(((dialog.name, feature) for dialog, feature in (*here, *dialogs)), (None, ""))
    if name is None:
        return None
    if name == "guide":
        return Wish(name, {"guide": feature})
    names = {step.name for step in DIALOGS[name].steps}
    return Wish(name, {step: text for step, text in said_in(found.slots).items() if step in names})


def said_in(slots: Mapping[str, str]) -> dict[str, str]:
    """Slots of the understanding as the words that the steps read."""
    said: dict[str, str] = {}
    if period := slots.get("period"):
        said["period"] = "全部" if period.startswith(str(EVER)) else period.replace("..", "至")
    elif month := slots.get("ym"):
        said["period"] = month
    elif year := slots.get("year"):
        said["period"] = f"{year}年"
    if codes := slots.get("insurance"):
        said["insurance"] = "、".join(INSURANCE_LABELS[Insurance(code)] for code in codes.split(",") if code in set(Insurance))
    for name in ("serial", "code", "case_no"):
        if value := slots.get(name):
            said[name] = value
    return said
