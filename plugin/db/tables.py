"""All tables. Every tenant table begins its primary key with workspace_id, which is also what a
distributed PostgreSQL would distribute by. `directory` is the only way in before the workspace
is known."""

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
    false,
)

from plugin.db.columns import key as _key
from plugin.db.columns import metadata
from plugin.db.columns import moment as _time
from plugin.db.columns import words as _text
from plugin.db.columns import workspace_column as _workspace
from plugin.db.tables_apps import platform_apps
from plugin.db.tables_backfill import shop_calls
from plugin.db.tables_consents import consents
from plugin.db.tables_console import accounts, attempts, console_sessions, one_time_keys
from plugin.db.tables_hear import deliveries, reconciliations, record_claims
from plugin.db.tables_ledger import actions, journal, journal_heads, journal_payloads
from plugin.db.tables_manual import action_secrets
from plugin.db.tables_notices import notices
from plugin.db.tables_pairing import access_requests, handoffs, pairings
from plugin.db.tables_policy import approvals, fuses, policies, reasons
from plugin.db.tables_privacy import privacy_requests
from plugin.db.tables_snippets import snippets
from plugin.db.types import Json, Units, Utc

__all__ = [
    "TENANT_TABLES", "access_requests", "accounts", "action_secrets", "actions", "agents",
    "approvals", "attempts", "connections", "consents", "console_sessions", "contact_points",
    "customers", "deliveries", "directory", "fact_attempts", "fuses", "handoffs", "installs",
    "journal", "journal_heads", "journal_payloads", "launch_nonces", "links", "lookups",
    "metadata", "notices", "one_time_keys", "orders", "pairings", "panel_sessions", "periodic",
    "platform_apps", "policies", "privacy_requests", "product_terms", "products", "reasons",
    "reconciliations", "record_claims", "shop_calls", "snippets", "workspaces",
]  # fmt: skip

directory = Table(
    "directory",
    metadata,
    _key("kind", 20),
    _key("outside_key", 255),
    Column("workspace_id", String(40), nullable=False),
    Column("target_id", String(255), nullable=False),
)

periodic = Table("periodic", metadata, _key("name", 160), _time("due"))

workspaces = Table(
    "workspaces",
    metadata,
    _workspace(),
    _text("name"),
    _text("locale", "es"),
    _text("country"),
    _text("timezone", "UTC"),
    Column("own_domains", Json, nullable=False),
    _time("created_at"),
)

connections = Table(
    "connections",
    metadata,
    _workspace(),
    _key("id"),
    _text("platform"),
    _text("label"),
    _text("address"),
    Column("credentials", LargeBinary, nullable=False),
    Column("options", Json, nullable=False),
    _text("currency"),
    _text("timezone"),
    _time("last_ok_at", nullable=True),
    _time("failing_since", nullable=True),
    _text("failure_code"),
    _text("sync_state", "waiting"),
    Column("sync", Json, nullable=False),
    _time("created_at"),
    _time("connected_at", nullable=True),  # the last time; created_at is the first
    _time("disconnected_at", nullable=True),
    ForeignKeyConstraint(["workspace_id"], ["workspaces.workspace_id"]),
)

installs = Table(
    "installs",
    metadata,
    _workspace(),
    _key("id"),
    _text("helpdesk"),
    _text("label"),
    Column("secret", LargeBinary, nullable=False),
    Column("origins", Json, nullable=False),
    _text("default_role", "viewer"),
    Column("fields", LargeBinary, nullable=True),
    Column("seen", Json, nullable=True),
    Column("last_call", LargeBinary, nullable=True),
    _time("created_at"),
    _time("first_launch_at", nullable=True),
    ForeignKeyConstraint(["workspace_id"], ["workspaces.workspace_id"]),
)

agents = Table(
    "agents",
    metadata,
    _workspace(),
    _key("id"),
    Column("install_id", String(64), nullable=False),
    Column("host_id", String(255), nullable=False),
    _text("name"),
    _text("email"),
    _text("role", "viewer"),
    _text("locale"),
    Column("active", Boolean, nullable=False),
    _time("created_at"),
    ForeignKeyConstraint(["workspace_id", "install_id"], ["installs.workspace_id", "installs.id"]),
    Index("ux_agents_host", "workspace_id", "install_id", "host_id", unique=True),
)

panel_sessions = Table(
    "panel_sessions",
    metadata,
    _workspace(),
    _key("token_hash"),
    Column("install_id", String(64), nullable=False),
    Column("agent_id", String(64), nullable=False),
    _text("proof"),
    _text("pairing_id"),
    _text("conversation"),
    _text("link"),
    Column("subject_key", String(64), nullable=False),
    Column("context", LargeBinary, nullable=False),
    _text("locale"),
    _time("expires_at"),
    ForeignKeyConstraint(["workspace_id", "agent_id"], ["agents.workspace_id", "agents.id"]),
    Index("ix_panel_sessions_expiry", "workspace_id", "expires_at"),
)

launch_nonces = Table(
    "launch_nonces",
    metadata,
    _workspace(),
    _key("install_id"),
    _key("nonce", 255),
    _time("expires_at"),
)

fact_attempts = Table(
    "fact_attempts",
    metadata,
    _workspace(),
    _key("install_id"),
    _key("conversation_key", 255),
    Column("misses", Integer, nullable=False),
)

links = Table(
    "links",
    metadata,
    _workspace(),
    _key("id"),
    Column("connection_id", String(64), nullable=False),
    _text("holder"),
    Column("agent_id", String(64), nullable=False),
    _text("fact_kind"),
    _time("created_at"),
    _time("cut_at", nullable=True),
)

lookups = Table(
    "lookups",
    metadata,
    _workspace(),
    _key("subject_key"),
    _key("connection_id"),
    Column("request", LargeBinary, nullable=False),
    _text("state"),
    _text("code"),
    _time("asked_at"),
    _time("answered_at", nullable=True),
)

customers = Table(
    "customers",
    metadata,
    _workspace(),
    _key("connection_id"),
    _key("holder", 320),
    _text("ref"),
    Column("doc", LargeBinary, nullable=False),
    Column("doc_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    _time("updated_at"),
    _time("fetched_at"),
    Column("deleted", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

orders = Table(
    "orders",
    metadata,
    _workspace(),
    _key("connection_id"),
    _key("holder", 320),
    Column("placed_at", Utc, primary_key=True),
    _key("ref", 255),
    _text("number"),
    Column("total", Units, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("doc_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    _time("updated_at"),
    _time("fetched_at"),
    Column("deleted", Boolean, nullable=False),
    Index("ux_orders_ref", "workspace_id", "connection_id", "ref", unique=True),
    sqlite_with_rowid=False,  # clustered by customer and date
)

contact_points = Table(
    "contact_points",
    metadata,
    _workspace(),
    _key("kind", 12),
    _key("value", 255),
    _key("connection_id"),
    _key("owner", 255),
    Column("holder", String(320), nullable=False),
    Column("order_ref", String(255), nullable=False),
    Index("ix_contact_points_owner", "workspace_id", "connection_id", "owner"),
    sqlite_with_rowid=False,
)

products = Table(
    "products",
    metadata,
    _workspace(),
    _key("connection_id"),
    _key("ref", 255),
    Column("doc", LargeBinary, nullable=False),
    Column("doc_version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    _time("updated_at"),
    _time("fetched_at"),
    Column("deleted", Boolean, nullable=False, server_default=false()),
)

product_terms = Table(
    "product_terms",
    metadata,
    _workspace(),
    _key("term"),
    _key("connection_id"),
    _key("ref", 255),
    Index("ix_product_terms_ref", "workspace_id", "connection_id", "ref"),
    sqlite_with_rowid=False,
)

TENANT_TABLES = frozenset(name for name in metadata.tables if name not in ("directory", "periodic"))
