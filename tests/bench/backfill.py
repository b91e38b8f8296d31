"""What a backfill costs: its rate beside raw SQL, and its memory beside the idle process.

The rate: the same exported lines, parsed and mapped by the same code on both sides. The floor
writes the documents and their contact points, which it is given, by plain `executemany`; the
product finds the contact points itself and goes through its own data layer, transaction by
transaction. The memory: the whole way of the product (adapter, download, spool, mirror) from a shop
in another process, in a process of its own.
"""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from integrations.stores.shopify import mapping_bulk
from plugin.actions.records import save_orders
from plugin.db import connections as installed
from plugin.db import mirror
from plugin.db.session import Database, Scope
from plugin.db.tables import metadata
from plugin.domain.orders import Order
from tests.bench.exports import family
from tests.bench.report import Verdict

ORDERS = 3000
STRANGERS = 10**9  # nobody orders twice, so that no text is remembered
AT_ONCE = 200
SCOPE, SHOP = Scope("ws_1"), "co_1"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
GOAL_RATE, GOAL_MB = 0.60, 100
_COLUMNS = "workspace_id, connection_id, kind, value, owner, holder, order_ref"

Lines = Sequence[Sequence[bytes]]
Rows = dict[str, list[dict[str, Any]]]


def verdicts(count: int) -> Iterator[Verdict]:
    with tempfile.TemporaryDirectory(prefix="mostrador-bench-") as folder:
        yield _rate(Path(folder), count)
    for size in (200_000, *([1_000_000] if os.environ.get("LARGE") == "1" else [])):
        yield _memory(size)


def _rate(folder: Path, count: int) -> Verdict:
    lines = [family(number, STRANGERS) for number in range(ORDERS)]
    points = _points_of(folder / "given.sqlite3", lines)
    floors: list[float] = []
    ratios: list[float] = []
    for turn in range(count + 1):  # the first warms up
        sides: list[Callable[[], float]] = [
            lambda turn=turn: _floor(folder / f"floor{turn}.sqlite3", lines, points),  # type: ignore[misc]
            lambda turn=turn: _product(folder / f"product{turn}.sqlite3", lines),  # type: ignore[misc]
        ]
        took = [side() for side in (sides if turn % 2 else sides[::-1])]
        floor, product = took if turn % 2 else took[::-1]
        if turn:
            floors.append(floor)
            ratios.append(floor / product)
    rate = ORDERS / median(floors)
    return Verdict(
        name="backfill_rate", ratio=median(ratios), goal=GOAL_RATE, better="higher",
        floor=f"the same lines parsed and written by raw executemany, {rate:.0f} orders/s",
        rounds=count,
    )  # fmt: skip


def explain() -> str:
    """Where the product's time goes, for a goal that was missed."""
    lines = [family(number, STRANGERS) for number in range(ORDERS)]
    with tempfile.TemporaryDirectory(prefix="mostrador-bench-") as folder:
        profile = cProfile.Profile()
        profile.runcall(_product, Path(folder) / "profile.sqlite3", lines)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).sort_stats("tottime").print_stats(28)
    return "\n".join(line for line in text.getvalue().splitlines() if line.strip())


def _batches(lines: Lines) -> Iterator[list[Order]]:
    for start in range(0, len(lines), AT_ONCE):
        part = lines[start : start + AT_ONCE]
        yield [mapping_bulk.order(whole[0], whole[1:], "") for whole in part]


def _product(file: Path, lines: Lines) -> float:
    database = _empty(file)
    began = time.perf_counter()
    for orders in _batches(lines):
        with database.writing() as connection:
            save_orders(SCOPE, connection, SHOP, orders, "ES", NOW)
    took = time.perf_counter() - began
    database.close()
    return took


def _floor(file: Path, lines: Lines, points: dict[str, list[tuple[Any, ...]]]) -> float:
    _empty(file).close()
    raw = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "cache_size=-32000"):
        raw.execute(f"PRAGMA {pragma}")
    holders = {owner.partition(":")[2]: rows[0][5] for owner, rows in points.items()}
    micro = int(NOW.timestamp()) * 1_000_000
    began = time.perf_counter()
    for orders in _batches(lines):
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(_UPSERT, [_row(order, holders[order.ref], micro) for order in orders])
        marks = [row for order in orders for row in points["order:" + order.ref]]
        raw.executemany(_POINTS, marks)
        raw.execute("COMMIT")
    took = time.perf_counter() - began
    raw.close()
    return took


def _row(order: Order, holder: str, now: int) -> tuple[Any, ...]:
    return (
        SCOPE.workspace_id, SHOP, holder, int(order.placed_at.timestamp() * 1_000_000), order.ref,
        order.number, int(order.total.amount * 10000), order.currency, False, mirror.encode(order),
        mirror.DOC_VERSION, 1, int(order.updated_at.timestamp() * 1_000_000), now, False,
    )  # fmt: skip


_NAMES = ("workspace_id", "connection_id", "holder", "placed_at", "ref", "number", "total",
          "currency", "cancelled", "doc", "doc_version", "version", "updated_at", "fetched_at",
          "deleted")  # fmt: skip
_UPSERT = (
    f"INSERT INTO orders ({', '.join(_NAMES)}) VALUES ({', '.join('?' * len(_NAMES))}) "
    "ON CONFLICT (workspace_id, connection_id, ref) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _NAMES[2:])
    + " WHERE excluded.updated_at >= orders.updated_at"
)
_POINTS = (
    f"INSERT INTO contact_points ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


def _points_of(file: Path, lines: Lines) -> dict[str, list[tuple[Any, ...]]]:
    """The contact points the product makes of these orders, by owner."""
    _product(file, lines)
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in sqlite3.connect(file).execute(f"SELECT {_COLUMNS} FROM contact_points"):
        found.setdefault(row[4], []).append(row)
    return found


def _empty(file: Path) -> Database:
    database = Database(f"sqlite:///{file}")
    metadata.create_all(database.engine)
    values = {
        "id": SHOP, "credentials": b"", "options": {}, "sync": {}, "created_at": NOW,
        "platform": "", "label": "", "address": "",
    }  # fmt: skip
    with database.writing() as connection:
        installed.add_workspace(
            SCOPE, connection, {"name": "", "own_domains": [], "created_at": NOW}
        )
        installed.add_connection(SCOPE, connection, values)
    return database


def _memory(size: int) -> Verdict:
    """The ratio is the megabytes above the idle process to those allowed."""
    scratch = tempfile.TemporaryDirectory(prefix="mostrador-bench-", dir="/var/tmp")
    with scratch as folder, _shop(size) as address:
        command = [sys.executable, "-m", "tests.bench.backfilled", folder, address]
        said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    took = json.loads(said)
    assert took["orders"] == size, took
    above = took["peak"] - took["idle"]
    rate = size / took["seconds"]
    print(f"backfill of {size:,} orders: {rate:.0f} orders/s the whole way, idle "
          f"{took['idle']:.0f} MB, peak {above:.0f} MB above", flush=True)  # fmt: skip
    return Verdict(
        name=f"backfill_memory_{size}", ratio=above / GOAL_MB, goal=1.0, better="lower",
        floor=f"{GOAL_MB} MB above the idle process of {took['idle']:.0f} MB", rounds=1,
    )  # fmt: skip


@contextmanager
def _shop(size: int) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.bench.exports", str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        finally:
            process.kill()


if __name__ == "__main__":
    for verdict in verdicts(max(5, int(os.environ.get("ROUNDS", "7")))):
        print(verdict)
