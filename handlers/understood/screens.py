"""电脑上看, 我的页面, and the six digits that a computer shows."""

from __future__ import annotations

import re
from typing import Final

from dialogs.declare import Wish
from dialogs.parse import normal
from dialogs.parse.patterns import pattern_of

_DIGITS: Final = pattern_of(r"^(?:我要|要|在)?电脑(?:上)?(?:登录|打开|看|页面)?(?:的?(?:数字|号码|码)(?:是)?)?(\d{6})$")
_SCREEN: Final = pattern_of(r"^(?:我(?:要|想))?(?:在)?电脑(?:上|端)?(?:登录|登陆)$|^电脑$")
_PAGE: Final = pattern_of(
    r"^(?:打开|看看?|进)?我的(?:社保)?(?:页面|主页|网页)$"
    r"|^(?:我)?(?:要|想|能不能|可以|怎么)?(?:在|用)电脑(?:上|端)?(?:看|打开|查|办)(?:我的)?(?:社保|页面|业务)?(?:吗)?$"
    r"|^电脑(?:版|端|网页)(?:在哪|怎么进|怎么打开)?$"
)


def wish_about_screens(said: str) -> Wish | None:
    """None for all other words."""
    plain = re.sub(r"[\s:：,，。]", "", normal(said))
    if found := _DIGITS.fullmatch(plain):
        return Wish("open_screen", {"scene": found[1]})
    if _SCREEN.fullmatch(plain):
        return Wish("open_screen")
    return Wish("my_page") if _PAGE.fullmatch(plain) else None
