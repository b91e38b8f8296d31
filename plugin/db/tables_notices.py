"""Table of what people were told by mail."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from plugin.db.columns import key, metadata, moment, words, workspace_column

# One row for each thing that waits, made by whoever sees it first: nobody is told twice. `due` is
# when a worker may try (again); empty while it is being sent and ever after.
notices = Table(
    "notices",
    metadata,
    workspace_column(),
    key("item", 160),
    Column("state", String(12), nullable=False),
    words("code"),
    Column("attempts", Integer, nullable=False),
    moment("created_at"),
    moment("due", nullable=True),
    moment("sent_at", nullable=True),
)
