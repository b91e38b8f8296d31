"""The mirror: our copy of customers, orders, products and stock, each with version and age.

A record's version is (updated_at, fetched_at): the shop's own stamp, then when our fetch began,
so that whole-second stamps and late answers cannot turn time back. `version` counts real changes.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, delete, update

from plugin.db import statements
from plugin.db.people import upsert
from plugin.db.prepared import listed
from plugin.db.session import Scope
from plugin.db.statements import Point
from plugin.db.tables import contact_points, customers, links, orders, product_terms, products
from plugin.db.types import microseconds
from plugin.domain.orders import Order, OrderHead
from plugin.domain.people import Customer
from plugin.domain.products import Product

DOC_VERSION = 1
_encode = msgspec.json.Encoder().encode
_order = msgspec.json.Decoder(Order).decode
_order_head = msgspec.json.Decoder(OrderHead).decode
_customer = msgspec.json.Decoder(Customer).decode
_product = msgspec.json.Decoder(Product).decode


class Record(NamedTuple):
    """One thing to merge; `values` are the columns beside the common ones; times and
    amounts are as stored. An `outline` lacks
    details, so that it never replaces what is known of the same moment."""

    ref: str
    doc: bytes
    updated_at: int
    values: Mapping[str, object]
    points: tuple[Point, ...] = ()
    outline: bool = False


def customer_holder(ref: str) -> str:
    """The holder of a registered customer's orders."""
    return "c:" + ref


def encode(thing: Order | Customer | Product) -> bytes:
    return _encode(thing)


def decode_order(doc: bytes) -> Order:
    return _order(doc)


def decode_order_head(doc: bytes) -> OrderHead:
    """A fifth of the time of the whole order."""
    return _order_head(doc)


def decode_customer(doc: bytes) -> Customer:
    return _customer(doc)


def decode_product(doc: bytes) -> Product:
    return _product(doc)


def merge(
    scope: Scope,
    connection: Connection,
    table: Table,
    connection_id: str,
    records: Sequence[Record],
    fetched_at: datetime,
) -> int:
    """Writes what is newer than the mirror; returns how many documents really changed. A page
    that names a record twice counts its newest. What was still being read when its shop was
    disconnected is not written any more."""
    if not records or not _is_connected(scope, connection, connection_id):
        return 0
    at = microseconds(fetched_at)
    records = _newest_of_each(records)
    known = _known(scope, connection, table, connection_id, [record.ref for record in records])
    fresh = [record for record in records if _is_newer(record, known.get(record.ref), at)]
    if not fresh:
        return 0
    changed = {record.ref for record in fresh if _changed(record, known.get(record.ref))}
    _write(scope, connection, table, connection_id, fresh, known, changed, at)
    if len(known) < len(records):
        # new rows could not be locked: somebody else's newer ones may have won
        now = _known(scope, connection, table, connection_id, [record.ref for record in fresh])
        fresh = [record for record in fresh if _is_ours(record, now.get(record.ref), at)]
    if fresh and table is not products:
        prefix = "order:" if table is orders else "customer:"
        _replace_points(scope, connection, connection_id, prefix, fresh, known)
    return sum(record.ref in changed for record in fresh)


def _is_connected(scope: Scope, connection: Connection, connection_id: str) -> bool:
    values = {"in_workspace": scope.workspace_id, "of_connection": connection_id}
    return bool(statements.CONNECTED.rows(connection, values))


def _newest_of_each(records: Sequence[Record]) -> list[Record]:
    """In the order of their refs: two workers lock the same rows in the same order."""
    newest: dict[str, Record] = {}
    for record in records:
        known = newest.get(record.ref)
        if known is None or record.updated_at >= known.updated_at:
            newest[record.ref] = record
    return [newest[ref] for ref in sorted(newest)]


def _is_ours(record: Record, now: Any | None, fetched_at: int) -> bool:
    return now is not None and (now.updated_at, now.fetched_at) == (record.updated_at, fetched_at)


def _known(
    scope: Scope, connection: Connection, table: Table, connection_id: str, refs: list[str]
) -> dict[str, Any]:
    keys = [customer_holder(ref) for ref in refs] if table is customers else refs
    values = {
        "in_workspace": scope.workspace_id, "of_connection": connection_id,
        "of_keys": listed(connection, keys),
    }  # fmt: skip
    return {row.ref: row for row in statements.KNOWN[table].rows(connection, values)}


def _is_newer(record: Record, known: Any | None, fetched_at: int) -> bool:
    if known is None:
        return True
    if known.deleted:
        # whatever was read before the record was seen to be gone, its stamp cannot revive it
        return bool(fetched_at > known.fetched_at)
    if record.outline and record.updated_at == known.updated_at:
        return False
    return (record.updated_at, fetched_at) > (known.updated_at, known.fetched_at)


def _changed(record: Record, known: Any | None) -> bool:
    return known is None or bool(known.deleted) or bytes(known.doc) != record.doc


def _write(
    scope: Scope, connection: Connection, table: Table, connection_id: str,
    fresh: Sequence[Record], known: Mapping[str, Any], changed: Container[str], fetched_at: int,
) -> None:  # fmt: skip
    common: dict[str, object] = {
        "workspace_id": scope.workspace_id, "connection_id": connection_id, "deleted": False,
        "doc_version": DOC_VERSION, "fetched_at": fetched_at,
    }  # fmt: skip
    rows = []
    for record in fresh:
        before = known.get(record.ref)
        version = 0 if before is None or table is products else before.version
        rows.append({
            **common,
            "ref": record.ref,
            "doc": record.doc,
            "updated_at": record.updated_at,
            "version": version + 1 if record.ref in changed else version,
            **record.values,
        })  # fmt: skip
    statements.WRITE[table].run_each(connection, rows)


def _replace_points(
    scope: Scope, connection: Connection, connection_id: str, prefix: str,
    records: Sequence[Record], known: Mapping[str, Any],
) -> None:  # fmt: skip
    """Only where they changed, which is seldom."""
    here = {"in_workspace": scope.workspace_id, "of_connection": connection_id}
    owners = listed(connection, [prefix + record.ref for record in records])
    there: dict[str, set[tuple[str, str]]] = {}
    for owner, kind, value in statements.POINTS.rows(connection, {**here, "of_owners": owners}):
        there.setdefault(owner, set()).add((kind, value))
    changed = [
        record
        for record in records
        if there.get(prefix + record.ref, set()) != {point[:2] for point in record.points}
        or _moved(record, known.get(record.ref))
    ]
    if not changed:
        return
    gone = listed(connection, [prefix + record.ref for record in changed])
    statements.FORGET.run(connection, {**here, "of_owners": gone})
    add_points(scope, connection, connection_id, [p for record in changed for p in record.points])
    for record in changed:
        if known.get(record.ref) is not None and _moved(record, known[record.ref]):
            _move_links(scope, connection, connection_id, record)


def _moved(record: Record, known: Any | None) -> bool:
    return known is None or known.holder != record.values["holder"]


def _move_links(scope: Scope, connection: Connection, connection_id: str, record: Record) -> None:
    """What colleagues linked to an order stays with it when it becomes somebody else's."""
    of_order = (
        contact_points.c.workspace_id == scope.workspace_id,
        contact_points.c.kind == "link",
        contact_points.c.connection_id == connection_id,
        contact_points.c.order_ref == record.ref,
    )
    holder = record.values["holder"]
    moved = update(contact_points).where(*of_order).values(holder=holder)
    owners = connection.execute(moved.returning(contact_points.c.owner)).scalars().all()
    if owners:
        ids = {owner.removeprefix("link:") for owner in owners}
        here = links.c.workspace_id == scope.workspace_id
        connection.execute(update(links).where(here, links.c.id.in_(ids)).values(holder=holder))


def add_points(
    scope: Scope, connection: Connection, connection_id: str, points: Iterable[Point]
) -> None:
    here = {"in_workspace": scope.workspace_id, "of_connection": connection_id}
    rows = [here | point._asdict() for point in points]
    if rows:
        statements.ADD_POINT.run_each(connection, rows)


def remove_points(scope: Scope, connection: Connection, connection_id: str, owner: str) -> None:
    connection.execute(
        delete(contact_points).where(
            contact_points.c.workspace_id == scope.workspace_id,
            contact_points.c.connection_id == connection_id,
            contact_points.c.owner == owner,
        )
    )


def replace_terms(
    scope: Scope, connection: Connection, connection_id: str, terms: Mapping[str, Iterable[str]]
) -> None:
    """Search words per product ref."""
    connection.execute(
        delete(product_terms).where(
            product_terms.c.workspace_id == scope.workspace_id,
            product_terms.c.connection_id == connection_id,
            product_terms.c.ref.in_(list(terms)),
        )
    )
    rows = [
        {
            "workspace_id": scope.workspace_id,
            "connection_id": connection_id,
            "ref": ref,
            "term": term,
        }
        for ref, words in terms.items()
        for term in words
    ]
    if rows:
        connection.execute(upsert(connection, product_terms).on_conflict_do_nothing(), rows)
