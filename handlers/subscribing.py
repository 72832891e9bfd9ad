"""订阅通知: what a chat has allowed the account to send (wechat.md A4, A8), and the page on which it allows more."""

from __future__ import annotations

from dialogs.messages import Consented
from handlers.asking import Asking
from handlers.services import Services
from storage.ports.repositories import Repositories

SUBSCRIBE_PAGE = "subscribe"
"""`page` of a link that opens it."""


async def subscription_link(asking: Asking) -> str:
    """The address of a new one-time page with the button 允许提醒; '' where the account has no template of that kind."""
    services = asking.services
    if not services.consents:
        return ""
    return await services.links.page(asking.tx, asking.user.openid, {"page": SUBSCRIBE_PAGE})


async def note_consents(tx: Repositories, services: Services, told: Consented) -> None:
    """Count what was allowed, forget what was turned off. Templates that are none of ours are passed over. Not idempotent: the caller
    sees to it that the same event is noted once."""
    for template_id in told.accepted:
        if allows := services.consents.get(template_id):
            await tx.wishes.consented(told.openid, template_id, allows)
    for template_id in told.withdrawn:
        if template_id in services.consents:
            await tx.wishes.withdrawn(told.openid, template_id)
