"""What clerks of employers ask for. For a person these are refused with the way out; the clerks' own service comes later.

Named are the functions that a clerk reaches by words; what is deeper hangs below them.
"""

from __future__ import annotations

from handlers.understanding.model import Capability


def _clerk(name: str, title: str, words: str, beijing: str = "", jinan: str = "") -> Capability:
    by_region = {region: tuple(ids.split()) for region, ids in (("beijing", beijing), ("jinan", jinan)) if ids}
    return Capability(next(iter(by_region.values()))[0], f"clerk_{name}", title, tuple(words.split()), by_region, "employer")


EMPLOYERS: tuple[Capability, ...] = (
    _clerk(
        "unit",
        "单位信息查询",
        "我们公司登记信息 单位登记信息查询 公司登记信息 单位社保登记信息 单位信息 公司信息 单位登记信息 查单位信息",
        "BJQ-E-01",
        "JN-Q-01",
    ),
    _clerk(
        "unit_payments",
        "单位缴费查询",
        "单位的缴费 单位缴费 单位缴费情况 查缴费 缴费查询 我们公司缴费 本单位缴费 单位的缴费情况 企业缴费 单位的社保缴费",
        "BJQ-E-02 BJE-G-02",
        "JN-Q-03",
    ),
    _clerk(
        "staff_payments",
        "职工缴费查询",
        "员工缴费 职工缴费查询 全体职工缴费 员工社保缴费 查员工缴费 人员缴费 批量查员工缴费 员工养老缴费 员工医保缴费",
        "BJQ-E-03a BJQ-E-03b BJE-G-03",
        "JN-Q-05",
    ),
    _clerk(
        "staff_list",
        "职工参保登记查询",
        "员工参保登记 在职名单 员工名单 职工参保登记信息 员工花名册 员工参保 员工 本单位员工参保信息",
        "BJQ-E-04a BJE-G-04 BJE-B-04",
        "JN-Q-02",
    ),
    _clerk(
        "report",
        "缴费月报查询",
        "月报 三险月报 缴费月报 月报查询 单位的月报 打印月报 三险月报明细 下载月报",
        "BJQ-E-05a BJQ-E-05b BJE-C-02",
    ),
    _clerk("report_medical", "医疗月报查询", "医疗月报 医疗生育月报 医疗保险月报 打印医疗月报", "BJQ-E-05b BJE-G-06", "JN-Q-03"),
    _clerk("rates", "单位缴费比例查询", "单位缴费比例 缴费比例 费率 单位费率 查比例", "BJQ-E-02", "JN-Q-04"),
    _clerk(
        "staff_payments_many",
        "批量查职工缴费",
        "批量查员工缴费 批量查职工缴费 excel查职工缴费 上传excel查缴费 导入名单查缴费 模板查缴费",
        "BJQ-E-03c BJQ-E-03a BJQ-E-03b",
        "JN-Q-05",
    ),
    _clerk(
        "staff_list_many",
        "批量查参保登记",
        "批量查参保登记 excel查参保登记 导入名单查登记 批量查登记",
        "BJQ-E-04b BJQ-E-04a",
        "JN-Q-02",
    ),
    _clerk(
        "injury_benefits",
        "职工工伤待遇支付查询",
        "职工工伤待遇支付 工伤待遇支付信息 单位工伤待遇支付 员工工伤待遇 单位工伤待遇 工伤待遇支付",
        "BJQ-E-06c BJQ-E-06d BJE-G-09",
    ),
    _clerk(
        "injury_costs",
        "工伤医疗费支付查询",
        "员工工伤医疗费 工伤医疗费和伙食补助费 单位工伤医疗费支付 职工工伤医疗费用支付 伙食补助费支付查询",
        "BJQ-E-06d BJE-G-10",
    ),
    _clerk(
        "injury_changes", "伤残津贴调整明细", "伤残津贴调整明细 伤残津贴调整 护理费调整 伤残津贴护理费调整", "BJQ-E-06e BJE-G-11"
    ),
    _clerk("dependants_changes", "供养亲属抚恤金调整", "抚恤金调整 供养亲属抚恤金调整 抚恤金调整明细", "BJQ-E-06f BJE-G-12"),
    _clerk(
        "contracts",
        "合同临近到期人员",
        "劳动合同到期 合同快到期 合同到期人员 劳动合同临近到期 合同到期名单 就业证到期",
        "BJE-B-04",
    ),
    _clerk(
        "contract_change",
        "修改劳动用工信息",
        "修改劳动合同信息 修改用工信息 合同续签 续签 改合同日期 批量修改合同",
        "BJE-B-07 BJE-B-08 BJE-B-09",
    ),
    _clerk("account_return", "个人账户返还", "个人账户返还 账户清算 员工个人账户清算 清算个人账户", "BJE-B-01"),
    _clerk(
        "arrears",
        "单位欠费处理",
        "单位欠费处理 欠缴社保费处理 公司欠费怎么处理 单位欠缴 处理欠费 查单位欠费 单位欠费",
        "BJE-C-07 BJH-14",
    ),
    _clerk("tax_wages", "公积金清册核定结果", "清册核定结果 核定结果查询", "BJE-C-06"),
    _clerk(
        "make_report", "月报缴费计划", "生成月报 生成缴费计划 月报缴费计划 月报到账了吗 月报到账没 月报到账", "BJE-C-01 BJE-C-02"
    ),
    _clerk(
        "staff_benefits",
        "职工待遇查询",
        "养老待遇支付 员工养老待遇支付 待遇支付信息 员工待遇 职工待遇查询 员工工伤待遇 退休人员待遇支付",
        "BJQ-E-06a BJQ-E-06c BJE-G-07",
    ),
    _clerk(
        "benefit_changes",
        "待遇调整查询",
        "养老待遇调整 待遇调整 养老待遇调整信息 待遇调整查询",
        "BJQ-E-06b BJE-G-08 BJQ-E-06e BJQ-E-06f",
    ),
    _clerk(
        "who_certifies",
        "临期认证查询",
        "谁要认证 谁快到期 认证临期 临期 临期查询 员工认证 谁没认证 哪些人认证 员工认证查询 退休人员认证名单",
        "BJE-G-14",
    ),
    _clerk("near_retirement", "临近退休人员", "临近退休 快退休员工 临退人员 谁临近退休 要退休的人", "BJE-E-01 BJE-B-04"),
    _clerk(
        "join",
        "增员申报",
        "增员 员工入职 社保增员 给员工增员 增员申报 新增人员 社保增加人员 给新员工交社保",
        "BJE-B-02 BJH-04 BJE-B-03",
        "JN-1-01 JN-1-02",
    ),
    _clerk(
        "join_many",
        "批量增员",
        "批量增员 批量增加人员 批量导入增员 增员模板 一次增加很多人 批量入职 多人入职增员",
        "BJE-B-03 BJE-B-02 BJH-04",
        "JN-1-02 JN-1-01",
    ),
    _clerk(
        "leave",
        "减员申报",
        "减员 员工离职 社保减员 给员工减员 减员申报 停保 员工停保 离职减员",
        "BJE-B-05 BJH-04 BJE-B-06",
        "JN-1-03 JN-1-04",
    ),
    _clerk(
        "leave_many",
        "批量减员",
        "批量减员 批量离职 批量停保 批量终止 多人离职减员 减员模板 批量导入减员",
        "BJE-B-06 BJE-B-05 BJH-04",
        "JN-1-04 JN-1-03",
    ),
    _clerk("leave_reason", "减员原因变更", "减员原因变更 减员原因错了 改减员原因 减员原因报错了", "BJE-B-05", "JN-3-05"),
    _clerk("to_retired", "中断转退休", "中断转退休 中断人员转退休", "BJE-E-02 BJH-16", "JN-3-06"),
    _clerk("settle", "退休结清", "退休结清 结清养老账户 退休账户结清", "BJE-B-01", "JN-3-07"),
    _clerk(
        "wages",
        "工资基数申报",
        "工资申报 基数申报 年度工资申报 申报员工工资 申报缴费基数 员工基数",
        "BJE-C-03 BJE-C-04",
        "JN-1-05",
    ),
    _clerk("wages_withdrawn", "撤销工资申报", "撤销工资申报 撤回工资申报 工资申报撤销", "BJE-C-05", "JN-1-06"),
    _clerk(
        "wages_paid",
        "工资申报缴费",
        "工资申报缴费 生成缴费单据 工资申报缴费单据 单位在线缴费 缴费单据支付",
        "BJE-C-01",
        "JN-2-01",
    ),
    _clerk("refund", "单位退费申请", "退费 单位退费 多缴退费 申请退费 员工退费", "BJE-C-08"),
    _clerk("difference", "补退基数差", "补差 退差 基数差 补退差 员工补差", "BJE-C-09 BJE-C-10"),
    _clerk(
        "staff_back_payment",
        "单位申报个人补缴",
        "给员工补缴 员工补缴 单位申报补缴 批量补缴 职工补缴 给职工漏缴补",
        "BJE-C-11 BJE-C-12 BJH-10",
        "JN-1-07 JN-2-02",
    ),
    _clerk("open_unit", "单位登记", "我们单位开户 申请单位登记 公司要开户", "BJE-A-01 BJH-02"),
    _clerk(
        "change_unit",
        "单位信息变更",
        "变更单位信息 改经办人 换经办人 单位变更 单位信息变更 单位名称变更 法人变更 改单位名称 改法人 单位银行账户变更",
        "BJE-A-03",
    ),
    _clerk("close_unit", "单位注销", "注销单位 公司注销 单位注销 注销社保户", "BJE-A-04"),
    _clerk(
        "staff_retirement",
        "给职工办退休",
        "给员工办退休 员工退休 职工退休申报 员工办退休 单位退休申报",
        "BJE-E-02 BJE-E-01 BJH-16",
        "JN-5-02",
    ),
    _clerk("move_retired", "退休人员转移", "退休人员转移 接收退休人员 社会化 转移退休人员 退休人员转入", "BJE-D-01 BJE-D-06"),
    _clerk(
        "retired_bank",
        "退休人员银行账户",
        "退休人员换银行卡 退休人员银行账户 改退休人员账号 退休职工换卡号",
        "BJE-D-07 BJE-F-03 BJH-15",
    ),
    _clerk("benefit_return", "待遇退回", "待遇退回 多发待遇退回 退回多发养老金 退还多领待遇", "BJE-F-02"),
    _clerk(
        "retirement_state",
        "退休申请进度",
        "员工退休办到哪了 退休申请进度 单位退休申请进度 退休进度",
        "BJE-E-05 BJE-C-05",
        "JN-5-06",
    ),
    _clerk("special_work", "特殊工种认定", "特殊工种认定 特殊工种申报 特殊工种备案", "BJE-E-03", "JN-5-04"),
    _clerk("former_officers", "军转干申报", "军转干 军转干部申报 军转干申报", "BJE-E-03", "JN-5-05"),
    _clerk("payment_failed", "支付失败处理", "支付失败 发放失败 待遇支付失败 养老金支付失败", "BJE-F-03"),
    _clerk("pause", "暂停或恢复发放", "恢复发放 暂停待遇 恢复待遇 申请暂停", "BJE-F-05 BJE-F-04"),
    _clerk(
        "card_batch",
        "单位批量办社保卡",
        "批量社保卡 批量办卡 员工社保卡 给员工办社保卡 职工社保卡申领 批量社保卡申领",
        "BJH-27",
        "JN-4-02 JN-4-03",
    ),
    _clerk(
        "unit_proof",
        "单位缴费证明",
        "员工缴费证明 单位的缴费证明 打印单位参保人员证明 职工缴费证明 打印员工证明",
        "BJQ-E-03a",
        "JN-3-13",
    ),
    _clerk("card_withdrawn", "撤销社保卡申领", "撤销社保卡申领 撤销办卡申请 取消社保卡申领", "BJH-27", "JN-4-04"),
    _clerk("card_data", "社保卡申领信息维护", "社保卡申领信息维护 申领信息维护 维护社保卡申领信息", "BJH-27", "JN-4-01"),
    _clerk("medical_grant", "医疗账户补助金申报", "医疗账户补助金 医疗账户补助金申报", "", "JN-3-01"),
    _clerk("terminal_clerk", "自助终端专管员维护", "专管员维护 自助终端专管员 添加专管员", "", "JN-3-08"),
    _clerk("sector", "行业统筹人员核对", "行业统筹人员 核对行业统筹 行业统筹养老金", "", "JN-3-09 JN-3-11"),
    _clerk("resident_medical_stop", "居民医疗停保", "居民医疗停保 居民医保停保 批量居民医疗停保", "", "JN-1-10 JN-1-11"),
    _clerk("approver", "单位审定人维护", "审定人维护 单位审定人 审定人信息", "", "JN-5-01"),
    _clerk("remote_withdrawn", "撤销异地备案", "撤销异地备案 取消异地人员备案", "", "JN-3-03"),
    _clerk("remote", "异地人员备案", "异地备案 异地安置备案 员工异地备案 异地人员备案", "BJH-06", "JN-3-02"),
    _clerk("chronic", "门诊规定病种", "门规 门规申请 大病申请 门诊慢性病 申请门规", "", "JN-3-04"),
    _clerk("staff_death", "职工身故办理", "员工去世怎么办理 职工身故申报 员工死亡减员", "BJE-E-07 BJE-E-06 BJH-05", "JN-5-03"),
    _clerk(
        "filing_state",
        "申报状态查询",
        "申报状态 员工申报进度 单位申报进度 增员进度 减员进度 员工退休进度",
        "BJE-C-05 BJE-E-05",
        "JN-5-06",
    ),
    _clerk("unit_login", "单位登录", "单位登录 单位怎么登录 企业登录 经办人登录 我是经办人", "BJE-L-01 BJQ-L-05", "JN-0-01"),
    _clerk("unemployment_claim", "失业待遇申报", "给员工申报失业 员工失业申报 员工失业金申领", "BJH-24", "JN-6-01"),
)
