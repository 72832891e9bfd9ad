"""What the manuals have no number for: calculators, the months that are missing, one's own data and papers, ordered records.

`features` hold the IDs that come nearest (the guide on retiring, the query that has the figures), S22 for one's own data, and the name of the
conversation where no manual has anything near it (outlets, relatives, a message that may be a fraud).
"""

from __future__ import annotations

from handlers.understanding.model import ANY, Capability


def _own(
    name: str, title: str, words: str, anywhere: str = "", beijing: str = "", binzhou: str = "", role: str = "person"
) -> Capability:
    by_region = {
        region: tuple(ids.split()) for region, ids in (("beijing", beijing), ("binzhou", binzhou), (ANY, anywhere)) if ids
    }
    return Capability(next(iter(by_region.values()))[0], name, title, tuple(words.split()), by_region, role)


OWN: tuple[Capability, ...] = (
    _own(
        "retirement_age",
        "退休年龄测算",
        "退休年龄 退休年龄计算 算退休年龄 什么时候能退休 什么时候退休 我几岁退休 多大退休 哪年退休 延迟退休 渐进式延迟退休 弹性退休 还有几年退休 离退休还差几年 "
        "退休还差几年 最低缴费年限 女工人多大退休 女干部几岁退休 什么时候到退休年龄 延迟退休几个月 法定退休年龄",
        anywhere="BJH-16",
    ),
    _own(
        "pension_estimate",
        "养老金估算",
        "养老金估算 养老金测算 估算养老金 养老金怎么算 退休金怎么算 退休后能领多少养老金 退休能拿多少钱 将来养老金多少 算算养老金 退休能领多少 养老金计算 预估养老金 再交几年养老金多多少",
        beijing="BJH-16 BJQ-P-04a",
        anywhere="BJH-16",
    ),
    _own(
        "gaps",
        "断缴月份",
        "断缴月份 断缴的月份 哪几个月没交 哪些月份断了 漏了哪几个月 哪些月没交社保 断了哪几个月 社保空档 查断缴月份 找出断缴 中间断了几个月 哪几个月断缴",
        beijing="BJQ-P-02a",
        binzhou="BZ-11 BZ-12 BZ-13 BZ-14 BZ-15",
    ),
    _own(
        "my_data",
        "我的数据",
        "我的数据 我的隐私 隐私设置 谁看过我的信息 谁查过我的社保 导出我的数据 导出个人数据 删除我的数据 删除个人信息 注销账号 在哪登录过 登录设备 登录过的手机 全部下线 所有设备退出 "
        "撤回授权 撤回同意 取消授权 我的授权 哪些设备登录了",
        anywhere="S22",
    ),
    _own(
        "my_papers",
        "我的单据",
        "我的单据 我的文件 我打印过的单据 我开过的证明 以前下载的单子 以前开的证明 开过哪些证明 谁验过我的证明 谁校验过我的单据 作废我开的证明 作废单据 我的下载记录",
        anywhere="BJQ-V-01",
    ),
    _own(
        "ordered_records",
        "权益记录定制",
        "定制权益记录 权益记录定制 定制个人权益记录 定制的权益记录 查定制 定制好了没 申请定制权益记录 定制缴费信息 我的定制",
        beijing="BJH-M-18 BJH-30",
    ),
    _own(
        "outlets",
        "附近网点",
        "附近网点 最近的网点 网点 网点在哪 社保局在哪 社保所在哪 社保中心在哪 社保大厅在哪 社保中心地址 社保局地址 社保局怎么走 社保局几点上班 离我最近的社保所 服务大厅在哪",
        anywhere="outlets",
        role="any",
    ),
    _own(
        "relative_ask",
        "我要帮家人",
        "我要帮家人 帮家人",
        anywhere="relative_ask",
    ),
    _own(
        "is_it_yours",
        "核对消息真假",
        "核对消息真假 短信是不是骗子 短信让点链接 短信让我点链接是不是骗子 电话是不是骗子 是不是诈骗短信",
        anywhere="is_it_yours",
    ),
)

ALWAYS_RUN = frozenset({"retirement_age", "pension_estimate", "my_data", "my_papers", "outlets", "relative_ask", "is_it_yours"})
"""Conversations although the ID that stands for them is a guide's."""
