"""Where somebody signed in, as they recognise it: the browser, the system, and the network without its last part."""

from __future__ import annotations

import ipaddress
from typing import Final

_BROWSERS: Final = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("HarmonyOS", "鸿蒙"),
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def place_of(user_agent: str, address: str) -> str:
    """`Chrome · Windows · 192.0.2.*`: nothing of what the browser says is taken over, it is only looked through for known names."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "浏览器")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(filter(None, (browser, system, network_of(address))))


def network_of(address: str) -> str:
    """IPv4 without its last part, IPv6 by its first three groups; '' for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        return f"{':'.join(found.exploded.split(':')[:3])}:*"
    return f"{address.rpartition('.')[0]}.*"
