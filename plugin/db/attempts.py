"""How often somebody guessed, counted for all web processes together. Whom it is about is stored as
a hash alone, under the workspace of nobody."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, delete, select

from plugin.db.people import upsert
from plugin.db.session import NOBODY
from plugin.db.tables import attempts


def count(
    connection: Connection, name: str, now: datetime, until: datetime, amount: int = 1
) -> int:
    """How many there are with these; the first one says when they are forgotten."""
    fresh = {"number": amount, "due": until}
    statement = upsert(connection, attempts).values(**_key(name), **fresh)
    over = attempts.c.due <= now
    counted = statement.on_conflict_do_update(
        index_elements=list(_key(name)),
        set_={
            "number": case((over, amount), else_=attempts.c.number + amount),
            "due": case((over, statement.excluded.due), else_=attempts.c.due),
        },
    ).returning(attempts.c.number)
    return int(connection.execute(counted).scalar_one())


def known(connection: Connection, name: str, now: datetime) -> tuple[int, datetime]:
    """How many, and until when they count; none until now."""
    statement = select(attempts.c.number, attempts.c.due).where(*_is(name), attempts.c.due > now)
    row = connection.execute(statement).first()
    return (row.number, row.due) if row else (0, now)


def forget(connection: Connection, name: str) -> None:
    connection.execute(delete(attempts).where(*_is(name)))


def prune(connection: Connection, now: datetime) -> None:
    connection.execute(
        delete(attempts).where(
            attempts.c.workspace_id == NOBODY.workspace_id, attempts.c.due <= now
        )
    )


def _is(name: str) -> tuple[ColumnElement[bool], ...]:
    return tuple(attempts.c[column] == value for column, value in _key(name).items())


def _key(name: str) -> dict[str, str]:
    return {
        "workspace_id": NOBODY.workspace_id,
        "name_hash": hashlib.sha256(name.encode()).hexdigest(),
    }
