"""Received webhooks: stored once, taken by one worker per record, over when the record was read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from plugin.db.people import upsert
from plugin.db.prepared import Prepared, among, listed
from plugin.db.session import Scope
from plugin.db.tables import deliveries, record_claims
from plugin.db.types import microseconds

UNREAD = "unread"
"""The topic of what no webhook told: a record that a list held and that could not be read, or whose
customer is gone."""
_COLUMNS = tuple(column.name for column in deliveries.c)


def _insert(engine: str) -> sqlite.Insert | postgresql.Insert:
    if engine == "sqlite":
        return sqlite.insert(deliveries).on_conflict_do_nothing()
    return postgresql.insert(deliveries).on_conflict_do_nothing()


_STORE = Prepared(lambda engine: _insert(engine).returning(deliveries.c.id))
_STORE_EACH = Prepared(_insert)
_THERE = Prepared(
    lambda engine: select(deliveries.c.id).where(
        deliveries.c.workspace_id == bindparam("in_workspace"),
        among(engine, deliveries.c.id, "of_ids"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """`state` is waiting, done, ignored (a topic nobody asked for) or parked (with its `code`)."""

    id: str
    connection_id: str
    kind: str
    ref: str
    topic: str
    deleted: bool
    state: str
    code: str
    attempts: int
    body: bytes | None
    received_at: datetime
    due: datetime | None


_GET = Prepared(
    select(*(deliveries.c[name] for name in DeliveryRow.__slots__)).where(
        deliveries.c.workspace_id == bindparam("in_workspace"),
        deliveries.c.id == bindparam("of_id"),
    )
)


def delivery_id(connection_id: str, key: str) -> str:
    """Made of what tells a delivery from all others."""
    return "de_" + hashlib.sha256(f"{connection_id}\0{key}".encode()).hexdigest()[:40]


def store(scope: Scope, connection: Connection, values: Mapping[str, object]) -> bool:
    """False if it is there already."""
    return bool(_STORE.rows(connection, _row(scope, values)))


def store_many(
    scope: Scope, connection: Connection, many: Sequence[Mapping[str, object]]
) -> set[str]:
    """The ids of those that were not there. One that two processes store at this very moment may
    be new to both, and is there once."""
    ids = {str(values["id"]) for values in many}
    some = {"in_workspace": scope.workspace_id, "of_ids": listed(connection, ids)}
    there = {row.id for row in _THERE.rows(connection, some)}
    new = [_row(scope, values) for values in many if values["id"] not in there]
    if new:
        _STORE_EACH.run_each(connection, new)
    return ids - there


def get(scope: Scope, connection: Connection, delivery_id: str) -> DeliveryRow | None:
    found = _GET.rows(connection, {"in_workspace": scope.workspace_id, "of_id": delivery_id})
    return DeliveryRow(**found[0]._asdict()) if found else None


def recent(
    scope: Scope, connection: Connection, limit: int, state: str | None = None
) -> list[DeliveryRow]:
    statement = select(deliveries).where(deliveries.c.workspace_id == scope.workspace_id)
    if state:
        statement = statement.where(deliveries.c.state == state)
    statement = statement.order_by(deliveries.c.received_at.desc()).limit(limit)
    return [_delivery(row) for row in connection.execute(statement)]


def demands(scope: Scope, connection: Connection, limit: int) -> list[DeliveryRow]:
    """Demands of the law whose body is still here."""
    statement = (
        select(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.kind == "privacy",
            deliveries.c.body.is_not(None),
        )
        .limit(limit)
    )
    return [_delivery(row) for row in connection.execute(statement)]


def forget_body(scope: Scope, connection: Connection, delivery_id: str) -> None:
    """What it demands is written down elsewhere."""
    connection.execute(
        update(deliveries)
        .where(deliveries.c.workspace_id == scope.workspace_id, deliveries.c.id == delivery_id)
        .values(body=None, state="done")
    )


def ignore_waiting(scope: Scope, connection: Connection, connection_id: str, code: str) -> None:
    """Of a shop that is no longer asked."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.connection_id == connection_id,
            deliveries.c.state == "waiting",
        )
        .values(state="ignored", code=code, due=None)
    )


def counts(scope: Scope, connection: Connection, connection_id: str) -> Mapping[str, int]:
    """How many of a shop's deliveries are in each state."""
    statement = (
        select(deliveries.c.state, func.count())
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.connection_id == connection_id,
        )
        .group_by(deliveries.c.state)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}


def last_received(scope: Scope, connection: Connection, connection_id: str) -> datetime | None:
    statement = (
        select(deliveries.c.received_at)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.connection_id == connection_id,
            deliveries.c.topic != UNREAD,
        )
        .order_by(deliveries.c.received_at.desc())
        .limit(1)
    )
    found: datetime | None = connection.execute(statement).scalar()
    return found


def waiting_since(scope: Scope, connection: Connection, connection_id: str) -> datetime | None:
    """When the oldest one came that is not worked on yet."""
    statement = select(func.min(deliveries.c.received_at)).where(
        deliveries.c.workspace_id == scope.workspace_id,
        deliveries.c.connection_id == connection_id,
        deliveries.c.state == "waiting",
    )
    found: datetime | None = connection.execute(statement).scalar()
    return found


def parked(scope: Scope, connection: Connection, connection_id: str) -> list[DeliveryRow]:
    """Those a person may replay, the newest first."""
    statement = (
        select(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.connection_id == connection_id,
            deliveries.c.state == "parked",
            deliveries.c.kind != "privacy",
        )
        .order_by(deliveries.c.received_at.desc())
        .limit(200)
    )
    return [_delivery(row) for row in connection.execute(statement)]


def due_everywhere(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    """(workspace_id, id, due) of what waits for a worker, over all workspaces."""
    statement = (
        select(deliveries.c.workspace_id, deliveries.c.id, deliveries.c.due)
        .where(deliveries.c.due <= now)
        .order_by(deliveries.c.due)
        .limit(limit)
    )
    return connection.execute(statement).all()


def postpone(
    scope: Scope, connection: Connection, delivery_id: str, seen_due: datetime, due: datetime
) -> bool:
    """Moves the due time on; False if another worker did so first."""
    statement = (
        update(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.id == delivery_id,
            deliveries.c.due == seen_due,
        )
        .values(due=due)
    )
    return connection.execute(statement).rowcount == 1


def claim(
    scope: Scope, connection: Connection, row: DeliveryRow, now: datetime, until: datetime
) -> bool:
    """Holds the record of a delivery until then; False if somebody else reads it now."""
    statement = upsert(connection, record_claims).values(due=until, **_record(scope, row))
    result = connection.execute(
        statement.on_conflict_do_update(
            index_elements=list(_record(scope, row)),
            set_={"due": until},
            where=record_claims.c.due <= now,
        ).returning(record_claims.c.due)
    )
    return result.first() is not None


def release(scope: Scope, connection: Connection, row: DeliveryRow, held_until: datetime) -> None:
    """Gives up one's own claim, and only that."""
    statement = delete(record_claims).where(
        *(record_claims.c[name] == value for name, value in _record(scope, row).items()),
        record_claims.c.due == held_until,
    )
    connection.execute(statement)


def take(scope: Scope, connection: Connection, row: DeliveryRow, due: datetime) -> list[str]:
    """All that waits for this record, each counted as tried once more; one reading answers all."""
    statement = (
        update(deliveries)
        .where(*_waiting(scope, row))
        .values(due=due, attempts=deliveries.c.attempts + 1)
        .returning(deliveries.c.id)
    )
    return list(connection.execute(statement).scalars())


def waiting(scope: Scope, connection: Connection, row: DeliveryRow) -> str | None:
    """Any delivery that still waits for this record."""
    statement = select(deliveries.c.id).where(*_waiting(scope, row)).limit(1)
    found: str | None = connection.execute(statement).scalar()
    return found


def change(scope: Scope, connection: Connection, ids: Sequence[str], **values: object) -> None:
    """Of those that still wait."""
    statement = (
        update(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.id.in_(ids),
            deliveries.c.state == "waiting",
        )
        .values(**values)
    )
    connection.execute(statement)


def once_more(scope: Scope, connection: Connection, delivery_id: str, now: datetime) -> None:
    """One that is over, as there is reason to read its record again."""
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.id == delivery_id,
            deliveries.c.state == "done",
        )
        .values(state="waiting", attempts=0, due=now, finished_at=None)
    )


def again(scope: Scope, connection: Connection, delivery_id: str, now: datetime) -> bool:
    """Puts a delivery back to the beginning; False if there is none."""
    statement = (
        update(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.id == delivery_id,
            deliveries.c.kind.not_in(("unknown", "privacy")),
        )
        .values(state="waiting", code="", attempts=0, due=now, finished_at=None)
    )
    return connection.execute(statement).rowcount == 1


def prune(scope: Scope, connection: Connection, done_before: datetime, old: datetime) -> None:
    """Forgets what is over: read ones soon, parked ones late. Nothing that waits, and no demand
    of the law that is not yet in its own book."""
    over = (deliveries.c.workspace_id == scope.workspace_id, deliveries.c.body.is_(None))
    read = deliveries.c.state.in_(("done", "ignored"))
    connection.execute(
        delete(deliveries).where(*over, read, deliveries.c.received_at < done_before)
    )
    parked = deliveries.c.state == "parked"
    connection.execute(delete(deliveries).where(*over, parked, deliveries.c.received_at < old))


def _row(scope: Scope, values: Mapping[str, object]) -> dict[str, object]:
    """As the driver takes it."""
    row = dict.fromkeys(_COLUMNS) | {"workspace_id": scope.workspace_id}
    for name, value in values.items():
        row[name] = microseconds(value) if isinstance(value, datetime) else value
    return row


def _waiting(scope: Scope, row: DeliveryRow) -> tuple[Any, ...]:
    return (
        *(deliveries.c[name] == value for name, value in _record(scope, row).items()),
        deliveries.c.state == "waiting",
    )


def _record(scope: Scope, row: DeliveryRow) -> dict[str, str]:
    return {
        "workspace_id": scope.workspace_id,
        "connection_id": row.connection_id,
        "kind": row.kind,
        "ref": row.ref,
    }


def _delivery(row: Row[Any]) -> DeliveryRow:
    values = row._mapping
    return DeliveryRow(**{name: values[name] for name in DeliveryRow.__slots__})
