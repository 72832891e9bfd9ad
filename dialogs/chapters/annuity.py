"""职业年金 (BJQ-P-02b, BJQ-P-05) and 个人补缴 (BJQ-P-02c)."""

from __future__ import annotations

from dialogs.declare import Dialog, Wish
from dialogs.vocabulary import Period, Query, Year, dialogs_of

ANNUITY_PAYMENTS = Query(
    name="annuity_payments",
    title="职业年金缴费",
    covers=("BJQ-P-02b",),
    asks=(Period(prompt="您想查哪段时间的职业年金缴费？可以回复数字，也可以直接说，例如 2024年1月到6月。"),),
    leads=(("看账户余额", Wish("annuity_account")),),
    help="告诉我时间就行：去年、近半年、2024年3月、202401-202406 都可以。",
)

ANNUITY_ACCOUNT = Query(
    name="annuity_account",
    title="职业年金账户",
    covers=("BJQ-P-05",),
    asks=(Year(prompt="您想查哪一年的职业年金账户？可以回复数字，也可以直接发年份，例如 2023。"),),
    leads=(("查职业年金缴费", Wish("annuity_payments")),),  # the manual's link: the period is chosen again
    help="告诉我年份就行，例如 2023 或“去年”。",
)

BACK_PAYMENTS = Query(
    name="back_payments",
    title="个人补缴记录",
    covers=("BJQ-P-02c",),
    asks=(Period(prompt="您想查哪段时间的补缴？说的是费用所属的月份，可以回复数字，也可以直接说，例如 2024年1月到6月。"),),
    help="告诉我时间就行：去年、近半年、2024年3月、202401-202406 都可以。这里按费款所属期查。",
)

DIALOGS: tuple[Dialog, ...] = dialogs_of(ANNUITY_PAYMENTS, ANNUITY_ACCOUNT, BACK_PAYMENTS)
