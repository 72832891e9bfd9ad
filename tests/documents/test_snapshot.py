"""Freezing what was issued."""

from __future__ import annotations

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialogs.statement import Column, ColumnKind, Statement, Table
from handlers.documents import Unreadable, content_hash, freeze, thaw
from tests.documents.samples import statement

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
COLUMNS = st.builds(Column, TEXT, st.sampled_from(ColumnKind), st.floats(0.1, 9), TEXT)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = tuple(draw(st.lists(COLUMNS, min_size=1, max_size=3)))
    row = st.tuples(*(TEXT for _ in columns))
    return Table(draw(TEXT), columns, tuple(draw(st.lists(row, max_size=3))), draw(st.one_of(st.just(()), row)))


STATEMENTS = st.builds(
    Statement,
    feature=TEXT,
    title=TEXT,
    region=TEXT,
    agency=TEXT,
    holder=TEXT,
    facts=PAIRS,
    tables=st.lists(tables(), max_size=2).map(tuple),
    notes=st.lists(TEXT, max_size=2).map(tuple),
    as_of=TEXT,
    period=TEXT,
    summary=st.lists(TEXT, max_size=2).map(tuple),
    chart=TEXT,
)


@given(STATEMENTS)
def test_a_statement_thaws_as_it_was_frozen(content: Statement) -> None:
    """Nothing is lost or changed, whatever the texts are, and freezing again gives the same bytes."""
    frozen = freeze(content)
    assert thaw(frozen) == content
    assert freeze(thaw(frozen)) == frozen


def test_the_frozen_form_is_canonical() -> None:
    """Sorted keys without spaces and a version, so that the hash depends on the content alone."""
    frozen = freeze(statement())
    content = json.loads(frozen)
    assert content["v"] == 1
    assert frozen.decode() == json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert content_hash(frozen) == hashlib.sha256(frozen).hexdigest()


def test_any_change_changes_the_hash() -> None:
    """One figure is enough (S13)."""
    frozen = freeze(statement())
    assert content_hash(frozen.replace(b"545.68", b"545.69")) != content_hash(frozen)


def test_keys_of_a_later_release_are_ignored_and_missing_ones_have_defaults() -> None:
    """Fields can be added to a Statement without making what was issued unreadable, in either direction."""
    content = json.loads(freeze(statement()))
    content["later"] = 1
    content["statement"]["later"] = {"x": []}
    content["statement"]["tables"][0]["columns"][0]["later"] = None
    del content["statement"]["summary"], content["statement"]["chart"], content["statement"]["tables"][0]["columns"][0]["weight"]
    thawed = thaw(json.dumps(content).encode())
    assert thawed.tables == statement().tables
    assert thawed.summary == ()


@pytest.mark.parametrize(
    "snapshot",
    [b"", b"{}", b"null", b'{"v":1}', b'{"v":2,"statement":{}}', b"\xff", b'{"v":1,"statement":{"title":"110199196203151234"}}'],
)
def test_what_is_no_snapshot_is_refused_without_quoting_it(snapshot: bytes) -> None:
    """Broken bytes and newer versions raise Unreadable, and the error holds nothing of the content (S21)."""
    with pytest.raises(Unreadable) as caught:
        thaw(snapshot)
    assert "1101" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_row_of_the_wrong_length_is_refused() -> None:
    """The rules of a Table hold for what is read back, too."""
    content = json.loads(freeze(statement()))
    content["statement"]["tables"][0]["rows"][0].pop()
    with pytest.raises(Unreadable):
        thaw(json.dumps(content).encode())
