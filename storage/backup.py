"""A copy of everything that the product keeps, taken while it goes on serving, and put back on another machine.

A backup is a folder: `database.sqlite` or `database.dump`, `files/` as it was sealed, and last of all `manifest.json` with the sum of each
part. A folder without a manifest is no backup. No key is in it: who has it alone can read nothing of people, and who restores it needs the
master keys of that time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL

from storage.spool import FOLDER
from storage.sql.urls import parsed

_MANIFEST: Final = "manifest.json"
_DATABASE: Final = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
_PAGES: Final = 2000
"""8 MB at a time: between them others write."""


class BackupError(Exception):
    """It cannot be done, and why, in words for who operates the product."""


def back_up(database_url: str, files: Path, folder: Path, now: datetime) -> tuple[int, int]:
    """Write a backup into a new folder; bytes of the database, and how many files. Blocks: a large one takes minutes.

    The database is copied as it stood at one moment. Files are copied before and after: whatever a row of that moment names is there.
    Raises BackupError, and leaves the folder without a manifest.
    """
    url = parsed(database_url)
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        raise BackupError(f"{folder} 已经存在，请换一个文件夹") from None
    kept = folder / "files"
    kept.mkdir(mode=0o700)
    target = folder / _DATABASE[url.get_backend_name()]
    try:
        _copied(files, kept)
        if url.get_backend_name() == "sqlite":
            _sqlite(Path(url.database or ""), target)
        else:
            _tool("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
        _copied(files, kept)
    except OSError as error:
        raise BackupError(f"写不进去：{error.strerror}") from error
    target.chmod(0o600)
    names = sorted(path for path in kept.rglob("*") if path.is_file())
    sums = {str(path.relative_to(folder)): _sum(path) for path in (target, *names)}
    written = folder / f"{_MANIFEST}.part"
    written.write_text(json.dumps({"at": now.isoformat(), "sums": sums}, indent=0), encoding="utf-8")
    written.rename(folder / _MANIFEST)
    return target.stat().st_size, len(names)


def restore(folder: Path, database_url: str, files: Path) -> datetime:
    """Put a backup in the place of nothing: the database must not have any table, the folder of files must be empty. When it was taken.

    Every part is compared with its sum first. Raises BackupError, having changed nothing unless a tool of PostgreSQL failed half-way.
    """
    url = parsed(database_url)
    try:
        told: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BackupError(f"{folder} 不是一份完整的备份：没有 {_MANIFEST}") from None
    for name, known in told["sums"].items():
        path = folder / name
        if not path.is_file() or _sum(path) != known:
            raise BackupError(f"备份里的 {name} 不见了或者变了，没有恢复任何内容")
    source = folder / _DATABASE[url.get_backend_name()]
    if source.name not in told["sums"]:
        raise BackupError("备份和配置里的数据库不是同一种，SQLite 的备份恢复到 SQLite，PostgreSQL 的恢复到 PostgreSQL")
    if files.is_dir() and any(files.iterdir()):
        raise BackupError(f"{files} 里已经有文件，请恢复到空的文件夹")
    if url.get_backend_name() == "sqlite":
        place = Path(url.database or "")
        if place.exists():
            raise BackupError(f"{place} 已经存在，请先移开")
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.part")
        shutil.copyfile(source, part)
        part.chmod(0o600)
        part.rename(place)
    else:
        if _tool("psql", url, "-XAtc", "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'") != "0":
            raise BackupError("这个数据库里已经有表，请恢复到新建的空数据库")
        _tool("pg_restore", url, "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", str(source))
        _tool("psql", url, "-XAtc", "ANALYZE")
    _copied(folder / "files", files)
    return datetime.fromisoformat(told["at"])


def _sqlite(source: Path, target: Path) -> None:
    if not source.is_file():
        raise BackupError(f"没有 {source} 这个数据库")
    try:
        with (
            contextlib.closing(sqlite3.connect(f"file:{source}?mode=rw", uri=True, timeout=30)) as old,
            contextlib.closing(sqlite3.connect(target)) as new,
        ):
            # One snapshot for all of it; else whatever is written meanwhile would begin the copy anew.
            old.execute("BEGIN")
            old.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            old.backup(new, pages=_PAGES)
            if new.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise BackupError("抄下来的数据库不完整，请检查磁盘")
            new.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise BackupError(f"数据库读不出来：{type(error).__name__}") from error


def _tool(name: str, url: URL, *arguments: str) -> str:
    """Run a tool of PostgreSQL; what it printed. The password goes by the environment: arguments are seen by everybody on the machine."""
    where = shutil.which(name)
    if where is None:
        raise BackupError(f"没有 {name}：请安装 PostgreSQL 的客户端工具，版本不低于服务器")
    environment = {**os.environ, "PGDATABASE": url.database or "", "PGCONNECT_TIMEOUT": "10"}
    host = url.host or url.query.get("host", "")
    for key, value in (("PGHOST", host), ("PGPORT", url.port), ("PGUSER", url.username), ("PGPASSWORD", url.password)):
        if value:
            environment[key] = str(value)
    into = ("--dbname", url.database or "") if name == "pg_restore" else ()
    done = subprocess.run([where, *into, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        told = (done.stderr.strip().splitlines() or [f"{done.returncode}"])[-1]
        raise BackupError(f"{name} 没有成功：{told}")
    return done.stdout.strip()


def _copied(source: Path, target: Path) -> None:
    """Copy what is not there yet. A file never changes under its name, but for being sealed anew."""
    for path in _whole(source):
        place = target / path.relative_to(source)
        if not place.exists():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with contextlib.suppress(FileNotFoundError):  # dropped since
                shutil.copy2(path, place)


def _whole(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.suffix not in {".part", ".new"} and path.relative_to(folder).parts[0] != FOLDER and path.is_file():
            yield path


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
