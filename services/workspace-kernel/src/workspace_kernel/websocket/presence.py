"""Who is in a workspace: its open sockets, taken together by whose they are.

A room is told of those who come, go, and look at other panels, and tells those who asked: at most
twice a second, however many come and go. Whoever may open a socket there may know who else has.
"""

import asyncio
import heapq
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from nexus_protocol.messages import Person, Presence
from workspace_kernel.auth.principals import Principal
from workspace_kernel.websocket.outbox import Outgoing, Roster

COALESCE_SECONDS: Final = 0.5
"""What may change before it is told."""
MAX_PEOPLE: Final = 50
"""People whom one message names."""
MAX_PANELS: Final = 8
"""Panels that one message names of each."""


class Guest(Protocol):
    """One open socket."""

    @property
    def session_id(self) -> str:
        """What the connection is called."""
        ...

    @property
    def subscriptions(self) -> Collection[str]:
        """The panels that it follows."""
        ...

    def send(self, frame: Outgoing) -> None:
        """Queue a frame."""
        ...


@dataclass(frozen=True, slots=True)
class _Seat:
    principal: Principal
    number: int
    """Names the guest where nobody logs in."""


class Room:
    """One workspace; ``Rooms.enter`` gets one."""

    def __init__(self, on_empty: Callable[[], None]) -> None:
        self._on_empty = on_empty
        self._seats: dict[Guest, _Seat] = {}
        self._asking: dict[Guest, None] = {}
        self._due: asyncio.TimerHandle | None = None
        self._free: list[int] = []
        self._rendered: dict[str | None, str] = {}

    def enter(self, guest: Guest, principal: Principal) -> None:
        """Take note of a socket."""
        number = heapq.heappop(self._free) if self._free else len(self._seats) + 1
        self._seats[guest] = _Seat(principal, number)
        self.changed()

    def leave(self, guest: Guest) -> None:
        """Forget a socket."""
        heapq.heappush(self._free, self._seats.pop(guest).number)
        self._asking.pop(guest, None)
        if self._seats:
            self.changed()
            return
        if self._due is not None:
            self._due.cancel()
        self._on_empty()

    def tell(self, guest: Guest, *, follow: bool) -> None:
        """Tell a socket who is here, and again whenever that changes if it wants to follow."""
        if follow:
            self._asking[guest] = None
        else:
            self._asking.pop(guest, None)
        guest.send(Roster())

    def changed(self) -> None:
        """Take note that somebody came, went or looks at other panels."""
        self._rendered.clear()
        if self._asking and self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_later(COALESCE_SECONDS, self._tell_all)

    def render(self, only: str | None = None) -> str:
        """Return the PRESENCE frame of this moment, made once for all who get it.

        With ``only`` it names those who look at one panel, and nothing else of them. The sockets
        of one account are one person.
        """
        if only not in self._rendered:
            people = list(self._people(only))
            told = Presence(people=tuple(people[:MAX_PEOPLE]), count=len(people))
            self._rendered[only] = told.to_json()
        return self._rendered[only]

    def _people(self, only: str | None) -> Iterator[Person]:
        names: dict[str, str] = {}
        panels: dict[str, set[str]] = {}
        for guest, seat in self._seats.items():
            here = set(guest.subscriptions)
            if only is not None and not (here := here & {only}):
                continue
            user = seat.principal.user
            known_as = user or guest.session_id
            names[known_as] = seat.principal.name if user else f"Guest {seat.number}"
            panels.setdefault(known_as, set()).update(here)
        for known_as, name in names.items():
            looking_at = tuple(sorted(panels[known_as])[:MAX_PANELS])
            yield Person(id=known_as, name=name, panels=looking_at)

    def _tell_all(self) -> None:
        self._due = None
        for guest in tuple(self._asking):
            guest.send(Roster())


class Rooms:
    """The rooms of a kernel's workspaces, made and dropped as they are needed."""

    def __init__(self) -> None:
        self._rooms: dict[str, Room] = {}

    def enter(self, workspace: str, guest: Guest, principal: Principal) -> Room:
        """Take note of a socket, and return the room that it is in until it leaves."""
        room = self._rooms.get(workspace)
        if room is None:
            room = Room(on_empty=partial(self._drop, workspace))
            self._rooms[workspace] = room
        room.enter(guest, principal)
        return room

    def _drop(self, workspace: str) -> None:
        del self._rooms[workspace]


__all__ = ["COALESCE_SECONDS", "MAX_PANELS", "MAX_PEOPLE", "Guest", "Room", "Rooms"]
