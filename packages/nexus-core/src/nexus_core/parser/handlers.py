"""What the JavaScript of a handler does, found without running it.

Knows which states a handler reads and writes, deep mutation through variables included, which
events, tools, extensions and view nodes it names, and so which capabilities it needs. The findings
err on the side of more: variables are told apart by name alone, whatever their scope, and a
variable made from a state may reach everything in that state. Whether the names exist is checked
by the rules. Offsets are characters from the start of the code.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from tree_sitter import Node

from nexus_core.parser import catalogue, slips
from nexus_core.parser.expressions import Problem, Use
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript import (
    FORBIDDEN_GLOBALS,
    Offsets,
    Unreadable,
    errors,
    field,
    syntax_tree,
)
from nexus_core.parser.limits import ParseLimits
from nexus_protocol.capabilities import Capability

_CACHED: Final = 1024
_MOST_ERRORS_TOLD: Final = 3
_MUTATORS: Final = frozenset(
    ("push", "pop", "shift", "unshift", "splice", "sort", "reverse", "fill", "copyWithin")
)
_COPIES: Final = frozenset(
    (
        "filter", "map", "slice", "concat", "flat", "flatMap", "toSorted", "toReversed",
        "toSpliced", "with", "split", "keys", "values", "entries", "from", "of",
    )
)  # fmt: skip
_VIEW_COMMANDS: Final = frozenset(("getElementById", "setFilter", "scrollTo", "focus"))
_ROOTS: Final = frozenset(("$state", "$emit", "$ext", "$tools", "$view"))
_FUNCTIONS: Final = frozenset(
    ("arrow_function", "function_expression", "function_declaration", "method_definition",
     "generator_function", "generator_function_declaration")
)  # fmt: skip
_UNCALLED: Final = frozenset(("arrow_function", "function_expression", "function_declaration"))
_ENTITIES: Final = frozenset(("amp", "lt", "gt", "quot", "apos", "nbsp"))
_LEAVES: Final = frozenset(
    ("identifier", "property_identifier", "shorthand_property_identifier", "string", "number",
     "true", "false", "null", "undefined", "comment")
)  # fmt: skip
"""Half the nodes of usual code, which hold no others that say anything."""
_NAME: Final = re.compile(r"[A-Za-z_$][\w$.\-]{0,63}", re.ASCII)
"""What a capability can name; anything else counts as everything."""
_ANY: Final = "*"


class StateUse(NamedTuple):
    """A state that a handler names, and whether it writes it."""

    name: str
    start: int
    end: int
    written: bool


class ExtensionUse(NamedTuple):
    """A method of an extension that a handler calls."""

    alias: str
    method: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class HandlerAnalysis:
    """What a handler does."""

    problems: tuple[Problem, ...] = ()
    empty: bool = False
    """Whether it holds no statement."""
    broken: bool = False
    """Whether the grammar had to recover from errors, which takes time."""
    unread: bool = False
    """Whether the code could not be read, so that what it uses is not known."""
    states: tuple[StateUse, ...] = ()
    tools: tuple[Use, ...] = ()
    """Tools that it calls by name."""
    extensions: tuple[ExtensionUse, ...] = ()
    dynamic: tuple[Use, ...] = ()
    """Roots such as ``$state`` used in a way that does not tell the name."""
    inferred: frozenset[Capability] = frozenset()
    """Everything it may need."""
    certain: tuple[tuple[Capability, int, int], ...] = ()
    """What it certainly needs, and where."""


@lru_cache(maxsize=_CACHED)
def analyse_handler(code: str, limits: ParseLimits) -> HandlerAnalysis:
    """Read the code of a handler; what is wrong with it is in the result, never raised."""
    if len(code) > limits.handler_length:
        facts = {"what": "characters of a handler", "limit": str(limits.handler_length)}
        problem = Problem(catalogue.LIMIT_EXCEEDED, 0, len(code), facts)
        return HandlerAnalysis((problem,), unread=True)
    if "```" in code and (edits := slips.fence(code)):
        fix = Mend("Take the fence away", *edits)
        problem = Problem(catalogue.HANDLER_FENCE, edits[0].start, edits[0].end - 1, {}, fix)
        return HandlerAnalysis((problem,), unread=True)
    walk = _Walk(code, limits)
    analysis = walk.analysis()
    if analysis.unread or walk.has_entity():
        return _with_characters_mended(analysis, code, limits)
    return analysis


def _with_characters_mended(
    analysis: HandlerAnalysis, code: str, limits: ParseLimits
) -> HandlerAnalysis:
    """Return what tells entities and typographic quotes, when they are all that is wrong."""
    edits = slips.in_handler(code)
    if not edits or _Walk(slips.apply(code, edits), limits).analysis().unread:
        return analysis
    fix = Mend("Write the characters themselves", *edits)
    problem = Problem(catalogue.HANDLER_CHARACTERS, edits[0].start, edits[0].end, {}, fix)
    return HandlerAnalysis((problem,), broken=analysis.broken, unread=True)


class _Walk:
    """One pass over a syntax tree, parents before children."""

    def __init__(self, code: str, limits: ParseLimits) -> None:
        self._code = code
        self._data = code.encode()
        self._offset = Offsets(code, self._data)
        self._length = len(code)
        self._limits = limits
        self.problems: list[Problem] = []
        self.states: list[StateUse] = []
        self.tools: list[Use] = []
        self.extensions: list[ExtensionUse] = []
        self.dynamic: list[Use] = []
        self.inferred: set[Capability] = set()
        self.certain: list[tuple[Capability, int, int]] = []
        self._declared: set[str] = set()
        self._forbidden: list[Use] = []
        self._entities: set[str] = set()
        """Names that stand as in ``&lt;``."""
        self._names: list[tuple[int, str]] = []
        """Variables and ``$state.<key>`` (as ``.key``) by byte, in the order of the code."""
        self._sources: list[tuple[list[str], int, int]] = []
        """Variables, and the bytes of the expression that they may come from."""
        self._functions: dict[str, list[str]] = {}
        """Parameters of the functions that have a name."""
        self._arguments: list[tuple[str, int, int]] = []
        self._mutated: list[str] = []
        self._written: dict[int, bool] = {}
        """Byte of each ``$state.<key>`` that is assigned to: whether it is read as well."""

    def has_entity(self) -> bool:
        """Tell whether an entity was read as a variable that nobody declares."""
        return not self._entities <= self._declared

    # ---- the pass

    def analysis(self) -> HandlerAnalysis:
        """Return what was found."""
        root = syntax_tree(self._code, self._data, self._limits.code_depth)
        empty = broken = False
        if isinstance(root, Unreadable):
            broken = root.recovered
            self._tell_unreadable(root)
        elif root.has_error:
            broken = True
            self._tell_errors(root)
        elif statements := [each for each in root.named_children if each.type != "comment"]:
            self._walk(root)
            self._tell_forbidden()
            self._follow_variables()
            if len(statements) == 1:
                self._tell_uncalled(statements[0])
        else:
            empty = True
        return HandlerAnalysis(
            problems=tuple(self.problems),
            empty=empty,
            broken=broken,
            unread=isinstance(root, Unreadable) or root.has_error,
            states=tuple(self.states),
            tools=tuple(self.tools),
            extensions=tuple(self.extensions),
            dynamic=tuple(self.dynamic),
            inferred=frozenset(self.inferred),
            certain=tuple(self.certain),
        )

    def _walk(self, root: Node) -> None:
        pending: list[tuple[Node, Node | None, int]] = [(root, None, 0)]
        visitors = _VISITORS
        deepest = self._limits.handler_depth
        while pending:
            node, parent, depth = pending.pop()
            kind = node.type
            visit = visitors.get(kind)
            if visit is not None:
                visit(self, node, parent)
            if depth > deepest:
                self._add_problem(
                    catalogue.LIMIT_EXCEEDED,
                    node,
                    what="pieces of code inside one another",
                    limit=str(deepest),
                )
                return
            if kind in _LEAVES:
                continue
            depth += 1
            pending.extend([(child, node, depth) for child in reversed(node.named_children)])

    # ---- telling

    def _use(self, name: str, node: Node) -> Use:
        """Return a name and where it stands, without the quotes around it."""
        quotes = node.type == "string"
        start, end = self._offset(node.start_byte), self._offset(node.end_byte)
        return Use(name, start + quotes, end - quotes)

    def _text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode()

    def _add_problem(self, finding: catalogue.Finding, node: Node, **facts: str) -> None:
        _, start, end = self._use("", node)
        self.problems.append(Problem(finding, start, end, facts))

    def _tell_unreadable(self, place: Unreadable) -> None:
        """Tell where and why reading ended."""
        if place.limit:
            facts = {"what": place.why, "limit": str(self._limits.code_depth)}
            self.problems.append(Problem(catalogue.LIMIT_EXCEEDED, place.start, place.end, facts))
        else:
            facts = {"why": place.why}
            self.problems.append(Problem(catalogue.HANDLER_SYNTAX, place.start, place.end, facts))

    def _tell_errors(self, root: Node) -> None:
        for wrong in islice(errors(root), _MOST_ERRORS_TOLD):
            _, start, end = self._use("", wrong)
            line = self._data.find(b"\n", wrong.start_byte)
            end = min(end, self._offset(line) if line >= 0 else end)
            if end == start:
                start = max(start - 1, 0)
                end = min(start + 1, self._length)
            why = "Check brackets, quotes and operators near here."
            if wrong.is_missing:
                why = f"`{wrong.type}` is missing here."
            self.problems.append(Problem(catalogue.HANDLER_SYNTAX, start, end, {"why": why}))

    def _tell_forbidden(self) -> None:
        for name, start, end in self._forbidden:
            if name not in self._declared:
                facts = {"name": name, "instead": FORBIDDEN_GLOBALS[name]}
                self.problems.append(Problem(catalogue.FORBIDDEN_GLOBAL, start, end, facts))

    def _tell_uncalled(self, statement: Node) -> None:
        """Tell that the only statement is a function, which nothing calls."""
        function = statement
        while function.type in ("expression_statement", "parenthesized_expression"):
            inside = [each for each in function.named_children if each.type != "comment"]
            function = inside[0]
        if function.type in _UNCALLED:
            _, start, end = self._use("", function)
            fix = self._body_alone(statement, function)
            self.problems.append(Problem(catalogue.UNCALLED_FUNCTION, start, end, {}, fix))

    def _body_alone(self, statement: Node, function: Node) -> Mend | None:
        """Return what puts the body of a function in the place of the statement it stands in."""
        before = self._arguments_of(function)
        if before is None:
            return None
        body = field(function, "body")
        first, last = self._offset(body.start_byte), self._offset(body.end_byte)
        if body.type == "statement_block":
            first, last = first + 1, last - 1
        else:
            before += "return "
        edges = self._offset(statement.start_byte), self._offset(statement.end_byte)
        after = ";" if body.type != "statement_block" else ""
        edits = (edges[0], first, before), (last, edges[1], after)
        return Mend("Write the body alone", *edits)

    def _arguments_of(self, function: Node) -> str | None:
        """Return what declares the one parameter of a function; nothing when there are more."""
        single = function.child_by_field_name("parameter")
        many = function.child_by_field_name("parameters")
        named = [single] if single else (many.named_children if many else [])
        parameters = [each for each in named if each.type != "comment"]
        if not parameters:
            return ""
        if len(parameters) > 1 or parameters[0].type not in ("identifier", "object_pattern"):
            return None
        return f"const {self._text(parameters[0])} = $args; "

    def _need(self, family: str, name: str, use: Use) -> None:
        capability = _capability(family, name)
        self.inferred.add(capability)
        self.certain.append((capability, use.start, use.end))

    # ---- names

    def visit_identifier(self, node: Node, parent: Node | None) -> None:
        """Note a variable, a forbidden global, or a root used whole."""
        name = self._text(node)
        if name in _ROOTS:
            if not _is_object_of(node, parent) and not _is_callee(node, parent):
                self._whole_root(name, node, parent)
            return
        self._names.append((node.start_byte, name))
        if name in FORBIDDEN_GLOBALS:
            self._forbidden.append(self._use(name, node))
        elif name in _ENTITIES and _is_entity(self._data, node):
            self._entities.add(name)

    def _whole_root(self, root: str, node: Node, parent: Node | None) -> None:
        if root == "$state" and parent is not None and parent.type == "variable_declarator":
            pattern = parent.child_by_field_name("name")
            if pattern is not None and pattern.type == "object_pattern" and self._take(pattern):
                return
        self._dynamic_root(root, node)

    def _dynamic_root(self, root: str, node: Node) -> None:
        self.dynamic.append(self._use(root, node))
        match root:
            case "$state":
                self.inferred |= {Capability("state:read"), Capability("state:write")}
            case "$emit":
                self.inferred.add(Capability("events:emit"))
            case "$tools":
                self.inferred.add(Capability("tools:call"))
            case "$view":
                self.inferred.add(Capability("view:update"))
            case _:
                pass  # which extensions there are is known to the panel only

    def _take(self, pattern: Node) -> bool:
        """Read ``const {a, b: c} = $state``; false when a rest takes everything."""
        for member in pattern.named_children:
            match member.type:
                case "shorthand_property_identifier_pattern":
                    key, names = member, [self._text(member)]
                case "object_assignment_pattern":
                    key = member.named_children[0]
                    names = [self._text(key)]
                case "pair_pattern":
                    key = member.named_children[0]
                    names = self._pattern_names(member.named_children[1])
                case _:
                    return False
            if key.type == "computed_property_name":
                return False
            self._read(self._text(key), key)
            self._names.append((key.start_byte, "." + self._text(key)))
            self._sources.append((names, key.start_byte, key.end_byte))
        return True

    # ---- members of the roots

    def visit_member(self, node: Node, parent: Node | None) -> None:
        """Note ``$state.key``, ``$tools.name``, ``$ext.alias``, ``$emit.toast``."""
        root = node.named_children[0]
        if root.type != "identifier":
            return
        name = self._text(root)
        if name not in _ROOTS:
            return
        place, key = self._key(node)
        if key is None:
            self._dynamic_root(name, node)
            return
        match name:
            case "$state":
                self._names.append((node.start_byte, "." + key))
                self._state(key, place, node)
            case "$tools":
                self.tools.append(self._use(key, place))
                self._need("tools:call", key, self._use(key, place))
            case "$emit":
                self._need("events:emit", key, self._use(key, place))
            case "$ext":
                self._extension(key, place, parent)
            case _:
                self._view(place, node)

    def _key(self, node: Node) -> tuple[Node, str | None]:
        """Return the node and the name of a member's key, where the source tells it."""
        place = node.named_children[-1]
        if node.type == "member_expression":
            return place, self._text(place)
        if place.type == "string" and "\\" not in (name := self._text(place)[1:-1]):
            return place, name
        return place, None

    def _state(self, key: str, place: Node, node: Node) -> None:
        written = self._written.get(node.start_byte)
        if written is None or written:
            self._read(key, place)

    def _read(self, key: str, place: Node) -> None:
        use = self._use(key, place)
        self.states.append(StateUse(*use, written=False))
        self._need("state:read", key, use)

    def _extension(self, alias: str, place: Node, parent: Node | None) -> None:
        method = _ANY
        if parent is not None and parent.type in ("member_expression", "subscript_expression"):
            method = self._key(parent)[1] or _ANY
        _, start, end = self._use(alias, place)
        self.extensions.append(ExtensionUse(alias, method, start, end))
        if _NAME.fullmatch(alias):
            self._need(f"ext:{alias}", method, Use(alias, start, end))

    def _view(self, place: Node, node: Node) -> None:
        """Tell a use of ``$view`` that is none of the calls noted before their callee is."""
        if node.start_byte not in self._written:
            self._dynamic_root("$view", place)

    # ---- calls

    def visit_call(self, node: Node, _: Node | None) -> None:
        """Note what a call emits, mutates, or passes to functions."""
        children = node.named_children
        callee, arguments = children[0], children[-1]
        given = [each for each in arguments.named_children if each.type != "comment"]
        first = given[0] if given else None
        if callee.type == "identifier":
            self._plain_call(self._text(callee), callee, first, arguments)
        elif callee.type == "member_expression":
            self._method_call(callee, given, arguments)

    def _plain_call(self, name: str, callee: Node, first: Node | None, arguments: Node) -> None:
        if name == "$emit":
            self._named_by(first, "events:emit", "$emit", callee)
        else:
            self._arguments.append((name, arguments.start_byte, arguments.end_byte))

    def _named_by(self, first: Node | None, family: str, root: str, callee: Node) -> None:
        """Note the capability that the first argument names."""
        if (
            first is not None
            and first.type == "string"
            and _NAME.fullmatch(self._text(first)[1:-1])
        ):
            name = self._text(first)[1:-1]
            self._need(family, name, self._use(name, first))
        else:
            self._dynamic_root(root, callee)

    def _method_call(self, callee: Node, given: list[Node], arguments: Node) -> None:
        receiver = callee.named_children[0]
        method = self._text(callee.named_children[-1])
        first = given[0] if given else None
        if receiver.type == "identifier":
            match self._text(receiver), method:
                case "$view", command if command in _VIEW_COMMANDS:
                    self._written[callee.start_byte] = True
                    self._named_by(first, "view:update", "$view", callee)
                case "Object", "assign" if first is not None:
                    self._mutate(first)
                case _:
                    pass
        if method in _MUTATORS:
            self._mutate(receiver)
        for argument in given:
            if argument.type in _FUNCTIONS:
                names = self._parameters(argument)
                self._sources.append((names, receiver.start_byte, receiver.end_byte))
                self._sources.append((names, arguments.start_byte, argument.start_byte))

    # ---- writing

    def visit_assignment(self, node: Node, _: Node | None) -> None:
        """Note what ``=`` writes and what a variable may come from."""
        left, right = node.named_children[0], node.named_children[-1]
        self._assign(left, reads=False)
        self._sources.append((self._pattern_names(left), right.start_byte, right.end_byte))

    def visit_augmented(self, node: Node, _: Node | None) -> None:
        """Note what ``+=`` and its like read and write."""
        left, right = node.named_children[0], node.named_children[-1]
        self._assign(left, reads=True)
        self._sources.append((self._pattern_names(left), right.start_byte, right.end_byte))

    def visit_update(self, node: Node, _: Node | None) -> None:
        """Note what ``++`` and ``--`` read and write."""
        self._assign(node.named_children[0], reads=True)

    def visit_unary(self, node: Node, _: Node | None) -> None:
        """Note what ``delete`` writes."""
        if self._data.startswith(b"delete", node.start_byte):
            self._assign(node.named_children[-1], reads=False)

    def _assign(self, target: Node, *, reads: bool) -> None:
        """Note a target: a state, something inside a state or a variable, or a pattern of them."""
        pending = [target]
        while pending:
            each = pending.pop()
            match each.type:
                case "member_expression" | "subscript_expression":
                    if self._is_state_key(each):
                        self._written[each.start_byte] = reads
                        self._write(each, certain=True)
                    else:
                        self._mutate(each.named_children[0])
                case "array_pattern" | "object_pattern" | "rest_pattern" | "assignment_pattern":
                    pending.extend(each.named_children)
                case "pair_pattern":
                    pending.append(each.named_children[-1])
                case "parenthesized_expression":
                    pending.append(each.named_children[0])
                case _:
                    pass

    def _is_state_key(self, node: Node) -> bool:
        root = node.named_children[0]
        return (
            root.type == "identifier" and self._data[root.start_byte : root.end_byte] == b"$state"
        )

    def _write(self, node: Node, *, certain: bool) -> None:
        """Note a write of ``$state.key`` or of something inside it."""
        place, key = self._key(node)
        if key is None:
            self.inferred.add(Capability("state:write"))
            return
        use = self._use(key, place)
        self.states.append(StateUse(*use, written=True))
        capability = _capability("state:write", key)
        self.inferred.add(capability)
        if certain:
            self.certain.append((capability, use.start, use.end))

    def _mutate(self, target: Node) -> None:
        """Note that what ``target`` stands for is changed inside."""
        certain = True
        node = target
        while True:
            match node.type:
                case "member_expression" | "subscript_expression":
                    if self._is_state_key(node):
                        self._write(node, certain=certain)
                        return
                    node = node.named_children[0]
                case "call_expression":
                    callee = node.named_children[0]
                    if node is target and self._makes_copy(callee):
                        return
                    certain = False
                    node = callee
                case "parenthesized_expression" | "await_expression":
                    node = node.named_children[0]
                case "identifier":
                    self._mutated.append(self._text(node))
                    return
                case _:
                    return

    def _makes_copy(self, callee: Node) -> bool:
        return (
            callee.type == "member_expression" and self._text(callee.named_children[-1]) in _COPIES
        )

    # ---- declarations

    def visit_declarator(self, node: Node, _: Node | None) -> None:
        """Note the names of ``const``, ``let`` or ``var`` and what they come from."""
        children = node.named_children
        names = self._declare(children[0])
        if len(children) > 1:
            value = children[-1]
            self._sources.append((names, value.start_byte, value.end_byte))
            if value.type in _FUNCTIONS:
                for name in names:
                    self._functions.setdefault(name, []).extend(self._parameters(value))

    def visit_function(self, node: Node, _: Node | None) -> None:
        """Note a function's name and parameters."""
        parameters = self._parameters(node)
        name = node.child_by_field_name("name")
        if name is not None:
            text = self._text(name)
            self._declared.add(text)
            self._functions.setdefault(text, []).extend(parameters)

    def visit_class(self, node: Node, _: Node | None) -> None:
        """Note a class's name."""
        self._declared.add(self._text(field(node, "name")))

    def visit_catch(self, node: Node, _: Node | None) -> None:
        """Note the name of what was caught."""
        parameter = node.child_by_field_name("parameter")
        if parameter is not None:
            self._declare(parameter)

    def visit_for_in(self, node: Node, _: Node | None) -> None:
        """Note the variable of a loop and the list it comes from."""
        names, right = self._declare(field(node, "left")), field(node, "right")
        self._sources.append((names, right.start_byte, right.end_byte))

    def _parameters(self, function: Node) -> list[str]:
        parameters = function.child_by_field_name("parameters")
        parameters = parameters or function.child_by_field_name("parameter")
        return [] if parameters is None else self._declare(parameters)

    def _declare(self, pattern: Node) -> list[str]:
        names = self._pattern_names(pattern)
        self._declared.update(names)
        return names

    def _pattern_names(self, pattern: Node) -> list[str]:
        return [self._text(node) for node in _pattern_identifiers(pattern)]

    # ---- following variables

    def _follow_variables(self) -> None:
        """Infer writes to the states that mutated variables may come from."""
        for name, start, end in self._arguments:
            if parameters := self._functions.get(name):
                self._sources.append((parameters, start, end))
        if not self._mutated:
            return
        comes_from: dict[str, set[str]] = {}
        self._names.sort()
        starts = [start for start, _ in self._names]
        for names, start, end in self._sources:
            first, last = bisect_left(starts, start), bisect_left(starts, end)
            mentioned = {name for _, name in self._names[first:last]}
            for name in names:
                comes_from.setdefault(name, set()).update(mentioned)
        for origin in _reachable(self._mutated, comes_from):
            if origin.startswith("."):
                key = origin[1:]
                self.inferred |= {_capability("state:read", key), _capability("state:write", key)}


def _capability(family: str, name: str) -> Capability:
    """Return the capability for a name; for everything when the name cannot be spelled in one."""
    return Capability(family, name if _NAME.fullmatch(name) else _ANY)


def _reachable(begin: list[str], edges: dict[str, set[str]]) -> Iterator[str]:
    seen = set(begin)
    pending = list(seen)
    while pending:
        name = pending.pop()
        yield name
        new = edges.get(name, set()) - seen
        seen |= new
        pending.extend(new)


def _pattern_identifiers(pattern: Node) -> Iterator[Node]:
    pending = [pattern]
    while pending:
        node = pending.pop()
        match node.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                yield node
            case "pair_pattern":
                pending.append(node.named_children[-1])
            case "assignment_pattern" | "object_assignment_pattern":
                pending.append(node.named_children[0])
            case "object_pattern" | "array_pattern" | "rest_pattern" | "formal_parameters":
                pending.extend(node.named_children)
            case _:
                pass


def _is_object_of(node: Node, parent: Node | None) -> bool:
    """Tell whether a member is taken of ``node``."""
    return (
        parent is not None
        and parent.type in ("member_expression", "subscript_expression")
        and parent.start_byte == node.start_byte
    )


def _is_callee(node: Node, parent: Node | None) -> bool:
    return (
        parent is not None
        and parent.type == "call_expression"
        and parent.start_byte == node.start_byte
    )


_VISITORS: Final[dict[str, Callable[[_Walk, Node, Node | None], None]]] = {
    "identifier": _Walk.visit_identifier,
    "shorthand_property_identifier": _Walk.visit_identifier,
    "member_expression": _Walk.visit_member,
    "subscript_expression": _Walk.visit_member,
    "call_expression": _Walk.visit_call,
    "assignment_expression": _Walk.visit_assignment,
    "augmented_assignment_expression": _Walk.visit_augmented,
    "update_expression": _Walk.visit_update,
    "unary_expression": _Walk.visit_unary,
    "variable_declarator": _Walk.visit_declarator,
    "class_declaration": _Walk.visit_class,
    "catch_clause": _Walk.visit_catch,
    "for_in_statement": _Walk.visit_for_in,
    **dict.fromkeys(_FUNCTIONS, _Walk.visit_function),
}


def _is_entity(data: bytes, name: Node) -> bool:
    return (
        data[name.start_byte - 1 : name.start_byte] == b"&"
        and data[name.end_byte : name.end_byte + 1] == b";"
    )
