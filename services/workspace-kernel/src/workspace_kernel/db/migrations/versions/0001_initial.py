"""Workspaces, panels, their changes, snapshots and executions."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workspace",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "panel",
        sa.Column("workspace_id", sa.String(64), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("icon", sa.String(), nullable=True),
        sa.Column("source_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("updated_at", sa.Float(), nullable=False),
        sa.Column("first_rev", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.Float(), nullable=True),
    )
    op.create_table(
        "change",
        *_of_panel(primary_key=True),
        sa.Column("rev", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("ops", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("cause_id", sa.String(128), nullable=True),
        sa.Column("at", sa.Float(), nullable=False),
        _to_panel(),
    )
    op.create_index("change_cause", "change", ["workspace_id", "panel_id", "cause_id", "rev"])
    op.create_table(
        "snapshot",
        *_of_panel(primary_key=True),
        sa.Column("rev", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        _to_panel(),
    )
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "execution",
        sa.Column("number", serial, primary_key=True),
        *_of_panel(primary_key=False),
        sa.Column("request_id", sa.String(128), nullable=False),
        sa.Column("call", sa.String(), nullable=False),
        sa.Column("started_at", sa.Float(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.UniqueConstraint("workspace_id", "panel_id", "request_id"),
        _to_panel(),
    )
    op.create_index("execution_order", "execution", ["workspace_id", "panel_id", "number"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("execution", "snapshot", "change", "panel", "workspace"):
        op.drop_table(table)


def _of_panel(*, primary_key: bool) -> tuple[sa.Column[str], sa.Column[str]]:
    return (
        sa.Column("workspace_id", sa.String(64), primary_key=primary_key, nullable=False),
        sa.Column("panel_id", sa.String(64), primary_key=primary_key, nullable=False),
    )


def _to_panel() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"])
