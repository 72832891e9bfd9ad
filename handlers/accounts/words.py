"""What the pages of an account say, and which of them a region has."""

from __future__ import annotations

from typing import Final

from storage.ports.regions import Region

AGREEMENT_VERSION: Final = "2026-11"
AGREEMENT: Final = (
    "账号只用来登录和办理您本人的社保业务，不要借给别人用。",
    "密码只保存加密后的校验值，工作人员也看不到，不会向您要密码。",
    "您填的号码只用来核对是不是本人；每次登录、查询和修改都留记录，您可以查。",
    "不想用了，随时可以在公众号里回复“撤回同意”，账号会删除；社保记录由经办机构依法保存，不受影响。",
    "以上为示例文本，正式文本由经办机构设置。",
)
"""用户协议. Its version and when it was agreed to are kept with the account."""

REFUSED: Final = "用户名或密码不对。请核对后再试；忘了密码，回公众号回复“忘记密码”，也可以回复“登录”用手机验证码登录。"
"""The one sentence of every log-in that fails for what was typed."""

NO_PHONE: Final = "带身份证到参保地社保经办窗口登记手机号，当场就能办；登记后再来。"

LOG_IN, REGISTER, FORGOT, PASSWORD, EMAIL = "log_in", "register", "forgot", "password", "email"
ACTS: Final = (LOG_IN, REGISTER, FORGOT, PASSWORD, EMAIL)

_NOT_COMING: Final = "没收到短信？多半是这个手机号和经办机构登记的不一样，或者没有登记过："
NOT_COMING: Final = {
    REGISTER: f"{_NOT_COMING}{NO_PHONE}有社保卡的，也可以回公众号重新点链接，改用社保卡注册。",
    FORGOT: f"{_NOT_COMING}{NO_PHONE}手机号换了，回公众号回复“换手机号”。",
}
"""By act: why no message comes, and what to do then."""


def both_numbers(region: Region) -> bool:
    """北京: a number of the card or the handbook, and the phone (BJH-M-17). Elsewhere one way of two (BZ-01, BZ-02)."""
    return region.offers("BJH-M-17")
