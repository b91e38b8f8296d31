"""Statements that write the mirror, each compiled once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Table,
    UpdateBase,
    and_,
    bindparam,
    delete,
    not_,
    or_,
    select,
    tuple_,
    type_coerce,
)

from plugin.db.people import INSERT
from plugin.db.prepared import Prepared, among
from plugin.db.tables import connections, contact_points, customers, orders, products

KEYS: Mapping[Table, list[str]] = {
    orders: ["workspace_id", "connection_id", "ref"],
    customers: ["workspace_id", "connection_id", "holder"],
    products: ["workspace_id", "connection_id", "ref"],
}


class Point(NamedTuple):
    """A contact point: `value` opens `holder`, or only one order of it."""

    kind: str
    value: str
    owner: str
    holder: str
    order_ref: str = ""


def _known_of(table: Table) -> Callable[[str], Select[Any]]:
    """Locked, where an engine locks rows. Times are as stored, to be compared only."""
    columns = [
        table.c.ref,
        type_coerce(table.c.updated_at, BigInteger).label("updated_at"),
        type_coerce(table.c.fetched_at, BigInteger).label("fetched_at"),
        table.c.doc,
        type_coerce(table.c.deleted, Integer).label("deleted"),
        *(table.c[name] for name in ("version", "holder") if name in table.c),
    ]

    def statement(engine: str) -> Select[Any]:
        key = table.c.holder if table is customers else table.c.ref
        return (
            select(*columns)
            .where(*_here(table), among(engine, key, "of_keys"))
            .order_by(table.c.ref)
            .with_for_update()
        )

    return statement


def _write_of(table: Table) -> Callable[[str], UpdateBase]:
    """Only over what is older."""

    def statement(engine: str) -> UpdateBase:
        new: dict[str, Any] = {column.name: bindparam(column.name) for column in table.c}
        made = INSERT[engine](table).values(new)
        changed = {name: made.excluded[name] for name in new if name not in KEYS[table]}
        read_later = made.excluded.fetched_at > table.c.fetched_at
        newer = tuple_(made.excluded.updated_at, made.excluded.fetched_at) > tuple_(
            table.c.updated_at, table.c.fetched_at
        )
        newer = or_(and_(table.c.deleted, read_later), and_(not_(table.c.deleted), newer))
        return made.on_conflict_do_update(  # type: ignore[no-any-return]
            index_elements=KEYS[table], set_=changed, where=newer
        )

    return statement


def _here(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.workspace_id == bindparam("in_workspace"),
        table.c.connection_id == bindparam("of_connection"),
    )


def _points(engine: str) -> Select[Any]:
    """Of the index alone: the rest of a point follows from these and the holder."""
    columns = [contact_points.c[name] for name in ("owner", "kind", "value")]
    mine = (*_here(contact_points), among(engine, contact_points.c.owner, "of_owners"))
    return select(*columns).where(*mine)


def _forget(engine: str) -> UpdateBase:
    mine = (*_here(contact_points), among(engine, contact_points.c.owner, "of_owners"))
    return delete(contact_points).where(*mine)


def _add_point(engine: str) -> UpdateBase:
    names = {"workspace_id": "in_workspace", "connection_id": "of_connection"}
    new: dict[str, Any] = {
        one.name: bindparam(names.get(one.name, one.name)) for one in contact_points.c
    }
    made: UpdateBase = INSERT[engine](contact_points).values(new).on_conflict_do_nothing()
    return made


CONNECTED = Prepared(
    select(connections.c.id).where(
        connections.c.workspace_id == bindparam("in_workspace"),
        connections.c.id == bindparam("of_connection"),
        connections.c.disconnected_at.is_(None),
    )
)
KNOWN = {table: Prepared(_known_of(table)) for table in KEYS}
WRITE = {table: Prepared(_write_of(table)) for table in KEYS}
POINTS = Prepared(_points)
FORGET = Prepared(_forget)
ADD_POINT = Prepared(_add_point)
