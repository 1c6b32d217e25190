"""A change is stored with the runs that it leads to: nobody looks for it again later."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop up to where each trigger had looked."""
    op.drop_column("tool_trigger", "seen_rev")


def downgrade() -> None:
    """Make the column again; changes are looked at from now on."""
    op.add_column("tool_trigger", sa.Column("seen_rev", sa.BigInteger(), nullable=True))
