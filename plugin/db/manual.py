"""What people pay back by hand: what is owed, and the sealed accounts it goes to."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import Connection, delete, func, insert, or_, select

from plugin.db.ledger import ActionRow
from plugin.db.session import Scope
from plugin.db.tables import action_secrets, actions
from plugin.db.types import Units
from plugin.domain.actions import COUNTED


def owed_or_paid(scope: Scope, connection: Connection, row: ActionRow) -> Decimal:
    """By all other actions of this kind on this order."""
    units = func.coalesce(func.sum(actions.c.amount, type_=Units), 0, type_=Units)
    statement = select(units).where(
        actions.c.workspace_id == scope.workspace_id,
        actions.c.connection_id == row.connection_id,
        actions.c.order_ref == row.order_ref,
        actions.c.kind == row.kind,
        actions.c.currency == row.currency,
        actions.c.id != row.id,
        or_(actions.c.state.in_(COUNTED), actions.c.state == "awaiting_approval"),
        actions.c.payment != "dropped",
    )
    found: Decimal = connection.execute(statement).scalar_one()
    return found


def keep_secret(scope: Scope, connection: Connection, action_id: str, sealed: bytes) -> None:
    connection.execute(
        insert(action_secrets).values(
            workspace_id=scope.workspace_id, action_id=action_id, sealed=sealed
        )
    )


def secret(scope: Scope, connection: Connection, action_id: str) -> bytes | None:
    statement = select(action_secrets.c.sealed).where(
        action_secrets.c.workspace_id == scope.workspace_id,
        action_secrets.c.action_id == action_id,
    )
    found: bytes | None = connection.execute(statement).scalar()
    return found


def erase_secret(scope: Scope, connection: Connection, action_id: str) -> None:
    connection.execute(
        delete(action_secrets).where(
            action_secrets.c.workspace_id == scope.workspace_id,
            action_secrets.c.action_id == action_id,
        )
    )


def erase_ended(scope: Scope, connection: Connection) -> None:
    """Of actions that came to their end without anybody closing them."""
    ended = select(actions.c.id).where(
        actions.c.workspace_id == scope.workspace_id,
        or_(
            actions.c.state.in_(("expired", "refused", "not_done")),
            (actions.c.state == "done") & (actions.c.payment != "due"),
        ),
    )
    connection.execute(
        delete(action_secrets).where(
            action_secrets.c.workspace_id == scope.workspace_id,
            action_secrets.c.action_id.in_(ended),
        )
    )
