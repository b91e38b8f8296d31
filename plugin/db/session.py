"""Engine and the two entrances: `reading()` and `writing()`."""

from __future__ import annotations

import threading
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
BUSY_SECONDS = 10.0


class Database:
    """One engine per process, made after fork."""

    def __init__(self, url: str, *, mapped: bool = True) -> None:
        """`mapped`: SQLite reads its file as memory, quickest for panels. What runs for hours and
        walks through all of the file is better without: its pages would all count as the
        process's own."""
        self.engine = _engine(url, mapped=mapped)
        self._turn = threading.Lock() if url.startswith("sqlite") else None

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
            self._in_turn(),
            self.engine.connect() as connection,
            connection.execution_options(mostrador_writing=True).begin(),
        ):
            yield connection

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        """Threads of one process wait here for each other and go on at once; SQLite would have
        them sleep and try again, each time for longer."""
        ours = self._turn is not None and self._turn.acquire(timeout=BUSY_SECONDS)
        try:
            yield
        finally:
            if self._turn is not None and ours:
                self._turn.release()

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str, *, mapped: bool) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=10, max_overflow=20, pool_pre_ping=True)
    engine = create_engine(url, pool_size=20, max_overflow=40)
    event.listen(engine, "connect", _prepare_sqlite if mapped else _prepare_frugally)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "page_size=16384",  # of a new file: an order's document fits beside its key
        "journal_mode=WAL",
        f"busy_timeout={BUSY_SECONDS * 1000:.0f}",
        "synchronous=FULL",  # an answered delivery or a ledger step survives a power cut
        "foreign_keys=ON",
        "mmap_size=1073741824",
        "cache_size=-32000",
    ):
        raw.execute(f"PRAGMA {pragma}")


def _prepare_frugally(raw: Any, record: object) -> None:
    _prepare_sqlite(raw, record)
    raw.execute("PRAGMA mmap_size=0")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("mostrador_writing")
    raw: Any = connection.connection.dbapi_connection
    raw.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
