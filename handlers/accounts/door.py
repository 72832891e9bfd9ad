"""What the pages of an account do: log in, and the two stages of a password that was forgotten. Registration and changes are beside it.

Every refusal of a log-in reads the same and costs the same work: an unknown name, a wrong password, a locked account. A try is counted
before it is judged. Nothing here binds a chat: a right password gives six digits, which whoever has the chat sends there. So a link that
was made for another chat and opened by its victim lets nobody in (S14).
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from dialogs.desk import CodeSent
from dialogs.masks import masked_name
from dialogs.parse import Invalid
from dialogs.parse import phone as read_phone
from dialogs.parse.numbers import sms_code
from dialogs.phrases import day, hour_and_minute
from handlers.accounts.lockout import Lockout
from handlers.accounts.passwords import unfit
from handlers.accounts.words import REFUSED
from handlers.codes import Codes
from handlers.family.telling import tell_person
from handlers.secrecy import Hasher, tidy
from handlers.services import Services
from storage.identity import check, normalise
from storage.ports.record import Record, field
from storage.ports.records import Account, AuditEntry, CodeRequest, CodeState, Person, Ticket
from storage.ports.repositories import Repositories, Store

DIGITS_LIFE: Final = timedelta(minutes=5)
CAPTCHA: Final = "answer"
"""The field of a form in which the captcha is answered."""
_DIGITS: Final = "account-digits"
_AT_MOST: Final = 2
"""A phone may be a couple's. Each log-in works out so many passwords, whoever is meant, so that its time tells nothing."""

Fields = Mapping[str, str]


class Outcome(Record):
    """What the page shows next: `wrong` (field → sentence, '' for the whole form) with what was typed, or the stage after this one."""

    wrong: Fields = field(default_factory=dict)
    stage: Fields = field(default_factory=dict)


def digits_token(request: str) -> str:
    """Under which the outcome of a log-in on a page is kept for the chat that began it."""
    return f"account-login|{request}"


def read_id_no(text: str) -> str:
    """证件号码 as it is stored; raises Invalid. Other documents than the identity card are taken as they are."""
    plain = normalise(text)
    if len(plain) == 18 and (problem := check(plain)):
        raise Invalid(f"{problem}。")
    if not (5 <= len(plain) <= 20 and plain.isascii() and plain.isalnum()):
        raise Invalid("请填身份证号码，18 位，最后是 X 就填 X。")
    return plain


class AccountDoor:
    """Opens its own transactions: a password is worked out between them. `hasher` is the one that staff have."""

    def __init__(self, store: Store, services: Services, hasher: Hasher) -> None:
        self.store = store
        self.services = services
        self.hasher = hasher
        tries = services.policy.password_tries
        self.by_who = Lockout("account.who", tries)
        self.by_chat = Lockout("account.chat", tries * 2)
        self.by_numbers = Lockout("account.numbers", tries)

    # ── log in (BJQ-L-01, BZ-04) ────────────────────────────────────────────────────────────────────────────────────

    async def log_in(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """`who` is a 用户名, phone or 证件号码, with `password`. Right: stage `digits`, or `renew` when the password was a given one."""
        now, who = self.services.clock.now(), normalise(typed.get("who", ""))
        needed = (("who", who, "请填用户名、手机号或身份证号。"), ("password", typed.get("password"), "请填密码。"))
        if wrong := {name: sentence for name, said, sentence in needed if not said}:
            return Outcome(wrong)
        async with self.store.transaction() as tx:
            found = await self._accounts(tx, params["region"], who)
            subjects = {f"person:{account.person_id}" for account, _ in found} or {f"who:{who.casefold()}"}
            free = all([await self.by_chat.take(tx, openid, now), *[await self.by_who.take(tx, one, now) for one in subjects]])
        padded = [*(account.password_hash for account, _ in found), *[""] * _AT_MOST][:_AT_MOST]
        fits = [await self.hasher.fits(stored, tidy(typed["password"])) for stored in padded]
        right = [pair for pair, fit in zip(found, fits, strict=False) if fit]
        async with self.store.transaction() as tx:
            if free and len(right) == 1 and await self._still(tx, right[0][0]):
                return await self._logged_in(tx, openid, params, right[0], subjects)
            for one in subjects:
                await self.by_who.failed(tx, one, now)
            await self.by_chat.failed(tx, openid, now)
            for _, person in found[:1]:
                await self.audit(tx, openid, "account-sign-in", "BJQ-L-01", "denied", person)
        if free and len(right) > 1:
            return Outcome({"who": "这个手机号登记了不止一个人，请改填身份证号。"})
        return Outcome({"": REFUSED if free else f"{REFUSED}\n输错的次数多了要等一等：先等 15 分钟，再错就更久。"})

    async def _logged_in(
        self, tx: Repositories, openid: str, params: Fields, found: tuple[Account, Person], subjects: set[str]
    ) -> Outcome:
        """Forgiven are the wrong tries at the account whose password it was. Those of whoever shares the phone, and those of the chat, stay as
        they were before this one: else an account of one's own would be enough to go on guessing for ever."""
        (account, person), now = found, self.services.clock.now()
        mine = f"person:{person.id}"
        await self.by_who.forget(tx, mine)
        for one in subjects - {mine}:
            await self.by_who.give_back(tx, one, now)
        await self.by_chat.give_back(tx, openid, now)
        if account.must_change:
            return Outcome(stage={**params, "stage": "renew", "person": str(person.id), "was": account.password_hash})
        return await self.digits(tx, openid, params, person)

    async def digits(self, tx: Repositories, openid: str, params: Fields, person: Person) -> Outcome:
        """Six digits for the chat that began this, kept as their keyed hash for five minutes."""
        now, digits = self.services.clock.now(), f"{secrets.randbelow(1_000_000):06d}"
        token = digits_token(params["request"])
        kept = {"person": str(person.id), "digits": self.hashed(params["request"], openid, digits)}
        await tx.tickets.drop(token)
        await tx.tickets.add(token, Ticket(_DIGITS, openid, kept, now, now + DIGITS_LIFE))
        await tx.limits.clear("account.digits", params["request"])
        return Outcome(stage={**params, "stage": "digits", "digits": digits, "name": masked_name(person.name)})

    def hashed(self, request: str, openid: str, digits: str) -> str:
        """As the digits are kept."""
        return self.services.digest(f"{request}|{openid}|{digits}", "account-login")

    async def _still(self, tx: Repositories, account: Account) -> bool:
        """The password is still that one: nobody changed it while it was worked out."""
        now = await tx.accounts.of_person(account.person_id)
        return now is not None and hmac.compare_digest(now.password_hash, account.password_hash) and now.status == "active"

    async def _accounts(self, tx: Repositories, region: str, who: str) -> list[tuple[Account, Person]]:
        """Living people of the region with an account to which that name fits, at most two. The same number of look-ups for every name."""
        by_name = await tx.accounts.by_username(region, who)
        named = await tx.people.get(by_name.person_id if by_name else 0)
        people = [*await tx.people.by_id_no(who.upper(), region), *await tx.people.by_phone(who), *([named] if named else [])]
        here = {one.id: one for one in people if one.region == region and one.person_status != "死亡"}
        found: list[tuple[Account, Person]] = []
        for person_id in [*here, *[0] * _AT_MOST][: max(_AT_MOST, len(here))]:
            account = await tx.accounts.of_person(person_id)
            if account is not None and account.status == "active":
                found.append((account, here[person_id]))
        return found[:_AT_MOST]

    async def renew(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """A new password in the place of one that was given: then the log-in goes on."""
        person = await self.person(params)
        problem = self.problem(typed, *own_of(person))
        if problem or person is None:
            return Outcome(problem or {"": REFUSED})
        made = await self.hasher.made(tidy(typed["new"]))
        now = self.services.clock.now()
        async with self.store.transaction() as tx:
            account = await tx.accounts.of_person(person.id)
            if account is None or not hmac.compare_digest(account.password_hash, params["was"]):
                return Outcome({"": "密码刚才已经改过了。请回公众号重新登录。"})
            await tx.accounts.set_password(account.id, made, now, must_change=False)
            await self.audit(tx, openid, "password-change", "BZ-05", "ok", person)
            return await self.digits(tx, openid, params, person)

    # ── a password that was forgotten (BZ-03) ───────────────────────────────────────────────────────────────────────

    async def forgot(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """A code goes to the reserved phone and to no other; the same answer and the same work for every input."""
        wrong: dict[str, str] = {}
        id_no, phone = read(wrong, "id_no", typed, read_id_no), read(wrong, "phone", typed, read_phone)
        if wrong:
            return Outcome(wrong)
        async with self.store.transaction() as tx:
            person = await self.living(tx, params["region"], id_no)
            matched = person is not None and person.phone == phone
            sent = await self.codes(tx, openid).send("reset_password", phone, wanted=matched)
            return self.sent(sent, {**params, "id_no": id_no}, "reset", person if matched else None, phone)

    async def reset(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """The code with the new password. All that a wrong code costs is counted as everywhere."""
        person = await self.person(params)
        problem = self.problem(typed, params["id_no"], params["phone"])
        digits = read(problem, "code", typed, sms_code)
        problem = problem or dict(await self.code(openid, params, digits, "reset_password", person))
        if problem or person is None:
            return Outcome(problem)
        made = await self.hasher.made(tidy(typed["new"]))
        now = self.services.clock.now()
        async with self.store.transaction() as tx:
            if not await self.spent(tx, openid, params, "reset_password", person):
                return Outcome({"code": "验证码已经用过或过期了，请重新发送。"})
            account = await tx.accounts.of_person(person.id)
            if account is None:
                return Outcome(
                    stage={**params, "stage": "done", "said": "您还没有注册过密码账号，不用重置。回公众号用手机验证码登录就行。"}
                )
            await tx.accounts.set_password(account.id, made, now, must_change=False)
            await self.by_who.forget(tx, f"person:{person.id}")
            await self.audit(tx, openid, "password-reset", "BZ-03", "ok", person)
            await self.tell(tx, person, "社保账号的密码刚刚重新设置了", "重置社保账号密码", but=openid)
        return Outcome(stage={**params, "stage": "done", "said": "新密码设好了。回公众号回复“用密码登录”，或者直接说要办的事。"})

    # ── what the others share ───────────────────────────────────────────────────────────────────────────────────────

    def codes(self, tx: Repositories, openid: str) -> Codes:
        """One-time codes of that chat."""
        services = self.services
        return Codes(tx, openid, services.clock.now(), services.policy, services.digest, services.captcha)

    def sent(self, sent: CodeSent, params: Fields, stage: str, person: Person | None, phone: str) -> Outcome:
        """The stage with the code, or when it can be asked for again, or the captcha first. Nothing tells whether an SMS went out."""
        if sent.captcha_url:
            return Outcome({CAPTCHA: "请先答这一题，再点“重新发送验证码”。"})
        if not sent.request:
            when = (
                f"请在 {hour_and_minute(sent.retry_at, self.services.clock.now())} 以后再试。"
                if sent.retry_at
                else "请稍后再试。"
            )
            return Outcome({"": f"验证码要得太频繁了，{when}"})
        kept = {"person": str(person.id) if person else "", "phone": phone, "code": sent.request, "shown": sent.masked_phone}
        return Outcome(stage={**params, "stage": stage, **kept})

    async def again(self, openid: str, params: Fields, purpose: str) -> Outcome:
        """The code once more, to the same phone."""
        async with self.store.transaction() as tx:
            person = await tx.people.get(int(params["person"] or 0))
            wanted = person is not None and person.phone == params["phone"]
            sent = await self.codes(tx, openid).send(purpose, params["phone"], wanted=wanted)
            return self.sent(sent, params, params["stage"], person, params["phone"])

    async def code(self, openid: str, params: Fields, digits: str, purpose: str, person: Person | None) -> Fields:
        """Judge the digits: what is wrong with them, by field; empty when they have passed."""
        async with self.store.transaction() as tx:
            checked = await self.codes(tx, openid).check(params["code"], purpose, digits)
        if checked.right and person is not None:
            return {}
        if checked.left:
            return {"code": f"验证码不对，请看一下最新的那条短信，还可以试 {checked.left} 次。"}
        if checked.retry_at:
            when = hour_and_minute(checked.retry_at, self.services.clock.now())
            return {"code": f"输错的次数太多，这个验证码已经失效了。为了安全，{when} 以后可以重新发送。"}
        return {"code": "这个验证码已经失效了，请重新发送。"}

    async def spent(self, tx: Repositories, openid: str, params: Fields, purpose: str, person: Person) -> bool:
        """Use the passed code up, once, while the phone is still the person's."""
        passed: CodeRequest | None = await self.codes(tx, openid).proved(params["code"], purpose)
        if passed is None or not person.phone or passed.phone != person.phone:
            return False
        return await tx.codes.set_state(passed.id, CodeState.PASSED, CodeState.SPENT)

    def problem(self, typed: Fields, *own: str) -> dict[str, str]:
        """What is wrong with `new` and `again`, by field. `own` is what was typed before, not what is on file: a refusal tells nothing."""
        if problem := unfit(typed.get("new", ""), self.services.policy.password_shortest, own):
            return {"new": problem}
        if not hmac.compare_digest(tidy(typed["new"]).encode(), tidy(typed.get("again", "")).encode()):
            return {"again": "两次填的密码不一样，请再填一次。"}
        return {}

    async def living(self, tx: Repositories, region: str, id_no: str) -> Person | None:
        """Whose number it is in the region."""
        return next((one for one in await tx.people.by_id_no(id_no, region) if one.person_status != "死亡"), None)

    async def person(self, params: Fields) -> Person | None:
        """Of whom the stage is."""
        async with self.store.reading() as tx:
            return await tx.people.get(int(params.get("person") or 0))

    async def tell(self, tx: Repositories, person: Person, what: str, short: str, *, but: str) -> None:
        """The person's other chats, and the phone where there is none, are told at once (S16)."""
        now = self.services.clock.now()
        hotline = self.services.regions[person.region].hotline
        text = (
            f"提醒您：{masked_name(person.name)} 的{what}（{day(now.date())} {now:%H:%M}）。不是您操作的，请立即拨打 {hotline}。"
        )
        others = [one for one in await tx.users.chats_of(person.id) if one.openid != but]
        await tell_person(tx, self.services, person, text, short, but=but if others else "")

    async def audit(self, tx: Repositories, openid: str, action: str, feature: str, result: str, person: Person) -> None:
        """Every try on an account and every change stands in the log, under the person."""
        actor, subject = await tx.audit.pseudonym(openid), await tx.people.identity_hash(person.id)
        await tx.audit.write(AuditEntry(self.services.clock.now(), actor, "visitor", action, feature, subject, result))


def own_of(person: Person | None) -> tuple[str, ...]:
    """What others may know of a person who has been let in."""
    return (person.id_no, person.phone or "") if person else ()


def read(wrong: dict[str, str], name: str, typed: Fields, reader: Callable[[str], str]) -> str:
    """One field read; what is wrong with it goes into `wrong`, and '' comes back."""
    try:
        return reader(typed.get(name, ""))
    except Invalid as trouble:
        wrong[name] = str(trouble)
        return ""
