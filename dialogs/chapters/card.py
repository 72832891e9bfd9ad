"""The social-security card (features.md 4.4; BJH-27 … BJH-29): 挂失 and 解挂, what is on record, 补换卡."""

from __future__ import annotations

from dialogs.chapters import card_issue, card_loss, card_records
from dialogs.declare import Dialog

DIALOGS: tuple[Dialog, ...] = (*card_loss.DIALOGS, *card_records.DIALOGS, *card_issue.DIALOGS)
