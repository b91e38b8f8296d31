"""The apps under which shops let us in, where an owner has one of their own."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, LargeBinary, Table

from plugin.db.columns import key, metadata, moment, words, workspace_column
from plugin.db.types import Json

# `secrets` is sealed; `asked` holds what the owner says they have asked the platform for.
platform_apps = Table(
    "platform_apps",
    metadata,
    workspace_column(),
    key("platform"),
    words("client_id"),
    Column("secrets", LargeBinary, nullable=False),
    Column("asked", Json, nullable=False),
    moment("changed_at"),
    ForeignKeyConstraint(["workspace_id"], ["workspaces.workspace_id"]),
)
