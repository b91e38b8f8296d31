"""Keys that open once: links, claim codes, states of a connection under way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from plugin.db.session import Scope
from plugin.db.tables import directory, one_time_keys

KIND = "one_time"


def add(scope: Scope, connection: Connection, values: Mapping[str, object]) -> None:
    connection.execute(insert(one_time_keys).values(workspace_id=scope.workspace_id, **values))
    connection.execute(
        insert(directory).values(
            kind=KIND,
            outside_key=values["key_hash"],
            workspace_id=scope.workspace_id,
            target_id=values["key_hash"],
        )
    )


def get(scope: Scope, connection: Connection, key_hash: str) -> Row[Any] | None:
    statement = select(one_time_keys).where(
        one_time_keys.c.workspace_id == scope.workspace_id, one_time_keys.c.key_hash == key_hash
    )
    return connection.execute(statement).first()


def use(scope: Scope, connection: Connection, key_hash: str, now: datetime) -> bool:
    """True for the one who used it first; its payload is forgotten with that."""
    statement = (
        update(one_time_keys)
        .where(
            one_time_keys.c.workspace_id == scope.workspace_id,
            one_time_keys.c.key_hash == key_hash,
            one_time_keys.c.used_at.is_(None),
        )
        .values(used_at=now, payload=None)
    )
    return connection.execute(statement).rowcount == 1


def use_all_of(scope: Scope, connection: Connection, account_id: str, now: datetime) -> None:
    """No link of this account opens anything any more."""
    connection.execute(
        update(one_time_keys)
        .where(
            one_time_keys.c.workspace_id == scope.workspace_id,
            one_time_keys.c.account_id == account_id,
            one_time_keys.c.used_at.is_(None),
        )
        .values(used_at=now)
    )


def prune(scope: Scope, connection: Connection, before: datetime) -> None:
    """Forgets what expired before then."""
    old = select(one_time_keys.c.key_hash).where(
        one_time_keys.c.workspace_id == scope.workspace_id, one_time_keys.c.expires_at < before
    )
    for key_hash in connection.execute(old).scalars().all():
        connection.execute(
            delete(directory).where(
                directory.c.workspace_id == scope.workspace_id,
                directory.c.kind == KIND,
                directory.c.outside_key == key_hash,
            )
        )
        connection.execute(
            delete(one_time_keys).where(
                one_time_keys.c.workspace_id == scope.workspace_id,
                one_time_keys.c.key_hash == key_hash,
            )
        )
