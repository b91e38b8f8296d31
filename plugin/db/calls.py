"""Which shops are being called for somebody who waits, over all processes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from plugin.db.session import Scope
from plugin.db.tables import shop_calls


def begin(
    scope: Scope, connection: Connection, connection_id: str, call_id: str, until: datetime
) -> None:
    connection.execute(
        insert(shop_calls).values(
            workspace_id=scope.workspace_id, connection_id=connection_id, id=call_id, until=until
        )
    )


def end(scope: Scope, connection: Connection, connection_id: str, call_id: str) -> None:
    connection.execute(
        delete(shop_calls).where(
            shop_calls.c.workspace_id == scope.workspace_id,
            shop_calls.c.connection_id == connection_id,
            shop_calls.c.id == call_id,
        )
    )


def under_way(scope: Scope, connection: Connection, connection_id: str, now: datetime) -> bool:
    statement = (
        select(shop_calls.c.id)
        .where(
            shop_calls.c.workspace_id == scope.workspace_id,
            shop_calls.c.connection_id == connection_id,
            shop_calls.c.until > now,
        )
        .limit(1)
    )
    return connection.execute(statement).first() is not None


def forget(scope: Scope, connection: Connection, now: datetime) -> None:
    """Calls whose process did not live to end them."""
    connection.execute(
        delete(shop_calls).where(
            shop_calls.c.workspace_id == scope.workspace_id, shop_calls.c.until <= now
        )
    )
