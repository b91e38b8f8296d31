"""What waits for somebody, so that nobody waits in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.actions.launch import OVERDUE, Seat
from plugin.db import approvals
from plugin.db.session import Scope
from plugin.domain.actions import ActionState
from plugin.domain.money import Money
from plugin.domain.policy import OVERSEEING
from plugin.errors import Forbidden
from plugin.services import Services

MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An action that waits; `since` when it began to."""

    id: str
    kind: str
    state: ActionState
    connection_id: str
    order_number: str
    amount: Money
    agent_name: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """`items` the oldest first; `broken` are the shops that do not answer: id, since, code."""

    items: tuple[Item, ...]
    broken: tuple[tuple[str, datetime, str], ...]


def began(row: Any) -> datetime:
    """Since when it waits: asked, sent, or owed."""
    by_state = {"awaiting_approval": row.asked_at, "done": row.finished_at}
    since: datetime = by_state.get(row.state) or row.call_started_at
    return since


def inbox(services: Services, seat: Seat) -> Inbox:
    """Raises Forbidden("role_forbids") for who may not act on it."""
    if seat.role not in OVERSEEING:
        raise Forbidden("role_forbids")
    broken = tuple(
        (shop.id, shop.failing_since, shop.failure_code)
        for shop in seat.connections
        if shop.failing_since is not None
    )
    items = waiting(services, seat.scope, seat.agent_id)
    return Inbox(items=items, broken=broken)


def waiting(services: Services, scope: Scope, agent_id: str = "") -> tuple[Item, ...]:
    """What somebody must act on, but for approvals that `agent_id` asked for."""
    overdue = services.clock() - OVERDUE
    with services.database.reading() as connection:
        rows = approvals.waiting(scope, connection, overdue, agent_id, MOST)
    return tuple(
        Item(
            id=row.id,
            kind=row.kind,
            state=row.state,
            connection_id=row.connection_id,
            order_number=row.order_number,
            amount=Money(row.amount, row.currency),
            agent_name=row.agent_name,
            since=began(row),
        )
        for row in rows
    )
