"""Table of what belongs to an action and must not be read in it: sealed, and erased at its end."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKeyConstraint, LargeBinary, Table

from plugin.db.columns import key, metadata, workspace_column

action_secrets = Table(
    "action_secrets",
    metadata,
    workspace_column(),
    key("action_id"),
    Column("sealed", LargeBinary, nullable=False),
    ForeignKeyConstraint(["workspace_id", "action_id"], ["actions.workspace_id", "actions.id"]),
)
