"""What the process counts, for `/metrics`. Labels are routes and kinds, never anything of a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.5, 10.0)


class Metrics:
    """One registry a process, so that several in one test do not collide."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("bot_http_requests", "HTTP requests", ("route", "status"), registry=self.registry)
        self.seconds = Histogram("bot_http_seconds", "Time to answer", ("route",), buckets=_BUCKETS, registry=self.registry)
        self.jobs = Counter("bot_jobs", "Jobs run", ("job", "outcome"), registry=self.registry)
        self.notices = Counter("bot_notices", "Rows of the ledger settled", ("channel", "outcome"), registry=self.registry)
        self.sends = Counter("bot_platform_sends", "Messages sent to the platform", ("kind", "outcome"), registry=self.registry)

    def page(self) -> bytes:
        """The exposition text."""
        return generate_latest(self.registry)
