"""What a message means in this chat now: words that always work, the dialog under way, an open choice, or a new wish."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import assert_never

from dialogs import engine
from dialogs.chapters import DIALOGS
from dialogs.chapters import menu as menus
from dialogs.chapters.humans import SAID_GRADES, thing
from dialogs.chapters.wishes import STOP_WORDS
from dialogs.declare import Wish
from dialogs.engine import Complete, Running, Waiting, preceded
from dialogs.messages import (
    AnyInbound,
    Consented,
    Delivered,
    Filed,
    Filmed,
    Followed,
    Left,
    Linked,
    Located,
    Noticed,
    Pictured,
    Pressed,
    Reply,
    Said,
    Say,
    Scanned,
    Seated,
    Spoken,
    Unknown,
    say,
)
from dialogs.parse import looks_like_identity, no_number, normal, wrong_time
from dialogs.phrases import WORDS_THAT_WORK, hour_and_minute
from handlers.another import another, asks_when, clear, gives_way, preceded_after, takes, which
from handlers.aside import asked_once_more, expired, offered, only_choice, paused, reminded, same_person, still_asked
from handlers.changed import replace
from handlers.desk import TurnDesk
from handlers.drawn import nothing_of
from handlers.family.around import refused, told
from handlers.family.kin import lent, of_theirs
from handlers.family.standing import NotGranted
from handlers.follow_up import follow_up, named_offer, to_change, word_of_a_card
from handlers.guides.asked import beside, named_guide
from handlers.lacking import carried, lacks
from handlers.menus import here, menu_of
from handlers.photographed import photographed
from handlers.places import place_said, settled_at
from handlers.policy import TooMuch
from handlers.runner import Outcome, Runner
from handlers.second_wish import promised, with_later
from handlers.session import ANSWERED, Offer, Talk, asks_a_secret, chosen, remembered
from handlers.staff_talk import ASKED_FOR, handed_over, leaves_nothing, to_staff
from handlers.tapped import NOT_SEEN, agrees, answers, declines, is_yes_or_no, over, question, said_by
from handlers.understanding import Understanding, Understood
from handlers.understood import asks_about_kin, direct_wish, said_in, wish_for
from handlers.understood.deciding import SURE_ENOUGH, Decision, decide, wish_in
from handlers.unworded import again, of_kind, passed_on, place_of, placed
from storage.ports.regions import Region
from storage.ports.time import Clock

HOTLINE = "12333"
_NOT_YOURS = "为了保护隐私，这里只能查您本人的记录，不能查家人的。家人授权以后，可以帮着查："
_MARK = re.compile(r"(?:评价|打分|评分)[:：]?\s*([1-5])?(?:[,，。、\s]*(.{1,200}))?", re.DOTALL)


def _for_employers(region: Region | None) -> str:
    """Where an employer does what is not done here, also what a manual only names."""
    there = region.texts.get("employers") if region else None
    return there or f"请单位经办人到参保地社保经办机构办理，或拨打 {region.hotline if region else HOTLINE} 问一问。"


class Talker:
    """Decides one turn. Holds nothing of a chat: everything comes in with `Talk` and goes out with it."""

    def __init__(self, clock: Clock, regions: Mapping[str, Region], understanding: Understanding) -> None:
        self._clock = clock
        self._regions = regions
        self._understanding = understanding
        self._runner = Runner(clock, regions, self._wished, self._human)
        self._always: dict[str, Callable[[TurnDesk, Talk], Awaitable[Outcome]]] = {
            **dict.fromkeys(("取消", "不办了", "算了"), self._cancel),
            **dict.fromkeys(("返回", "上一步", "改上一步"), self._back),
            **dict.fromkeys(("菜单", "主菜单", "首页"), self._menu),
            **dict.fromkeys(("帮助", "怎么用", "help", "?"), self._help),
            **dict.fromkeys(ASKED_FOR, self._human),
            **dict.fromkeys(("退出", "退出登录"), self._quit),
            **dict.fromkeys(
                ("更多服务", "更多功能", "其他服务", "全部服务"),
                lambda desk, talk: self._runner.start(desk, talk, Wish("more_menu")),
            ),
            **dict.fromkeys(STOP_WORDS, lambda desk, talk: self._runner.start(desk, talk, Wish("stop_reminders"))),
        }
        self._of_staff: dict[str, Callable[[TurnDesk, Talk], Awaitable[Outcome]]] = dict.fromkeys(
            ("结束人工", "结束", "返回自助", "退出人工", "不等了"), self._end_talk
        )

    async def turn(self, desk: TurnDesk, talk: Talk, inbound: AnyInbound) -> Outcome:
        """The reply to one message, and what the chat remembers from now on."""
        talk, note = expired(talk, self._clock.now())
        hidden, spoke_for = asks_a_secret(talk), desk.user.person_id
        try:
            reply, talk = await self._inbound(desk, talk, inbound)
        except TooMuch as ceiling:
            when = hour_and_minute(ceiling.retry_at, self._clock.now())
            reply, talk = say(f"今天{ceiling.what}的次数太多了，请 {when} 以后再来。"), replace(talk, running=None)
        except NotGranted as refusal:
            talk = replace(talk, running=None, after_log_in=None, instead=None, offers=())
            reply, talk = offered(talk, *await refused(desk, refusal))
        reply = await told(desk, reply)
        if spoke_for is not None and desk.user.person_id != spoke_for:
            talk = talk.forgotten()
        if talk.running is not None or talk.card or talk.last:
            talk = replace(talk, touched_at=self._clock.now())
        if isinstance(inbound, Said):
            talk = remembered(talk, "***" if hidden else inbound.text, reply.first.text if isinstance(reply.first, Say) else "")
        return (preceded(note, reply) if note and reply.first else reply), talk

    async def _inbound(self, desk: TurnDesk, talk: Talk, inbound: AnyInbound) -> Outcome:
        # What a number means is what stood in the last answer: choices that are not shown again are over.
        before, offers, talk = talk, talk.offers, replace(talk, offers=(), unseen="")
        match inbound:
            case Said():
                if (words := said_by(before, inbound)) is None:
                    return await self._asked_again(desk, before, over(inbound))
                if before.unseen and before.unseen == question(before) and answers(words):
                    return await self._asked_again(desk, before, NOT_SEEN)
                return await self._words(desk, talk, words, offers)
            case Spoken(recognition=words):
                if words.strip():
                    return await self._words(desk, talk, words.strip().rstrip("。"), offers)
                return say("我还听不清语音，麻烦您打字告诉我，或点输入框里的语音转文字。"), talk
            case Pressed(menu_key=key):
                return await self._pressed(desk, talk, key)
            case Scanned(text=text, by_menu=by_menu):
                if not by_menu and (wish := await desk.scenes.wish_of(text)):
                    return await self._runner.start(desk, talk, wish)
                if pair := desk.read_pair(text):
                    return await self._runner.start(desk, talk, Wish("verify", {"serial": pair[0], "code": pair[1]}))
                if "://" in text:
                    return say("这不是权益单上的二维码。请扫单据右上角的二维码，或发流水号和校验码给我。"), talk
                return await self._greet(desk, talk)
            case Followed(scene=scene):
                if wish := await desk.scenes.wish_of(scene):
                    return await self._runner.start(desk, talk, wish)
                return await self._greet(desk, talk)
            case Located():
                place = placed(inbound, self._clock)
                if again(talk, place):
                    return Reply(), replace(before, placed=None)
                return await self._runner.start(desk, replace(talk, placed=place), place_of(inbound))
            case Pictured() | Linked():
                found = await photographed(desk) if isinstance(inbound, Pictured) else passed_on(desk, inbound)
                if isinstance(found, Wish):
                    return await self._runner.start(desk, talk, found)
                return (found.reply, talk) if talk.running else await self._runner.settle(desk, talk, Complete(found))
            case Filmed() | Filed() | Unknown():
                return say(of_kind(talk, inbound)), before  # what was open stays so: this was none of it
            case Left() | Delivered() | Consented() | Noticed() | Seated():
                return Reply(), talk
            case _:
                assert_never(inbound)

    async def _asked_again(self, desk: TurnDesk, talk: Talk, sentence: str) -> Outcome:
        """What is asked now, once more, after a sentence; nothing is answered."""
        running, talk = talk.running, replace(talk, unseen="")
        if running and not (talk.instead or talk.with_staff) and running.dialog in DIALOGS and same_person(running, desk):
            return await self._runner.settle(desk, talk, await self._runner.go_on(desk, running, engine.again), before=sentence)
        return still_asked(talk, sentence)

    # ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _words(self, desk: TurnDesk, talk: Talk, text: str, offers: tuple[Offer, ...]) -> Outcome:
        said = text.strip()
        plain = said if no_number(said) else normal(said).rstrip("。！!.~～")
        in_dialog = talk.with_staff == ANSWERED and talk.running is not None and plain not in self._of_staff
        if talk.with_staff and not in_dialog:
            if plain in self._of_staff or leaves_nothing(talk, plain):
                return await self._end_talk(desk, talk)
            if outcome := await to_staff(desk, talk, said):
                return outcome
            talk = replace(talk, with_staff="")
        if plain in self._always:
            return await self._always[plain](desk, talk)
        mark = _MARK.fullmatch(plain)
        if talk.running is not None and not (mark and mark[1] and (talk.running.dialog != "rate" or not mark[2])):
            return await self._in_dialog(desk, talk, said)
        if plain in {"继续", "接着办", "继续办", "重发"} and talk.paused:
            return await self._runner.resume(desk, talk)
        if plain == "0":
            return await self._menu(desk, talk)
        if offer := chosen(offers, plain):
            return await self._runner.start(desk, talk, offer.wish)
        if mark:
            return await self._rate(desk, talk, grade=mark[1] or "", words=mark[2] or "")
        if plain in SAID_GRADES and await desk.humans.to_rate():
            return await self._rate(desk, talk, grade=SAID_GRADES[plain])
        if offers and ((plain.isdecimal() and len(plain) <= 2) or no_number(said)):
            numbered = tuple((str(n), offer.label) for n, offer in enumerate(offers, 1))
            none = "" if no_number(said) else f"没有第 {int(plain)} 项，"
            last = f" 到 {len(offers)}" if len(offers) > 1 else ""
            return say(f"{none}请回复 1{last}：", *numbered), replace(talk, offers=offers)
        if offer := only_choice(talk, offers, said) or named_offer(offers, said) or named_offer(talk.card, said):
            return await self._runner.start(desk, talk, offer.wish)
        if again := asked_once_more(talk, offers, said):
            return again
        if changes := to_change(talk, said):
            return offered(talk, "想换哪一个？", changes)
        follows = follow_up(talk, said, self._clock.now().date())
        if isinstance(follows, Wish):
            return await self._runner.start(desk, talk, follows)
        return (follows, talk) if follows else await self._wished(desk, talk, said)

    async def _rate(self, desk: TurnDesk, talk: Talk, **said: str) -> Outcome:
        """评价: what was asked for last is what is meant, from here to the end of the dialog."""
        wanted = await desk.humans.to_rate()
        said = {name: text for name, text in {"thing": thing(*wanted) if wanted else "", **said}.items() if text}
        if talk.running is not None and talk.running.answers.get("thing") == said.get("thing", ""):
            talk = replace(talk, running=None)  # said anew about the same thing
        return await self._runner.start(desk, talk, Wish("rate", said))

    async def _in_dialog(self, desk: TurnDesk, talk: Talk, said: str) -> Outcome:
        if (running := talk.running) is None:
            return await self._wished(desk, talk, said)
        if (asked := talk.instead) is not None:
            plain = said if no_number(said) else normal(said)
            if plain in {"1", "先办这个"} or agrees(plain):
                return await self._runner.start(desk, talk, asked)
            talk = replace(talk, instead=None)
            if plain in {"2", "继续", "接着办"} or declines(plain):
                return await self._runner.settle(desk, talk, await self._runner.go_on(desk, running, engine.again))
        if running.dialog not in DIALOGS or not same_person(running, desk):
            return await self._wished(desk, replace(talk, running=None), said)
        if takes(running, said, self._clock.now().date()) and (wish := self._another(desk, running, said)):
            if gives_way(running):
                return await self._wished(desk, replace(talk, running=None, after_log_in=None), said)
            return which(talk, wish, running)
        turn = await self._runner.hear(desk, running, said)
        if isinstance(turn, Waiting) and not turn.understood:
            return await self._not_an_answer(desk, talk, turn, said)
        return await self._runner.settle(desk, replace(talk, misses=0), turn)

    async def _not_an_answer(self, desk: TurnDesk, talk: Talk, turn: Waiting, said: str) -> Outcome:
        """Words that do not answer the question: another wish, or the sentence that says what to type."""
        talk, free = replace(talk, running=turn.state, misses=talk.misses + 1), gives_way(turn.state)
        if free and (shown := word_of_a_card(talk, said)):
            return await self._runner.start(desk, replace(talk, running=None), shown)
        other = self._understand(desk, said)
        wish = direct_wish(said) or (wish_for(other, desk.region) if clear(other, said, SURE_ENOUGH) else None)
        if wish is None and other.question and other.action in {"smalltalk", "guide", "refuse"} and not is_yes_or_no(said):
            return preceded(other.question, turn.reply), replace(talk, misses=0)
        if free and (asks_about_kin(said) or (wish and wish.dialog != turn.state.dialog)):
            return await self._wished(desk, replace(talk, running=None, after_log_in=None), said)
        if wish and wish.dialog != turn.state.dialog:
            return which(talk, wish, turn.state)
        if talk.misses >= 2:
            return preceded_after(turn.reply, WORDS_THAT_WORK), talk
        return turn.reply, talk

    def _another(self, desk: TurnDesk, running: Running, said: str) -> Wish | None:
        return another(running, said, self._understand(desk, said), direct_wish(said) or self._wish_in(desk, said))

    async def _wished(self, desk: TurnDesk, talk: Talk, said: str, slots: Wish | None = None) -> Outcome:
        """Begin what a sentence asks for; `slots` carries what was said before it (a question of ours came between)."""
        if looks_like_identity(said):
            return say(
                "请不要在聊天里发完整的身份证号或银行卡号，这条我没有保存。登录只需要预留手机号和身份证后四位，回复“登录”开始。"
            ), talk
        if place := place_said(said, self._regions):
            return await settled_at(desk, talk, place)
        decision = self._decide(desk, said)
        if two := decision.two:
            reply, talk = await self._runner.start(desk, replace(talk, later=two[1]), two[0])
            waits = talk.running is not None or talk.offers
            return (promised(reply, talk), talk) if waits else with_later(reply, talk)
        if not decision.direct and desk.relative is None and asks_about_kin(said):
            if (theirs := await lent(desk, said)) and (wish := self._decide(desk, theirs).wish):
                return of_theirs(desk, *await self._runner.start(desk, talk, wish))
            helped = await desk.family.helped()
            ways = (("我帮的人", Wish("helped")), ("我要帮家人", Wish("relative_ask")))
            return offered(talk, _NOT_YOURS, ways if helped else ways[1:])
        if wish := decision.wish:
            wish = carried(wish, slots) if slots and wish.dialog in DIALOGS else wish
            if decision.direct and "period" not in wish.said and asks_when(wish):
                wish = Wish(wish.dialog, {**said_in(decision.found.slots), **wish.said})
            why = wrong_time(said, self._clock.now().date()) if "period" not in wish.said and asks_when(wish) else ""
            reply, talk = await self._runner.start(desk, talk, wish)
            return (preceded(why, reply) if why else reply), talk
        found = decision.found
        if found.action == "unknown" and not found.question and (wish := await named_guide(desk.guides, said)):
            return await self._runner.start(desk, talk, wish)
        if found.name == "employer":
            text = f"{found.question or f'“{found.title}”由单位办理。'}\n{_for_employers(desk.region)}"
            offers = beside(desk.regions, found.features, said)
            return offered(talk, text, offers) if offers else (say(text), talk)
        return await self._not_run(desk, talk, found, slots)

    def _decide(self, desk: TurnDesk, said: str) -> Decision:
        return decide(said, lambda words: self._understand(desk, words), desk.region, self._regions)

    def _wish_in(self, desk: TurnDesk, said: str) -> Wish | None:
        return wish_in(self._understand(desk, said), said, desk.region, self._regions)

    def _understand(self, desk: TurnDesk, said: str) -> Understood:
        region = desk.region
        return self._understanding.understand(
            said, role="person", region=region.code if region else None, today=self._clock.now().date()
        )

    async def _clarified(self, desk: TurnDesk, talk: Talk, found: Understood, slots: Wish | None) -> Outcome:
        """One short question, without what the region lacks, and with what was said already kept for the answer."""
        if found.name == "打印":
            return await self._runner.menu_within(desk, talk, "print_menu")
        said = {**(slots.said if slots else {}), **said_in(found.slots)}
        offers = tuple((option.label, Wish("words", {**said, "text": option.text})) for option in found.options)
        had = [offer for offer in offers if not await nothing_of(desk, self._wish_in(desk, offer[1].said["text"]))]
        if len(had) == 1 and len(offers) > 1:  # the others the person never had
            return await self._runner.start(desk, talk, had[0][1])
        gone = [offer for offer in offers if (wish := self._wish_in(desk, offer[1].said["text"])) and lacks(wish, desk.region)]
        if not gone or desk.region is None or found.name == "maybe":
            return offered(talk, found.question or "您想办哪一件？", offers)
        if len(gone) == len(offers):
            what = "、".join(label.removeprefix("查") for label, _ in gone)
            return say(desk.region.missing.format(what=what)), talk
        here = tuple(offer for offer in offers if offer not in gone)
        if len(here) > 1:
            return offered(talk, found.question or "您想办哪一件？", here)
        reply, talk = await self._runner.start(desk, talk, here[0][1])
        what, verb = "、".join(label.removeprefix("查") for label, _ in gone), "查" if gone[0][0].startswith("查") else "办"
        told = f"{desk.region.name}的“{what}”这里还{verb}不了，请拨打{desk.region.hotline}问一问。"
        return preceded(f"{told}\n“{here[0][0]}”可以看：", reply), talk

    async def _not_run(self, desk: TurnDesk, talk: Talk, found: Understood, slots: Wish | None = None) -> Outcome:
        hotline = desk.region.hotline if desk.region else HOTLINE
        match found.action:
            case "clarify":
                return await self._clarified(desk, talk, found, slots)
            case "run" | "guide" if not found.question:
                return menus.not_yet(found.title, hotline), talk
            case "refuse":
                return say(found.question or f"“{found.title}”这里办不了。个人业务可以回复“菜单”。"), talk
            case "human":
                return await self._human(desk, talk)
            case "smalltalk" if not found.question:
                return offered(talk, found.question or "您好！您可以直接说要办的事，也可以回复数字：", await menu_of(desk))
            case _ if found.question:
                return say(found.question), talk
            case _:
                few = here(menus.FIRST, desk.region)[: menus.FEW]
                return offered(talk, f"没太明白您的意思。您可以换个说法，拨打 {hotline}，或者从这里选：", few)

    # ── words that always work ──────────────────────────────────────────────────────────────────────────────────────

    async def _cancel(self, desk: TurnDesk, talk: Talk) -> Outcome:
        if talk.running is None:
            return say("现在没有正在办的事。回复“菜单”可以看能办什么。"), replace(talk, offers=())
        title = DIALOGS[talk.running.dialog].title
        talk = replace(talk, running=None, instead=None, after_log_in=None, misses=0)
        return reminded(*with_later(say(f"好的，“{title}”已取消，没有办理任何事情。"), talk))

    async def _quit(self, desk: TurnDesk, talk: Talk) -> Outcome:
        if talk.running is not None:
            return await self._cancel(desk, talk)
        return await self._runner.start(desk, talk, Wish("log_out"))

    async def _back(self, desk: TurnDesk, talk: Talk) -> Outcome:
        if talk.running is None:
            return await self._menu(desk, talk)
        return await self._runner.settle(
            desk, replace(talk, instead=None), await self._runner.go_on(desk, talk.running, engine.back)
        )

    async def _menu(self, desk: TurnDesk, talk: Talk) -> Outcome:
        talk = paused(talk)
        return offered(talk, "您想办哪一件？回复数字就行，也可以直接说。", await menu_of(desk))

    async def _help(self, desk: TurnDesk, talk: Talk) -> Outcome:
        if talk.running is not None and (dialog := DIALOGS.get(talk.running.dialog)):
            text = "\n".join(part for part in (dialog.help, WORDS_THAT_WORK) if part)
            turn = await self._runner.go_on(desk, talk.running, engine.again)
            reply, talk = await self._runner.settle(desk, talk, turn)
            return preceded(text, reply), talk
        return offered(talk, f"直接告诉我要办的事就行，例如“查去年的养老缴费”。{WORDS_THAT_WORK}", await menu_of(desk))

    async def _human(self, desk: TurnDesk, talk: Talk) -> Outcome:
        if desk.region is None:
            offers = tuple((region.name, Wish("human", {"region": region.code})) for region in self._regions.values())
            return offered(paused(talk), "好的。您在哪里参保？我帮您转到那里的工作人员。", offers)
        topic = DIALOGS[talk.running.dialog].title if talk.running and talk.running.dialog in DIALOGS else ""
        return await handed_over(desk, talk, topic, self._clock.now(), desk.region.hotline)

    async def _end_talk(self, desk: TurnDesk, talk: Talk) -> Outcome:
        await desk.humans.end_talk()
        if talk.running is not None and talk.running.dialog in DIALOGS:
            turn = await self._runner.go_on(desk, talk.running, engine.again)
            return await self._runner.settle(
                desk, replace(talk, with_staff=""), turn, before="好的，人工服务已结束。我们接着办。"
            )
        return offered(
            replace(talk, with_staff=""), "好的，人工服务已结束。我继续为您服务，您可以直接说要办的事：", await menu_of(desk)
        )

    # ── events ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _greet(self, desk: TurnDesk, talk: Talk) -> Outcome:
        return offered(talk, menus.greeting(), await menu_of(desk))

    async def _pressed(self, desk: TurnDesk, talk: Talk, key: str) -> Outcome:
        talk = paused(talk)
        if wish := menus.PRESSED.get(key):
            return await self._runner.start(desk, talk, wish)
        return await self._menu(desk, talk)
