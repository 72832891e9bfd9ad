"""Records: frozen values with names.

A `Record` is in all that is asked of one a frozen dataclass with slots: equality, hashing, patterns, `__post_init__`, and `dataclasses.replace`,
`fields` and `asdict` take it. It is made by msgspec, because a turn makes fifteen of them and a process declares hundreds before its first
answer: to make one costs a tenth, to declare one a hundredth.
"""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any, dataclass_transform

import msgspec
from msgspec import field

__all__ = ["Record", "field"]


class _Fields:
    """What `dataclasses` asks a class for, made when it is asked."""

    def __init__(self) -> None:
        self._known: dict[type[msgspec.Struct], dict[str, dataclasses.Field[Any]]] = {}

    def __get__(self, _record: object, kind: type[msgspec.Struct]) -> dict[str, dataclasses.Field[Any]]:
        found = self._known.get(kind)
        if found is None:
            found = self._known[kind] = _as_dataclass(kind)
        return found


def _as_dataclass(kind: type[msgspec.Struct]) -> dict[str, dataclasses.Field[Any]]:
    hints: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        hints |= inspect.get_annotations(one)
    names, last = kind.__struct_fields__, kind.__struct_defaults__
    defaults = (msgspec.NODEFAULT,) * (len(names) - len(last)) + last
    told = [(name, hints[name], _field(default)) for name, default in zip(names, defaults, strict=True)]
    return {one.name: one for one in dataclasses.fields(dataclasses.make_dataclass(kind.__name__, told, kw_only=True))}


def _field(default: Any) -> Any:
    if default is msgspec.NODEFAULT:
        return dataclasses.field()
    if isinstance(default, _Factory):
        return dataclasses.field(default_factory=default.factory)
    return dataclasses.field(default=default)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record(msgspec.Struct, frozen=True):
    """Derive from it; annotations are fields. `kw_only=True` beside it where they are given by name alone."""

    __dataclass_fields__ = _Fields()


class _Empty(msgspec.Struct):
    made: list[None] = field(default_factory=list)


_Factory: Any = type(_Empty.__struct_defaults__[0])
