"""Whom a webhook is for, in one statement."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from plugin.db.prepared import Prepared
from plugin.db.tables import connections, directory
from plugin.db.tables_apps import platform_apps

_target = and_(
    connections.c.workspace_id == directory.c.workspace_id,
    connections.c.id == directory.c.target_id,
)
_own_app = and_(
    platform_apps.c.workspace_id == directory.c.workspace_id,
    platform_apps.c.platform == bindparam("app_of"),
)
_ADDRESSEE = Prepared(
    select(
        directory.c.workspace_id, directory.c.target_id, connections.c.id, connections.c.platform,
        connections.c.label, connections.c.credentials, connections.c.disconnected_at,
        platform_apps.c.secrets,
    )
    .select_from(directory.outerjoin(connections, _target).outerjoin(platform_apps, _own_app))
    .where(
        directory.c.kind == bindparam("of_kind"), directory.c.outside_key == bindparam("outside")
    )
)  # fmt: skip


def addressee(connection: Connection, kind: str, outside_key: str, platform: str) -> Any | None:
    """What is behind an outside key: workspace, connection (its `id` is None if it is gone), and
    the sealed secrets of the owner's own app. The look-up has no scope, as it finds one."""
    values = {"of_kind": kind, "outside": outside_key, "app_of": platform}
    found = _ADDRESSEE.rows(connection, values)
    return found[0] if found else None
