"""Checks of who may speak: requests that the platform has not sent, or not like this (wechat.md A1, A2)."""

from __future__ import annotations

import secrets

from bot.simulator.trial import Finding, Trial, told

_ANCIENT_S = 86_400


async def unsigned(trial: Trial) -> Finding:
    """Without any parameter of a signature."""
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    _, body = trial.probe.request(fields)
    return await trial.not_accepted(openid, {}, body, fields)


async def forged_url(trial: Trial) -> Finding:
    """The address signed with another Token; once with a clear body, once with both signatures forged."""
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


async def forged_body(trial: Trial) -> Finding:
    """A right `signature`, which does not cover the body, and a forged `msg_signature`."""
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    query, body = trial.probe.request(fields)
    query["msg_signature"] = trial.probe.query(forged=True)["signature"]
    return await trial.not_accepted(openid, query, body, fields)


async def without_msg_signature(trial: Trial) -> Finding:
    """The ciphertext as ever, and nothing that signs it."""
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    query, body = trial.probe.request(fields)
    del query["msg_signature"]
    return await trial.not_accepted(openid, query, body, fields)


async def clear_in_safe(trial: Trial) -> Finding:
    """A clear body under a right `signature`, as who has seen the address once could send."""
    for kind in ({}, {"encrypt_type": "raw"}):
        openid = trial.probe.openid()
        fields = trial.probe.message(openid, Content=trial.given.text)
        body = trial.probe.text_of(fields).encode()
        found = await trial.not_accepted(openid, {**trial.probe.query(), "openid": openid, **kind}, body, fields)
        if found.state == "fault":
            return found
    return found


async def beside_the_envelope(trial: Trial) -> Finding:
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


async def ancient(trial: Trial) -> Finding:
    """A day old, rightly signed: a request that was recorded."""
    openid = trial.probe.openid()
    fields = trial.probe.message(openid, Content=trial.given.text)
    query, body = trial.probe.request(fields, trial.probe.query(age_s=_ANCIENT_S))
    return await trial.not_accepted(openid, query, body, fields)


async def other_account(trial: Trial) -> Finding:
    """The AppID inside the ciphertext is another account's."""
    probe, openid = trial.probe, trial.probe.openid()
    fields = probe.message(openid, Content=trial.given.text)
    encrypted = probe.encrypted(probe.text_of(fields), app_id="wxffffffffffffffff")
    body = probe.text_of({"ToUserName": probe.account.original_id, "Encrypt": encrypted}).encode()
    return await trial.not_accepted(openid, probe.sealed_query(encrypted, openid, probe.query()), body, fields)


async def garbage(trial: Trial) -> Finding:
    """Rightly signed ciphertexts that hold nothing: padding, lengths, encodings and keys are wrong."""
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


async def odd_query(trial: Trial) -> Finding:
    """Parameters that come twice, and a time that is no number."""
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
