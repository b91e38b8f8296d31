"""Accounts of the console, their sessions, and keys that open once.

Revision: 0004, after 0003. Only adds, so that the release before runs beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("password_hash", sa.Text(), server_default="", nullable=False),
        sa.Column("role", sa.Text(), server_default="viewer", nullable=False),
        sa.Column("locale", sa.Text(), server_default="es", nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"], ["workspaces.workspace_id"],
            name="fk_accounts_workspace_id_workspaces",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name="pk_accounts"),
    )  # fmt: skip
    op.create_index("ux_accounts_email", "accounts", ["workspace_id", "email"], unique=True)
    op.create_table(
        "console_sessions",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "account_id"], ["accounts.workspace_id", "accounts.id"],
            name="fk_console_sessions_workspace_id_accounts",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "token_hash", name="pk_console_sessions"),
    )  # fmt: skip
    op.create_index(
        "ix_console_sessions_account", "console_sessions", ["workspace_id", "account_id"]
    )
    op.create_table(
        "one_time_keys",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=64), server_default="", nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("workspace_id", "key_hash", name="pk_one_time_keys"),
    )
    op.create_index("ix_one_time_keys_account", "one_time_keys", ["workspace_id", "account_id"])


def downgrade() -> None:
    op.drop_table("one_time_keys")
    op.drop_table("console_sessions")
    op.drop_table("accounts")
