"""What waits for somebody, so that nobody waits in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.actions import ledger
from plugin.actions.console import ConsoleSeat
from plugin.actions.launch import OVERDUE, Seat
from plugin.actions.overseer import Overseer
from plugin.actions.views import ActionView, show
from plugin.db import approvals, people
from plugin.db import connections as installed
from plugin.db.session import Scope
from plugin.domain.actions import ActionState
from plugin.domain.identity import normal_email
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
    agent_id: str
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


def at_console(services: Services, seat: ConsoleSeat) -> Inbox:
    """The same for an account, without what its person asked for at any seat; empty for who may
    not act on it."""
    if seat.role not in OVERSEEING:
        return Inbox(items=(), broken=())
    with services.database.reading() as connection:
        agents = people.agent_rows(seat.scope, connection)
        shops = installed.connection_rows(seat.scope, connection)
    own = {agent.id for agent in agents if agent.email and agent.email == normal_email(seat.email)}
    items = tuple(
        item
        for item in waiting(services, seat.scope)
        if item.state != "awaiting_approval" or item.agent_id not in own
    )
    broken = tuple(
        (shop.id, shop.failing_since, shop.failure_code)
        for shop in shops
        if shop.lives and shop.failing_since is not None
    )
    return Inbox(items=items, broken=broken)


def one(services: Services, who: Overseer, action_id: str) -> ActionView:
    """Any action of the workspace, as who oversees it sees it. Raises NotFound, Forbidden."""
    if who.role not in OVERSEEING:
        raise Forbidden("role_forbids")
    with services.database.reading() as connection:
        row = ledger.must_get(who.scope, connection, action_id)
    return show(services, who, row)


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
            agent_id=row.agent_id,
            agent_name=row.agent_name,
            since=began(row),
        )
        for row in rows
    )
