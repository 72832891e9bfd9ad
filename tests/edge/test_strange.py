"""Kinds that nobody has told us of: authenticated, answered, and named in the log once."""

from __future__ import annotations

from structlog.testing import capture_logs

from tests.edge.platform import Edge, event_xml, safe, text_xml


async def test_an_unknown_kind_is_answered_and_told_once(edge: Edge) -> None:
    """Three messages and three events of new kinds: all answered with 200, one line each; known kinds without an answer are not told of."""
    message = text_xml().replace("[text]", "[hologram]")
    with capture_logs() as lines:
        for number in range(3):
            assert "收到" in await edge.exchange(safe(message.replace("1001", f"20{number}"), edge.clock))
            for event in ("guide_brand_new", "VIEW"):
                response = await edge.post(safe(event_xml(event, at=1726106400 + number), edge.clock))
                assert (response.status, await response.read()) == (200, b"success")
    told = [line["kind"] for line in lines if line["event"] == "unknown_kind"]
    assert told == ["message hologram", "event guide_brand_new"]


async def test_endless_new_kinds_fill_neither_memory_nor_log(edge: Edge) -> None:
    """A platform gone mad: two hundred are named, the rest is answered all the same."""
    with capture_logs() as lines:
        for number in range(205):
            response = await edge.post(safe(event_xml(f"new_{number}", at=1726106400 + number), edge.clock))
            assert response.status == 200
    assert sum(line["event"] == "unknown_kind" for line in lines) == 200
