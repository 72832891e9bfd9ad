"""The product's own texts of the notices. A region replaces them by `<kind>.<text>` ([reminders.texts]), a campaign by the text's name alone.

Each text has four forms: the chat's (no ending), `.hint` (a template's field, 20 characters), `.sms`, and `.relative` (told to a relative,
with its own `.relative.hint`). Placeholders: {name} masked, {due} a day, {left} and {over} days, {hotline}, {agency}, {title}.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Final

THING: Final = 20
"""Characters of a template's `thing` (wechat.md A8)."""

PLACES: Final = ("name", "due", "left", "over", "hotline", "agency", "title")

SUBJECTS: Final[Mapping[str, str]] = {
    "P-CERT": "养老待遇资格认证",
    "P-PAUSED": "养老待遇发放",
    "P-PENSION": "第一笔养老金",
}

WHATS: Final[Mapping[str, str]] = {
    "P-CERT.before": "养老待遇资格认证快到期",
    "P-CERT.day": "养老待遇资格认证今天到期",
    "P-CERT.after": "养老待遇资格认证已经过期",
    "P-CERT.month": "养老待遇资格认证期限",
    "P-CERT.result": "资格认证结果还没有登记",
    "P-CERT.passed": "养老待遇资格认证已通过",
    "P-PAUSED.paused": "养老待遇暂停发放",
    "P-PAUSED.resumed": "养老待遇恢复发放",
    "P-PENSION.first": "第一笔养老金发放",
}
"""What a text is about, in the few characters that one place of an approved SMS template takes: enough to tell it from its neighbours."""

TEXTS: Final[Mapping[str, str]] = {
    "P-CERT.before": (
        "{name}，您好。您的养老待遇资格认证到 {due} 为止，还有 {left} 天。\n请在那以前认证，以免影响领取。"
        "回复“认证”看怎么办；不方便刷脸的，也有别的办法。"
    ),
    "P-CERT.before.hint": "还有{left}天，回复“认证”看怎么办",
    "P-CERT.before.sms": "{name}，您的养老待遇资格认证到{due}为止，还有{left}天，请按时办理。问{hotline}",
    "P-CERT.before.relative": (
        "您帮着照看的 {name}，养老待遇资格认证到 {due} 为止，还有 {left} 天。\n请提醒一声，或者帮着办。回复“认证”看怎么办。"
    ),
    "P-CERT.before.relative.hint": "家人的认证还有{left}天，请帮着提醒",
    "P-CERT.day": (
        "{name}，您好。您的养老待遇资格认证今天（{due}）到期。\n请今天认证，以免影响领取。回复“认证”看怎么办；不方便刷脸的，也有别的办法。"
    ),
    "P-CERT.day.hint": "今天到期，回复“认证”看怎么办",
    "P-CERT.day.sms": "{name}，您的养老待遇资格认证今天（{due}）到期，请今天办理。问{hotline}",
    "P-CERT.day.relative": (
        "您帮着照看的 {name}，养老待遇资格认证今天（{due}）到期。\n请提醒一声，或者帮着办。回复“认证”看怎么办。"
    ),
    "P-CERT.day.relative.hint": "家人的认证今天到期，请帮着提醒",
    "P-CERT.after": (
        "{name}，您好。您的养老待遇资格认证 {due} 到期，已经过了 {over} 天，还没有收到您的认证。\n现在也可以认证，请尽快办。"
        "回复“认证”看怎么办；不方便刷脸的，也有别的办法。已经办过的不用理会。"
    ),
    "P-CERT.after.hint": "过期{over}天，回复“认证”看怎么办",
    "P-CERT.after.sms": "{name}，您的养老待遇资格认证{due}到期，已过{over}天，现在仍可办理，请尽快。问{hotline}",
    "P-CERT.after.relative": (
        "您帮着照看的 {name}，养老待遇资格认证 {due} 到期，已经过了 {over} 天。\n现在也可以认证，请帮着尽快办。回复“认证”看怎么办。"
    ),
    "P-CERT.after.relative.hint": "家人的认证已过期{over}天，请帮着办",
    "P-CERT.month": (
        "{name}，您好。这是您设的每年提醒：您的养老待遇资格认证到 {due} 为止。\n要办的话，回复“认证”看怎么办；不想再提醒，回复“提醒设置”。"
    ),
    "P-CERT.month.hint": "您设的提醒，回复“认证”",
    "P-CERT.month.sms": "{name}，您设的提醒：养老待遇资格认证到{due}为止。问{hotline}",
    "P-CERT.result": (
        "{name}，您好。按您说的来提醒：认证结果还没有登记到我们这里，到期日仍是 {due}。\n"
        "请在办理的地方看一下“认证记录”。没有通过的，回复“认证”看别的办法。"
    ),
    "P-CERT.result.hint": "还没有结果，回复“认证”看看",
    "P-CERT.result.sms": "{name}，您的认证结果还没有登记，到期日是{due}，请看一下认证记录。问{hotline}",
    "P-CERT.passed": "{name}，您好。您的养老待遇资格认证已经通过，下一次到 {due} 为止。到时候我们会再提醒您。",
    "P-CERT.passed.hint": "已通过，{due}前再办",
    "P-CERT.passed.sms": "{name}，您的养老待遇资格认证已通过，下一次到{due}为止。问{hotline}",
    "P-PAUSED.paused": (
        "{name}，您好。您的养老待遇从 {due} 起暂停发放。\n常见的原因是没有按时认证，补上认证以后可以申请恢复。"
        "回复“认证”看怎么办；原因不清楚的，请问 {hotline}。"
    ),
    "P-PAUSED.paused.hint": "已暂停发放，回复“认证”",
    "P-PAUSED.paused.sms": "{name}，您的养老待遇从{due}起暂停发放，常因没有按时认证，补认证后可申请恢复。问{hotline}",
    "P-PAUSED.paused.relative": (
        "您帮着照看的 {name}，养老待遇从 {due} 起暂停发放。\n常见的原因是没有按时认证，请帮着问一下。回复“认证”看怎么办。"
    ),
    "P-PAUSED.paused.relative.hint": "家人的待遇停发，请帮着看",
    "P-PAUSED.resumed": "{name}，您好。您的养老待遇从 {due} 起恢复发放。\n停发期间的待遇怎样补发，请问 {hotline}。",
    "P-PAUSED.resumed.hint": "已恢复发放",
    "P-PAUSED.resumed.sms": "{name}，您的养老待遇从{due}起恢复发放。停发期间怎样补发，问{hotline}",
    "P-PAUSED.resumed.relative": "您帮着照看的 {name}，养老待遇从 {due} 起恢复发放。",
    "P-PAUSED.resumed.relative.hint": "家人的待遇已恢复发放",
    "P-PENSION.first": (
        "{name}，您好，恭喜退休。您的第一笔养老金从 {due} 起到您选的代发银行领取。\n到了没有收到，请问 {hotline}。"
    ),
    "P-PENSION.first.hint": "从今天起，到代发银行领取",
    "P-PENSION.first.sms": "{name}，您的第一笔养老金从{due}起到您选的代发银行领取。没有收到请问{hotline}",
}


def problem_of(text: str) -> str:
    """What is wrong with a text that somebody wrote in place of one of these; '' when nothing."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        return "has a brace that is not closed"
    unknown = [name for name in names if name not in PLACES]
    return f"knows only the places {', '.join(PLACES)}" if unknown else ""
