"""What a panel declares and what it uses: the sections write it down, the rules compare it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from nexus_core.parser.handlers import HandlerAnalysis
from nexus_protocol.ast import Arg


class Place(NamedTuple):
    """A name that stands in the source: as a declaration or as a reference."""

    name: str
    start: int
    end: int
    path: str


class ScopePlace(NamedTuple):
    """A reference to ``$scope.<name>`` and the names there are at that place."""

    name: str
    start: int
    end: int
    path: str
    known: frozenset[str]


class Trigger(NamedTuple):
    """A component that runs a tool, and the names of the arguments that it gives."""

    tool: Place
    given: dict[str, tuple[int, int]] | None
    """Where each stands; absent when the arguments cannot be told from the source."""


@dataclass(frozen=True, slots=True)
class HandlerFacts:
    """A handler, what was found in its code, and what its author declared."""

    path: str
    owner: str
    """The element that it belongs to, in lower case."""
    start: int
    """Where its code begins."""
    end: int
    analysis: HandlerAnalysis
    declared: tuple[Place, ...] | None
    """Declared capabilities, spelled out; absent when they are to be inferred."""


@dataclass(slots=True)
class Facts:
    """Everything of one panel that concerns more than one place in it."""

    states: list[Place] = field(default_factory=lambda: [])
    computed: list[Place] = field(default_factory=lambda: [])
    tools: list[Place] = field(default_factory=lambda: [])
    args: dict[str, tuple[Arg, ...]] = field(default_factory=lambda: {})
    """Arguments by tool."""
    arg_places: list[tuple[str, Place]] = field(default_factory=lambda: [])
    """Arguments with the path of their tool."""
    extensions: list[Place] = field(default_factory=lambda: [])
    lifecycles: list[Place] = field(default_factory=lambda: [])
    ids: list[Place] = field(default_factory=lambda: [])
    sections: list[Place] = field(default_factory=lambda: [])

    state_uses: list[Place] = field(default_factory=lambda: [])
    bindings: list[Place] = field(default_factory=lambda: [])
    """States that components write."""
    scope_uses: list[ScopePlace] = field(default_factory=lambda: [])
    dynamic: list[Place] = field(default_factory=lambda: [])
    """Where a computed value or the view reads ``$state`` without naming the state."""
    triggers: list[Trigger] = field(default_factory=lambda: [])
    computed_reads: dict[str, tuple[Place, ...]] = field(default_factory=lambda: {})
    handlers: list[HandlerFacts] = field(default_factory=lambda: [])
