"""The schema's history, run from code: `migrate` brings a database to the present, `pending` says whether it has to.

Alembic's revisions lie in `versions/`. All that are due run inside one transaction, on SQLite too (it can take back a CREATE TABLE if the
BEGIN is ours and not the driver's), and only one process at a time runs them: the others wait and then find nothing to do.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.ports.repositories import StorageError, Unavailable
from storage.sql.postgres import translated
from storage.sql.tables import metadata
from storage.sql.urls import parsed

T = TypeVar("T")

_FOLDER = Path(__file__).parent
_one_at_a_time = threading.Lock()
QUEUE_TABLES = "shebao_pgqueuer"
"""How the names of PgQueuer's tables begin (`storage.sql.pgqueuer`)."""
_LOCK = 0x53424D47
"""Of migrating, among PostgreSQL's advisory locks."""


def _scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", _FOLDER.as_posix().replace("%", "%%"))
    return ScriptDirectory.from_config(config)


def _ours(name: str | None, kind: str, _: object) -> bool:
    """Whether a thing of the database is described in the code; the queue's tables on PostgreSQL are described by PgQueuer."""
    return kind != "table" or not (name or "").startswith(QUEUE_TABLES)


def options(connection: Connection) -> dict[str, object]:
    """How Alembic is to work on this connection; the same for upgrades, comparisons and the command line (`env.py`)."""
    return {
        "target_metadata": metadata,
        "render_as_batch": connection.dialect.name == "sqlite",
        "compare_type": True,
        "compare_server_default": True,
        "include_name": _ours,
    }


def _upgrade(connection: Connection) -> list[str]:
    scripts = _scripts()
    applied: list[str] = []

    def steps(revision: Any, context: MigrationContext) -> list[RevisionStep]:
        found = scripts._upgrade_revs("heads", revision)
        applied.extend(step.revision.revision for step in found)
        return found

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    with EnvironmentContext(Config(), scripts, fn=steps) as environment:
        environment.configure(connection, **options(connection))  # type: ignore[arg-type]
        environment.run_migrations()
    return applied


def _pending(connection: Connection) -> bool:
    context = MigrationContext.configure(connection, opts=options(connection))
    return set(context.get_current_heads()) != set(_scripts().get_heads())


def _on_sqlite(url: URL, work: Callable[[Connection], T]) -> T:
    Path(url.database or "").absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=NullPool, connect_args={"isolation_level": None, "timeout": 30})

    def opened(connection: object, _: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("PRAGMA journal_mode = WAL")
        # Rebuilding a table must not cascade; the keys are checked before the commit.
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.close()

    event.listen(engine, "connect", opened)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    try:
        with engine.begin() as connection:
            result = work(connection)
            if result and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise StorageError("a row would refer to something that is not there")
            return result
    finally:
        engine.dispose()


async def _on_postgres(url: URL, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": 5})
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def run(database_url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction of a fresh connection, one at a time in this process: what Alembic runs in is global to it."""
    url = parsed(database_url)
    try:
        with _one_at_a_time:
            if url.get_backend_name() == "sqlite":
                return _on_sqlite(url, work)
            return asyncio.run(_on_postgres(url, work))
    except (OSError, TimeoutError) as error:
        raise Unavailable("the database does not answer") from error
    except DBAPIError as error:
        raise translated(error) or error from error


async def migrate(database_url: str) -> list[str]:
    """Bring the database to the newest revision and return what was applied, oldest first; empty when there was nothing to do.

    Makes the SQLite file (and its folder) if it is not there. Idempotent; all or nothing; safe when several processes start at once.
    Raises Unavailable when the database does not answer.
    """
    return await asyncio.to_thread(run, database_url, _upgrade)


async def pending(database_url: str) -> bool:
    """Whether `migrate` would do something; changes nothing of the schema. Raises Unavailable when the database does not answer."""
    return await asyncio.to_thread(run, database_url, _pending)
