"""Words about reminders and about messages that somebody received: which conversation is meant. No manual numbers any of them."""

from __future__ import annotations

import re

from dialogs.declare import Wish
from dialogs.parse import Invalid, normal, tidy
from dialogs.parse.pasted import asks_whether_ours, is_pasted
from dialogs.parse.zones import HOME, only_a_place, places
from handlers.understanding.everyday import said_back
from handlers.understanding.traditional import simplified

_LONGEST = 30

_SAID: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(
            r"^(?:请|帮我|我要|我想|怎么|怎样)*(?:订阅|允许|开通订阅)(?:一下)?(?:微信|公众号)?(?:认证|资格认证|社保)?(?:的)?(?:提醒|通知)(?:我)?[?吗呢]*$|^(?:微信)(?:的)?(?:订阅提醒|订阅通知|提醒订阅)$"
        ),
        "subscribe",
        "",
    ),
    (
        re.compile(
            r"^(?:我要|我想|帮我|请|怎么|设置?|修改|改|看看?|查看|调整?|取消|关闭|不要|把)*(?:一下)?(?:免打扰|勿扰|防打扰|安静)(?:的)?(?:时间|时段|模式|设置)?(?:改.{0,12})?$"
            r"|(?:晚上|夜里|半夜|夜间|深夜|睡觉时?|早上)(?:的时候)?.{0,3}(?:不要|别|不准|不能|少)(?:再|给我|老)*(?:发|推|提醒|打扰|吵|响)"
        ),
        "quiet_hours",
        "",
    ),
    (
        re.compile(
            r"(?:不要|别|不用|停止|取消|关闭?|不想收)(?:再|给我)*(?:发|收)?短信(?!验证)(?:提醒|通知)?[了吧]?$|短信(?:提醒)?(?:不要|关掉?|取消|别发|停)[了吧]?$"
        ),
        "sms_wish",
        "sms=不要",
    ),
    (re.compile(r"^(?:我要|我想|设置?个?|修改|改|换个?|什么是|看看?)*暗号(?:是什么|怎么设|设置)?[?吗呢]*$"), "secret_word", ""),
    (re.compile(r"每年.{0,12}月份?.{0,4}提醒|按月提醒|提醒(?:的)?月份"), "reminder_months", "months"),
    (
        re.compile(
            r"^(?:请|帮我|我要|我想|怎么)*(?:恢复|重新|打开|开启|开通|重开|继续|再开)(?:一下)?(?:接收|收|发|给我)*(?:认证|资格认证|社保)?(?:的)?(?:提醒|推送|通知)(?:我|功能)?(?:了|吧)?$"
        ),
        "start_reminders",
        "",
    ),
    (
        re.compile(
            r"^(?:我要|我想|帮我|怎么|请|修改|改|看看?|查看|调整?)*(?:一下)?(?:提醒(?:的)?(?:设置|方式|时间|订阅)|设置提醒|哪些提醒|有什么提醒|管理提醒|通知设置)[?吗呢]*$"
        ),
        "wishes",
        "",
    ),
    (
        re.compile(
            r"(?:过几天|几天后|到时候|[0-9三]个?工作日后?|出结果).{0,8}提醒我?.{0,6}结果|提醒我.{0,4}(?:看|查).{0,6}结果|结果出来(?:了)?.{0,4}(?:提醒|告诉|通知)我"
        ),
        "certification_result",
        "",
    ),
    (
        re.compile(r"^(?:我|我们|本人)?(?:现在|目前|长期|一直|已经|都|还|人|常年|住)*在(?:国外|海外|境外|外国)(?:了|呢|住|生活|定居|长住)*$"),
        "my_zone",
        "",
    ),
    (re.compile(r"^(?:我|我们|本人)?(?:已经|现在|刚|都)*(?:回国|回中国|回到国内)(?:了|啦)*$"), "my_zone", "place=国内"),
)  # fmt: skip
"""Words, the dialog, and what was said with them: `step=words`, or the name of the step that reads the whole sentence."""

_LIVING = re.compile(
    r"^(?:我|我们|本人)?(?:现在|目前|长期|一直|已经|都|还|人|常年)*(?:住|搬|搬到|移民|定居|移居)?(?:在|到|去)了?(.{2,16})$"
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
