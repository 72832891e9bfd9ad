"""The signature that lets a page of ours use WeChat's scripts (wechat.md A12)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from urllib.parse import urlsplit


class NotOurs(ValueError):
    """An address of another host: whoever has a signature for it uses the account's scripts there."""


def jsapi_signature(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """Lowercase hex SHA-1 over the four values as they are, not escaped; of the page's address everything from `#` on is left out."""
    address = url.partition("#")[0]
    signed = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={address}"
    return hashlib.sha1(signed.encode()).hexdigest()  # noqa: S324 - prescribed by the platform


def page_signature(ticket: str, nonce: str, timestamp: int, url: str, origins: Collection[str]) -> str:
    """As `jsapi_signature`, for a page of one of `origins` (`https://sb.example.cn`, as the browser shows it). Raises NotOurs."""
    parts = urlsplit(url)
    if (
        "\\" in url
        or parts.username is not None
        or f"{parts.scheme}://{parts.netloc}" not in {one.rstrip("/") for one in origins}
    ):
        raise NotOurs("not a page of ours")
    return jsapi_signature(ticket, nonce, timestamp, url)
