"""A client of the wire that never gives up, and holds the kernel to its word.

It does what the client library does: it comes back after every break, resumes from the revision it
has, and makes unanswered requests again with the same ids. Whatever the kernel promised and did not
keep is noted in ``wrong``.

A hundred clients in one process are told nearly the same. What follows from the same frame, or from
the same operations on the same copy, is worked out once for all of them; a client that is told
anything else has another copy from then on.
"""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

from pydantic import TypeAdapter
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from nexus_core.changes import apply_ops
from nexus_protocol import PatchOp
from nexus_protocol.canonical import state_hash
from nexus_protocol.messages import PACKED_PROTOCOL, PROTOCOL
from workspace_kernel.websocket.codecs import pack, unpack

PATIENCE = 120.0
LATER = frozenset({"UNAVAILABLE", "RESOURCE_LIMIT"})
"""Refusals that say: not now."""
_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
"""Seconds after a break: doubled while no connection comes about."""
OPS = TypeAdapter(tuple[PatchOp, ...])

Message = dict[str, Any]
_SHARED = 4096
"""Frames and copies that are remembered: several clients catch up with the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """The state of a panel, as clients who were told the same have it."""

    state: dict[str, Any]


@lru_cache(_SHARED)
def after(copy: Copy, ops: str) -> Copy:
    """Return a copy with operations applied, which are given as JSON."""
    return Copy(apply_ops(copy.state, OPS.validate_json(ops)))


@lru_cache(_SHARED)
def hash_of(copy: Copy) -> str:
    """Return the hash that the kernel has to tell of such a state."""
    return state_hash(copy.state)


@lru_cache(_SHARED)
def decoded(frame: str | bytes) -> tuple[Message, str]:
    """Return the message of a frame, not to be changed, and its operations as JSON."""
    message: Any = (
        unpack(frame, max_bytes=1 << 30) if isinstance(frame, bytes) else json.loads(frame)
    )
    return message, json.dumps(message.get("ops", ()))


@dataclass
class Client:
    """One client of one panel."""

    name: str
    port: int
    panel: str
    random: Random
    packed: bool = False
    repeat: float = 0.0
    """How often a request is sent twice at once."""
    copy: Copy = field(default_factory=lambda: Copy({}))
    rev: int = -1
    wrong: list[str] = field(default_factory=list)
    answers: dict[str, Message] = field(default_factory=dict)
    """What each request was answered, by its id."""
    asked: dict[str, Message] = field(default_factory=dict)
    """What each request was."""
    breaks: int = 0
    patches: int = 0
    snapshots: int = 0
    hashes: int = 0
    """Hashes that were told, and compared."""
    _source: str = ""
    _pending: dict[str, tuple[Message, asyncio.Future[Message]]] = field(default_factory=dict)
    _connection: ClientConnection | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _numbers: int = 0
    _sending: asyncio.Future[None] | None = None
    _pause: float = _PAUSE

    async def run(self) -> None:
        """Stay connected until cancelled."""
        protocol = PACKED_PROTOCOL if self.packed else PROTOCOL
        address = f"ws://127.0.0.1:{self.port}/ws/default"
        while True:
            with contextlib.suppress(OSError, WebSocketException, TimeoutError, EOFError):
                async with connect(
                    address,
                    subprotocols=[Subprotocol(protocol)],
                    compression=None,
                    proxy=None,
                    max_size=None,
                    open_timeout=10,
                    close_timeout=0.2,
                ) as connection:
                    await self._converse(connection)
            self._connection = None
            self.breaks += 1
            await asyncio.sleep(self._pause * (0.2 + self.random.random()))
            self._pause = min(2 * self._pause, _LONGEST_PAUSE)

    async def ask(self, kind: str, **fields: Any) -> Message:
        """Make a request, and return its answer, however often it has to be made."""
        self._numbers += 1
        request_id = fields.pop("requestId", f"{self.name}-{self._numbers}")
        message = {"type": kind, "requestId": request_id, "panelId": self.panel, **fields}
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._pending[request_id] = message, answer
        self.asked[request_id] = message
        await self._send_unless_broken(message)
        if self.random.random() < self.repeat:
            await self._send_unless_broken(message)
        async with asyncio.timeout(PATIENCE):
            return await answer

    async def reach(self, rev: int) -> None:
        """Wait until the copy is of a revision."""
        async with asyncio.timeout(PATIENCE):
            while self.rev < rev:
                self._changed.clear()
                await self._changed.wait()

    async def _converse(self, connection: ClientConnection) -> None:
        async for frame in connection:
            message, ops = decoded(frame)
            if message["type"] == "CONNECTED":
                self._connection, self._pause = connection, _PAUSE
                await self._resume()
            else:
                self._take(message, ops)

    async def _resume(self) -> None:
        known = {"sinceRev": self.rev, "sourceHash": self._source} if self.rev >= 0 else {}
        await self._send({"type": "SUBSCRIBE", "panelId": self.panel, **known})
        for message, _ in tuple(self._pending.values()):
            await self._send(message)

    async def _send(self, message: Message) -> None:
        if self._connection is not None:
            await self._connection.send(pack(message) if self.packed else json.dumps(message))

    def _take(self, message: Message, ops: str) -> None:
        match message["type"]:
            case "PANEL":
                self._panel(message)
            case "PATCH":
                self._patch(message, ops)
            case "RESULT":
                self._answered(message)
            case "ERROR":
                self._refused(message)
            case _:
                pass

    def _panel(self, message: Message) -> None:
        if message["rev"] < self.rev:
            self.wrong.append(f"{self.name}: PANEL went back from {self.rev} to {message['rev']}")
        self.copy, self.rev = Copy(message["state"]), message["rev"]
        self._source = message["sourceHash"]
        self.snapshots += 1
        self._changed.set()

    def _patch(self, message: Message, ops: str) -> None:
        if message["rev"] != self.rev + 1:
            self.wrong.append(f"{self.name}: PATCH {message['rev']} after {self.rev}")
        self.copy = after(self.copy, ops)
        self.rev = message["rev"]
        self.patches += 1
        if told := message.get("hash"):
            self.hashes += 1
            if told != hash_of(self.copy):
                self.wrong.append(f"{self.name}: another hash at {self.rev}")
        self._changed.set()

    def _answered(self, message: Message) -> None:
        request_id = message["requestId"]
        before = self.answers.setdefault(request_id, message)
        if before != message:
            self.wrong.append(f"{request_id} was answered {before} and then {message}")
        _, answer = self._pending.pop(request_id, (None, None))
        if answer is not None and not answer.done():
            answer.set_result(message)

    def _refused(self, message: Message) -> None:
        request_id = message.get("requestId", "")
        if request_id in self._pending and message["code"] in LATER:
            again = self._pending[request_id][0]
            delay = message.get("retryAfter", 1) * 0.2
            asyncio.get_running_loop().call_later(delay, self._again, again)
        elif request_id in self._pending:
            _, answer = self._pending.pop(request_id)
            answer.set_result(message)
        else:
            self.wrong.append(f"{self.name}: {message}")

    def _again(self, message: Message) -> None:
        if message["requestId"] in self._pending:
            self._sending = asyncio.ensure_future(self._send_unless_broken(message))

    async def _send_unless_broken(self, message: Message) -> None:
        with contextlib.suppress(WebSocketException):
            await self._send(message)
