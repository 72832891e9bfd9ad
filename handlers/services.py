"""What use cases are made of: one record for the process, filled by the composition root."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from handlers.captcha import Captcha
from handlers.links import Links
from handlers.orders.payments import Payments
from handlers.policy import Digest, Policy
from handlers.reminders.wording import Wording
from handlers.verification import Verification
from storage.ports.regions import Region
from storage.ports.repositories import Files
from storage.ports.time import Clock


@dataclass(frozen=True, slots=True)
class Services:
    """What every desk is made of; one for the process."""

    clock: Clock
    regions: Mapping[str, Region]
    links: Links
    verification: Verification
    captcha: Captcha
    policy: Policy
    digest: Digest
    public_url: str
    files: Files
    payments: Payments
    consents: Mapping[str, int] = field(default_factory=dict)
    """Templates of subscription notices that the account has → how many one 允许 allows; -1 for a long-term one."""
    map_url: str = "https://apis.map.qq.com/uri/v1/marker?marker=coord:{lat},{lng};title:{title};addr:{address}&referer=shebao"
    """How a map is opened at a place (GCJ-02, as WeChat's locations are)."""
    sender_numbers: tuple[str, ...] = ()
    """The numbers that our short messages come from, without the extension that a carrier adds; none where they are not known."""
    wording: Wording = field(default_factory=Wording)
    """How short messages of reminders read when the provider sends them."""
    token_keys: Mapping[str, Sequence[Ed25519PublicKey]] = field(default_factory=dict)
    """By which the tokens in QR codes are checked, by the id that they carry (`handlers.documents.tokens.by_id`)."""
    personal_menus: bool = False
    """Whether chats carry tags on the platform by which they get a menu of their own (`handlers.identities`)."""
    sms_signs: frozenset[str] = frozenset({"社保服务"})
    """The signs (签名) that our short messages carry, without 【】."""
