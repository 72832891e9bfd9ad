"""The simulator itself: one account, its followers, its menu, and the way of every message between them and the bot."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from bot.simulator import faults, gestures
from bot.simulator.account import DEFAULT_TEMPLATES, SimAccount, SimTemplate
from bot.simulator.carriers import Carriers
from bot.simulator.cashier import Cashier, Transaction
from bot.simulator.envelope import page_signature
from bot.simulator.errors import ApiError
from bot.simulator.faults import ApiFaults, PayFaults, PushFaults, ReceiptFaults
from bot.simulator.gestures import Gesture, Ground
from bot.simulator.log import Log
from bot.simulator.menu_book import MenuBook
from bot.simulator.merchant import SimMerchant
from bot.simulator.notices import Notifier
from bot.simulator.oauth import OAuthOffice
from bot.simulator.push import Delivery, Pusher
from bot.simulator.quota import DailyUse
from bot.simulator.replies import Replies
from bot.simulator.reporter import Reporter
from bot.simulator.tags import TagBook
from bot.simulator.tokens import LIFE, TokenOffice
from bot.simulator.whereabouts import Whereabouts
from bot.simulator.world import Entry, Phone, World
from storage.ports.time import Clock

FAILURE_NOTICE = "该公众号暂时无法提供服务，请稍后再试"
_TEMPLATE_SEND = "message/template/send"
People = Callable[[], Awaitable[list[dict[str, Any]]]]


@dataclass(frozen=True, slots=True)
class Scene:
    """A parametric QR code: what it holds, and until when (None: for ever)."""

    ticket: str
    url: str
    key: str
    until: datetime | None


class Simulator:
    """Plays the platform for one account. Make one, hand it to `create_app` or `start`; everything is in memory and starts empty.

    `target_url` is the bot's `/wechat`. `people` supplies the demo people to play. `move_clock` sets the common clock (None: it cannot be
    moved). `page_origins` are further origins whose pages may open in the phone. `try_seconds` is the platform's patience (5.0). Without a
    `merchant` there is no WeChat Pay, without `carriers` no SMS cloud. `gateway_replies` hears what people answer to short messages that
    came by `POST /sim/sms`. `signed_by` is the clock by which requests are signed, where the bot does not follow the simulator's: a bot refuses
    what was not signed just now, wherever the simulator's clock was moved to.
    """

    def __init__(
        self,
        clock: Clock,
        account: SimAccount,
        target_url: str,
        people: People | None = None,
        move_clock: Callable[[datetime], object] | None = None,
        *,
        templates: Iterable[SimTemplate] = DEFAULT_TEMPLATES,
        page_origins: Iterable[str] = (),
        try_seconds: float = 5.0,
        merchant: SimMerchant | None = None,
        carriers: Carriers | None = None,
        gateway_replies: str = "",
        signed_by: Clock | None = None,
    ) -> None:
        self.clock = clock
        self.account = account
        self.target_url = target_url
        self.base_url = ""
        self.log = Log(clock)
        self.world = World(clock, self.log)
        self.tokens = TokenOffice(clock, account)
        self.templates = {one.template_id: one for one in templates}
        self.menus = MenuBook()
        self.tags = TagBook()
        self.oauth = OAuthOffice(clock)
        self.callback_ips: tuple[str, ...] = ()
        self.scenes: dict[str, Scene] = {}
        self.quota_clears: dict[str, int] = {}
        self.receipt_faults = ReceiptFaults()
        self.used = DailyUse()
        self.used_minute = DailyUse("minute")
        self._further_origins = tuple(page_origins)
        self.page_origins = _origins(target_url, self._further_origins)
        self.whereabouts = Whereabouts(self)
        self.move_clock = move_clock
        self.cashier = Cashier(clock, merchant, account.app_id) if merchant else None
        self._notifier = Notifier(clock, self.cashier) if self.cashier else None
        self.carriers = carriers
        self.reporter = Reporter(clock, carriers)
        self.replies = Replies(clock, carriers, gateway_replies)
        self.closing = asyncio.Event()
        self._people = people
        self._pusher = Pusher(clock, account, self.world, target_url, try_seconds, self.log, signed_by)
        self._message_ids = count(int(clock.now().timestamp()) * 10**9 + secrets.randbelow(10**6) * 1000)
        self._jsapi: tuple[str, datetime] | None = None
        self._api_faults: tuple[ApiFaults, ...] = ()
        self._background: set[asyncio.Task[None]] = set()

    # ── life ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def open(self) -> None:
        """Make ready; `create_app` does this."""
        await self._pusher.open()
        await self.reporter.open()
        await self.replies.open()
        if self._notifier is not None:
            await self._notifier.open()

    async def close(self) -> None:
        """End what runs, hang up on listeners; `create_app` does this."""
        self.hang_up()
        self.whereabouts.forget()
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._pusher.close()
        await self.reporter.close()
        await self.replies.close()
        if self._notifier is not None:
            await self._notifier.close()

    def hang_up(self) -> None:
        """Answer nobody any more who still waits."""
        self.closing.set()
        self.world.hang_up()

    async def idle(self) -> None:
        """Return once nothing is under way in the background (events that an API call has caused)."""
        while self._background:
            await asyncio.gather(*self._background, return_exceptions=True)

    def reset(self) -> None:
        """Forget phones, chats, short messages, media and faults. Menu, templates, tokens, QR codes, payments and the clock stay."""
        self.world.forget()
        self.log.add("reset")
        self.whereabouts.forget()
        self._pusher.faults = PushFaults()
        self.api_faults = ()
        self.receipt_faults = ReceiptFaults()
        self.used.clear()
        self.used_minute.clear()
        self.oauth.forget()
        if self.cashier is not None:
            self.cashier.faults = PayFaults()
        if self.carriers is not None:
            self.carriers.forget()

    @property
    def api_faults(self) -> tuple[ApiFaults, ...]:
        """The faults of the API side, in the order in which they are looked at."""
        return self._api_faults

    @api_faults.setter
    def api_faults(self, ordered: ApiFaults | tuple[ApiFaults, ...]) -> None:
        self._api_faults = ordered if isinstance(ordered, tuple) else (ordered,)
        for one in self._api_faults:
            one.since = self.clock.now()
        self.log.add("faults", whole={"faults": {"api": [faults.told(one) for one in self._api_faults] or {}}})
        if any(one.expire_tokens for one in self._api_faults):
            self.tokens.expire_all()

    @property
    def push_faults(self) -> PushFaults:
        """The faults of the push side, with what is left of them."""
        return self._pusher.faults

    def set_push_faults(self, ordered: PushFaults) -> None:
        """Replace the faults of the push side."""
        self._pusher.faults = ordered
        self.log.add("faults", whole={"faults": {"push": faults.told(ordered)}})

    async def people(self) -> list[dict[str, Any]]:
        """The demo people to play; empty when nobody supplies them."""
        return await self._people() if self._people else []

    async def verify(self, account: SimAccount | None = None, target_url: str = "") -> str:
        """Check the bot's address as the platform does on saving, with what is about to be saved. Returns what is wrong, or nothing."""
        return await self._pusher.verify(account, target_url)

    def configure(self, account: SimAccount, target_url: str) -> None:
        """From now on this account, whose bot is there; `bot.simulator.configuration` checks it first."""
        self.account, self.target_url = account, target_url
        self.page_origins = _origins(target_url, self._further_origins)
        self._pusher.configure(account, target_url)

    # ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────

    async def send(self, openid: str, msg: Any) -> dict[str, Any]:
        """Do what `msg` says on the phone of `openid` and wait for the outcome: the answer of `POST /sim/send`. Raises BadMessage.

        What one gesture brings after itself (the picture that follows a button for photos) is done too; `steps` then tells of each.
        """
        phone = self.world.phone(openid)
        if isinstance(msg, dict) and msg.get("type") in {"enter", "leave"}:
            return await self.whereabouts.change(phone, msg)
        gesture = self._scene_of(phone, msg) or gestures.read(msg, self._ground(phone))
        line = self.log.add("send", whole={"openid": openid, "msg": msg, "status": "", "replies": [], "entries": []})
        before = phone.entries[-1].number if phone.entries else 0
        done = [await self.perform(phone, one) for one in (gesture, *gesture.then)]
        seen = [one for one in phone.entries if one.number > before and one.side != "me"]
        outcome: dict[str, Any] = done[0]
        if len(done) > 1:
            tries, spent = (sum(one[name] for one in done) for name in ("tries", "elapsed_ms"))
            outcome = done[-1] | {"tries": tries, "elapsed_ms": spent, "steps": done}
        outcome["replies"] = [one.reply() for one in seen]
        line |= {"status": outcome["status"], "replies": outcome["replies"], "entries": [one.number for one in seen]}
        return outcome

    async def perform(self, phone: Phone, gesture: Gesture) -> dict[str, Any]:
        """One gesture, to its end: `status`, `tries`, `elapsed_ms`, and what else is worth telling."""
        if refused := self._refused(phone, gesture):
            return {"status": "failed", "tries": 0, "elapsed_ms": 0, "reason": refused}
        if gesture.mine:
            self.world.add(phone, gesture.mine, side="me")
        if gesture.shows is not None:
            self.show(phone, gesture.shows)
            return {"status": "answered", "tries": 0, "elapsed_ms": 0}
        if gesture.grants:
            phone.allowances.grant(gesture.grants, self.clock.now())
        phone.last_exchange = self.clock.now()
        times = 2 if self.push_faults.take("twice") else 1
        deliveries = await asyncio.gather(*(self._deliver(phone, gesture) for _ in range(times)))
        for one in deliveries:
            self._show(phone, gesture, one)
        delivery = deliveries[0]
        outcome = {"status": delivery.status, "tries": delivery.tries, "elapsed_ms": delivery.elapsed_ms}
        told: dict[str, Any] = {
            "reason": delivery.reason,
            "attempts": list(delivery.attempts),
            "duplicates": list(delivery.duplicates),
            "twice": [one.status for one in deliveries[1:]],
        }
        return outcome | {name: value for name, value in told.items() if value}

    async def answer_sms(self, number: str, text: str) -> dict[str, Any]:
        """Somebody answers a short message: `heard` by whom ('' when nobody listens), and whether they have it already (else they are told
        again in the background)."""
        self.world.text_message(number, text, mine=True)
        done, body, cloud, url = await self.replies.tell(number, text)
        if not done and url:
            self.spawn(self.replies.insist(cloud, url, body))
        return {"heard": cloud, "acknowledged": done}

    async def told_of_payment(self, paid: Transaction) -> None:
        """Send the notice of what was just paid; one that is late, or not acknowledged at once, goes on in the background."""
        notifier, cashier = self._notifier, self.cashier
        if notifier is None or cashier is None:
            return
        if self.account.kind == "service":
            self.world.phone(paid.openid).allowances.grant("pay", self.clock.now(), self.account.rules.pay_messages)

        async def tell() -> None:
            if not await notifier.tell(paid):
                self.spawn(notifier.insist(paid))

        if cashier.faults.late_s > 0:
            self.spawn(tell())
        else:
            await tell()

    def report(self, phone: Phone, event: str, fields: dict[str, Any]) -> None:
        """Push an event that the platform itself causes, in the background; its answer is shown to nobody."""

        async def push() -> None:
            await self.tell_event(phone, event, fields)

        self.spawn(push())

    async def tell_event(self, phone: Phone, event: str, fields: dict[str, Any]) -> str:
        """Push an event that the platform itself causes, and wait for what becomes of it: answered, empty, failed."""
        gesture = Gesture({"MsgType": "event", "Event": event} | fields, is_event=True)
        return (await self._deliver(phone, gesture)).status

    async def receipt(self, phone: Phone, event: str, fields: dict[str, Any]) -> None:
        """Tell what became of a message, with what was ordered by `POST /sim/faults`; usually some time after this returns."""
        wanted = self.receipt_faults
        if wanted.take("lost"):
            return
        times = 2 if wanted.take("duplicate") else 1
        late = wanted.late_s

        async def tell() -> None:
            await self.clock.sleep(late)
            for _ in range(times):
                await self.tell_event(phone, event, fields)

        if wanted.take("early"):
            await tell()
        else:
            self.spawn(tell())

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run in the background until done or until the simulator closes."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def next_message_id(self) -> int:
        """A fresh 64-bit id that only grows."""
        return next(self._message_ids)

    def quota_today(self, path: str, a_day: int) -> int:
        """How often that address may be called today: as the table says, or less on order. 0 where it is not counted."""
        ordered = [one.quota for one in self._api_faults if one.quota >= 0 and (one.path or _TEMPLATE_SEND) in path]
        return min([*ordered, *([a_day] if a_day else [])], default=0)

    def check_quota(self, path: str, a_day: int = 0, a_minute: int = 0) -> None:
        """Raise ApiError 45009 when today's quota of that address is used up, 45011 when this minute's is (wechat.md A13)."""
        now = self.clock.now()
        limited = bool(a_day) or any(one.quota >= 0 and (one.path or _TEMPLATE_SEND) in path for one in self._api_faults)
        if limited and self.used.used(path, now) >= self.quota_today(path, a_day):
            raise ApiError(45009)
        if a_minute and self.used_minute.used(path, now) >= a_minute:
            raise ApiError(45011)

    # ── menus ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def menu(self) -> dict[str, Any] | None:
        """The default menu."""
        return self.menus.default

    def menu_of(self, phone: Phone) -> dict[str, Any] | None:
        """What this person sees: a conditional menu, or the default one."""
        return self.menus.shown_to(phone)[0]

    def tell_menus(self) -> None:
        """Every phone that is looked at learns what its menu is now: the default one first, then whoever sees another."""
        self.world.tell("menu", menu=self.menus.default)
        for phone in self.world.phones.values():
            shown = self.menu_of(phone)
            if shown is not self.menus.default:
                self.world.tell("menu", openid=phone.openid, menu=shown)

    def signs(self, url: str, stamp: str, nonce: str, signature: str) -> bool:
        """Whether a page at `url` was signed with the ticket that is good now."""
        right = page_signature(self.jsapi_ticket()["ticket"], nonce, stamp, url)
        return hmac.compare_digest(right.encode(), signature.encode())

    def jsapi_ticket(self) -> dict[str, Any]:
        """The ticket for page signatures: the same for two hours."""
        now = self.clock.now()
        if self._jsapi is None or self._jsapi[1] <= now:
            self._jsapi = (secrets.token_urlsafe(60), now + LIFE)
        return {"ticket": self._jsapi[0], "expires_in": int((self._jsapi[1] - now).total_seconds())}

    def _refused(self, phone: Phone, gesture: Gesture) -> str:
        """Note following and leaving. Why this phone may not write to the account; empty when it may."""
        if gesture.event == "subscribe":
            limit = self.account.rules.sandbox_followers
            if self.account.kind == "sandbox" and not phone.followed and sum(one.followed for one in self._everyone) >= limit:
                return f"a test account has {limit} followers at most"
            phone.followed, phone.followed_at = True, self.clock.now()
            phone.scene = str(gesture.fields.get("EventKey", "")).removeprefix("qrscene_")
            self.world.tell("phone", openid=phone.openid)
            return ""
        if not phone.followed:
            return "the phone does not follow the account"
        if gesture.event == "unsubscribe":
            phone.followed = False
            phone.visible_from = phone.entries[-1].number + 1 if phone.entries else 0
            phone.allowances.clear()
            phone.consents.clear()
            phone.tags.clear()
            self.world.tell("phone", openid=phone.openid)
        return ""

    async def _deliver(self, phone: Phone, gesture: Gesture) -> Delivery:
        common: dict[str, Any] = {
            "ToUserName": self.account.original_id,
            "FromUserName": phone.openid,
            "CreateTime": int(self.clock.now().timestamp()),
        }
        identity = {} if gesture.is_event else {"MsgId": self.next_message_id()}
        return await self._pusher.deliver(phone, common | gesture.fields | identity, is_event=gesture.is_event)

    def _show(self, phone: Phone, gesture: Gesture, delivery: Delivery) -> None:
        if gesture.event == "unsubscribe":
            return
        if delivery.status == "failed":
            notice = {"channel": "passive", "type": "text", "text": FAILURE_NOTICE, "system": True}
            self.world.add(phone, notice, side="notice")
        elif delivery.status == "answered":
            self.show(phone, delivery.body)

    def show(self, phone: Phone, body: dict[str, Any]) -> Entry:
        """Put a message of the account on the phone's screen."""
        if phone.typing:
            phone.typing = False
            self.world.tell("typing", openid=phone.openid, on=False)
        return self.world.add(phone, body, side="notice" if body.get("type") == "transfer" else "account")

    def _scene_of(self, phone: Phone, msg: Any) -> Gesture | None:
        """A scan of one of the account's own QR codes: it follows, or tells the scene (wechat.md A10)."""
        if not isinstance(msg, dict) or msg.get("type") != "scan":
            return None
        scene = self.scenes.get(str(msg.get("text", "")))
        if scene is None or (scene.until and self.clock.now() >= scene.until):
            return None
        event = "SCAN" if phone.followed else "subscribe"
        told = {"type": "event", "event": event, "key": scene.key, "ticket": scene.ticket}
        return gestures.read(told, self._ground(phone))

    def _ground(self, phone: Phone) -> Ground:
        """What this phone shows and whose it is. A scan is reported under the key of its menu's scan button."""
        shown, menu_id = self.menus.shown_to(phone)
        flat = [leaf for top in (shown or {"button": []})["button"] for leaf in (top.get("sub_button") or [top])]
        scan_key = next((str(leaf["key"]) for leaf in flat if leaf.get("type") == "scancode_waitmsg"), "SCAN")
        number = menu_id if self.menus.conditional else 0
        return Ground(self.world, self.base_url, phone.openid, scan_key, shown, number, self.account.rules)

    @property
    def _everyone(self) -> list[Phone]:
        return list(self.world.phones.values())


def _origins(target_url: str, further: Iterable[str]) -> tuple[str, ...]:
    """Where the bot's pages live: its own address, under both names of the loopback, and what was named."""
    found: dict[str, None] = {}
    for address in (target_url, *further):
        parts = urlsplit(address)
        if not parts.scheme or not parts.netloc:
            continue
        found[f"{parts.scheme}://{parts.netloc}"] = None
        if parts.hostname in {"127.0.0.1", "localhost"}:
            port = f":{parts.port}" if parts.port else ""
            found |= {f"{parts.scheme}://{name}{port}": None for name in ("127.0.0.1", "localhost")}
    return tuple(found)
