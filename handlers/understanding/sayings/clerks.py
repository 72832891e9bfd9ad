"""Sentences of clerks of employers, by the name of the capability."""

from __future__ import annotations

CLERKS: dict[str, str] = {
    "clerk_arrears": """
单位欠费查询处理 ; 欠缴社保费怎么补 ; 公司欠费了
""",
    "clerk_benefit_changes": """
养老待遇调整信息 ; 2023年待遇调整
""",
    "clerk_card_batch": """
给员工办社保卡 ; 批量申领社保卡
""",
    "clerk_card_withdrawn": """
撤销社保卡申领
""",
    "clerk_change_unit": """
改单位经办人 ; 法人变更了社保怎么改 ; 单位信息变更 ; 单位名称变更
""",
    "clerk_chronic": """
门诊规定病种申请
""",
    "clerk_close_unit": """
公司注销社保户 ; 单位注销
""",
    "clerk_contracts": """
劳动合同快到期的人 ; 合同到期提醒
""",
    "clerk_difference": """
基数补差 ; 补退基数差
""",
    "clerk_filing_state": """
申报状态查询 ; 工资申报状态 ; 增员审核通过没
""",
    "clerk_injury_benefits": """
职工工伤待遇支付查询 ; 单位工伤待遇支付信息
""",
    "clerk_injury_changes": """
伤残津贴调整明细
""",
    "clerk_join": """
新来了两个人要增员 ; 给新入职的员工办增员 ; 我们招了三个人社保怎么上 ; 增员申报 ; 公司新招员工增加社保
入职登记 ; 怎么给新员工办理参保
""",
    "clerk_join_many": """
批量增员模板 ; 一次增加二十个人 ; 批量导入增员
""",
    "clerk_leave": """
员工离职怎么减员 ; 小王辞职了要停社保 ; 减员申报 ; 这个月走了两个人要减 ; 停保 ; 终止劳动关系
""",
    "clerk_leave_many": """
批量减员 ; 一批人离职批量停保
""",
    "clerk_leave_reason": """
减员原因报错了要改
""",
    "clerk_make_report": """
生成本月缴费计划 ; 月报到账了没 ; 这个月月报有没有到账
""",
    "clerk_move_retired": """
退休人员转移 ; 转移退休人员到别的单位 ; 确认接收退休人员
""",
    "clerk_near_retirement": """
谁快退休了 ; 临近退休人员名单 ; 明年到龄的员工有哪些
""",
    "clerk_open_unit": """
单位开户登记 ; 新公司社保登记
""",
    "clerk_pause": """
恢复发放养老金 ; 申请暂停待遇
""",
    "clerk_payment_failed": """
养老金支付失败怎么处理 ; 待遇支付失败
""",
    "clerk_rates": """
单位缴费比例
""",
    "clerk_refund": """
多交的社保费申请退费 ; 单位退费 ; 人走了还扣了两个月要退
""",
    "clerk_remote": """
异地人员备案
""",
    "clerk_report": """
查八月份三险月报 ; 三险月报打印 ; 上个月的缴费月报
""",
    "clerk_report_medical": """
医疗月报 ; 7月医疗生育月报
""",
    "clerk_retired_bank": """
退休人员换银行卡
""",
    "clerk_retirement_state": """
退休申请进度 ; 员工退休办到哪了
""",
    "clerk_settle": """
退休结清
""",
    "clerk_special_work": """
特殊工种认定
""",
    "clerk_staff_back_payment": """
给职工补缴 ; 漏了一个员工两个月要补缴 ; 单位申报个人补缴
""",
    "clerk_staff_benefits": """
单位退休人员养老待遇支付 ; 查机关事业养老待遇支付信息
""",
    "clerk_staff_death": """
职工去世了单位怎么办 ; 员工死亡 ; 退休人员去世单位怎么报
""",
    "clerk_staff_list": """
在职人员名单 ; 我们单位参保人员有哪些 ; 职工参保登记信息 ; 员工花名册 ; 单位现在多少人参保
""",
    "clerk_staff_payments": """
查全体职工缴费 ; 员工张三的缴费情况 ; 查员工缴费明细 ; 职工去年的缴费记录 ; 离职员工的缴费能查吗
""",
    "clerk_staff_payments_many": """
上传excel批量查职工缴费 ; 批量查员工缴费
""",
    "clerk_staff_retirement": """
给老王办退休 ; 职工退休申报 ; 员工到龄了办退休
""",
    "clerk_unemployment_claim": """
给员工申报失业
""",
    "clerk_unit": """
单位登记信息 ; 我们单位的社保登记号 ; 单位信息查询
""",
    "clerk_unit_login": """
单位怎么登录 ; 经办人登录
""",
    "clerk_unit_payments": """
查单位缴费 ; 我们公司上半年交了多少社保 ; 单位缴费情况 ; 本单位去年缴费
""",
    "clerk_unit_proof": """
打印单位参保缴费证明
""",
    "clerk_wages": """
年度工资申报 ; 申报缴费基数 ; 五险一金基数合并申报 ; 工资基数怎么报
""",
    "clerk_wages_paid": """
工资申报缴费单据
""",
    "clerk_wages_withdrawn": """
撤销工资申报
""",
    "clerk_who_certifies": """
我们单位谁快认证到期 ; 临期三个月要认证的人 ; 哪些退休人员没认证 ; 资格认证临期查询 ; 未来2个月谁要认证
""",
}
