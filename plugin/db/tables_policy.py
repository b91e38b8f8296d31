"""Tables of who may do how much, and of what waits for somebody's yes."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKeyConstraint, Integer, String, Table, false

from plugin.db.columns import key, metadata, moment, words, workspace_column
from plugin.db.types import Units

# What the owner set for a role and a kind of action. The row without a currency says whether the
# role has the kind at all (empty = the kind's own rule) and must give a reason; a row with one
# holds that currency's limits.
policies = Table(
    "policies",
    metadata,
    workspace_column(),
    key("role", 20),
    key("kind", 40),
    key("currency", 3),
    Column("allowed", Boolean, nullable=True),
    Column("reason_required", Boolean, nullable=False, server_default=false()),
    Column("per_action", Units, nullable=True),
    Column("per_day", Units, nullable=True),
    Column("per_customer", Units, nullable=True),
)

# What agents choose from where an action asks for a reason; they may write another.
reasons = Table(
    "reasons",
    metadata,
    workspace_column(),
    key("kind", 40),
    Column("position", Integer, primary_key=True, autoincrement=False),
    words("text"),
)

# What may leave all shops of a workspace within an hour, whoever confirms it.
fuses = Table(
    "fuses",
    metadata,
    workspace_column(),
    key("currency", 3),
    Column("per_hour", Units, nullable=False),
)

# One row for each action that was above a limit; `decision` is empty while it waits.
approvals = Table(
    "approvals",
    metadata,
    workspace_column(),
    key("action_id"),
    words("comment"),
    words("what"),
    Column("limit_amount", Units, nullable=True),
    moment("asked_at"),
    Column("decision", String(12), nullable=False, server_default=""),
    moment("decided_at", nullable=True),
    words("decided_by"),
    words("decided_name"),
    words("reason"),
    ForeignKeyConstraint(["workspace_id", "action_id"], ["actions.workspace_id", "actions.id"]),
)
