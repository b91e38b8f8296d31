"""Webhooks that came in are worked on.

A delivery is a hint. Whatever it says, the record is fetched by its id and merged; one worker at a
time reads one record, and one reading answers all deliveries about it that came before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from plugin.actions import admission, hear_many
from plugin.actions.records import bury_order, save_customers, save_orders, save_products
from plugin.actions.shops import open_shop, watched
from plugin.actions.sync import nudge
from plugin.actions.unread import bury_customer
from plugin.db import connections as installed
from plugin.db import deliveries as rows
from plugin.db import reconciliations, tombstones
from plugin.db.deliveries import DeliveryRow
from plugin.db.session import DbConnection, Scope
from plugin.errors import (
    BadAnswer,
    GrantRevoked,
    MostradorError,
    NotFound,
    PlatformError,
    SetupError,
)
from plugin.log import logger
from plugin.ports.store import Store
from plugin.services import Services

LOST_WAKE = timedelta(seconds=15)
LEASE = timedelta(seconds=60)
TRIES = 6
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
KEPT = timedelta(days=3)
PARKED_KEPT = timedelta(days=30)
_FETCHED = ("order", "customer", "product")
log = logger("hear")


def process(services: Services, scope: Scope, delivery_id: str) -> None:
    """The job: reads what was told, and with an order all orders of its shop that came with it."""
    row = _waiting(services, scope, delivery_id)
    if row is None:
        return
    alone: list[str] = []
    if row.kind == "order" and row.attempts == 0:
        alone = hear_many.work_off(services, scope, row.connection_id, LEASE, FIRST_WAIT)
        left = _waiting(services, scope, delivery_id)
        untouched = left is not None and left.attempts == 0
    else:
        untouched = True
    for one in dict.fromkeys([delivery_id, *alone] if untouched else alone):
        _process_one(services, scope, one)


def _waiting(services: Services, scope: Scope, delivery_id: str) -> DeliveryRow | None:
    """A look without a lock: of those that came together most are done by now."""
    with services.database.reading() as connection:
        row = rows.get(scope, connection, delivery_id)
    return row if row is not None and row.state == "waiting" else None


def _process_one(services: Services, scope: Scope, delivery_id: str) -> None:
    """Reads the record once for all deliveries about it, and merges."""
    until = services.clock() + LEASE
    taken = _take(services, scope, delivery_id, until)
    if taken is None:
        return
    row, ids = taken
    try:
        more = _work(services, scope, row, ids, until)
    except MostradorError as error:
        away = isinstance(error, PlatformError | SetupError) and not isinstance(error, BadAnswer)
        _failed(services, scope, row, ids, until, error.code, away=away)
        return
    except Exception:  # a record that breaks its reader must not be tried for ever
        log.exception("delivery_broken", delivery=row.id, connection=row.connection_id)
        _failed(services, scope, row, ids, until, "internal")
        return
    if more:  # came while we were reading, and may know of something newer
        services.wake("hear", scope.workspace_id, more)


def _work(
    services: Services, scope: Scope, row: DeliveryRow, ids: Sequence[str], until: datetime
) -> str | None:
    """Reads and merges; returns a delivery about the same record that came meanwhile."""
    write = _read(services, scope, row)
    code = row.code if row.kind == "trouble" else ""
    with services.database.writing() as connection:
        write(connection)
        rows.change(
            scope, connection, ids, state="done", code=code, due=None,
            finished_at=services.clock(),
        )  # fmt: skip
        rows.release(scope, connection, row, until)
        return rows.waiting(scope, connection, row)


def _take(
    services: Services, scope: Scope, delivery_id: str, until: datetime
) -> tuple[DeliveryRow, list[str]] | None:
    now = services.clock()
    with services.database.writing() as connection:
        row = rows.get(scope, connection, delivery_id)
        if row is None or row.state != "waiting":
            return None
        if row.attempts >= TRIES and row.code == "":
            # it took its workers with it every time, or they would have said why
            _park(services, scope, connection, [row.id], "worker_lost")
            return None
        if not rows.claim(scope, connection, row, now, until):
            return None
        return row, rows.take(scope, connection, row, until)


def _read(services: Services, scope: Scope, row: DeliveryRow) -> Callable[[DbConnection], None]:
    """Fetches, and returns what writes it down. Raises what the shop raises."""
    if row.kind in ("gone", "rights"):
        admission.heard(services, scope, row.connection_id, row.kind)
        return lambda _connection: None
    if row.kind == "backfill":
        nudge(services, scope, row.connection_id)
        return lambda _connection: None
    store = open_shop(services, scope, row.connection_id)
    started = services.clock()
    if row.kind == "merged":
        both = row.ref.split()
        people = [(ref, _found(services, scope, row, store, "customer", ref)) for ref in both]
        return lambda connection: _save_all(services, scope, connection, row, people, started)
    if row.kind not in _FETCHED:
        # a shop that refuses us has answered, and the books say it
        quietly = watched(services, scope, row.connection_id, unhurried=True)
        with suppress(GrantRevoked), quietly:
            store.shop()
        return lambda connection: _ask_soon(scope, connection, row, started)
    found = _found(services, scope, row, store, row.kind, row.ref)
    return lambda connection: _save(services, scope, connection, row, found, started)


def _found(
    services: Services, scope: Scope, row: DeliveryRow, store: Store, kind: str, ref: str
) -> Any:
    """None for what is gone, which leaves a tombstone."""
    with suppress(NotFound), watched(services, scope, row.connection_id, unhurried=True):
        return _fetch(store, kind, ref)
    return None


def _save_all(
    services: Services, scope: Scope, connection: DbConnection, row: DeliveryRow,
    people: Sequence[tuple[str, Any]], started: datetime,
) -> None:  # fmt: skip
    for ref, found in people:
        of_one = replace(row, kind="customer", ref=ref)
        _save(services, scope, connection, of_one, found, started)


def _fetch(store: Store, kind: str, ref: str) -> Any:
    if kind == "order":
        return store.order(ref)
    return store.customer(ref) if kind == "customer" else store.product(ref)


def _save(
    services: Services, scope: Scope, connection: DbConnection, row: DeliveryRow, found: Any,
    started: datetime,
) -> None:  # fmt: skip
    if found is None:
        _bury(services, scope, connection, row, started)
        return
    if row.kind == "product":
        save_products(scope, connection, row.connection_id, [found], started)
        return
    country = installed.country_of(scope, connection)
    save = save_orders if row.kind == "order" else save_customers
    save(scope, connection, row.connection_id, [found], country, started)


def _bury(
    services: Services, scope: Scope, connection: DbConnection, row: DeliveryRow, at: datetime
) -> None:
    shop, ref = row.connection_id, row.ref
    if row.kind == "customer":
        bury_customer(services, scope, connection, shop, ref, at)
    elif row.kind == "product":
        tombstones.bury_product(scope, connection, shop, ref, at)
    elif row.deleted:
        tombstones.bury_order(scope, connection, shop, ref, at)
    else:  # it may only be hidden
        bury_order(scope, connection, shop, ref, at)


def _ask_soon(scope: Scope, connection: DbConnection, row: DeliveryRow, now: datetime) -> None:
    """What could not be told is asked for."""
    if row.kind == "trouble":
        reconciliations.change(scope, connection, row.connection_id, due=now)


def _failed(
    services: Services, scope: Scope, row: DeliveryRow, ids: Sequence[str], until: datetime,
    code: str, *, away: bool = False,
) -> None:  # fmt: skip
    """A shop that is away or refuses us is not the delivery's fault: it waits. Anything else is
    tried a few times and then parked with its reason."""
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(row.attempts, 8))
    with services.database.writing() as connection:
        rows.release(scope, connection, row, until)
        if row.attempts + 1 >= TRIES and not away:
            _park(services, scope, connection, ids, code)
        else:
            rows.change(scope, connection, ids, due=services.clock() + wait, code=code)


def _park(
    services: Services, scope: Scope, connection: DbConnection, ids: Sequence[str], code: str
) -> None:
    rows.change(
        scope, connection, ids, state="parked", code=code, due=None, finished_at=services.clock()
    )


def sweep(services: Services) -> int:
    """Wakes what is due: its wake was lost, its worker died, or its shop was away."""
    now = services.clock()
    with services.database.reading() as connection:
        due = rows.due_everywhere(connection, now, 200)
    for item in due:
        scope = Scope(item.workspace_id)
        with services.database.writing() as connection:
            ours = rows.postpone(scope, connection, item.id, item.due, now + LOST_WAKE)
        if ours:
            services.wake("hear", scope.workspace_id, item.id)
    return len(due)


def replay(services: Services, scope: Scope, delivery_id: str) -> None:
    """Once more from the beginning, whatever became of it. Raises
    NotFound("delivery_not_found")."""
    with services.database.writing() as connection:
        if not rows.again(scope, connection, delivery_id, services.clock()):
            raise NotFound("delivery_not_found")
    services.wake("hear", scope.workspace_id, delivery_id)


def replay_all(services: Services, scope: Scope, connection_id: str) -> int:
    """All of a shop that were parked; returns how many."""
    with services.database.writing() as connection:
        ids = [row.id for row in rows.parked(scope, connection, connection_id)]
        for delivery_id in ids:
            rows.again(scope, connection, delivery_id, services.clock())
    for delivery_id in ids:
        services.wake("hear", scope.workspace_id, delivery_id)
    return len(ids)


def prune(scope: Scope, connection: DbConnection, now: datetime) -> None:
    rows.prune(scope, connection, now - KEPT, now - PARKED_KEPT)
