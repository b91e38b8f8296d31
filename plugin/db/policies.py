"""Limits as stored, and what already counts against them, summed by the database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import actions, fuses, policies, reasons, workspaces
from plugin.db.types import Units
from plugin.domain.actions import COUNTED


def lock(scope: Scope, connection: Connection) -> None:
    """Until this transaction ends no other counts for the same workspace, so that two
    confirmations cannot both find room for themselves. SQLite writes one at a time anyway."""
    statement = select(workspaces.c.workspace_id).where(
        workspaces.c.workspace_id == scope.workspace_id
    )
    # NO KEY UPDATE: inserts that only refer to the workspace go on
    connection.execute(statement.with_for_update(key_share=True)).one()


def rules(scope: Scope, connection: Connection, role: str = "", kind: str = "") -> Sequence[Any]:
    """All that was set, or that of one role and kind."""
    statement = select(policies).where(policies.c.workspace_id == scope.workspace_id)
    if role:
        statement = statement.where(policies.c.role == role)
    if kind:
        statement = statement.where(policies.c.kind == kind)
    order = (policies.c.role, policies.c.kind, policies.c.currency)
    return connection.execute(statement.order_by(*order)).all()


def put_rule(
    scope: Scope, connection: Connection, role: str, kind: str, currency: str, **values: object
) -> None:
    """Makes the row or changes the named columns of it."""
    named = {"role": role, "kind": kind, "currency": currency}
    statement = upsert(connection, policies).values(
        workspace_id=scope.workspace_id, **named, **values
    )
    keys = ["workspace_id", *named]
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def all_fuses(scope: Scope, connection: Connection) -> dict[str, Decimal]:
    """Limit for each hour by currency."""
    statement = select(fuses.c.currency, fuses.c.per_hour).where(
        fuses.c.workspace_id == scope.workspace_id
    )
    rows = connection.execute(statement.order_by(fuses.c.currency))
    return {row.currency: row.per_hour for row in rows}


def put_fuse(scope: Scope, connection: Connection, currency: str, per_hour: Decimal | None) -> None:
    """None takes the fuse out."""
    if per_hour is None:
        connection.execute(
            delete(fuses).where(
                fuses.c.workspace_id == scope.workspace_id, fuses.c.currency == currency
            )
        )
        return
    statement = upsert(connection, fuses).values(
        workspace_id=scope.workspace_id, currency=currency, per_hour=per_hour
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "currency"], set_={"per_hour": per_hour}
        )
    )


def all_reasons(scope: Scope, connection: Connection, kind: str) -> tuple[str, ...]:
    """In the owner's order."""
    statement = select(reasons.c.text).where(
        reasons.c.workspace_id == scope.workspace_id, reasons.c.kind == kind
    )
    return tuple(connection.execute(statement.order_by(reasons.c.position)).scalars())


def put_reasons(scope: Scope, connection: Connection, kind: str, texts: Sequence[str]) -> None:
    """Instead of those there were."""
    connection.execute(
        delete(reasons).where(reasons.c.workspace_id == scope.workspace_id, reasons.c.kind == kind)
    )
    for position, text in enumerate(texts):
        connection.execute(
            insert(reasons).values(
                workspace_id=scope.workspace_id, kind=kind, position=position, text=text
            )
        )


def spent_by(
    scope: Scope,
    connection: Connection,
    agent_id: str,
    kinds: Sequence[str],
    currency: str,
    since: datetime,
) -> Decimal:
    """What one agent answers for, of these kinds."""
    mine = (actions.c.answerable_id == agent_id, actions.c.kind.in_(kinds))
    return _sum(scope, connection, currency, since, *mine)


def spent_on(
    scope: Scope, connection: Connection, customer_key: str, kinds: Sequence[str], currency: str,
    since: datetime,
) -> Decimal:  # fmt: skip
    """What one customer was given, of these kinds, by anybody."""
    theirs = (actions.c.customer_key == customer_key, actions.c.kind.in_(kinds))
    return _sum(scope, connection, currency, since, *theirs)


def spent_by_all(scope: Scope, connection: Connection, currency: str, since: datetime) -> Decimal:
    """Everything of every kind."""
    return _sum(scope, connection, currency, since)


def _sum(
    scope: Scope, connection: Connection, currency: str, since: datetime,
    *conditions: ColumnElement[bool],
) -> Decimal:  # fmt: skip
    statement = select(
        func.coalesce(func.sum(actions.c.amount, type_=Units), 0, type_=Units)
    ).where(
        actions.c.workspace_id == scope.workspace_id,
        actions.c.requested_at >= since,
        actions.c.currency == currency,
        actions.c.state.in_(COUNTED),
        actions.c.payment != "dropped",
        *conditions,
    )
    found: Decimal = connection.execute(statement).scalar_one()
    return found
