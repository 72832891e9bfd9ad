"""Errors that nobody but the operator can mend: what happened and what to do, for `doctor`, `/metrics` and one line in the log (wechat.md A13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from bot.wechat.errors import ApiError
from bot.wechat.seldom import Seldom
from storage.ports.record import Record
from storage.ports.time import Clock

log = structlog.get_logger("wechat")

_AGAIN_S = 3600.0
"""An operator who has not done anything about it is told once an hour."""


class Advice(Record):
    """For the operator, in Chinese, without a full stop at the end: what happened, what to do."""

    happened: str
    todo: str

    def __str__(self) -> str:
        return f"{self.happened}；{self.todo}"


_REFUSED_TOKEN = Advice(
    "平台不认刚取的令牌", "核对 app_id 和 app_secret 是同一个账号的，看看是不是还有别的程序在用 /cgi-bin/token 刷新同一个账号"
)
ADVICE: Final[Mapping[int, Advice]] = {
    **dict.fromkeys((40001, 40014, 42001), _REFUSED_TOKEN),
    40013: Advice("app_id 不对", "从“微信开发者平台”复制 AppID 填到 wechat.app_id"),
    40037: Advice("模板编号不对", "核对 reminders、notices 里的模板编号：模板消息和订阅通知的编号不能混用"),
    40125: Advice("app_secret 不对", "重置过 AppSecret 的话，把新的填到 wechat.app_secret"),
    40164: Advice("本机的出口地址不在白名单里", "在“微信开发者平台”的 IP 白名单里加上本机的出口地址，几分钟后生效"),
    40243: Advice("AppSecret 被冻结了", "请管理员在“微信开发者平台”解冻或重置，然后更新 wechat.app_secret"),
    41002: Advice("没有填 app_id", "填 wechat.app_id"),
    41004: Advice("没有填 app_secret", "填 wechat.app_secret"),
    45009: Advice(
        "这个接口今天的额度用完了",
        "到明天零点（北京时间）不再调用；可以在“微信开发者平台”看用量、申请提高，急用可以手动清零后运行 doctor",
    ),
    45011: Advice("一分钟里调用得太多了", "停一分钟再调用；常出现的话，把 [reminders] 的每分钟条数调小"),
    47003: Advice("模板字段的内容不合要求", "核对 [reminders]、[notices] 里字段的键和公众平台模板的字段是不是一样"),
    48001: Advice("账号没有这个接口的权限", "核对 wechat.account_kind 和账号是否已认证；没有权限的功能会自动换成别的方式"),
    48004: Advice("这个接口被平台封禁了", "登录公众平台看通知，处理后再用"),
    50002: Advice("账号受限，接口被平台停用了", "登录公众平台看违规记录，处理后再用"),
    50004: Advice("账号不能调用接口", "核对账号是不是正常、有没有注销或冻结"),
    50007: Advice("账号已经注销", "换一个账号"),
    89503: Advice("取令牌要管理员确认", "管理员会收到微信通知，请确认；也可以把本机的出口地址加进 IP 白名单"),
    89506: Advice("管理员拒绝了本机调用，24 小时内不能再申请", "把本机的出口地址加进 IP 白名单，或者明天再由管理员确认"),
    89507: Advice("管理员拒绝了本机调用，1 小时内不能再申请", "把本机的出口地址加进 IP 白名单，或者一小时后由管理员确认"),
}


def advice(errcode: int | None) -> Advice | None:
    """What to do about an error; None for one that no operator can do anything about."""
    return None if errcode is None else ADVICE.get(errcode)


class Operators:
    """Tells the operator, who may be asleep: one line an hour for each error, and a count each time."""

    def __init__(self, clock: Clock, counted: Callable[[int], None] = lambda _: None) -> None:
        self._seldom = Seldom(clock, _AGAIN_S)
        self._counted = counted

    def tell(self, path: str, error: ApiError) -> None:
        """Nothing for an error that is none of theirs."""
        found = advice(error.errcode)
        if found is None or error.errcode is None:
            return
        self._counted(error.errcode)
        if (left_out := self._seldom.may(error.errcode)) is not None:
            log.error(
                "wechat_operator",
                errcode=error.errcode,
                path=path,
                rid=error.rid,
                detail=error.errmsg,
                happened=found.happened,
                todo=found.todo,
                **left_out,
            )
