"""The journal's rows: one hash chain per workspace, its head locked on append."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from plugin.db.columns import beside
from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import journal, journal_heads, journal_payloads


def lock_head(scope: Scope, connection: Connection) -> Row[Any] | None:
    """The head row, held until the transaction ends; None before the first entry."""
    connection.execute(
        upsert(connection, journal_heads)
        .values(workspace_id=scope.workspace_id, sequence=0, hash="", mac="")
        .on_conflict_do_nothing()
    )
    return head(scope, connection, lock=True)


def head(scope: Scope, connection: Connection, *, lock: bool = False) -> Row[Any] | None:
    statement = select(journal_heads).where(journal_heads.c.workspace_id == scope.workspace_id)
    return connection.execute(statement.with_for_update() if lock else statement).first()


def append(
    scope: Scope,
    connection: Connection,
    entry: dict[str, object],
    salt: bytes,
    payload: bytes,
    mac: str,
) -> None:
    """Entry, its erasable payload, and the moved head."""
    connection.execute(insert(journal).values(workspace_id=scope.workspace_id, **entry))
    connection.execute(
        insert(journal_payloads).values(
            workspace_id=scope.workspace_id, sequence=entry["sequence"], salt=salt, payload=payload
        )
    )
    connection.execute(
        update(journal_heads)
        .where(journal_heads.c.workspace_id == scope.workspace_id)
        .values(sequence=entry["sequence"], hash=entry["hash"], mac=mac)
    )


def entries(scope: Scope, connection: Connection, about: str = "") -> Iterator[Any]:
    """In order, streamed, each with its payload row's columns (None if that row is missing); all,
    or those whose facts have the text `about`."""
    statement = (
        select(
            journal.c.sequence,
            journal.c.facts,
            journal.c.payload_mac,
            journal.c.previous,
            journal.c.hash,
            journal_payloads.c.sequence.label("payload_sequence"),
            journal_payloads.c.salt,
            journal_payloads.c.payload,
            journal_payloads.c.erased_at,
        )
        .outerjoin(journal_payloads, beside(journal_payloads, journal, sequence=journal.c.sequence))
        .where(journal.c.workspace_id == scope.workspace_id)
        .order_by(journal.c.sequence)
    )
    if about:
        statement = statement.where(journal.c.facts.contains(about, autoescape=True))
    yield from connection.execute(statement.execution_options(yield_per=500))


def erase_payload(scope: Scope, connection: Connection, sequence: int, now: datetime) -> None:
    """Personal data goes, the chain stays whole."""
    connection.execute(
        update(journal_payloads)
        .where(
            journal_payloads.c.workspace_id == scope.workspace_id,
            journal_payloads.c.sequence == sequence,
        )
        .values(salt=None, payload=None, erased_at=now)
    )
