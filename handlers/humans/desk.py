"""The part of the desk that leads to people."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from dialogs.desk_family import scopes_said
from dialogs.desk_humans import HandedOver, Near
from dialogs.masks import masked_name
from handlers.asking import Asking
from handlers.humans.hours import hours_text, next_there, there
from handlers.humans.marks import give_mark
from storage.geo import nearest
from storage.ports.records import Rating, Thread, ThreadLine
from storage.ports.regions import Region

CLOSED, LEFT, WAITING = "closed", "left", "waiting"
SOMEBODY_ELSE = "已换人，对话结束"
"""What the staff read where a chat went on to speak for somebody else."""

MOST_LINES = 500
"""A talk that grows beyond this takes no more of the person's words: nobody reads them."""


class HumanDesk:
    """Implements `dialogs.desk_humans.HumansDesk`."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def _where(self) -> Region:
        asking = self._asking
        return asking.region or next(iter(asking.services.regions.values()))

    async def hand_over(self, topic: str, so_far: tuple[tuple[str, str], ...]) -> HandedOver:
        asking = self._asking
        region, now = self._where(), asking.now
        rules = region.human
        hours = hours_text(rules)
        if rules.channel == "phone":
            return HandedOver("phone", hours=hours)
        here = there(rules, now)
        if rules.channel == "wechat" and here:
            return HandedOver("wechat", hours=hours)
        person = self._person_id()
        state = WAITING if here else LEFT
        if asking.person is not None and asking.standing is not None and (grant := asking.standing.grant) is not None:
            about = f"对方是 {masked_name(asking.person.name)} 的亲情（{grant.label}），只授权了：{scopes_said(grant.scopes)}。"
            so_far = (*so_far, ("bot", about))
        lines = tuple(ThreadLine(0, 0, now, who, text) for who, text in so_far)
        await self.talk()  # another person's ends, so that this one's can begin
        thread = await asking.tx.threads.open(Thread(0, asking.user.openid, person, region.code, state, topic, now), lines)
        if thread.state == LEFT and here:
            thread = await asking.tx.threads.save(replace(thread, state=WAITING))
        if not here and thread.state == LEFT:
            return HandedOver("message", opens_at=next_there(rules, now), hours=hours)
        return HandedOver("console", place=await self._place(thread), hours=hours)

    async def talk(self) -> Thread | None:
        asking = self._asking
        thread = await asking.tx.threads.of_chat(asking.user.openid)
        person = self._person_id()
        if thread is None or thread.person_id == person:
            return thread
        if thread.person_id is None and self._own() and asking.region is not None and asking.region.code == thread.region:
            return await asking.tx.threads.save(replace(thread, person_id=person))  # the visitor has said who they are
        await asking.tx.threads.say(ThreadLine(0, thread.id, asking.now, "bot", SOMEBODY_ELSE))
        await asking.tx.threads.save(replace(thread, state=CLOSED, closed_at=asking.now))
        return None

    def _person_id(self) -> int | None:
        """Whose talk it is. A relative who may not act is nobody to the staff: they must not read the person's cases to them."""
        asking = self._asking
        return asking.person.id if asking.person and asking.standing and asking.standing.may("act") else None

    def _own(self) -> bool:
        return self._asking.standing is not None and self._asking.standing.grant is None

    async def say(self, text: str) -> Thread | None:
        thread = await self.talk()
        if thread is None:
            return None
        held = await self._asking.tx.threads.lines(thread.id)
        if len(held) < MOST_LINES:
            await self._asking.tx.threads.say(ThreadLine(0, thread.id, self._asking.now, "person", text))
        return thread

    async def end_talk(self) -> Thread | None:
        thread = await self.talk()
        if thread is None:
            return None
        return await self._asking.tx.threads.save(replace(thread, state=CLOSED, closed_at=self._asking.now))

    async def place(self) -> int:
        thread = await self.talk()
        return await self._place(thread) if thread else 0

    async def _place(self, thread: Thread) -> int:
        return await self._asking.tx.threads.place(thread) if thread.state == WAITING else 0

    async def to_rate(self) -> tuple[str, str, str] | None:
        wanted = await self._asking.tx.ratings.wanted(self._asking.user.openid)
        return (wanted.kind, wanted.ref, wanted.title) if wanted else None

    async def rate(self, kind: str, ref: str, grade: int, words: str) -> Rating | None:
        return await give_mark(self._asking.tx, self._asking.services, self._asking.user.openid, (kind, ref), grade, words)

    async def outlets(self, latitude: float, longitude: float, at_most: int = 3) -> tuple[Near, ...]:
        regions = [self._asking.region] if self._asking.region else list(self._asking.services.regions.values())
        known = [outlet for region in regions if region for outlet in region.outlets]
        return tuple(
            Near(
                outlet,
                metres,
                self._asking.services.map_url.format(
                    lat=outlet.latitude, lng=outlet.longitude, title=quote(outlet.name), address=quote(outlet.address)
                ),
            )
            for outlet, metres in nearest(known, latitude, longitude, at_most)
        )
