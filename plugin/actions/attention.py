"""What waits for somebody, so that nobody waits in silence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
from plugin.db.session import DbConnection, Scope
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
    """`items` the oldest of `count`, in order; `broken` are the shops that do not answer: id,
    since, code."""

    items: tuple[Item, ...]
    broken: tuple[tuple[str, datetime, str], ...]
    count: int


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
    own = [seat.agent_id]
    items = waiting(services, seat.scope, own)
    return Inbox(items=items, broken=broken, count=_count(services, seat.scope, own, items))


def at_console(services: Services, seat: ConsoleSeat) -> Inbox:
    """The same for an account, without what its person asked for at any seat; empty for who may
    not act on it."""
    if seat.role not in OVERSEEING:
        return Inbox(items=(), broken=(), count=0)
    with services.database.reading() as connection:
        own = _own(connection, seat)
        shops = installed.connection_rows(seat.scope, connection)
    items = waiting(services, seat.scope, own)
    broken = tuple(
        (shop.id, shop.failing_since, shop.failure_code)
        for shop in shops
        if shop.lives and shop.failing_since is not None
    )
    return Inbox(items=items, broken=broken, count=_count(services, seat.scope, own, items))


def count_at_console(services: Services, seat: ConsoleSeat) -> int:
    """How many things stand in it."""
    with services.database.reading() as connection:
        own, overdue = _own(connection, seat), services.clock() - OVERDUE
        shops = installed.connection_rows(seat.scope, connection)
        count = approvals.count(seat.scope, connection, overdue, own)
    return count + sum(shop.lives and shop.failing_since is not None for shop in shops)


def _own(connection: DbConnection, seat: ConsoleSeat) -> Collection[str]:
    """Every agent that this person is."""
    agents, email = people.agent_rows(seat.scope, connection), normal_email(seat.email)
    return {agent.id for agent in agents if agent.email and agent.email == email}


def one(services: Services, who: Overseer, action_id: str) -> ActionView:
    """Any action of the workspace, as who oversees it sees it. Raises NotFound, Forbidden."""
    if who.role not in OVERSEEING:
        raise Forbidden("role_forbids")
    with services.database.reading() as connection:
        row = ledger.must_get(who.scope, connection, action_id)
    return show(services, who, row)


def _count(services: Services, scope: Scope, own: Collection[str], items: Sequence[Item]) -> int:
    """Of how many these are the oldest."""
    if len(items) < MOST:
        return len(items)
    with services.database.reading() as connection:
        return approvals.count(scope, connection, services.clock() - OVERDUE, own)


def waiting(services: Services, scope: Scope, own: Collection[str] = ()) -> tuple[Item, ...]:
    """What somebody must act on, but for approvals that `own` agents asked for; the oldest."""
    overdue = services.clock() - OVERDUE
    with services.database.reading() as connection:
        rows = approvals.waiting(scope, connection, overdue, own, MOST)
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
