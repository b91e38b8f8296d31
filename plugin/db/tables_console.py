"""Tables of the console: who may log in, who is logged in, and what opens a door once."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from plugin.db.columns import key, metadata, moment, words, workspace_column

# `password_hash` is empty until a link was used to choose a password.
accounts = Table(
    "accounts",
    metadata,
    workspace_column(),
    key("id"),
    Column("email", String(255), nullable=False),
    words("name"),
    Column("password_hash", Text, nullable=False, server_default=""),
    words("role", "viewer"),
    words("locale", "es"),
    Column("active", Boolean, nullable=False),
    moment("created_at"),
    ForeignKeyConstraint(["workspace_id"], ["workspaces.workspace_id"]),
    Index("ux_accounts_email", "workspace_id", "email", unique=True),
)

console_sessions = Table(
    "console_sessions",
    metadata,
    workspace_column(),
    key("token_hash"),
    Column("account_id", String(64), nullable=False),
    Column("csrf", String(64), nullable=False),
    moment("created_at"),
    moment("seen_at"),
    moment("expires_at"),
    ForeignKeyConstraint(["workspace_id", "account_id"], ["accounts.workspace_id", "accounts.id"]),
    Index("ix_console_sessions_account", "workspace_id", "account_id"),
)

# Links, claim codes and states of a connection under way, each by the hash of what was handed out.
# Those that belong to no workspace yet stand under the empty one (`plugin.db.session.NOBODY`).
one_time_keys = Table(
    "one_time_keys",
    metadata,
    workspace_column(),
    key("key_hash"),
    Column("purpose", String(64), nullable=False),
    Column("account_id", String(64), nullable=False, server_default=""),
    Column("payload", LargeBinary, nullable=True),
    moment("created_at"),
    moment("expires_at"),
    moment("used_at", nullable=True),
    Index("ix_one_time_keys_account", "workspace_id", "account_id"),
)

# Wrong passwords and codes, counted for every web process together; `name_hash` tells whose.
attempts = Table(
    "attempts",
    metadata,
    workspace_column(),
    key("name_hash"),
    Column("number", Integer, nullable=False),
    moment("due"),
)
