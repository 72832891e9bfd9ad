"""提醒: what goes out unasked. Kinds, campaigns, planner, rules and the sender over the ledger (conversation-map.md 5)."""
