"""Deliveries, claims of records, reconciliation; tombstones of products.

Revision: 0002, after 0001. Only adds, so that the release before runs beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("topic", sa.Text(), server_default="", nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("code", sa.Text(), server_default="", nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("triggered_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_due", "deliveries", ["due", "workspace_id"])
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["workspace_id", "connection_id", "kind", "ref"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_deliveries_received", "deliveries", ["workspace_id", "received_at"])
    op.create_table(
        "record_claims",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ref", sa.String(length=255), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workspace_id", "connection_id", "kind", "ref", name="pk_record_claims"
        ),
    )
    op.create_table(
        "reconciliations",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.LargeBinary(), nullable=False),
        sa.Column("compared", sa.Text(), server_default="", nullable=False),
        sa.Column("subscribed", sa.Boolean(), nullable=False),
        sa.Column("subscription_code", sa.Text(), server_default="", nullable=False),
        sa.Column("tended_at", sa.BigInteger(), nullable=True),
        sa.Column("last_ok_at", sa.BigInteger(), nullable=True),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "connection_id", name="pk_reconciliations"),
    )
    op.create_index("ix_reconciliations_due", "reconciliations", ["due", "workspace_id"])
    op.add_column(
        "products",
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    with op.batch_alter_table("products", schema=None) as batch_op:
        batch_op.drop_column("deleted")
    op.drop_table("reconciliations")
    op.drop_table("record_claims")
    op.drop_table("deliveries")
