"""Ordering trouble, and telling what is ordered: the body of `POST /sim/faults`, the panel of the phone, `/faults` in the terminal."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from bot.simulator import faults
from bot.simulator.simulator import Simulator

_SIDES = ("push", "api", "receipt", "pay", "sms")


def order(sim: Simulator, wanted: dict[str, Any]) -> None:
    """Replace the faults of the sides that are named; the other sides stay. `{}` for a side ends its faults. All or nothing. Raises BadFault."""
    if unknown := set(wanted) - set(_SIDES):
        raise faults.BadFault(f"unknown side: {', '.join(sorted(unknown))}")
    push = faults.read(faults.PushFaults, wanted["push"]) if "push" in wanted else None
    api = faults.read_api(wanted["api"]) if "api" in wanted else None
    receipt = faults.read(faults.ReceiptFaults, wanted["receipt"]) if "receipt" in wanted else None
    pay = faults.read(faults.PayFaults, wanted["pay"]) if "pay" in wanted else None
    sms = faults.read(faults.SmsFaults, wanted["sms"]) if "sms" in wanted else None
    sim.log.add("faults", whole={"faults": wanted})
    if sms is not None and sim.carriers is not None:
        sim.carriers.faults = sms
    if push is not None:
        sim.set_push_faults(push)
    if api is not None:
        sim.api_faults = api
    if receipt is not None:
        sim.receipt_faults = receipt
    if pay is not None and sim.cashier is not None:
        sim.cashier.faults = pay


def ordered(sim: Simulator) -> dict[str, Any]:
    """What is still ordered, by side: only what is not at rest. The counts are those that are left."""
    found: dict[str, Any] = {
        "push": _left(sim.push_faults),
        "api": [left for one in sim.api_faults if (left := _left(one))],
        "receipt": _left(sim.receipt_faults),
        "pay": _left(sim.cashier.faults) if sim.cashier else {},
        "sms": _left(sim.carriers.faults) if sim.carriers else {},
    }
    return {side: one for side, one in found.items() if one}


def _left(one: Any) -> dict[str, Any]:
    named = {each.name: each.default for each in fields(one) if each.init}
    left = {name: value for name, value in asdict(one).items() if name in named and value != named[name]}
    # A fault of the API that has struck as often as it was to is over.
    return {} if left.get("times") == 0 and not left.get("for_s") else left
