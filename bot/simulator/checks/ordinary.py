"""Checks of the address and of ordinary messages: what every account sends on its first day (wechat.md A1, A2)."""

from __future__ import annotations

import secrets

from bot.simulator.trial import Finding, Trial, told


async def verified(trial: Trial) -> Finding:
    """The echo string of a right signature comes back as it is."""
    echo = str(secrets.randbelow(10**19))
    status, content = await trial.probe.get(trial.probe.query() | {"echostr": echo})
    if status != 200:
        return Finding("fault", f"回了 {status}" if status else "没有回应")
    return Finding("ok", "原样回了 echostr") if content == echo.encode() else Finding("fault", "回的内容不是 echostr 本身")


async def verified_forged(trial: Trial) -> Finding:
    """The echo string of a forged signature does not come back."""
    echo = str(secrets.randbelow(10**19))
    status, content = await trial.probe.get(trial.probe.query(forged=True) | {"echostr": echo})
    if status >= 500 or not status:
        return Finding("fault", f"回了 {status}" if status else "没有回应")
    if content.strip() == echo.encode():
        return Finding("fault", f"签名不对也回了 echostr（{status}）")
    return Finding("ok", f"没有回 echostr（{status}）")


async def answers(trial: Trial) -> Finding:
    """An ordinary message has an answer, or none on purpose."""
    seen = await trial.ask(trial.probe.openid())
    if seen.ending == "silent":
        return Finding("ok", f"{told(seen)}；用 --text 给一句它会回答的话，能查得更细")
    return Finding("ok" if seen.ending == "answered" else "fault", told(seen))


async def extra_parameter(trial: Trial) -> Finding:
    """The platform may add parameters to the address."""
    fields = trial.probe.message(trial.probe.openid(), Content=trial.given.text)
    query, body = trial.probe.request(fields)
    seen = await trial.probe.post(query | {"channel": "new-one"}, body, fields)
    return Finding("ok" if seen.ending in {"answered", "silent"} else "fault", told(seen))


async def same_nonce(trial: Trial) -> Finding:
    """A nonce that comes twice is no replay: nobody promised that it does not."""
    openid, query = trial.probe.openid(), trial.probe.query()
    seen = [await trial.probe.say(trial.probe.message(openid, Content=trial.given.text), query) for _ in range(2)]
    bad = next((one for one in seen if one.ending not in {"answered", "silent"}), None)
    return Finding("fault", told(bad)) if bad else Finding("ok", "两条都正常")


async def two_minutes(trial: Trial) -> Finding:
    """Clocks differ, and resends come late."""
    fields = trial.probe.message(trial.probe.openid(), Content=trial.given.text)
    seen = await trial.probe.say(fields, trial.probe.query(age_s=120))
    return Finding("ok" if seen.ending in {"answered", "silent"} else "fault", told(seen))
