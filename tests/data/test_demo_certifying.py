"""认证记录 of the cast: they lead to the state that each has, and tell the stories that are there to be seen."""

from __future__ import annotations

from datetime import date

from storage.certifying import next_due, passed
from storage.demo import load_demo
from storage.demo.cast import CAST, lives
from storage.ports.repositories import Store
from storage.regions import load_regions

TODAY = date(2024, 9, 12)


async def test_retirees_of_the_cast_have_records(store: Store) -> None:
    """The newest passed one is the state, and the rule gives its due day; nothing lies ahead, and who draws nothing has none."""
    report = await load_demo(store, TODAY, len(CAST))
    # 15 have certified, three times each; 马玉珍's family after she had failed; three others are trying.
    assert report.extras.certification_records == 15 * 3 + 1 + 3
    rules = {code: region.certification for code, region in load_regions().items()}
    trying: dict[str, str] = {}
    certified = 0
    async with store.reading() as repos:
        for life in lives(TODAY):
            person = (await repos.people.by_id_no(life.person.id_no, life.person.region))[0]
            state = await repos.certifications.of_person(person.id)
            history = await repos.certifications.history(person.id)
            if state is None or state.last_at is None:
                assert history == ()
                continue
            certified += 1
            done = next(one for one in history if passed(one.result))
            assert (done.at.date(), done.channel, done.by_other) == (state.last_at, state.channel, state.by_other)
            assert next_due(rules[person.region], person.birth_date, state.last_at) == state.due_on
            assert [one.at for one in history] == sorted((one.at for one in history), reverse=True)
            assert history[0].at.date() <= TODAY
            if history[0] != done:
                trying[person.name] = history[0].result
    assert certified == 15
    assert trying == {"郑美华": "未通过", "潘秀英": "审核中", "廖桂香": "未通过"}


def test_states_on_any_day_are_those_of_the_rule() -> None:
    """Also where the year before had a leap day: due and last day are a year apart by the calendar."""
    for today in (date(2024, 2, 28), date(2025, 2, 28), date(2024, 12, 31)):
        for life in lives(today):
            if life.certification is not None and life.certification.last_at is not None:
                due, last = life.certification.due_on, life.certification.last_at
                assert (due.year - last.year, due.month, due.day) == (1, last.month, last.day) or due.day == 29
