"""评价 (好差评): asked for once for each thing that is finished; a bad mark opens a case with a deadline."""

from __future__ import annotations

from dialogs.filings import FILINGS
from handlers.filings.flow import Flow
from handlers.reminders.news import notify
from handlers.services import Services
from storage.ports.records import MarkRequest, Rating
from storage.ports.repositories import Repositories

BAD = 2
"""This grade and worse are looked into."""

GRADES = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}


async def ask_for_mark(tx: Repositories, services: Services, openid: str, request: MarkRequest) -> None:
    """Ask that chat for its mark, once for each thing. The words 评价5 … 评价1 answer it at any time. A case that it follows no more is none
    of its business."""
    if request.kind == "case" and await tx.cases.get(request.ref) and openid not in await tx.cases.watchers(request.ref):
        return
    if await tx.ratings.ask(openid, request):
        choices = tuple((f"评价{grade}", label) for grade, label in GRADES.items())
        text = f"“{request.title}”办完了，请您评价这次服务，回复下面任意一项："
        about = f"mark:{request.kind}:{request.ref}"
        await notify(tx, services, openid, text, about=about, choices=choices, quiet=True)


async def give_mark(
    tx: Repositories, services: Services, openid: str, thing: tuple[str, str], grade: int, words: str
) -> Rating | None:
    """Give a thing, (kind, ref), its grade; None when that chat was not asked about it, or it has its mark already. A bad one opens a case
    for the staff, about whomever the thing was for."""
    request = await tx.ratings.request(openid, *thing)
    if request is None:
        return None
    now = services.clock.now()
    rating = Rating(request.kind, request.ref, request.region, grade, words, now)
    if not await tx.ratings.add(rating):
        return None
    await tx.ratings.settle(openid, request)
    if grade <= BAD:
        person_id, region = await _whose(tx, request)
        fields = {
            "评价对象": request.title,
            "编号": request.ref,
            "等级": f"{grade}（{GRADES[grade]}）",
            "本人说的": words or "没有写原因",
        }
        await Flow(services).open_inside(
            tx,
            FILINGS["complaint"],
            services.regions[region],
            person_id,
            fields,
            f"mark|{request.kind}|{request.ref}",
            watchers=(openid,),
        )
    return rating


async def _whose(tx: Repositories, request: MarkRequest) -> tuple[int | None, str]:
    """Whose the thing is, and which region did it."""
    made = await (tx.cases.get(request.ref) if request.kind == "case" else tx.threads.get(int(request.ref)))
    return (made.person_id, made.region) if made else (None, request.region)
