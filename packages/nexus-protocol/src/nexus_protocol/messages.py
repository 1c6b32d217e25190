"""What browser and kernel say to each other over the WebSocket.

One object a frame, discriminated by ``type``: JSON in the subprotocol ``nexus.v1``, MessagePack in
``nexus.v1.msgpack``. Unknown fields are refused from clients (``ClientMessage``) and ignored from
servers by the generated TypeScript client. What is promised of them stands in docs/WIRE.md.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from nexus_protocol._model import Json, Maybe, Model
from nexus_protocol.ast import PanelAst
from nexus_protocol.errors import ErrorCode, ExecutionError
from nexus_protocol.patches import Cause, PatchOp

PROTOCOL = "nexus.v1"
"""The WebSocket subprotocol of JSON text frames."""
PACKED_PROTOCOL = "nexus.v1.msgpack"
"""The same in MessagePack: binary frames."""

Id = Annotated[str, Field(min_length=1, max_length=128)]
Revision = Annotated[int, Field(ge=0, le=10**15 - 1)]


# ---- client to server


class Auth(Model):
    """Say who one is: the first frame where people log in, unless a ticket opened the socket.

    Repeated with a newer token of the same session it lets the socket stay open for longer.
    """

    type: Literal["AUTH"] = "AUTH"
    token: Annotated[str, Field(min_length=1, max_length=4096, repr=False)]
    """An access token or a personal token."""


class Subscribe(Model):
    """Ask for a panel and all that happens to it; ``since_rev`` resumes after a break."""

    type: Literal["SUBSCRIBE"] = "SUBSCRIBE"
    panel_id: Id
    since_rev: Maybe[Revision] = None
    source_hash: Maybe[Annotated[str, Field(max_length=64)]] = None
    """The ``sourceHash`` of the PANEL the client holds; with ``since_rev`` it may skip the AST."""


class Unsubscribe(Model):
    """Hear no more of a panel."""

    type: Literal["UNSUBSCRIBE"] = "UNSUBSCRIBE"
    panel_id: Id


class Trigger(Model):
    """Run a tool; ``request_id`` makes a repetition run once and answer again."""

    type: Literal["TRIGGER"] = "TRIGGER"
    request_id: Id
    panel_id: Id
    tool: Id
    args: dict[str, Json] | list[Json] = Field(default_factory=dict[str, Json])
    traceparent: Maybe[Annotated[str, Field(max_length=64)]] = None


class Set(Model):
    """Write one value of the state, as two-way binding does; answered by a RESULT."""

    type: Literal["SET"] = "SET"
    request_id: Id
    panel_id: Id
    path: Annotated[str, Field(max_length=1024)]
    """JSON pointer: ``/todos/3/done``."""
    rev: Maybe[Revision] = None
    """The revision that the path was read at: positions in lists are those of that one. Without it
    they are those of the moment at which the kernel writes."""
    value: Json


class Undo(Model):
    """Take a change back by a new one; answered by a RESULT.

    ``rev`` names the change, that of an undo makes its changes anew; ``to`` goes back to what was
    at a revision. Without either it is the newest change that is not taken back yet.
    """

    type: Literal["UNDO"] = "UNDO"
    request_id: Id
    panel_id: Id
    rev: Maybe[Revision] = None
    to: Maybe[Revision] = None


class Redo(Model):
    """Take the newest undo back that is still in effect; answered by a RESULT."""

    type: Literal["REDO"] = "REDO"
    request_id: Id
    panel_id: Id


class Cancel(Model):
    """End the execution of a TRIGGER; its RESULT then says CANCELLED.

    Request ids are unique on their panel, and any connection may cancel what another one
    triggered. Nothing happens when nothing runs under that id any more.
    """

    type: Literal["CANCEL"] = "CANCEL"
    request_id: Id
    panel_id: Id


class Who(Model):
    """Ask who else is here: answered by PRESENCE, now and, while ``follow``, when that changes."""

    type: Literal["WHO"] = "WHO"
    follow: bool = True


class Ping(Model):
    """Ask whether the other side is there."""

    type: Literal["PING"] = "PING"


ClientMessage: TypeAlias = Annotated[
    Auth | Subscribe | Unsubscribe | Trigger | Set | Undo | Redo | Cancel | Who | Ping,
    Field(discriminator="type"),
]


# ---- server to client


class WireLimits(Model):
    """What the server accepts."""

    frame_bytes: int
    subscriptions: int
    pending_requests: int


class Connected(Model):
    """The first frame of the server."""

    type: Literal["CONNECTED"] = "CONNECTED"
    session_id: str
    protocol: str = PROTOCOL
    catalogue_hash: str
    limits: WireLimits


class PanelMessage(Model):
    """A panel as it is: on SUBSCRIBE, and whenever its source changed."""

    type: Literal["PANEL"] = "PANEL"
    panel_id: str
    source_hash: str
    """SHA-256 of the source; also its ETag over REST."""
    ast: PanelAst
    state: dict[str, Json]
    rev: int


class Patch(Model):
    """A committed change, without a gap: it takes ``rev - 1`` to ``rev``.

    This is what every follower gets for every change, so it is kept short: what made an ordinary
    change is in the panel's log, by its revision.
    """

    type: Literal["PATCH"] = "PATCH"
    panel_id: str
    rev: int
    ops: tuple[PatchOp, ...]
    cause: Maybe[Cause] = None
    """What made it, unless that is a tool or a binding."""
    hash: Maybe[str] = None
    """Hash of the whole state after it (``canonical.state_hash``): every 32 revisions, and on the
    last of the patches that were missed."""


class Progress(Model):
    """An execution waits for the outside world, or says how far it is."""

    type: Literal["PROGRESS"] = "PROGRESS"
    request_id: str
    panel_id: str
    waiting_for: tuple[str, ...] = ()
    """What it is suspended on, such as ``http.get``."""
    message: Maybe[str] = None
    fraction: Maybe[float] = None


class Metrics(Model):
    """What an execution cost."""

    duration_ms: float
    """Wall time from call to end, waiting included."""
    compute_ms: float
    """Time spent inside the sandbox."""
    memory_bytes: int
    """Size of the instance's memory at its largest."""
    segments: int
    requests: int
    """Calls of extensions."""


class Result(Model):
    """The end of a TRIGGER, SET, UNDO or REDO."""

    type: Literal["RESULT"] = "RESULT"
    request_id: str
    panel_id: str
    ok: bool
    value: Json = None
    error: Maybe[ExecutionError] = None
    rev: int
    """The panel's revision after it."""
    metrics: Maybe[Metrics] = None


class Event(Model):
    """Something a handler emitted: ``toast``, ``modal``, ``navigate`` or its own names."""

    type: Literal["EVENT"] = "EVENT"
    panel_id: str
    name: str
    payload: Json = None


class ViewCommand(Model):
    """What a handler does to one component of the view."""

    id: str
    method: str
    args: tuple[Json, ...] = ()


class ViewMessage(Model):
    """Transient commands to components, in order; they are not part of the state."""

    type: Literal["VIEW"] = "VIEW"
    panel_id: str
    commands: tuple[ViewCommand, ...]


class Person(Model):
    """Somebody who has the workspace open, on one device or several."""

    id: str
    """The account; where nobody logs in the ``sessionId`` of the connection."""
    name: str
    panels: tuple[str, ...] = ()
    """Some of the panels that they look at."""


class Presence(Model):
    """Who is here, whoever asked included."""

    type: Literal["PRESENCE"] = "PRESENCE"
    people: tuple[Person, ...]
    """In the order in which they came, those beyond a bound left out."""
    count: int
    """How many there are."""


class BranchMessage(Model):
    """Another branch of the workspace is checked out: its panels are those of that one now.

    Panels that both have go on with their state; those that one has not end, or are there again.
    """

    type: Literal["BRANCH"] = "BRANCH"
    branch: Maybe[str] = None
    """Absent where none is checked out."""
    by: Maybe[str] = None
    """Who asked for it; absent where nobody logs in, or it was done with git."""


class ErrorMessage(Model):
    """A frame could not be answered otherwise."""

    type: Literal["ERROR"] = "ERROR"
    code: ErrorCode
    message: str
    request_id: Maybe[str] = None
    panel_id: Maybe[str] = None
    retry_after: Maybe[int] = None
    """Seconds after which it may be tried again, where that may help."""


class Pong(Model):
    """The answer to PING."""

    type: Literal["PONG"] = "PONG"


ServerMessage: TypeAlias = Annotated[
    Connected
    | PanelMessage
    | Patch
    | Progress
    | Result
    | Event
    | ViewMessage
    | Presence
    | BranchMessage
    | ErrorMessage
    | Pong,
    Field(discriminator="type"),
]

CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
"""Reads a client's frame."""

SERVER_MESSAGE: TypeAdapter[ServerMessage] = TypeAdapter(ServerMessage)
"""Reads a server's frame."""
