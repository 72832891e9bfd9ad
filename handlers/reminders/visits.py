"""The two lists that people work through: whom nothing reached (visits), and what may or may not have been sent (doubtful)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from dialogs.masks import masked_id, masked_name
from dialogs.statement import Column, ColumnKind, Table
from handlers.documents.sheets import render_list
from handlers.reminders.campaigns import CampaignDesk
from handlers.reminders.figures import CHANNEL_WORDS, OUTCOMES, stage_words
from handlers.reminders.reasons import reason
from handlers.staff import StaffRefusal
from storage.ports.record import Record
from storage.ports.records import Channel, Notice, NoticeState, Staff, Unreached
from storage.ports.time import SHANGHAI

NO_PHONE: Final = "没有登记电话"
NO_ADDRESS: Final = "经办机构给的数据里没有住址，请凭姓名和证件号码在业务系统里查。"
MOST: Final = 10_000
"""People in one file."""
_PIECE: Final = 200
_REASON_AT_LEAST: Final = 2
_LONGEST_NOTE: Final = 200


class Visit(Record):
    """Somebody on the list as it is shown: masked."""

    notice_id: int
    name: str
    id_no: str
    region: str
    due: str
    tried: tuple[str, ...]
    at: datetime
    note: str = ""
    """What came of the visit."""
    phone: bool = True
    """Whether there is a number to call."""


class Doubtful(Record):
    """A notice that may or may not have been sent."""

    notice_id: int
    name: str
    region: str
    stage: str
    channel: str
    at: datetime


class Exported(Record):
    """A workbook with names, numbers and phones in clear. `more`: there are more people than fit."""

    body: bytes
    people: int
    more: bool


class VisitDesk:
    """Opens its own transactions; roles and regions as `CampaignDesk` judges them."""

    def __init__(self, desk: CampaignDesk) -> None:
        self._desk = desk
        self._store = desk.store
        self._regions = desk.services.regions

    def _scope(self, by: Staff | None, region: str) -> tuple[str, ...]:
        """The one region that is asked for, if it is the account's; '' all of the account's."""
        mine = self._desk.regions_of(by)
        return tuple(code for code in mine if region in {"", code})

    async def unreached(
        self,
        by: Staff | None,
        region: str = "",
        campaign_id: int = 0,
        after_id: int = 0,
        limit: int = 25,
        *,
        visited: bool = False,
    ) -> tuple[Visit, ...]:
        """A page of the list, masked. The look is on record."""
        scope = self._scope(by, region)
        if not scope:
            return ()
        async with self._store.transaction() as tx:
            found = await tx.notices.unreached(scope, campaign_id, after_id, limit, visited=visited)
            if found and not after_id:
                await self._desk.note(tx, by, "campaign-visits")
        return tuple(self._visit(one) for one in found)

    def _visit(self, one: Unreached) -> Visit:
        return Visit(
            notice_id=one.notice.id,
            name=masked_name(one.person.name),
            id_no=masked_id(one.person.id_no),
            region=self._name(one.person.region),
            due=one.certification.due_on.isoformat() if one.certification else one.notice.cycle,
            tried=tried_words(one),
            at=one.notice.at,
            note=one.notice.note if one.notice.state is NoticeState.VISITED else "",
            phone=bool(one.person.phone),
        )

    def _name(self, region: str) -> str:
        return self._regions[region].name if region in self._regions else region

    async def visit(self, by: Staff | None, notice_id: int, note: str) -> None:
        """Take somebody off the list, with what came of it. Raises StaffRefusal, LookupError. Idempotent."""
        if not self._desk.acts(by):
            raise StaffRefusal("只有“运营”角色能登记上门结果。")
        plain = " ".join(note.split())
        if len(plain) < _REASON_AT_LEAST:
            raise StaffRefusal("请写一下上门或电话的结果，例如：已帮老人在手机上认证。")
        if len(plain) > _LONGEST_NOTE:
            raise StaffRefusal(f"结果最多 {_LONGEST_NOTE} 个字，请写短一些。")
        async with self._store.transaction() as tx:
            notice = await tx.notices.get(notice_id)
            if notice is None or notice.channel is not Channel.VISIT or notice.region not in self._desk.regions_of(by):
                raise LookupError(notice_id)
            if await tx.notices.visit(notice_id, plain, self._desk.services.clock.now()):
                await self._desk.note(tx, by, "campaign-visited", plain, await tx.people.identity_hash(notice.person_id))

    async def doubtful(self, by: Staff | None, campaign_id: int, after_id: int = 0, limit: int = 50) -> tuple[Doubtful, ...]:
        """A page of what is in doubt, in order of id; of the account's regions alone. Raises LookupError."""
        async with self._store.transaction() as tx:
            campaign = await tx.campaigns.get(campaign_id) if campaign_id else None
            if campaign_id and (campaign is None or not self._desk.sees(by, campaign)):
                raise LookupError(campaign_id)
            mine = set(self._desk.regions_of(by))
            found: list[Notice] = []
            while len(found) < limit:
                page = await tx.notices.doubtful(campaign_id, after_id, limit)
                found += [one for one in page if one.region in mine]
                if len(page) < limit:
                    break
                after_id = page[-1].id
            found = found[:limit]
            names = await tx.people.names([one.person_id for one in found if one.person_id])
            if found:
                await self._desk.note(tx, by, "campaign-doubtful")
        return tuple(
            Doubtful(
                notice_id=one.id,
                name=masked_name(names[one.person_id]) if one.person_id in names else "测试",
                region=self._name(one.region),
                stage=stage_words(one.stage),
                channel=CHANNEL_WORDS[one.channel],
                at=one.at,
            )
            for one in found
        )

    async def export(self, by: Staff | None, reason: str, region: str = "", campaign_id: int = 0) -> Exported:
        """The list as XLSX: names, numbers and phones in clear, since somebody has to find them. A reason must be given; each person is on
        record."""
        if not self._desk.acts(by):
            raise StaffRefusal("只有“运营”角色能导出名单。")
        why = " ".join(reason.split())
        if len(why) < _REASON_AT_LEAST:
            raise StaffRefusal("请写明为什么导出，会记在审计日志里。")
        scope = self._scope(by, region)
        found: list[Unreached] = []
        while scope and len(found) <= MOST:
            async with self._store.transaction() as tx:
                after = found[-1].notice.id if found else 0
                page = await tx.notices.unreached(scope, campaign_id, after, _PIECE)
                for one in page:
                    subject = await tx.people.identity_hash(one.person.id)
                    await self._desk.note(tx, by, "campaign-export", why[:_LONGEST_NOTE], subject)
            found += page
            if len(page) < _PIECE:
                break
        if not found:
            raise StaffRefusal("名单是空的，没有要导出的人。")
        rows = tuple(self._row(one) for one in found[:MOST])
        at = self._desk.services.clock.now()
        facts = (
            ("地区", "、".join(self._name(code) for code in scope)),
            ("人数", str(len({one.person.id for one in found[:MOST]}))),
            ("导出时间", f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"),
            ("导出人", by.name if by else "命令行"),
            ("原因", why),
            ("住址", NO_ADDRESS),
            ("请注意", "内有姓名、证件号码和电话，只用于上门和电话提醒，用完请删除。"),
        )
        body = await asyncio.to_thread(render_list, "上门名单", at, facts, Table("上门名单", COLUMNS, rows))
        return Exported(body, len({one.person.id for one in found[:MOST]}), len(found) > MOST)

    def _row(self, one: Unreached) -> tuple[str, ...]:
        return (
            one.person.name,
            one.person.id_no,
            one.person.phone or NO_PHONE,
            one.certification.due_on.isoformat() if one.certification else one.notice.cycle,
            "；".join(tried_words(one)),
            self._name(one.person.region),
            "",
        )


COLUMNS: Final = (
    Column("姓名"),
    Column("证件号码"),
    Column("电话"),
    Column("认证期限", ColumnKind.DATE),
    Column("试过什么"),
    Column("地区"),
    Column("结果（上门后填）"),
)


def tried_words(one: Unreached) -> tuple[str, ...]:
    """What was tried, in order: 模板消息 9月3日 没送到（拒收）; a sentence where nothing could be."""
    found = []
    for channel, state, note, at in one.tried:
        if channel is Channel.VISIT:
            continue
        local = at.astimezone(SHANGHAI)
        what, said = OUTCOMES.get("planned" if state is NoticeState.SENDING else state, ""), reason(note, channel)
        why = f"（{said}）" if said and said != what else ""
        found.append(f"{CHANNEL_WORDS[channel]} {local.month}月{local.day}日 {what}{why}")
    return tuple(found) or ("没有能用的方式：没关注公众号，也没有能用的手机号",)
