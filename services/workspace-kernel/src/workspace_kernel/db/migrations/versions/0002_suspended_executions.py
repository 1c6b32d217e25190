"""Executions that wait, and what became of their calls."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "suspended_execution",
        *_of_execution(),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        _to_panel(),
    )
    op.create_table(
        "suspended_call",
        *_of_execution(),
        sa.Column("call", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("reply", sa.String(), nullable=True),
        _to_panel(),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("suspended_call")
    op.drop_table("suspended_execution")


def _of_execution() -> tuple[sa.Column[str], ...]:
    return (
        sa.Column("workspace_id", sa.String(64), primary_key=True),
        sa.Column("panel_id", sa.String(64), primary_key=True),
        sa.Column("request_id", sa.String(128), primary_key=True),
    )


def _to_panel() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"])
