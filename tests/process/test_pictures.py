"""Pictures that are drawn, uploaded and pushed after an answer, over real HTTP (wechat.md A11)."""

from __future__ import annotations

from tests.process.conftest import Town

ONE = "o-one"


async def test_a_picture_is_drawn_uploaded_and_shown(town: Town) -> None:
    """After a query: a PNG on the phone; asked again, the same upload is used."""
    await town.chart()
    (picture,) = town.seen("o-chart")
    assert picture["type"] == "image"
    assert len(town.sim.world.media) == 1
    (media,) = town.sim.world.media.values()
    assert media.content.startswith(b"\x89PNG\r\n")
    await town.says("o-chart", "查2023年的养老缴费")
    await town.works()
    assert [one["type"] for one in town.seen("o-chart")] == ["image", "image"]
    assert len(town.sim.world.media) == 1


async def test_a_picture_that_the_platform_has_forgotten_is_uploaded_again(town: Town) -> None:
    """40007: once more from the start, nothing queued."""
    await town.chart()
    town.sim.world.media.clear()
    await town.says("o-chart", "查2023年的养老缴费")
    await town.works()
    assert [one["type"] for one in town.seen("o-chart")] == ["image", "image"]


async def test_a_picture_does_not_come_after_the_next_question(town: Town) -> None:
    """Two questions before anything is drawn: the chart of the second alone is shown."""
    await town.chart()
    await town.says("o-chart", "查2024年的养老缴费")
    await town.says("o-chart", "查2023年的养老缴费")
    await town.works()
    assert len(town.seen("o-chart")) == 2
