"""When each shop is asked what changed, and how far the answer reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import reconciliations


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRow:
    """`since` holds per part the newest stamp of the shop that was read, and how far customers and
    products were compared; `compared` the order up to which the mirror was; `found` counts what
    webhooks had not told."""

    connection_id: str
    due: datetime | None
    since: Mapping[str, str]
    compared: str
    subscribed: bool
    subscription_code: str
    tended_at: datetime | None
    last_ok_at: datetime | None
    found: int


def add(scope: Scope, connection: Connection, connection_id: str, due: datetime) -> None:
    """Once; a row that is there stays as it is."""
    statement = upsert(connection, reconciliations).values(
        workspace_id=scope.workspace_id,
        connection_id=connection_id,
        due=due,
        since={},
        subscribed=False,
        found=0,
    )
    connection.execute(statement.on_conflict_do_nothing())


def get(scope: Scope, connection: Connection, connection_id: str) -> ReconciliationRow | None:
    statement = select(reconciliations).where(
        reconciliations.c.workspace_id == scope.workspace_id,
        reconciliations.c.connection_id == connection_id,
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    values = row._mapping
    return ReconciliationRow(**{name: values[name] for name in ReconciliationRow.__slots__})


def change(scope: Scope, connection: Connection, connection_id: str, **values: object) -> None:
    connection.execute(
        update(reconciliations)
        .where(
            reconciliations.c.workspace_id == scope.workspace_id,
            reconciliations.c.connection_id == connection_id,
        )
        .values(**values)
    )


def count_found(scope: Scope, connection: Connection, connection_id: str, number: int) -> None:
    change(scope, connection, connection_id, found=reconciliations.c.found + number)


def remove(scope: Scope, connection: Connection, connection_id: str) -> None:
    connection.execute(
        delete(reconciliations).where(
            reconciliations.c.workspace_id == scope.workspace_id,
            reconciliations.c.connection_id == connection_id,
        )
    )


def due_everywhere(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    """(workspace_id, connection_id, due) over all workspaces."""
    statement = (
        select(
            reconciliations.c.workspace_id,
            reconciliations.c.connection_id,
            reconciliations.c.due,
        )
        .where(reconciliations.c.due <= now)
        .order_by(reconciliations.c.due)
        .limit(limit)
    )
    return connection.execute(statement).all()


def postpone(
    scope: Scope, connection: Connection, connection_id: str, seen_due: datetime, due: datetime
) -> bool:
    """Moves the due time on; False if another worker did so first."""
    statement = (
        update(reconciliations)
        .where(
            reconciliations.c.workspace_id == scope.workspace_id,
            reconciliations.c.connection_id == connection_id,
            reconciliations.c.due == seen_due,
        )
        .values(due=due)
    )
    return connection.execute(statement).rowcount == 1
