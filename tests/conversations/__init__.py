"""Conversations as they are talked: send, expect, send, expect."""
