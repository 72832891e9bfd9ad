"""From what was understood to a wish: the first feature that has a conversation here, with what was already said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dialogs.chapters import BY_FEATURE, DIALOGS
from dialogs.declare import Wish
from storage.ports.records import INSURANCE_LABELS, Insurance

GUIDED = {"BJH-28": DIALOGS["report_lost"]}
"""Guides whose words a conversation gives, where the region has no more than the guide."""


def wish_for(features: Sequence[str], slots: Mapping[str, str]) -> Wish | None:
    """The conversation for the best feature that has one; None if none of them is built."""
    for feature in features:
        if dialog := BY_FEATURE.get(feature) or GUIDED.get(feature):
            names = {step.name for step in dialog.steps}
            said = {name: text for name, text in _said(slots).items() if name in names}
            return Wish(dialog.name, said)
    return None


def _said(slots: Mapping[str, str]) -> dict[str, str]:
    """Slots of the understanding as the words that the steps read."""
    said: dict[str, str] = {}
    if period := slots.get("period"):
        said["period"] = period.replace("..", "至")
    elif month := slots.get("ym"):
        said["period"] = month
    elif year := slots.get("year"):
        said["period"] = f"{year}年"
    if codes := slots.get("insurance"):
        said["insurance"] = "、".join(INSURANCE_LABELS[Insurance(code)] for code in codes.split(",") if code in set(Insurance))
    for name in ("serial", "code", "case_no"):
        if value := slots.get(name):
            said[name] = value
    return said
