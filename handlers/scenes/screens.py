"""Opening one's pages on a computer: the screen shows a code, the phone scans it and says yes, the screen goes on.

The code belongs to the browser that shows it, by a cookie that never leaves it (S14): whoever photographs the screen gets nothing, and a
browser that did not show the code cannot go on with it. The session is made only then, and handed to that browser alone.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from handlers.links import new_secret
from handlers.policy import HOUR
from handlers.scenes.codes import LOGIN, SHOWN_FOR, NoCode, QrCodes, store
from handlers.services import Services
from storage.ports.record import Record
from storage.ports.records import AuditEntry, Scene, SceneState
from storage.ports.repositories import Conflict, Store

ME: Final = "me"
"""The kind of page that is opened."""


class Screen(Record):
    """What a waiting page shows. `state`: code (scan `url`, or type `word` where there is no url), taken, refused, over, agreed, or busy (too
    many codes until `until`)."""

    state: str
    url: str = ""
    word: str = ""
    until: datetime | None = None


class Screens:
    """Opens its own transactions: the platform is asked between them."""

    def __init__(self, store: Store, services: Services, codes: QrCodes | None) -> None:
        """`codes` is None for an account without parametric codes."""
        self._store = store
        self._services = services
        self._codes = codes

    async def state(self, holder: str) -> Screen:
        """How it stands with the code of that browser; over when it has none. Changes nothing."""
        now = self._services.clock.now()
        async with self._store.reading() as tx:
            scene = await tx.scenes.of_holder(holder, now)
        return _screen(scene)

    async def show(self, holder: str, asker: str, place: str) -> Screen:
        """The code of that browser, a new one if it has none that can be scanned. `place` is what the person is told of the browser."""
        found = await self.state(holder)
        return found if found.state in {"code", "taken", "agreed", "refused"} else await self.renew(holder, asker, place)

    async def renew(self, holder: str, asker: str, place: str) -> Screen:
        """A new code; the browser's earlier one is worth nothing any more."""
        now, policy = self._services.clock.now(), self._services.policy
        async with self._store.transaction() as tx:
            verdicts = [
                await tx.limits.hit("scene.asker", asker, policy.scan_codes_per_asker_hour, HOUR, now),
                await tx.limits.hit("scene.service", "all", policy.scan_codes_per_service_hour, HOUR, now),
            ]
        late = [verdict.retry_at or now + HOUR for verdict in verdicts if not verdict.allowed]
        if late:
            return Screen("busy", until=max(late))
        name, until = new_secret(), now + SHOWN_FOR
        url = await self._address(name)
        params = {"place": place, **({"url": url} if url else {})}
        scene = Scene("", LOGIN, params, now, until)
        async with self._store.transaction() as tx:
            await tx.scenes.drop_of(holder)
            try:
                scene, _ = await store(tx, scene, name, holder, worded=not url)
            except LookupError:
                return Screen("busy", until=now + SHOWN_FOR)
        return _screen(scene)

    async def _address(self, name: str) -> str:
        """What the code holds; '' when there is none, and the word stands in for it."""
        if self._codes is None:
            return ""
        try:
            return await self._codes.address(name, int(SHOWN_FOR.total_seconds()))
        except NoCode:
            return ""

    async def enter(self, holder: str) -> tuple[str, dict[str, str]] | None:
        """For the browser whose code was agreed to, once: the chat and what its page shows. None for every other one, and when the chat speaks
        for nobody any more."""
        now = self._services.clock.now()
        try:
            async with self._store.transaction() as tx:
                scene = await tx.scenes.of_holder(holder, now)
                if scene is None or scene.purpose != LOGIN:
                    return None
                used = await tx.scenes.move(scene.id, SceneState.AGREED, SceneState.USED, now)
                user = await tx.users.get(used.openid) if used else None
                if used is None or user is None or user.person_id is None:
                    return None
                actor = await tx.audit.pseudonym(user.openid)
                subject = await tx.people.identity_hash(user.person_id)
                await tx.audit.write(AuditEntry(now, actor, user.active_role, "screen-open", LOGIN, subject, "ok"))
                return user.openid, {"page": ME, "person": str(user.person_id)}
        except Conflict:
            return None


def _screen(scene: Scene | None) -> Screen:
    if scene is None:
        return Screen("over")
    state = "code" if scene.state is SceneState.NEW else scene.state.value
    return Screen(state, scene.params.get("url", ""), scene.params.get("word", ""), scene.expires_at)
