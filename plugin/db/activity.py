"""What was done, looked for: actions by who, what, when, where."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from plugin.db.ledger import ActionRow, action_of
from plugin.db.session import Scope
from plugin.db.tables import actions


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Empty parts ask for nothing. `agent` is an id or a part of a name, `order` a number or the
    shop's own reference; `until` is excluded."""

    since: datetime | None = None
    until: datetime | None = None
    agent: str = ""
    kind: str = ""
    state: str = ""
    order: str = ""
    shop: str = ""

    @property
    def of_actions(self) -> bool:
        """Whether it asks for more than a span of time."""
        return any((self.agent, self.kind, self.state, self.order, self.shop))


def page(
    scope: Scope, connection: Connection, wanted: Wanted, after: ActionRow | None, limit: int
) -> list[ActionRow]:
    """The newest first, previews that nobody confirmed left out; those older than `after`."""
    statement = select(actions).where(
        actions.c.workspace_id == scope.workspace_id,
        actions.c.state.not_in(("previewed", "expired")),
        *_about(wanted),
        *_when(wanted),
    )
    if after is not None:
        at, id_ = actions.c.created_at, actions.c.id
        older = and_(at == after.created_at, id_ < after.id)
        statement = statement.where(or_(at < after.created_at, older))
    newest = statement.order_by(actions.c.created_at.desc(), actions.c.id.desc()).limit(limit)
    return [action_of(row) for row in connection.execute(newest)]


def ids(scope: Scope, connection: Connection, wanted: Wanted) -> Sequence[str]:
    """Of all times: their steps are asked by their own."""
    statement = select(actions.c.id).where(
        actions.c.workspace_id == scope.workspace_id, *_about(wanted)
    )
    return connection.execute(statement).scalars().all()


def numbers(scope: Scope, connection: Connection, wanted: Wanted) -> dict[str, str]:
    """The number of the order of each action, by the action's id."""
    statement = select(actions.c.id, actions.c.order_number).where(
        actions.c.workspace_id == scope.workspace_id, *_about(wanted)
    )
    return {row.id: row.order_number for row in connection.execute(statement)}


def _about(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.kind:
        yield actions.c.kind == wanted.kind
    if wanted.state:
        yield actions.c.state == wanted.state
    if wanted.shop:
        yield actions.c.connection_id == wanted.shop
    if wanted.order:
        bare = wanted.order.lstrip("#")
        spellings = (wanted.order, bare, f"#{bare}")
        yield or_(actions.c.order_number.in_(spellings), actions.c.order_ref == wanted.order)
    if wanted.agent:
        named = actions.c.agent_name.icontains(wanted.agent, autoescape=True)
        yield or_(actions.c.agent_id == wanted.agent, named)


def _when(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield actions.c.created_at >= wanted.since
    if wanted.until is not None:
        yield actions.c.created_at < wanted.until
