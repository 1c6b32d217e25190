"""The tables: which panels there are, what happened to their state, and what ran.

Values that are JSON are kept as JSON text, so that SQLite and PostgreSQL give back exactly what
was stored. Times are seconds since the epoch, UTC. Sources are not here: they live in git.
"""

from typing import ClassVar

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel


class Table(SQLModel):
    """What all tables share: a name of their own choice, which SQLModel's types leave out."""

    __tablename__: ClassVar[str]  # pyright: ignore[reportIncompatibleUnannotatedOverride, reportIncompatibleVariableOverride]


_GIVEN = {"autoincrement": False}
KEY = String(512).with_variant(String(512, collation="C"), "postgresql")
"""In the order of its code points everywhere: PostgreSQL has one of the operator's language."""
_SERIAL = BigInteger().with_variant(Integer(), "sqlite")


class DatabaseOwner(Table, table=True):
    """The kernel that last began with the database, in one row; see ``db.ownership``."""

    __tablename__ = "database_owner"

    id: int = Field(primary_key=True, sa_column_kwargs=_GIVEN)
    kernel: str = Field(max_length=32)
    """Another name each time that one begins."""
    since: float


class Workspace(Table, table=True):
    """A workspace: one git repository and the panels in it."""

    __tablename__ = "workspace"

    id: str = Field(primary_key=True, max_length=64)
    title: str = Field(max_length=200)
    created_at: float


class Panel(Table, table=True):
    """What is known of a panel without opening it; made anew from its source when that differs."""

    __tablename__ = "panel"

    workspace_id: str = Field(primary_key=True, max_length=64, foreign_key="workspace.id")
    id: str = Field(primary_key=True, max_length=64)
    title: str | None = None
    description: str | None = None
    icon: str | None = None
    source_hash: str = Field(max_length=64)
    created_at: float
    updated_at: float
    first_rev: int = Field(default=0, sa_type=BigInteger)
    """Where the revisions begin: those of a deleted panel of the same name never come again."""
    deleted_at: float | None = None
    blob: str | None = Field(default=None, max_length=40)
    """Git's name of the source that this was made from; another is taken up."""
    problem: str | None = None
    """Why the source cannot run; absent for one that can."""
    started_at: float | None = None
    """When it first ran."""
    stopped_at: float | None = None
    """When somebody stopped it; absent for a panel that may run."""

    def changed(self, **values: object) -> "Panel":
        """Return another row with these values in place of the old."""
        return Panel.model_validate(self.model_dump() | values)


class PendingSave(Table, table=True):
    """A source that was saved and is not committed to git yet."""

    __tablename__ = "pending_save"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )

    workspace_id: str = Field(primary_key=True, max_length=64)
    panel_id: str = Field(primary_key=True, max_length=64)
    source: str
    branch: str
    """The branch that was checked out when it was saved."""
    base: str | None = Field(default=None, max_length=40)
    """The commit that it was made from."""
    author_name: str
    author_email: str


class LoggedChange(Table, table=True):
    """One committed change set of a panel's state."""

    __tablename__ = "change"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
        Index("change_cause", "workspace_id", "panel_id", "cause_id", "rev"),
    )

    workspace_id: str = Field(primary_key=True, max_length=64)
    panel_id: str = Field(primary_key=True, max_length=64)
    rev: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    ops: str
    """JSON: a list of patch operations."""
    cause: str
    """JSON: why, as in ``nexus_protocol.patches.Cause``."""
    cause_id: str | None = Field(default=None, max_length=128)
    at: float


class Snapshot(Table, table=True):
    """A panel's whole state at one revision."""

    __tablename__ = "snapshot"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
        Index("snapshot_bytes", "workspace_id", "panel_id", "rev", "bytes"),
    )

    workspace_id: str = Field(primary_key=True, max_length=64)
    panel_id: str = Field(primary_key=True, max_length=64)
    rev: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    state: str
    """JSON: the state."""
    at: float
    bytes: int = Field(default=0, sa_type=BigInteger)
    """Of the state, and of the changes that lead to it from the snapshot before, in UTF-8."""


class StoredExecution(Table, table=True):
    """One run of a tool, by the request that asked for it; answers the same request again."""

    __tablename__ = "execution"
    __table_args__ = (
        UniqueConstraint("workspace_id", "panel_id", "request_id"),
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
        Index("execution_order", "workspace_id", "panel_id", "number"),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=_SERIAL)
    workspace_id: str = Field(max_length=64)
    panel_id: str = Field(max_length=64)
    request_id: str = Field(max_length=128)
    call: str
    """JSON: tool and arguments."""
    started_at: float
    result: str | None = None
    """JSON: the whole execution; absent while it runs, or when the kernel died meanwhile."""


class SuspendedExecution(Table, table=True):
    """An execution that waits, as it goes on after a restart; gone when it ends."""

    __tablename__ = "suspended_execution"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )

    workspace_id: str = Field(primary_key=True, max_length=64)
    panel_id: str = Field(primary_key=True, max_length=64)
    request_id: str = Field(primary_key=True, max_length=128)
    size: int = Field(sa_type=BigInteger)
    """Bytes of the image."""
    image: bytes
    """As ``nexus_core.suspension.Suspended`` writes it."""


class SuspendedCall(Table, table=True):
    """What became of a call, since its execution was last put away, that is made only once."""

    __tablename__ = "suspended_call"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )

    workspace_id: str = Field(primary_key=True, max_length=64)
    panel_id: str = Field(primary_key=True, max_length=64)
    request_id: str = Field(primary_key=True, max_length=128)
    call: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs=_GIVEN)
    reply: str | None = None
    """JSON: its answer; absent while it is under way."""


class StoredTrigger(Table, table=True):
    """A trigger that a panel's source declares, and when it is due."""

    __tablename__ = "tool_trigger"
    __table_args__ = (
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )

    workspace_id: str = Field(primary_key=True, max_length=64)
    panel_id: str = Field(primary_key=True, max_length=64)
    id: str = Field(primary_key=True, max_length=16)
    """A hash of what it says, so that it stays the same while that does."""
    declared: str
    """JSON: ``services.declared.Declared``."""
    due_at: float | None = None
    """When it runs by the clock."""
    rest_until: float = 0
    """It does not run before, because it failed, or ran just now."""
    failures: int = 0
    """How often it failed since it last did not."""
    ran_at: float | None = None
    error: str | None = None
    """What went wrong when it last ran, or was to run."""


class StoredFiring(Table, table=True):
    """A run of a tool that a trigger asked for; gone when it has ended."""

    __tablename__ = "tool_firing"
    __table_args__ = (
        UniqueConstraint("workspace_id", "panel_id", "request_id"),
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=_SERIAL)
    workspace_id: str = Field(max_length=64)
    panel_id: str = Field(max_length=64)
    trigger_id: str = Field(max_length=16)
    request_id: str = Field(max_length=128)
    args: str
    """JSON: the arguments of the tool."""


class KeptValue(Table, table=True):
    """A value that a workspace's panels keep under a key, with ``nexus.kv``."""

    __tablename__ = "kept_value"
    __table_args__ = (
        Index("kept_value_bytes", "workspace_id", "bytes"),
        Index("kept_value_expiry", "expires_at"),
    )

    workspace_id: str = Field(primary_key=True, max_length=64, foreign_key="workspace.id")
    key: str = Field(primary_key=True, sa_type=KEY)
    bytes: int
    """Of key and value, in UTF-8."""
    expires_at: float | None = None
    value: str
    """JSON."""


class ExecutionRecord(Table, table=True):
    """What runs an execution again; the oldest go first."""

    __tablename__ = "execution_record"
    __table_args__ = (
        UniqueConstraint("workspace_id", "panel_id", "request_id"),
        Index("execution_record_order", "workspace_id", "number"),
        ForeignKeyConstraint(["workspace_id", "panel_id"], ["panel.workspace_id", "panel.id"]),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=_SERIAL)
    workspace_id: str = Field(max_length=64)
    panel_id: str = Field(max_length=64)
    request_id: str = Field(max_length=128)
    at: float
    size: int = Field(sa_type=BigInteger)
    """Bytes of the content."""
    content: bytes
    """``nexus_core.recording.Record`` as JSON, packed by zlib."""


class AnsweredRequest(Table, table=True):
    """What was answered to a request that made something, for when it comes again."""

    __tablename__ = "answered_request"
    __table_args__ = (
        Index("answered_request_order", "caller", "at"),
        Index("answered_request_age", "at"),
    )

    caller: str = Field(primary_key=True, max_length=64)
    """The account, or ``local``."""
    key: str = Field(primary_key=True, max_length=128)
    """The request, as its caller names it."""
    asks: str = Field(max_length=64)
    """SHA-256 of method, path and body: the same key names nothing else."""
    answer: str
    """JSON: the success, as in ``services.answers``."""
    at: float


class Account(Table, table=True):
    """Somebody who can log in."""

    __tablename__ = "account"

    id: str = Field(primary_key=True, max_length=32)
    email: str = Field(max_length=254, unique=True)
    """In the one spelling that ``services.accounts`` gives to all of them."""
    name: str = Field(max_length=100)
    password: str
    """Argon2id, with salt and parameters."""
    created_at: float
    toured_at: float | None = None
    """When the studio's tour was taken, or declined."""


class LoginSession(Table, table=True):
    """A login: it lasts until it ends by itself, is ended, or one of its tokens comes twice."""

    __tablename__ = "login_session"

    id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(max_length=32, foreign_key="account.id", index=True)
    created_at: float
    expires_at: float = Field(index=True)


class RefreshToken(Table, table=True):
    """A refresh token that was given out; the one with the highest number is still good."""

    __tablename__ = "refresh_token"

    session_id: str = Field(primary_key=True, max_length=32, foreign_key="login_session.id")
    number: int = Field(primary_key=True, sa_column_kwargs=_GIVEN)
    digest: str = Field(max_length=64, unique=True)
    expires_at: float = Field(index=True)


class PersonalToken(Table, table=True):
    """A token that a user made for a program or an agent."""

    __tablename__ = "personal_token"

    id: str = Field(primary_key=True, max_length=32)
    account_id: str = Field(max_length=32, foreign_key="account.id", index=True)
    name: str = Field(max_length=100)
    digest: str = Field(max_length=64, unique=True)
    scopes: str
    """Words of ``auth.permissions.Scope``, with a space between."""
    workspace_id: str | None = Field(default=None, max_length=64, foreign_key="workspace.id")
    created_at: float
    expires_at: float = Field(index=True)
    used_at: float | None = None
    """To the minute."""


class Membership(Table, table=True):
    """What a user is in a workspace."""

    __tablename__ = "membership"

    workspace_id: str = Field(primary_key=True, max_length=64, foreign_key="workspace.id")
    account_id: str = Field(primary_key=True, max_length=32, foreign_key="account.id", index=True)
    role: str = Field(max_length=16)
    created_at: float
    invitation: str | None = Field(default=None, max_length=32, unique=True)
    """The invitation that led here; unique, since each may be accepted once."""


class StoredLayout(Table, table=True):
    """Where a user's windows stand on the canvas of a workspace."""

    __tablename__ = "canvas_layout"

    workspace_id: str = Field(primary_key=True, max_length=64, foreign_key="workspace.id")
    account_id: str = Field(primary_key=True, max_length=32, foreign_key="account.id", index=True)
    windows: str
    """JSON: a list of ``account_resources.Window``."""
    saved_at: float


class Invitation(Table, table=True):
    """A link that lets one person into a workspace."""

    __tablename__ = "invitation"

    id: str = Field(primary_key=True, max_length=32)
    workspace_id: str = Field(max_length=64, foreign_key="workspace.id", index=True)
    role: str = Field(max_length=16)
    digest: str = Field(max_length=64, unique=True)
    created_by: str | None = Field(default=None, max_length=32)
    """The account that invites; none for the kernel itself."""
    created_at: float
    expires_at: float = Field(index=True)


class AuditEntry(Table, table=True):
    """Something that was done about accounts and rights; it outlives whom it is about."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_of_workspace", "workspace_id", "number"),
        Index("audit_of_account", "account_id", "number"),
    )

    number: int | None = Field(default=None, primary_key=True, sa_type=_SERIAL)
    at: float = Field(index=True)
    action: str = Field(max_length=40)
    workspace_id: str | None = Field(default=None, max_length=64)
    account_id: str | None = Field(default=None, max_length=32)
    """Who did it."""
    subject: str | None = Field(default=None, max_length=64)
    """To whom or what."""
    address: str | None = Field(default=None, max_length=64)
    """From where."""


TABLES = (
    StoredFiring,
    StoredTrigger,
    AnsweredRequest,
    ExecutionRecord,
    KeptValue,
    AuditEntry,
    Invitation,
    StoredLayout,
    Membership,
    PersonalToken,
    RefreshToken,
    LoginSession,
    Account,
    SuspendedCall,
    SuspendedExecution,
    StoredExecution,
    Snapshot,
    LoggedChange,
    PendingSave,
    Panel,
    Workspace,
    DatabaseOwner,
)
"""All tables, those that refer to others first."""


__all__ = [
    "KEY",
    "TABLES",
    "Account",
    "AnsweredRequest",
    "AuditEntry",
    "DatabaseOwner",
    "ExecutionRecord",
    "Invitation",
    "KeptValue",
    "LoggedChange",
    "LoginSession",
    "Membership",
    "Panel",
    "PendingSave",
    "PersonalToken",
    "RefreshToken",
    "Snapshot",
    "StoredExecution",
    "StoredFiring",
    "StoredLayout",
    "StoredTrigger",
    "SuspendedCall",
    "SuspendedExecution",
    "Workspace",
]
