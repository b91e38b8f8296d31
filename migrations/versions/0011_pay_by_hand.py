"""What a person has to pay, and sealed accounts.

Revision: 0011, after 0010. Only adds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OWED = "payment = 'due'"


def upgrade() -> None:
    op.create_table(
        "action_secrets",
        sa.Column("workspace_id", sa.String(length=40), nullable=False),
        sa.Column("action_id", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "action_id", name="pk_action_secrets"),
        sa.ForeignKeyConstraint(
            ["workspace_id", "action_id"],
            ["actions.workspace_id", "actions.id"],
            name="fk_action_secrets_workspace_id_actions",
        ),
    )
    op.create_index(
        "ix_actions_owed",
        "actions",
        ["workspace_id"],
        sqlite_where=sa.text(OWED),
        postgresql_where=sa.text(OWED),
    )


def downgrade() -> None:
    op.drop_index("ix_actions_owed", table_name="actions")
    op.drop_table("action_secrets")
