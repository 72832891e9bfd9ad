"""Words about the account, the sign-ins and one's own data: most of them no manual numbers, so they lead to a conversation directly."""

from __future__ import annotations

import re

from dialogs.declare import Wish
from dialogs.parse import normal
from dialogs.parse.patterns import pattern_of

_END = r"[吗呢吧啊呀了嘛。.!！?？~ ]*"
_WANT = r"(?:我?(?:要|想|想要|需要)|怎么|怎样|如何|帮我|请帮我|能不能|可以)?"
_MY = r"(?:我的?|我自己的|个人|本人的?|我在这里的)?"
_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (pattern_of(f"(?:{pattern}){_END}"), dialog)
    for pattern, dialog in (
        (rf"{_WANT}(?:用|使用|输)?(?:账号和?)?密码(?:来)?登[录陆]|{_WANT}(?:账号|用户名)(?:密码)?登[录陆]", "account_log_in"),
        (rf"{_WANT}(?:注册|开通?|申请)(?:一?个)?(?:新?的?|社保|个人|密码)*(?:账号|账户|用户)|{_WANT}注册", "account_register"),
        (
            rf"(?!.*卡){_WANT}(?:找回|重置|重设|重新设置?){_MY}(?:登录|账号)?(?:的)?密码"
            rf"|(?!.*卡){_MY}(?:社保)?(?:登录|账号)?的?密码(?:忘了?|忘记了?|记不住|想不起来)(?:怎么办|咋办)?"
            r"|(?!.*卡)我?(?:把)?(?:忘了?|忘记了?|记不得|记不清)(?:登录|账号)?(?:的)?密码(?:怎么办|咋办)?",
            "account_forgot",
        ),
        (
            rf"{_MY}(?:社保)?(?:登录)?(?:账号|账户|密码)(?:已经|已)?(?:被)?(?:锁住?|锁定|锁上)了?(?:怎么办|咋办|怎么解)?",
            "account_forgot",
        ),
        (rf"(?!.*卡){_WANT}(?:修改|更改|改|换|更换){_MY}(?:登录|账号)?(?:的)?密码", "account_password"),
        (rf"{_WANT}(?:查|看|查询)?居民(?:的)?缴费(?:和|与|、)?对账单", "resident_menu"),
        (rf"{_WANT}(?:修改|更改|改|换|更换|删除|删掉|添加|加){_MY}(?:的)?(?:电子)?邮[箱件](?:地址)?", "account_email"),
        (rf"{_WANT}(?:账号和密码|账号管理|账号设置|密码账号)", "account_settings"),
        (
            r"(?:可以|能)?用?(?:支付宝|北京通|百度|国家政务服务平台|政务平台)(?:账号)?(?:可不可以|能不能|可以|能)?登[录陆](?:这里)?|(?:其他|别的)(?:登录)?(?:方式|渠道|办法)登?[录陆]?",
            "log_in_others",
        ),
        (r"(?:服务分区|我?(?:算|是)?城乡居民还是城镇职工|我?(?:算|是)?城镇职工还是城乡居民)", "service_area"),
        (
            rf"{_WANT}(?:看看?|查查?|查看|查一下)?(?:{_MY}(?:账号|微信|社保)?在(?:哪里|哪儿|哪些?(?:地方|手机|设备|微信)?|什么地方)(?:上)?登[录陆](?:了|过)?"
            rf"|谁(?:还)?(?:登录?|绑定?)了{_MY}(?:账号|社保)?|{_MY}登[录陆](?:设备|记录|的设备|的地方))",
            "signed_in",
        ),
        (
            rf"{_WANT}(?:退出|下线|踢掉|结束|注销)(?:所有|全部|其他|别的|其它)(?:的)?(?:设备|登[录陆]|微信|手机|地方)(?:的登录)?|全部退出|(?:所有|全部)(?:设备|地方)(?:都)?退出"
            r"|把?(?:所有|全部|其他|别的|其它|另外)(?:的)?(?:设备|登[录陆]|微信|手机|地方)(?:的登录)?(?:都|全|全都)?(?:退出|退掉|退了|下线|踢掉|踢下线|结束)(?:登[录陆])?",
            "end_all",
        ),
        (rf"{_WANT}(?:导出|下载|拿到?|打包){_MY}(?:所有|全部)?(?:的)?(?:数据|个人信息|资料)", "export_data"),
        (
            rf"{_WANT}(?:删除|删掉|清除|清空|抹掉|注销){_MY}(?:所有|全部)?(?:的)?(?:数据|个人信息|信息|资料|账号|账户)",
            "erase_data",
        ),
        (
            rf"{_WANT}(?:撤回|撤销|收回|取消){_MY}(?:的)?(?:同意|授权同意|隐私同意|用户协议)|(?:同意与撤回|我同意了什么|我同意过什么|隐私政策|用户协议|(?:用户|服务)须知)",
            "consents",
        ),
        (
            rf"(?:看看?|查看?)?{_MY}(?:数据|隐私)(?:管理|设置)?|(?:你们)?(?:保存|存|有)了?我的?(?:哪些|什么)(?:数据|信息|资料)",
            "my_data",
        ),
    )
)
_AREA = pattern_of(
    rf"(?:{_WANT}(?:切换?|换|改|选择?|设置?)(?:到|成|为)?(?P<to>城乡居民|城镇职工|居民|职工)|我?是?(?P<am>城乡居民|城镇职工|职工)){_END}"
)
"""服务分区 with the choice in it: it is not asked again."""
_LONGEST = 24


def wish_about_account(said: str) -> Wish | None:
    """The conversation for such words; None for all others."""
    plain = normal(said).strip()
    if len(plain) > _LONGEST:
        return None
    if area := _AREA.fullmatch(plain):
        return Wish("service_area", {"area": "城乡居民" if "居民" in (area["to"] or area["am"]) else "城镇职工"})
    return next((Wish(dialog) for pattern, dialog in _WORDS if pattern.fullmatch(plain)), None)
