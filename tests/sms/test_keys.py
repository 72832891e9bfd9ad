"""New keys at a cloud: no code is lost between the old and the new one, and none is sent twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from multidict import CIMultiDict

from bot.simulator import Carriers
from bot.simulator.carriers import Answered
from tests.sms.conftest import CODE, CODE_ARRIVES, Office, carriers

NEW: dict[str, Any] = {"tencent_secret_id": "AKIDnew", "tencent_secret_key": "new-tencent-secret"}


class TwoKeys(Carriers):
    """An account with two keys at the first cloud, each of which can be stopped: the operator's console there."""

    def __init__(self, office: Office) -> None:
        old = carriers(office.clock, office.reports)
        tencent, aliyun = old.account("tencent"), old.account("aliyun")
        assert tencent is not None
        super().__init__(office.clock, tencent, aliyun)
        self._renewed = Carriers(
            office.clock, replace(tencent, key_id=NEW["tencent_secret_id"], key_secret=NEW["tencent_secret_key"]), None
        )
        self.stopped: set[str] = set()

    def answer(self, headers: Mapping[str, str], query: str, body: bytes) -> Answered | None:
        said = headers.get("Authorization", "")
        key = "new" if "AKIDnew" in said else "old"
        if key in self.stopped:
            headers = CIMultiDict([(name, value.replace("AKID", "AKIDstopped")) for name, value in headers.items()])
        if key == "new" and key not in self.stopped:
            return self._renewed.answer(headers, query, body)
        return super().answer(headers, query, body)


async def test_a_new_key_is_taken_while_the_old_one_still_works(office: Office) -> None:
    """A new one at the cloud, the configuration, a restart, and only then the old one is stopped: each code once, all by the first cloud."""
    clouds = office.sim.carriers = TwoKeys(office)
    await office.send()
    office.clock.advance(60)
    await office.send(replace(CODE, id="m2"), **NEW)
    clouds.stopped.add("old")
    office.clock.advance(60)
    await office.send(replace(CODE, id="m3"), **NEW)
    assert office.arrived() == [CODE_ARRIVES] * 3
    assert [(await office.state(one))[1] for one in ("m1", "m2", "m3")] == ["tencent"] * 3


async def test_a_key_that_was_stopped_too_early_loses_no_code(office: Office) -> None:
    """A process that still has the old one is refused: the second cloud sends in the same run, once; after the restart the first one does."""
    clouds = office.sim.carriers = TwoKeys(office)
    clouds.stopped.add("old")
    await office.send()
    assert (await office.state())[1] == "aliyun"
    office.clock.advance(60)
    await office.send(replace(CODE, id="m2"), **NEW)
    assert (await office.state("m2"))[1] == "tencent"
    assert office.arrived() == [CODE_ARRIVES] * 2
