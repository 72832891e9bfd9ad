"""What a declared query is: from the ports to a Statement that every medium can show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import date

from dialogs.masks import masked_id
from dialogs.statement import Statement
from storage.ports.record import Record
from storage.ports.records import Person
from storage.ports.regions import Region
from storage.ports.repositories import Repositories


class Asker(Record):
    """For whom and from when a query is answered."""

    person: Person
    region: Region
    today: date
    loaded: date | None = None
    """Up to which day the records are known; None: they are as of today (an agency's own database)."""

    brief: bool = False
    """Only what a chat says is wanted: the answer in words. There are tables where there is something to show, but not all of them."""

    @property
    def as_of(self) -> date:
        """数据截至."""
        return min(self.today, self.loaded) if self.loaded else self.today


Query = Callable[[Repositories, Asker, Mapping[str, str]], Awaitable[Statement]]
"""Raises LookupError for what is not the person's: it looks like what does not exist."""


def holder_facts(person: Person) -> tuple[tuple[str, str], ...]:
    """What a document says about its holder: enough to recognise, the number masked (whoever checks the paper sees it too)."""
    return (("姓名", person.name), ("证件号码", masked_id(person.id_no)), ("人员状态", person.person_status))
