"""Asking the shops themselves for a writer: in jobs, one per shop, never in a request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

import msgspec

from plugin.actions.details import ask_for_all
from plugin.actions.launch import Seat
from plugin.actions.records import bury_order, save_customers, save_orders
from plugin.actions.shops import open_shop, watched
from plugin.db import connections as installed
from plugin.db import people
from plugin.db.session import Scope
from plugin.domain.identity import Identifiers, phone_spellings
from plugin.domain.orders import Order
from plugin.domain.people import Customer
from plugin.errors import NotFound, PlatformError, SetupError, Unsupported
from plugin.ports.store import Found, Store
from plugin.services import Services

AGAIN_AFTER = timedelta(seconds=15)


def refresh(services: Services, seat: Seat) -> None:
    """Starts one job per shop unless one began just now. An empty ticket asks nobody."""
    if seat.identifiers.empty:
        return
    now = services.clock()
    request = msgspec.json.encode(seat.identifiers)
    with services.database.writing() as connection:
        started = [
            shop.id
            for shop in seat.connections
            if people.ask(
                seat.scope, connection, seat.subject_key, shop.id, request, now, now - AGAIN_AFTER
            )
        ]
    for connection_id in started:
        services.wake("look_up", seat.scope.workspace_id, seat.subject_key, connection_id)


def look_up(services: Services, scope: Scope, subject_key: str, connection_id: str) -> None:
    """The job: asks one shop, merges what it says, and says whether it answered."""
    with services.database.reading() as connection:
        row = people.lookup_row(scope, connection, subject_key, connection_id)
        country = installed.country_of(scope, connection)
    if row is None or row.state != "asking":
        return
    who = msgspec.json.decode(row.request, type=Identifiers)
    started = services.clock()
    state, code, found = "answered", "", Found()
    try:
        store = open_shop(services, scope, connection_id)
        with watched(services, scope, connection_id):
            found = _ask(store, who)
    except (PlatformError, SetupError) as error:
        state, code = "failed", error.code
    with services.database.writing() as connection:
        save_customers(scope, connection, connection_id, found.customers, country, started)
        save_orders(scope, connection, connection_id, found.orders, country, started)
        people.answered(
            scope,
            connection,
            subject_key,
            connection_id,
            state=state,
            code=code,
            now=services.clock(),
        )
    if state == "answered":
        ask_for_all(services, scope, connection_id, who)


def refresh_order(services: Services, scope: Scope, connection_id: str, ref: str) -> Order | None:
    """Re-reads one order into the mirror; None if the shop no longer has it."""
    with services.database.reading() as connection:
        country = installed.country_of(scope, connection)
    store = open_shop(services, scope, connection_id)
    started = services.clock()
    order: Order | None = None
    try:
        with watched(services, scope, connection_id):
            order = store.order(ref)
    except NotFound:
        pass  # deleted at the shop: a tombstone below, so that it also leaves the panel
    with services.database.writing() as connection:
        if order is None:
            bury_order(scope, connection, connection_id, ref, started)
        else:
            save_orders(scope, connection, connection_id, [order], country, started)
    return order


def _ask(store: Store, who: Identifiers) -> Found:
    customers: dict[str, Customer] = {}
    orders: dict[str, Order] = {}
    for found in _searches(store, who):
        customers.update({customer.ref: customer for customer in found.customers})
        orders.update({order.ref: order for order in found.orders})
    return Found(customers=tuple(customers.values()), orders=tuple(orders.values()))


def _searches(store: Store, who: Identifiers) -> Iterator[Found]:
    """A shop that cannot search by one thing is still asked by the others."""
    asks: list[Callable[[], Found]] = [
        *(partial(store.find_by_email, email) for email in (*who.emails, *who.text_emails)),
        *(
            partial(store.find_by_phone, phone_spellings(phone))
            for phone in (*who.phones, *who.text_phones)
        ),
        *(partial(store.find_by_number, number) for number in who.numbers),
    ]
    for ask in asks:
        with suppress(Unsupported):
            yield ask()
