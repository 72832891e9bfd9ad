"""The notices in words: every text within the platform's limits, the region's and the campaign's own in their place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from handlers.reminders.kinds import KINDS
from handlers.reminders.news import News, pack
from handlers.reminders.texts import PLACES, SUBJECTS, TEXTS, WHATS, problem_of
from handlers.reminders.words import preview, words_of
from storage.ports.records import (
    Audience,
    Campaign,
    CampaignState,
    Certification,
    Channel,
    Facts,
    Grant,
    Notice,
    NoticeState,
    Person,
    Preferences,
)
from storage.ports.regions import ReminderRules
from storage.ports.time import SHANGHAI
from storage.regions import reminding
from tests.fresh import regions

NOW = datetime(2024, 9, 12, 10, 0, tzinfo=SHANGHAI)
BEIJING = regions()["beijing"]
SHUFEN = Person(4, "beijing", "赵淑芬", "x", "19900000003", "女", date(1948, 11, 2), "已退休")
STAGES = {
    "P-CERT": ("60", "30", "15", "7", "3", "1", "0", "-7", "-30", "month", "result", "c12"),
    "P-PAUSED": ("paused", "resumed"),
    "P-PENSION": ("first",),
}


def row(**changes: object) -> Notice:
    made = Notice(
        id=1,
        campaign_id=1,
        kind="P-CERT",
        region="beijing",
        person_id=4,
        cycle="2024-09-27",
        stage="15",
        channel=Channel.TEMPLATE,
        recipient="",
        rank=4,
        state=NoticeState.PLANNED,
        due=NOW,
        at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def facts(**changes: object) -> Facts:
    found = Facts(SHUFEN, Certification(4, date(2023, 9, 27), date(2024, 9, 27)), (), Preferences("o-one"), False, ())
    return replace(found, **changes)  # type: ignore[arg-type]


def campaign(**words: str) -> Campaign:
    return Campaign(
        1,
        "P-CERT",
        "补提醒",
        CampaignState.RUNNING,
        Audience(()),
        (),
        NOW,
        words={key.replace("_", "."): text for key, text in words.items()},
    )


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize(("kind", "stage"), [(kind, stage) for kind, stages in STAGES.items() for stage in stages])
def test_every_text_fits_the_platform(kind: str, stage: str, relative: bool) -> None:
    """Fields of at most 20 characters on one line, a chat of at most 2048 bytes, nothing left in braces, 您 and a masked name."""
    words = preview(kind, stage, BEIJING, NOW, relative=relative)
    for field in (words.holder, words.subject, words.due, words.hint):
        assert 0 < len(field) <= 20
        assert field.isprintable()
    assert words.holder == "赵*芬"
    assert len(words.text.encode()) <= 2048
    assert "您" in words.text
    assert "淑" not in f"{words.text}{words.sms}{words.hint}"
    assert not set("{}") & set(f"{words.text}{words.sms}{words.hint}{words.subject}")
    if relative:
        assert words.sms == ""


@pytest.mark.parametrize(("kind", "stage"), [(kind, stage) for kind, stages in STAGES.items() for stage in stages])
def test_an_sms_is_one_message_without_a_link(kind: str, stage: str) -> None:
    """70 characters with the sender's sign; the number to ask and the way to stop it are in it."""
    sms = preview(kind, stage, BEIJING, NOW).sms
    assert len(f"【社保服务】{sms}") <= 70, len(sms)
    assert "12333" in sms
    assert sms.endswith("回TD退订")
    assert "http" not in sms


def test_longest_names_and_days_still_fit() -> None:
    """A name of fifteen characters, 366 days, the person's word of six."""
    long = replace(SHUFEN, name="买买提·阿不都热合曼·吐尔逊江")
    words = words_of("P-CERT", row(cycle="2025-12-31", stage="60"), facts(person=long), BEIJING, NOW, None)
    assert len(words.hint) <= 20
    word = facts(preferences=Preferences("o-one", word="院里的玉兰"))
    with_word = words_of("P-CERT", row(), word, BEIJING, NOW, None)
    assert (
        with_word.sms == "赵*芬，您的养老待遇资格认证到2024年9月27日为止，还有15天，请按时办理。问12333。暗号院里的玉兰。回TD退订"
    )
    assert with_word.text.endswith("\n您的暗号：院里的玉兰")
    assert with_word.sms_params == {
        "name": "赵*芬",
        "what": "养老待遇资格认证快到期",
        "when": "2024年9月27日",
        "hotline": "12333",
        "word": "院里的玉兰",
        "left": "15",
        "over": "0",
        "agency": BEIJING.agency,
        "text": "赵*芬，您的养老待遇资格认证到2024年9月27日为止，还有15天，请按时办理。问12333",
    }
    assert with_word.sms_name == "P-CERT.before"


def test_what_an_sms_is_about_tells_each_text_from_its_neighbours() -> None:
    """The one place of an approved template says whether it is paused or resumed, soon, today or over; no two are alike, none is long."""
    stages = [("P-CERT", "15"), ("P-CERT", "0"), ("P-CERT", "-7"), ("P-PAUSED", "paused"), ("P-PAUSED", "resumed")]
    told = {f"{kind}.{stage}": preview(kind, stage, BEIJING, NOW) for kind, stage in stages}
    whats = [words.sms_params["what"] for words in told.values()]
    assert whats == [
        "养老待遇资格认证快到期",
        "养老待遇资格认证今天到期",
        "养老待遇资格认证已经过期",
        "养老待遇暂停发放",
        "养老待遇恢复发放",
    ]
    assert [words.sms_name for words in told.values()] == [
        "P-CERT.before",
        "P-CERT.day",
        "P-CERT.after",
        "P-PAUSED.paused",
        "P-PAUSED.resumed",
    ]
    assert set(WHATS) == {name.removesuffix(".sms") for name in TEXTS if name.endswith(".sms")}
    assert len(set(WHATS.values())) == len(WHATS)
    assert max(map(len, WHATS.values())) <= 12


def test_the_days_are_those_that_are_left_when_it_is_sent() -> None:
    """Planned fifteen days before and sent twelve days before; on the day; after it."""
    assert words_of("P-CERT", row(), facts(), BEIJING, NOW + timedelta(days=3), None).hint == "还有12天，回复“认证”看怎么办"
    assert (
        words_of("P-CERT", row(stage="0"), facts(), BEIJING, NOW + timedelta(days=15), None).hint
        == "今天到期，回复“认证”看怎么办"
    )
    after = words_of("P-CERT", row(stage="-7"), facts(), BEIJING, NOW + timedelta(days=22), None)
    assert after.hint == "过期7天，回复“认证”看怎么办"
    assert "现在也可以认证" in after.text
    assert after.choices == (("认证", "看怎么办"),)


def test_a_relative_reads_about_the_person_and_not_the_persons_word() -> None:
    """亲情: whose day it is, masked; the 暗号 is the retiree's own."""
    grant = Grant(17, 4, "o-daughter", "妈妈", frozenset({"remind"}), date(2025, 1, 1), True, NOW, "code")
    told = words_of(
        "P-CERT", row(recipient="g17"), facts(preferences=Preferences("o-one", word="玉兰")), BEIJING, NOW, None, grant
    )
    assert told.text.startswith("您帮着照看的 赵*芬，养老待遇资格认证到 2024年9月27日 为止，还有 15 天。")
    assert told.hint == "家人的认证还有15天，请帮着提醒"
    assert (told.word, told.sms) == ("", "")


def test_a_result_tells_what_is_known_now() -> None:
    """Three working days later: nothing came, or it passed and the next day is there."""
    waiting = words_of("P-CERT", row(stage="result"), facts(), BEIJING, NOW, None)
    assert "结果还没有登记" in waiting.text
    passed = facts(certification=Certification(4, date(2024, 9, 11), date(2025, 9, 11)))
    told = words_of("P-CERT", row(stage="result"), passed, BEIJING, NOW, None)
    assert told.text == "赵*芬，您好。您的养老待遇资格认证已经通过，下一次到 2025年9月11日 为止。到时候我们会再提醒您。"


def test_the_campaigns_text_goes_before_the_regions_and_that_before_the_products() -> None:
    """By name: `before` of a campaign, `P-CERT.before` of a region; `hint` and `sms` of a campaign stand for all of its texts."""
    own = replace(
        BEIJING,
        reminders=ReminderRules(texts={"P-CERT.before": "{agency}提醒{name}：{due}前认证。", "P-CERT.before.hint": "请尽快认证"}),
    )
    told = words_of("P-CERT", row(), facts(), own, NOW, campaign())
    assert (told.text, told.hint) == ("北京市社会保险经办机构提醒赵*芬：2024年9月27日前认证。", "请尽快认证")
    told = words_of(
        "P-CERT", row(), facts(), own, NOW, campaign(before="{name}，还有{left}天", hint="快去认证", sms="{name}请认证")
    )
    assert (told.text, told.hint, told.sms) == ("赵*芬，还有15天", "快去认证", "赵*芬请认证。回TD退订")


def test_a_brace_that_is_no_place_stands_as_it_was_written() -> None:
    """Nobody's format string reaches into the program."""
    told = words_of("P-CERT", row(), facts(), BEIJING, NOW, campaign(before="{name.__class__} {0} {due"))
    assert told.text == "{name.__class__} {0} {due"


def test_given_words_are_given_as_they_are() -> None:
    """News of a case: text and choices; the kind's title; no SMS."""
    news = row(kind="P-CASE", body=pack(News("您的申请已办结。", "case:1", (("1", "看详情"),))))
    told = words_of("P-CASE", news, facts(), BEIJING, NOW, None)
    assert (told.text, told.choices, told.subject, told.sms) == ("您的申请已办结。", (("1", "看详情"),), "办理进度", "")


def test_regions_may_replace_exactly_what_there_is() -> None:
    """The places and names that the regions' files are checked by are those of the texts."""
    assert reminding.PLACES == PLACES
    assert all(reminding._NAME.fullmatch(name) for name in TEXTS)
    assert all(not problem_of(text) for text in TEXTS.values())
    assert problem_of("{nam}") == "knows only the places name, due, left, over, hotline, agency, title"
    assert problem_of("{name") == "has a brace that is not closed"
    assert set(SUBJECTS) == {kind.code for kind in KINDS.values() if kind.quiet}
