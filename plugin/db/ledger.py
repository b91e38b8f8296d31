"""Rows of actions. The partial unique index `ux_actions_one_open` is the lock on an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from plugin.db.session import Scope
from plugin.db.tables import actions
from plugin.db.tables_ledger import UNTOLD
from plugin.domain.actions import OPEN, TELLING, ActionState, may_move


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """One action as stored; `plan` is the frozen preview in JSON."""

    id: str
    kind: str
    connection_id: str
    order_ref: str
    order_number: str
    state: ActionState
    code: str
    parameters: Mapping[str, Any]
    plan: bytes
    amount: Decimal
    currency: str
    idempotency_key: str
    reference: str
    receipt: Mapping[str, Any] | None
    payment: str
    external_ref: str
    agent_id: str
    agent_name: str
    install_id: str
    conversation: str
    evidence: str
    answerable_id: str
    customer_key: str
    created_at: datetime
    expires_at: datetime
    requested_at: datetime | None
    call_started_at: datetime | None
    due: datetime | None
    finished_at: datetime | None
    attempts: int
    untold: bool = False
    link: str = ""


def add(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(actions).values(workspace_id=scope.workspace_id, **values))


def get(
    scope: Scope, connection: Connection, action_id: str, *, lock: bool = False
) -> ActionRow | None:
    """`lock` keeps the row as it was read until the transaction ends."""
    statement = select(actions).where(
        actions.c.workspace_id == scope.workspace_id, actions.c.id == action_id
    )
    row = connection.execute(statement.with_for_update() if lock else statement).first()
    return action_of(row) if row else None


def move(
    scope: Scope,
    connection: Connection,
    action_id: str,
    before: ActionState,
    after: ActionState,
    **values: object,
) -> bool:
    """One step of the life cycle if the row is still in `before`; False if it is not.
    Raises IntegrityError when the order is locked by another open action. What its agent should
    hear of stays `untold` until it was shown to them."""
    if not may_move(before, after):
        raise ValueError(f"no step from {before} to {after}")
    statement = (
        update(actions)
        .where(
            actions.c.workspace_id == scope.workspace_id,
            actions.c.id == action_id,
            actions.c.state == before,
        )
        .values(state=after, untold=after in TELLING, **values)
    )
    return connection.execute(statement).rowcount == 1


def claim(scope: Scope, connection: Connection, action_id: str, due: datetime) -> bool | None:
    """`requested` to `performing`: True = ours, False = somebody took it, None = the order is
    locked by another action."""
    try:
        with connection.begin_nested():
            return move(scope, connection, action_id, "requested", "performing", due=due)
    except IntegrityError:
        return None


def start_call(
    scope: Scope, connection: Connection, claimed: ActionRow, now: datetime, due: datetime
) -> bool:
    """Writes down that the call leaves now; False if the claim is no longer ours (its `due`
    is the token of the claim)."""
    values = {"call_started_at": now, "due": due, "attempts": 0}
    return _change_unsent(scope, connection, claimed, values)


def refuse_unsent(
    scope: Scope, connection: Connection, claimed: ActionRow, now: datetime, **values: object
) -> bool:
    """Ends a claim whose call never left; False if the claim is no longer ours: another worker
    may be in its call by now, and this refusal says nothing about that."""
    ended = {"state": "refused", "untold": True, "due": None, "finished_at": now, **values}
    return _change_unsent(scope, connection, claimed, ended)


def _change_unsent(
    scope: Scope, connection: Connection, claimed: ActionRow, values: Mapping[str, object]
) -> bool:
    statement = (
        update(actions)
        .where(
            actions.c.workspace_id == scope.workspace_id,
            actions.c.id == claimed.id,
            actions.c.state == "performing",
            actions.c.call_started_at.is_(None),
            actions.c.due == claimed.due,
        )
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


def change(scope: Scope, connection: Connection, action_id: str, **values: object) -> None:
    """Columns beside the state."""
    connection.execute(
        update(actions)
        .where(actions.c.workspace_id == scope.workspace_id, actions.c.id == action_id)
        .values(**values)
    )


def postpone(
    scope: Scope, connection: Connection, action_id: str, seen_due: datetime, next_due: datetime
) -> bool:
    """Moves the due time forward; False if another worker did so first."""
    return _move_due(scope, connection, action_id, seen_due, {"due": next_due})


def take_due(
    scope: Scope, connection: Connection, action_id: str, seen_due: datetime, next_due: datetime
) -> bool:
    """Same, and counts one attempt."""
    values = {"due": next_due, "attempts": actions.c.attempts + 1}
    return _move_due(scope, connection, action_id, seen_due, values)


def _move_due(
    scope: Scope,
    connection: Connection,
    action_id: str,
    seen_due: datetime,
    values: Mapping[str, Any],
) -> bool:
    statement = (
        update(actions)
        .where(
            actions.c.workspace_id == scope.workspace_id,
            actions.c.id == action_id,
            actions.c.due == seen_due,
        )
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


def tell(scope: Scope, connection: Connection, action_id: str) -> bool:
    """True for the one who shows it: how it stands now is told once."""
    changed = connection.execute(
        update(actions)
        .where(
            actions.c.workspace_id == scope.workspace_id,
            actions.c.id == action_id,
            actions.c.untold.is_(True),
        )
        .values(untold=False)
    )
    return changed.rowcount == 1


def forget_untold(scope: Scope, connection: Connection, before: datetime) -> None:
    """What nobody came back for is no news any more."""
    connection.execute(
        update(actions)
        .where(
            actions.c.workspace_id == scope.workspace_id,
            text(f"actions.{UNTOLD}"),
            actions.c.requested_at < before,
        )
        .values(untold=False)
    )


def expire_previews(scope: Scope, connection: Connection, now: datetime) -> None:
    """Previews that nobody confirmed; nothing was asked of a shop, so the journal is silent."""
    connection.execute(
        update(actions)
        .where(
            actions.c.workspace_id == scope.workspace_id,
            actions.c.state == "previewed",
            actions.c.expires_at < now,
        )
        .values(state="expired", finished_at=now)
    )


def open_on_order(
    scope: Scope, connection: Connection, connection_id: str, order_ref: str
) -> ActionRow | None:
    """The action that holds the order, if any."""
    statement = select(actions).where(
        actions.c.workspace_id == scope.workspace_id,
        actions.c.connection_id == connection_id,
        actions.c.order_ref == order_ref,
        actions.c.exclusive.is_(True),
        actions.c.state.in_(OPEN),
    )
    row = connection.execute(statement).first()
    return action_of(row) if row else None


def of_order(
    scope: Scope, connection: Connection, connection_id: str, order_ref: str
) -> list[ActionRow]:
    """Newest first, previews left out."""
    statement = (
        select(actions)
        .where(
            actions.c.workspace_id == scope.workspace_id,
            actions.c.connection_id == connection_id,
            actions.c.order_ref == order_ref,
            actions.c.state.not_in(("previewed", "expired")),
        )
        .order_by(actions.c.created_at.desc())
    )
    return [action_of(row) for row in connection.execute(statement)]


def recent(scope: Scope, connection: Connection, limit: int) -> list[ActionRow]:
    statement = (
        select(actions)
        .where(actions.c.workspace_id == scope.workspace_id)
        .order_by(actions.c.created_at.desc())
        .limit(limit)
    )
    return [action_of(row) for row in connection.execute(statement)]


def due_everywhere(connection: Connection, now: datetime, limit: int) -> Sequence[Any]:
    """(workspace_id, action_id, state, due) of what waits for a worker, over all workspaces."""
    statement = (
        select(actions.c.workspace_id, actions.c.id, actions.c.state, actions.c.due)
        .where(actions.c.due <= now)
        .order_by(actions.c.due)
        .limit(limit)
    )
    return connection.execute(statement).all()


def action_of(row: Row[Any]) -> ActionRow:
    """A row of the whole table."""
    values = row._mapping
    return ActionRow(**{name: values[name] for name in ActionRow.__slots__})
