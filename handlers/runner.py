"""What a chat does with dialogs: begins one after what it needs, goes on with it, takes it up again, and ends it."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping

from dialogs import engine
from dialogs.chapters import DIALOGS
from dialogs.chapters import menu as menus
from dialogs.declare import Dialog, Scene, Wish
from dialogs.engine import Cancelled, Complete, Running, Turn, Waiting, preceded
from dialogs.messages import Reply, Say, say
from handlers.aside import logged_in, offered, paused, reminded, same_person
from handlers.changed import replace
from handlers.desk import TurnDesk
from handlers.drawn import meant
from handlers.family.around import for_family
from handlers.follow_up import kept_guide, remembered_query
from handlers.guides.asked import instead
from handlers.lacking import by_its_name, carried, lacking
from handlers.menus import account_menu, asked_where, for_residents, here
from handlers.second_wish import with_later
from handlers.session import Talk
from storage.ports.regions import Region
from storage.ports.time import Clock

Outcome = tuple[Reply, Talk]


class Runner:
    """Runs the dialogs of a chat, and holds nothing of it. A wish may turn out to be words to understand or a wish for a person: `wished` and
    `human` take those."""

    def __init__(
        self,
        clock: Clock,
        regions: Mapping[str, Region],
        wished: Callable[[TurnDesk, Talk, str, Wish], Awaitable[Outcome]],
        human: Callable[[TurnDesk, Talk], Awaitable[Outcome]],
    ) -> None:
        self._clock = clock
        self._regions = regions
        self._wished = wished
        self._human = human

    async def start(self, desk: TurnDesk, talk: Talk, wish: Wish) -> Outcome:
        """Begin what was wished, after what it needs: a region, a log-in."""
        talk = replace(paused(talk), instead=None, misses=0, offers=())
        wish = await meant(desk, await for_family(desk, wish))
        if wish.dialog == "words":
            return await self._wished(desk, talk, wish.said["text"], wish)
        if wish.dialog == "human":
            if code := wish.said.get("region"):
                await desk.choose_region(code)
            return await self._human(desk, talk)
        if wish.dialog == "account":
            if desk.person is None:
                return await self.start(desk, talk, Wish("log_in"))
            return offered(talk, *account_menu(desk.person, relative=desk.relative is not None))
        if wish.dialog in menus.MENUS:
            return await self.menu_within(desk, talk, wish.dialog)
        dialog = DIALOGS[wish.dialog]
        desk.must(dialog.needs)
        if code := wish.said.get("region"):
            await desk.choose_region(code)
        if dialog.needs_region and desk.region is None:
            offers = tuple(
                (region.name, Wish(wish.dialog, {**wish.said, "region": region.code})) for region in self._regions.values()
            )
            return offered(talk, asked_where(dialog), offers)
        if dialog.who == "person" and desk.person is None and dialog.offered_in(desk.region if dialog.needs_region else None):
            talk = replace(talk, after_log_in=wish)
            turn = await self._begin(desk, DIALOGS["log_in"], {})
            return await self.settle(desk, talk, turn, before=f"“{dialog.title}”要先登录。")
        if dialog.elsewhere and desk.region and not dialog.offered_in(desk.region):
            asked = wish.said.get("asked", "")
            if dialog.counterpart and (other := dialog.counterpart(desk.region)):
                told = lacking(desk.region, dialog, asked, other)
                reply, talk = await self.start(desk, talk, carried(other, wish))
                return (preceded(told, reply) if told else reply), talk
            ended = by_its_name(instead(dialog, desk.region, desk.regions), dialog, asked)
            return await self.settle(desk, talk, Complete(ended))
        return await self.settle(desk, talk, await self._begin(desk, dialog, wish.said))

    async def menu_within(self, desk: TurnDesk, talk: Talk, name: str) -> Outcome:
        """A menu below the main one, as far as the region has it; its only entry is begun at once."""
        text, entries = menus.MENUS[name]
        region, found = desk.region, for_residents(here(entries, desk.region), resident=await desk.accounts.resident())
        if region is not None and not found:
            return menus.not_here(entries, region.missing), talk
        if len(found) == 1:  # nothing to choose
            return await self.start(desk, talk, found[0][1])
        return offered(talk, text, found)

    async def resume(self, desk: TurnDesk, talk: Talk) -> Outcome:
        """Go on with the dialog that was paused last; there is one."""
        *earlier, last = talk.paused
        talk = replace(talk, paused=tuple(earlier), misses=0)
        if last.running.dialog not in DIALOGS or not same_person(last.running, desk):
            return say(f"“{last.title}”是为另一位办的，不能接着办了。需要的话请重新说一遍。"), talk
        turn = await self.go_on(desk, last.running, engine.again)
        return await self.settle(desk, talk, turn, before=f"接着办“{last.title}”。")

    async def _begin(self, desk: TurnDesk, dialog: Dialog, said: Mapping[str, str]) -> Turn:
        key = secrets.token_urlsafe(12)
        caught = {name: text for name, text in said.items() if name != "region"}
        person = desk.person.id if desk.person and dialog.who == "person" else None
        return await engine.begin(dialog, key, self._scene(desk, dialog, key), caught, person)

    async def hear(self, desk: TurnDesk, running: Running, said: str) -> Turn:
        """What the machine makes of words said in a dialog under way."""
        dialog = DIALOGS[running.dialog]
        return await engine.hear(dialog, running, self._scene(desk, dialog, running.key), said)

    async def go_on(
        self, desk: TurnDesk, running: Running, act: Callable[[Dialog, Running, engine.SceneFor], Awaitable[Turn]]
    ) -> Turn:
        """What the machine makes of a dialog under way by one of its acts: `engine.again`, `engine.back`."""
        dialog = DIALOGS[running.dialog]
        return await act(dialog, running, self._scene(desk, dialog, running.key))

    def _scene(self, desk: TurnDesk, dialog: Dialog, key: str) -> engine.SceneFor:
        now = self._clock.now()
        desk.must(dialog.needs)  # what was granted when it was begun may be over
        desk.doing = (dialog.title, key)
        return lambda running: Scene(desk, now, running.key, running.answers, running.memo)

    def _named(self, desk: TurnDesk, state: Running | None, reply: Reply) -> Reply:
        """What was found for a person says whose it is, in a chat that is used for several."""
        personal = state is not None and DIALOGS[state.dialog].who == "person"
        if not (personal and desk.whose and isinstance(reply.first, Say)) or desk.whose in reply.first.text.partition("\n")[0]:
            return reply
        return replace(reply, first=replace(reply.first, text=f"【{desk.whose}】{reply.first.text}"))

    async def settle(self, desk: TurnDesk, talk: Talk, turn: Turn, before: str = "") -> Outcome:
        """What is said and remembered after a turn of the machine, `before` first; a log-in goes on with what was wished before it."""
        match turn:
            case Waiting(state, reply, _):
                return (preceded(before, reply) if before else reply), replace(talk, running=state, offers=())
            case Cancelled(reply):
                talk = replace(talk, running=None, after_log_in=None, misses=0)
                return reminded(*with_later(reply, talk))
            case Complete(ended, state):
                last, links = remembered_query(talk, state, ended.reply)
                guide, page = kept_guide(talk, state, ended.reply)
                talk = logged_in(talk) if state is not None and state.dialog == "log_in" else talk
                talk = replace(talk, running=None, misses=0, last=last, links=links, kept=last or talk.kept)
                talk = replace(talk, guide=guide, guide_page=page)
                if (wish := talk.after_log_in) and desk.person is not None:
                    reply, talk = await self.start(desk, replace(talk, after_log_in=None), wish)
                    welcome = ended.reply.first.text.partition("\n")[0] if isinstance(ended.reply.first, Say) else ""
                    return preceded(welcome, reply) if welcome else reply, talk
                talk = replace(talk, after_log_in=None)
                reply = self._named(desk, state, ended.reply)
                if ended.offers and isinstance(reply.first, Say):
                    numbered = tuple((str(n), label) for n, (label, _) in enumerate(ended.offers, 1))
                    reply = replace(reply, first=replace(reply.first, choices=numbered))
                return reminded(*with_later(reply, talk.with_offers(ended.offers)))
