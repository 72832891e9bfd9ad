"""The checks that `simulate --check` makes of any bot: what is done, what is expected, why it matters. The sources are wechat.md A1 to A6.

`CHECKS` is the list, in the order in which they are made; `examine` makes them. Those that need a look at what a handler did, behind a refusal or
for a resend, see more when the bot writes a running number into its answers (`bot.simulator.trial`).
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable
from typing import Any

from bot.simulator import markup
from bot.simulator.account import Mode
from bot.simulator.probe import Probe, Seen
from bot.simulator.trial import Check, Finding, Given, Trial, same, told

ANCIENT_S = 86_400
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


# ── the address, and ordinary messages ──────────────────────────────────────────────────────────────────────────────


async def _verified(trial: Trial) -> Finding:
    echo = str(secrets.randbelow(10**19))
    status, content = await trial.probe.get(trial.probe.query() | {"echostr": echo})
    if status != 200:
        return Finding("fault", f"回了 {status}" if status else "没有回应")
    return Finding("ok", "原样回了 echostr") if content == echo.encode() else Finding("fault", "回的内容不是 echostr 本身")


async def _verified_forged(trial: Trial) -> Finding:
    echo = str(secrets.randbelow(10**19))
    status, content = await trial.probe.get(trial.probe.query(forged=True) | {"echostr": echo})
    if status >= 500 or not status:
        return Finding("fault", f"回了 {status}" if status else "没有回应")
    if content.strip() == echo.encode():
        return Finding("fault", f"签名不对也回了 echostr（{status}）")
    return Finding("ok", f"没有回 echostr（{status}）")


async def _answers(trial: Trial) -> Finding:
    seen = await trial.ask(trial.probe.openid())
    if seen.ending == "silent":
        return Finding("ok", f"{told(seen)}；用 --text 给一句它会回答的话，能查得更细")
    return Finding("ok" if seen.ending == "answered" else "fault", told(seen))


async def _extra_parameter(trial: Trial) -> Finding:
    fields = trial.probe.message(trial.probe.openid(), Content=trial.given.text)
    query, body = trial.probe.request(fields)
    seen = await trial.probe.post(query | {"channel": "new-one"}, body, fields)
    return Finding("ok" if seen.ending in {"answered", "silent"} else "fault", told(seen))


async def _same_nonce(trial: Trial) -> Finding:
    openid, query = trial.probe.openid(), trial.probe.query()
    seen = [await trial.probe.say(trial.probe.message(openid, Content=trial.given.text), query) for _ in range(2)]
    bad = next((one for one in seen if one.ending not in {"answered", "silent"}), None)
    return Finding("fault", told(bad)) if bad else Finding("ok", "两条都正常")


async def _two_minutes(trial: Trial) -> Finding:
    fields = trial.probe.message(trial.probe.openid(), Content=trial.given.text)
    seen = await trial.probe.say(fields, trial.probe.query(age_s=120))
    return Finding("ok" if seen.ending in {"answered", "silent"} else "fault", told(seen))


# ── who may speak ───────────────────────────────────────────────────────────────────────────────────────────────────


async def _unsigned(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    _, body = trial.probe.request(fields)
    return await trial.not_accepted(openid, {}, body, fields)


async def _forged_url(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    forged = trial.probe.query(forged=True)
    # A refusal that is written but not obeyed shows with a body that needs no key.
    clear = trial.probe.text_of(fields).encode()
    found = await trial.not_accepted(openid, {**forged, "openid": openid}, clear, fields)
    if found.state == "fault" or trial.probe.mode == "clear":
        return found
    query, body = trial.probe.request(fields, forged)
    query["msg_signature"] = trial.probe.query(forged=True)["signature"]
    return await trial.not_accepted(openid, query, body, fields)


async def _forged_body(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    query, body = trial.probe.request(fields)
    query["msg_signature"] = trial.probe.query(forged=True)["signature"]
    return await trial.not_accepted(openid, query, body, fields)


async def _without_msg_signature(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    query, body = trial.probe.request(fields)
    del query["msg_signature"]
    return await trial.not_accepted(openid, query, body, fields)


async def _clear_in_safe(trial: Trial) -> Finding:
    for kind in ({}, {"encrypt_type": "raw"}):
        openid = trial.probe.openid()
        fields = trial.probe.message(openid, Content=trial.given.text)
        body = trial.probe.text_of(fields).encode()
        found = await trial.not_accepted(openid, {**trial.probe.query(), "openid": openid, **kind}, body, fields)
        if found.state == "fault":
            return found
    return found


async def _beside_the_envelope(trial: Trial) -> Finding:
    """Only the ciphertext is signed: the clear fields of somebody else beside it must count for nothing."""
    probe, victim = trial.probe, trial.probe.openid()
    fields = probe.message(probe.openid(), Content=trial.given.text)
    encrypted = probe.encrypted(probe.text_of(fields))
    planted = probe.message(victim, Content=trial.given.text) | {"Encrypt": encrypted}
    query = probe.sealed_query(encrypted, str(fields["FromUserName"]), probe.query())
    seen = await probe.post(query, probe.text_of(planted).encode(), fields)
    if seen.ending in {"answered", "silent"}:
        return Finding("ok", "按密文里的人处理")
    return Finding("fault", told(seen))


async def _ancient(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    query, body = trial.probe.request(fields, trial.probe.query(age_s=ANCIENT_S))
    return await trial.not_accepted(openid, query, body, fields)


async def _other_account(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid, Content=trial.given.text)
    encrypted = probe.encrypted(probe.text_of(fields), app_id="wxffffffffffffffff")
    body = probe.text_of({"ToUserName": probe.account.original_id, "Encrypt": encrypted}).encode()
    return await trial.not_accepted(openid, probe.sealed_query(encrypted, openid, probe.query()), body, fields)


async def _garbage(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid, Content=trial.given.text)
    text = probe.text_of(fields)
    spoiled = {
        "空的密文": "",
        "不是 base64": "这不是密文",
        "长度不对": "AAAA",
        "填充是 0": probe.encrypted(text, pad=b"\x00"),
        "填充超过 32": probe.encrypted(text, pad=b"\x30" * (48 - (len(text.encode()) + 20 + len(probe.account.app_id)) % 16)),
        "长度字段说谎": probe.encrypted(text, length=0x7FFFFFFF),
        "密文里不是消息": probe.encrypted(b"\xff\xfe\x00garbage"),
        "别的密钥": probe.encrypted(text, key=secrets.token_bytes(32)),
    }
    for what, encrypted in spoiled.items():
        body = probe.text_of({"ToUserName": probe.account.original_id, "Encrypt": encrypted}).encode()
        seen = await probe.post(probe.sealed_query(encrypted, openid, probe.query()), body, fields)
        if seen.ending in {"crashed", "late"} or (seen.acted and seen.ending != "refused"):
            return Finding("fault", f"{what}：{told(seen)}")
    return Finding("ok", f"{len(spoiled)} 种都没有出错")


async def _odd_query(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid, Content=trial.given.text)
    query, body = probe.request(fields)
    twice = [*query.items(), ("timestamp", query["timestamp"]), ("signature", "0" * 40)]
    words = query | {"timestamp": "昨天", "nonce": ""}
    for what, odd in (("参数重复", twice), ("时间不是数字", list(words.items()))):
        seen = await probe.post(odd, body, fields)
        if seen.ending in {"crashed", "late"}:
            return Finding("fault", f"{what}：{told(seen)}")
    return Finding("ok", "没有出错")


# ── once, and in time ───────────────────────────────────────────────────────────────────────────────────────────────


async def _resent(trial: Trial) -> Finding:
    return await _again(trial, lambda openid: trial.probe.message(openid, Content=trial.given.text))


async def _event_resent(trial: Trial) -> Finding:
    return await _again(trial, lambda openid: trial.probe.message(openid, MsgType="event", Event="CLICK", EventKey="V1001"))


async def _again(trial: Trial, made: Callable[[str], dict[str, Any]]) -> Finding:
    """The same message three times, one after the other, as after two lost answers."""
    openid = trial.probe.openid()
    fields = made(openid)
    seen: list[Seen] = []

    async def act() -> None:
        seen.extend([await trial.probe.say(fields) for _ in range(3)])

    return _once(await trial.times(openid, act), seen)


def _once(ran: int | None, seen: list[Seen]) -> Finding:
    if bad := next((one for one in seen if one.ending in {"crashed", "malformed", "refused"}), None):
        return Finding("fault", told(bad))
    if ran is not None and ran > 1:
        return Finding("fault", f"一条消息处理了 {ran} 次")
    spoken = [one for one in seen if one.ending == "answered"]
    if any(not same(spoken[0], one) for one in spoken[1:]):
        return Finding("fault", "同一条消息，前后两次的回复不一样")
    return Finding("ok", "只处理了一次" if ran is not None else "几次的回复相同")


async def _at_once(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    seen: list[Seen] = []

    async def act() -> None:
        seen.extend(await trial.at_once(fields, 3))

    return _once(await trial.times(openid, act), seen)


async def _slow(trial: Trial) -> Finding:
    if not trial.given.slow_text:
        return Finding("skipped", "用 --slow-text 给一句要处理很久的话，才能查")
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.slow_text)
    patience = trial.given.patience_s or trial.probe.try_seconds
    seen: list[Seen] = []

    async def act() -> None:
        while len(seen) < 3 and (not seen or seen[-1].ending == "late"):
            seen.append(await trial.probe.say(fields, within_s=patience))
        late = sum(one.ending == "late" for one in seen)
        # A bot that works on one thing at a time has a queue now: let it come to an end before it is asked again.
        await asyncio.sleep(late * patience)

    ran = await trial.times(openid, act)
    if ran is not None and ran > 1:
        return Finding("fault", f"一条消息处理了 {ran} 次")
    if seen[-1].ending == "late":
        return Finding("fault", "三次都没有在规定时间内回应，用户看到“暂时无法提供服务”")
    return _once(ran, seen)


# ── what people write, and what is new ──────────────────────────────────────────────────────────────────────────────


async def _cdata(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    words = ("a]]>b", "]]></Content><ToUserName><![CDATA[o-nobody]]></ToUserName><Content><![CDATA[")
    return await trial.survives(*(trial.probe.message(openid, Content=one) for one in words))


async def _control_characters(trial: Trial) -> Finding:
    openid = trial.probe.openid()
    return await trial.survives(*(trial.probe.message(openid, Content=one) for one in ("你\x02好", "您\x1d好\x0b", "\x00")))


async def _entities(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    if probe.form == "json":
        return Finding("skipped", "JSON 格式没有这个问题")
    fields = probe.message(openid, Content=trial.given.text)
    inner = markup.write(fields).replace(f"<![CDATA[{trial.given.text}]]>", "&long;")
    hostile = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY long "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + inner
    query = {**probe.query(), "openid": openid}
    body = hostile.encode()
    if probe.mode != "clear":
        encrypted = probe.encrypted(hostile)
        body = markup.write({"ToUserName": probe.account.original_id, "Encrypt": encrypted}).encode()
        query = probe.sealed_query(encrypted, openid, query)
    seen = await probe.post(query, body, fields)
    if "hahaha" in seen.text:
        return Finding("fault", "展开了 XML 里的实体")
    return Finding("fault" if seen.ending in {"crashed", "late"} else "ok", told(seen))


async def _new_events(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    popup = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": 1}
    return await trial.survives(
        probe.message(openid, MsgType="event", Event="never_heard_of_2031", Something="new"),
        probe.message(openid, MsgType="event", Event="debug_demo", debug_str="demo"),
        probe.message(openid, MsgType="event", Event="subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": popup}),
        probe.message(openid, MsgType="event", Event="user_authorization_revoke", OpenID=openid, RevokeInfo="1"),
    )


async def _new_kinds(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    return await trial.survives(
        probe.message(openid, MsgType="file", Title="表.xlsx", FileKey="k", FileMd5="m", FileTotalLen=1),
        probe.message(openid, MsgType="never_heard_of"),
        probe.message(openid, MsgType="voice", MediaId="m", Format="amr", MediaId16K="m16"),
        probe.message(openid, MsgType="text", Content=trial.given.text, bizmsgmenuid="7", MsgDataId="9", Idx=1),
    )


async def _odd_shapes(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    return await trial.survives(
        probe.message(openid, MsgType="event", Event="subscribe", EventKey="", Ticket=None),
        probe.message(openid, MsgType="event", Event="subscribe", EventKey="last_trade_no_4200"),
        probe.message(openid, MsgType="event", Event="subscribe"),
        probe.message(openid, MsgType="event", Event="pic_weixin", EventKey="k", SendPicsInfo={"Count": 0, "PicList": ""}),
        probe.message(openid, MsgType="event", Event="scancode_waitmsg", EventKey="k", ScanCodeInfo={"ScanType": "qrcode"}),
        probe.message(openid, MsgType="event", Event="LOCATION", Latitude="", Longitude=""),
        probe.message(openid, MsgType="text", Content=""),
        probe.message(openid, MsgType="text"),
    )


async def _not_a_message(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid)
    for what, text in (("没有 MsgType", probe.text_of({"ToUserName": "x"})), ("空的", probe.text_of({})), ("不是消息", "hello")):
        body, query = text.encode(), {**probe.query(), "openid": openid}
        if probe.mode != "clear":
            encrypted = probe.encrypted(text)
            body = probe.text_of({"ToUserName": probe.account.original_id, "Encrypt": encrypted}).encode()
            query = probe.sealed_query(encrypted, openid, query)
        seen = await probe.post(query, body, fields)
        if seen.ending in {"crashed", "late"}:
            return Finding("fault", f"{what}：{told(seen)}")
    return Finding("ok", "没有出错")


async def _other_format(trial: Trial) -> Finding:
    """The data format was switched in the console: to be read, or refused without an exception."""
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid, Content=trial.given.text)
    wrote = markup.write if probe.form == "json" else lambda one: json.dumps(one, ensure_ascii=False)
    body, query = wrote(fields).encode(), {**probe.query(), "openid": openid}
    if probe.mode != "clear":
        encrypted = probe.encrypted(wrote(fields))
        body = wrote({"ToUserName": probe.account.original_id, "Encrypt": encrypted}).encode()
        query = probe.sealed_query(encrypted, openid, query)
    seen = await probe.post(query, body, fields, "application/json" if probe.form == "xml" else "text/xml")
    if seen.ending in {"crashed", "late"}:
        return Finding("fault", told(seen))
    return Finding("ok", "读懂了" if seen.acted else told(seen))


async def _huge(trial: Trial) -> Finding:
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid, Content="好" * 700_000)
    query, body = probe.request(fields)
    seen = await probe.post(query, body, fields)
    # A server that hangs up on two megabytes refuses them, too.
    if seen.ending == "late" or seen.status >= 500:
        return Finding("fault", told(seen))
    return Finding("ok", "收下了" if seen.acted else told(seen) if seen.status else "拒绝了（断开连接）")


async def _long_text(trial: Trial) -> Finding:
    return await trial.survives(trial.probe.message(trial.probe.openid(), Content="我想查一下养老保险缴费情况。" * 140))


_ANSWERS = Check(
    "answers",
    "收到消息会回应",
    "发一条普通文字",
    "5 秒内回 200，内容是合格的回复或 success",
    "不合格时用户看到“暂时无法提供服务”",
    _answers,
)

CHECKS: tuple[Check, ...] = (
    Check("verify", "验证地址", "带正确签名 GET，附 echostr", "原样回 echostr", "否则后台保存不了服务器地址", _verified),
    Check(
        "verify_forged",
        "验证地址时核对签名",
        "签名用别的 Token",
        "不回 echostr",
        "否则任何人都能把这个地址认作自己的",
        _verified_forged,
    ),
    _ANSWERS,
    Check("extra_parameter", "多出的参数不碍事", "地址里多一个没见过的参数", "照常回应", "平台会加新参数", _extra_parameter),
    Check(
        "same_nonce", "nonce 重复不算重放", "两条不同的消息用同一个 nonce", "都照常回应", "平台没有保证 nonce 不重复", _same_nonce
    ),
    Check("two_minutes", "时钟差两分钟能用", "时间戳是两分钟前", "照常回应", "服务器时钟有偏差，重发也会晚到", _two_minutes),
    Check("unsigned", "没有签名的请求", "不带任何签名参数 POST", "拒绝，也不处理", "否则任何人都能冒充用户", _unsigned),
    Check("forged_url", "伪造签名的请求", "signature 用别的 Token 算", "拒绝，也不处理", "否则任何人都能冒充用户", _forged_url),
    Check(
        "forged_msg_signature",
        "伪造 msg_signature",
        "signature 对，msg_signature 不对",
        "拒绝，也不处理",
        "signature 不保护正文，只看它等于没有核对",
        _forged_body,
        _SEALED,
    ),
    Check(
        "no_msg_signature",
        "缺 msg_signature",
        "密文照常，去掉 msg_signature",
        "拒绝，也不处理",
        "同上",
        _without_msg_signature,
        _SEALED,
    ),
    Check(
        "clear_in_safe",
        "安全模式下收到明文",
        "signature 对，正文是明文",
        "拒绝，也不处理",
        "看到过一次地址的人就能发任何内容，加密形同虚设",
        _clear_in_safe,
        ("safe",),
    ),
    Check(
        "beside_the_envelope",
        "密文旁边夹带的明文",
        "密文是甲的，旁边的明文字段写成乙",
        "按密文里的甲处理",
        "签名只保护密文",
        _beside_the_envelope,
        _SEALED,
    ),
    Check("ancient", "一天前的请求重放", "签名正确，但时间戳是一天前", "拒绝，也不处理", "截获的请求可以一直重放", _ancient),
    Check(
        "other_account",
        "别的公众号的密文",
        "密文里的 AppID 是别人的",
        "拒绝，也不处理",
        "同一 Token 的消息可以串到别的号",
        _other_account,
        _SEALED,
    ),
    Check(
        "garbage",
        "签名正确的坏密文",
        "填充、长度、编码各种错",
        "拒绝或回 success，不报 5xx",
        "报错会让平台重发，用户看到故障",
        _garbage,
        _SEALED,
    ),
    Check("odd_query", "奇怪的参数", "参数重复，时间不是数字", "拒绝，不报 5xx", "扫描器会一直这样试", _odd_query),
    Check(
        "resend",
        "重发的消息",
        "同一条消息（同一 MsgId）送三次",
        "只处理一次，回复相同",
        "网络一慢就会重复下单、重复计数",
        _resent,
    ),
    Check(
        "event_resend",
        "重发的事件",
        "同一个菜单点击送三次",
        "只处理一次，回复相同",
        "事件没有 MsgId，要按人、时间和内容认",
        _event_resent,
    ),
    Check("at_once", "同时到的重发", "同一条消息同时送三次", "只处理一次", "平台不等上一次结束就会重发", _at_once),
    Check(
        "slow", "处理很久的消息", "发一句要处理 5 秒以上的话", "只处理一次，三次之内给出回应", "5 秒不回，平台重发，再重发", _slow
    ),
    Check("cdata", "文字里有 ]]>", "发含 ]]> 的文字", "回复仍是合格的 XML", "一句话就能让回复坏掉，甚至改掉回复的字段", _cdata),
    Check(
        "control",
        "文字里有控制字符",
        "发含 \\x02、\\x1d 的文字",
        "照常回应",
        "输入法和复制粘贴会带进来，平台原样转发",
        _control_characters,
    ),
    Check("entities", "XML 里的实体", "正文带 DOCTYPE 和实体", "不展开，不报 5xx", "能读服务器文件，或把内存撑满", _entities),
    Check("new_events", "没见过的事件", "发平台新出的事件", "回 200", "新事件随时会来", _new_events),
    Check("new_kinds", "没见过的消息类型", "发文件、未知类型、没有识别结果的语音", "回 200", "用户什么都会发", _new_kinds),
    Check(
        "odd_shapes",
        "字段空缺或形状不同",
        "EventKey 为空、缺 Content、单个元素的列表",
        "回 200",
        "真实的推送就是这样",
        _odd_shapes,
    ),
    Check(
        "not_a_message", "签名正确但不是消息", "没有 MsgType、空的、一段文字", "不报 5xx", "调试工具和扫描器会发", _not_a_message
    ),
    Check(
        "other_format",
        "换了数据格式",
        "发另一种格式（JSON / XML）的消息",
        "能读，或者拒绝，不报 5xx",
        "后台改一下格式，程序就全部报错",
        _other_format,
    ),
    Check("huge", "很大的正文", "发 2 MB 的正文", "最好拒绝；不报 5xx，5 秒内有结果", "内存会被占满", _huge),
    Check("long_text", "很长的文字", "发近 2000 字", "回复合格（不超过 2048 字节）", "超长的回复用户看不到", _long_text),
)
