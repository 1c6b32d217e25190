"""Spread what happens to a panel over those who follow it; every frame is made once for all.

A channel exists while somebody follows its panel or waits for an answer of it. Queues are the
outboxes' business, and who may follow what is settled before it comes here.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Protocol, assert_never
from weakref import WeakKeyDictionary

from nexus_core.notices import Emitted, Failed, Logged, Reloaded, Viewed, Waiting
from nexus_protocol import Change, ErrorCode
from nexus_protocol.canonical import HASH_EVERY, state_hash
from nexus_protocol.messages import (
    ErrorMessage,
    Event,
    PanelMessage,
    Patch,
    Progress,
    ViewCommand,
    ViewMessage,
)
from nexus_protocol.strict_json import encode
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.services.running import PanelNotice, Reported, RunningPanel, Stopped
from workspace_kernel.websocket.outbox import EventFrame, Outgoing, PatchFrame, Reply, Snapshot

_ORDINARY = frozenset({"execution", "binding"})
"""Causes that followers are not told: they are most changes, and the log has them."""


class Follower(Protocol):
    """Who is told: one connection."""

    def send(self, frame: Outgoing) -> None:
        """Queue a frame."""
        ...

    def lost(self, panel_id: str) -> None:
        """Take note that a panel runs no more."""
        ...


class Channel:
    """One running panel and those who follow it."""

    def __init__(self, running: RunningPanel, on_empty: Callable[[], None]) -> None:
        self._running = running
        self._on_empty = on_empty
        self._followers: dict[Follower, None] = {}
        self._callers: dict[str, Counter[Follower]] = {}
        self._rendered: tuple[tuple[str, int], str] | None = None
        self._ast: tuple[str, str] | None = None
        self._stop = running.listen(self._hear)

    @property
    def rev(self) -> int:
        """The panel's revision."""
        return self._running.rev

    @property
    def source_hash(self) -> str:
        """The hash of the source that the panel runs."""
        return self._running.source_hash

    def follow(self, follower: Follower) -> None:
        """Tell a follower of everything from now on."""
        self._followers[follower] = None

    def unfollow(self, follower: Follower) -> None:
        """Tell a follower nothing more."""
        self._followers.pop(follower, None)
        self._close_if_empty()

    def expect(self, request_id: str, caller: Follower) -> None:
        """Tell a caller about the progress of its request."""
        self._callers.setdefault(request_id, Counter())[caller] += 1

    def settle(self, request_id: str, caller: Follower) -> None:
        """Take note that a caller has its answer."""
        callers = self._callers.get(request_id, Counter())
        callers[caller] -= 1
        if callers[caller] <= 0:
            del callers[caller]
        if not callers:
            self._callers.pop(request_id, None)
        self._close_if_empty()

    def render(self) -> tuple[str, int]:
        """Return the PANEL frame of this moment and its revision."""
        running = self._running
        version = (running.source_hash, running.rev)
        if self._rendered is None or self._rendered[0] != version:
            self._rendered = version, self._frame()
        return self._rendered[1], running.rev

    def _frame(self) -> str:
        """Print a PANEL with the AST printed once for each source: it is the larger part.

        Tests stay behind: nothing in a browser runs them.
        """
        running = self._running
        if self._ast is None or self._ast[0] != running.source_hash:
            shown = running.ast.model_copy(update={"tests": ()})
            self._ast = running.source_hash, shown.to_json()
        fields = {
            "type": json.dumps(PanelMessage.model_fields["type"].default),
            "panelId": json.dumps(running.key.panel),
            "sourceHash": json.dumps(running.source_hash),
            "rev": str(running.rev),
            "ast": self._ast[1],
            "state": encode(running.state),
        }
        return "{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}"

    def _hear(self, notice: PanelNotice) -> None:
        panel_id = self._running.key.panel
        match notice:
            case Change():
                due = notice.rev % HASH_EVERY == 0
                told = state_hash(self._running.state) if due else None
                self._spread(_patch_frame(panel_id, notice, told))
            case Emitted(name=name, payload=payload):
                event = Event(panel_id=panel_id, name=name, payload=payload)
                self._spread(EventFrame(panel_id, event.to_json()))
            case Viewed(commands=commands):
                done = tuple(ViewCommand(id=c.id, method=c.method, args=c.args) for c in commands)
                view = ViewMessage(panel_id=panel_id, commands=done)
                self._spread(EventFrame(panel_id, view.to_json()))
            case Reported(code=code, message=message, details=details):
                # As a toast, so that every client shows it, with what a program needs beside.
                told = {"text": message, "level": "error", "code": code, **details}
                event = Event(panel_id=panel_id, name="toast", payload=told)
                self._spread(EventFrame(panel_id, event.to_json()))
            case Waiting(execution_id=execution_id, waiting_for=waiting_for):
                self._report(execution_id, waiting_for)
            case Reloaded():
                self._spread(Snapshot(panel_id))
            case Stopped():
                self._end()
            case Logged() | Failed():
                pass
            case _:
                assert_never(notice)

    def _spread(self, frame: Outgoing) -> None:
        for follower in tuple(self._followers):
            follower.send(frame)

    def _report(self, request_id: str, waiting_for: tuple[str, ...]) -> None:
        progress = Progress(
            request_id=request_id, panel_id=self._running.key.panel, waiting_for=waiting_for
        )
        for caller in tuple(self._callers.get(request_id, ())):
            caller.send(Reply(progress.to_json()))

    def _end(self) -> None:
        panel_id = self._running.key.panel
        gone = ErrorMessage(
            code=ErrorCode.NOT_FOUND, message="The panel runs no more.", panel_id=panel_id
        )
        for follower in tuple(self._followers):
            follower.send(Reply(gone.to_json()))
            follower.lost(panel_id)
        self._followers.clear()
        self._close_if_empty()

    def _close_if_empty(self) -> None:
        if not self._followers and not self._callers:
            self._stop()
            self._on_empty()


class Channels:
    """The channels of a kernel, made and dropped as they are needed."""

    def __init__(self) -> None:
        self._channels: dict[PanelKey, Channel] = {}
        self._hashes: WeakKeyDictionary[RunningPanel, tuple[int, str]] = WeakKeyDictionary()

    def of(self, running: RunningPanel) -> Channel:
        """Return the channel of a panel; follow or expect something before the next await."""
        channel = self._channels.get(running.key)
        if channel is None:
            key = running.key
            channel = Channel(running, on_empty=lambda: self._drop(key))
            self._channels[key] = channel
        return channel

    def find(self, key: PanelKey) -> Channel | None:
        """Return the channel of a panel that somebody follows."""
        return self._channels.get(key)

    def missed(self, running: RunningPanel, changes: Iterable[Change]) -> Iterable[PatchFrame]:
        """Yield the frames of changes that a client missed; the present one has the state's hash.

        Many may come back at once: the hash is made once for all of them.
        """
        for change in changes:
            present = change.rev == running.rev
            yield _patch_frame(running.key.panel, change, self._hash(running) if present else None)

    def _hash(self, running: RunningPanel) -> str:
        rev, known = self._hashes.get(running, (-1, ""))
        if rev != running.rev:
            known = state_hash(running.state)
            self._hashes[running] = running.rev, known
        return known

    def _drop(self, key: PanelKey) -> None:
        self._channels.pop(key, None)


def _patch_frame(panel_id: str, change: Change, state: str | None) -> PatchFrame:
    """Make the frame of a change, with the hash of the state after it where it is to be told."""
    cause = None if change.cause.kind in _ORDINARY else change.cause
    patch = Patch(panel_id=panel_id, rev=change.rev, ops=change.ops, cause=cause, hash=state)
    return PatchFrame(panel_id, change.rev, patch.to_json())


__all__ = ["Channel", "Channels", "Follower"]
