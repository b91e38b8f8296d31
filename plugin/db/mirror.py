"""The mirror: our copy of customers, orders, products and stock, each with version and age.

A record's version is (updated_at, fetched_at): the shop's own stamp, then when our fetch began,
so that whole-second stamps and late answers cannot turn time back. `version` counts real changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    Connection,
    Row,
    Table,
    and_,
    delete,
    func,
    not_,
    or_,
    select,
    tuple_,
)

from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import (
    connections,
    contact_points,
    customers,
    orders,
    product_terms,
    products,
)
from plugin.domain.orders import Order, OrderHead
from plugin.domain.people import Customer
from plugin.domain.products import Product

DOC_VERSION = 1
KEYS: Mapping[Table, list[str]] = {
    orders: ["workspace_id", "connection_id", "ref"],
    customers: ["workspace_id", "connection_id", "holder"],
    products: ["workspace_id", "connection_id", "ref"],
}
_encode = msgspec.json.Encoder().encode
_order = msgspec.json.Decoder(Order).decode
_order_head = msgspec.json.Decoder(OrderHead).decode
_customer = msgspec.json.Decoder(Customer).decode
_product = msgspec.json.Decoder(Product).decode


@dataclass(frozen=True, slots=True)
class Point:
    """A contact point: `value` opens `holder`, or only one order of it."""

    kind: str
    value: str
    owner: str
    holder: str
    order_ref: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One thing to merge; `values` are the columns beside the common ones. An `outline` lacks
    details, so that it never replaces what is known of the same moment."""

    ref: str
    doc: bytes
    updated_at: datetime
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
    records = _newest_of_each(records)
    known = _known(scope, connection, table, connection_id, [record.ref for record in records])
    fresh = [record for record in records if _is_newer(record, known.get(record.ref), fetched_at)]
    if not fresh:
        return 0
    rows = [
        _row(scope, connection_id, record, known.get(record.ref), fetched_at) for record in fresh
    ]
    _write(connection, table, rows)
    if len(known) < len(records):
        # new rows could not be locked: somebody else's newer ones may have won
        now = _known(scope, connection, table, connection_id, [record.ref for record in fresh])
        fresh = [record for record in fresh if _is_ours(record, now.get(record.ref), fetched_at)]
    owned = [record for record in fresh if table is not products]
    if owned:
        prefix = "order:" if table is orders else "customer:"
        _replace_points(scope, connection, connection_id, prefix, owned)
    return sum(_changed(record, known.get(record.ref)) for record in fresh)


def _is_connected(scope: Scope, connection: Connection, connection_id: str) -> bool:
    statement = select(connections.c.id).where(
        connections.c.workspace_id == scope.workspace_id,
        connections.c.id == connection_id,
        connections.c.disconnected_at.is_(None),
    )
    return connection.execute(statement).first() is not None


def _newest_of_each(records: Sequence[Record]) -> list[Record]:
    """In the order of their refs: two workers lock the same rows in the same order."""
    newest: dict[str, Record] = {}
    for record in records:
        known = newest.get(record.ref)
        if known is None or record.updated_at >= known.updated_at:
            newest[record.ref] = record
    return [newest[ref] for ref in sorted(newest)]


def _is_ours(record: Record, now: Row[Any] | None, fetched_at: datetime) -> bool:
    return now is not None and (now.updated_at, now.fetched_at) == (record.updated_at, fetched_at)


def _known(
    scope: Scope, connection: Connection, table: Table, connection_id: str, refs: list[str]
) -> dict[str, Row[Any]]:
    keyed = (
        table.c.holder.in_([customer_holder(ref) for ref in refs])
        if table is customers
        else table.c.ref.in_(refs)
    )
    versions = [table.c.version] if "version" in table.c else []
    columns = (table.c.ref, table.c.updated_at, table.c.fetched_at, table.c.doc, table.c.deleted)
    statement = (
        select(*columns, *versions)
        .where(
            table.c.workspace_id == scope.workspace_id,
            table.c.connection_id == connection_id,
            keyed,
        )
        .order_by(table.c.ref)
        .with_for_update()
    )
    return {row.ref: row for row in connection.execute(statement)}


def _is_newer(record: Record, known: Row[Any] | None, fetched_at: datetime) -> bool:
    if known is None:
        return True
    if known.deleted:
        # whatever was read before the record was seen to be gone, its stamp cannot revive it
        return bool(fetched_at > known.fetched_at)
    if record.outline and record.updated_at == known.updated_at:
        return False
    return (record.updated_at, fetched_at) > (known.updated_at, known.fetched_at)


def _changed(record: Record, known: Row[Any] | None) -> bool:
    return known is None or bool(known.deleted) or bytes(known.doc) != record.doc


def _row(
    scope: Scope, connection_id: str, record: Record, known: Row[Any] | None, fetched_at: datetime
) -> dict[str, object]:
    row: dict[str, object] = {
        "workspace_id": scope.workspace_id,
        "connection_id": connection_id,
        "ref": record.ref,
        "doc": record.doc,
        "doc_version": DOC_VERSION,
        "updated_at": record.updated_at,
        "fetched_at": fetched_at,
        **record.values,
    }
    row.setdefault("deleted", False)
    if "active" not in row:
        before = known.version if known is not None else 0
        row["version"] = before + 1 if _changed(record, known) else before
    return row


def _write(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    conflict = KEYS[table]
    statement = upsert(connection, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in conflict}
    read_later = statement.excluded.fetched_at > table.c.fetched_at
    newer = tuple_(statement.excluded.updated_at, statement.excluded.fetched_at) > tuple_(
        table.c.updated_at, table.c.fetched_at
    )
    newer = or_(and_(table.c.deleted, read_later), and_(not_(table.c.deleted), newer))
    connection.execute(
        statement.on_conflict_do_update(index_elements=conflict, set_=changed, where=newer), rows
    )


def _replace_points(
    scope: Scope,
    connection: Connection,
    connection_id: str,
    prefix: str,
    records: Sequence[Record],
) -> None:
    """Only where they changed, which is seldom."""
    owners = [prefix + record.ref for record in records]
    here = (
        contact_points.c.workspace_id == scope.workspace_id,
        contact_points.c.connection_id == connection_id,
    )
    columns = [contact_points.c[name] for name in Point.__slots__]
    known: dict[str, set[Point]] = {}
    for row in connection.execute(
        select(*columns).where(*here, contact_points.c.owner.in_(owners))
    ):
        known.setdefault(row.owner, set()).add(Point(*row))
    changed = [
        record
        for record, owner in zip(records, owners, strict=True)
        if known.get(owner, set()) != set(record.points)
    ]
    if not changed:
        return
    gone = [prefix + record.ref for record in changed]
    connection.execute(delete(contact_points).where(*here, contact_points.c.owner.in_(gone)))
    add_points(scope, connection, connection_id, [p for record in changed for p in record.points])


def add_points(
    scope: Scope, connection: Connection, connection_id: str, points: Iterable[Point]
) -> None:
    rows = [
        {
            "workspace_id": scope.workspace_id,
            "connection_id": connection_id,
            "kind": point.kind,
            "value": point.value,
            "owner": point.owner,
            "holder": point.holder,
            "order_ref": point.order_ref,
        }
        for point in points
    ]
    if rows:
        connection.execute(upsert(connection, contact_points).on_conflict_do_nothing(), rows)


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


def count_orders(scope: Scope, connection: Connection, connection_id: str) -> int:
    statement = select(func.count()).where(
        orders.c.workspace_id == scope.workspace_id, orders.c.connection_id == connection_id
    )
    return int(connection.execute(statement).scalar_one())
