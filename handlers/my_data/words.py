"""What the workbook of 我的数据 says instead of codes: it is for people. The JSON beside it keeps every value as it is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from dialogs.card_words import STATUS as CARD_STATUS
from dialogs.chapters.orders import STATUS_WORDS as ORDER_STATUS
from dialogs.desk_family import SCOPE_WORDS
from handlers.codes import PURPOSES
from handlers.documents.holdings import Told
from handlers.queries import benefits, pension
from handlers.queries.registration import ON_FILE
from handlers.queries.sheets import insurance_named
from handlers.reminders.figures import CHANNEL_WORDS, OUTCOMES, stage_words
from handlers.reminders.kinds import KINDS
from handlers.watch import ACTIONS, RESULTS, feature_title
from storage.ports.records import KIND_LABELS
from storage.ports.regions import Region

_ROLES: Final = {
    "person": "本人",
    "relative": "亲情（家属）",
    "visitor": "没有登录的人",
    "employer": "单位经办人",
    "system": "系统",
    "staff": "工作人员",
    "bot": "自动答复",
}
_NOTICES: Final = {code: kind.title for code, kind in KINDS.items()}
_YES: Final = {"1": "是", "0": "否", "True": "是", "False": "否"}
_INSURANCES: Final = ("险种",)
_PLACES: Final = frozenset({"参保地", "地区"})
_SWITCHES: Final = frozenset({"是否到账", "是否关注", "是否送达", "他人代办", "收短信", "临时账户"})

_OF_COLUMN: Final[Mapping[str, Mapping[str, str]]] = {
    "性质": {kind.value: label for kind, label in KIND_LABELS.items()},
    "发放方式": pension.PAY_METHODS,
    "可以做的事": SCOPE_WORDS,
    "谁": _ROLES,
    "身份": _ROLES,
    "谁结束的": _ROLES,
    "用途": {**PURPOSES, "captcha": "图片验证"},
    "验证方式": {"sms": "短信验证码", "password": "密码", "card": "社保卡", "counter": "经办窗口"},
    "注册方式": {"card": "社保卡", "phone": "手机号码"},
    "授权方式": {"code": "家人码", "sms": "短信验证码", "staff": "经办窗口"},
}
"""By the head of the column, wherever it stands."""

_OF_CELL: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("social_card", "状态"): CARD_STATUS,
    ("payment_order", "状态"): {status.value: words for status, words in ORDER_STATUS.items()},
    ("notice", "状态"): {**OUTCOMES, "sending": "正在发"},
    ("notice", "渠道"): {channel.value: words for channel, words in CHANNEL_WORDS.items()},
    ("notice", "种类"): _NOTICES,
    ("opt_out", "种类"): _NOTICES,
    ("benefit", "状态"): {"paying": "正常发放", "paused": "暂停发放", "ended": "待遇终止"},
    ("account", "状态"): {"active": "正常", "locked": "已锁定", "closed": "已注销"},
    ("document", "状态"): {"valid": "有效", "replaced": "已被新单据替换", "revoked": "已作废"},
    ("document_check", "方式"): {
        "chat": "公众号里输入号码",
        "page": "网页或扫码",
        "photo": "拍照发到公众号",
        "offline": "不联网的核对",
    },
    ("record_order", "状态"): {"ordered": "已提交", "done": "已做好", "failed": "没有做成"},
    ("verification_code", "状态"): {"open": "没有用", "passed": "核对过", "spent": "用过了", "dead": "作废了"},
    ("sms_message", "种类"): {"code": "验证码", "notice": "提醒"},
    ("sms_message", "状态"): {
        "intended": "正在发",
        "sent": "已发出",
        "not_sent": "没有发",
        "doubtful": "不知道发没发出去",
        "delivered": "已送达",
        "failed": "没送到",
    },
    ("ticket", "种类"): {"p": "页面", "d": "单据", "c": "图片题"},
    ("rating", "对象"): {"case": "业务", "thread": "人工对话"},
    ("rating_request", "对象"): {"case": "业务", "thread": "人工对话"},
    ("pension_payment", "项目"): pension.ITEMS,
    ("injury_payment", "项目"): benefits.ITEMS,
    ("unemployment_benefit", "方式"): benefits.MODES,
    ("maternity_benefit", "类型"): benefits.KINDS,
    ("audit_log", "做了什么"): ACTIONS,
    ("audit_log", "结果"): {code: words for code, (words, _) in RESULTS.items()},
}
"""By table and head of the column."""

_REGISTERED: Final = {cell.key: cell.title for cell in ON_FILE.columns} | {"resident": "城乡居民", "social_no": "社会保障号码"}
_IN_THE_JSON: Final = "内容见“我的数据.json”"


def teller(regions: Mapping[str, Region]) -> Told:
    """(table, head of the column, cell) → the cell as people read it; what has no words of its own stands as it is."""

    def words(table: str, column: str, cell: str) -> str:
        if column in _PLACES and cell in regions:
            return regions[cell].name
        return _told(table, column, cell)

    return words


def _told(table: str, column: str, cell: str) -> str:
    if not cell:
        return ""
    if column in _SWITCHES:
        return _YES.get(cell, cell)
    if column in _INSURANCES:
        return "、".join(insurance_named(code) for code in cell.split(","))
    if (table, column) == ("audit_log", "功能"):
        return feature_title(cell)
    if (table, column) == ("notice", "阶段"):
        return stage_words(cell)
    if cell[0] in "{[":
        return _structured(cell)
    words = _OF_CELL.get((table, column)) or _OF_COLUMN.get(column, {})
    return "、".join(words.get(code, code) for code in cell.split(",")) if words else cell


def _structured(cell: str) -> str:
    """标签：值 for what has labels; a pointer to the other file for what only a program reads."""
    try:
        value = json.loads(cell)
    except ValueError:
        return cell
    pairs = value.items() if isinstance(value, dict) else value if isinstance(value, list) else ()
    labelled = [
        (_REGISTERED.get(pair[0], pair[0]), _plain(pair[1])) for pair in pairs if len(pair) == 2 and isinstance(pair[0], str)
    ]
    named = [(label, said) for label, said in labelled if not label.isascii()]
    if not named:
        return "" if not value else _IN_THE_JSON
    return "；".join(f"{label}：{said}" for label, said in named if said)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, list):
        return "、".join(_plain(one) for one in value)
    return "" if value in (None, 0) else str(value)
