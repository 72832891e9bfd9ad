"""The demo's finished campaign: its counters, and the list for visits, by hand from the rows of `storage.demo.reminding`."""

from __future__ import annotations

from datetime import date

from storage.demo import load_demo
from storage.demo.reminding import TITLE
from storage.ports.records import CampaignState
from storage.ports.repositories import Store

TODAY = date(2024, 9, 12)


async def test_the_finished_campaign(store: Store) -> None:
    """Fifteen rows of eight people; 廖桂香 and 郑美华 wait for a visit, 汪福来 had one, 邹长顺 has certified since."""
    report = await load_demo(store, TODAY, 100, months=1)
    assert report.extras.notices == 1 + 2 + 3 + 2 + 3 + 1 + 2 + 1
    async with store.reading() as tx:
        (campaign,) = await tx.campaigns.find(standing=False)
        assert (campaign.title, campaign.state) == (TITLE, CampaignState.DONE)
        counts: dict[str, int] = {}
        for tally in await tx.campaigns.tallies(campaign.id):
            counts[tally.outcome] = counts.get(tally.outcome, 0) + tally.count
        assert {name: count for name, count in counts.items() if count} == {
            "delivered": 3,
            "refused": 5,
            "unanswered": 2,
            "sent": 1,
            "doubtful": 1,
            "listed": 2,
            "visited": 1,
            "certified": 1,
        }
        waiting = await tx.notices.unreached(("beijing", "binzhou", "jinan"))
        assert {one.person.name for one in waiting} == {"郑美华", "廖桂香"}
        (visited,) = await tx.notices.unreached(("binzhou",), visited=True)
        assert (visited.person.name, len(visited.tried)) == ("汪福来", 2)
        assert visited.notice.note.endswith("（示例）")
        assert await tx.notices.next_due() is None, "nothing of it goes out again"
    assert (await load_demo(store, TODAY, 100, months=1)).extras.notices == 0
