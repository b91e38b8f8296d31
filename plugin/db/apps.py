"""Rows of the owners' own apps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from plugin.db.people import upsert
from plugin.db.session import Scope
from plugin.db.tables_apps import platform_apps


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRow:
    """`secrets` are sealed by the key ring."""

    platform: str
    client_id: str
    secrets: bytes
    asked: Mapping[str, Any]
    changed_at: datetime


def get(scope: Scope, connection: Connection, platform: str) -> AppRow | None:
    statement = select(platform_apps).where(
        platform_apps.c.workspace_id == scope.workspace_id, platform_apps.c.platform == platform
    )
    row = connection.execute(statement).first()
    return _app(row) if row else None


def put(scope: Scope, connection: Connection, platform: str, values: Mapping[str, object]) -> None:
    """One app a platform: a new one takes the place of the old."""
    statement = upsert(connection, platform_apps).values(
        workspace_id=scope.workspace_id, platform=platform, **values
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "platform"], set_=dict(values)
        )
    )


def _app(row: Row[Any]) -> AppRow:
    values = row._mapping
    return AppRow(**{name: values[name] for name in AppRow.__slots__})
