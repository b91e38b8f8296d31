"""Backfill: a shop's customers, orders and products stream into the mirror, page by page.

Resumable: the cursor is written in the transaction that writes the page. One worker at a time
holds a connection's backfill through a lease.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from plugin.actions.records import save_customers, save_orders, save_products
from plugin.actions.shops import open_shop, watched
from plugin.db import connections as installed
from plugin.db import upkeep
from plugin.db.session import DbConnection, Scope
from plugin.errors import PlatformError, SetupError
from plugin.ports.store import Page, Store
from plugin.services import Services

LEASE = timedelta(seconds=90)
RETRY = timedelta(seconds=15)
PARTS = ("customers", "orders", "products")


def backfill(services: Services, scope: Scope, connection_id: str) -> None:
    """The job: continues wherever it stopped; a shop that does not answer is tried later."""
    lease = f"backfill:{scope.workspace_id}:{connection_id}"
    if not _hold(services, lease, LEASE):
        return
    try:
        store = open_shop(services, scope, connection_id)
        for part in PARTS:
            while _step(services, scope, connection_id, store, part):
                _hold(services, lease, LEASE, again=True)
    except PlatformError:
        _hold(services, lease, RETRY, again=True)
        return
    except SetupError as error:
        _set(services, scope, connection_id, sync_state="failed", failure_code=error.code)
        return
    _set(services, scope, connection_id, sync_state="done")


def due_backfills(services: Services) -> None:
    """Wakes backfills that wait or lost their worker; the lease decides who works."""
    with services.database.reading() as connection:
        waiting = [
            (scope, row.id)
            for scope in installed.all_scopes(connection)
            for row in installed.connection_rows(scope, connection)
            if row.lives and row.sync_state in ("waiting", "running")
        ]
    for scope, connection_id in waiting:
        services.wake("backfill", scope.workspace_id, connection_id)


def _step(services: Services, scope: Scope, connection_id: str, store: Store, part: str) -> bool:
    """One page; False when this part has arrived."""
    with services.database.reading() as connection:
        row = installed.connection_row(scope, connection, connection_id)
        country = installed.workspace(scope, connection).country
    if row is None or not row.lives:
        return False
    known = row.sync.get(part, {})
    if known.get("finished"):
        return False
    started = services.clock()
    with watched(services, scope, connection_id):
        page = _read(store, part, known.get("cursor"))
    progress = {**row.sync, part: _progress(known, page)}
    with services.database.writing() as connection:
        _SAVE[part](scope, connection, connection_id, page.items, country, started)
        installed.change_connection(
            scope, connection, connection_id, sync=progress, sync_state="running"
        )
    return page.cursor is not None


def _read(store: Store, part: str, cursor: str | None) -> Page[Any]:
    if part == "customers":
        return store.customers_page(cursor)
    return store.orders_page(cursor) if part == "orders" else store.products_page(cursor)


def _progress(known: Mapping[str, Any], page: Page[Any]) -> dict[str, Any]:
    return {
        "cursor": page.cursor,
        "done": known.get("done", 0) + len(page.items),
        "estimated": page.estimated if page.estimated is not None else known.get("estimated"),
        "finished": page.cursor is None,
    }


def _save_products(
    scope: Scope, connection: DbConnection, connection_id: str, items: Any, _country: str,
    fetched_at: Any,
) -> int:  # fmt: skip
    return save_products(scope, connection, connection_id, items, fetched_at)


_SAVE: Mapping[str, Callable[..., int]] = {
    "customers": save_customers,
    "orders": save_orders,
    "products": _save_products,
}


def _hold(services: Services, name: str, time: timedelta, *, again: bool = False) -> bool:
    now = services.clock()
    with services.database.writing() as connection:
        return upkeep.take(connection, name, now, now + time, again=again)


def _set(services: Services, scope: Scope, connection_id: str, **values: object) -> None:
    with services.database.writing() as connection:
        installed.change_connection(scope, connection, connection_id, **values)
