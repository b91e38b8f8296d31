"""Claims on many orders at once; one by one is in `deliveries`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    String,
    Table,
    UpdateBase,
    and_,
    bindparam,
    delete,
    func,
    literal_column,
    null,
    select,
    update,
)

from plugin.db.people import INSERT
from plugin.db.prepared import Prepared, among, listed
from plugin.db.session import Scope
from plugin.db.tables import deliveries, record_claims
from plugin.db.tables_hear import IS_WAITING
from plugin.db.types import microseconds

_ORDER: ColumnElement[str] = literal_column("'order'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Claims on orders of one shop: `ids` holds the deliveries about each."""

    connection_id: str
    until: datetime
    ids: Mapping[str, Sequence[str]]


def fresh_orders(
    scope: Scope, connection: Connection, connection_id: str, now: datetime, limit: int
) -> list[Any]:
    """(ref, id of a delivery about it) of those that wait for their first reading and that nobody
    reads now."""
    return _FRESH.rows(
        connection,
        {
            "in_workspace": scope.workspace_id, "of_connection": connection_id,
            "now": microseconds(now), "most": limit,
        },
    )  # fmt: skip


def take_orders(
    scope: Scope, connection: Connection, connection_id: str, now: datetime, until: datetime,
    limit: int,
) -> Taken:  # fmt: skip
    """Claims fresh orders, but what somebody else claimed meanwhile; all that waits for these
    counts as tried once more. In the order of their refs, as two workers lock them in the same
    one."""
    shop: dict[str, object] = {
        "in_workspace": scope.workspace_id, "of_connection": connection_id,
        "until": microseconds(until),
    }  # fmt: skip
    claimed = _CLAIM.rows(connection, {**shop, "now": microseconds(now), "most": limit})
    ids: dict[str, list[str]] = {}
    if claimed:
        refs = listed(connection, [row.ref for row in claimed])
        for row in _TAKE.rows(connection, {**shop, "of_refs": refs}):
            ids.setdefault(row.ref, []).append(row.id)
    return Taken(connection_id=connection_id, until=until, ids=ids)


def release_orders(scope: Scope, connection: Connection, taken: Taken) -> None:
    """One's own claims, and only those."""
    _RELEASE.run(
        connection,
        {
            "in_workspace": scope.workspace_id, "of_connection": taken.connection_id,
            "of_refs": listed(connection, taken.ids), "until": microseconds(taken.until),
        },
    )  # fmt: skip


def finish(scope: Scope, connection: Connection, ids: Sequence[str], now: datetime) -> None:
    """The records of these are read; of those that still wait."""
    _FINISH.run(
        connection,
        {
            "in_workspace": scope.workspace_id, "of_ids": listed(connection, ids),
            "now": microseconds(now),
        },
    )  # fmt: skip


def _of_shop(table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.workspace_id == bindparam("in_workspace"),
        table.c.connection_id == bindparam("of_connection"),
        table.c.kind == _ORDER,
    )


def _fresh(*more: ColumnElement[Any]) -> Select[Any]:
    held = (
        select(record_claims.c.ref)
        .where(
            *_of_shop(record_claims),
            record_claims.c.ref == deliveries.c.ref,
            record_claims.c.due > bindparam("now"),
        )
        .exists()
    )
    return (
        select(deliveries.c.ref, *more)
        .where(
            *_of_shop(deliveries),
            deliveries.c.state == IS_WAITING,
            deliveries.c.attempts == literal_column("0"),
            ~held,
        )
        .group_by(deliveries.c.ref)
        .order_by(deliveries.c.ref)
        .limit(bindparam("most"))
    )


def _claim(engine: str) -> UpdateBase:
    fresh = _fresh().subquery()
    names = ["workspace_id", "connection_id", "kind", "ref", "due"]
    values = select(
        bindparam("in_workspace", type_=String), bindparam("of_connection", type_=String),
        _ORDER, fresh.c.ref, bindparam("until", type_=BigInteger),
    )  # fmt: skip
    # the condition keeps SQLite from reading ON CONFLICT as part of the SELECT
    statement: Any = INSERT[engine](record_claims).from_select(
        names, values.where(fresh.c.ref.is_not(None))
    )
    made: UpdateBase = statement.on_conflict_do_update(
        index_elements=names[:-1],
        set_={"due": bindparam("until", type_=BigInteger)},
        where=and_(record_claims.c.due <= bindparam("now")),
    ).returning(record_claims.c.ref)
    return made


def _take(engine: str) -> UpdateBase:
    return (
        update(deliveries)
        .where(
            *_of_shop(deliveries),
            among(engine, deliveries.c.ref, "of_refs"),
            deliveries.c.state == IS_WAITING,
        )
        .values(due=bindparam("until"), attempts=deliveries.c.attempts + 1)
        .returning(deliveries.c.ref, deliveries.c.id)
    )


def _release(engine: str) -> UpdateBase:
    return delete(record_claims).where(
        *_of_shop(record_claims),
        among(engine, record_claims.c.ref, "of_refs"),
        record_claims.c.due == bindparam("until"),
    )


def _finish(engine: str) -> UpdateBase:
    return (
        update(deliveries)
        .where(
            deliveries.c.workspace_id == bindparam("in_workspace"),
            among(engine, deliveries.c.id, "of_ids"),
            deliveries.c.state == IS_WAITING,
        )
        .values(state="done", code="", due=null(), finished_at=bindparam("now"))
    )


_FRESH = Prepared(_fresh(func.min(deliveries.c.id).label("id")))
_CLAIM = Prepared(_claim)
_TAKE = Prepared(_take)
_RELEASE = Prepared(_release)
_FINISH = Prepared(_finish)
