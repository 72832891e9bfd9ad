"""Registration (BZ-01, BZ-02, BJH-M-17) and changes of an account: password (BZ-05) and 邮箱 (BZ-06)."""

from __future__ import annotations

import hmac
import re
from typing import Final

from dialogs.parse import phone as read_phone
from dialogs.parse import sms_code
from handlers.accounts.door import AccountDoor, Fields, Outcome, own_of, read, read_id_no
from handlers.accounts.passwords import unfit_username
from handlers.accounts.words import AGREEMENT_VERSION, both_numbers
from handlers.family.standing import allowed, today_of
from handlers.secrecy import tidy
from storage.identity import normalise
from storage.ports.records import Account, Person
from storage.ports.repositories import Conflict, Repositories

_NUMBER: Final = re.compile(r"[0-9A-Z]{6,20}")
_EMAIL: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}", re.ASCII
)
"""What mailboxes here are called, and nothing that a sheet, a page or a line of text could take for something else."""
_MATCHES_NOT: Final = "身份证号码和卡号对不上。请照着卡面或手册再核对一遍"
_HAS_ONE: Final = "您已经注册过账号了。回公众号回复“用密码登录”；忘了密码就回复“忘记密码”。"


class AccountOffice(AccountDoor):
    """Everything that the pages of an account can have done."""

    # ── 注册 ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def register(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """The first stage: who it is, and that the 用户协议 is agreed to. A person with a reserved phone proves it by SMS, whichever way is taken:
        card and number are both printed on a card that was found. The next stage is `secret`."""
        region = self.services.regions[params["region"]]
        way = "both" if both_numbers(region) else typed.get("way", "")
        wrong: dict[str, str] = {}
        if way not in {"both", "card", "phone"}:
            wrong["way"] = "请选一种验证方式。"
        id_no = read(wrong, "id_no", typed, read_id_no)
        number = normalise(typed.get("number", ""))
        if way in {"both", "card"} and not _NUMBER.fullmatch(number):
            wrong["number"] = "请填卡号或编号，只有数字和字母。"
        phone = (
            read(wrong, "phone", typed, read_phone)
            if way == "phone" or (way == "both" and typed.get("phone", "").strip())
            else ""
        )
        if typed.get("agree") != "yes":
            wrong["agree"] = "请先看一看用户协议，同意后打勾。"
        if wrong:
            return Outcome(wrong)
        async with self.store.transaction() as tx:
            person = await self.living(tx, params["region"], id_no)
            if way == "phone":
                matched = person is not None and person.phone == phone
                sent = await self.codes(tx, openid).send("register", phone, wanted=matched)
                return self.sent(sent, {**params, "way": way, "id_no": id_no}, "secret", person if matched else None, phone)
            return await self._by_number(tx, openid, {**params, "way": way, "id_no": id_no}, id_no, number, phone, person)

    async def _by_number(
        self, tx: Repositories, openid: str, params: Fields, id_no: str, number: str, phone: str, person: Person | None
    ) -> Outcome:
        now = self.services.clock.now()
        subjects = ((self.by_numbers, id_no), (self.by_chat, openid))
        free = all([await lock.take(tx, subject, now) for lock, subject in subjects])
        right = await self._numbers_match(tx, person.id if person else 0, number)
        if not free:
            return Outcome({"": "核对错的次数多了，请过一阵再试，或带身份证到经办窗口。"})
        if not right or person is None:
            left = min([await lock.failed(tx, subject, now) for lock, subject in subjects])
            if person is not None:
                await self.audit(tx, openid, "register", "BZ-01", "denied", person)
            return Outcome({"number": f"{_MATCHES_NOT}，还可以试 {left} 次。" if left else f"{_MATCHES_NOT}，现在要等一等再试。"})
        await self.by_numbers.forget(tx, id_no)
        await self.by_chat.give_back(tx, openid, now)  # one's own number, which one knows, forgives no tries at others'
        if await tx.accounts.of_person(person.id) is not None:
            return Outcome({"": _HAS_ONE})
        if not person.phone:
            return Outcome(stage={**params, "stage": "secret", "person": str(person.id), "phone": "", "code": "", "shown": ""})
        if params["way"] == "both" and not phone:
            return Outcome({"phone": "您在经办机构留过手机号，请填那个手机号；换了号，请回公众号回复“换手机号”。"})
        to = phone or person.phone
        sent = await self.codes(tx, openid).send("register", to, wanted=to == person.phone)
        return self.sent(sent, params, "secret", person, to)

    async def _numbers_match(self, tx: Repositories, person_id: int, number: str) -> bool:
        """社保卡号, 医疗保险手册号 or 电脑序号. All of them are looked at, whoever it is."""
        card = await tx.cards.of_person(person_id)
        found = await tx.rights.registration(person_id)
        numbers = (card.card_no if card else "", found.handbook_no if found else "", found.computer_no if found else "")
        matches = [hmac.compare_digest(normalise(one).encode(), number.encode()) for one in numbers]
        return any(matches)

    async def secret(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """The second stage: the code where one was sent, a 用户名 for who wants one, and the password."""
        person = await self.person(params)
        username = typed.get("username", "").strip()
        wrong = {"username": problem} if (problem := unfit_username(username)) else {}
        wrong |= self.problem(typed, username, params["id_no"], params["phone"])
        digits = read(wrong, "code", typed, sms_code) if params["code"] else ""
        if not wrong and digits:
            wrong = dict(await self.code(openid, params, digits, "register", person))
        if wrong or person is None:
            return Outcome(wrong)
        made = await self.hasher.made(tidy(typed["new"]))
        async with self.store.transaction() as tx:
            if await tx.accounts.of_person(person.id) is not None:
                return Outcome({"": _HAS_ONE})
            if username and await tx.accounts.by_username(person.region, username) is not None:
                return Outcome({"username": "这个用户名已经有人用了，请换一个，或者空着。"})
            if params["code"] and not await self.spent(tx, openid, params, "register", person):
                return Outcome({"code": "验证码已经用过或过期了，请重新发送。"})
            if not params["code"] and person.phone:  # it was put on file meanwhile: then it is what proves who this is
                return Outcome({"": "您的手机号刚刚登记好了。请回公众号重新点链接，用手机号验证。"})
            return await self._registered(tx, openid, params, person, username, made)

    async def _registered(
        self, tx: Repositories, openid: str, params: Fields, person: Person, username: str, made: str
    ) -> Outcome:
        now = self.services.clock.now()
        via = "phone" if params["code"] else "card"
        new = Account(0, person.id, person.region, made, via, now, AGREEMENT_VERSION, username=username, changed_at=now)
        try:
            await tx.accounts.add(new)
        except Conflict:
            return Outcome({"": _HAS_ONE})
        feature = {"both": "BJH-M-17", "card": "BZ-01"}.get(params["way"], "BZ-02")
        await self.audit(tx, openid, "register", feature, "ok", person)
        await self.tell(tx, person, "社保账号刚刚注册了", "注册社保账号", but=openid)
        held = "" if person.phone else "\n您没有在经办机构留手机号：登录后 72 小时内不能办解挂、改账户这类业务。"
        return Outcome(
            stage={**params, "stage": "done", "said": f"账号注册好了。回公众号回复“用密码登录”，或者直接说要办的事。{held}"}
        )

    # ── 修改密码, 更改注册信息 ──────────────────────────────────────────────────────────────────────────────────────

    async def change(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """Old password, new password. Wrong ones are counted as at the door."""
        person = await self._own(openid, params)
        if person is None:
            return Outcome({"": "请回公众号登录后，再重新点链接。"})
        if problem := self.problem(typed, *own_of(person)):
            return Outcome(problem)
        now, subject = self.services.clock.now(), f"person:{person.id}"
        async with self.store.transaction() as tx:
            account = await tx.accounts.of_person(person.id)
            free = await self.by_who.take(tx, subject, now)
        stored = account.password_hash if account else ""
        fits = await self.hasher.fits(stored, tidy(typed.get("old", "")))
        if not (free and fits and account):
            async with self.store.transaction() as tx:
                await self.by_who.failed(tx, subject, now)
                await self.audit(tx, openid, "password-change", "BZ-05", "denied", person)
            return Outcome({"old": "原密码不对。忘了就回公众号回复“忘记密码”；连错多次要等一等再试。"})
        if hmac.compare_digest(tidy(typed["old"]).encode(), tidy(typed["new"]).encode()):
            return Outcome({"new": "新密码和原密码一样，请换一个。"})
        made = await self.hasher.made(tidy(typed["new"]))
        async with self.store.transaction() as tx:
            current = await tx.accounts.of_person(person.id)
            if current is None or not hmac.compare_digest(current.password_hash, stored):
                return Outcome({"": "密码刚才已经改过了。请回公众号重新点链接。"})
            await tx.accounts.set_password(account.id, made, now, must_change=False)
            await self.by_who.forget(tx, subject)
            await self.audit(tx, openid, "password-change", "BZ-05", "ok", person)
            await self.tell(tx, person, "社保账号的密码刚刚改了", "修改社保账号密码", but=openid)
        return Outcome(stage={**params, "stage": "done", "said": "密码改好了，下次用新密码登录。"})

    async def email(self, openid: str, params: Fields, typed: Fields) -> Outcome:
        """邮箱 of the account; an empty one takes it away."""
        person, address = await self._own(openid, params), typed.get("email", "").strip()
        if address and (len(address) > 120 or not _EMAIL.fullmatch(address)):
            return Outcome({"email": "邮箱地址不完整，例如 name@example.com；不想留就空着。"})
        async with self.store.transaction() as tx:
            account = await tx.accounts.of_person(person.id) if person else None
            if account is None or person is None:
                return Outcome({"": "请回公众号登录后，再重新点链接。"})
            await tx.accounts.set_email(account.id, address)
            await self.audit(tx, openid, "email", "BZ-06", "ok", person)
        return Outcome(stage={**params, "stage": "done", "said": "邮箱改好了。" if address else "邮箱已经删掉了。"})

    async def on_file(self, openid: str, params: Fields) -> Fields:
        """What stands in the form of 邮箱 when it is opened: the address of now; empty for whoever may not see it."""
        person = await self._own(openid, params)
        async with self.store.reading() as tx:
            account = await tx.accounts.of_person(person.id) if person else None
        return {"email": account.email} if account else {}

    async def _own(self, openid: str, params: Fields) -> Person | None:
        """The person of the link, while the chat is theirs: no relative changes an account."""
        person = await self.person(params)
        async with self.store.reading() as tx:
            mine = person and await allowed(tx, openid, person.id, today_of(self.services.clock.now()), "own")
        return person if mine else None
