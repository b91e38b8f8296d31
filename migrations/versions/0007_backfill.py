"""Calls to a shop that somebody waits for.

Revision: 0007, after 0006. Only adds, so that the release before runs beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shop_calls",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("connection_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "connection_id", "id", name="pk_shop_calls"),
    )


def downgrade() -> None:
    op.drop_table("shop_calls")
