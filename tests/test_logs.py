"""Logs: no content by design, and a filter that masks digit runs as a second net (S21)."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs

ID = "110101198003150011"
PHONE = "13800001234"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    target = io.StringIO()
    logs.set_up(target)
    yield target
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = []


def test_digit_runs_are_masked_wherever_they_stand(stream: io.StringIO) -> None:
    """In the event, in values, in lists, in nested ones, as numbers, with spaces and hyphens between."""
    structlog.get_logger().info(
        f"looked up {ID}",
        phone=PHONE,
        several=[ID, {"inner": f"+86 {PHONE[:3]} {PHONE[3:7]}-{PHONE[7:]}"}],
        number=int(PHONE),
        card="6222 0212 3456 7890",
        x="11010119800315001X",
    )
    written = stream.getvalue()
    assert ID not in written
    assert PHONE not in written
    assert "0212" not in written
    assert "00315001X" not in written
    assert json.loads(written)["level"] == "info"


def test_short_numbers_and_the_time_stay(stream: io.StringIO) -> None:
    """Durations, counts and the timestamp are what logs are for."""
    structlog.get_logger().info("turn", ms=12.5, count=2000, status=200)
    line = json.loads(stream.getvalue())
    assert (line["ms"], line["count"], line["status"]) == (12.5, 2000, 200)
    assert line["timestamp"].startswith("20")


def test_an_exception_tells_where_but_not_what_was_typed(stream: io.StringIO) -> None:
    """The message of an error may quote a person."""
    try:
        raise ValueError(f"cannot read 张建国 {ID}")
    except ValueError:
        structlog.get_logger().exception("turn failed")
    written = stream.getvalue()
    assert "张建国" not in written
    assert ID not in written
    line = json.loads(written)
    assert line["error"] == "ValueError"
    assert any("test_logs.py" in frame for frame in line["trace"])


def test_private_paths_are_blotted_out(stream: io.StringIO) -> None:
    """Whoever logs an address by mistake does not log the ticket in it."""
    logging.getLogger("library").error("GET /v/202409121112345678/ABCD2345 and /p/abcDEF-token")
    written = stream.getvalue()
    assert "ABCD2345" not in written
    assert "abcDEF" not in written


def test_libraries_exceptions_keep_their_words_to_themselves(stream: io.StringIO) -> None:
    """The standard module's tracebacks say the kind and the place."""
    try:
        raise RuntimeError(f"parameters: {PHONE} 张建国")
    except RuntimeError:
        logging.getLogger("library").exception("failed")
    assert "张建国" not in stream.getvalue()
    assert "RuntimeError" in stream.getvalue()
