"""What the panel reads from the mirror: few statements, prepared once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
)

from plugin.db.session import Scope
from plugin.db.tables import (
    actions,
    contact_points,
    customers,
    orders,
    product_terms,
    products,
)
from plugin.db.types import Units

_MATCHES = (
    select(
        contact_points.c.kind,
        contact_points.c.value,
        contact_points.c.connection_id,
        contact_points.c.holder,
        contact_points.c.order_ref,
        customers.c.doc,
        customers.c.version,
        customers.c.fetched_at,
    )
    .outerjoin(
        customers,
        and_(
            customers.c.workspace_id == contact_points.c.workspace_id,
            customers.c.connection_id == contact_points.c.connection_id,
            customers.c.holder == contact_points.c.holder,
            customers.c.deleted.is_(False),
        ),
    )
    .where(
        contact_points.c.workspace_id == bindparam("workspace_id"),
        tuple_(contact_points.c.kind, contact_points.c.value).in_(
            bindparam("points", expanding=True)
        ),
    )
    .distinct()
    .limit(200)
)


def matches(
    scope: Scope, connection: Connection, points: Sequence[tuple[str, str]]
) -> Sequence[Any]:
    """Everything these exact contact points open, with the customer where there is one."""
    if not points:
        return ()
    return connection.execute(
        _MATCHES, {"workspace_id": scope.workspace_id, "points": list(points)}
    ).all()


_ZERO = literal(Decimal(0), Units())
_OPENED = or_(
    tuple_(orders.c.connection_id, orders.c.holder).in_(bindparam("holders", expanding=True)),
    tuple_(orders.c.connection_id, orders.c.ref).in_(bindparam("refs", expanding=True)),
)
_MINE = and_(
    orders.c.workspace_id == bindparam("workspace_id"), orders.c.deleted.is_(False), _OPENED
)
_newest_action = (
    select(actions.c.id)
    .where(
        actions.c.workspace_id == orders.c.workspace_id,
        actions.c.connection_id == orders.c.connection_id,
        actions.c.order_ref == orders.c.ref,
        actions.c.state.not_in(("previewed", "expired")),
    )
    .order_by(actions.c.created_at.desc())
    .limit(1)
    .correlate(orders)
    .scalar_subquery()
)
_WITH_ACTION = select(
    orders.c.connection_id,
    orders.c.holder,
    orders.c.ref,
    orders.c.number,
    orders.c.placed_at,
    orders.c.doc,
    orders.c.version,
    orders.c.fetched_at,
    actions.c.id.label("action_id"),
    actions.c.state.label("action_state"),
).outerjoin(
    actions,
    and_(actions.c.workspace_id == orders.c.workspace_id, actions.c.id == _newest_action),
)
_NEWEST = (
    _WITH_ACTION.where(_MINE)
    .order_by(orders.c.placed_at.desc(), orders.c.ref.desc())
    .limit(bindparam("limit"))
)
_ONE = _WITH_ACTION.where(
    orders.c.workspace_id == bindparam("workspace_id"),
    orders.c.connection_id == bindparam("connection_id"),
    orders.c.ref == bindparam("ref"),
    orders.c.deleted.is_(False),
)
_TOTALS = (
    select(
        orders.c.currency,
        func.count().label("orders"),
        func.sum(case((orders.c.cancelled.is_(False), orders.c.total), else_=_ZERO)).label(
            "amount"
        ),
    )
    .where(_MINE)
    .group_by(orders.c.currency)
)


def _opened(
    scope: Scope, holders: Sequence[tuple[str, str]], refs: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    return {"workspace_id": scope.workspace_id, "holders": list(holders), "refs": list(refs)}


def newest_orders(
    scope: Scope,
    connection: Connection,
    holders: Sequence[tuple[str, str]],
    refs: Sequence[tuple[str, str]],
    limit: int,
) -> Sequence[Any]:
    """Newest first, with the newest action of ours on each."""
    parameters = {**_opened(scope, holders, refs), "limit": limit}
    return connection.execute(_NEWEST, parameters).all()


def order_totals(
    scope: Scope,
    connection: Connection,
    holders: Sequence[tuple[str, str]],
    refs: Sequence[tuple[str, str]],
) -> Sequence[Any]:
    """Count and sum per currency over all of them; cancelled ones count without their sum."""
    return connection.execute(_TOTALS, _opened(scope, holders, refs)).all()


def one_order(scope: Scope, connection: Connection, connection_id: str, ref: str) -> Any:
    """One order with its newest action; deleted ones are gone."""
    parameters = {"workspace_id": scope.workspace_id, "connection_id": connection_id, "ref": ref}
    row: Any = connection.execute(_ONE, parameters).first()
    return row


def find_products(
    scope: Scope, connection: Connection, words: Sequence[str], limit: int
) -> Sequence[Any]:
    """Products in which every word begins some term."""
    statement = select(products.c.connection_id, products.c.doc, products.c.fetched_at).where(
        products.c.workspace_id == scope.workspace_id, products.c.active.is_(True)
    )
    for word in words:
        begun = select(product_terms.c.ref).where(
            product_terms.c.workspace_id == scope.workspace_id,
            product_terms.c.connection_id == products.c.connection_id,
            product_terms.c.ref == products.c.ref,
            product_terms.c.term.startswith(word, autoescape=True),
        )
        statement = statement.where(begun.exists())
    statement = statement.order_by(products.c.connection_id, products.c.ref).limit(limit)
    return connection.execute(statement).all()
