"""The owners' own apps at platforms.

Revision: 0003, after 0002. Only adds, so that the release before runs beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "platform_apps",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("platform", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.Text(), server_default="", nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("asked", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id"],
            ["workspaces.workspace_id"],
            name="fk_platform_apps_workspace_id_workspaces",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "platform", name="pk_platform_apps"),
    )


def downgrade() -> None:
    op.drop_table("platform_apps")
