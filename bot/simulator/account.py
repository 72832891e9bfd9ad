"""The official account that the simulator plays the platform for, and the message templates that it owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from bot.simulator.rules import Rules

AccountKind = Literal["service", "subscription", "personal", "sandbox"]
Mode = Literal["clear", "compat", "safe"]
Format = Literal["xml", "json"]
Power = Literal["anything", "menu", "personal menus", "tags", "push", "template", "subscribe", "qrcode", "oauth"]

_CERTIFIED = frozenset[AccountKind]({"service", "subscription", "sandbox"})
_EVERYBODY = _CERTIFIED | frozenset[AccountKind]({"personal"})
_MAY: dict[Power, frozenset[AccountKind]] = {
    "anything": _EVERYBODY,
    "menu": _CERTIFIED,
    "personal menus": _CERTIFIED,
    "tags": _CERTIFIED,
    "push": _CERTIFIED,
    "template": frozenset({"service", "sandbox"}),
    "subscribe": frozenset({"service", "subscription"}),
    "qrcode": frozenset({"service", "sandbox"}),
    "oauth": frozenset({"service", "sandbox"}),
}
"""Who may do what (wechat.md A14); whoever may not is told 48001."""


@dataclass(frozen=True, slots=True)
class SimAccount:
    """One official account. `kind` decides what it may do (wechat.md A14): a certified 服务号, a certified 公众号, a personal one, or a 测试号.

    `mode` and `format` are what the operator chose for pushes: clear, compat or safe; XML or JSON. `previous_encoding_aes_key` is the key
    before the last change, which some pushes still carry while the change spreads. `oauth_domain` is the host that pages may come back to
    after authorisation; empty: the hosts of the bot's pages. `articles` and `cards` are the published articles and cards that customer
    service may send. `rules` are facts that nobody has confirmed.
    """

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    original_id: str = "gh_0000000000a1"
    name: str = "社保服务"
    intro: str = "查缴费、挂失社保卡、认证提醒；单据带校验码，人人可验真伪。"
    kind: AccountKind = "service"
    mode: Mode = "safe"
    format: Format = "xml"
    previous_encoding_aes_key: str = field(default="", repr=False)
    oauth_domain: str = ""
    open_platform: bool = False
    articles: frozenset[str] = frozenset()
    cards: frozenset[str] = frozenset()
    rules: Rules = field(default_factory=Rules)

    def may(self, power: Power) -> bool:
        """Whether an account of this kind may do that."""
        unsure = {
            ("menu", "personal"): self.rules.personal_account_menu,
            ("qrcode", "subscription"): self.rules.subscription_account_codes,
            ("oauth", "subscription"): self.rules.subscription_account_oauth,
        }
        return unsure.get((power, self.kind), self.kind in _MAY[power])

    @property
    def may_push(self) -> bool:
        """Customer-service messages: certified accounts only."""
        return self.may("push")


TemplateKind = Literal["template", "once", "lasting"]
"""A 模板消息, or a 订阅通知: one for each 允许, or for good."""


@dataclass(frozen=True, slots=True)
class SimTemplate:
    """A 类目模板 or a template of 订阅通知 that the account has chosen. `fields` are (typed key, label shown), in the order shown; `options` the values of const/enum keys."""

    template_id: str
    title: str
    fields: tuple[tuple[str, str], ...]
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    kind: TemplateKind = "template"

    @property
    def content(self) -> str:
        """The form in which the platform lists it: one `label:{{key.DATA}}` a line."""
        return "\n".join(f"{label}:{{{{{key}.DATA}}}}" for key, label in self.fields)


DEFAULT_TEMPLATES: tuple[SimTemplate, ...] = (
    SimTemplate(
        "TM_CERT_DUE",
        "待遇资格认证提醒",
        (("thing1", "姓名"), ("thing2", "认证事项"), ("date3", "截止日期"), ("thing4", "办理方式")),
    ),
    SimTemplate(
        "TM_CASE_STEP",
        "业务办理进度通知",
        (("thing1", "业务名称"), ("character_string2", "业务流水号"), ("phrase3", "办理状态"), ("time4", "更新时间")),
    ),
    SimTemplate(
        "TM_CASE_NEWS",
        "业务进展提醒",
        (("thing1", "业务名称"), ("thing2", "最新进展"), ("thing3", "温馨提示")),
    ),
    SimTemplate(
        "TM_DOC_READY",
        "单据生成通知",
        (("thing1", "单据名称"), ("character_string2", "流水号"), ("time3", "生成时间"), ("thing4", "温馨提示")),
    ),
    SimTemplate(
        "TM_CARD_LOSS",
        "社保卡挂失通知",
        (("thing1", "业务名称"), ("character_string2", "卡号"), ("time3", "挂失时间"), ("phrase4", "办理状态")),
    ),
    SimTemplate(
        "SUB_CERT_DUE",
        "资格认证到期提醒",
        (("thing1", "姓名"), ("thing2", "认证事项"), ("date3", "截止日期"), ("thing4", "办理方式")),
        kind="once",
    ),
    SimTemplate(
        "SUB_CERT_LASTING",
        "资格认证办理提醒",
        (("thing1", "姓名"), ("thing2", "认证事项"), ("date3", "截止日期"), ("thing4", "办理方式")),
        kind="lasting",
    ),
)
"""What a demo account starts with. A test or a deployment may hand over others."""

TEMPLATE_LIBRARY: dict[str, SimTemplate] = {
    "43101": SimTemplate("", "预约成功通知", (("thing1", "预约事项"), ("time2", "预约时间"), ("thing3", "预约地点"))),
    "43102": SimTemplate("", "缴费成功通知", (("thing1", "缴费项目"), ("amount2", "缴费金额"), ("time3", "缴费时间"))),
    "43103": SimTemplate("", "审核结果通知", (("thing1", "申请事项"), ("phrase2", "审核结果"), ("time3", "审核时间"))),
}
"""类目模板 that an account may choose by their short number (invented for the simulator)."""
