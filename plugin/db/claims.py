"""Claims on many orders at once; one by one is in `deliveries`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from plugin.db.prepared import Prepared
from plugin.db.session import Scope
from plugin.db.tables import deliveries, record_claims
from plugin.db.types import microseconds

_ORDER = "order"


@dataclass(frozen=True, slots=True)
class Fresh:
    """An order that a delivery is about which nobody has taken yet."""

    ref: str
    delivery_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Claims on orders of one shop: `ids` holds the deliveries about each."""

    connection_id: str
    until: datetime
    ids: Mapping[str, Sequence[str]]


def fresh_orders(
    scope: Scope, connection: Connection, connection_id: str, now: datetime, limit: int
) -> list[Fresh]:
    """Those that wait for their first reading and that nobody reads now."""
    found = _FRESH.rows(
        connection,
        {
            "in_workspace": scope.workspace_id, "of_connection": connection_id,
            "now": microseconds(now), "most": limit,
        },
    )  # fmt: skip
    return [Fresh(row.ref, row.id) for row in found]


def take_orders(
    scope: Scope, connection: Connection, connection_id: str, refs: Sequence[str],
    now: datetime, until: datetime,
) -> Taken:  # fmt: skip
    """Claims what nobody else claimed meanwhile; all that waits for these counts as tried once
    more. `refs` in order, as two workers lock them in the same one."""
    claimed = [
        ref
        for ref in refs
        if _CLAIM[connection.dialect.name].rows(
            connection,
            {
                "in_workspace": scope.workspace_id, "of_connection": connection_id, "of_ref": ref,
                "until": microseconds(until), "now": microseconds(now),
            },
        )
    ]  # fmt: skip
    ids: dict[str, list[str]] = {}
    if claimed:
        statement = (
            update(deliveries)
            .where(
                deliveries.c.workspace_id == scope.workspace_id,
                deliveries.c.connection_id == connection_id,
                deliveries.c.kind == _ORDER,
                deliveries.c.ref.in_(claimed),
                deliveries.c.state == "waiting",
            )
            .values(due=until, attempts=deliveries.c.attempts + 1)
            .returning(deliveries.c.ref, deliveries.c.id)
        )
        for row in connection.execute(statement):
            ids.setdefault(row.ref, []).append(row.id)
    return Taken(connection_id=connection_id, until=until, ids=ids)


def release_orders(scope: Scope, connection: Connection, taken: Taken) -> None:
    """One's own claims, and only those."""
    connection.execute(
        delete(record_claims).where(
            record_claims.c.workspace_id == scope.workspace_id,
            record_claims.c.connection_id == taken.connection_id,
            record_claims.c.kind == _ORDER,
            record_claims.c.ref.in_(list(taken.ids)),
            record_claims.c.due == taken.until,
        )
    )


def _fresh() -> Select[tuple[str, str]]:
    held = (
        select(record_claims.c.ref)
        .where(
            record_claims.c.workspace_id == bindparam("in_workspace"),
            record_claims.c.connection_id == bindparam("of_connection"),
            record_claims.c.kind == _ORDER,
            record_claims.c.ref == deliveries.c.ref,
            record_claims.c.due > bindparam("now"),
        )
        .exists()
    )
    return (
        select(deliveries.c.ref, func.min(deliveries.c.id).label("id"))
        .where(
            deliveries.c.workspace_id == bindparam("in_workspace"),
            deliveries.c.connection_id == bindparam("of_connection"),
            deliveries.c.kind == _ORDER,
            deliveries.c.state == "waiting",
            deliveries.c.attempts == 0,
            ~held,
        )
        .group_by(deliveries.c.ref)
        .limit(bindparam("most"))
    )


_FRESH = Prepared(_fresh())
_CLAIM = {
    name: Prepared(
        module.insert(record_claims)
        .values(
            workspace_id=bindparam("in_workspace"), connection_id=bindparam("of_connection"),
            kind=_ORDER, ref=bindparam("of_ref"), due=bindparam("until"),
        )
        .on_conflict_do_update(
            index_elements=["workspace_id", "connection_id", "kind", "ref"],
            set_={"due": bindparam("until")},
            where=and_(record_claims.c.due <= bindparam("now")),
        )
        .returning(record_claims.c.ref)
    )
    for name, module in (("sqlite", sqlite), ("postgresql", postgresql))
}  # fmt: skip
