"""Taking everything of one shop away, a piece at a time: others write in between."""

from __future__ import annotations

from sqlalchemy import Connection, Table, delete, select, tuple_

from plugin.db.session import Scope
from plugin.db.tables import (
    connections,
    contact_points,
    customers,
    deliveries,
    links,
    lookups,
    orders,
    product_terms,
    products,
    reconciliations,
    record_claims,
)

# What opens records goes before the records themselves.
KEPT_OF_A_SHOP = (
    contact_points,
    links,
    lookups,
    product_terms,
    orders,
    customers,
    products,
    deliveries,
    record_claims,
    reconciliations,
)


def remove_some(
    scope: Scope, connection: Connection, table: Table, connection_id: str, limit: int
) -> int:
    """How many rows went; less than `limit` means that none is left."""
    keys = list(table.primary_key.columns)
    some = (
        select(*keys)
        .where(table.c.workspace_id == scope.workspace_id, table.c.connection_id == connection_id)
        .limit(limit)
    )
    statement = delete(table).where(
        table.c.workspace_id == scope.workspace_id, tuple_(*keys).in_(some)
    )
    return connection.execute(statement).rowcount


def remove_connection(scope: Scope, connection: Connection, connection_id: str) -> None:
    """The shop itself. The ways by which its webhooks find this workspace stay: demands of the
    law come later."""
    connection.execute(
        delete(connections).where(
            connections.c.workspace_id == scope.workspace_id, connections.c.id == connection_id
        )
    )
