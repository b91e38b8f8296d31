"""Tables of what shops tell us and of what we ask them by the clock."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    literal_column,
    text,
)

from plugin.db.columns import key, metadata, moment, words, workspace_column
from plugin.db.types import Json

WAITING = "state = 'waiting'"
# written out, as the partial index is chosen by it: of a parameter SQLite learns too late
IS_WAITING: ColumnElement[str] = literal_column("'waiting'")

# The queue of record of what shops tell us: the id is made of the platform's dedupe key, so that
# storing twice is no storing. `due` is when a worker may take it (again), empty when it is over.
deliveries = Table(
    "deliveries",
    metadata,
    workspace_column(),
    key("id"),
    Column("connection_id", String(64), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("ref", String(255), nullable=False),
    words("topic"),
    Column("deleted", Boolean, nullable=False),
    Column("state", String(12), nullable=False),
    words("code"),
    Column("attempts", Integer, nullable=False),
    Column("body", LargeBinary, nullable=True),
    moment("triggered_at", nullable=True),
    moment("received_at"),
    moment("due", nullable=True),
    moment("finished_at", nullable=True),
    Index("ix_deliveries_due", "due", "workspace_id"),
    Index(
        "ix_deliveries_waiting",
        "workspace_id",
        "connection_id",
        "kind",
        "ref",
        sqlite_where=text(WAITING),
        postgresql_where=text(WAITING),
    ),
    Index("ix_deliveries_received", "workspace_id", "received_at"),
)

# Who reads a record into the mirror now; a row is gone when the reading is over.
record_claims = Table(
    "record_claims",
    metadata,
    workspace_column(),
    key("connection_id"),
    key("kind", 12),
    key("ref", 255),
    moment("due"),
)

# When a shop is asked next what changed, and how far that is known (in the shop's own time).
reconciliations = Table(
    "reconciliations",
    metadata,
    workspace_column(),
    key("connection_id"),
    moment("due", nullable=True),
    Column("since", Json, nullable=False),
    words("compared"),
    Column("subscribed", Boolean, nullable=False),
    words("subscription_code"),
    moment("tended_at", nullable=True),
    moment("last_ok_at", nullable=True),
    Column("found", Integer, nullable=False),
    Index("ix_reconciliations_due", "due", "workspace_id"),
)
