"""Leases of periodic work, so that two workers do not do it twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from plugin.db.people import upsert
from plugin.db.tables import periodic


def take(
    connection: Connection, name: str, now: datetime, until: datetime, *, again: bool = False
) -> bool:
    """Holds `name` until then; False if somebody else does. `again` moves one's own on."""
    if again:
        connection.execute(update(periodic).where(periodic.c.name == name).values(due=until))
        return True
    statement = upsert(connection, periodic).values(name=name, due=until)
    # RETURNING, as an INSERT has no row count on PostgreSQL
    taken = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["name"], set_={"due": until}, where=periodic.c.due <= now
        ).returning(periodic.c.name)
    )
    return taken.first() is not None


def is_due(connection: Connection, name: str, now: datetime) -> bool:
    """A look without a lock, before `take`."""
    moment = due(connection, name)
    return moment is None or moment <= now


def due(connection: Connection, name: str) -> datetime | None:
    """When it is to be done again; None if it never was."""
    return connection.execute(select(periodic.c.due).where(periodic.c.name == name)).scalar()
