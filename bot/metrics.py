"""What the process counts, for `/metrics`. Labels are routes and kinds, never anything of a person."""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.5, 10.0)


__all__ = ["SHARED_COUNTS", "Metrics", "mark_process_dead"]

SHARED_COUNTS: Final = "PROMETHEUS_MULTIPROC_DIR"
"""The library's own name for the folder in which processes of one port count together; empty for a process by itself. Read when it is imported."""


class Metrics:
    """One registry a process, so that several in one test do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._webhook: dict[int, Counter] = {}
        self._webhook_seconds: Histogram | None = None
        self.requests = Counter("bot_http_requests", "HTTP requests", ("route", "status"), registry=self.registry)
        self.seconds = Histogram("bot_http_seconds", "Time to answer", ("route",), buckets=_BUCKETS, registry=self.registry)
        self.jobs = Counter("bot_jobs", "Jobs run", ("job", "outcome"), registry=self.registry)
        self.notices = Counter("bot_notices", "Rows of the ledger settled", ("channel", "outcome"), registry=self.registry)
        self.sends = Counter("bot_platform_sends", "Messages sent to the platform", ("kind", "outcome"), registry=self.registry)
        self.operator_errors = Counter(
            "bot_wechat_operator_errors",
            "Errors of the platform that only the operator can mend",
            ("code",),
            registry=self.registry,
        )

        self.refused = Counter(
            "bot_wechat_refused", "Requests to /wechat that were not taken", ("reason",), registry=self.registry
        )

        self.redis_away = Gauge(
            "bot_redis_away",
            "1 while Redis does not answer",
            registry=self.registry,
            multiprocess_mode="livemostrecent",  # whoever is asked for the page has just looked
        )

        self.clock_offset = Gauge(
            "bot_clock_offset_seconds",
            "Our clock minus the platform's, 0 while unknown",
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )

        self.ceilings = Gauge(
            "bot_ceiling_used_ratio",
            "Of an hour's ceiling for the whole service, what is used",
            ("ceiling",),
            registry=self.registry,
            multiprocess_mode="livemostrecent",
        )

    def webhook(self, status: int, took_s: float) -> None:
        """One request of the platform, as `requests` and `seconds` count it; the labels are looked up once."""
        requests = self._webhook.get(status)
        if requests is None:
            requests = self._webhook[status] = self.requests.labels("/wechat", str(status))
        requests.inc()
        if self._webhook_seconds is None:
            self._webhook_seconds = self.seconds.labels("/wechat")
        self._webhook_seconds.observe(took_s)

    def page(self) -> bytes:
        """The exposition text: of this process, or of all that share its port."""
        if not os.environ.get(SHARED_COUNTS):
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
