"""Words about 亲情, which no manual numbers: whom they are about follows from the chat, so they lead to a conversation and to nothing else."""

from __future__ import annotations

import re

from dialogs.declare import Wish
from dialogs.parse import normal
from dialogs.parse.patterns import pattern_of

_KIN = (
    r"(?:我的?|俺的?)?(?:老)?(?:妈妈?|爸爸?|爸妈|父母|母亲|父亲|爷爷|奶奶|姥姥|姥爷|外公|外婆|公公|婆婆|岳父|岳母|丈人|丈母娘|老伴|老公|老婆|爱人"
    r"|家人|家里人|老人|长辈|家属|亲人)"
)
_YOUNG = r"(?:女儿|儿子|闺女|姑娘|孩子|子女|孙子|孙女|外孙|外孙女|媳妇|儿媳妇?|女婿|老伴|家人|家里人|亲属)"
_END = r"[吗呢吧啊呀了嘛。.!！?？~ ]*"
_CODE = pattern_of(r"(?:输入|发|我有)?(?:一个)?家人码[:： 是为]*([0-9][0-9 \-]*)?" + _END)
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (pattern_of(pattern), dialog)
    for pattern, dialog in (
        (r"(?:我的|查看?|看看?|出示)?亲情码", "staff_code"),
        (r"(?:我的)?亲情(?:账户?|账号|服务|功能|菜单)?|家人帮忙|家人|家人互助", "family"),
        (
            r"(?:我?(?:要|想))?(?:换|切换?|变)回(?:到|成|为)?(?:我|自己|我自己|本人)(?:的身份)?|(?:看|查|办)(?:我)?自己的",
            "own_again",
        ),
        (r"收回", "relative_change"),
        (
            rf"(?:我?(?:要|想))?(?:添?加上?|增加)(?:一?个|我的?|我家)?{_YOUNG}(?:来?帮我.{{0,4}})?|把(?:我的?|我家)?{_YOUNG}(?:也)?(?:加上|加进来|添上|绑定?上?)"
            rf"|提醒我(?:的)?{_YOUNG}",
            "relative_add",
        ),
        (
            rf"(?:不让|不要让|不想让|别让)(?:我的?)?{_YOUNG}(?:再)?(?:帮我)?(?:看|查|办|管)(?:我的)?(?:社保|认证)?了?",
            "relative_change",
        ),
        (
            r"(?:我?(?:要|想))?(?:取消|结束|收回|撤销|撤回|终止|解除|停止|停掉|关掉|不要|修改|改|更改)(?:家人|亲情|亲属|家属|对?(?:女儿|儿子|闺女|孩子|子女|孙子|孙女)|对?"
            + _KIN
            + r")?的?(?:亲情|家人)?授权",
            "relative_change",
        ),
        (r"(?:删除|移除|去掉|取消|解除)(?:亲情|我的)?(?:家人|亲属|家属)(?:绑定)?", "relative_change"),
        (
            r"(?:我?(?:要|想))?(?:添加|增加|加|新增|绑定|邀请)(?:一?[个位])?(?:亲情|我的)?(?:家人|家属|亲属|亲人|家里人)|(?:家人|亲情|家属|亲属)(?:授权|绑定)"
            r"|(?:我?(?:要|想))?授权(?:给)?(?:家人|家属|亲属|女儿|儿子|闺女|孩子|老伴|子女|孙子|孙女)|让(?:家人|女儿|儿子|闺女|孩子|老伴|子女|孙子|孙女)帮我(?:看|办|查|管)?",
            "relative_add",
        ),
        (
            r"(?:查?看看?)?我的(?:家人|亲情|家属|亲属)|谁(?:能|可以|在)?帮我办?|授权了谁",
            "relatives",
        ),
        (
            r"(?:查?看看?)?我(?:能|可以)?帮(?:的|了)?(?:人|谁|哪些人)|(?:查?看看?)?我帮的(?:家人|爸妈|老人)|谁授权(?:了|给)我",
            "helped",
        ),
        (r"(?:我?(?:要|想))?(?:帮|替|代|给)(?:助)?" + _KIN + r"(?:办理?|办事|办社保|查|看|管)?(?:社保|事情?)?", "relative_ask"),
        (
            r"(?:我?(?:要|想))?(?:帮|替|代|给)?(?:我)?(?:查查?|看看?|查看|查询|查一下|看一下)"
            + _KIN
            + r"的?(?:养老金?)?(?:资格|待遇)?(?:认证|年审)(?:情况|状态|到期|到什么时候|日期|时间)?",
            "helped_certification",
        ),
    )
)
_LONGEST = 30

_ELDER = pattern_of(
    r"(?:我|俺|老)?(?:妈|爸|娘|爹|父母|母亲|父亲|爷爷|奶奶|姥姥|姥爷|外公|外婆|公公|婆婆|岳父|岳母|丈人|老伴|老公|老婆|爱人|家人|家里人|老人|老爷子|老太太|长辈|家属|亲人)"
)
_CERTIFYING = pattern_of(r"认证|年审")
_FOR_ME = pattern_of(r"[帮替给代][我俺](?!们|的|爸|妈|娘|爹|父|母|爷|奶|姥|外|公|婆|岳|丈|老|爱|家)")
_OTHER = pattern_of(r"刷脸|人脸|扫脸|没[有]?过|不通过|失败|记录|提醒|国外|境外|出国|去世|死亡|过世|单位")
_BY_WHICH_WAY = pattern_of(
    r"怎么|怎样|如何|咋|办法|哪里|哪儿|在哪|能不能|可不可以|可以吗|能[帮替代]|[帮替给代].*认证$|代办|代为|认证一下"
)


def wish_about_family(said: str) -> Wish | None:
    """The conversation for words about relatives; None for all others. A 家人码 that was said with them is not asked for again."""
    plain = normal(said).strip()
    if len(plain) > _LONGEST:
        return None
    if found := _CODE.fullmatch(plain):
        return Wish("relative_accept", {"code": found[1]} if found[1] else {})
    plain = re.sub(rf"^(?:请|麻烦|帮忙|我)?(?:问一?下|你好|您好)[,， ]*|{_END}$", "", plain)
    wish = next((Wish(dialog) for pattern, dialog in _WORDS if pattern.fullmatch(plain)), None)
    return wish or _about_certifying(plain)


_THEIRS = (
    r"(?:爸爸?|妈妈?|爹|娘|父亲|母亲|爸妈|父母|爷爷|奶奶|姥姥|姥爷|外公|外婆|公公|婆婆|岳父|岳母|丈人|丈母娘|老伴|儿子|女儿|闺女|孩子|孙子|孙女|家人|家里人|老人)"
    r"(?:们)?(?:的|他|她|那|自己|这个?月|上个?月|今年|去年|[0-9]+[年月份])*"
)
_RECORD = r"(?:养老金?|退休金|退休工资|社保|医保|医疗|失业金?|工伤|生育|缴费|待遇|对账单|账户|余额|权益记录|参保|年金|保险|报销)"
_LOOKED_UP = pattern_of(
    r"查|看|瞅|多少|到账|到了?没|发了|发没|发多少|交了|交没|交多少|缴了|断没|断了|明细|记录|余额|几年|几个月|涨了"
)
_ENDS_WITH_IT = pattern_of(rf"的{_RECORD}(?:{_RECORD})?[?？。.吗呢]*$|发给我")
_KINS_RECORD = pattern_of(rf"{_THEIRS}.{{0,3}}{_RECORD}")
_NO_LOOK = pattern_of(
    r"怎么|咋|如何|能不能|可不可以|认证|年审|刷脸|挂失|丢|去世|过世|没了|走了|死了|身故|丧葬|继承|授权|亲情|补缴|证明是|真的|转账|骗|短信|电话|[帮替]我(?!的?(?:爸|妈|爹|娘|父|母|爷|奶|姥|外[公婆]|公公|婆婆|岳|丈))|给我(?:查|看|交)|单位"
)


def asks_about_kin(said: str) -> bool:
    """A look at the record of one's parents, grandparents or children (我妈的养老金到账没): it is theirs, and never answered with the asker's."""
    plain = normal(said).strip()
    return (
        len(plain) <= _LONGEST
        and _KINS_RECORD.search(plain) is not None
        and (_LOOKED_UP.search(plain) is not None or _ENDS_WITH_IT.search(plain) is not None)
        and _NO_LOOK.search(plain) is None
    )


_SOMEBODY_ELSE = pattern_of(
    rf"(?:我|俺|咱)(?:的|家)?(?:{_THEIRS}|.?朋友|同事|同学|老公|老婆|爱人|媳妇|丈夫|妻子|对象|邻居|哥哥?|姐姐?|弟弟?|妹妹?)"
)


def for_another(wish: Wish | None, said: str) -> Wish | None:
    """A calculation for somebody else is made with what is typed, never with the record of whoever asks."""
    if wish is not None and wish.dialog in {"retirement_age", "pension_estimate"} and _SOMEBODY_ELSE.search(normal(said)):
        return Wish(wish.dialog, {**wish.said, "whose": "typed"})
    return wish


def _about_certifying(plain: str) -> Wish | None:
    """认证 of a relative: how, or until when. It is never answered with the date of whoever asks."""
    if not (_CERTIFYING.search(plain) and _ELDER.search(plain)) or _FOR_ME.search(plain) or _OTHER.search(plain):
        return None
    return Wish("family_ways" if _BY_WHICH_WAY.search(plain) else "helped_certification")
