"""The floor of working off deliveries: plain sqlite3, fifty at a time, the rows as ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from plugin.db.mirror import encode
from plugin.db.types import microseconds, to_units
from plugin.domain.orders import Order

BATCH = 50
_ORDER = (
    "INSERT INTO orders (workspace_id, connection_id, holder, placed_at, ref, number, total, "
    "currency, cancelled, doc, doc_version, updated_at, fetched_at, version, deleted) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, 1, 0) "
    "ON CONFLICT (workspace_id, connection_id, ref) DO UPDATE SET holder = excluded.holder, "
    "placed_at = excluded.placed_at, number = excluded.number, total = excluded.total, "
    "currency = excluded.currency, cancelled = excluded.cancelled, doc = excluded.doc, "
    "updated_at = excluded.updated_at, fetched_at = excluded.fetched_at, "
    "version = version + 1 WHERE excluded.updated_at >= orders.updated_at"
)
_POINT = (
    "INSERT OR IGNORE INTO contact_points "
    "(workspace_id, kind, value, connection_id, owner, holder, order_ref) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_WAITING = (
    "SELECT id, ref FROM deliveries WHERE workspace_id = ? AND connection_id = ? "
    "AND state = 'waiting' LIMIT ?"
)
_DONE = (
    "UPDATE deliveries SET state = 'done', due = NULL, attempts = attempts + 1, finished_at = ? "
    "WHERE workspace_id = ? AND id = ?"
)


def work_off(
    folder: Path, workspace_id: str, connection_id: str, known: Mapping[str, Order]
) -> None:
    """Until nothing waits. Commits reach the disk as ours do."""
    database = sqlite3.connect(folder / "mostrador.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "mmap_size=1073741824"):
        database.execute(f"PRAGMA {pragma}")
    key = (workspace_id, connection_id)
    while True:
        database.execute("BEGIN IMMEDIATE")
        waiting = database.execute(_WAITING, (*key, BATCH)).fetchall()
        now = microseconds(datetime.now(UTC))
        found = [known[ref] for _, ref in waiting]
        database.executemany(_ORDER, [_order(key, order, now) for order in found])
        database.executemany(_POINT, [point for order in found for point in _points(key, order)])
        database.executemany(_DONE, [(now, workspace_id, each) for each, _ in waiting])
        database.execute("COMMIT")
        if not waiting:
            database.close()
            return


def _order(key: tuple[str, str], order: Order, now: int) -> tuple[object, ...]:
    return (
        *key, f"c:{order.customer_ref}", microseconds(order.placed_at), order.ref,
        order.number.strip("#"), to_units(order.total.amount), order.currency, False,
        encode(order), microseconds(order.updated_at), now,
    )  # fmt: skip


def _points(key: tuple[str, str], order: Order) -> list[tuple[object, ...]]:
    values = (("number", order.number.strip("#")), ("email", order.email), ("phone", order.phone))
    holder = f"c:{order.customer_ref}"
    return [
        (*key[:1], kind, value, key[1], f"order:{order.ref}", holder, order.ref)
        for kind, value in values
    ]
