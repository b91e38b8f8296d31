"""What the mirror keeps of records that the shop no longer has."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import Connection, Table, func, select

from plugin.db.mirror import DOC_VERSION, customer_holder, remove_points, replace_terms
from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.statements import KEYS
from plugin.db.tables import customers, orders, products
from plugin.ports.store import Part

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_TABLES: Mapping[Part, Table] = {"customers": customers, "orders": orders, "products": products}


def bury_order(
    scope: Scope, connection: Connection, connection_id: str, ref: str, fetched_at: datetime
) -> bool:
    """A tombstone: the shop no longer has this order (seen at `fetched_at`). One the mirror never
    knew gets a stone too, and a later look makes an old stone newer: no answer from before brings
    the order back. False if somebody saw it later than that."""
    blank = {
        "holder": "o:" + ref, "placed_at": _NEVER, "number": "", "total": Decimal(0),
        "currency": "", "cancelled": False, "version": 1,
    }  # fmt: skip
    return _bury(scope, connection, orders, connection_id, ref, fetched_at, blank)


def bury_customer(
    scope: Scope, connection: Connection, connection_id: str, ref: str, fetched_at: datetime
) -> bool:
    """Likewise; nothing opens the customer any more."""
    blank = {"holder": customer_holder(ref), "version": 1}
    buried = _bury(scope, connection, customers, connection_id, ref, fetched_at, blank)
    if buried:
        remove_points(scope, connection, connection_id, "customer:" + ref)
    return buried


def bury_product(
    scope: Scope, connection: Connection, connection_id: str, ref: str, fetched_at: datetime
) -> bool:
    """Likewise; no search finds the product any more."""
    blank = {"active": False}
    buried = _bury(scope, connection, products, connection_id, ref, fetched_at, blank)
    if buried:
        replace_terms(scope, connection, connection_id, {ref: ()})
    return buried


def _bury(
    scope: Scope, connection: Connection, table: Table, connection_id: str, ref: str,
    fetched_at: datetime, blank: Mapping[str, object],
) -> bool:  # fmt: skip
    row = {
        "workspace_id": scope.workspace_id,
        "connection_id": connection_id,
        "ref": ref,
        "doc": b"{}",
        "doc_version": DOC_VERSION,
        "updated_at": _NEVER,
        "fetched_at": fetched_at,
        "deleted": True,
        **blank,
    }
    gone: dict[str, object] = {"deleted": True, "fetched_at": fetched_at}
    if "version" in table.c:
        gone["version"] = table.c.version + 1
    else:
        gone["active"] = False
    statement = upsert(connection, table).values(**row)
    result = connection.execute(
        statement.on_conflict_do_update(
            index_elements=KEYS[table],
            set_=gone,
            where=table.c.fetched_at < fetched_at,
        ).returning(table.c.ref)
    )
    return result.first() is not None


def orders_of(
    scope: Scope, connection: Connection, connection_id: str, customer_ref: str
) -> list[str]:
    """Living orders that the mirror holds for a registered customer."""
    statement = select(orders.c.ref).where(
        orders.c.workspace_id == scope.workspace_id,
        orders.c.connection_id == connection_id,
        orders.c.holder == customer_holder(customer_ref),
        orders.c.deleted.is_(False),
    )
    return list(connection.execute(statement).scalars())


def number_of(scope: Scope, connection: Connection, part: Part, connection_id: str) -> int:
    """Records of a part, tombstones too."""
    table = _TABLES[part]
    statement = select(func.count()).where(
        table.c.workspace_id == scope.workspace_id, table.c.connection_id == connection_id
    )
    return int(connection.execute(statement).scalar_one())


def refs_after(
    scope: Scope, connection: Connection, part: Part, connection_id: str, ref: str, limit: int
) -> list[str]:
    """The next living records in the order of their refs, for walking all of them."""
    table = _TABLES[part]
    # customers are kept by their holder, whose order is that of the refs
    place, last = (
        (customers.c.holder, customer_holder(ref)) if table is customers else (table.c.ref, ref)
    )
    statement = (
        select(table.c.ref)
        .where(
            table.c.workspace_id == scope.workspace_id,
            table.c.connection_id == connection_id,
            place > last,
            table.c.deleted.is_(False),
        )
        .order_by(place)
        .limit(limit)
    )
    return list(connection.execute(statement).scalars())
