"""评价 (好差评): asked for once for each thing that is finished; a bad mark opens a case with a deadline."""

from __future__ import annotations

from dialogs.filings import FILINGS
from handlers.filings.flow import Flow
from handlers.filings.notify import notify
from handlers.services import Services
from storage.ports.records import MarkRequest, Rating
from storage.ports.repositories import Repositories

BAD = 2
"""This grade and worse are looked into."""

GRADES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


async def ask_for_mark(tx: Repositories, services: Services, openid: str, request: MarkRequest) -> None:
    """Ask that chat for its mark, once for each thing. The words 评价5 … 评价1 answer it at any time."""
    if await tx.ratings.ask(openid, request):
        choices = tuple((f"评价{grade}", label) for grade, label in GRADES.items())
        text = f"“{request.title}”办完了，请您评价这次服务，回复下面任意一项："
        await notify(tx, services, openid, text, about=f"mark:{request.kind}:{request.ref}", choices=choices)


async def give_mark(tx: Repositories, services: Services, openid: str, grade: int, words: str) -> Rating | None:
    """Give the newest thing that waits for a mark its grade; None when nothing waits. A bad one opens a case for the staff."""
    request = await tx.ratings.wanted(openid)
    if request is None:
        return None
    now = services.clock.now()
    rating = Rating(request.kind, request.ref, request.region, grade, words, now)
    if not await tx.ratings.add(rating):
        return None
    await tx.ratings.settle(openid, request)
    if grade <= BAD:
        user = await tx.users.get(openid)
        fields = {
            "评价对象": request.title,
            "编号": request.ref,
            "等级": f"{grade}（{GRADES[grade]}）",
            "您说的": words or "没有写原因",
        }
        await Flow(services).open_inside(
            tx,
            FILINGS["complaint"],
            services.regions[request.region],
            user.person_id if user else None,
            fields,
            f"mark|{request.kind}|{request.ref}",
            watchers=(openid,),
        )
    return rating
