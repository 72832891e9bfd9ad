"""提醒: what goes out unasked. Kinds, campaigns, the ledger's sender (conversation-map.md 5)."""

from __future__ import annotations

from handlers.reminders.spine import KIND, Notice, NoticeSender, Refused, Reminders, Send, Sent, note_receipt, stage_of

__all__ = ["KIND", "Notice", "NoticeSender", "Refused", "Reminders", "Send", "Sent", "note_receipt", "stage_of"]
