"""`storage.ports.record`: what is made by msgspec keeps what a frozen dataclass promises."""

from __future__ import annotations

import copy
import pickle
from dataclasses import asdict, fields, is_dataclass, replace
from typing import ClassVar

import pytest

from storage.ports.record import Record, field


class Place(Record):
    """A record with defaults of both kinds, and something that is no field."""

    name: str
    floor: int = 1
    rooms: dict[str, int] = field(default_factory=dict)
    KIND: ClassVar[str] = "place"


class Office(Place, kw_only=True):
    """One that is derived, and refuses a floor that is none."""

    hours: str

    def __post_init__(self) -> None:
        if self.floor < 0:
            raise ValueError("below the ground")


def test_records_are_values() -> None:
    """Equal by what they hold and by their kind; hashable where that is; never changed; never sharing what was made for one."""
    assert Place("大厅") == Place("大厅", 1)
    assert Place("大厅") != Office("大厅", hours="9")
    assert hash(Insured("甲")) == hash(Insured("甲"))
    with pytest.raises(AttributeError):
        Place("大厅").floor = 2  # type: ignore[misc]
    assert Place("大厅").rooms is not Place("大厅").rooms
    assert repr(Place("大厅")) == "Place(name='大厅', floor=1, rooms={})"


class Insured(Record):
    """A record that can be a key."""

    name: str


def test_dataclasses_takes_records() -> None:
    """`replace`, `fields`, `asdict` and `is_dataclass` do with them what they do with dataclasses, inherited fields and checks included."""
    office = Office("大厅", 2, hours="9")
    assert replace(office, floor=3) == Office("大厅", 3, hours="9")
    assert [(one.name, one.type) for one in fields(Office)] == [
        ("name", "str"),
        ("floor", "int"),
        ("rooms", "dict[str, int]"),
        ("hours", "str"),
    ]
    assert asdict(office) == {"name": "大厅", "floor": 2, "rooms": {}, "hours": "9"}
    assert is_dataclass(office)
    with pytest.raises(ValueError, match="below the ground"):
        replace(office, floor=-1)
    with pytest.raises(TypeError):
        replace(office, roof=1)  # type: ignore[call-arg]


def test_records_are_copied_pickled_and_matched() -> None:
    """A copy and what comes out of another process are equal; patterns read fields in their order."""
    office = Office("大厅", 2, {"a": 1}, hours="9")
    assert copy.deepcopy(office) == office
    assert pickle.loads(pickle.dumps(office)) == office  # noqa: S301
    match office:
        case Place(name, floor):
            assert (name, floor) == ("大厅", 2)
