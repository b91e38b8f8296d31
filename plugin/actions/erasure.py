"""Forgetting a customer, or a whole shop, wherever this installation keeps them.

What was bought and paid stays with the order, and the journal's chain stays whole: its personal
payload shows as "erased". What the shop itself still has comes back when it is asked again, so it
has to be erased there first.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from plugin.actions.records import plain_phones
from plugin.db import connections as installed
from plugin.db import emptying, mirror, personal
from plugin.db import journal as journal_rows
from plugin.db.personal import Trace, chunks
from plugin.db.session import DbConnection, Scope
from plugin.db.tables import deliveries, lookups, orders, panel_sessions
from plugin.domain.identity import Identifiers, normal_email, normal_number
from plugin.domain.orders import Order
from plugin.errors import Conflict
from plugin.ports.webhooks import Demand
from plugin.services import Services

PIECE = 2000
_identifiers = msgspec.json.Decoder(Identifiers).decode
Counts = dict[str, int]


def trace(scope: Scope, connection: DbConnection, connection_id: str, who: Demand) -> Trace:
    """Everything that belongs to this person in this shop: the account, what opens it, orders of
    the account, named ones, and those with an address of theirs."""
    country = installed.country_of(scope, connection)
    emails = _given(normal_email(email) for email in who.emails)
    found = personal.accounts_with(scope, connection, connection_id, emails)
    refs = _given((who.customer_ref, *found))
    points = personal.points_of(scope, connection, connection_id, refs)
    emails = _given((*emails, *(value for kind, value in points if kind == "email")))
    phones = _given((*plain_phones(who.phones, country), *(v for k, v in points if k == "phone")))
    known = Trace(connection_id=connection_id, customer_refs=refs, emails=emails, phones=phones)
    held = personal.orders_held_by(scope, connection, connection_id, known.holders)
    named = personal.orders_with(scope, connection, connection_id, emails)
    return replace(known, order_refs=_given((*who.order_refs, *held, *named)))


def erase_customer(services: Services, scope: Scope, connection_id: str, who: Demand) -> Counts:
    """Returns what was erased. Orders with an action whose outcome is not final keep that
    action's plan (`actions_open`): whoever calls comes again."""
    now = services.clock()
    with services.database.writing() as connection:
        personal.for_good(connection)
        person = trace(scope, connection, connection_id, who)
        counts = _blank_mirror(scope, connection, person, now)
        counts["links"] = personal.remove_links(scope, connection, person)
        counts["actions"] = sum(
            personal.blank_actions(scope, connection, connection_id, refs)
            for refs in chunks(person.order_refs)
        )
        counts["actions_open"] = sum(
            len(personal.unfinished(scope, connection, connection_id, refs))
            for refs in chunks(person.order_refs)
        )
        numbers = _numbers(scope, connection, person)
        counts |= _forget_conversations(scope, connection, person, numbers)
        for kind, refs in (("order", person.order_refs), ("customer", person.customer_refs)):
            for some in chunks(refs):
                personal.blank_deliveries(scope, connection, connection_id, kind, some)
    counts["journal"] = _erase_payloads(services, scope, connection_id, set(person.order_refs))
    return counts


def erase_shop(services: Services, scope: Scope, connection_id: str) -> Counts:
    """Everything of a shop that is no longer connected. Safe to repeat: what was begun goes on.
    Raises Conflict("shop_reinstalled") as soon as it is connected again."""
    counts: Counts = {}
    for table in emptying.KEPT_OF_A_SHOP:
        while True:
            with services.database.writing() as connection:
                personal.for_good(connection)
                _still_closed(scope, connection, connection_id)
                gone = emptying.remove_some(scope, connection, table, connection_id, PIECE)
            counts[table.name] = counts.get(table.name, 0) + gone
            if gone < PIECE:
                break
    with services.database.writing() as connection:
        counts["actions"] = personal.blank_actions(scope, connection, connection_id)
    counts["journal"] = _erase_payloads(services, scope, connection_id, None)
    with services.database.writing() as connection:
        _still_closed(scope, connection, connection_id)
        for table in emptying.KEPT_OF_A_SHOP:  # what a worker wrote meanwhile
            if table is not deliveries:
                emptying.remove_some(scope, connection, table, connection_id, PIECE)
        emptying.remove_connection(scope, connection, connection_id)
    return {name: number for name, number in counts.items() if number}


def _still_closed(scope: Scope, connection: DbConnection, connection_id: str) -> None:
    row = installed.connection_row(scope, connection, connection_id)
    if row is not None and row.lives:
        raise Conflict("shop_reinstalled")


# -- the mirror


def _blank_mirror(scope: Scope, connection: DbConnection, person: Trace, now: datetime) -> Counts:
    counts = {"customers": 0, "orders": 0}
    for refs in chunks(person.customer_refs):
        counts["customers"] += personal.blank_customers(
            scope, connection, person.connection_id, refs, now
        )
        owners = ["customer:" + ref for ref in refs]
        personal.remove_points(scope, connection, person.connection_id, owners)
    for refs in chunks(person.order_refs):
        rows = personal.documents(scope, connection, orders, person.connection_id, refs)
        counts["orders"] += personal.blank_orders(
            scope, connection, person.connection_id, rows, bare, now
        )
    return counts


def bare(doc: bytes) -> bytes | None:
    """An order without the person; None for one that cannot be read."""
    try:
        order = mirror.decode_order(doc)
    except msgspec.MsgspecError:
        return None
    return mirror.encode(without_person(order))


def without_person(order: Order) -> Order:
    """Goods, amounts and states stay. Parcels lose their numbers: those lead to a door."""
    return replace(
        order,
        customer_ref="",
        customer_name="",
        email="",
        phone="",
        shipping_address=None,
        billing_address=None,
        note="",
        tags=(),
        status_url="",
        lines=tuple(replace(line, options="") for line in order.lines),
        fulfilments=tuple(replace(parcel, tracking=()) for parcel in order.fulfilments),
        payments=tuple(replace(payment, label=payment.gateway) for payment in order.payments),
        refunds=tuple(replace(refund, reason="") for refund in order.refunds),
    )


# -- conversations and the journal


def _numbers(scope: Scope, connection: DbConnection, person: Trace) -> set[str]:
    return {
        normal_number(row.number)
        for refs in chunks(person.order_refs)
        for row in personal.documents(scope, connection, orders, person.connection_id, refs)
        if row.number
    }


def _forget_conversations(
    scope: Scope, connection: DbConnection, person: Trace, numbers: set[str]
) -> Counts:
    """Whoever wrote under one of their addresses, or about one of their orders."""
    known = {*person.emails, *person.phones, *numbers}
    keys: dict[Any, list[str]] = {lookups: [], panel_sessions: []}
    for table, key, text in personal.conversations(scope, connection):
        if text.startswith(b"{") and known.intersection(_values(_identifiers(text))):
            keys[table].append(key)
    return {
        table.name: sum(
            personal.remove_conversations(scope, connection, table, some) for some in chunks(found)
        )
        for table, found in keys.items()
    }


def _values(who: Identifiers) -> Iterator[str]:
    yield from who.emails
    yield from who.text_emails
    yield from who.phones
    yield from who.text_phones
    yield from who.numbers


def _erase_payloads(
    services: Services, scope: Scope, connection_id: str, order_refs: set[str] | None
) -> int:
    """Of entries about these orders; of all about the shop if None."""
    with services.database.reading() as connection:
        sequences = [
            row.sequence
            for row in personal.journal_facts(scope, connection, connection_id)
            if _is_about(row.facts, connection_id, order_refs)
        ]
    now = services.clock()
    for start in range(0, len(sequences), PIECE):
        with services.database.writing() as connection:
            for sequence in sequences[start : start + PIECE]:
                journal_rows.erase_payload(scope, connection, sequence, now)
    return len(sequences)


def _is_about(facts: str, connection_id: str, order_refs: set[str] | None) -> bool:
    known: dict[str, Any] = json.loads(facts)
    if known.get("connection") != connection_id:
        return False
    return order_refs is None or known.get("order") in order_refs


def _given(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))
