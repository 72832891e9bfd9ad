"""Checks of what people write and what the platform adds one day: nothing of it may break an answer (wechat.md A3, A4, A6)."""

from __future__ import annotations

import json

from bot.simulator import markup
from bot.simulator.trial import Finding, Trial, told


async def cdata(trial: Trial) -> Finding:
    """Words that end a CDATA section, and go on with fields."""
    openid = trial.probe.openid()
    words = ("a]]>b", "]]></Content><ToUserName><![CDATA[o-nobody]]></ToUserName><Content><![CDATA[")
    return await trial.survives(*(trial.probe.message(openid, Content=one) for one in words))


async def control_characters(trial: Trial) -> Finding:
    """Characters that XML does not have."""
    openid = trial.probe.openid()
    return await trial.survives(*(trial.probe.message(openid, Content=one) for one in ("你\x02好", "您\x1d好\x0b", "\x00")))


async def entities(trial: Trial) -> Finding:
    """A document type with entities; skipped where bodies are JSON."""
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


async def new_events(trial: Trial) -> Finding:
    """Events that nobody knows, and rare ones."""
    probe, openid = trial.probe, trial.probe.openid()
    popup = {"TemplateId": "T1", "SubscribeStatusString": "accept", "PopupScene": 1}
    return await trial.survives(
        probe.message(openid, MsgType="event", Event="never_heard_of_2031", Something="new"),
        probe.message(openid, MsgType="event", Event="debug_demo", debug_str="demo"),
        probe.message(openid, MsgType="event", Event="subscribe_msg_popup_event", SubscribeMsgPopupEvent={"List": popup}),
        probe.message(openid, MsgType="event", Event="user_authorization_revoke", OpenID=openid, RevokeInfo="1"),
    )


async def new_kinds(trial: Trial) -> Finding:
    """Kinds of messages that nobody knows, and known ones with more in them."""
    probe, openid = trial.probe, trial.probe.openid()
    return await trial.survives(
        probe.message(openid, MsgType="file", Title="表.xlsx", FileKey="k", FileMd5="m", FileTotalLen=1),
        probe.message(openid, MsgType="never_heard_of"),
        probe.message(openid, MsgType="voice", MediaId="m", Format="amr", MediaId16K="m16"),
        probe.message(openid, MsgType="text", Content=trial.given.text, bizmsgmenuid="7", MsgDataId="9", Idx=1),
    )


async def odd_shapes(trial: Trial) -> Finding:
    """Fields that are empty, missing, or one instead of a list."""
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


async def not_a_message(trial: Trial) -> Finding:
    """Authentic, and no message."""
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


async def other_format(trial: Trial) -> Finding:
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
    if seen.ending == "malformed":
        return Finding("ok", "没有报错，回的内容微信不认；这一项只看会不会报错")
    return Finding("ok", "读懂了" if seen.acted else told(seen))


async def huge(trial: Trial) -> Finding:
    """Two megabytes: to be refused, or at least survived."""
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid, Content="好" * 700_000)
    query, body = probe.request(fields)
    seen = await probe.post(query, body, fields)
    # A server that hangs up on two megabytes refuses them, too.
    if seen.ending == "late" or seen.status >= 500:
        return Finding("fault", told(seen))
    return Finding("ok", "收下了" if seen.acted else told(seen) if seen.status else "拒绝了（断开连接）")


async def long_text(trial: Trial) -> Finding:
    """Nearly as many characters as a message can have."""
    return await trial.survives(trial.probe.message(trial.probe.openid(), Content="我想查一下养老保险缴费情况。" * 140))
