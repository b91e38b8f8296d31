"""Tables of what was done to shops: the actions, and the journal of their steps."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    false,
    text,
)

from plugin.db.columns import key, metadata, moment, words, workspace_column
from plugin.db.types import Json, Units

OPEN_STATES = "state IN ('performing', 'unknown', 'needs_person')"
OWED_PAYMENT = "payment = 'due'"
UNTOLD = "untold"
ATTENTION_STATES = "state IN ('awaiting_approval', 'unknown', 'needs_person')"

actions = Table(
    "actions",
    metadata,
    workspace_column(),
    key("id"),
    words("kind"),
    Column("exclusive", Boolean, nullable=False),
    Column("connection_id", String(64), nullable=False),
    Column("order_ref", String(255), nullable=False),
    words("order_number"),
    Column("state", String(20), nullable=False),
    words("code"),
    Column("parameters", Json, nullable=False),
    Column("plan", LargeBinary, nullable=False),
    Column("amount", Units, nullable=False),
    Column("currency", String(3), nullable=False),
    words("idempotency_key"),
    words("reference"),
    Column("receipt", Json, nullable=True),
    words("payment"),
    words("external_ref"),
    Column("agent_id", String(64), nullable=False),
    words("agent_name"),
    words("install_id"),
    words("conversation"),
    words("link"),
    words("evidence"),
    # whose limits it counts in: the agent's, or the approver's; and for which customer
    words("answerable_id"),
    words("customer_key"),
    moment("created_at"),
    moment("expires_at"),
    moment("requested_at", nullable=True),
    moment("call_started_at", nullable=True),
    moment("due", nullable=True),
    moment("finished_at", nullable=True),
    Column("attempts", Integer, nullable=False),
    # how it stands was not yet shown to the agent who confirmed it
    Column("untold", Boolean, nullable=False, server_default=false()),
    Index(
        "ux_actions_one_open",
        "workspace_id",
        "connection_id",
        "order_ref",
        unique=True,
        sqlite_where=text(f"exclusive = 1 AND {OPEN_STATES}"),
        postgresql_where=text(f"exclusive AND {OPEN_STATES}"),
    ),
    Index("ix_actions_order", "workspace_id", "connection_id", "order_ref", "created_at"),
    Index("ix_actions_due", "due", "workspace_id"),
    Index("ix_actions_requested", "workspace_id", "requested_at"),
    Index("ix_actions_customer", "workspace_id", "customer_key", "requested_at"),
    Index(
        "ix_actions_owed",
        "workspace_id",
        sqlite_where=text(OWED_PAYMENT),
        postgresql_where=text(OWED_PAYMENT),
    ),
    Index(
        "ix_actions_attention",
        "workspace_id",
        sqlite_where=text(ATTENTION_STATES),
        postgresql_where=text(ATTENTION_STATES),
    ),
    Index(
        "ix_actions_untold",
        "workspace_id",
        "requested_at",
        sqlite_where=text(UNTOLD),
        postgresql_where=text(UNTOLD),
    ),
)

journal = Table(
    "journal",
    metadata,
    workspace_column(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("facts", Text, nullable=False),
    Column("payload_mac", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

journal_payloads = Table(
    "journal_payloads",
    metadata,
    workspace_column(),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=True),
    Column("payload", LargeBinary, nullable=True),
    moment("erased_at", nullable=True),
)

journal_heads = Table(
    "journal_heads",
    metadata,
    workspace_column(),
    Column("sequence", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("mac", String(64), nullable=False),
)
