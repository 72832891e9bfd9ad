"""Links in a text, also those without http: what our short messages never have, and what others send people to."""

from __future__ import annotations

import re
import unicodedata

_ENDINGS = "cn|com|net|org|top|xyz|cc|vip|info|shop|icu|club|site|online|ltd|link|me|tv|co|ly|gd|im|io|app|work|fun|pw|ink|asia|biz|win|loan|live|ren|wang|pro|mobi"
_LINK = re.compile(
    rf"(?:https?://|www\.)[^\s，。；！）】”]+|(?<![a-z0-9@.-])(?:[a-z0-9-]+\.)+(?:{_ENDINGS})(?![a-z0-9-])(?:[/:?][^\s，。；！）】”一-鿿]*)?"
)
_HOST = re.compile(r"(?:https?://)?(?:[^/?#@]*@)?([a-z0-9.-]+)")
_PRIVATE = re.compile(
    r"加(?:一下|下)?(?:我们?|客服|老师|工作人员|经办人员?)?的?(?:个人)?(?:微信(?!公众)|wx|vx|v信|qq|好友|群)|(?:微信|wx|qq)号(?:码|是|:)?"
)


def leads_away(text: str) -> bool:
    """Whether a text sends people to a link, or to somebody's own WeChat or QQ: nothing that we send unasked does."""
    plain = "".join(unicodedata.normalize("NFKC", text).lower().split())
    return bool(hosts(text)) or _PRIVATE.search(plain) is not None


def hosts(text: str) -> tuple[str, ...]:
    """The hosts of all links in a text, in order."""
    plain = unicodedata.normalize("NFKC", text).lower()
    found = []
    for link in _LINK.finditer(plain):
        host = _HOST.match(link[0])
        found.append(host[1].strip(".") if host else "")
    return tuple(found)
