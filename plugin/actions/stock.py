"""Asking the shops for products and stock, in jobs: what the search box shows is the mirror's."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import msgspec

from plugin.actions.launch import Seat
from plugin.actions.records import save_products
from plugin.actions.shops import open_shop, watched
from plugin.db import people
from plugin.db.session import Scope
from plugin.domain.products import Product
from plugin.errors import PlatformError, SetupError
from plugin.services import Services

FRESH = timedelta(seconds=60)
DEADLINE = timedelta(seconds=20)
MOST = 20


def ask_for_products(services: Services, seat: Seat, words: tuple[str, ...]) -> bool:
    """Starts one job per shop unless one answered within a minute; whether any is under way."""
    subject_key = hashlib.sha256(("products:" + " ".join(words)).encode()).hexdigest()
    request, now = msgspec.json.encode(words), services.clock()
    with services.database.writing() as connection:
        started = [
            shop.id
            for shop in seat.connections
            if people.ask(seat.scope, connection, subject_key, shop.id, request, now, now - FRESH)
        ]
        rows = [
            people.lookup_row(seat.scope, connection, subject_key, shop.id)
            for shop in seat.connections
        ]
    for connection_id in started:
        services.wake("look_for_products", seat.scope.workspace_id, subject_key, connection_id)
    return any(
        row is not None and row.state == "asking" and now - row.asked_at < DEADLINE for row in rows
    )


def look_for_products(
    services: Services, scope: Scope, subject_key: str, connection_id: str
) -> None:
    """The job: one shop's own search, merged into the mirror."""
    with services.database.reading() as connection:
        row = people.lookup_row(scope, connection, subject_key, connection_id)
    if row is None or row.state != "asking":
        return
    words = msgspec.json.decode(row.request, type=tuple[str, ...])
    started = services.clock()
    found: list[Product] = []
    state, code = "answered", ""
    try:
        store = open_shop(services, scope, connection_id)
        with watched(services, scope, connection_id):
            found.extend(store.search_products(" ".join(words), limit=MOST))
    except (PlatformError, SetupError) as error:
        state, code = "failed", error.code
    with services.database.writing() as connection:
        save_products(scope, connection, connection_id, found, started)
        people.answered(
            scope, connection, subject_key, connection_id,
            state=state, code=code, now=services.clock(),
        )  # fmt: skip
