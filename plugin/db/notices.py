"""Rows of mails about what waits: claimed by making them, so that each is sent once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables import notices


def known(scope: Scope, connection: Connection, items: Sequence[str]) -> set[str]:
    """Which of these have their row already."""
    statement = select(notices.c.item).where(
        notices.c.workspace_id == scope.workspace_id, notices.c.item.in_(items)
    )
    return set(connection.execute(statement).scalars())


def add(scope: Scope, connection: Connection, item: str, now: datetime) -> None:
    statement = upsert(connection, notices).values(
        workspace_id=scope.workspace_id, item=item, state="waiting", attempts=0,
        created_at=now, due=now,
    )  # fmt: skip
    connection.execute(statement.on_conflict_do_nothing())


def due(scope: Scope, connection: Connection, now: datetime) -> Sequence[str]:
    statement = select(notices.c.item).where(
        notices.c.workspace_id == scope.workspace_id, notices.c.due <= now
    )
    return connection.execute(statement.order_by(notices.c.due)).scalars().all()


def claim(scope: Scope, connection: Connection, item: str, now: datetime) -> Row[Any] | None:
    """Ours to send, or None. From here on nobody else sends it, come what may."""
    changed = connection.execute(
        update(notices)
        .where(
            notices.c.workspace_id == scope.workspace_id,
            notices.c.item == item,
            notices.c.state == "waiting",
            notices.c.due <= now,
        )
        .values(state="sending", due=None, attempts=notices.c.attempts + 1)
    ).rowcount
    if not changed:
        return None
    statement = select(notices).where(
        notices.c.workspace_id == scope.workspace_id, notices.c.item == item
    )
    return connection.execute(statement).first()


def change(scope: Scope, connection: Connection, item: str, **values: object) -> None:
    connection.execute(
        update(notices)
        .where(notices.c.workspace_id == scope.workspace_id, notices.c.item == item)
        .values(**values)
    )


def failed(scope: Scope, connection: Connection, since: datetime) -> tuple[int, str]:
    """How many mails did not leave for sure, and why the newest did not."""
    here = (
        notices.c.workspace_id == scope.workspace_id,
        notices.c.code != "",
        notices.c.created_at >= since,
    )
    count = connection.execute(select(func.count()).select_from(notices).where(*here)).scalar_one()
    newest = select(notices.c.code).where(*here).order_by(notices.c.created_at.desc()).limit(1)
    return count, connection.execute(newest).scalar() or ""


def prune(scope: Scope, connection: Connection, before: datetime) -> None:
    """What was told long ago and waits no more."""
    connection.execute(
        delete(notices).where(
            notices.c.workspace_id == scope.workspace_id, notices.c.created_at < before
        )
    )
