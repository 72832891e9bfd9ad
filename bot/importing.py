"""What `import` knows. Apart from `storage.imports`, so that the other commands start without it; a test compares the two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

IMPORTED: Final[Mapping[str, str]] = {
    "people": "参保人",
    "contributions": "缴费记录",
    "certifications": "资格认证记录",
    "registration": "登记信息",
    "participation": "参保关系",
    "annuity_payment": "职业年金缴费",
    "annuity_account": "职业年金账户",
    "account_year": "个人账户年度明细",
    "resident_contribution": "居民缴费",
    "resident_statement": "居民养老对账单",
    "transfer_record": "转移接续记录",
    "pension_payment": "养老待遇支付",
    "injury_payment": "工伤待遇支付",
    "unemployment_benefit": "失业待遇",
    "maternity_benefit": "生育待遇",
    "medical_benefit": "医疗待遇",
    "labour_filing": "劳动用工备案",
    "job_vacancy": "招聘信息",
    "job_seeker": "求职信息",
}
"""The word after --kind, and what it means."""
