"""How much of a panel's log each snapshot ends."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_MEASURE = """
UPDATE snapshot SET bytes = {state} + (
    SELECT coalesce(sum({ops} + {cause}), 0) FROM change
    WHERE change.workspace_id = snapshot.workspace_id AND change.panel_id = snapshot.panel_id
    AND change.rev <= snapshot.rev AND change.rev > (
        SELECT coalesce(max(earlier.rev), -1) FROM snapshot AS earlier
        WHERE earlier.workspace_id = snapshot.workspace_id
        AND earlier.panel_id = snapshot.panel_id AND earlier.rev < snapshot.rev
    )
)
"""


def upgrade() -> None:
    """Make the column and its index, and measure what is there."""
    size = sa.Column("bytes", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("snapshot", size)
    here = op.get_bind().dialect.name == "sqlite"
    count = "length(CAST({} AS BLOB))" if here else "octet_length({})"
    columns = ("state", "ops", "cause")
    op.execute(_MEASURE.format(**{name: count.format(name) for name in columns}))
    op.create_index("snapshot_bytes", "snapshot", ["workspace_id", "panel_id", "rev", "bytes"])


def downgrade() -> None:
    """Drop both."""
    op.drop_index("snapshot_bytes", "snapshot")
    op.drop_column("snapshot", "bytes")
