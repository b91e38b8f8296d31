"""What the law lets customers and shops demand, and what became of it."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from plugin.db.columns import key, metadata, moment, words, workspace_column
from plugin.db.types import Json

# `subject` (sealed) says whom a demand is about; it goes when the demand is answered, the row
# stays as the proof. `due_at` is the day the law sets, `due` when a worker may take it (again).
privacy_requests = Table(
    "privacy_requests",
    metadata,
    workspace_column(),
    key("id"),
    Column("connection_id", String(64), nullable=False),
    words("shop"),
    Column("kind", String(16), nullable=False),
    words("origin"),
    words("reference"),
    Column("state", String(12), nullable=False),
    words("code"),
    Column("subject", LargeBinary, nullable=True),
    Column("counts", Json, nullable=False),
    Column("attempts", Integer, nullable=False),
    moment("triggered_at", nullable=True),
    moment("received_at"),
    moment("due_at"),
    moment("due", nullable=True),
    moment("finished_at", nullable=True),
    moment("expires_at", nullable=True),
    Index("ix_privacy_requests_due", "due", "workspace_id"),
)
