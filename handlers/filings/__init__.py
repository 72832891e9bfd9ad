"""Filings and cases: how a declaration becomes a Case and what happens to it."""
