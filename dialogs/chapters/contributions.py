"""缴费查询: BJQ-P-02a (北京) and BZ-11…15 (滨州). Period and insurance from the person's own words; the answer first."""

from __future__ import annotations

from dialogs.declare import Ask, Dialog, Ended, Scene, Wish
from dialogs.messages import Anchor, Message, Picture, Reply, Say
from dialogs.parse import insurances, period


async def _look_up(scene: Scene) -> Ended:
    span = period(scene.answers["period"], scene.now.date())
    kinds = insurances(scene.answers["insurance"])
    params = {"period": str(span), "insurance": ",".join(kinds)}
    found = await scene.desk.look_up("contributions", params)
    statement = found.statement
    if not statement.tables:
        return Ended(
            Reply(Say("\n".join(statement.summary))),
            (("换个时间", Wish("contributions", {"insurance": scene.answers["insurance"]})),),
        )
    more: tuple[Message, ...] = (Picture(statement.chart, statement.title),) if statement.chart else ()
    return Ended(
        Reply(Say("\n".join(statement.summary), links=(Anchor("查看明细", found.url),)), more),
        (
            ("下载 PDF 单据", Wish("download", {"query": "contributions", **params})),
            ("换个时间", Wish("contributions", {"insurance": scene.answers["insurance"]})),
        ),
    )


CONTRIBUTIONS = Dialog(
    name="contributions",
    title="缴费查询",
    covers=("BJQ-P-02a", "BZ-11", "BZ-12", "BZ-13", "BZ-14", "BZ-15"),
    scope="benefits",
    steps=(
        Ask(
            name="period",
            label="时间",
            prompt="您想查哪段时间的缴费？可以回复数字，也可以直接说，例如 2024年1月到6月。",
            parse=period,
            quick=("近一年", "今年", "去年"),
        ),
        Ask(name="insurance", label="险种", prompt="查哪种保险？", parse=lambda text, _: insurances(text), default="五险"),
    ),
    action=_look_up,
    elsewhere=lambda region: Reply(Say(region.missing.format(what="缴费查询"))),
    help="告诉我时间就行：去年、近半年、2024年3月、202401-202406 都可以；也可以加上险种，例如“去年的医疗”。",
)
