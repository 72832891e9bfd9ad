"""Small filings of our own, so that the rules of the engine are tested without any real one."""

from __future__ import annotations

from datetime import date

from dialogs.declare import Ask, Choose, Option, Scene, Stop, Wrong
from dialogs.filing import Filing, Material, Review, Stage, Undertaking
from dialogs.messages import Reply, Say
from dialogs.parse import Invalid
from storage.ports.records import CaseState


def reason(text: str, _: date) -> str:
    """Any words but none."""
    if not text.strip():
        raise Invalid("请写一个理由。")
    return text.strip()


WHY = Ask(name="why", label="理由", prompt="为什么要办？", parse=reason)
TONE = Choose(name="tone", label="颜色", prompt="要哪一种？", options=(Option("red", "红色"), Option("blue", "蓝色")))

NOTE = Filing(name="t_note", title="小纸条", covers=(), steps=(WHY, TONE), finished="小纸条收下了。")
"""Two questions, done at once."""

BADGE = Filing(
    name="t_badge",
    title="工牌",
    covers=(),
    steps=(WHY, TONE),
    fee="card_replace",
    review=Review(),
    stages=(
        Stage(name="制作", state=CaseState.WORKING, by="days", days="card_replace", told="“工牌”{case} 在做了，{day} 做好。"),
        Stage(name="领取", state=CaseState.READY, by="person", told="“工牌”做好了，请来领。"),
    ),
    finished="工牌领到了。",
)
"""20.00 元 in 北京, review within 2 working days, 4 working days of making, fetched by the person."""

SEAL = Filing(
    name="t_seal",
    title="印章",
    covers=(),
    steps=(WHY,),
    review=Review(four_eyes=True),
    stages=(Stage(name="刻章", state=CaseState.WORKING, by="staff", days="card_second", role="受理"),),
    undertaking=Undertaking(code="SEAL", version="2", text="我承诺印章只用于公务。"),
    finished="印章刻好了。",
)
"""Two pairs of eyes, then 3 working days of staff."""

PHOTO = Filing(
    name="t_photo",
    title="照片备案",
    covers=(),
    steps=(WHY,),
    materials=(
        Material(name="front", title="正面照", required=True),
        Material(name="side", title="侧面照", required=False),
    ),
    review=Review(),
)
"""On a page: something has to be uploaded."""

EARLY = Filing(name="t_early", title="早起业务", covers=(), steps=(WHY,), window="W-CARD-ONLINE", sensitive=True, review=Review())
"""In 北京 from the 5th of each month, 6:00 to 22:00; waits while a hold is in force."""

PENDING = Filing(name="t_pending", title="普通审核", covers=(), steps=(WHY,), review=Review())
"""Only a review."""

FALLS = Filing(name="t_falls", title="月底回撤", covers=(), steps=(WHY,), review=Review(), month_end=True)
"""Falls back when its month is over."""

SECRET = Filing(
    name="t_secret",
    title="换号",
    covers=(),
    steps=(Ask(name="number", label="新号码", prompt="新号码？", parse=reason, secret=True), WHY),
    review=Review(),
)


async def _not_on_fridays(scene: Scene) -> None:
    if scene.now.weekday() == 4:
        raise Stop(Reply(Say("星期五不办。")))


async def _no_lies(scene: Scene) -> None:
    if "骗" in scene.answers["why"]:
        raise Wrong("why", "理由要写真的。")


async def _price(scene: Scene) -> tuple[tuple[str, str], ...]:
    return (("手续费", f"不收，{len(scene.answers['why'])} 个字的理由"),)


PICKY = Filing(
    name="t_picky",
    title="挑剔业务",
    covers=(),
    steps=(WHY, TONE),
    begin=_not_on_fridays,
    check=_no_lies,
    lines=_price,
    fee="card_replace",
    window="W-NOT-THERE",
    review=Review(),
)
"""Judges by itself; its window is none of the region's."""

DYED = Filing(
    name="t_dyed",
    title="染色",
    covers=(),
    steps=(WHY, TONE),
    fee=lambda answers: {"red": "card_replace", "blue": "t_blue"}[answers["tone"]],
    review=Review(),
)
"""What it costs hangs on the colour: red as much as a card, blue nothing where the region says nothing of it."""

ALL = (DYED, PICKY, NOTE, BADGE, SEAL, PHOTO, EARLY, PENDING, FALLS, SECRET)
