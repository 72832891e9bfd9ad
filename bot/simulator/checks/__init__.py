"""The checks that `simulate --check` makes of any bot: what is done, what is expected, why it matters. The sources are wechat.md A1 to A6.

`CHECKS` is the list, in the order in which they are made; `examine` makes them. Those that need a look at what a handler did, behind a refusal or
for a resend, see more when the bot writes a running number into its answers (`bot.simulator.trial`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.simulator.account import Mode
from bot.simulator.checks import content, once, ordinary, trust
from bot.simulator.probe import Probe
from bot.simulator.trial import Check, Finding, Given, Trial

_SEALED: tuple[Mode, ...] = ("compat", "safe")


async def examine(probe: Probe, given: Given | None = None, names: tuple[str, ...] = ()) -> AsyncIterator[tuple[Check, Finding]]:
    """Make all checks, or those named, one after the other. A bot that does not answer at all fails the first and is not asked further."""
    trial = Trial(probe, given or Given())
    obstacle = await trial.prepare()
    if obstacle:
        yield _ANSWERS, Finding("fault", obstacle)
        return
    for check in CHECKS:
        if names and check.name not in names:
            continue
        if probe.mode not in check.modes:
            yield check, Finding("skipped", "这种消息模式下不适用")
        else:
            yield check, await check.run(trial)


_ANSWERS = Check(
    "answers",
    "收到消息会回应",
    "发一条普通文字",
    "5 秒内回 200，内容是合格的回复或 success",
    "不合格时用户看到“暂时无法提供服务”",
    ordinary.answers,
)

CHECKS: tuple[Check, ...] = (
    Check("verify", "验证地址", "带正确签名 GET，附 echostr", "原样回 echostr", "否则后台保存不了服务器地址", ordinary.verified),
    Check(
        "verify_forged",
        "验证地址时核对签名",
        "签名用别的 Token",
        "不回 echostr",
        "否则任何人都能把这个地址认作自己的",
        ordinary.verified_forged,
    ),
    _ANSWERS,
    Check(
        "extra_parameter", "多出的参数不碍事", "地址里多一个没见过的参数", "照常回应", "平台会加新参数", ordinary.extra_parameter
    ),
    Check(
        "same_nonce",
        "nonce 重复不算重放",
        "两条不同的消息用同一个 nonce",
        "都照常回应",
        "平台没有保证 nonce 不重复",
        ordinary.same_nonce,
    ),
    Check(
        "two_minutes", "时钟差两分钟能用", "时间戳是两分钟前", "照常回应", "服务器时钟有偏差，重发也会晚到", ordinary.two_minutes
    ),
    Check("unsigned", "没有签名的请求", "不带任何签名参数 POST", "拒绝，也不处理", "否则任何人都能冒充用户", trust.unsigned),
    Check(
        "forged_url", "伪造签名的请求", "signature 用别的 Token 算", "拒绝，也不处理", "否则任何人都能冒充用户", trust.forged_url
    ),
    Check(
        "forged_msg_signature",
        "伪造 msg_signature",
        "signature 对，msg_signature 不对",
        "拒绝，也不处理",
        "signature 不保护正文，只看它等于没有核对",
        trust.forged_body,
        _SEALED,
    ),
    Check(
        "no_msg_signature",
        "缺 msg_signature",
        "密文照常，去掉 msg_signature",
        "拒绝，也不处理",
        "同上",
        trust.without_msg_signature,
        _SEALED,
    ),
    Check(
        "clear_in_safe",
        "安全模式下收到明文",
        "signature 对，正文是明文",
        "拒绝，也不处理",
        "看到过一次地址的人就能发任何内容，加密形同虚设",
        trust.clear_in_safe,
        ("safe",),
    ),
    Check(
        "beside_the_envelope",
        "密文旁边夹带的明文",
        "密文是甲的，旁边的明文字段写成乙",
        "按密文里的甲处理",
        "签名只保护密文",
        trust.beside_the_envelope,
        _SEALED,
    ),
    Check("ancient", "一天前的请求重放", "签名正确，但时间戳是一天前", "拒绝，也不处理", "截获的请求可以一直重放", trust.ancient),
    Check(
        "other_account",
        "别的公众号的密文",
        "密文里的 AppID 是别人的",
        "拒绝，也不处理",
        "同一 Token 的消息可以串到别的号",
        trust.other_account,
        _SEALED,
    ),
    Check(
        "garbage",
        "签名正确的坏密文",
        "填充、长度、编码各种错",
        "拒绝或回 success，不报 5xx",
        "报错会让平台重发，用户看到故障",
        trust.garbage,
        _SEALED,
    ),
    Check("odd_query", "奇怪的参数", "参数重复，时间不是数字", "拒绝，不报 5xx", "扫描器会一直这样试", trust.odd_query),
    Check(
        "resend",
        "重发的消息",
        "同一条消息（同一 MsgId）送三次",
        "只处理一次，回复相同",
        "网络一慢就会重复下单、重复计数",
        once.resent,
    ),
    Check(
        "event_resend",
        "重发的事件",
        "同一个菜单点击送三次",
        "只处理一次，回复相同",
        "事件没有 MsgId，要按人、时间和内容认",
        once.event_resent,
    ),
    Check("at_once", "同时到的重发", "同一条消息同时送三次", "只处理一次", "平台不等上一次结束就会重发", once.at_once),
    Check(
        "slow",
        "处理很久的消息",
        "发一句要处理 5 秒以上的话",
        "只处理一次，三次之内给出回应",
        "5 秒不回，平台重发，再重发",
        once.slow,
    ),
    Check(
        "cdata",
        "文字里有 ]]>",
        "发含 ]]> 的文字",
        "回复仍是合格的 XML",
        "一句话就能让回复坏掉，甚至改掉回复的字段",
        content.cdata,
    ),
    Check(
        "control",
        "文字里有控制字符",
        "发含 \\x02、\\x1d 的文字",
        "照常回应",
        "输入法和复制粘贴会带进来，平台原样转发",
        content.control_characters,
    ),
    Check(
        "entities", "XML 里的实体", "正文带 DOCTYPE 和实体", "不展开，不报 5xx", "能读服务器文件，或把内存撑满", content.entities
    ),
    Check("new_events", "没见过的事件", "发平台新出的事件", "回 200", "新事件随时会来", content.new_events),
    Check("new_kinds", "没见过的消息类型", "发文件、未知类型、没有识别结果的语音", "回 200", "用户什么都会发", content.new_kinds),
    Check(
        "odd_shapes",
        "字段空缺或形状不同",
        "EventKey 为空、缺 Content、单个元素的列表",
        "回 200",
        "真实的推送就是这样",
        content.odd_shapes,
    ),
    Check(
        "not_a_message",
        "签名正确但不是消息",
        "没有 MsgType、空的、一段文字",
        "不报 5xx",
        "调试工具和扫描器会发",
        content.not_a_message,
    ),
    Check(
        "other_format",
        "换了数据格式",
        "发另一种格式（JSON / XML）的消息",
        "能读，或者拒绝，不报 5xx",
        "后台改一下格式，程序就全部报错",
        content.other_format,
    ),
    Check("huge", "很大的正文", "发 2 MB 的正文", "最好拒绝；不报 5xx，5 秒内有结果", "内存会被占满", content.huge),
    Check("long_text", "很长的文字", "发近 2000 字", "回复合格（不超过 2048 字节）", "超长的回复用户看不到", content.long_text),
)
