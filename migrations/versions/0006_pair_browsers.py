"""Paired browsers, handed-over contexts, asked access; what an install was told and has seen.

Revision: 0006, after 0005. Only adds, so that the release before runs beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pairings",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("thumbprint", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("claimed_email", sa.Text(), server_default="", nullable=False),
        sa.Column("browser", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_pairings"),
    )
    op.create_index("ix_pairings_agent", "pairings", ["workspace_id", "agent_id"])
    op.create_index(
        "ix_pairings_install", "pairings", ["workspace_id", "install_id", "state", "created_at"]
    )
    op.create_table(
        "handoffs",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("install_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("launch", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "code_hash", name="pk_handoffs"),
    )
    op.create_index("ix_handoffs_expiry", "handoffs", ["workspace_id", "expires_at"])
    op.create_table(
        "access_requests",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("agent_id", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "agent_id", name="pk_access_requests"),
    )
    op.add_column("installs", sa.Column("fields", sa.LargeBinary(), nullable=True))
    op.add_column("installs", sa.Column("seen", sa.LargeBinary(), nullable=True))
    op.add_column("installs", sa.Column("first_launch_at", sa.BigInteger(), nullable=True))
    op.add_column(
        "panel_sessions", sa.Column("pairing_id", sa.Text(), server_default="", nullable=False)
    )


def downgrade() -> None:
    with op.batch_alter_table("panel_sessions", schema=None) as batch_op:
        batch_op.drop_column("pairing_id")
    with op.batch_alter_table("installs", schema=None) as batch_op:
        batch_op.drop_column("first_launch_at")
        batch_op.drop_column("seen")
        batch_op.drop_column("fields")
    op.drop_table("access_requests")
    op.drop_table("handoffs")
    op.drop_table("pairings")
