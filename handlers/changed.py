"""Frozen records with other values, as `dataclasses.replace` makes them, and cheaply for those that are msgspec's: a turn makes a dozen."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def replace(record: T, **changes: Any) -> T:
    """A copy with these values instead. Raises TypeError for a name that the record does not have."""
    kind = type(record)
    if type(kind) is _STRUCTS:  # quicker to tell than by the class itself
        return msgspec.structs.replace(record, **changes)  # type: ignore[type-var]
    names = _names.get(kind)
    if names is None:
        names = _names[kind] = tuple(field.name for field in dataclasses.fields(record) if field.init)  # type: ignore[arg-type]
    values = {name: getattr(record, name) for name in names}
    values.update(changes)
    return kind(**values)


_STRUCTS = type(msgspec.Struct)
_names: dict[type, tuple[str, ...]] = {}
"""What a record is made of, by its kind."""
