"""Work for later about cases."""

from __future__ import annotations

from handlers.later import Later

JOBS: dict[str, Later] = {}
"""By the name under which it is queued."""
