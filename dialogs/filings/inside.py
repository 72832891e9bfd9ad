"""Cases that the product or the staff open themselves: a bad mark, money that has to go back."""

from __future__ import annotations

from dialogs.filing import Filing, Review

COMPLAINT = Filing(
    name="complaint",
    title="评价回访",
    covers=(),
    steps=(),
    review=Review(role="客服", days="complaint"),
    inside=True,
    finished="您提的意见已经处理。",
    help="差评开出的回访：先联系清楚，再在说明里写给对方的答复。",
)
"""A mark of one or two: 客服 looks into it and answers; the answer is what the person reads."""

REFUND = Filing(
    name="refund",
    title="退费核实",
    covers=(),
    steps=(),
    review=Review(role="审核", days="refund"),
    inside=True,
    effects="refund",
    finished="退费已经核实，款项按原支付渠道退回，到账时间以银行为准。",
    help="钱到了，但订单或业务已经作废、撤回或没有通过：核实后退回。",
)
"""Money came for what is not done: 审核 checks it and has it sent back."""

LOSS = Filing(name="report_lost", title="社保卡挂失", covers=(), steps=(), inside=True, finished="社保卡已经挂失。")
LIFT = Filing(name="lift_loss", title="社保卡解挂", covers=(), steps=(), inside=True, finished="社保卡恢复使用。")
"""挂失 and 解挂 take effect in the chat, at once; as cases they can be followed, printed and found at the counter."""

FILINGS: tuple[Filing, ...] = (COMPLAINT, REFUND, LOSS, LIFT)
