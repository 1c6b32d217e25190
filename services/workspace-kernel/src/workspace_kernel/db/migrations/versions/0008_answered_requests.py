"""Answers that are kept for requests that come again, and records in the order that they go in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "answered_request",
        sa.Column("caller", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(128), primary_key=True),
        sa.Column("asks", sa.String(64), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
    )
    op.create_index("answered_request_order", "answered_request", ["caller", "at"])
    op.create_index("answered_request_age", "answered_request", ["at"])
    op.create_index("execution_record_order", "execution_record", ["workspace_id", "number"])


def downgrade() -> None:
    """Drop both."""
    op.drop_index("execution_record_order", "execution_record")
    op.drop_table("answered_request")
