"""On PostgreSQL jobs are PgQueuer's: its tables, and what was waiting moves there. On SQLite nothing changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOVE = """
    INSERT INTO {queue} (priority, execute_after, status, entrypoint, dedupe_key, payload, headers)
    SELECT greatest(-2147483648, -(due / 1000000))::int,
           'epoch'::timestamptz + due * interval '1 microsecond' - interval '1 microsecond',
           'queued', name, dedupe_hash, payload, jsonb_build_object('taken', attempts, 'key', encode(dedupe_key, 'hex'))
    FROM job ORDER BY id
"""


def upgrade() -> None:
    """Forward only: a deployment goes back by restoring its backup."""
    if op.get_bind().dialect.name != "postgresql":
        return
    from storage.sql import pgqueuer as ours  # noqa: PLC0415  loaded on PostgreSQL only

    text = ours.ENVIRONMENT.build_install_query()
    connection = op.get_bind().connection.dbapi_connection
    connection.run_async(lambda driver: driver.execute(text))  # type: ignore[union-attr]  # several statements at once
    # Nobody listens: workers look twice a second, and each notification would hold the one lock that all commits pass.
    op.execute(sa.text(f"ALTER TABLE {ours.QUEUE} DISABLE TRIGGER {ours.SETTINGS.trigger}"))
    op.execute(sa.text(f"CREATE INDEX {ours.QUEUE}_due_idx ON {ours.QUEUE} (execute_after) WHERE status = 'queued'"))
    op.execute(sa.text(_MOVE.format(queue=ours.QUEUE)))
    op.execute(sa.text("DELETE FROM job"))
