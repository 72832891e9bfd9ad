"""The platform's own customer service takes a person over, and gives them back (wechat.md A4: kf_create_session, kf_close_session)."""

from __future__ import annotations

from datetime import datetime

from dialogs.messages import Say, Seated
from handlers import outbox
from handlers.aside import paused
from handlers.changed import replace
from handlers.desk import TurnDesk
from handlers.services import Services
from handlers.session import SESSION_LIFE, pack, unpack
from storage.ports.records import Session
from storage.ports.repositories import Repositories


async def seated(tx: Repositories, services: Services, inbound: Seated, now: datetime) -> None:
    """What was under way waits until the person is back, and nobody in the console is asked for any more: they are talked to already.
    Afterwards they are told, where the account may, how to go on with it. Idempotent."""
    user = await tx.users.get(inbound.openid)
    stored = await tx.sessions.load(inbound.openid, now)
    if user is None or stored is None:
        return
    before = unpack(stored.body)
    if not inbound.opened:
        if before.paused:
            text = f"人工服务已结束。“{before.paused[-1].title}”还没办完，回复“继续”接着办。"
            await outbox.push(tx, inbound.openid, (Say(text),), now, must=False, under=user.following)
        return
    desk = await TurnDesk.open(tx, user, services)
    await desk.humans.end_talk()
    talk = paused(replace(before, with_staff="", offers=(), unseen=""))
    if talk != before:
        await tx.sessions.save(Session(inbound.openid, pack(talk), stored.version + 1, now + SESSION_LIFE))
