"""Where one person's data lies, and taking it away: in the mirror of one shop, and in what is
kept for a while about conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, select, update

from plugin.db.mirror import add_points, customer_holder
from plugin.db.session import Scope
from plugin.db.statements import Point
from plugin.db.tables import (
    action_secrets,
    actions,
    approvals,
    contact_points,
    customers,
    deliveries,
    journal,
    links,
    lookups,
    orders,
    panel_sessions,
)

BLANK = b"{}"
_CHUNK = 500
_PAST = ("done", "refused", "not_done")
_NEVER_ASKED = ("previewed", "expired")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One person in one shop: accounts, what opens them, and orders."""

    connection_id: str
    customer_refs: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    order_refs: tuple[str, ...] = ()

    @property
    def holders(self) -> tuple[str, ...]:
        return (
            *(customer_holder(ref) for ref in self.customer_refs),
            *("e:" + email for email in self.emails),
            *("p:" + phone for phone in self.phones),
        )


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]


# -- finding


def accounts_with(
    scope: Scope, connection: Connection, connection_id: str, emails: Sequence[str]
) -> list[str]:
    """Refs of customers with one of these addresses."""
    owners = _owners(scope, connection, connection_id, "email", emails, "customer:")
    return [owner.removeprefix("customer:") for owner in owners]


def orders_with(
    scope: Scope, connection: Connection, connection_id: str, emails: Sequence[str]
) -> list[str]:
    """Refs of orders with one of these addresses, whoever placed them."""
    owners = _owners(scope, connection, connection_id, "email", emails, "order:")
    return [owner.removeprefix("order:") for owner in owners]


def _owners(
    scope: Scope, connection: Connection, connection_id: str, kind: str, values: Sequence[str],
    prefix: str,
) -> list[str]:  # fmt: skip
    statement = select(contact_points.c.owner).where(
        contact_points.c.workspace_id == scope.workspace_id,
        contact_points.c.connection_id == connection_id,
        contact_points.c.kind == kind,
        contact_points.c.value.in_(values),
        contact_points.c.owner.startswith(prefix, autoescape=True),
    )
    return list(connection.execute(statement.distinct()).scalars())


def points_of(
    scope: Scope, connection: Connection, connection_id: str, customer_refs: Sequence[str]
) -> list[tuple[str, str]]:
    """(kind, value) of what opens these accounts."""
    owners = ["customer:" + ref for ref in customer_refs]
    statement = select(contact_points.c.kind, contact_points.c.value).where(
        contact_points.c.workspace_id == scope.workspace_id,
        contact_points.c.connection_id == connection_id,
        contact_points.c.owner.in_(owners),
    )
    return [(row.kind, row.value) for row in connection.execute(statement)]


def orders_held_by(
    scope: Scope, connection: Connection, connection_id: str, holders: Sequence[str]
) -> list[str]:
    statement = select(orders.c.ref).where(
        orders.c.workspace_id == scope.workspace_id,
        orders.c.connection_id == connection_id,
        orders.c.holder.in_(holders),
    )
    return list(connection.execute(statement).scalars())


def documents(
    scope: Scope, connection: Connection, table: Table, connection_id: str, refs: Sequence[str]
) -> list[Any]:
    """Rows of orders or customers, deleted ones too."""
    keyed = table.c.ref.in_(refs)
    if table is customers:
        keyed = customers.c.holder.in_([customer_holder(ref) for ref in refs])
    statement = select(table).where(
        table.c.workspace_id == scope.workspace_id,
        table.c.connection_id == connection_id,
        keyed,
    )
    return list(connection.execute(statement))


def links_of(scope: Scope, connection: Connection, trace: Trace) -> list[Any]:
    statement = select(links).where(
        links.c.workspace_id == scope.workspace_id,
        links.c.connection_id == trace.connection_id,
        links.c.holder.in_(trace.holders),
    )
    return list(connection.execute(statement))


def actions_on(
    scope: Scope, connection: Connection, connection_id: str, refs: Sequence[str] | None
) -> list[Any]:
    """What was done to these orders (None = to any of the shop), previews left out."""
    statement = select(actions).where(
        actions.c.workspace_id == scope.workspace_id,
        actions.c.connection_id == connection_id,
        actions.c.state.not_in(_NEVER_ASKED),
        *([actions.c.order_ref.in_(refs)] if refs is not None else []),
    )
    return list(connection.execute(statement.order_by(actions.c.created_at)))


def unfinished(
    scope: Scope, connection: Connection, connection_id: str, refs: Sequence[str] | None = None
) -> list[Any]:
    """Actions whose outcome is not final, or whose money is still on its way."""
    found = actions_on(scope, connection, connection_id, refs)
    return [row for row in found if row.state not in _PAST or row.due is not None]


def journal_facts(scope: Scope, connection: Connection, connection_id: str) -> Iterator[Any]:
    """(sequence, facts) of entries about a shop, streamed."""
    statement = select(journal.c.sequence, journal.c.facts).where(
        journal.c.workspace_id == scope.workspace_id,
        journal.c.facts.contains(f'"connection":"{connection_id}"', autoescape=True),
    )
    yield from connection.execute(statement.execution_options(yield_per=500))


def conversations(scope: Scope, connection: Connection) -> Iterator[tuple[Table, str, bytes]]:
    """(table, subject_key, identifiers in JSON) of look-ups and open panels."""
    for table, column in ((lookups, lookups.c.request), (panel_sessions, panel_sessions.c.context)):
        statement = select(table.c.subject_key, column.label("text")).where(
            table.c.workspace_id == scope.workspace_id
        )
        for row in connection.execute(statement.distinct()).all():
            yield table, row.subject_key, row.text


# -- erasing


def for_good(connection: Connection) -> None:
    """What this connection deletes from now on is overwritten with zeros in the file, where a
    deleted row would else lie about until its page is needed. PostgreSQL has its VACUUM."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def blank_customers(
    scope: Scope, connection: Connection, connection_id: str, refs: Sequence[str], now: datetime
) -> int:
    """They stay as stones without a word, so that no answer from before brings them back."""
    result = connection.execute(
        update(customers)
        .where(
            customers.c.workspace_id == scope.workspace_id,
            customers.c.connection_id == connection_id,
            customers.c.holder.in_([customer_holder(ref) for ref in refs]),
        )
        .values(doc=BLANK, deleted=True, fetched_at=now, version=customers.c.version + 1)
    )
    return result.rowcount


def blank_orders(
    scope: Scope, connection: Connection, connection_id: str, rows: Sequence[Any],
    bare: Callable[[bytes], bytes | None], now: datetime,
) -> int:  # fmt: skip
    """Orders keep what was bought and paid (`bare` takes the person out of a document, None if it
    cannot be read); nobody holds them, and only their number opens them."""
    for row in rows:
        doc = None if row.deleted else bare(row.doc)
        connection.execute(
            update(orders)
            .where(
                orders.c.workspace_id == scope.workspace_id,
                orders.c.connection_id == connection_id,
                orders.c.ref == row.ref,
            )
            .values(
                holder="o:" + row.ref, doc=doc or BLANK, deleted=doc is None, fetched_at=now,
                version=orders.c.version + 1,
            )
        )  # fmt: skip
    points = [
        Point("number", row.number, "order:" + row.ref, "o:" + row.ref, row.ref)
        for row in rows
        if row.number and not row.deleted
    ]
    remove_points(scope, connection, connection_id, ["order:" + row.ref for row in rows])
    add_points(scope, connection, connection_id, points)
    return len(rows)


def remove_points(
    scope: Scope, connection: Connection, connection_id: str, owners: Sequence[str]
) -> None:
    connection.execute(
        delete(contact_points).where(
            contact_points.c.workspace_id == scope.workspace_id,
            contact_points.c.connection_id == connection_id,
            contact_points.c.owner.in_(owners),
        )
    )


def remove_links(scope: Scope, connection: Connection, trace: Trace) -> int:
    """Links that colleagues made to this person, and what opens by them."""
    points = delete(contact_points).where(
        contact_points.c.workspace_id == scope.workspace_id,
        contact_points.c.connection_id == trace.connection_id,
    )
    connection.execute(points.where(contact_points.c.holder.in_(trace.holders)))
    for refs in chunks(trace.order_refs):
        linked = and_(contact_points.c.kind == "link", contact_points.c.order_ref.in_(refs))
        connection.execute(points.where(linked))
    result = connection.execute(
        delete(links).where(
            links.c.workspace_id == scope.workspace_id,
            links.c.connection_id == trace.connection_id,
            links.c.holder.in_(trace.holders),
        )
    )
    return result.rowcount


def remove_conversations(
    scope: Scope, connection: Connection, table: Table, subject_keys: Sequence[str]
) -> int:
    """Look-ups or open panels; an agent who has one open opens the conversation again."""
    result = connection.execute(
        delete(table).where(
            table.c.workspace_id == scope.workspace_id, table.c.subject_key.in_(subject_keys)
        )
    )
    return result.rowcount


def blank_actions(
    scope: Scope, connection: Connection, connection_id: str, refs: Sequence[str] | None = None
) -> int:
    """What was typed and shown goes; amounts, states and references stay. Previews go whole."""
    here = (
        actions.c.workspace_id == scope.workspace_id,
        actions.c.connection_id == connection_id,
        *([actions.c.order_ref.in_(refs)] if refs is not None else []),
    )
    never = select(actions.c.id).where(*here, actions.c.state.in_(_NEVER_ASKED))
    connection.execute(
        delete(action_secrets).where(
            action_secrets.c.workspace_id == scope.workspace_id,
            action_secrets.c.action_id.in_(never),
        )
    )
    connection.execute(delete(actions).where(*here, actions.c.state.in_(_NEVER_ASKED)))
    result = connection.execute(
        update(actions)
        .where(*here, actions.c.state.in_(_PAST), actions.c.due.is_(None))
        .values(plan=BLANK, parameters={}, receipt=None, conversation="", link="", customer_key="")
    )
    past = select(actions.c.id).where(*here, actions.c.plan == BLANK)
    connection.execute(
        update(approvals)
        .where(approvals.c.workspace_id == scope.workspace_id, approvals.c.action_id.in_(past))
        .values(comment="", reason="")
    )
    return result.rowcount


def blank_deliveries(
    scope: Scope, connection: Connection, connection_id: str, kind: str, refs: Sequence[str]
) -> None:
    connection.execute(
        update(deliveries)
        .where(
            deliveries.c.workspace_id == scope.workspace_id,
            deliveries.c.connection_id == connection_id,
            deliveries.c.kind == kind,
            deliveries.c.ref.in_(refs),
        )
        .values(body=None)
    )
