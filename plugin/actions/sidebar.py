"""What the agent sees for a writer: from the mirror alone, no call to any shop."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Literal

import msgspec

from plugin.actions.details import ask_for_details
from plugin.actions.evidence import Graded, grade
from plugin.actions.launch import ConnectionHealth, Seat, seat_in
from plugin.db import mirror, panel
from plugin.db.session import DbConnection
from plugin.db.types import from_units, moment
from plugin.domain.identity import Evidence
from plugin.domain.money import Money
from plugin.domain.orders import Order, OrderHead
from plugin.domain.people import Customer
from plugin.domain.policy import OVERSEEING
from plugin.errors import Forbidden, NotFound
from plugin.ports.store import HISTORY_DAYS
from plugin.services import Services

FRESH = timedelta(seconds=60)
ASKING = timedelta(seconds=20)
FACT_TRIES = 3

State = Literal[
    "known", "no_orders", "unknown_writer", "asking", "arriving", "limited", "cannot_ask",
    "no_identifiers",
]  # fmt: skip


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """One order in the list; `doc` is decoded only when it must be drawn. `masked` = weak
    evidence: number, date, state and goods only. `action_*` is our newest action on it.
    A Struct, as every look makes 20 of them."""

    connection_id: str
    ref: str
    number: str
    placed_at: datetime
    doc: bytes
    version: int
    fetched_at: datetime
    evidence: Evidence
    masked: bool
    action_id: str = ""
    action_state: str = ""

    def __repr__(self) -> str:
        return f"OrderRow({self.connection_id!r}, {self.ref!r})"

    def order(self) -> Order:
        return _decoded(self.doc)

    def head(self) -> OrderHead:
        return mirror.decode_order_head(self.doc)


@lru_cache(maxsize=512)
def _decoded(doc: bytes) -> Order:
    """The opened order of each look is asked what it allows: keyed by its very text."""
    return mirror.decode_order(doc)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A registered customer of one shop and why it is the writer."""

    connection_id: str
    customer: Customer
    evidence: Evidence
    version: int
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Over all orders in one currency, not only those shown; cancelled ones add no amount."""

    currency: str
    orders: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Sidebar:
    """Everything of one look. `as_of` is the age of the oldest thing shown."""

    state: State
    people: tuple[PersonView, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    more: bool = False
    order_count: int = 0
    totals: tuple[Totals, ...] = ()
    as_of: datetime | None = None
    stale: bool = False
    weak_only: bool = False
    tries_left: int = FACT_TRIES
    etag: str = ""


def load_sidebar(services: Services, seat: Seat, *, limit: int = 20) -> Sidebar:
    """At most three statements beside the seat's own."""
    with services.database.reading() as connection:
        return _load(seat, connection, limit, services.clock())


def take_look(
    services: Services, install_id: str, token: str, *, limit: int
) -> tuple[Seat, Sidebar]:
    """take_seat and load_sidebar in one transaction, for the address that is asked most. Raises
    what take_seat raises."""
    now = services.clock()
    with services.database.reading() as connection:
        seat = seat_in(connection, install_id, token, now)
        return seat, _load(seat, connection, limit, now)


def _load(seat: Seat, connection: DbConnection, limit: int, now: datetime) -> Sidebar:
    limit = max(1, min(limit, 500))
    graded = grade(seat, connection)
    rows: Sequence[Any] = ()
    totals: tuple[Totals, ...] = ()
    if graded.holders or graded.orders:
        holders, refs = graded.wanted()
        rows = panel.newest_orders(seat.scope, connection, holders, refs, limit + 1)
        more = len(rows) > limit
        totals = _totals(seat, connection, graded) if more else _summed(graded, rows)
    return _assemble(seat, graded, rows, totals, limit, now)


def order_view(services: Services, seat: Seat, connection_id: str, ref: str) -> OrderRow:
    """One order that the writer's identifiers open. Raises NotFound("order_not_found") for any
    other order, Forbidden("order_masked") while the evidence is weak."""
    with services.database.reading() as connection:
        graded = grade(seat, connection)
        row = panel.one_order(seat.scope, connection, connection_id, ref)
    evidence = graded.of(connection_id, row.holder, row.ref) if row is not None else None
    if row is None or evidence is None:
        raise NotFound("order_not_found")
    if evidence.strength == "weak":
        raise Forbidden("order_masked")
    shown = _order_row(row, evidence)
    ask_for_details(services, seat.scope, connection_id, shown.order())
    return shown


def _totals(seat: Seat, connection: DbConnection, graded: Graded) -> tuple[Totals, ...]:
    holders, refs = graded.proven()
    if not holders and not refs:
        return ()
    return tuple(
        Totals(currency=currency, orders=count, amount=Money(amount, currency))
        for currency, count, amount in panel.order_totals(seat.scope, connection, holders, refs)
    )


def _summed(graded: Graded, rows: Sequence[Any]) -> tuple[Totals, ...]:
    """The same as _totals, where every order is at hand anyway."""
    sums: dict[str, tuple[int, int]] = {}
    for row in rows:
        evidence = graded.of(row.connection_id, row.holder, row.ref)
        if evidence is not None and evidence.strength != "weak":
            count, units = sums.get(row.currency, (0, 0))
            sums[row.currency] = count + 1, units if row.cancelled else units + row.units
    return tuple(
        Totals(currency=currency, orders=count, amount=Money(from_units(units), currency))
        for currency, (count, units) in sorted(sums.items())
    )


def _assemble(
    seat: Seat,
    graded: Graded,
    rows: Sequence[Any],
    totals: tuple[Totals, ...],
    limit: int,
    now: datetime,
) -> Sidebar:
    orders = tuple(
        _order_row(row, evidence)
        for row in rows[:limit]
        if (evidence := graded.of(row.connection_id, row.holder, row.ref))
    )
    people = _people(seat, graded)
    ages = _ages(seat, orders, people)
    sidebar = Sidebar(
        state=_state(seat, orders, people, now),
        people=people,
        orders=orders,
        more=len(rows) > limit,
        order_count=sum(total.orders for total in totals),
        totals=totals,
        as_of=min((age for age in ages if age is not None), default=None),
        stale=_stale(seat, ages, now),
        weak_only=bool(orders) and all(row.masked for row in orders),
        tries_left=max(0, FACT_TRIES - seat.misses),
    )
    return _tagged(seat, sidebar)


def _order_row(row: Any, evidence: Evidence) -> OrderRow:
    return OrderRow(
        connection_id=row.connection_id,
        ref=row.ref,
        number=row.number,
        placed_at=moment(row.placed_at),
        doc=row.doc,
        version=row.version,
        fetched_at=moment(row.fetched_at),
        evidence=evidence,
        masked=evidence.strength == "weak",
        action_id=row.action_id or "",
        action_state=row.action_state or "",
    )


def _people(seat: Seat, graded: Graded) -> tuple[PersonView, ...]:
    """Strongest first, then in the order of the shops; a number of two customers gives both."""
    places = {shop.id: place for place, shop in enumerate(seat.connections)}
    found = [
        PersonView(
            connection_id=connection_id,
            customer=mirror.decode_customer(row.doc),
            evidence=graded.holders[connection_id, holder],
            version=row.version,
            fetched_at=row.fetched_at,
        )
        for (connection_id, holder), row in graded.customers.items()
        if graded.holders[connection_id, holder].strength != "weak"
    ]
    return tuple(
        sorted(found, key=lambda v: (v.evidence.strength != "strong", places[v.connection_id]))
    )


def _ages(
    seat: Seat, orders: Sequence[OrderRow], people: Sequence[PersonView]
) -> list[datetime | None]:
    """Per shop, when we last knew the truth for this writer; None = never asked."""
    answered = {look.connection_id: look.answered_at for look in seat.lookups}
    oldest: dict[str, datetime] = {}
    everything: list[OrderRow | PersonView] = [*orders, *people]
    for shown in everything:
        known_since = oldest.get(shown.connection_id)
        if known_since is None or shown.fetched_at < known_since:
            oldest[shown.connection_id] = shown.fetched_at
    ages: list[datetime | None] = []
    for shop in seat.connections:
        looked = answered.get(shop.id)
        known = [when for when in (looked, oldest.get(shop.id)) if when is not None]
        ages.append(max(known, default=None))
    return ages


def _stale(seat: Seat, ages: Sequence[datetime | None], now: datetime) -> bool:
    """Whether a shop should be asked: its age is past, or it failed and may be well again."""
    if seat.identifiers.empty:
        return False
    return any(age is None or now - age > FRESH for age in ages) or any(
        shop.failing_since for shop in seat.connections
    )


def _state(
    seat: Seat, orders: Sequence[OrderRow], people: Sequence[PersonView], now: datetime
) -> State:
    """Never "no orders" while some shop was not, or could not be, asked, or hides older ones."""
    if seat.identifiers.empty:
        return "no_identifiers"
    if orders:
        return "known"
    looks = {look.connection_id: look for look in seat.lookups}
    states = [_shop_state(shop, looks.get(shop.id), now) for shop in seat.connections]
    for worst in ("asking", "cannot_ask", "arriving", "limited"):
        if worst in states:
            return worst
    if not seat.connections:
        return "cannot_ask"
    return "no_orders" if people else "unknown_writer"


def _shop_state(shop: ConnectionHealth, look: Any, now: datetime) -> State:
    if look is None:
        return "asking"
    if look.state == "asking":
        return "asking" if now - look.asked_at < ASKING else "cannot_ask"
    if look.state == "failed":
        return "cannot_ask"
    if shop.sync_state != "done":
        return "arriving"
    return "limited" if shop.options.get(HISTORY_DAYS) else "known"


def _tagged(seat: Seat, sidebar: Sidebar) -> Sidebar:
    parts: list[object] = [
        seat.role,
        seat.locale,
        seat.subject_key,
        seat.allowed,
        seat.waiting if seat.role in OVERSEEING else 0,
        seat.untold,
        sidebar.state,
        sidebar.more,
        sidebar.stale,
        sidebar.tries_left,
        sidebar.as_of,
        [
            (o.connection_id, o.ref, o.version, o.action_id, o.action_state, o.masked)
            for o in sidebar.orders
        ],
        [(p.connection_id, p.customer.ref, p.version, p.evidence.strength) for p in sidebar.people],
        [(t.currency, t.orders, t.amount.amount) for t in sidebar.totals],
        [
            (s.id, s.failing_since, s.sync_state, s.sync_percent, s.options)
            for s in seat.connections
        ],
        [(look.connection_id, look.state) for look in seat.lookups],
    ]
    digest = hashlib.blake2b(msgspec.msgpack.encode(parts), digest_size=16).hexdigest()
    return replace(sidebar, etag=digest)
