"""What is served today: every feature ID with its conversation, the regions that have it and the media it comes in. All of it is declared:
`Dialog.covers`, `Dialog.media`, and the capabilities of the regions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dialogs.chapters import DIALOGS
from dialogs.declare import Dialog
from storage.ports.regions import Region
from storage.regions import load_regions

_NAMES: Final[Mapping[str, str]] = {
    "BJH-M-05": "申报信息状态查询",
    "BJH-M-16": "社保卡办理状态查询",
    "BJH-M-17": "个人用户注册和登录",
    "BJH-M-19": "历年个人缴费信息对账单（五险）",
    "BJH-M-20": "社会保险历年对账单（四险）",
    "BJQ-L-02": "短信登录",
    "BJQ-P-07": "社保权益单校验（个人）",
    "BZ-01": "用户注册：社保卡验证",
    "BZ-02": "用户注册：手机号码验证",
    "BZ-04": "系统登录",
    "BZ-06": "更改注册信息",
    "BZ-10": "中心业务办理进度",
    "BZ-11": "职工养老保险缴费历史",
    "BZ-12": "职工医疗保险缴费历史",
    "BZ-13": "职工失业保险缴费历史",
    "BZ-14": "职工工伤保险缴费历史",
    "BZ-15": "职工生育保险缴费历史",
    "BZ-16": "居民养老保险缴费历史",
    "BZ-17": "居民医疗保险缴费历史",
}
"""What the manuals call features that share a conversation, or its title."""


def capabilities() -> list[dict[str, Any]]:
    """Sorted by feature; `regions` are codes; `who` is person or anyone. What no manual numbers is listed under its conversation's name."""
    regions = load_regions()
    found = [
        _entry(feature, dialog, regions)
        for dialog in DIALOGS.values()
        for feature in (*dialog.covers, *((dialog.name,) if dialog.ours else ()))
    ]
    return sorted(found, key=lambda one: str(one["feature"]))


def _entry(feature: str, dialog: Dialog, regions: Mapping[str, Region]) -> dict[str, Any]:
    guide = next((region.guides[feature] for region in regions.values() if feature in region.guides), None)
    # A guide's code of 北京's handbook is the name of the business; other guides only tell more about a feature.
    named = guide is not None and (dialog.name == "guide" or feature.startswith("BJH-"))
    return {
        "feature": feature,
        "title": _NAMES.get(feature) or (guide.title if guide is not None and named else dialog.title),
        "who": dialog.who,
        "regions": _where(feature, dialog, regions),
        "media": [*dialog.media, *(("guide",) if guide is not None and "guide" not in dialog.media else ())],
    }


def _where(feature: str, dialog: Dialog, regions: Mapping[str, Region]) -> list[str]:
    """The regions whose manual has it. What no region names is ours: the same everywhere, unless the conversation has words for regions
    that lack it."""
    features = dialog.part_of if feature == dialog.name else (feature,)
    named = [code for code, region in regions.items() if any(region.offers(one) or one in region.guides for one in features)]
    return named or ([] if dialog.elsewhere else list(regions))
