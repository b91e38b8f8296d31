"""Create the first tables.

Revision: 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("order_ref", sa.String(length=255), nullable=False),
        sa.Column("order_number", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("plan", sa.LargeBinary(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("idempotency_key", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("receipt", sa.LargeBinary(), nullable=True),
        sa.Column("payment", sa.Text(), server_default="", nullable=False),
        sa.Column("external_ref", sa.Text(), server_default="", nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("agent_name", sa.Text(), server_default="", nullable=False),
        sa.Column("install_id", sa.Text(), server_default="", nullable=False),
        sa.Column("conversation", sa.Text(), server_default="", nullable=False),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=True),
        sa.Column("call_started_at", sa.BigInteger(), nullable=True),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_actions")),
    )
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.create_index("ix_actions_due", ["due", "workspace_id"], unique=False)
        batch_op.create_index(
            "ix_actions_order",
            ["workspace_id", "connection_id", "order_ref", "created_at"],
            unique=False,
        )
        batch_op.create_index(
            "ux_actions_one_open",
            ["workspace_id", "connection_id", "order_ref"],
            unique=True,
            sqlite_where=sa.text(
                "exclusive = 1 AND state IN ('performing', 'unknown', 'needs_person')"
            ),
            postgresql_where=sa.text(
                "exclusive AND state IN ('performing', 'unknown', 'needs_person')"
            ),
        )

    op.create_table(
        "contact_points",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("holder", sa.String(length=320), nullable=False),
        sa.Column("order_ref", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id",
            "kind",
            "value",
            "connection_id",
            "owner",
            name=op.f("pk_contact_points"),
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("contact_points", schema=None) as batch_op:
        batch_op.create_index(
            "ix_contact_points_owner", ["workspace_id", "connection_id", "owner"], unique=False
        )

    op.create_table(
        "customers",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=320), nullable=False),
        sa.Column("ref", sa.Text(), server_default="", nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("doc_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "connection_id", "holder", name=op.f("pk_customers")
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "directory",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("outside_key", sa.String(length=255), nullable=False),
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("target_id", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("kind", "outside_key", name=op.f("pk_directory")),
    )
    op.create_table(
        "fact_attempts",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("install_id", sa.String(length=64), nullable=False),
        sa.Column("conversation_key", sa.String(length=255), nullable=False),
        sa.Column("misses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "install_id", "conversation_key", name=op.f("pk_fact_attempts")
        ),
    )
    op.create_table(
        "journal",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("payload_mac", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "sequence", name=op.f("pk_journal")),
    )
    op.create_table(
        "journal_heads",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("mac", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_journal_heads")),
    )
    op.create_table(
        "journal_payloads",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("sequence", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("erased_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "sequence", name=op.f("pk_journal_payloads")),
    )
    op.create_table(
        "launch_nonces",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("install_id", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=255), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "install_id", "nonce", name=op.f("pk_launch_nonces")
        ),
    )
    op.create_table(
        "links",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.Text(), server_default="", nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("fact_kind", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("cut_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_links")),
    )
    op.create_table(
        "lookups",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("subject_key", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="", nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint(
            "workspace_id", "subject_key", "connection_id", name=op.f("pk_lookups")
        ),
    )
    op.create_table(
        "orders",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=320), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("doc_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "connection_id", "holder", "placed_at", "ref", name=op.f("pk_orders")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.create_index(
            "ux_orders_ref", ["workspace_id", "connection_id", "ref"], unique=True
        )

    op.create_table(
        "periodic",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic")),
    )
    op.create_table(
        "product_terms",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("term", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "term", "connection_id", "ref", name=op.f("pk_product_terms")
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("product_terms", schema=None) as batch_op:
        batch_op.create_index(
            "ix_product_terms_ref", ["workspace_id", "connection_id", "ref"], unique=False
        )

    op.create_table(
        "products",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("doc_version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "connection_id", "ref", name=op.f("pk_products")),
    )
    op.create_table(
        "workspaces",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("locale", sa.Text(), server_default="es", nullable=False),
        sa.Column("country", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("own_domains", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", name=op.f("pk_workspaces")),
    )
    op.create_table(
        "connections",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.Text(), server_default="", nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("credentials", sa.LargeBinary(), nullable=False),
        sa.Column("options", sa.LargeBinary(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("timezone", sa.Text(), server_default="", nullable=False),
        sa.Column("last_ok_at", sa.BigInteger(), nullable=True),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("failure_code", sa.Text(), server_default="", nullable=False),
        sa.Column("sync_state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("sync", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.workspace_id"],
            name=op.f("fk_connections_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_connections")),
    )
    op.create_table(
        "installs",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("helpdesk", sa.Text(), server_default="", nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("origins", sa.LargeBinary(), nullable=False),
        sa.Column("default_role", sa.Text(), server_default="viewer", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.workspace_id"],
            name=op.f("fk_installs_workspace_id_workspaces"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_installs")),
    )
    op.create_table(
        "agents",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=64), nullable=False),
        sa.Column("host_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="viewer", nullable=False),
        sa.Column("locale", sa.Text(), server_default="", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "install_id"],
            ["installs.workspace_id", "installs.id"],
            name=op.f("fk_agents_workspace_id_installs"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_agents")),
    )
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.create_index(
            "ux_agents_host", ["workspace_id", "install_id", "host_id"], unique=True
        )

    op.create_table(
        "panel_sessions",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.Text(), server_default="", nullable=False),
        sa.Column("conversation", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_key", sa.String(length=64), nullable=False),
        sa.Column("context", sa.LargeBinary(), nullable=False),
        sa.Column("locale", sa.Text(), server_default="", nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "agent_id"],
            ["agents.workspace_id", "agents.id"],
            name=op.f("fk_panel_sessions_workspace_id_agents"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "token_hash", name=op.f("pk_panel_sessions")),
    )
    with op.batch_alter_table("panel_sessions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_panel_sessions_expiry", ["workspace_id", "expires_at"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("panel_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_panel_sessions_expiry")

    op.drop_table("panel_sessions")
    with op.batch_alter_table("agents", schema=None) as batch_op:
        batch_op.drop_index("ux_agents_host")

    op.drop_table("agents")
    op.drop_table("installs")
    op.drop_table("connections")
    op.drop_table("workspaces")
    op.drop_table("products")
    with op.batch_alter_table("product_terms", schema=None) as batch_op:
        batch_op.drop_index("ix_product_terms_ref")

    op.drop_table("product_terms")
    op.drop_table("periodic")
    with op.batch_alter_table("orders", schema=None) as batch_op:
        batch_op.drop_index("ux_orders_ref")

    op.drop_table("orders")
    op.drop_table("lookups")
    op.drop_table("links")
    op.drop_table("launch_nonces")
    op.drop_table("journal_payloads")
    op.drop_table("journal_heads")
    op.drop_table("journal")
    op.drop_table("fact_attempts")
    op.drop_table("directory")
    op.drop_table("customers")
    with op.batch_alter_table("contact_points", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_points_owner")

    op.drop_table("contact_points")
    with op.batch_alter_table("actions", schema=None) as batch_op:
        batch_op.drop_index(
            "ux_actions_one_open",
            sqlite_where=sa.text(
                "exclusive = 1 AND state IN ('performing', 'unknown', 'needs_person')"
            ),
            postgresql_where=sa.text(
                "exclusive AND state IN ('performing', 'unknown', 'needs_person')"
            ),
        )
        batch_op.drop_index("ix_actions_order")
        batch_op.drop_index("ix_actions_due")

    op.drop_table("actions")
