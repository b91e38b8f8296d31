"""Engine and the two entrances: `reading()` and `writing()`."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event

from plugin.db.gather import Gathering
from plugin.ports.transaction import marked_writing

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Scope:
    """The workspace a statement may see; the first argument of every db function."""

    workspace_id: str


NOBODY = Scope("")
"""Where one-time keys stand that belong to no workspace yet, and what is counted of strangers. It
holds nothing else."""

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
        self._gatherings: dict[Any, Gathering[Any, Any, Any]] = {}

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

    def together(self, write: Callable[[Connection, Sequence[T]], Sequence[R]], item: T) -> R:
        """Has `write` write the item in a transaction that other threads share; what it says of
        the item is returned after the commit. `write` is a function of a module."""
        gathering: Gathering[Connection, T, R] = self._gatherings.setdefault(
            write, Gathering(self.writing, write)
        )
        return gathering.put(item)

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
    raw: Any = connection.connection.dbapi_connection
    if not connection.get_execution_options().get("mostrador_writing"):
        raw.execute("BEGIN")
        return
    raw.execute("PRAGMA busy_timeout=0")
    try:
        _begin_writing(raw)
    finally:
        raw.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}")


def _begin_writing(raw: sqlite3.Connection) -> None:
    """Asks every millisecond while another process writes: SQLite's own waiting grows to a tenth
    of a second, in which dozens could have written."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorname != "SQLITE_BUSY" or time.monotonic() > end:
                raise
            time.sleep(0.001)
        else:
            return
