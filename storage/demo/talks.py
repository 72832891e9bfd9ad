"""Demo talks (人工) and marks (评价). Every line is invented."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from storage.demo.filings import Held
from storage.demo.lives import Life, at
from storage.ports.record import Record
from storage.ports.records import CaseState, Rating, Thread, ThreadLine
from storage.ports.repositories import Repositories

PERSON, BOT, STAFF = "person", "bot", "staff"


class Talk(Record):
    """One talk: with whom ('' a visitor), in which state, how many days ago at which hour, who has it, its lines, its mark."""

    who: str
    region: str
    state: str
    topic: str
    days: int
    hour: int
    lines: tuple[tuple[str, str], ...]
    taken: str = ""
    grade: int = 0
    words: str = ""


TALKS = (
    Talk(
        "林晓棠",
        "beijing",
        "waiting",
        "断缴怎么补",
        1,
        15,
        (
            (PERSON, "我去年断了四个月，能补吗"),
            (BOT, "您的五险从去年9月到12月没有缴费记录。补缴由单位办理，个人不能直接补。"),
            (PERSON, "单位换了怎么办"),
            (PERSON, "人工"),
        ),
    ),
    Talk(
        "邵明岚",
        "beijing",
        "waiting",
        "补卡什么时候好",
        1,
        16,
        ((PERSON, "补卡申请交了一个多星期了"), (BOT, "您的补卡申请正在等待审核。"), (PERSON, "太久了，找人工")),
    ),
    Talk(
        "",
        "beijing",
        "waiting",
        "人工",
        1,
        16,
        ((PERSON, "人工"), (BOT, "请问您要咨询什么？"), (PERSON, "我妈的认证怎么做，她不会用手机")),
    ),
    Talk(
        "马玉珍",
        "beijing",
        "open",
        "代办认证",
        1,
        14,
        (
            (PERSON, "我替我妈问，今年认证还能我代办吗"),
            (BOT, "可以请家人代办，也可以到经办机构窗口。"),
            (PERSON, "要带什么，人工"),
            (STAFF, "您好，代办请带老人的身份证和您本人的身份证原件。"),
            (PERSON, "复印件行吗"),
        ),
        taken="kefu",
    ),
    Talk(
        "常远笛",
        "beijing",
        "open",
        "撤回的工本费",
        1,
        11,
        (
            (PERSON, "换卡撤回了，20块钱退了吗"),
            (PERSON, "人工"),
            (STAFF, "您好，帮您查到了，工本费已经原路退回，请看一下付款的账户。"),
        ),
        taken="kefu",
    ),
    Talk("郑美华", "beijing", "left", "认证逾期", 1, 19, ((PERSON, "认证过期了，钱会停吗"), (PERSON, "人工"))),
    Talk(
        "周云帆",
        "beijing",
        "closed",
        "打印缴费证明",
        6,
        10,
        (
            (PERSON, "缴费证明给银行用行不行"),
            (PERSON, "人工"),
            (STAFF, "您好，权益单上有流水号和校验码，银行可以自己校验，一般都可以用。"),
            (PERSON, "好的谢谢"),
        ),
        taken="kefu",
        grade=5,
        words="回得很快",
    ),
    Talk(
        "高远舟",
        "beijing",
        "closed",
        "手持证件照",
        4,
        15,
        ((PERSON, "照片为什么不行"), (PERSON, "人工"), (STAFF, "您好，照片里的证件反光了，请换个角度再拍一张。")),
        taken="kefu",
        grade=3,
    ),
    Talk("陶云舒", "binzhou", "left", "挂失还有几天", 1, 20, ((PERSON, "挂失到期以后卡是自己恢复吗"), (PERSON, "人工"))),
    Talk("龚一鹤", "binzhou", "left", "重复付款", 2, 18, ((PERSON, "我好像付了两次"), (PERSON, "人工"))),
)

_MARKS = ((5, "很方便"), (4, ""), (5, ""), (3, "步骤有点多"))
"""Marks of finished cases that nobody complained of, in turn."""
_GAP = timedelta(minutes=2)


async def put(
    repos: Repositories, today: date, lives: Mapping[tuple[str, str], tuple[Life, int]], staff: Mapping[str, int]
) -> tuple[int, tuple[Rating, ...]]:
    """Store the talks; how many, and the marks of those that are closed. Not idempotent: call it once."""
    ratings = []
    for place, talk in enumerate(TALKS, start=1):
        opened = at(today - timedelta(days=talk.days), talk.hour, 7 * place % 60)
        _, person_id = lives.get((talk.region, talk.who), (None, None))
        by = staff.get(talk.taken)
        state = "open" if talk.state == "closed" else talk.state
        lines = tuple(
            ThreadLine(0, 0, opened + number * _GAP, who, text, by if who == STAFF else None)
            for number, (who, text) in enumerate(talk.lines)
        )
        thread = await repos.threads.open(Thread(0, _openid(place), person_id, talk.region, state, talk.topic, opened, by), lines)
        if talk.state == "closed":
            closed = opened + len(lines) * _GAP
            await repos.threads.save(replace(thread, state="closed", closed_at=closed))
            if talk.grade:
                ratings.append(Rating("thread", str(thread.id), talk.region, talk.grade, talk.words, closed + _GAP))
    return len(TALKS), tuple(ratings)


def marks(held: tuple[Held, ...], today: date) -> Iterator[Rating]:
    """The marks of finished cases: the bad ones that a complaint is about, good ones for the others."""
    complained = {one.case.fields["编号"]: one for one in held if one.filed.filing == "complaint"}
    good = 0
    for one in held:
        case = one.case
        if case.state is not CaseState.DONE or case.finished_at is None or one.filed.filing in {"complaint", "refund"}:
            continue
        if case.case_no in complained:
            bad = complained[case.case_no]
            yield Rating(
                "case",
                case.case_no,
                case.region,
                int(bad.case.fields["等级"][0]),
                bad.filed.fields["本人说的"],
                bad.case.submitted_at,
            )
            continue
        grade, words = _MARKS[good % len(_MARKS)]
        good += 1
        yield Rating("case", case.case_no, case.region, grade, words, _soon(case.finished_at, today))


def _soon(moment: datetime, today: date) -> datetime:
    return min(moment + timedelta(minutes=30), at(today, 0))


def _openid(place: int) -> str:
    """A chat that is nobody's."""
    return f"oDEMO{place:023d}"
