"""The work in the demo: filings in every state as their declarations would have them, orders, cards, talks, marks, staff."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from shutil import copytree

import msgspec
import pytest
from PIL import Image

from dialogs.case_words import estimate, filed, holds, words
from dialogs.filings import FILINGS
from dialogs.orders import ORDER_FORMS
from handlers.cards import jobs as card_jobs
from handlers.darkroom import rewritten
from handlers.filings import later
from handlers.orders.ledger import read_about
from storage.demo import demo_staff, generate, load_demo
from storage.demo.cast import CAST
from storage.demo.filings import FILED, number_of
from storage.demo.orders import WANTED
from storage.demo.talks import TALKS
from storage.files import FolderFiles
from storage.ports.records import Case, CaseState, Order, OrderStatus, Person, QueueFilter, Staff
from storage.ports.repositories import Store
from storage.ports.time import SHANGHAI, Month
from storage.regions import load_regions
from storage.sql import open_store
from storage.vault import Vault
from storage.windows import is_open
from storage.workdays import plus_workdays
from tests.clock import FakeClock
from tests.data.conftest import VAULT
from tests.fresh import filled

TODAY = date(2024, 9, 12)
MIDNIGHT = datetime(2024, 9, 12, tzinfo=SHANGHAI)
DAYS = (TODAY, date(2026, 11, 21), date(2026, 10, 8), date(2025, 2, 5), date(2024, 3, 1), date(2027, 1, 3))
"""Among them the days after a long holiday, and the first days of a month and of a year."""
ALL = ("beijing", "binzhou", "jinan")
S = CaseState


def accounts() -> list[Staff]:
    return [replace(staff, password_hash="示例", totp_secret="示例") for staff in demo_staff()]


@pytest.fixture
def files(tmp_path: Path) -> FolderFiles:
    """Where the pictures of the demo lie."""
    return FolderFiles(tmp_path / "files", Vault(bytes(range(32))))


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pictures of the demo that `demo` is a copy of."""
    return tmp_path_factory.mktemp("loaded")


@pytest.fixture
async def demo(tmp_path: Path, loaded: Path) -> AsyncIterator[Store]:
    """The cast alone, with its staff."""

    async def load(store: Store) -> None:
        await load_demo(store, TODAY, people=1, staff=accounts(), files=FolderFiles(loaded / "files", Vault(bytes(range(32)))))

    url = f"sqlite:///{tmp_path / 'demo.sqlite'}"
    await filled(url, VAULT, "demo at work", load)
    await asyncio.to_thread(copytree, loaded / "files", tmp_path / "files", dirs_exist_ok=True)
    opened = open_store(url, VAULT, FakeClock())
    yield opened
    await opened.close()


async def cases_of(store: Store) -> list[Case]:
    async with store.reading() as repos:
        found = [await repos.cases.get(number_of(place)) for place in range(len(FILED))]
    assert None not in found
    return [case for case in found if case]


async def orders_of(store: Store) -> list[Order]:
    async with store.reading() as repos:
        people = await repos.people.page(0, 1000)
        return [order for person in people for order in await repos.orders.of_person(person.id, 100)]


async def the(store: Store, name: str) -> Person:
    life = list(generate(TODAY, 1))[[part.name for part in CAST].index(name)]
    async with store.reading() as repos:
        return (await repos.people.by_id_no(life.person.id_no, life.person.region))[0]


async def test_the_queue_has_something_of_everything(demo: Store) -> None:
    """At least forty filings over three regions, each state, each declaration, late ones and ones in time, taken and free ones."""
    cases = await cases_of(demo)
    assert len(cases) == 49
    assert {case.state for case in cases} == set(CaseState)
    assert (
        {case.filing for case in cases}
        == set(FILINGS) - {"report_lost", "lift_loss"}
        == {"card_replace", "card_second", "phone_change", "complaint", "refund"}
    )
    assert {region: count >= 8 for region, count in Counter(case.region for case in cases).items()} == dict.fromkeys(ALL, True)
    async with demo.reading() as repos:
        waiting = await repos.cases.queue(QueueFilter(ALL, (S.REVIEW, S.SECOND, S.WORKING)), None, 100)
        names = {staff.id: staff.login for staff in await repos.staff.all()}
        late = await repos.cases.queue(QueueFilter(ALL, (S.REVIEW, S.SECOND, S.WORKING), due_before=TODAY), None, 100)
        counts = await repos.cases.counts(ALL)
    assert len(waiting) == sum(case.state in {S.REVIEW, S.SECOND, S.WORKING} for case in cases)
    assert 6 <= len(late) < len(waiting)
    assert sum(row.claimed_by is None for row in waiting) > 10
    assert {names[row.claimed_by] for row in waiting if row.claimed_by} == {"shouli", "shenhe", "shenhe2", "kefu"}
    assert counts[S.SECOND] == 3
    assert counts[S.SUPPLEMENT] == 3


async def test_filings_are_what_their_declarations_make(demo: Store) -> None:
    """Title, feature, 承诺, stage, answers, labels with masks, words of the state: each case is as if it had been filed here."""
    regions = load_regions()
    for case in await cases_of(demo):
        filing, region = FILINGS[case.filing], regions[case.region]
        assert case.title == filing.title
        assert case.feature == (filing.covers[0] if filing.covers else filing.name)
        assert case.state is not None
        agreed = f"{filing.undertaking.code}@{filing.undertaking.version}" if filing.undertaking else ""
        assert case.undertaking == ("" if case.state is S.DRAFT else agreed)
        handling, feedback = words(region, case.state)
        assert (case.handling_status, case.feedback_status.removesuffix("，请设为已读")) == (handling, feedback)
        stage = filing.stage(case.stage)
        assert (stage.state if stage else None) == (case.state if case.state in {S.WORKING, S.READY} else None)
        if filing.inside:
            assert case.answers == {}
            assert all(value and value != "****" for value in case.fields.values())
            continue
        assert case.fields == filed(filing, case.answers)
        asked = [step for step in filing.steps if step.label and step.applies(case.answers)]
        assert set(case.answers) <= {step.name for step in asked}
        if case.state is not S.DRAFT:
            assert set(case.answers) == {step.name for step in asked}


async def test_what_a_region_needs_read_is_finished_only_then(demo: Store) -> None:
    """In 济南 a decided case waits for 设为已读; one of them has it; elsewhere the decision is the end."""
    for case in await cases_of(demo):
        waits = (
            case.region == "jinan"
            and case.state in {S.DONE, S.REFUSED}
            and case.filing == "phone_change"
            and case.read_at is None
        )
        assert case.feedback_status.endswith("，请设为已读") == waits
        assert (case.finished_at is not None) == (case.state is not None and case.state.over and not waits)
        if case.finished_at:
            assert case.finished_at == case.steps[-1].at
    read = [case for case in await cases_of(demo) if case.read_at]
    assert [(case.region, case.steps[-1].name, case.steps[-1].by) for case in read] == [("jinan", "设为已读", "本人")]


@pytest.mark.parametrize("today", DAYS)
async def test_steps_run_forward_and_days_are_counted_in_working_days(store: Store, today: date) -> None:
    """On every day of loading: steps in order, the last before today; card filings inside their window; due days and estimates as counted by hand."""
    await load_demo(store, today, people=1)
    regions = load_regions()
    online = regions["beijing"].windows["W-CARD-ONLINE"]
    for case in await cases_of(store):
        moments = [step.at for step in case.steps]
        assert moments == sorted(moments)
        assert [step.seq for step in case.steps] == list(range(1, len(moments) + 1))
        assert bool(moments) == (case.state is not S.DRAFT)
        assert case.submitted_at.astimezone(SHANGHAI).date() < today
        if moments:
            assert moments[0] == case.submitted_at
            assert moments[-1].astimezone(SHANGHAI).date() < today
        if case.filing.startswith("card"):
            assert is_open(online, case.submitted_at)
        filing, region = FILINGS[case.filing], regions[case.region]
        last = moments[-1].astimezone(SHANGHAI).date() if moments else today
        if case.state is S.REVIEW:
            counted = estimate(filing, region, last)
            assert case.expected_on == (counted.day if counted else None)
        review = region.days[filing.review.days] if filing.review else None
        wanted = {S.REVIEW: review, S.SUPPLEMENT: 10, S.WORKING: region.days.get(case.filing)}.get(case.state or S.DRAFT)
        if case.state is not S.SECOND:
            assert case.due_on == (None if wanted is None else plus_workdays(last, wanted))


async def test_every_filing_has_the_pictures_that_it_needs(demo: Store, files: FolderFiles) -> None:
    """What is 必要 is there for whatever was submitted, of materials that the declaration has and of a size that it takes; a draft has none."""
    seen = set()
    for case in await cases_of(demo):
        async with demo.reading() as repos:
            held = await repos.attachments.of_case(case.case_no)
        declared = {one.name: one for one in FILINGS[case.filing].materials if holds(one.when, case.answers)}
        needed = {one.name for one in declared.values() if one.required}
        if case.state is S.DRAFT:
            assert held == ()
            continue
        assert needed <= {one.material for one in held} <= set(declared), case
        for one in held:
            body = await files.get(one.stored_as)
            assert body is not None
            assert (one.size, one.sha256) == (len(body), hashlib.sha256(body).hexdigest())
            assert declared[one.material].at_least <= one.size <= declared[one.material].at_most
            assert one.file_name.startswith("示例照片")
            assert one.uploaded_at == case.submitted_at
            seen.add((one.material, body))
    assert {material for material, _ in seen} == {"holding", "card", "old_card"}
    assert len(seen) == 3
    for _, body in seen:
        _, width, height = rewritten(body, "JPEG", 5 << 20)
        assert (width, height) == Image.open(io.BytesIO(body)).size == (960, 720)


async def test_without_a_place_for_files_there_are_no_pictures(store: Store) -> None:
    """Loaded for something else than the demo, the filings are there and nothing belongs to them."""
    report = await load_demo(store, TODAY, people=1)
    assert report.extras.pictures == 0
    async with store.reading() as repos:
        assert {await repos.attachments.of_case(case.case_no) for case in await cases_of(store)} == {()}


async def test_cards_stand_as_their_filings_say(demo: Store) -> None:
    """制卡 is making, 领卡 is ready, a finished replacement left the old card behind, and each filing left its notes with its number."""
    expected = {S.WORKING: "making", S.READY: "ready", S.DONE: "active"}
    seen = 0
    for case in await cases_of(demo):
        if not case.filing.startswith("card") or case.person_id is None:
            continue
        async with demo.reading() as repos:
            card = await repos.cards.of_person(case.person_id)
            history = await repos.cards.history(case.person_id, 50)
            others = await repos.cases.of_person(case.person_id, 20)
        assert card is not None
        open_ones = [
            one
            for one in others
            if one.filing.startswith("card") and one.state and not one.state.over and one.state is not S.DRAFT
        ]
        assert len(open_ones) <= 1
        if case.state in expected:
            assert card.status == expected[case.state]
        elif case.state in {S.UNPAID, S.REVIEW} and case.answers.get("reason") == "遗失":
            assert (card.status, card.lost_until) == ("lost", None)
            assert card.lost_at == case.submitted_at
        noted = [event for event in history if event.note.endswith(f"业务流水号 {case.case_no}")]
        assert bool(noted) == (case.state is not S.DRAFT)
        seen += len(noted)
    assert seen > 25
    async with demo.reading() as repos:
        history = await repos.cards.history((await the(demo, "汤若衡")).id)
    assert [(event.step, event.status) for event in history] == [
        ("新卡启用", "正常使用"),
        ("旧卡停用", "已换新卡"),
        ("制卡完成", "等待领取"),
        ("制卡", "正在制卡"),
        ("正式挂失", "已挂失"),
    ]
    assert len({event.card_no for event in history}) == 2


async def test_a_temporary_loss_ends_in_three_days_by_itself(demo: Store) -> None:
    """陶云舒 lost the card on 31 August at 19:40 for fifteen days; the warning two days before and the end are queued as the product reads them."""
    person = await the(demo, "陶云舒")
    async with demo.reading() as repos:
        card = await repos.cards.of_person(person.id)
        history = await repos.cards.history(person.id)
    assert card is not None
    assert card.lost_at == datetime(2024, 8, 31, 19, 40, tzinfo=SHANGHAI)
    assert card.lost_until == datetime(2024, 9, 15, 19, 40, tzinfo=SHANGHAI)
    assert history[0].note == "临时挂失，到 2024年9月15日 19:40 自动恢复"
    async with demo.transaction() as repos:
        due = await repos.jobs.claim(MIDNIGHT + timedelta(days=30), timedelta(minutes=5), 100, ("loss_warn", "loss_end"))
    assert {(job.name, job.run_at) for job in due} == {
        (card_jobs.WARN, datetime(2024, 9, 13, 19, 40, tzinfo=SHANGHAI)),
        (card_jobs.END, datetime(2024, 9, 15, 19, 40, tzinfo=SHANGHAI)),
    }
    for job in due:
        ending = msgspec.json.decode(job.payload, type=card_jobs._Ending)
        assert (ending.person_id, ending.until) == (person.id, card.lost_until)


async def test_swipes_of_the_last_months(demo: Store) -> None:
    """Seven people of 滨州 have three to six swipes in each full month, all of the past and of 示例 places; others have none."""
    names = ("孙书瑶", "朱启明", "董若朗", "杜亦衡", "龚一鹤", "秦时雨")
    for name in names:
        person = await the(demo, name)
        async with demo.reading() as repos:
            months = [await repos.cards.swipes(person.id, month) for month in Month(2024, 5).until(Month(2024, 9))]
            assert await repos.cards.swipes(person.id, Month(2024, 4)) == ()
        assert all(3 <= len(month) <= 6 for month in months[:-1])
        everything = [swipe for month in months for swipe in month]
        assert all(swipe.at < MIDNIGHT and swipe.amount > 0 and "示例" in swipe.place for swipe in everything)
        assert {swipe.kind for swipe in everything} <= {"门诊", "药店购药", "住院"}
    async with demo.reading() as repos:
        assert await repos.cards.swipes((await the(demo, "任晴川")).id, Month(2024, 8)) == ()
        lost = await repos.cards.swipes((await the(demo, "陶云舒")).id, Month(2024, 9))
    assert lost == ()


async def test_orders_in_every_status_cost_what_the_form_says(demo: Store) -> None:
    """Each status occurs in 滨州, months, amounts and lines are those of the order's own form, and nobody has two open orders that overlap."""
    rules = load_regions()["binzhou"].orders
    assert rules is not None
    orders = [order for order in await orders_of(demo) if order.region == "binzhou"]
    assert len(orders) == len(WANTED)
    assert {order.status for order in orders} == set(OrderStatus)
    for order in orders:
        form = next(form for form in ORDER_FORMS.values() if form.covers[0] == order.feature)
        if order.span and order.base:
            insurance = "和".join({"pension": "养老", "medical": "医疗"}[code] for code in order.insurances)
            answers = {
                "start": str(order.span.start),
                "end": str(order.span.end),
                "insurance": insurance,
                "base": str(order.base),
            }
        else:
            answers = {"year": f"{rules.year}年度", "tier": order.tier}
        draft = form.draft(answers, rules, TODAY)
        assert (order.title, order.insurances, order.span, order.base, order.tier) == (
            form.title,
            draft.insurances,
            draft.span,
            draft.base,
            draft.tier,
        )
        assert (order.amount, order.lines) == (draft.amount, draft.lines)
        assert order.status.open == (order.expires_at > MIDNIGHT)
        assert (
            (order.paid_at is not None)
            == bool(order.transaction_id)
            == (order.status in {OrderStatus.PAID, OrderStatus.SURPLUS, OrderStatus.REFUNDED})
        )
    open_ones = Counter(order.person_id for order in orders if order.status.open)
    assert set(open_ones.values()) == {1}
    # 5000.00 × 20 % × 3 = 3000.00 and 5000.00 × 8 % × 3 = 1200.00 for April to June; two thirds of that for July and August
    mine = [order.amount for order in orders if order.insurances == ("pension", "medical")]
    assert sorted(mine) == [Decimal("2800.00"), Decimal("4200.00")]


async def test_fees_and_refunds_belong_to_their_filings(demo: Store) -> None:
    """Each 补换卡 beyond its draft has its 20.00 order: open while it waits, void when nobody paid, paid otherwise; each refund names an order that exists."""
    orders = await orders_of(demo)
    by_case = {order.case_no: order for order in orders if order.case_no}
    cases = await cases_of(demo)
    replaced = [case for case in cases if case.filing == "card_replace" and case.state is not S.DRAFT]
    assert set(by_case) == {case.case_no for case in replaced}
    gone_back = {case.fields["订单号"] for case in cases if case.filing == "refund" and case.state is S.DONE}
    assert len(gone_back) == 2
    for case in replaced:
        order = by_case[case.case_no]
        paid_back = OrderStatus.REFUNDED if order.order_no in gone_back else OrderStatus.PAID
        wanted = {S.UNPAID: OrderStatus.PENDING, S.VOID: OrderStatus.VOID}.get(case.state or S.DRAFT, paid_back)
        assert (order.status, order.amount, order.person_id) == (wanted, Decimal("20.00"), case.person_id)
        paid = [step for step in case.steps if step.name == "缴费"]
        assert [step.at for step in paid] == ([order.paid_at] if order.transaction_id else [])
    numbers = {order.order_no: order for order in orders}
    refunds = [case for case in cases if case.filing == "refund"]
    assert len(refunds) == 5
    for case in refunds:
        order = numbers[case.fields["订单号"]]
        assert order.person_id == case.person_id
        assert f"{order.amount:,.2f} 元" in case.fields.values()
        if order.case_no:
            assert case.fields["原业务"] == f"{order.title.removesuffix('工本费')} {order.case_no}"
        else:
            assert order.status is (OrderStatus.REFUNDED if case.state is S.DONE else OrderStatus.SURPLUS)
            assert case.fields["交易单号"] == f"****{order.transaction_id[-8:]}"


async def test_open_orders_end_by_themselves(demo: Store) -> None:
    """The end of every open order, and of the case that waits for its money, is queued as the product reads it."""
    orders = {order.order_no: order for order in await orders_of(demo) if order.status.open}
    async with demo.transaction() as repos:
        jobs = await repos.jobs.claim(MIDNIGHT + timedelta(days=30), timedelta(minutes=5), 100, ("order.expire", "unpaid"))
    ends = {read_about(job.payload).order_no: job.run_at for job in jobs if job.name == "order.expire"}
    assert ends == {number: order.expires_at for number, order in orders.items()}
    (unpaid,) = [job for job in jobs if job.name == "unpaid"]
    (fee,) = [order for order in orders.values() if order.case_no]
    assert later.unpack(unpaid.payload) == later.Appointment(fee.case_no, "1")
    assert unpaid.run_at == fee.expires_at + later.AFTER_EXPIRY


async def test_talks_wait_and_marks_are_given(demo: Store) -> None:
    """Three talks wait and two are open in 北京, messages of the evening lie there, closed ones have marks, and a bad mark has its complaint."""
    async with demo.reading() as repos:
        waiting = await repos.threads.waiting(ALL, ("waiting",))
        open_ones = await repos.threads.waiting(ALL, ("open",))
        left = await repos.threads.waiting(ALL, ("left",))
        kefu = await repos.staff.by_login("kefu")
        lines = [await repos.threads.lines(thread.id) for thread in (*waiting, *open_ones, *left)]
        grades = await repos.ratings.grades(ALL, TODAY - timedelta(days=100), TODAY)
    assert kefu is not None
    assert (len(waiting), len(open_ones), len(left)) == (3, 2, 3)
    assert {thread.region for thread in (*waiting, *open_ones)} == {"beijing"}
    assert {thread.claimed_by for thread in open_ones} == {kefu.id}
    assert all(thread.claimed_by is None for thread in (*waiting, *left))
    assert all(said and said[0].who == "person" for said in lines)
    assert {line.by for said in lines for line in said if line.who == "staff"} == {kefu.id}
    assert max(line.at for said in lines for line in said) < MIDNIGHT
    assert len(TALKS) == 10
    assert sum(grades.values()) >= 6
    assert set(grades) >= {1, 2, 5}
    complaints = [case for case in await cases_of(demo) if case.filing == "complaint"]
    about = {case.case_no for case in await cases_of(demo)}
    assert sum(case.fields["编号"] in about for case in complaints) >= 5


async def test_one_account_of_each_role(demo: Store) -> None:
    """Six roles, a second reviewer for four eyes, all regions, names of the demo; nothing in the records lets anybody in."""
    assert Counter(role for staff in demo_staff() for role in staff.roles) == Counter(
        {"受理": 1, "审核": 2, "客服": 1, "运营": 1, "审计": 1, "管理员": 1}
    )
    assert [staff.login for staff in demo_staff()] == ["shouli", "shenhe", "shenhe2", "kefu", "yunying", "shenji", "guanli"]
    assert all(staff.name.startswith("示例") and staff.regions == frozenset(ALL) and staff.active for staff in demo_staff())
    assert all((staff.id, staff.password_hash, staff.totp_secret) == (0, "", "") for staff in demo_staff())
    async with demo.reading() as repos:
        assert len(await repos.staff.all()) == 7


async def test_second_pairs_of_eyes_are_others(demo: Store) -> None:
    """What waits for a second approval was approved by 示例审核, and the steps name staff by number only."""
    async with demo.reading() as repos:
        ids = {staff.login: staff.id for staff in await repos.staff.all()}
    for case in await cases_of(demo):
        if case.state is S.SECOND:
            assert case.first_reviewer == ids["shenhe"] != case.claimed_by
            assert case.steps[-1].by == f"经办人员{ids['shenhe']:04d}"
        assert not any("示例" in step.by for step in case.steps)


async def test_without_accounts_nothing_is_taken(store: Store) -> None:
    """Loaded without staff everything is there, and nothing is anybody's."""
    await load_demo(store, TODAY, people=1)
    assert {case.claimed_by for case in await cases_of(store)} == {None}
    async with store.reading() as repos:
        assert await repos.staff.all() == ()


async def test_the_numbers_stay_and_nobody_is_real(store: Store) -> None:
    """Case and order numbers are the same on every day, new phones are of the unopened segment, and every name is of the cast."""
    await load_demo(store, TODAY, people=1)
    cases = await cases_of(store)
    assert len({case.case_no for case in cases}) == len(cases)
    assert {(filed_.region, filed_.who) for filed_ in FILED if filed_.who} <= {(part.region, part.name) for part in CAST}
    assert all(case.answers["phone"].startswith("154") for case in cases if case.answers.get("phone"))
    assert all(case.case_no == number_of(place) for place, case in enumerate(cases))
