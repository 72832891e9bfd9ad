"""What people say about accounts and their data leads where it should, and nothing else is drawn there."""

from __future__ import annotations

import pytest

from handlers.understood import direct_wish

SAID = """
注册账号 ; account_register
我要注册 ; account_register
我想注册个社保账号 ; account_register
忘记密码 ; account_forgot
密码忘了怎么办 ; account_forgot
我忘了登录密码 ; account_forgot
找回密码 ; account_forgot
账号锁了 ; account_forgot
我的账号被锁定了 ; account_forgot
居民缴费和对账单 ; resident_menu
用户须知 ; consents
职工 ; service_area
改密码 ; account_password
怎么修改密码 ; account_password
用密码登录 ; account_log_in
账号密码登录 ; account_log_in
改邮箱 ; account_email
换邮箱地址 ; account_email
支付宝能登录吗 ; log_in_others
切换到城乡居民 ; service_area
我在哪里登录了 ; signed_in
看看我在哪些设备登录过 ; signed_in
退出所有设备 ; end_all
全部退出 ; end_all
把别的登录都退掉 ; end_all
导出我的数据 ; export_data
下载我的所有数据 ; export_data
删除我的信息 ; erase_data
注销账号 ; erase_data
撤回同意 ; consents
我要撤回同意 ; consents
我的数据 ; my_data
你们保存了我的哪些信息 ; my_data
""".strip().splitlines()

OTHERS = """
社保卡密码忘了
忘记社保卡密码
改社保卡密码
换手机号
下载单据
下载缴费证明
退出
登录
切换身份
删除家人
我的社保
注册资本
""".strip().splitlines()


@pytest.mark.parametrize("line", SAID)
def test_words_lead_to_their_conversation(line: str) -> None:
    """Each says what it wants."""
    said, wanted = line.split(" ; ")
    found = direct_wish(said)
    assert found is not None
    assert found.dialog == wanted


@pytest.mark.parametrize("said", OTHERS)
def test_other_words_are_left_to_others(said: str) -> None:
    """A card's password, a phone, a download, a log-in by SMS are none of these."""
    found = direct_wish(said)
    mine = {line.split(" ; ")[1] for line in SAID}
    assert found is None or found.dialog not in mine
