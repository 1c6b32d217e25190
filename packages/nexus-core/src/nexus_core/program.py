"""What a parsed panel lets run: its handlers as the sandbox takes them, and who may do what.

A program is made once for each source. It knows names, arguments and grants; running is the
panel's and the sandbox's business.
"""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nexus_core.errors import PanelError
from nexus_core.sandbox import ArgSource, Limits, ToolSource
from nexus_core.state import CoercionError, carry_over, coerce
from nexus_protocol import Capability, ErrorCode, Grant, Json, PanelAst
from nexus_protocol.ast import Arg, Handler, LifecycleEvent, StateType, Tool


@dataclass(frozen=True, slots=True)
class Entry:
    """A handler ready to run: its source, what it may call and do, and for how long."""

    source: ToolSource
    tools: Mapping[str, ToolSource]
    grant: Grant
    limits: Limits


class Program:
    """The executable side of a panel's AST."""

    def __init__(self, ast: PanelAst, limits: Limits) -> None:
        self.ast = ast
        self.aliases = {each.alias: each.name for each in ast.logic.extensions}
        self.computed = {each.name: each.value.source for each in ast.data.computed}
        self._states: dict[str, StateType] = {each.name: each.type for each in ast.data.states}
        self._limits = limits
        self._tools = {tool.name: tool for tool in ast.logic.tools}
        self._entries: dict[int, Entry] = {}
        """By the identity of the handler, made when it first runs."""

    def tool(self, name: str) -> Entry:
        """Return the tool's entry.

        Raises:
            PanelError: TOOL_NOT_FOUND, naming the nearest known one.
        """
        return self._entry(name, self._declared(name).handler)

    def lifecycle(self, event: LifecycleEvent) -> Entry | None:
        """Return the entry of a lifecycle, if the panel has it."""
        cycle = self.ast.lifecycle(event)
        return self._entry(event, cycle.handler) if cycle else None

    def arguments(self, name: str, given: Mapping[str, Json] | Sequence[Json]) -> dict[str, Json]:
        """Return a tool's arguments by name, checked, coerced, and completed by defaults.

        Raises:
            PanelError: INVALID_ARGUMENTS, naming the argument, or TOOL_NOT_FOUND.
        """
        tool = self._declared(name)
        by_name = given if isinstance(given, Mapping) else _by_order(tool, given)
        unknown = next((key for key in by_name if all(key != arg.name for arg in tool.args)), None)
        if unknown is not None:
            raise _invalid(tool, f"has no argument {unknown!r}", unknown)
        return {arg.name: _argument(tool, arg, by_name) for arg in tool.args}

    def checked(self, parts: Sequence[str], value: Json) -> Json:
        """Return a value as it may be written at a path from outside.

        Raises:
            PanelError: INVALID_PATH, the path is not in declared state, or the value does not fit.
        """
        name = parts[0] if parts else ""
        if name in self.computed:
            raise PanelError(ErrorCode.INVALID_PATH, f"{name} is computed and cannot be written")
        if name not in self._states:
            hint = _nearest(name, self._states)
            raise PanelError(ErrorCode.INVALID_PATH, f"there is no state {name!r}{hint}")
        if len(parts) > 1:
            return value
        try:
            return coerce(value, self._states[name])
        except CoercionError as error:
            raise PanelError(ErrorCode.INVALID_PATH, f"state {name}: {error}") from None

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What all handlers may do in sum, sorted."""
        owners = (*self.ast.logic.tools, *self.ast.logic.lifecycles)
        return tuple(sorted({name for each in owners for name in each.handler.capabilities}))

    def check_readable(self, parts: Sequence[str]) -> None:
        """Make sure that a path leads into the state or a computed value.

        Raises:
            PanelError: INVALID_PATH, naming the nearest known name.
        """
        name = parts[0] if parts else ""
        known = (*self._states, *self.computed)
        if name not in known:
            text = f"there is no state or computed value {name!r}{_nearest(name, known)}"
            raise PanelError(ErrorCode.INVALID_PATH, text)

    def reaches_outside(self, name: str) -> bool:
        """Tell whether a tool, or one that it may call, uses an extension."""
        tool = self._tools.get(name)
        if tool is None:
            return False
        handlers = (tool.handler, *(each.handler for each in self._reachable(tool.handler)))
        return any(text.startswith("ext:") for each in handlers for text in each.capabilities)

    def fits(self, state: Mapping[str, Json]) -> bool:
        """Tell whether a state is as it is declared: its names and their types."""
        return not carry_over(state, self.ast.data)

    def declares(self, name: str) -> bool:
        """Tell whether a state of that name is declared."""
        return name in self._states

    def _declared(self, name: str) -> Tool:
        if name not in self._tools:
            raise PanelError(
                ErrorCode.TOOL_NOT_FOUND, f"there is no tool {name!r}{_nearest(name, self._tools)}"
            )
        return self._tools[name]

    def _entry(self, name: str, handler: Handler) -> Entry:
        found = self._entries.get(id(handler))
        if found is None:
            found = self._entries[id(handler)] = self._new_entry(name, handler)
        return found

    def _new_entry(self, name: str, handler: Handler) -> Entry:
        reachable = self._reachable(handler)
        grant = Grant.of(handler.capabilities)
        for tool in reachable:
            grant |= Grant.of(tool.handler.capabilities)
        grant |= self._inputs(grant)
        timeout = min(handler.timeout_ms or self._limits.timeout_ms, self._limits.timeout_ms)
        return Entry(
            source=_source(name, handler, self._tools.get(name)),
            tools={tool.name: _source(tool.name, tool.handler, tool) for tool in reachable},
            grant=grant,
            limits=replace(self._limits, timeout_ms=timeout),
        )

    def _inputs(self, grant: Grant) -> Grant:
        """Return the reads that the computed values within a grant's reads need in turn."""
        reads = {each.name: each.reads for each in self.ast.data.computed}
        pending = [name for name in grant.names("state:read") if name in reads]
        needed: set[str] = set()
        while pending:
            new = set(reads.get(pending.pop(), ())) - needed
            needed |= new
            pending.extend(new)
        return Grant(frozenset(Capability("state:read", name) for name in needed))

    def _reachable(self, handler: Handler) -> list[Tool]:
        """Return the tools a handler may call, directly or through others."""
        found: dict[str, Tool] = {}
        pending = [handler]
        while pending:
            calls = pending.pop().calls
            for name in self._tools if "*" in calls else calls:
                if name in self._tools and name not in found:
                    found[name] = self._tools[name]
                    pending.append(self._tools[name].handler)
        return list(found.values())


def _by_order(tool: Tool, given: Sequence[Json]) -> dict[str, Json]:
    if len(given) > len(tool.args):
        raise _invalid(tool, f"takes {len(tool.args)} arguments, got {len(given)}")
    return {arg.name: value for arg, value in zip(tool.args, given, strict=False)}


def _argument(tool: Tool, arg: Arg, given: Mapping[str, Json]) -> Json:
    if arg.name not in given:
        if arg.required:
            raise _invalid(tool, f"needs the argument {arg.name!r}")
        return arg.default
    try:
        return coerce(given[arg.name], arg.type)
    except CoercionError as error:
        raise _invalid(tool, f"argument {arg.name}: {error}") from None


def _invalid(tool: Tool, what: str, unknown: str | None = None) -> PanelError:
    hint = _nearest(unknown, [arg.name for arg in tool.args]) if unknown is not None else ""
    return PanelError(ErrorCode.INVALID_ARGUMENTS, f"tool {tool.name} {what}{hint}")


def _nearest(name: str, known: Iterable[str]) -> str:
    match = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {match[0]!r}?" if match else ""


def _source(name: str, handler: Handler, tool: Tool | None) -> ToolSource:
    args = tool.args if tool else ()
    return ToolSource(
        name=name,
        code=handler.code,
        args=tuple(
            ArgSource(
                name=arg.name,
                required=arg.required,
                default=arg.default,
                has_default=not arg.required,
            )
            for arg in args
        ),
        line=handler.loc.line,
        column=handler.loc.column,
    )
