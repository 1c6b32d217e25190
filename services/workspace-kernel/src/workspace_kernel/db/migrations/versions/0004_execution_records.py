"""What runs executions again."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "execution_record",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("panel_id", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("workspace_id", "panel_id", "request_id"),
        sa.ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("execution_record")
