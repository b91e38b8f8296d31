"""Results that nobody looked at yet.

Revision: 0014, after 0013. Only adds; what ended before counts as told.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UNTOLD = "untold"


def upgrade() -> None:
    untold = sa.Column("untold", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("actions", untold)
    op.create_index(
        "ix_actions_untold",
        "actions",
        ["workspace_id", "requested_at"],
        sqlite_where=sa.text(UNTOLD),
        postgresql_where=sa.text(UNTOLD),
    )


def downgrade() -> None:
    op.drop_index("ix_actions_untold", table_name="actions")
    op.drop_column("actions", "untold")
