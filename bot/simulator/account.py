"""The official account that the simulator plays the platform for, and the message templates that it owns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

AccountKind = Literal["service", "subscription", "personal"]


@dataclass(frozen=True, slots=True)
class SimAccount:
    """One official account. `kind` decides what it may do (wechat.md A14): a certified 服务号, a certified 公众号, or a personal one."""

    app_id: str
    app_secret: str = field(repr=False)
    token: str = field(repr=False)
    encoding_aes_key: str = field(repr=False)
    original_id: str = "gh_0000000000a1"
    name: str = "社保服务"
    intro: str = "查缴费、挂失社保卡、认证提醒；单据带校验码，人人可验真伪。"
    kind: AccountKind = "service"

    @property
    def may_push(self) -> bool:
        """Customer-service messages: certified accounts only."""
        return self.kind != "personal"

    @property
    def may_template(self) -> bool:
        """Template messages: certified 服务号 only."""
        return self.kind == "service"

    @property
    def may_subscribe(self) -> bool:
        """Subscription notices: certified accounts only."""
        return self.kind != "personal"


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
