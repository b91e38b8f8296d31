"""Demands of the law: stored once, worked on until they are answered, kept as the proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import privacy_requests as requests


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """`state`: waiting (for a worker), open (a report that the owner has to fetch), done, kept
    (nothing was erased, `code` says why). `subject` is sealed and goes with the answer."""

    id: str
    connection_id: str
    shop: str
    kind: str
    origin: str
    reference: str
    state: str
    code: str
    subject: bytes | None
    counts: Mapping[str, int]
    attempts: int
    triggered_at: datetime | None
    received_at: datetime
    due_at: datetime
    due: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None


def add(scope: Scope, connection: Connection, values: Mapping[str, object]) -> bool:
    """False if it is there already."""
    statement = upsert(connection, requests).values(workspace_id=scope.workspace_id, **values)
    stored = connection.execute(statement.on_conflict_do_nothing().returning(requests.c.id))
    return stored.first() is not None


def get(scope: Scope, connection: Connection, request_id: str) -> RequestRow | None:
    statement = select(requests).where(
        requests.c.workspace_id == scope.workspace_id, requests.c.id == request_id
    )
    row = connection.execute(statement).first()
    return _request(row) if row else None


def newest(scope: Scope, connection: Connection, limit: int) -> list[RequestRow]:
    statement = (
        select(requests)
        .where(requests.c.workspace_id == scope.workspace_id)
        .order_by(requests.c.received_at.desc(), requests.c.id)
        .limit(limit)
    )
    return [_request(row) for row in connection.execute(statement)]


def unanswered(scope: Scope, connection: Connection) -> list[RequestRow]:
    """Oldest first."""
    statement = (
        select(requests)
        .where(
            requests.c.workspace_id == scope.workspace_id,
            requests.c.state.in_(("waiting", "open")),
        )
        .order_by(requests.c.due_at)
    )
    return [_request(row) for row in connection.execute(statement)]


def change(scope: Scope, connection: Connection, request_id: str, **values: object) -> None:
    connection.execute(
        update(requests)
        .where(requests.c.workspace_id == scope.workspace_id, requests.c.id == request_id)
        .values(**values)
    )


def take(
    scope: Scope, connection: Connection, row: RequestRow, until: datetime
) -> bool:  # fmt: skip
    """One try, counted; False if another worker has it."""
    statement = (
        update(requests)
        .where(
            requests.c.workspace_id == scope.workspace_id,
            requests.c.id == row.id,
            requests.c.state == "waiting",
            requests.c.due == row.due,
        )
        .values(due=until, attempts=requests.c.attempts + 1)
    )
    return connection.execute(statement).rowcount == 1


def due_everywhere(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    """(workspace_id, id) of what waits for a worker, over all workspaces."""
    statement = (
        select(requests.c.workspace_id, requests.c.id)
        .where(requests.c.due <= now)
        .order_by(requests.c.due)
        .limit(limit)
    )
    return connection.execute(statement).all()


def forget_expired(scope: Scope, connection: Connection, now: datetime) -> None:
    """Whom an answered demand was about."""
    connection.execute(
        update(requests)
        .where(
            requests.c.workspace_id == scope.workspace_id,
            requests.c.expires_at < now,
            requests.c.subject.is_not(None),
        )
        .values(subject=None)
    )


def _request(row: Row[Any]) -> RequestRow:
    values = row._mapping
    return RequestRow(**{name: values[name] for name in RequestRow.__slots__})
