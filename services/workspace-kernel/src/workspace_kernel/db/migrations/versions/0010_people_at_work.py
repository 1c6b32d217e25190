"""Where somebody's windows stand in a workspace, and who has been shown around."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "canvas_layout",
        sa.Column("workspace_id", sa.String(64), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("windows", sa.String(), nullable=False),
        sa.Column("saved_at", sa.Float(), nullable=False),
    )
    op.create_index("ix_canvas_layout_account_id", "canvas_layout", ["account_id"])
    op.add_column("account", sa.Column("toured_at", sa.Float(), nullable=True))


def downgrade() -> None:
    """Drop both."""
    op.drop_column("account", "toured_at")
    op.drop_table("canvas_layout")
