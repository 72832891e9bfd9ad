"""For Alembic's own command line, with which a new revision is written; the program itself uses `storage.migrations`.

alembic -c storage/migrations/alembic.ini -x url=sqlite:///bot.db revision --autogenerate --rev-id 0002 -m "what it brings"
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from storage.migrations import options, run

url = context.get_x_argument(as_dictionary=True)["url"]


def _work(connection: Connection) -> None:
    context.configure(connection=connection, **options(connection))  # type: ignore[arg-type]
    with context.begin_transaction():
        context.run_migrations()


run(url, _work)
