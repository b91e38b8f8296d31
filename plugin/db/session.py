"""Engine and the two entrances: `reading()` and `writing()`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from plugin.ports.transaction import marked_writing


@dataclass(frozen=True, slots=True)
class Scope:
    """The workspace a statement may see; the first argument of every db function."""

    workspace_id: str


NOBODY = Scope("")
"""Where one-time keys stand that belong to no workspace yet. It holds nothing else."""

DbConnection = Connection


class Database:
    """One engine per process, made after fork."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view; on SQLite it never blocks writers."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A short transaction that commits at the end. SQLite takes the write lock at once
        (a read that turns into a write would die of `database is locked`)."""
        with (
            marked_writing(),
            self.engine.connect() as connection,
            connection.execution_options(mostrador_writing=True).begin(),
        ):
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(url, pool_size=20, max_overflow=40)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "page_size=16384",  # of a new file: an order's document fits beside its key
        "journal_mode=WAL",
        "busy_timeout=10000",
        "synchronous=FULL",  # an answered delivery or a ledger step survives a power cut
        "foreign_keys=ON",
        "mmap_size=1073741824",
        "cache_size=-32000",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("mostrador_writing")
    raw: Any = connection.connection.dbapi_connection
    raw.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
