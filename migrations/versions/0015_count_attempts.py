"""Attempts to guess, counted for all web processes together.

Revision: 0015, after 0014. Only adds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("name_hash", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "name_hash", name="pk_attempts"),
    )


def downgrade() -> None:
    op.drop_table("attempts")
