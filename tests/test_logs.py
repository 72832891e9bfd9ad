"""Logs: no content by design, and a filter that masks digit runs as a second net (S21)."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from bot import logs
from tests.logged import logged

ID = "110101198003150011"
PHONE = "13800001234"


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    with logged() as target:
        yield target


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


def test_the_platforms_id_of_a_call_can_be_read(stream: io.StringIO) -> None:
    """Its support asks for it; under no other key, and in no other form, do its digits stay."""
    structlog.get_logger().warning("wechat_api", rid="72174001-12345678-90123467", other="72174001-12345678-90123467")
    structlog.get_logger().warning("wechat_api", rid=PHONE)
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["rid"] == "72174001-12345678-90123467"
    assert "12345678" not in first["other"]
    assert PHONE not in second["rid"]


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


async def test_lines_of_one_round_are_written_together_and_a_warning_at_once() -> None:
    """Two lines are one write at the end of the round, in their order; a warning takes what waits with it."""
    written: list[str] = []

    class Target(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            return len(text)

    lines = logs.Lines(Target(), together=True)
    lines.info("one")
    lines.info("two")
    assert written == []
    await asyncio.sleep(0)
    assert written == ["one\ntwo\n"]
    lines.info("three")
    lines.warning("four")
    assert written == ["one\ntwo\n", "three\nfour\n"]
    await asyncio.sleep(0)
    assert len(written) == 2


def test_a_line_that_nobodys_loop_waits_for_is_written_at_once(stream: io.StringIO) -> None:
    """Outside of an event loop, and whatever JSON has no word for is shown all the same."""
    target = io.StringIO()
    lines = logs.Lines(target, together=True)
    lines.info("alone")
    assert target.getvalue() == "alone\n"
    structlog.get_logger().info("odd", what={1}, half="\ud800")
    assert json.loads(stream.getvalue())["what"] == "{1}"


def test_a_ready_logger_follows_what_was_set_up_anew(stream: io.StringIO) -> None:
    """It is bound once, and still writes to where the lines go now."""
    ready = logs.Ready("edge")
    ready.info("first")
    other = io.StringIO()
    logs.set_up(other)
    ready.info("second")
    assert ("first" in stream.getvalue(), "second" in stream.getvalue()) == (True, False)
    assert "second" in other.getvalue()


def test_the_line_of_a_message_reads_like_any_other(stream: io.StringIO) -> None:
    """The same fields in the same form, but nothing is blotted out of it; nothing is written where such lines are not wanted."""
    told: dict[str, str | float] = {"outcome": "answered", "kind": "Said", "age_s": 3, "ms": 1.5}
    structlog.get_logger().info("request", **told)
    logs.Ready("wechat").info("request", **told, who="0123456789ab")
    usual, ready = (json.loads(line) for line in stream.getvalue().splitlines())
    assert ready.pop("who") == "0123456789ab"
    assert list(ready) == list(usual)
    assert {name: ready[name] for name in ready if name != "timestamp"} == {
        name: usual[name] for name in usual if name != "timestamp"
    }
    quiet = io.StringIO()
    logs.set_up(quiet, logging.WARNING)
    logs.Ready("wechat").info("request", outcome="answered")
    assert quiet.getvalue() == ""
    logs.Ready("wechat").warning("request", outcome="refused")
    assert json.loads(quiet.getvalue())["level"] == "warning"


def test_nothing_is_written_while_it_is_silent(stream: io.StringIO) -> None:
    """Neither a usual line nor the line of a message, which goes past the processors; afterwards both are written again."""
    usual, ready = structlog.get_logger(), logs.Ready("wechat")
    with logs.silent():
        usual.warning("unheard")
        ready.info("unheard")
    usual.warning("heard")
    ready.info("heard")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["heard", "heard"]
