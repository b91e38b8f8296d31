"""Rows of shops on their way in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from plugin.db import connections as installed
from plugin.db.session import Scope
from plugin.db.tables import consents, directory

KIND = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """`state`: asked (the owner is at the shop), arrived (keys wait to be tried), done, failed
    (`code` and `parameters` say why), denied."""

    id: str
    platform: str
    address: str
    label: str
    access: str
    state: str
    code: str
    parameters: Mapping[str, Any]
    credentials: bytes | None
    connection_id: str
    created_at: datetime
    expires_at: datetime
    due: datetime | None


def add(scope: Scope, connection: Connection, values: Mapping[str, Any]) -> None:
    connection.execute(insert(consents).values(workspace_id=scope.workspace_id, **values))
    installed.add_outside(scope, connection, KIND, values["id"], values["id"])


def get(scope: Scope, connection: Connection, consent_id: str) -> ConsentRow | None:
    statement = select(consents).where(
        consents.c.workspace_id == scope.workspace_id, consents.c.id == consent_id
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    values = row._mapping
    return ConsentRow(**{name: values[name] for name in ConsentRow.__slots__})


def move(
    scope: Scope, connection: Connection, consent_id: str, before: str, **values: object
) -> bool:
    """False if it is not in the state `before`: somebody else was first."""
    statement = (
        update(consents)
        .where(
            consents.c.workspace_id == scope.workspace_id,
            consents.c.id == consent_id,
            consents.c.state == before,
        )
        .values(**values)
    )
    return connection.execute(statement).rowcount == 1


def waiting(scope: Scope, connection: Connection, now: datetime) -> list[str]:
    """Whose keys came and whose worker did not."""
    statement = select(consents.c.id).where(
        consents.c.workspace_id == scope.workspace_id,
        consents.c.state == "arrived",
        consents.c.due <= now,
    )
    return list(connection.execute(statement).scalars())


def prune(scope: Scope, connection: Connection, now: datetime) -> None:
    """Forgets what has expired, keys and all."""
    old = select(consents.c.id).where(
        consents.c.workspace_id == scope.workspace_id, consents.c.expires_at < now
    )
    ids = connection.execute(old).scalars().all()
    connection.execute(
        delete(directory).where(
            directory.c.workspace_id == scope.workspace_id,
            directory.c.kind == KIND,
            directory.c.outside_key.in_(ids),
        )
    )
    connection.execute(
        delete(consents).where(
            consents.c.workspace_id == scope.workspace_id, consents.c.id.in_(ids)
        )
    )
