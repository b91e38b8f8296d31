"""Where a conversation is, for what was done in it.

Revision: 0017, after 0016. Only adds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("panel_sessions", "actions"):
        link = sa.Column("link", sa.Text(), server_default="", nullable=False)
        op.add_column(table, link)


def downgrade() -> None:
    for table in ("actions", "panel_sessions"):
        op.drop_column(table, "link")
