"""Limits by role, the fuse, approvals; whom an action counts for.

Revision: 0008, after 0007. Only adds. Actions of before count for the agent who confirmed them;
their customers are not known here, so the 30 days of a customer begin with this release.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ATTENTION = "state IN ('awaiting_approval', 'unknown', 'needs_person')"


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=True),
        sa.Column("reason_required", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("per_action", sa.BigInteger(), nullable=True),
        sa.Column("per_day", sa.BigInteger(), nullable=True),
        sa.Column("per_customer", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "role", "kind", "currency", name="pk_policies"),
    )
    op.create_table(
        "fuses",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("per_hour", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "currency", name="pk_fuses"),
    )
    op.create_table(
        "approvals",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("action_id", sa.String(length=64), nullable=False),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("what", sa.Text(), server_default="", nullable=False),
        sa.Column("limit_amount", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("decision", sa.String(length=12), server_default="", nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_name", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "action_id", name="pk_approvals"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "action_id"],
            ["actions.workspace_id", "actions.id"],
            name="fk_approvals_workspace_id_actions",
        ),
    )
    for name in ("answerable_id", "customer_key"):
        op.add_column("actions", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE actions SET answerable_id = agent_id")
    op.create_index("ix_actions_requested", "actions", ["workspace_id", "requested_at"])
    op.create_index(
        "ix_actions_customer", "actions", ["workspace_id", "customer_key", "requested_at"]
    )
    op.create_index(
        "ix_actions_attention",
        "actions",
        ["workspace_id"],
        sqlite_where=sa.text(ATTENTION),
        postgresql_where=sa.text(ATTENTION),
    )


def downgrade() -> None:
    for name in ("ix_actions_attention", "ix_actions_customer", "ix_actions_requested"):
        op.drop_index(name, table_name="actions")
    op.drop_table("approvals")
    op.drop_table("fuses")
    op.drop_table("policies")
    for name in ("customer_key", "answerable_id"):
        op.drop_column("actions", name)
