"""Everyday sentences whose answer is one sentence, and those whose words alone would point to another function.

What is found here is looked at before the phrases are compared: thanks, a doubt, a log-in that does not work are answered as such.
"""

from __future__ import annotations

import re

LONGEST = 40
"""Characters of an everyday sentence; a turn of phrase is looked for in four times as many."""

_END = r"[呀啊哦噢哈呢吧啦了嘛喽哟亲的您你们,.!?~ ]*"
_ENDED = re.compile(r"[的呢吗么嘛啊呀吧那,.?!\s]+|一下|查询|查|看看|看|缴费|社保")
_INSURANCE_ALONE = re.compile(r"(?:那|那么)?(?:养老|医疗|医保|失业|工伤|生育|职工养老|职工医保)(?:保险|险)?(?:的)?呢[?吧啊呀]*")
_OTHER_DOOR = re.compile(r"执照|单位|企业|公司|证书|ukey|一证通")

_SAID_BACK: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (name, sentence, re.compile(pattern, re.IGNORECASE))
    for name, sentence, pattern in (
        (
            "no_reminders",
            "可以停。回复“退订”，选要停哪一种；想再收，回复“恢复提醒”。",
            r"退订|^td?$"
            r"|(?:(?<![用要想])不(?:用|要|想|需要)|别|甭|无需|停止|取消|关[掉闭了]?|停[掉了]?)"
            r"(?:再|给我|我|要|收到?|这个|那个|这些|认证|社保|的|总|老|天天|一直|发|掉)*(?:提醒|推送|通知)"
            r"|(?:提醒|推送)(?:给我|我|都|全|功能|能|可以|怎么)*(?:关|取消|停)"
            rf"|^(?:请|你们?|以后|麻烦|能不能|求求)*(?:不要|别|不用|甭|莫)(?:再|老|总|天天|一直|给我|我|来)*(?:发|推送|发送)"
            rf"(?:消息|信息|短信|微信|东西|给我|我)*{_END}$",
        ),
        (
            "no_code",
            "请看看短信有没有被手机拦截，一分钟后回复“重发”。手机号换了，回复“换手机号”。",
            r"(?:收不到|没收到|没有收到|接不到|没接到|等不到|不来|没来|不发|没发).{0,6}(?:验证码|验证短信|短信码|动态码)"
            r"|(?:验证码|验证短信|短信码|动态码).{0,6}(?:收不到|没收到|没有收到|接不到|没接到|没来|不来|没到|没有来|没发|不发)",
        ),
        (
            "no_log_in",
            "登录要用社保登记时留的手机号收验证码，回复“登录”开始。手机号换了，回复“换手机号”。",
            r"登(?:录|陆|入)?(?:也|都|老|总是?|一直)?不(?:上|了|进|成)|登(?:录|陆|入).{0,3}失败"
            r"|(?:手机号?|号码|电话号?)码?(?:都|已经|早就?)?(?:换|变|改|不用|停机|注销).{0,10}登|登(?:录|陆|入).{0,8}(?:换|改)(?:了)?(?:手机|号码|电话)",
        ),
        (
            "no_talk",
            "现在没有接通人工，我在为您服务。您可以直接说要办的事，或回复“菜单”。",
            r"^(?:结束|退出|关闭|取消|不要|不用|停止)(?:人工|人工服务|人工客服|人工对话|对话)[了吧]?$|^(?:返回自助|不等了)$",
        ),
        (
            "years_to_retirement",
            "离退休还差几年，要看您的出生年月和缴费年限，这里还算不了，请拨打 12333 询问。回复“查缴费”可以看交了多少。",
            r"退休.{0,6}(?:差|还要|还有|还得)(?:几|多少|多久)|(?:还差|还要|还有|还得)(?:几年|多少年|多久).{0,6}退休",
        ),
        (
            "thanks",
            "不客气。",
            rf"^(?>(?:好的?|嗯|行|知道了?)?[, ]?(?:非常|太|多)?(?:谢谢|谢[了啦您你]|多谢|感谢|3q|thank you|thanks?|辛苦|麻烦|感恩|唔该|劳驾|受累){_END})++$",
        ),
        (
            "bye",
            "再见，祝您身体健康。",
            rf"^(?:好的?|嗯|行|知道了?)?[, ]?(?>(?:再见|拜拜|拜|886|88|bye|回头见|回见|下次见|走了|先这样|没事了|没别的事|没有别的|谢谢){_END})++$",
        ),
        (
            "agreed",
            "好的，有事随时说。",
            rf"^(?>(?:好|嗯|哦|知道|晓得|明白|懂|了解|收到|行|okay|ok|可以|中|要得){_END})++$",
        ),
        (
            "who",
            "我是自动回复的机器人，要找人请拨打 12333。",
            rf"^(?:你们?|您|这|那|对面|这边)*(?:到底)?(?:是不是|是)(?:谁|啥|什么|一?个?(?:机器人?|真人|活人|人工|人|ai|智能|自动回复))(?:还是(?:真人|人|机器人?))?{_END}吗?么?{_END}$"
            r"|^你叫(?:什么|啥)(?:名字?)?[呀啊?]*$",
        ),
        (
            "doubt",
            "我们不会要您的密码和银行卡号。不放心请拨打 12333 核实。",
            r"^[你们您这那个公众号都不会该别是怕真的就又搞来莫]*"
            r"(?:骗子|骗人|诈骗|骗钱|电信诈骗|冒充|骗局)(?:公众号|号|的|吧|吗|么|啊|呀|哦|[?!,.~ ])*$",
        ),
        (
            "small_letters",
            "点开明细页，右上角有“长辈版”，字会变大。",
            r"字(?:体|儿)?(?:也|都)?(?:太|有点|这么|那么|好|很)?(?:小|细)|字.{0,4}(?:大一?点|大些|放大|变大|调大|弄大|看不见|看不清)|放大字|大字版|长辈版|^(?:我|俺|老人)?(?:看不见|看不清)(?:楚|字)?[了啊呀,.?!]*$",
        ),
    )
)

_MEANT: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        (
            "card_found",
            r"卡(?!.*密码)(?!.*(?:没有?|不)(?:捡|找)回).{0,10}(?:捡回|找回|恢复|解冻|解锁)|卡(?:怎么|咋|为什么|为啥)?(?:让人|给)?被.{0,2}(?:停|锁|冻)|(?:冻结?|锁).{0,6}(?:怎么|咋|能|想|要)解|挂失.{0,6}(?:恢复|撤|解除)|恢复.{0,4}(?:社保|医保)?卡",
        ),
        (
            "card_loss",
            r"^(?!.*(?:别|不要|不用|不想|怎么|咋|为什么|为啥|谁|被))(?:.*(?:把|给|将|让).{0,6}卡.{0,4}(?:停|锁|冻|封)(?!发)"
            r"|.{0,4}(?:停|锁|冻结|封)(?:掉|了|住)?我?的?(?:社保|医保)?卡$)",
        ),
        (
            "pension_paid",
            r"^(?!.*(?:认证|年审|刷脸))(?=.*(?:养老|退休)的?(?:金|钱|工资)).*(?:(?:养老|退休)的?(?:金|钱|工资).{0,8}(?:没|未)有?(?:发|到(?![年龄期])|来|打)"
            r"|(?:养老|退休)的?钱.{0,4}停)",
        ),
        (
            "certification",
            r"(?:老伴|儿子|女儿|闺女|儿媳|孩子|家人|家属|子女|孙子|孙女|外甥|别人|(?:帮|替|代)(?:我|俺|他|她|老人|爸|妈)).{0,6}(?:帮|替|代)?(?:我|俺)?认(?![识为真领得人])",
        ),
        (
            "certification_no_face",
            r"刷(?:不了|不过|不上|不成|不动|不来)脸|不会.{0,4}(?:刷脸|扫脸|人脸)|(?:没|无)法(?:刷脸|扫脸|人脸)"
            r"|(?:刷脸|扫脸|人脸)(?!.*(?:没有?过吗|过了没)).{0,8}(?:失败|不过|没过|不通过|没通过|不成功|没成功|识别不|过不了|过不去)",
        ),
        (
            "certification_missed",
            r"(?:没|未|忘).{0,4}认证.{0,12}停|不认证(?:会|就|的话|有)|认证.{0,4}(?:过期|晚了|超期|逾期|超时|过了(?:时间|日期|期限|日子))"
            r"|停发.{0,12}(?:补|恢复)|(?:养老|退休|待遇)(?:金|待遇)?.{0,6}(?:怎么|咋|被|给|为什么|为啥).{0,4}停(?!交|缴|保)"
            r"|(?:养老|退休|待遇)(?:金|待遇)?.{0,4}(?:暂停|停发)",
        ),
        ("certification_records", r"上一?次.{0,8}(?:认证|年审)|认证的?结果"),
        (
            "verify",
            r"(?<!业务)(?:流水号|校验码)(?:是|都)?(?:在哪|哪里|哪儿|怎么找|在什么地方|印在|写在)|核对.{0,8}(?:权益单|单子|单据|证明|这张|那张)|(?:权益单|单子|单据|这张证明).{0,6}核对",
        ),
    )
)

_STATE_OF_PAYING = re.compile(
    r"断|交(?:没|了没|了吗|上了|过没|了么|不交)|[给有]我?(?:们)?交|没交|交了?(?:多少|几)年|(?:交|缴).{0,4}(?:没有?|了吗|了没)$"
)


def said_back(text: str) -> tuple[str, str] | None:
    """The name and the sentence that answers a text of everyday talk; None for everything else."""
    if len(text) > LONGEST:
        return None
    for name, sentence, pattern in _SAID_BACK:
        if pattern.search(text) and not (name in {"no_code", "no_log_in"} and _OTHER_DOOR.search(text)):
            return name, sentence
    return None


def meant(text: str) -> str | None:
    """The name of the capability that a turn of phrase stands for, whatever its single words say; None if there is none."""
    return next((name for name, pattern in _MEANT if pattern.search(text[: 4 * LONGEST])), None)


def follows_up(text: str, timeless: str) -> bool:
    """Whether only a time (今年的呢) or only an insurance (医保呢) was said: another look at the contributions.

    `timeless` is the text without its times. Bare digits are no follow-up: they may be a code that came too late.
    """
    if _INSURANCE_ALONE.fullmatch(text):
        return True
    return text != timeless and not text.isdecimal() and not _ENDED.sub("", timeless)


def asks_whether_paid(text: str) -> bool:
    """断没断, 交了没, 交了几年: a look at the months up to now, for which nobody wants to be asked from when to when."""
    return _STATE_OF_PAYING.search(text) is not None
