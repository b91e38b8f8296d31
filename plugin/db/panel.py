"""What the panel reads from the mirror: few statements, each compiled once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    or_,
    select,
    type_coerce,
    union_all,
)

from plugin.db import mirror
from plugin.db.prepared import Prepared
from plugin.db.session import Scope
from plugin.db.tables import (
    actions,
    contact_points,
    customers,
    orders,
    product_terms,
    products,
)
from plugin.db.types import from_units

Keys = Sequence[tuple[str, str]]
MOST_MATCHES = 200


def matches(
    scope: Scope, connection: Connection, points: Sequence[tuple[str, str]]
) -> Sequence[Any]:
    """Everything these exact contact points open, with the customer where there is one; what
    opens a whole holder comes first."""
    if not points:
        return ()
    values: dict[str, object] = {"workspace_id": scope.workspace_id}
    for number, (kind, value) in enumerate(points):
        values[f"kind_{number}"], values[f"value_{number}"] = kind, value
    return _matches(len(points)).rows(connection, values)


@lru_cache(maxsize=64)
def _matches(count: int) -> Prepared:
    """A part for each point: of a list of them SQLite may read the whole workspace."""
    point = contact_points.c
    shown = (point.kind, point.value, point.connection_id, point.holder, point.order_ref)
    parts = (
        select(*shown).where(
            point.workspace_id == bindparam("workspace_id"),
            point.kind == bindparam(f"kind_{number}"),
            point.value == bindparam(f"value_{number}"),
            or_(point.order_ref == _NONE, ~_opens_whole()),
        )
        for number in range(count)
    )
    found = union_all(*parts).subquery("found")
    here = and_(
        found.c.order_ref == _NONE,
        customers.c.workspace_id == bindparam("workspace_id"),
        customers.c.connection_id == found.c.connection_id,
        customers.c.holder == found.c.holder,
        customers.c.deleted.is_(False),
    )
    return Prepared(
        select(found, customers.c.doc, customers.c.version, customers.c.fetched_at)
        .select_from(found)
        .outerjoin(customers, here)
        .distinct()
        .order_by(found.c.order_ref)
        .limit(literal_column(str(MOST_MATCHES)))
    )


def _opens_whole() -> ColumnElement[bool]:
    """Whether the point also belongs to the order's customer: their own address stands on every
    order of theirs, which need not be named one by one."""
    own = contact_points.alias("own")
    owner = _OWNER.op("||")(func.substr(contact_points.c.holder, literal_column("3")))
    return (
        select(own.c.owner)
        .where(
            own.c.workspace_id == contact_points.c.workspace_id,
            own.c.kind == contact_points.c.kind,
            own.c.value == contact_points.c.value,
            own.c.connection_id == contact_points.c.connection_id,
            own.c.owner == owner,
        )
        .correlate(contact_points)
        .exists()
    )


_NONE: ColumnElement[str] = literal_column("''")
_OWNER: ColumnElement[str] = literal_column("'customer:'")  # and what follows "c:" in the holder


_SHOWN = (
    orders.c.connection_id,
    orders.c.holder,
    orders.c.ref,
    orders.c.number,
    # as stored: what the caller needs of 20 rows it converts itself
    type_coerce(orders.c.placed_at, BigInteger).label("placed_at"),
    orders.c.doc,
    orders.c.version,
    type_coerce(orders.c.fetched_at, BigInteger).label("fetched_at"),
    orders.c.currency,
    type_coerce(orders.c.total, BigInteger).label("units"),
    type_coerce(orders.c.cancelled, Integer).label("cancelled"),
)


def newest_orders(
    scope: Scope, connection: Connection, holders: Keys, refs: Keys, limit: int
) -> Sequence[Any]:
    """Newest first, with the newest action of ours on each. No order of `refs` may belong to one
    of `holders`."""
    values, shape = _wanted(scope, holders, refs)
    values["limit"] = limit
    return _newest(*shape).rows(connection, values)


def order_totals(
    scope: Scope, connection: Connection, holders: Keys, refs: Keys
) -> Sequence[tuple[str, int, Decimal]]:
    """Currency, count and sum over all of them; cancelled ones count without their sum."""
    values, shape = _wanted(scope, holders, refs)
    found = _totals(*shape).rows(connection, values)
    return [(row.currency, row.number, from_units(int(row.units))) for row in found]


Shape = tuple[int, tuple[int, ...]]


def _wanted(scope: Scope, holders: Keys, refs: Keys) -> tuple[dict[str, object], Shape]:
    """Parameters, and how many holders and how many orders in each shop they are for. Numbers of
    orders are filled up to powers of two, so that few statements exist."""
    values: dict[str, object] = {"workspace_id": scope.workspace_id}
    for number, (shop, holder) in enumerate(holders):
        values[f"holder_shop_{number}"], values[f"holder_{number}"] = shop, holder
    sizes = []
    for place, (shop, count) in enumerate(Counter(shop for shop, _ in refs).items()):
        mine = [ref for owner, ref in refs if owner == shop]
        size = 1 << (count - 1).bit_length()
        values[f"ref_shop_{place}"] = shop
        for number in range(size):
            values[f"ref_{place}_{number}"] = mine[min(number, count - 1)]
        sizes.append(size)
    return values, (len(holders), tuple(sizes))


@lru_cache(maxsize=128)
def _newest(holders: int, refs: tuple[int, ...]) -> Prepared:
    """Each holder's newest come straight from the clustered key; only they are sorted."""
    conditions = _conditions(holders, refs)
    mine: Any = orders
    if len(conditions) > 1:
        parts = (select(*_SHOWN).where(condition) for condition in conditions)
        newest = [part.order_by(*_LATEST).limit(bindparam("limit")) for part in parts]
        mine = union_all(*(select(part.subquery()) for part in newest)).subquery("mine")
    newest_action = (
        select(actions.c.id)
        .where(
            actions.c.workspace_id == bindparam("workspace_id"),
            actions.c.connection_id == mine.c.connection_id,
            actions.c.order_ref == mine.c.ref,
            actions.c.state.not_in([literal_column(text) for text in _UNSEEN]),
        )
        .order_by(actions.c.created_at.desc())
        .limit(literal_column("1"))
        .correlate(mine)
        .scalar_subquery()
    )
    own = and_(actions.c.workspace_id == bindparam("workspace_id"), actions.c.id == newest_action)
    columns = mine.c if len(conditions) > 1 else _SHOWN
    shown = select(
        *columns,
        actions.c.id.label("action_id"),
        _state_shown().label("action_state"),
    )
    if len(conditions) == 1:  # the usual case: read in order, nothing to sort
        shown = shown.where(conditions[0])
    return Prepared(
        shown.select_from(mine)
        .outerjoin(actions, own)
        .order_by(mine.c.placed_at.desc(), mine.c.ref.desc())
        .limit(bindparam("limit"))
    )


def _state_shown() -> ColumnElement[str]:
    """What a person still has to pay is "owed": done here, not for the customer."""
    owed = and_(
        actions.c.state == literal_column("'done'"), actions.c.payment == literal_column("'due'")
    )
    return case((owed, literal_column("'owed'")), else_=actions.c.state)


@lru_cache(maxsize=128)
def _totals(holders: int, refs: tuple[int, ...]) -> Prepared:
    parts = (select(*_SHOWN).where(condition) for condition in _conditions(holders, refs))
    mine = union_all(*parts).subquery("mine")
    kept = case((mine.c.cancelled.is_(False), mine.c.units), else_=literal_column("0"))
    units = func.sum(kept, type_=BigInteger).label("units")
    number = func.count().label("number")
    return Prepared(select(mine.c.currency, number, units).group_by(mine.c.currency))


def _conditions(holders: int, refs: tuple[int, ...]) -> list[ColumnElement[bool]]:
    here = and_(orders.c.workspace_id == bindparam("workspace_id"), orders.c.deleted.is_(False))
    whole = [
        and_(
            here,
            orders.c.connection_id == bindparam(f"holder_shop_{number}"),
            orders.c.holder == bindparam(f"holder_{number}"),
        )
        for number in range(holders)
    ]
    single = [
        and_(
            here,
            orders.c.connection_id == bindparam(f"ref_shop_{place}"),
            orders.c.ref.in_([bindparam(f"ref_{place}_{number}") for number in range(size)]),
        )
        for place, size in enumerate(refs)
    ]
    return [*whole, *single]


_LATEST = (orders.c.placed_at.desc(), orders.c.ref.desc())
_UNSEEN = ("'previewed'", "'expired'")


def one_order(scope: Scope, connection: Connection, connection_id: str, ref: str) -> Any:
    """One order with its newest action; deleted ones are gone."""
    found = newest_orders(scope, connection, (), [(connection_id, ref)], 1)
    return found[0] if found else None


def customer_locale(scope: Scope, connection: Connection, connection_id: str, ref: str) -> str:
    """The language that the customer of an order has in the shop, "" if nobody knows."""
    row = one_order(scope, connection, connection_id, ref)
    customer_ref = mirror.decode_order(row.doc).customer_ref if row else ""
    if not customer_ref:
        return ""
    statement = select(customers.c.doc).where(
        customers.c.workspace_id == scope.workspace_id,
        customers.c.connection_id == connection_id,
        customers.c.holder == mirror.customer_holder(customer_ref),
        customers.c.deleted.is_(False),
    )
    doc = connection.execute(statement).scalar()
    return mirror.decode_customer(doc).locale if doc else ""


def products_of(
    scope: Scope, connection: Connection, connection_id: str, refs: Sequence[str]
) -> Sequence[bytes]:
    """The documents of these products of one shop; what it no longer has is left out."""
    statement = select(products.c.doc).where(
        products.c.workspace_id == scope.workspace_id,
        products.c.connection_id == connection_id,
        products.c.ref.in_(refs),
        products.c.deleted.is_(False),
    )
    return connection.execute(statement).scalars().all()


def find_products(
    scope: Scope,
    connection: Connection,
    shops: Sequence[str],
    words: Sequence[str],
    limit: int,
) -> Sequence[Any]:
    """Products of these shops in which every word begins some term."""
    statement = select(products.c.connection_id, products.c.doc, products.c.fetched_at).where(
        products.c.workspace_id == scope.workspace_id,
        products.c.connection_id.in_(shops),
        products.c.active.is_(True),
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
