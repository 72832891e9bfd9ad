"""The two clouds' signatures, by hand: TC3-HMAC-SHA256 (Tencent Cloud API 3.0) and ACS3-HMAC-SHA256 (Alibaba Cloud OpenAPI V3)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote


def tc3(secret_id: str, secret_key: str, service: str, at: datetime, headers: Mapping[str, str], body: bytes) -> str:
    """The Authorization of a POST to `/`. `headers` are all that are signed, exactly as they are sent: content-type, host, x-tc-action."""
    lines, names = _headers(headers, lower=True)
    canonical = f"POST\n/\n\n{lines}\n{names}\n{_hash(body)}"
    day = f"{at.astimezone(UTC):%Y-%m-%d}"
    scope = f"{day}/{service}/tc3_request"
    key = f"TC3{secret_key}".encode()
    for part in (day, service, "tc3_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = f"TC3-HMAC-SHA256\n{int(at.timestamp())}\n{scope}\n{_hash(canonical.encode())}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return f"TC3-HMAC-SHA256 Credential={secret_id}/{scope}, SignedHeaders={names}, Signature={signature}"


def acs3(key_id: str, secret: str, query: str, headers: Mapping[str, str], body: bytes = b"") -> str:
    """The Authorization of a POST to `/` of an RPC API. `query` as `canonical_query` writes it; `headers` are host, content-type and every
    x-acs-* that is sent, among them x-acs-content-sha256, the hash of the body."""
    lines, names = _headers(headers, lower=False)
    canonical = f"POST\n/\n{query}\n{lines}\n{names}\n{_hash(body)}"
    text = f"ACS3-HMAC-SHA256\n{_hash(canonical.encode())}"
    signature = hmac.digest(secret.encode(), text.encode(), "sha256").hex()
    return f"ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}"


def canonical_query(values: Mapping[str, str]) -> str:
    """Sorted by name and escaped by RFC 3986; what is signed is what is sent."""
    return "&".join(f"{quote(name, safe='~')}={quote(values[name], safe='~')}" for name in sorted(values))


def _headers(headers: Mapping[str, str], *, lower: bool) -> tuple[str, str]:
    """The signed lines, each with its end, and the list of their names."""
    named = sorted((name.lower(), value.strip()) for name, value in headers.items())
    lines = "".join(f"{name}:{value.lower() if lower else value}\n" for name, value in named)
    return lines, ";".join(name for name, _ in named)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
