"""Rows of approvals, and what of a workspace waits for somebody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, or_, select, text, update

from plugin.db.columns import beside
from plugin.db.session import Scope
from plugin.db.tables import actions, approvals
from plugin.db.tables_ledger import ATTENTION_STATES, OWED_PAYMENT


def add(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(approvals).values(workspace_id=scope.workspace_id, **values))


def get(scope: Scope, connection: Connection, action_id: str) -> Row[Any] | None:
    statement = select(approvals).where(
        approvals.c.workspace_id == scope.workspace_id, approvals.c.action_id == action_id
    )
    return connection.execute(statement).first()


def decide(
    scope: Scope, connection: Connection, action_id: str, decision: str, now: datetime,
    **values: object,
) -> None:  # fmt: skip
    connection.execute(
        update(approvals)
        .where(approvals.c.workspace_id == scope.workspace_id, approvals.c.action_id == action_id)
        .values(decision=decision, decided_at=now, **values)
    )


def waits(overdue: Any, agent_id: Any) -> ColumnElement[bool]:
    """What somebody must act on: `unknown` only if its call left before `overdue`, a request for
    approval unless it is of `agent_id`, who may not decide it."""
    return and_(
        text(f"actions.{ATTENTION_STATES}"),
        or_(actions.c.state != text("'unknown'"), actions.c.call_started_at < overdue),
        or_(actions.c.state != text("'awaiting_approval'"), actions.c.agent_id != agent_id),
    )


def owed() -> ColumnElement[bool]:
    """What a person has to pay."""
    return text(f"actions.{OWED_PAYMENT}")  # type: ignore[return-value]


def waiting(
    scope: Scope, connection: Connection, overdue: datetime, own: Collection[str], limit: int
) -> Sequence[Any]:
    """The oldest first, without requests of `own` agents."""
    found = [row for part in _parts(overdue, own) for row in _such(scope, connection, part, limit)]
    return sorted(found, key=lambda row: (row.created_at, row.id))[:limit]


def count(scope: Scope, connection: Connection, overdue: datetime, own: Collection[str]) -> int:
    """How many there are of them."""
    ours = select(func.count()).select_from(actions).where(
        actions.c.workspace_id == scope.workspace_id
    )  # fmt: skip
    found = (connection.execute(ours.where(part)) for part in _parts(overdue, own))
    return sum(result.scalar_one() for result in found)


def _parts(overdue: datetime, own: Collection[str]) -> Sequence[ColumnElement[bool]]:
    """Each has an index that holds only such; asked for both at once, SQLite would read every
    action there ever was."""
    others = or_(
        actions.c.state != text("'awaiting_approval'"), actions.c.agent_id.not_in(list(own))
    )
    return and_(waits(overdue, ""), others), owed()


def _such(
    scope: Scope, connection: Connection, condition: ColumnElement[bool], limit: int
) -> Sequence[Any]:
    statement = (
        select(
            actions.c.id,
            actions.c.kind,
            actions.c.state,
            actions.c.connection_id,
            actions.c.order_number,
            actions.c.amount,
            actions.c.currency,
            actions.c.agent_id,
            actions.c.agent_name,
            actions.c.created_at,
            actions.c.call_started_at,
            actions.c.finished_at,
            approvals.c.asked_at,
        )
        .outerjoin(approvals, beside(approvals, actions, action_id=actions.c.id))
        .where(actions.c.workspace_id == scope.workspace_id, condition)
        .order_by(actions.c.created_at, actions.c.id)
        .limit(limit)
    )
    return connection.execute(statement).all()
