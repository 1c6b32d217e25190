"""What a panel declares and what it uses: the sections write it down, the rules compare it."""

from dataclasses import dataclass, field
from typing import NamedTuple

from nexus_core.parser.javascript.handlers import HandlerAnalysis
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
    """What runs a tool, a component or test say, and the names of the arguments that it gives."""

    tool: Place
    given: dict[str, tuple[int, int]] | None
    """Where each stands; absent when the arguments cannot be told from the source."""
    completed: bool = False
    """Whether what happens gives the arguments that are missing."""


class Component(NamedTuple):
    """A component of the catalogue that stands in the view, and the properties it is given."""

    name: str
    start: int
    end: int
    path: str
    given: frozenset[str]


@dataclass(frozen=True, slots=True)
class HandlerFacts:
    """A handler, what was found in its code, and what its author declared."""

    path: str
    owner: str
    """The element that it belongs to, in lower case."""
    tag: tuple[int, int]
    """Where its start tag and the name in it stand."""
    start: int
    """Where its code begins."""
    analysis: HandlerAnalysis
    declared: tuple[Place, ...] | None
    """Declared capabilities, spelled out; absent when they are to be inferred."""


@dataclass(slots=True)
class Facts:
    """Everything of one panel that concerns more than one place in it."""

    states: list[Place] = field(default_factory=list[Place])
    computed: list[Place] = field(default_factory=list[Place])
    tools: list[Place] = field(default_factory=list[Place])
    args: dict[str, tuple[Arg, ...]] = field(default_factory=dict[str, tuple[Arg, ...]])
    """Arguments by tool."""
    arg_places: list[tuple[int, Place]] = field(default_factory=list[tuple[int, Place]])
    """Arguments, each with the offset of its tool."""
    extensions: list[Place] = field(default_factory=list[Place])
    lifecycles: list[Place] = field(default_factory=list[Place])
    ids: list[Place] = field(default_factory=list[Place])
    taken_ids: set[str] = field(default_factory=set[str])
    """The names of ``ids``."""
    sections: list[Place] = field(default_factory=list[Place])

    state_uses: list[Place] = field(default_factory=list[Place])
    watched: list[Place] = field(default_factory=list[Place])
    """States whose changes run tools."""
    bindings: list[Place] = field(default_factory=list[Place])
    """States that components write."""
    scope_uses: list[ScopePlace] = field(default_factory=list[ScopePlace])
    dynamic: list[Place] = field(default_factory=list[Place])
    """Where a computed value or the view reads ``$state`` without naming the state."""
    components: list[Component] = field(default_factory=list[Component])
    triggers: list[Trigger] = field(default_factory=list[Trigger])
    tests: list[Place] = field(default_factory=list[Place])
    test_calls: list[Trigger] = field(default_factory=list[Trigger])
    """Tools that tests run; what nothing else runs is still unused."""
    test_reads: list[Place] = field(default_factory=list[Place])
    """States and computed values that the conditions of tests read."""
    given: list[Place] = field(default_factory=list[Place])
    """States that tests begin with; the place is that of all the values together."""
    expected: list[Place] = field(default_factory=list[Place])
    """States and computed values that tests compare; the place is as in ``given``."""
    computed_reads: dict[str, tuple[Place, ...]] = field(
        default_factory=dict[str, tuple[Place, ...]]
    )
    unread: bool = False
    """Whether an expression could not be read, so that what it uses is not known."""
    handlers: list[HandlerFacts] = field(default_factory=list[HandlerFacts])
