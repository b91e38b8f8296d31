"""What a shop no longer has, although no webhook said so: its mirror is walked in turns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from plugin.actions.records import (
    bury_order,
    hidden_by_age,
    save_customers,
    save_orders,
    save_products,
)
from plugin.actions.unread import bury_customer
from plugin.db import calls, reconciliations, tombstones
from plugin.db import connections as installed
from plugin.db.session import DbConnection, Scope
from plugin.errors import NotFound
from plugin.ports.store import Part, Store
from plugin.services import Services

COMPARED = 100
LOOKED_AT = 20
TURNS = 144  # of five minutes, in half a day
MOST = 20
LONGEST = timedelta(seconds=15)


def compare(
    services: Services, scope: Scope, connection_id: str, part: Part, after: str, store: Store
) -> str:
    """Goes on walking a part: all of it in about half a day, of a very large shop at most MOST
    hundreds a turn, and no longer than LONGEST or while somebody waits for this shop. Returns where
    to go on, "" at the end."""
    until = services.clock() + LONGEST
    with services.database.reading() as connection:
        number = tombstones.number_of(scope, connection, part, connection_id)
    for _ in range(max(1, min(MOST, math.ceil(number / (COMPARED * TURNS))))):
        after, more = _compare_some(services, scope, connection_id, part, after, store)
        now = services.clock()
        with services.database.reading() as connection:
            busy = calls.under_way(scope, connection, connection_id, now)
        if not more or busy or now >= until:
            break
    return after


def _compare_some(
    services: Services, scope: Scope, connection_id: str, part: Part, after: str, store: Store
) -> tuple[str, bool]:
    """The next hundred: of those that the shop does not list the first few are read by their id,
    which alone proves that they are gone. Returns where to go on, and whether at once."""
    with services.database.reading() as connection:
        refs = tombstones.refs_after(scope, connection, part, connection_id, after, COMPARED)
    missed = list(store.absent(part, refs)) if refs else []
    if part == "orders" and missed:
        now = services.clock()
        with services.database.reading() as connection:
            missed = [
                ref
                for ref in missed
                if not hidden_by_age(scope, connection, connection_id, ref, now)
            ]
    for ref in missed[:LOOKED_AT]:
        _look_again(services, scope, connection_id, part, ref, store)
    if len(missed) > LOOKED_AT:
        return missed[LOOKED_AT - 1], False
    return (refs[-1], True) if len(refs) == COMPARED else ("", False)


def _look_again(
    services: Services, scope: Scope, connection_id: str, part: Part, ref: str, store: Store
) -> None:
    started = services.clock()
    found: Any = None
    with suppress(NotFound):  # then it is gone: a tombstone
        found = _READ[part](store, ref)
    with services.database.writing() as connection:
        if found is None:
            if _bury(services, scope, connection, connection_id, part, ref, started):
                reconciliations.count_found(scope, connection, connection_id, 1)
        elif part == "products":
            save_products(scope, connection, connection_id, [found], started)
        else:
            country = installed.country_of(scope, connection)
            save = save_orders if part == "orders" else save_customers
            save(scope, connection, connection_id, [found], country, started)


_READ: Mapping[Part, Callable[[Store, str], Any]] = {
    "customers": lambda store, ref: store.customer(ref),
    "orders": lambda store, ref: store.order(ref),
    "products": lambda store, ref: store.product(ref),
}


def _bury(
    services: Services, scope: Scope, connection: DbConnection, connection_id: str, part: Part,
    ref: str, seen_at: datetime,
) -> bool:  # fmt: skip
    if part == "customers":
        return bury_customer(services, scope, connection, connection_id, ref, seen_at)
    bury = bury_order if part == "orders" else tombstones.bury_product
    return bury(scope, connection, connection_id, ref, seen_at)
