"""Sources that were saved and are not committed to git yet."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pending_save",
        sa.Column("workspace_id", sa.String(64), primary_key=True),
        sa.Column("panel_id", sa.String(64), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("base", sa.String(40), nullable=True),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("author_email", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("pending_save")
