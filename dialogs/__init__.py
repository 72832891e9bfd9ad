"""Declarations of every conversation and the small pure machine that runs them. No I/O happens here."""
