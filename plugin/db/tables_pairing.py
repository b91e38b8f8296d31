"""Tables of agents nobody but us proves: paired browsers, handed-over contexts, asked access."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, String, Table

from plugin.db.columns import key, metadata, moment, words, workspace_column
from plugin.db.types import Json

# A browser frame that asked to act for somebody. The id begins with the install's, so that the
# first-party page finds the workspace. `agent_id` is empty until a person confirmed. One that is
# `held` needed nobody: a signed launch had proven the agent.
pairings = Table(
    "pairings",
    metadata,
    workspace_column(),
    key("id"),
    Column("install_id", String(64), nullable=False),
    Column("agent_id", String(64), nullable=False),
    Column("state", String(12), nullable=False),
    Column("public_key", Json, nullable=False),
    Column("thumbprint", String(64), nullable=False),
    Column("code", String(8), nullable=False),
    words("claimed_email"),
    words("browser"),
    moment("created_at"),
    moment("expires_at", nullable=True),
    moment("confirmed_at", nullable=True),
    moment("used_at", nullable=True),
    Index("ix_pairings_agent", "workspace_id", "agent_id"),
    Index("ix_pairings_install", "workspace_id", "install_id", "state", "created_at"),
)

# What a helpdesk's server said, waiting for the page that its one-time address opens.
handoffs = Table(
    "handoffs",
    metadata,
    workspace_column(),
    key("code_hash"),
    Column("install_id", String(64), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("launch", LargeBinary, nullable=False),
    moment("expires_at"),
    Index("ix_handoffs_expiry", "workspace_id", "expires_at"),
)

# A viewer's "ask for access"; the row goes when somebody decides.
access_requests = Table(
    "access_requests",
    metadata,
    workspace_column(),
    key("agent_id"),
    moment("asked_at"),
)
