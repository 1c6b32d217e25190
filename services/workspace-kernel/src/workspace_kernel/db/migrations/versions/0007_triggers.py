"""What runs tools by itself, and how panels live: started, stopped, unable to run."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ADDED = (
    ("blob", sa.String(40)),
    ("problem", sa.String()),
    ("started_at", sa.Float()),
    ("stopped_at", sa.Float()),
)


def upgrade() -> None:
    """Make the tables and columns."""
    for name, kind in _ADDED:
        op.add_column("panel", sa.Column(name, kind, nullable=True))
    op.create_table(
        "tool_trigger",
        sa.Column("workspace_id", sa.String(64), primary_key=True),
        sa.Column("panel_id", sa.String(64), primary_key=True),
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("declared", sa.String(), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=True),
        sa.Column("seen_rev", sa.BigInteger(), nullable=True),
        sa.Column("rest_until", sa.Float(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("ran_at", sa.Float(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )
    op.create_table(
        "tool_firing",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
        ),
        sa.Column("workspace_id", sa.String(64), nullable=False),
        sa.Column("panel_id", sa.String(64), nullable=False),
        sa.Column("trigger_id", sa.String(16), nullable=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("args", sa.String(), nullable=False),
        sa.UniqueConstraint("workspace_id", "panel_id", "request_id"),
        sa.ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("tool_firing")
    op.drop_table("tool_trigger")
    for name, _ in _ADDED:
        op.drop_column("panel", name)
