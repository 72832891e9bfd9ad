"""Facts of the platform that nobody has confirmed (marked [G] in wechat.md): each is a setting of the simulator with the likeliest value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rules:
    """What the simulator assumes where wechat.md is not sure. `SimAccount(rules=Rules(…))` or `POST /sim/account {"rules": {…}}` changes it."""

    personal_account_menu: bool = False
    """Whether an uncertified account may make its menu by the API while it has a server (A14)."""
    subscription_account_codes: bool = False
    """Whether a certified 公众号 has parametric QR codes (A14)."""
    subscription_account_oauth: bool = False
    """Whether a certified 公众号 has web authorisation (A14)."""
    sandbox_checks_fields: bool = False
    """Whether a 测试号 checks the values of template messages (A8)."""
    sandbox_followers: int = 100
    """How many may follow a 测试号 (E)."""
    sandbox_clear_only: bool = False
    """Whether a 测试号 takes nothing but the clear mode (E); off, so that an encrypted bot can be tried with one."""
    code_seconds: int = 300
    """How long a code of OAuth is good (A12)."""
    old_code_error: int = 40029
    """What a code is answered that is too old (A12 names no number of its own)."""
    state_bytes: int = 128
    """The longest `state` of OAuth; it is made of letters and digits (A12)."""
    refresh_days: int = 30
    """How long a refresh_token of OAuth is good (A12)."""
    denied_with_state: bool = True
    """Whether a person who refuses is sent back with `state` and without `code`."""
    tags_per_person: int = 20
    """Tags that one follower may carry (A12)."""
    people_per_batch: int = 50
    """Openids of one call that tags or untags (A12)."""
    menu_match: tuple[str, ...] = ("tag_id", "client_platform_type")
    """What a conditional menu may still be chosen by (A9)."""
    pay_messages: int = -1
    """Customer-service messages that a payment allows in 48 hours; -1: any number (A7, older page of 服务号)."""
    hd_voice: bool = True
    """Whether voice messages carry MediaId16K (A3)."""
    retry_keeps_stamp: bool = False
    """Whether a message that is sent again keeps timestamp and nonce of its address (A1, F)."""
    text_bytes: int = 2048
    """The longest text of an answer or a customer-service message, in bytes of UTF-8 (A6: an older page; the current one gives none)."""
    image_bytes: int = 2 << 20
    voice_bytes: int = 2 << 20
    video_bytes: int = 10 << 20
    thumb_bytes: int = 64 << 10
    """The largest files (A11): where pages of the platform contradict each other, the smaller figure."""
    blocked_status: str = "failed:user block"
    failed_status: str = "failed: system failed"
    """What TEMPLATESENDJOBFINISH says of a message that was not delivered (A4)."""
