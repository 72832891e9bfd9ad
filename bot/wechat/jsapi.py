"""The signature that lets a page of ours use WeChat's scripts (wechat.md A12)."""

from __future__ import annotations

import hashlib


def jsapi_signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """Lowercase hex SHA-1 over the four values as they are, not escaped; of the page's address everything from `#` on is left out."""
    address = url.partition("#")[0]
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={address}"
    return hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - prescribed by the platform
