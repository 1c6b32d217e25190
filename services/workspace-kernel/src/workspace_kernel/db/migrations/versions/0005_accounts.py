"""Accounts, their logins and tokens, members and invitations of workspaces, the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_TABLES = (
    "account",
    "login_session",
    "refresh_token",
    "personal_token",
    "membership",
    "invitation",
    "audit_entry",
)
_INDEXES = (
    ("login_session", "account_id"),
    ("login_session", "expires_at"),
    ("refresh_token", "expires_at"),
    ("personal_token", "account_id"),
    ("personal_token", "expires_at"),
    ("membership", "account_id"),
    ("invitation", "workspace_id"),
    ("invitation", "expires_at"),
    ("audit_entry", "at"),
)


def upgrade() -> None:
    """Make the tables."""
    _make_accounts()
    _make_workspaces()
    for table, column in _INDEXES:
        op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_index("audit_of_workspace", "audit_entry", ["workspace_id", "number"])
    op.create_index("audit_of_account", "audit_entry", ["account_id", "number"])


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _make_accounts() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("password", sa.String(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.String(32), primary_key=True),
        _to_account(),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "refresh_token",
        sa.Column("session_id", sa.String(32), sa.ForeignKey("login_session.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("expires_at", sa.Float(), nullable=False),
    )
    op.create_table(
        "personal_token",
        sa.Column("id", sa.String(32), primary_key=True),
        _to_account(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("workspace_id", sa.String(64), sa.ForeignKey("workspace.id"), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
        sa.Column("used_at", sa.Float(), nullable=True),
    )


def _make_workspaces() -> None:
    op.create_table(
        "membership",
        sa.Column("workspace_id", sa.String(64), sa.ForeignKey("workspace.id"), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("account.id"), primary_key=True),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("invitation", sa.String(32), nullable=True, unique=True),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("workspace_id", sa.String(64), sa.ForeignKey("workspace.id"), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("created_by", sa.String(32), nullable=True),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("expires_at", sa.Float(), nullable=False),
    )
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "audit_entry",
        sa.Column("number", serial, primary_key=True),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("workspace_id", sa.String(64), nullable=True),
        sa.Column("account_id", sa.String(32), nullable=True),
        sa.Column("subject", sa.String(64), nullable=True),
        sa.Column("address", sa.String(64), nullable=True),
    )


def _to_account() -> sa.Column[str]:
    return sa.Column("account_id", sa.String(32), sa.ForeignKey("account.id"), nullable=False)
