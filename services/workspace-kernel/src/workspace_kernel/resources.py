"""What the kernel shows of itself over REST, and keeps of an execution: models, no behaviour."""

from typing import Annotated, Final, Generic, Literal, TypeVar

from pydantic import Field, StringConstraints

from nexus_core import Execution
from nexus_protocol import Diagnostic, ExecutionError, Json, Model, PatchOp, Repair
from nexus_protocol._model import Maybe
from nexus_protocol.ast import ToolTrigger
from nexus_protocol.edits import EditOperation
from nexus_protocol.messages import Metrics

NAME_PATTERN: Final = r"^[a-z0-9][a-z0-9-]{0,63}$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""How workspaces and panels are called in addresses and files."""

Item = TypeVar("Item")


class Page(Model, Generic[Item]):
    """A part of a list, and where the next one begins."""

    items: tuple[Item, ...]
    next_cursor: Maybe[str] = None
    """Given as ``cursor`` it brings the next part; absent at the end."""


class WorkspaceInfo(Model):
    """A workspace."""

    id: Name
    title: str
    created_at: float
    branch: Maybe[str] = None
    """The branch that its panels run from; absent where none is checked out."""


class NewWorkspace(Model):
    """What a workspace is made from."""

    id: Name
    title: str = Field(default="", max_length=200)
    copy_of: Maybe[Name] = None
    """A workspace whose panels the new one begins with, as they are saved there."""
    demo: bool = Field(default=False, strict=True)
    """Whether it begins with the sample panels."""


class StoredBytes(Model):
    """What of a workspace lies in the database and has a size there."""

    values: int
    """Of ``nexus.kv``, keys and values."""
    records: int
    """By which executions are run again."""
    waiting: int
    """Executions that wait."""


class WorkspaceUsage(Model):
    """What a workspace holds."""

    workspace: Name
    panels: int
    executions: int
    """Calls of tools that are kept, by people, programs and triggers."""
    bytes: StoredBytes


PanelStatus = Literal["created", "active", "suspended", "stopped", "error"]
"""Never ran · runs · sleeps, and wakes when it is used · was stopped · its source cannot run."""


class PanelInfo(Model):
    """A panel without its source."""

    id: Name
    title: str
    description: Maybe[str] = None
    icon: Maybe[str] = None
    source_hash: str
    created_at: float
    updated_at: float
    running: bool
    status: PanelStatus
    problem: Maybe[str] = None
    """Why the source in the repository cannot run; the last good one goes on if it runs."""


class PanelDocument(PanelInfo):
    """A panel with its source."""

    source: str


class PanelDraft(Model):
    """A panel to be saved; ``state`` holds values in place of the declared defaults."""

    source: str
    state: Maybe[dict[str, Json]] = None


class NewPanel(Model):
    """A panel to be made: of a source, of a template, or as a copy of another panel.

    Without an id it is called after its ``id`` attribute or its title.
    """

    id: Maybe[Name] = None
    source: Maybe[str] = None
    template: Maybe[str] = None
    """The name of a template."""
    copy_of: Maybe[Name] = None
    """A panel of the same workspace."""
    title: Maybe[str] = Field(default=None, max_length=200)
    """What a panel of a template is called."""
    state: Maybe[dict[str, Json]] = None
    """Values in place of the declared defaults."""
    with_state: bool = Field(default=False, strict=True)
    """Whether a copy begins with the state of the other."""


ConflictPolicy = Literal["refuse", "skip", "replace"]
"""What becomes of a panel that is there: nothing is imported, it stays, or it is replaced."""


class ImportedPanel(Model):
    """What becomes of one panel of an archive."""

    id: Name
    action: Literal["create", "replace", "skip", "conflict"]
    """``conflict`` only where nothing was to be done: else it is an error."""
    why: Maybe[str] = None


class Imported(Model):
    """What becomes of the panels of an archive."""

    dry_run: bool
    """Whether nothing was done."""
    workspace: str
    """The workspace that they come from."""
    panels: tuple[ImportedPanel, ...]


class SavedPanel(PanelInfo):
    """A saved panel, and what the parser had to say about it."""

    diagnostics: tuple[Diagnostic, ...] = ()
    repairs: tuple[Repair, ...] = ()


class Source(Model):
    """A text to be checked."""

    source: str


class Check(Model):
    """What the parser says about a source."""

    ok: bool
    diagnostics: tuple[Diagnostic, ...]
    repairs: tuple[Repair, ...]
    capabilities: tuple[str, ...]
    source_hash: str


class Formatted(Model):
    """A source in canonical layout."""

    source: str


class PanelNode(Model):
    """A node of a panel's source, as an edit names it."""

    address: str
    hash: str
    """What an operation on it gives as its precondition."""


class Edits(Model):
    """Operations on nodes of a source, all of them to be applied or none."""

    operations: tuple[EditOperation, ...] = Field(min_length=1, max_length=500)
    """Addresses and hashes are those of the source as it is before them."""


class Edited(Model):
    """What operations would make of a source, and what the parser says about that."""

    source: str
    diagnostics: tuple[Diagnostic, ...]


class PanelState(Model):
    """A panel's state at one revision, and what is computed from it."""

    rev: int
    oldest_rev: int
    """The oldest revision whose state is kept."""
    state: dict[str, Json]
    computed: dict[str, Json]


class Undo(Model):
    """What to take back: one change, or all after a revision; without either the newest change."""

    rev: Maybe[int] = Field(default=None, ge=0, le=10**15 - 1)
    """The change; that of an undo makes its changes anew."""
    to: Maybe[int] = Field(default=None, ge=0, le=10**15 - 1)
    """The revision to go back to."""


class Revision(Model):
    """The revision that has what was asked for."""

    rev: int


class ToolCall(Model):
    """The arguments of a tool, by name or in the declared order."""

    args: dict[str, Json] | list[Json] = Field(default_factory=dict[str, Json])


class EmittedEvent(Model):
    """An event that an execution emitted."""

    name: str
    payload: Json = None


class ViewUpdate(Model):
    """A transient command to a component of the view."""

    id: str
    method: str
    args: tuple[Json, ...] = ()


class LogLine(Model):
    """A line that an execution logged."""

    level: str
    message: str


class ExecutionRecord(Model):
    """What became of one call of a tool."""

    id: str
    tool: str
    ok: bool
    value: Json = None
    error: Maybe[ExecutionError] = None
    patches: tuple[PatchOp, ...] = ()
    events: tuple[EmittedEvent, ...] = ()
    view: tuple[ViewUpdate, ...] = ()
    logs: tuple[LogLine, ...] = ()
    metrics: Maybe[Metrics] = None
    rev: int
    """The panel's revision after it."""

    @classmethod
    def of(cls, execution: Execution) -> "ExecutionRecord":
        """Keep an execution as it is told to others."""
        return cls(
            id=execution.id,
            tool=execution.tool,
            ok=execution.ok,
            value=execution.value,
            error=execution.error,
            patches=execution.patches,
            events=tuple(EmittedEvent(name=e.name, payload=e.payload) for e in execution.events),
            view=tuple(ViewUpdate(id=v.id, method=v.method, args=v.args) for v in execution.view),
            logs=tuple(LogLine(level=e.level, message=e.message) for e in execution.logs),
            metrics=execution.metrics,
            rev=execution.rev,
        )


class ExecutionEntry(Model):
    """An execution in the list of those of a panel."""

    id: str
    tool: str
    args: dict[str, Json] | list[Json]
    started_at: float
    trigger: Maybe[str] = None
    """The id of the trigger that asked for it."""
    lifecycle: bool = False
    """Whether it was a handler of the panel's life, called ``tool`` here."""
    execution: Maybe[ExecutionRecord] = None
    """Absent while it runs."""


class TriggerInfo(Model):
    """What runs a tool by itself, and how that goes."""

    id: str
    tool: str
    trigger: ToolTrigger
    armed: bool
    """False while the panel is stopped."""
    due_at: Maybe[float] = None
    """When it runs by the clock."""
    waiting: int
    """Runs that are asked for and have not ended."""
    failures: int
    """How often it failed since it last did not."""
    rest_until: Maybe[float] = None
    """It does not run before, because it failed, or ran just now."""
    ran_at: Maybe[float] = None
    error: Maybe[str] = None
    """What went wrong when it last ran, or was to run."""


class Replay(Model):
    """How an execution is to be run again."""

    source: Maybe[str] = None
    """NXML in the place of the source that ran."""


class CommitInfo(Model):
    """One version of a panel's source."""

    id: str
    message: str
    author: str
    at: float
    path: Maybe[str] = None
    """The file, as it was called then; absent in the history of a workspace."""


class BranchInfo(Model):
    """A branch of a workspace's repository."""

    name: str
    head: str
    """The commit that it is at."""
    checked_out: bool
    """Whether it is the one that panels run from, and saves go to."""


class NewBranch(Model):
    """A branch to be made."""

    name: str = Field(min_length=1, max_length=200)
    at: Maybe[str] = Field(default=None, max_length=200)
    """A commit or branch to begin at; without it, the one that is checked out."""


class Merge(Model):
    """Which branch is to be brought into the one that is checked out."""

    branch: str = Field(min_length=1, max_length=200)


class Switch(Model):
    """Which branch is to be checked out."""

    branch: str = Field(min_length=1, max_length=200)


class TemplateInfo(Model):
    """What a panel can be made from."""

    name: str
    description: Maybe[str] = None
    icon: Maybe[str] = None
    source: str
    """NXML, in which ``__TITLE__`` stands for the title."""


class PanelDiff(Model):
    """How a panel's source became another."""

    before: Maybe[str] = None
    """The commit or branch that was asked for; absent is the one that is checked out."""
    after: Maybe[str] = None
    """The commit or branch that was asked for; absent is what is there now."""
    diff: str
    """A unified diff that stock tools apply; empty when nothing differs."""


class Restore(Model):
    """Which version is to be restored."""

    commit: str = Field(pattern=r"^[0-9a-f]{40}$")


class Health(Model):
    """Whether the kernel is alive and serves."""

    status: str
    version: str


__all__ = [
    "BranchInfo",
    "Check",
    "CommitInfo",
    "Edited",
    "Edits",
    "ExecutionEntry",
    "ExecutionRecord",
    "Formatted",
    "Health",
    "Merge",
    "Name",
    "NewBranch",
    "NewPanel",
    "NewWorkspace",
    "Page",
    "PanelDiff",
    "PanelDocument",
    "PanelDraft",
    "PanelInfo",
    "PanelNode",
    "PanelState",
    "Replay",
    "Restore",
    "SavedPanel",
    "Source",
    "StoredBytes",
    "Switch",
    "TemplateInfo",
    "ToolCall",
    "TriggerInfo",
    "WorkspaceInfo",
    "WorkspaceUsage",
]
