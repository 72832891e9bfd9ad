"""A new 预留手机号 for someone whose old phone is lost: 身份证号 + 社保卡号 + a review by two people (targets.md complaint 6, S16).

Whether the two numbers belong together is never told to whoever types them: the answer is the same, the reviewers see it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from dialogs.declare import Ask, Choose, OneTimeCode, Option, Scene
from dialogs.filing import Filing, Material, Review, Undertaking
from dialogs.masks import masked_id, masked_phone
from dialogs.parse import Invalid
from dialogs.parse import phone as read_phone
from storage.identity import check, normalise
from storage.ports.record import Record


def id_no(text: str, _: date) -> str:
    """A 证件号码; an 18-digit one must hold its check digit, other documents are taken as they are."""
    number = normalise(text)
    if not number:
        raise Invalid("请填证件号码，与身份证上的一样。")
    if re.fullmatch(r"[0-9]{14,17}[0-9X]?|[0-9X]{18,}", number) and (wrong := check(number)):
        raise Invalid(f"{wrong}。")
    if not re.fullmatch(r"[0-9A-Z]{6,20}", number):
        raise Invalid("证件号码只有数字和字母，请核对后再填。")
    return number


def card_no(text: str, _: date) -> str:
    """A 社保卡号: digits and letters as they are printed on the card (北京: 12 digits)."""
    number = normalise(text)
    if not re.fullmatch(r"[0-9A-Z]{8,20}", number):
        raise Invalid("社保卡号印在卡面上，是 8 到 20 位数字或字母，请核对后再填。")
    return number


class Numbers(Record):
    """What was filed, in the form in which people are found by it."""

    id_no: str
    card_no: str
    phone: str


def numbers(answers: Mapping[str, str], today: date) -> Numbers:
    """The three numbers of a 手机号变更, however they were typed. Raises Invalid for one that is missing or does not read."""
    said = {name: answers.get(name, "") for name in ("id_no", "card_no", "phone")}
    return Numbers(id_no(said["id_no"], today), card_no(said["card_no"], today), read_phone(said["phone"]))


class _Masked(Ask):
    """A typed answer that is shown masked wherever it is shown, and kept as it was understood, not as it was typed."""

    __slots__ = ()

    async def read(self, scene: Scene, text: str) -> str:
        return str(self.parse(text.strip(), scene.now.date()))

    def shown(self, answer: str) -> str:
        if self.name == "phone":
            return masked_phone(read_phone(answer))
        number = normalise(answer)
        return masked_id(number) if self.name == "id_no" else f"****{number[-4:]}"


PHONE_CHANGE = Filing(
    name="phone_change",
    title="更换预留手机号",
    covers=(),
    who="anyone",
    steps=(
        Choose(
            name="reason",
            label="更换原因",
            prompt="为什么要换预留手机号？",
            options=(
                Option("lost", "原来的手机丢了或坏了"),
                Option("changed", "换了号码，原号码已不用"),
                Option("never", "从来没有登记过手机号"),
            ),
        ),
        _Masked(name="id_no", label="证件号码", prompt="您的证件号码", parse=id_no),
        _Masked(name="card_no", label="社保卡号", prompt="您的社保卡号，印在社保卡正面", parse=card_no),
        _Masked(
            name="phone", label="新手机号", prompt="您现在用的手机号，以后用它收验证码", parse=lambda text, _: read_phone(text)
        ),
        OneTimeCode(
            name="code",
            purpose="new_phone",
            phone=lambda scene: read_phone(scene.answers["phone"]) if scene.answers.get("phone") else None,
            sent="验证码已发到新手机 {phone}",
        ),
    ),
    materials=(
        Material(
            name="holding",
            title="本人手持证件的照片",
            required=True,
            hint="脸和证件都要清楚，不要遮挡。只给审核人员看，办结后不作他用。",
        ),
        Material(name="card", title="社保卡正面照片", required=False, hint="卡还在手边就拍一张，能审得更快。"),
    ),
    undertaking=Undertaking(
        code="phone-change",
        version="2026-11",
        text="我承诺：是本人申请，填写的内容真实。冒用他人身份的，承担相应责任。更换后 72 小时内不能办解挂、改账户这类业务，原来的手机和微信会收到提醒。",
    ),
    review=Review(role="审核", days="phone_change", four_eyes=True),
    effects="phone_change",
    again="换手机号",
    finished="新手机号已经登记好了。回复“登录”，用新手机号收验证码就能登录。为了安全，72 小时内不能办解挂、改账户这类业务。",
    help="要填证件号码、社保卡号和新手机号，还要一张手持证件的照片。",
)

FILINGS: tuple[Filing, ...] = (PHONE_CHANGE,)
