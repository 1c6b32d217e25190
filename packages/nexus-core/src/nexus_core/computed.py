"""The computed values of a panel, brought up to date with the least work.

Knows what each expression reads and so what a change makes stale. Only that is evaluated, in the
order of dependencies, over no more of the state than it reads; the rest keeps its value or error.
What an expression gives is the sandbox's business. A value that follows from the clock or from
chance is as old as the last change of what else it reads.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Final

from nexus_core.ledger import Ledger
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.parser.limits import DEFAULT_LIMITS
from nexus_core.sandbox import Limits, Sandbox
from nexus_protocol import ErrorCode, ExecutionError, Json

_ASKED: Final = ""
"""What an expression is called among the computed values; nothing declared is called so."""

_NONE: Final = object()

_OWN: Final = frozenset(
    (ErrorCode.EXECUTION_ERROR, ErrorCode.COMPILATION_ERROR, ErrorCode.SERIALIZATION_ERROR)
)
"""Errors that are an expression's own. With another, such as TIMEOUT, it may have failed because
of one that was evaluated beside it, so it is tried again at the next revision."""

Values = Mapping[str, Json | ExecutionError]


@dataclass(frozen=True, slots=True)
class _Reads:
    """What an expression reads of ``$state``."""

    names: frozenset[str]
    everything: bool
    """Whether it may read more than it names."""

    @classmethod
    def of(cls, source: str) -> "_Reads":
        found = analyse(source, DEFAULT_LIMITS)
        names = frozenset(use.name for use in found.states)
        return cls(names, found.tree is None or bool(found.dynamic))


@dataclass(frozen=True, slots=True)
class Settled:
    """A revision, and all that follows from it."""

    rev: int
    state: Mapping[str, Json]
    values: Values


class ComputedValues:
    """The computed values of one program over the state of one ledger."""

    def __init__(
        self, expressions: Mapping[str, str], ledger: Ledger, sandbox: Sandbox, limits: Limits
    ) -> None:
        self._reads = {name: _Reads.of(source) for name, source in expressions.items()}
        self._expressions = {name: expressions[name] for name in _in_order(self._reads)}
        self._readers = _readers(self._reads)
        self._everything = {name for name, each in self._reads.items() if each.everything}
        self._ledger, self._sandbox, self._limits = ledger, sandbox, limits
        self._unsettled = set(expressions)
        """Those to evaluate in any case."""
        self._settled = Settled(-1, {}, {})
        self._turn = asyncio.Lock()

    @property
    def values(self) -> Values:
        """What the last ``refresh`` found; errors stand in their place."""
        return self._settled.values

    async def refresh(self) -> Settled:
        """Bring the values up to the newest state."""
        async with self._turn:
            if self._settled.rev != self._ledger.rev:
                self._settled = await self._settle(self._ledger.rev, self._ledger.state)
            return self._settled

    async def over(self, rev: int, state: Mapping[str, Json]) -> Settled:
        """Compute all values over another state, such as an earlier one."""
        values = await self._sandbox.evaluate(
            self._expressions, state, self._limits, owner=self._ledger
        )
        return Settled(rev, state, {name: values[name] for name in self._reads})

    async def evaluate(self, expression: str) -> Json | ExecutionError:
        """Return the value of an expression over the newest state and computed values."""
        settled = await self.refresh()
        found = await self._evaluate({_ASKED: expression}, settled.state, settled.values)
        return found[_ASKED]

    async def _settle(self, rev: int, state: Mapping[str, Json]) -> Settled:
        stale = self._stale(state)
        values = self._settled.values
        if stale:
            sources = {name: self._expressions[name] for name in self._expressions if name in stale}
            kept = {name: value for name, value in values.items() if name not in stale}
            found = await self._evaluate(sources, state, kept)
            self._unsettled = {name for name in stale if _may_be_anothers(found[name])}
            values = {name: found[name] if name in stale else kept[name] for name in self._reads}
        return Settled(rev, state, values)

    def _stale(self, state: Mapping[str, Json]) -> set[str]:
        """Return the computed values whose inputs are not what they were.

        What an operation does not touch is the same object in the states before and after it.
        """
        old = self._settled.state
        pending = [
            name for name in {**old, **state} if old.get(name, _NONE) is not state.get(name, _NONE)
        ]
        stale = set(self._unsettled)
        if pending or stale:
            stale |= self._everything
        pending += stale
        while pending:
            new = self._readers.get(pending.pop(), set()) - stale
            stale |= new
            pending += new
        return stale

    async def _evaluate(
        self, sources: Mapping[str, str], state: Mapping[str, Json], values: Values
    ) -> dict[str, Json | ExecutionError]:
        """Evaluate expressions over the other values, given as they are.

        An error cannot be given, nor undefined, which here is null: those that have such a value
        are evaluated too where they are read.
        """
        sources = dict(sources)
        states: set[str] = set()
        known: dict[str, Json] = {}
        pending = list(sources)
        while pending:
            name = pending.pop()
            reads = self._reads.get(name) or _Reads.of(sources[name])
            for read in {*state, *values} if reads.everything else reads.names:
                if read in state:
                    states.add(read)
                elif read in values and read not in sources:
                    value = values[read]
                    if value is None or isinstance(value, ExecutionError):
                        sources[read] = self._expressions[read]
                        pending.append(read)
                    else:
                        known[read] = value
        return await self._sandbox.evaluate(
            {name: sources[name] for name in (*self._expressions, _ASKED) if name in sources},
            {name: state[name] for name in state if name in states},
            self._limits,
            known=known,
            owner=self._ledger,
        )


def _may_be_anothers(value: Json | ExecutionError) -> bool:
    return isinstance(value, ExecutionError) and value.code not in _OWN


def _readers(reads: Mapping[str, _Reads]) -> dict[str, set[str]]:
    readers: defaultdict[str, set[str]] = defaultdict(set)
    for name, each in reads.items():
        for read in each.names:
            readers[read].add(name)
    return dict(readers)


def _in_order(reads: Mapping[str, _Reads]) -> Iterable[str]:
    """Return the names, those that others read before these; a parsed panel has no cycles."""
    graph = {name: [read for read in each.names if read in reads] for name, each in reads.items()}
    return TopologicalSorter(graph).static_order()


__all__ = ["ComputedValues", "Settled", "Values"]
