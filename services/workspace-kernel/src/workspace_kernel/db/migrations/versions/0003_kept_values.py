"""Values that panels keep with ``nexus.kv``."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    key = sa.String(512).with_variant(sa.String(512, collation="C"), "postgresql")
    op.create_table(
        "kept_value",
        sa.Column("workspace_id", sa.String(64), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("key", key, primary_key=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=True),
        sa.Column("value", sa.String(), nullable=False),
    )
    op.create_index("kept_value_bytes", "kept_value", ["workspace_id", "bytes"])
    op.create_index("kept_value_expiry", "kept_value", ["expires_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("kept_value")
