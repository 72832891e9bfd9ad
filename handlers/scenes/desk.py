"""Codes that were scanned, for one turn: which conversation they begin, and what their answers do."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from dialogs.declare import Wish
from dialogs.desk import BindOutcome
from dialogs.desk_scenes import Waiting
from dialogs.masks import masked_name
from handlers.cards.holds import HOLD
from handlers.codes import notice, queue_sms
from handlers.links import looks_secret
from handlers.policy import DAY
from handlers.scenes.codes import BIND, LOGIN, OUTLET, taken
from handlers.scenes.screens import ME
from storage.ports.records import Person, Scene, SceneState
from storage.ports.regions import Outlet, Region

if TYPE_CHECKING:
    from handlers.desk import TurnDesk

_BEGINS: Final = {LOGIN: "open_screen", BIND: "bind_by_code"}


class SceneDesk:
    """Implements `dialogs.desk_scenes.ScenesDesk`."""

    def __init__(self, desk: TurnDesk) -> None:
        self._desk = desk

    async def wish_of(self, text: str) -> Wish | None:
        """What a scene of the account's own codes asks for; None for what is none of ours."""
        if text.startswith(OUTLET):
            return Wish("outlet_here", {"outlet": text.removeprefix(OUTLET)}) if self.outlet(text.removeprefix(OUTLET)) else None
        if not looks_secret(text):
            return None
        scene = await taken(self._desk.tx, self._desk.user.openid, self._desk.now, name=text)
        return Wish(_BEGINS[scene.purpose], {"scene": scene.id}) if scene is not None else Wish("code_over")

    async def by_word(self, word: str) -> str:
        scene = await taken(self._desk.tx, self._desk.user.openid, self._desk.now, word=word)
        return scene.id if scene is not None and scene.purpose == LOGIN else ""

    async def screen(self, scene_id: str) -> Waiting | None:
        scene = await self._mine(scene_id, LOGIN)
        return Waiting(scene.params.get("place", ""), scene.created_at) if scene else None

    async def open_screen(self, scene_id: str) -> bool:
        desk, person = self._desk, self._desk.mine()
        scene = await self._mine(scene_id, LOGIN)
        moved = scene and await desk.tx.scenes.move(scene.id, SceneState.TAKEN, SceneState.AGREED, desk.now)
        await desk.audit("screen-agree", LOGIN, "ok" if moved else "empty", person)
        return bool(moved)

    async def refuse(self, scene_id: str) -> None:
        desk = self._desk
        if scene := await self._mine(scene_id, LOGIN):
            await desk.tx.scenes.move(scene.id, SceneState.TAKEN, SceneState.REFUSED, desk.now)
            await desk.audit("screen-agree", LOGIN, "denied", desk.person)

    async def binds(self, scene_id: str) -> bool:
        return await self._mine(scene_id, BIND) is not None

    async def bind(self, scene_id: str, last_four: str, consent: str) -> BindOutcome:
        desk = self._desk
        scene = await self._mine(scene_id, BIND)
        person = await desk.tx.people.get(int(scene.params["person"])) if scene else None
        if scene is None or person is None or person.person_status == "死亡" or person.death_date is not None:
            return BindOutcome(None, expired=True)
        tries = desk.services.policy.second_proof_tries
        verdicts = [
            await desk.tx.limits.hit("second-proof.person", str(person.id), tries, DAY, desk.now),
            await desk.tx.limits.hit("second-proof.chat", desk.user.openid, tries, DAY, desk.now),
        ]
        right = hmac.compare_digest(person.id_no[-4:].encode(), last_four.encode())
        if not (right and all(verdict.allowed for verdict in verdicts)):
            await desk.audit("bind", "BJQ-L-02", "denied", person)
            left = tries - max(verdict.used for verdict in verdicts) if all(one.allowed for one in verdicts) else 0
            if left <= 0:  # a code that somebody found must not be tried again tomorrow
                await desk.tx.scenes.move(scene.id, SceneState.TAKEN, SceneState.REFUSED, desk.now)
            return BindOutcome(None, left=max(0, left))
        if await desk.tx.scenes.move(scene.id, SceneState.TAKEN, SceneState.USED, desk.now) is None:
            return BindOutcome(None, expired=True)
        await desk.tx.limits.clear("second-proof.person", str(person.id))
        await desk.tx.limits.clear("second-proof.chat", desk.user.openid)
        await self._tell_phone(person)
        # No phone of the person's has proved it: what is sensitive waits (S16), as after a card's numbers alone.
        await desk.admit(person, scene.params["way"], consent, "BJQ-L-02", desk.now + HOLD)
        return BindOutcome(person)

    async def _tell_phone(self, person: Person) -> None:
        """By SMS, so that a binding at the counter is never made behind somebody's back; where another chat is bound, `admit` does it."""
        desk = self._desk
        if not person.phone or any(one.openid != desk.user.openid for one in await desk.tx.users.chats_of(person.id)):
            return
        hotline = desk.region_of(person.region).hotline
        text = f"{masked_name(person.name)} 的社保账户刚刚扫窗口给的码，绑定了一个微信。不是您本人办的，请立即拨打 {hotline}。"
        name = masked_name(person.name)
        sms = notice(person.phone, text, name=name, what="社保账户绑定了一个微信", when=desk.now, hotline=hotline)
        await queue_sms(desk.tx, sms, desk.now)

    async def page(self) -> str:
        desk, person = self._desk, self._desk.mine()
        return await desk.services.links.page(desk.tx, desk.user.openid, {"page": ME, "person": str(person.id)})

    @property
    def screen_address(self) -> str:
        return f"{self._desk.services.public_url.rstrip('/')}/scan"

    def outlet(self, code: str) -> tuple[Region, Outlet] | None:
        regions = self._desk.services.regions.values()
        return next(((region, one) for region in regions for one in region.outlets if code and one.code == code), None)

    async def _mine(self, scene_id: str, purpose: str) -> Scene | None:
        """A code that this chat took and has not answered."""
        scene = await self._desk.tx.scenes.get(scene_id, self._desk.now)
        if scene is None or scene.purpose != purpose or scene.state is not SceneState.TAKEN:
            return None
        return scene if hmac.compare_digest(scene.openid, self._desk.user.openid) else None
