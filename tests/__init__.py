"""Conversations, contracts, edge, house rules, browser."""
