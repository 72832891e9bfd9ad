"""The social-security card (features.md 4.4; BJH-27 … BJH-29): 挂失 and 解挂, what is on record, 补换卡 and 二次申领, and its menu."""

from __future__ import annotations

from dialogs.chapters import card_issue, card_loss, card_records
from dialogs.declare import Dialog, Wish
from storage.ports.regions import Region

DIALOGS: tuple[Dialog, ...] = (*card_loss.DIALOGS, *card_records.DIALOGS, *card_issue.DIALOGS)

_MENU: tuple[tuple[str, Wish], ...] = (
    ("社保卡信息", Wish("card_info")),
    ("制卡进度", Wish("card_progress")),
    ("社保卡挂失", Wish("report_lost")),
    ("社保卡解挂", Wish("lift_loss")),
    ("补卡、换卡", Wish("card_trouble")),
    ("二次申领", Wish("card_second")),
    ("刷卡记录", Wish("card_swipes")),
    ("卡片处理记录", Wish("card_events")),
    ("领卡证明", Wish("pickup_certificate")),
)


def menu(region: Region | None) -> tuple[tuple[str, Wish], ...]:
    """What 社保卡服务 offers in a region; everything while the region is unknown. Never empty: 挂失 says what to do everywhere."""
    offered = {dialog.name: dialog.offered_in(region) for dialog in DIALOGS}
    lifts = region is None or region.loss.lift_online
    found = (one for one in _MENU if offered[one[1].dialog] and (one[1].dialog != "lift_loss" or lifts))
    return tuple(found) or (("社保卡挂失", Wish("report_lost")),)
