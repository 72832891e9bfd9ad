"""Sentences and forms that several conversations share."""

from __future__ import annotations

from datetime import date, datetime, timedelta


def hour_and_minute(moment: datetime, now: datetime) -> str:
    """When, as briefly as it is clear: 14:20 today, 明天 09:00, 9月15日 09:00. Rounded up to the next minute."""
    minute = moment.replace(second=0, microsecond=0)
    if minute < moment:
        minute += timedelta(minutes=1)
    days = (minute.date() - now.date()).days
    clock = f"{minute:%H:%M}"
    if days == 0:
        return clock
    if days == 1:
        return f"明天 {clock}"
    return f"{minute.month}月{minute.day}日 {clock}"


def day(value: date) -> str:
    """2024年9月12日."""
    return f"{value.year}年{value.month}月{value.day}日"


def money(amount: object) -> str:
    """1,234.50 元."""
    return f"{amount:,.2f} 元"


WORDS_THAT_WORK = "任何时候都可以回复：返回（改上一步）、取消、菜单、帮助、人工。"
NOT_RIGHT = "流水号或校验码有误，请核对单据右上角的两组号码。"
"""The one sentence for every failed 校验, in chat and on the page: it never tells which value was wrong."""

SORRY = "抱歉，刚才没有办成，您的内容没有丢。请过一会儿把刚才那句话再发一次。"
BUSY = "抱歉，系统正在恢复，现在办不了。您已经办好的事情不受影响，请过几分钟把刚才那句话再发一次。"
KEPT = (
    "系统正在恢复，这会儿还办不了。您要办的“{title}”已经记下来了，编号 {number}。"
    "系统一恢复我就接着办，不用再发一遍。很着急的话，也可以拨打 12333。"
)
"""What was asked to be done while the database is away: nothing has been done yet, and it will be taken up."""
BACK = "系统恢复了。您刚才要办的“{title}”（编号 {number}），现在接着办："
