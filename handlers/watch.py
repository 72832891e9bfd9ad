"""谁看过谁: looking through the audit log, and checking that nothing in it was changed. Whoever looks is on record too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final

from dialogs.chapters import BY_FEATURE
from dialogs.filings import FILINGS
from handlers.staff import FEATURE, StaffRefusal, actor_of, role_of, tidy_login
from storage.identity import check, normalise
from storage.ports.record import Record
from storage.ports.records import AuditEntry, AuditSearch, ChainReport, Staff
from storage.ports.repositories import Repositories, Store
from storage.ports.time import SHANGHAI, Clock

PAGE: Final = 50

ACTIONS: Final[Mapping[str, str]] = {
    "query": "查询",
    "download": "下载单据",
    "verify": "校验单据",
    "submit": "提交业务",
    "withdraw": "撤回",
    "void": "作废",
    "bind": "登录绑定",
    "unbind": "解除绑定",
    "read": "设为已读",
    "pay": "缴费",
    "invite": "邀请家人",
    "grant": "亲情授权",
    "grant-change": "改亲情授权",
    "grant-end": "结束亲情授权",
    "look": "看业务",
    "reveal": "看完整号码",
    "attachment": "看材料",
    "search": "按证件号码查",
    "claim": "领取业务",
    "release": "放回业务",
    "approve": "审核通过",
    "reject": "审核不通过",
    "ask_more": "要求补正",
    "stage_over": "办完环节",
    "take_over": "接下对话",
    "answer": "回答对话",
    "hand_on": "转交对话",
    "close": "结束对话",
    "attach": "上传材料",
    "detach": "删除材料",
    "phone_change": "换预留手机号",
    "register": "注册账号",
    "account-sign-in": "用密码登录",
    "password-change": "改账号密码",
    "password-reset": "重设账号密码",
    "email": "改邮箱",
    "account-close": "删除密码账号",
    "sign-out-others": "退出其他登录",
    "export": "导出自己的数据",
    "erase": "删除自己的数据",
    "sign-in": "登录工作台",
    "sign-out": "退出工作台",
    "password": "改自己的密码",
    "staff-add": "新增账号",
    "staff-roles": "改角色和地区",
    "staff-off": "停用账号",
    "staff-on": "恢复账号",
    "staff-code": "换动态口令",
    "staff-password": "换初始密码",
    "guide-edit": "编辑办事指南",
    "guide-undo": "恢复办事指南",
    "campaign-draft": "编辑提醒计划",
    "campaign-preview": "预览提醒",
    "campaign-test": "测试发送提醒",
    "campaign-ask": "请同事确认提醒",
    "campaign-confirm": "确认提醒",
    "campaign-start": "开始提醒",
    "campaign-schedule": "定时提醒",
    "campaign-withdraw": "收回提醒计划",
    "campaign-pause": "暂停提醒",
    "campaign-resume": "继续提醒",
    "campaign-stop": "停止提醒",
    "campaign-visits": "看上门名单",
    "campaign-visited": "登记上门结果",
    "campaign-export": "导出上门名单",
    "campaign-doubtful": "看存疑的提醒",
    "campaign-decided": "处理存疑的提醒",
    "audit": "查审计记录",
    "chain": "检查审计记录",
}
RESULTS: Final[Mapping[str, tuple[str, str]]] = {
    "ok": ("完成", "good"),
    "empty": ("没有结果", "quiet"),
    "denied": ("没有允许", "bad"),
    "error": ("出错", "bad"),
}
_OF_THE_HOUSE: Final = {FEATURE: "工作台账号", "campaigns": "提醒", "亲情": "亲情", "my-data": "我的数据"}
"""What stands in records and is no function of the catalogue."""
_WHO: Final = {
    "person": "参保人",
    "relative": "亲情（家属）",
    "employer": "单位经办人",
    "visitor": "未登录的人",
    "system": "系统",
}
_REASONS: Final = {
    "an anchor has been changed, or one before it is missing": "封存记录被改过，或者前面的封存记录少了",
    "the entry is not the one that was anchored here": "这一条和封存时的不是同一条",
    "entries before this one's anchor are missing at the end": "最后有记录被删掉了",
    "the entry was added or changed from outside, before it was chained": "这一条是从外面加进来的，或者还没串联就被改过",
    "the entry has been changed": "这一条的内容被改过",
    "an entry before this one is missing": "这一条前面少了记录",
    "the entry does not stand where it was chained": "这一条不在原来的位置上",
}


class Asked(Record):
    """What an auditor typed. `subject` is the keyed hash that a former answer showed; `id_no` in clear is turned into it and dropped."""

    login: str = ""
    id_no: str = ""
    subject: str = ""
    action: str = ""
    feature: str = ""
    start: date | None = None
    end: date | None = None
    before_id: int | None = None


class Line(Record):
    """One audit record in words. `subject` is the keyed hash, for asking on; '' when the record is about nobody."""

    id: int
    at: datetime
    who: str
    role: str
    what: str
    feature: str
    about: str
    subject: str
    result: tuple[str, str]
    note: str


class Answer(Record):
    """Newest first. `next_id` asks for the page that follows; None on the last. `subject` is what the typed number was turned into."""

    lines: tuple[Line, ...]
    next_id: int | None
    subject: str


class Watch:
    """What an auditor may ask."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def search(self, by: Staff, asked: Asked) -> Answer:
        """One page of records; raises StaffRefusal with what to type instead."""
        if asked.start and asked.end and asked.start > asked.end:
            raise StaffRefusal("开始日期在结束日期后面。请调换一下再查。")
        async with self._store.transaction() as tx:
            staff = {await actor_of(tx, one.login): one for one in await tx.staff.all()}
            actor = await self._actor(tx, asked.login)
            subject = await self._subject(tx, asked)
            found = await tx.audit.search(
                AuditSearch(
                    actor=actor,
                    subject=subject,
                    action=asked.action,
                    feature=asked.feature,
                    start=_midnight(asked.start) if asked.start else None,
                    end=_midnight(asked.end + timedelta(days=1)) if asked.end else None,
                    before_id=asked.before_id,
                ),
                PAGE + 1,
            )
            if asked.before_id is None:  # the pages that follow are the same look
                result = "ok" if found else "empty"
                now, me = self._clock.now(), await actor_of(tx, by.login)
                await tx.audit.write(AuditEntry(now, me, role_of(by), "audit", FEATURE, subject, result))
        lines = tuple(_line(one, staff) for one in found[:PAGE])
        return Answer(lines, lines[-1].id if len(found) > PAGE else None, subject)

    async def chain(self, by: Staff) -> tuple[bool, str]:
        """Walk the whole chain: (whole, what was found in words)."""
        async with self._store.reading() as tx:
            report = await tx.audit.verify()
        async with self._store.transaction() as tx:
            now, me = self._clock.now(), await actor_of(tx, by.login)
            result = "ok" if report.broken_at is None else "error"
            await tx.audit.write(AuditEntry(now, me, role_of(by), "chain", FEATURE, "", result))
        return report.broken_at is None, in_words(report)

    async def _actor(self, tx: Repositories, login: str) -> str:
        if not login.strip():
            return ""
        if await tx.staff.by_login(tidy_login(login)) is None:
            raise StaffRefusal(f"没有登录名是“{login.strip()[:64]}”的账号。请核对登录名，或者空着不填。")
        return await actor_of(tx, login)

    async def _subject(self, tx: Repositories, asked: Asked) -> str:
        typed = normalise(asked.id_no)
        if not typed:
            return asked.subject
        if problem := check(typed):
            raise StaffRefusal(f"{problem}。不按人查就空着。")
        return await tx.audit.pseudonym(typed)


def in_words(report: ChainReport) -> str:
    """What checking the chain found, as a sentence."""
    if report.broken_at is None:
        waiting = report.entries - report.linked
        rest = f"，最新 {waiting} 条还没到串联的时间，每条也都核对过" if waiting else ""
        return f"全部 {report.entries} 条记录核对无误，其中 {report.linked} 条已首尾相连{rest}。没有发现改动、删除或插入。"
    reason = _REASONS.get(report.reason, "这一条对不上")
    return (
        f"发现问题：编号 {report.broken_at} 的记录对不上——{reason}。前面 {report.linked} 条核对无误。"
        "请不要再动数据库，马上告诉信息安全负责人。"
    )


def feature_title(feature: str) -> str:
    """What a feature is called; the feature itself when nothing here has that name."""
    if feature in _OF_THE_HOUSE:
        return _OF_THE_HOUSE[feature]
    if feature in BY_FEATURE:
        return BY_FEATURE[feature].title
    return next((filing.title for filing in FILINGS.values() if feature in filing.covers), feature)


def features() -> list[tuple[str, str]]:
    """(feature, title) of everything that may stand in a record, in order of title."""
    known = {*BY_FEATURE, *_OF_THE_HOUSE, *(feature for filing in FILINGS.values() for feature in filing.covers)}
    return sorted(((one, feature_title(one)) for one in known), key=lambda pair: pair[1])


def _line(entry: AuditEntry, staff: Mapping[str, Staff]) -> Line:
    who = staff.get(entry.actor)
    target = staff.get(entry.subject)
    if who is not None:
        name = f"{who.name}（{who.login}）"
    elif entry.role in _WHO:
        name = f"{_WHO[entry.role]}{f' {entry.actor[:6]}' if entry.role != 'system' else ''}"
    else:
        name = entry.role if entry.actor == "system" else f"没有这个账号 {entry.actor[:6]}"
    about = target.name if target else f"参保人 {entry.subject[:6]}" if entry.subject else ""
    return Line(
        id=entry.id,
        at=entry.at,
        who=name,
        role="" if entry.role in _WHO or entry.actor == "system" else entry.role,
        what=ACTIONS.get(entry.action, entry.action),
        feature=feature_title(entry.feature) if entry.feature else "",
        about=about,
        subject=entry.subject,
        result=RESULTS.get(entry.result, (entry.result, "quiet")),
        note=entry.note,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
