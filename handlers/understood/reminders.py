"""Words about reminders and about messages that somebody received: which conversation is meant. No manual numbers any of them."""

from __future__ import annotations

import re

from dialogs.declare import Wish
from dialogs.parse import Invalid, normal, tidy
from dialogs.parse.pasted import asks_whether_ours, is_pasted
from dialogs.parse.patterns import pattern_of
from dialogs.parse.zones import HOME, only_a_place, places
from handlers.understanding.everyday import said_back
from handlers.understanding.traditional import simplified

_LONGEST = 30

_SAID: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        pattern_of(
            r"^(?:请|帮我|我要|我想|怎么|怎样)*(?:订阅|允许|开通订阅)(?:一下)?(?:微信|公众号)?(?:认证|资格认证|社保)?(?:的)?(?:提醒|通知)(?:我)?[?吗呢]*$|^(?:微信)(?:的)?(?:订阅提醒|订阅通知|提醒订阅)$"
        ),
        "subscribe",
        "",
    ),
    (
        pattern_of(
            r"^(?:我要|我想|帮我|请|怎么|设置?|修改|改|看看?|查看|调整?|取消|关闭|不要|把)*(?:一下)?(?:免打扰|勿扰|防打扰|安静)(?:的)?(?:时间|时段|模式|设置)?(?:改.{0,12})?$"
            r"|(?:晚上|夜里|半夜|夜间|深夜|睡觉时?|早上)(?:的时候|时候|时)?.{0,3}(?:不要|别|不准|不能|少)(?:再|给我|老)*(?:发|推|提醒|打扰|吵|响)"
        ),
        "quiet_hours",
        "",
    ),
    (
        pattern_of(
            r"^(?:请|你们?|求求|能不能|以后|烦死了|真烦|全天|整天|白天|什么时候)*[,]?(?:都)?(?:不要|别|莫|甭|不准|不许|少)(?:再|来|老|总|天天|一直|老是)*"
            r"(?:烦|打扰|骚扰|吵|打搅)(?:我|老人|人)?(?:了|啦|行不行|好不好|好吗)*$"
        ),
        "stop_reminders",
        "",
    ),
    (
        pattern_of(
            r"(?:不要|别|不用|停止|取消|关闭?|不想要?|不想再?收到?|不收|不接收)(?:再|给我|我|任何|你们的?|收到?)*(?:发|收)?短信(?!验证)(?:提醒|通知)?[了吧啦]*$"
            r"|短信(?:提醒|通知)?(?:我)?(?:不要|关掉?|取消|别再?发|停|不想要|不想收|不收)[了吧啦]*$"
        ),
        "sms_wish",
        "sms=不要",
    ),
    (
        pattern_of(r"^(?:请|以后|还是|我要|我想|可以|麻烦)*(?:给我|用|收到?|要)?(?:也)?(?:发|收|恢复)(?:一下)?短信(?:提醒|通知)?(?:我)?[吧了]*$"),
        "sms_wish",
        "sms=要",
    ),
    (pattern_of(r"^短信(?:也)?太多[了啦]*$|^(?:怎么)?(?:老|总|天天|一直)(?:是)?(?:给我)?发短信$"), "sms_wish", ""),
    (
        pattern_of(
            r"^(?:我|俺)?(?:的|设的|设置的)?暗号(?:是|叫)(?:什么|啥|哪个|多少)[?呀啊呢]*$|^(?:我|俺)?(?:的)?暗号(?:我)?(?:忘|记不)(?:记|得|了|住|清)*[了啦]?(?:怎么办)?$"
            r"|^(?:我)?(?:忘了?|忘记了?|记不得|记不住)(?:我的)?暗号(?:了|是什么|怎么办)*$|^(?:查|查看|看|看看|看一下|显示)我?的?暗号$"
        ),
        "my_word",
        "",
    ),
    (pattern_of(r"^(?:我要|我想|设置?个?|修改|改|换个?|什么是)*暗号(?:怎么设|设置)?[?吗呢]*$"), "secret_word", ""),
    (pattern_of(r"每年.{0,12}月份?.{0,4}提醒|按月提醒$|提醒(?:的)?月份"), "reminder_months", "months"),
    (
        pattern_of(r"每个?月(?:都|底|初)*(?:要|给我|按时|来)*提醒(?:我|一下|一次|认证)*|(?:1|一)个?月(?:都)?提醒我?一次|按月.{0,2}提醒我"),
        "reminder_months",
        "months=每个月",
    ),
    (
        pattern_of(r"^(?:我要|我想|看看?|查看|改|管理|设置)*(?:都)?(?:有|会有|收|能收到?)?(?:哪些|哪几种|什么|啥)提醒(?:种类)?[?吗呢啊呀]*$|^提醒(?:的)?(?:种类|类型|项目)$"),
        "reminder_kinds",
        "",
    ),
    (
        pattern_of(
            r"(?:都)?(?:谁|哪些人|什么人|有没有人|有人)(?:都)?(?:查|看|动|用|打开)(?:过|了|没)?(?:过)?(?:我|俺)的?(?:信息|资料|记录|社保|账户|账号|认证|缴费|数据)"
            r"|(?:我|俺)的?(?:信息|资料|记录|社保|账户|账号|数据).{0,3}(?:被|让)?(?:谁|哪些人|什么人|有没有人)(?:查|看|动|用)"
        ),
        "who_looked",
        "",
    ),
    (pattern_of(r"^(?:都)?(?:有)?(?:谁|哪些人)(?:都)?(?:能|可以|可)(?:查|看)(?:到|见)?(?:我|俺)的?(?:信息|资料|记录|社保|认证|缴费)[吗呢啊?]*$"), "relatives", ""),
    (
        pattern_of(r"(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})点.{0,6}(?:以?后|之后|起|到.{0,8}点?.{0,3}).{0,4}(?:别|不要|不准)(?:再|给我|老)*(?:打扰|提醒|发|吵)"),
        "quiet_hours",
        "hours",
    ),
    (
        pattern_of(
            r"^(?:请|帮我|我要|我想|怎么)*(?:恢复|重新|打开|开启|开通|重开|继续|再开)(?:一下)?(?:接收|收|发|给我)*(?:认证|资格认证|社保)?(?:的)?(?:提醒|推送|通知)(?:我|功能)?(?:了|吧)?$"
        ),
        "start_reminders",
        "",
    ),
    (
        pattern_of(
            r"^(?:我要|我想|帮我|怎么|请|修改|改|看看?|查看|调整?)*(?:一下)?(?:提醒(?:的)?(?:设置|方式|时间|订阅)|设置提醒|管理提醒|通知设置)[?吗呢]*$"
        ),
        "wishes",
        "",
    ),
    (
        pattern_of(
            r"(?:过几天|几天后|到时候|[0-9三]个?工作日后?|出结果).{0,8}提醒我?.{0,6}结果|提醒我.{0,4}(?:看|查).{0,6}结果|结果出来(?:了)?.{0,4}(?:提醒|告诉|通知)我"
            r"|(?:刷过脸|认证(?:做|办|弄)?(?:完|好|过|了)|做完认证|刚认证).{0,10}(?:提醒|告诉|通知)我|提醒我.{0,6}(?:过没过|通过没|过了没|通没通过|成没成|过了吗)"
            r"|^(?:过|等)?(?:[几两23二三四五]|[0-9])个?(?:工作日|工作天|天)(?:以?后|之后)?(?:再)?(?:提醒|告诉|通知)我?(?:一下|看看?|结果)*$"
        ),
        "certification_result",
        "",
    ),
    (
        pattern_of(r"^(?:我|我们|本人)?(?:现在|目前|长期|一直|已经|都|还|人|常年|住)*在(?:国外|海外|境外|外国)(?:了|呢|住|生活|定居|长住)*$"),
        "my_zone",
        "",
    ),
    (pattern_of(r"^(?:我|我们|本人)?(?:已经|现在|刚|都)*(?:回国|回中国|回到国内)(?:了|啦)*$"), "my_zone", "place=国内"),
)  # fmt: skip
"""Words, the dialog, and what was said with them: `step=words`, or the name of the step that reads the whole sentence."""

_LIVING = pattern_of(
    r"^(?:我|我们|本人)?(?:现在|目前|长期|一直|已经|都|还|人|常年)*(?:(?:住|搬|搬到|移民|定居|移居)?(?:在|到|去)了?|住)(.{2,16})$"
)
_OF_EVERYDAY = {"no_reminders": "stop_reminders", "doubt": "is_it_yours"}


def wish_about_reminders(said: str) -> Wish | None:
    """The conversation about reminders that is meant, or about a message that is pasted or asked about; None for all other words."""
    if is_pasted(said):
        return Wish("is_it_yours", {"what": said})
    plain = normal(said).rstrip(".!~")
    if len(plain) > _LONGEST:
        return None
    for pattern, dialog, with_it in _SAID:
        if pattern.search(plain):
            if dialog == "quiet_hours" and (place := _abroad(re.split("[,;!?]", plain)[0])):
                return Wish("my_zone", {"place": place})
            step, _, words = with_it.partition("=")
            return Wish(dialog, {step: words or said} if step else {})
    if asks_whether_ours(plain):
        return Wish("is_it_yours")
    if abroad := _abroad(plain):
        return Wish("my_zone", {"place": abroad})
    everyday = said_back(simplified(tidy(said)).lower().strip(" ,.!?;:~"))
    if everyday and everyday[0] in _OF_EVERYDAY:
        return Wish(_OF_EVERYDAY[everyday[0]], _which(plain) if everyday[0] == "no_reminders" else {})
    return None


def _which(plain: str) -> dict[str, str]:
    return {"which": "P-CERT"} if "认证" in plain else {}


def _abroad(plain: str) -> str:
    """The place of 我在纽约, where it is abroad; '' for all other words."""
    found = _LIVING.fullmatch(plain)
    if found is None or not only_a_place(found[1]):
        return ""
    try:
        return found[1] if places(found[1])[0].zone != HOME else ""
    except Invalid:
        return ""
