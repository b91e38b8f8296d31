"""When a helpdesk's server last called, and whether it was let in.

Revision: 0016, after 0015. Only adds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("installs", sa.Column("last_call", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("installs", "last_call")
