"""What each message of a client does.

A frame is decoded strictly; what cannot be read is answered by a typed ERROR and the connection
lives. The use cases are in ``services``; this module carries their answers back.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, assert_never, cast, get_args

from pydantic import ValidationError

from nexus_protocol import ErrorCode, ExecutionError
from nexus_protocol.messages import (
    CLIENT_MESSAGE,
    Auth,
    BranchMessage,
    Cancel,
    ClientMessage,
    Ping,
    Pong,
    Presence,
    Redo,
    Result,
    Set,
    Subscribe,
    Trigger,
    Undo,
    Unsubscribe,
    Who,
)
from nexus_protocol.strict_json import JsonError
from trilog_schemas import continuing
from workspace_kernel.auth.gate import require
from workspace_kernel.auth.permissions import rule_of_message
from workspace_kernel.auth.watches import Watch
from workspace_kernel.db import repositories
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError, as_kernel_error, explain
from workspace_kernel.resources import ExecutionRecord
from workspace_kernel.resources import Undo as UndoAsked
from workspace_kernel.services.calls import ToolRequest
from workspace_kernel.services.panels import Panels
from workspace_kernel.services.running import RunningPanel
from workspace_kernel.websocket.channels import Channel, Channels
from workspace_kernel.websocket.codecs import Codec
from workspace_kernel.websocket.connections import (
    RETRY_SECONDS,
    Answered,
    Connection,
    PanelRequest,
)
from workspace_kernel.websocket.outbox import CheckedOut, Reply, Snapshot
from workspace_kernel.websocket.presence import Room, Rooms

logger = logging.getLogger(__name__)

MESSAGE_TYPES: Final[tuple[str, ...]] = tuple(
    each.model_fields["type"].default for each in get_args(get_args(ClientMessage)[0])
)
RULES: Final = {kind: rule_of_message(kind) for kind in MESSAGE_TYPES}
"""What each message needs; a type without a row in the table is not served at all."""

REPLAY_LIMIT: Final = 500
"""Missed patches that are sent again; a longer gap is bridged by the whole panel."""

_LONG: Final = 1 << 16
"""What is longer is read beside the event loop: nobody else waits for it."""

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_OF_THE_CALL: Final = frozenset(
    {ErrorCode.TOOL_NOT_FOUND, ErrorCode.INVALID_ARGUMENTS, ErrorCode.INVALID_PATH}
)
"""Errors that are the result of a request; others mean that it could not be taken."""


class Dispatcher:
    """Does what one client of a workspace asks, or of one of its panels."""

    def __init__(
        self,
        workspace: str,
        panels: Panels,
        channels: Channels,
        database: Database,
        watch: Watch,
        renew: Callable[[str], Awaitable[None]],
        only: str | None = None,
    ) -> None:
        self._workspace = workspace
        self._panels = panels
        self._channels = channels
        self._database = database
        self._watch = watch
        self._renew = renew
        self._only = only
        self._renewing = False
        self._room: Room | None = None
        self._stop_following: Callable[[], None] = lambda: None

    def enter(self, connection: Connection, rooms: Rooms) -> None:
        """Take a connection in, for others to see, and to be told of what concerns all panels."""
        self._room = rooms.enter(self._workspace, connection, self._watch.standing.principal)
        follow = self._panels.branches.follow
        self._stop_following = follow(lambda: connection.send(CheckedOut()))

    async def receive(self, connection: Connection, frame: str | bytes) -> None:
        """Read a frame and put what it says on its way."""
        read = partial(_read, connection.codec, frame, connection.limits.frame_bytes)
        message, request_id = await asyncio.to_thread(read) if len(frame) > _LONG else read()
        if isinstance(message, str):
            connection.refuse(ErrorCode.BAD_REQUEST, message, request_id=request_id)
        else:
            self._take(connection, message, request_id)

    def _take(self, connection: Connection, message: ClientMessage, request_id: str | None) -> None:
        """Put a message on its way, if whoever sent it may."""
        try:
            require(self._watch.standing, RULES[message.type])
        except KernelError as error:
            panel_id = None if isinstance(message, Auth | Who | Ping) else message.panel_id
            connection.refuse(error.code, error.message, request_id=request_id, panel_id=panel_id)
            return
        match message:
            case Ping():
                connection.send(Reply(Pong().to_json()))
            case Who(follow=follow):
                if self._room is not None:
                    self._room.tell(connection, follow=follow)
            case Auth() if self._renewing:
                connection.refuse(
                    ErrorCode.RESOURCE_LIMIT,
                    "Another AUTH is being looked at.",
                    retry_after=RETRY_SECONDS,
                )
            case Auth():
                self._renewing = True
                connection.spawn(self._sign_in_again(connection, message))
            case _:
                connection.take(message)

    async def _sign_in_again(self, connection: Connection, message: Auth) -> None:
        try:
            await self._renew(message.token)
        except Exception as error:
            told = as_kernel_error(error)
            connection.refuse(told.code, told.message, retry_after=told.retry_after)
        finally:
            self._renewing = False

    def render(self, panel_id: str) -> tuple[str, int] | None:
        """Return the PANEL frame of a panel that somebody follows."""
        channel = self._channels.find(PanelKey(self._workspace, panel_id))
        return channel.render() if channel else None

    def render_roster(self) -> str:
        """Return the PRESENCE frame."""
        return (
            self._room.render(self._only) if self._room else Presence(people=(), count=0).to_json()
        )

    def render_checkout(self) -> str:
        """Return the BRANCH frame."""
        checkout = self._panels.branches.checkout
        if checkout is None:
            return BranchMessage().to_json()
        return BranchMessage(branch=checkout.branch, by=checkout.by).to_json()

    def moved(self) -> None:
        """Let others see that the client looks at other panels."""
        if self._room is not None:
            self._room.changed()

    def left(self, connection: Connection) -> None:
        """Take a connection out of all its channels."""
        for panel_id in tuple(connection.subscriptions):
            self._unsubscribe(connection, panel_id)
        self._stop_following()
        if self._room is not None:
            self._room.leave(connection)

    async def handle(self, connection: Connection, message: PanelRequest) -> None:
        """Take in a message of a lane; an answer that takes time is sent by a task of its own."""
        answering = False
        try:
            match message:
                case Subscribe():
                    await self._subscribe(connection, message)
                case Unsubscribe(panel_id=panel_id):
                    self._unsubscribe(connection, panel_id)
                case Trigger():
                    await self._trigger(connection, message)
                    answering = True
                case Set() | Undo() | Redo():
                    await self._write(connection, message)
                    answering = True
                case Cancel():
                    await self._cancel(message)
                case _:
                    assert_never(message)
        except Exception as error:
            self._answer_error(connection, message, error)
        finally:
            if not answering:
                connection.done()

    # ---- subscriptions

    async def _subscribe(self, connection: Connection, message: Subscribe) -> None:
        panel_id = message.panel_id
        self._require(panel_id)
        full = len(connection.subscriptions) >= connection.limits.subscriptions
        if full and panel_id not in connection.subscriptions:
            raise KernelError(
                ErrorCode.RESOURCE_LIMIT,
                f"A connection follows at most {connection.limits.subscriptions} panels.",
            )
        async with self._panels.use(panel_id) as running:
            rev = message.since_rev
            if rev is not None and message.source_hash in (None, running.source_hash):
                rev = await self._replay(connection, running, rev)
            if connection.closed:
                return
            connection.follow(panel_id)
            self._channels.of(running).follow(connection)
            if rev != running.rev:
                connection.send(Snapshot(panel_id))

    async def _replay(self, connection: Connection, running: RunningPanel, rev: int) -> int:
        """Send the patches that were missed, if they are few; returns how far that led.

        When it leads to the present there is no await between this and following the channel, so
        that nothing falls between.
        """
        panel_id = running.key.panel
        connection.resume(panel_id, rev)
        while 0 < running.rev - rev <= REPLAY_LIMIT:
            missed = await self._database.read(
                partial(repositories.changes_after, key=running.key, rev=rev, limit=REPLAY_LIMIT)
            )
            # The log may be a change ahead of the panel, which tells of that one in a moment.
            due = [change for change in missed if change.rev <= running.rev]
            if not due or due[0].base_rev != rev:
                break
            for frame in self._channels.missed(running, due):
                connection.send(frame)
            rev = due[-1].rev
        return rev

    def _unsubscribe(self, connection: Connection, panel_id: str) -> None:
        connection.lost(panel_id)
        channel = self._channels.find(PanelKey(self._workspace, panel_id))
        if channel is not None:
            channel.unfollow(connection)

    # ---- requests

    async def _trigger(self, connection: Connection, message: Trigger) -> None:
        self._require(message.panel_id)
        request = ToolRequest(
            id=message.request_id,
            tool=message.tool,
            args=message.args,
            user=self._watch.standing.principal.user,
            trace=_trace(message.traceparent),
        )
        async with self._panels.use(message.panel_id) as running:
            channel = self._channels.of(running)
            channel.expect(message.request_id, connection)
            try:
                with continuing(message.traceparent):
                    execution = await running.call(request)
            except BaseException:
                channel.settle(message.request_id, connection)
                raise
        connection.spawn(self._answer_trigger(connection, message, channel, execution))

    async def _answer_trigger(
        self,
        connection: Connection,
        message: Trigger,
        channel: Channel,
        execution: asyncio.Future[ExecutionRecord],
    ) -> None:
        try:
            done = await asyncio.shield(execution)
            connection.send(Reply(_result(message, done).to_json()))
        except Exception as error:
            self._answer_error(connection, message, error, rev=channel.rev)
        finally:
            channel.settle(message.request_id, connection)
            connection.done()

    async def _write(self, connection: Connection, message: Set | Undo | Redo) -> None:
        """Take in what makes one change, and is answered by its revision."""
        self._require(message.panel_id)
        user, request_id = self._watch.standing.principal.user, message.request_id
        async with self._panels.use(message.panel_id) as running:
            match message:
                case Set(path=path, value=value, rev=rev):
                    written = await running.write(request_id, path, value, rev, user)
                case Undo(rev=rev, to=to):
                    written = await running.undo(request_id, UndoAsked(rev=rev, to=to), user)
                case Redo():
                    written = await running.redo(request_id, user)
                case _:
                    assert_never(message)
        connection.spawn(self._answer_write(connection, message, running, written))

    async def _answer_write(
        self,
        connection: Connection,
        message: Set | Undo | Redo,
        running: RunningPanel,
        written: asyncio.Future[int],
    ) -> None:
        try:
            rev = await asyncio.shield(written)
            result = Result(
                request_id=message.request_id, panel_id=message.panel_id, ok=True, rev=rev
            )
            connection.send(Reply(result.to_json()))
        except Exception as error:
            self._answer_error(connection, message, error, rev=running.rev)
        finally:
            connection.done()

    async def _cancel(self, message: Cancel) -> None:
        """End an execution; whoever triggered it has its RESULT."""
        self._require(message.panel_id)
        async with self._panels.use(message.panel_id) as running:
            running.cancel(message.request_id)

    def _answer_error(
        self, connection: Connection, message: PanelRequest, error: Exception, rev: int = 0
    ) -> None:
        told = as_kernel_error(error)
        if told is not error and told.code in (ErrorCode.INTERNAL_ERROR, ErrorCode.UNAVAILABLE):
            logger.error("%s failed", message.type, exc_info=error)
        if isinstance(message, Answered) and told.code in _OF_THE_CALL:
            result = Result(
                request_id=message.request_id,
                panel_id=message.panel_id,
                ok=False,
                error=ExecutionError(code=told.code, message=told.message),
                rev=rev,
            )
            connection.send(Reply(result.to_json()))
            return
        connection.refuse(
            told.code,
            told.message,
            request_id=message.request_id if isinstance(message, Answered) else None,
            panel_id=message.panel_id,
            retry_after=told.retry_after,
        )

    def _require(self, panel_id: str) -> None:
        """Let a connection of one panel speak to that one only."""
        if self._only is not None and panel_id != self._only:
            raise KernelError(ErrorCode.NOT_FOUND, f"There is no panel {panel_id[:64]!r}.")


def _result(message: Trigger, done: ExecutionRecord) -> Result:
    return Result(
        request_id=message.request_id,
        panel_id=message.panel_id,
        ok=done.ok,
        value=done.value,
        error=done.error,
        rev=done.rev,
        metrics=done.metrics,
    )


def _read(codec: Codec, frame: str | bytes, limit: int) -> tuple[ClientMessage | str, str | None]:
    """Return the message in a frame, or why there is none, and the id of the request."""
    request_id: str | None = None
    try:
        value = codec.read(frame, limit)
        request_id = _request_id(value)
        return CLIENT_MESSAGE.validate_python(value), request_id
    except JsonError as error:
        return f"The frame is {error}.", None
    except ValidationError as error:
        return explain(error), request_id


def _request_id(value: object) -> str | None:
    """Find the id of a request that is otherwise malformed, so that its sender can be told."""
    if not isinstance(value, dict):
        return None
    found = cast("dict[str, object]", value).get("requestId")
    return found[:128] if isinstance(found, str) else None


def _trace(traceparent: str | None) -> str | None:
    match = _TRACEPARENT.fullmatch(traceparent or "")
    return match[1] if match else None


__all__ = ["MESSAGE_TYPES", "REPLAY_LIMIT", "Dispatcher"]
