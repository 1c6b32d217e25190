"""What the JavaScript of a handler does, found without running it.

Knows which states a handler reads and writes, deep mutation through variables included, which
events, tools, extensions and view nodes it names, and so which capabilities it needs. The findings
err on the side of more: see ``flow`` for what variables may come from. Whether the names exist is
checked by the rules. Offsets are characters from the start of the code.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from tree_sitter import Node

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript import flaws
from nexus_core.parser.javascript.expressions import Problem, Use
from nexus_core.parser.javascript.flow import Flow
from nexus_core.parser.javascript.grammar import (
    FORBIDDEN_GLOBALS,
    Offsets,
    Unreadable,
    errors,
    field,
    syntax_tree,
)
from nexus_core.parser.javascript.scopes import BLOCKS, FUNCTIONS, Scopes, Target, declared_names
from nexus_core.parser.javascript.uses import ANY, ExtensionUse, StateUse, Uses, can_be_granted
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.markup import slips
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
_STORING: Final = frozenset(("push", "unshift", "splice", "fill", "set", "add", "assign"))
"""Methods after which an object holds what they were given."""
_BORROWING: Final = frozenset(("call", "apply", "bind"))
"""Methods of a function that tell it what ``this`` is."""
_FIRST_CHANGED: Final = frozenset(
    ("assign", "set", "defineProperty", "defineProperties", "deleteProperty", "setPrototypeOf")
)
"""Functions of Object and Reflect that change what they are given first."""
_VIEW_COMMANDS: Final = frozenset(("getElementById", "setFilter", "scrollTo", "focus"))
_ROOTS: Final = frozenset(("$state", "$emit", "$ext", "$tools", "$view"))
_TARGETS: Final = {name: Target(name) for name in _ROOTS}
_KNOWN: Final = _ROOTS | {"$args", "$log", "$time", "Math", "JSON"}
_MEMBERS: Final = frozenset(("member_expression", "subscript_expression"))
_EMPTY: Final = frozenset(("comment", "html_comment", "empty_statement"))
_UNCALLED: Final = frozenset(("arrow_function", "function_expression", "function_declaration"))
_ENTITIES: Final = frozenset(("amp", "lt", "gt", "quot", "apos", "nbsp"))
_SILENT: Final = frozenset(
    ("property_identifier", "string", "number", "true", "false", "null", "undefined", "comment")
)
"""A third of the nodes of usual code, which say nothing and hold no others that do."""


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
    if analysis.unread or walk.has_entity:
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


class _Promised(NamedTuple):
    """A call that gives a promise."""

    node: Node
    function: Node | None
    call: str
    """How it is written, for a message."""
    name: str | None
    """The constant that holds the promise, where one does."""


class _Walk:
    """One pass over a syntax tree, parents before children; uses wait until all is declared."""

    def __init__(self, code: str, limits: ParseLimits) -> None:
        self._code = code
        self._data = code.encode()
        self._offset = Offsets(code, self._data)
        self._length = len(code)
        self._limits = limits
        self.problems: list[Problem] = []
        self._uses = Uses()
        self._flow = Flow()
        self._scopes = Scopes()
        self.has_entity = False
        """Whether an entity such as ``&lt;`` was read as a variable that nobody declares."""
        self._written: dict[int, bool] = {}
        """Byte of each ``$state.<key>`` that is assigned to: whether it is read as well."""
        self._function: Node | None = None
        self._ordinary: list[tuple[int, int]] = []
        """The functions with ``arguments`` of their own; those inside another are left out."""
        self._known: dict[int, str] = {}
        """Roots and well-known globals by the byte where they stand."""
        self._awaited: list[tuple[Node, Node | None]] = []
        self._promised: list[_Promised] = []
        self._members: dict[str, Node] = {}
        """For each variable a member that is taken of it and belongs to no promise."""

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
        elif statements := [each for each in root.named_children if each.type not in _EMPTY]:
            self._read(root)
            if len(statements) == 1:
                self._tell_uncalled(statements[0])
        else:
            empty = True
        return HandlerAnalysis(
            problems=tuple(self.problems),
            empty=empty,
            broken=broken,
            unread=isinstance(root, Unreadable) or root.has_error,
            states=tuple(self._uses.states),
            tools=tuple(self._uses.tools),
            extensions=tuple(self._uses.extensions),
            dynamic=tuple(self._uses.dynamic),
            inferred=frozenset(self._uses.inferred),
            certain=tuple(self._uses.certain),
        )

    def _read(self, root: Node) -> None:
        self._root = self._block = root
        for visit, node, parent, function in self._declare_all(root):
            self._function = function
            visit(self, node, parent)
        for key in self._flow.changed_states():
            self._uses.change_state(key)
        for node, function in self._awaited:
            self._check_await(node, function)
        for promised in self._promised:
            self._check_promise(promised)

    def _declare_all(self, root: Node) -> "list[tuple[_Visit, Node, Node | None, Node | None]]":
        """Note what is declared where; returns the visits that have to wait for it."""
        later: list[tuple[_Visit, Node, Node | None, Node | None]] = []
        pending: list[tuple[Node, str, Node | None, int, Node, Node | None]] = [
            (root, root.type, None, 0, root, None)
        ]
        deepest = self._limits.handler_depth
        while pending:
            node, kind, parent, depth, block, function = pending.pop()
            if (visit := _USES.get(kind)) is not None:
                later.append((visit, node, parent, function))
            if (visit := _DECLARATIONS.get(kind)) is not None:
                self._block, self._function = block, function
                visit(self, node, parent)
            if depth > deepest:
                what, limit = "pieces of code inside one another", str(deepest)
                self._add_problem(catalogue.LIMIT_EXCEEDED, node, what=what, limit=limit)
                break
            if kind == "identifier":
                continue
            if kind in BLOCKS:
                block = node
                function = node if kind in FUNCTIONS else function
            for child in reversed(node.named_children):
                kind = child.type
                if kind not in _SILENT:
                    pending.append((child, kind, node, depth + 1, block, function))
        return later

    # ---- telling

    def _use(self, name: str, node: Node) -> Use:
        """Return a name and where it stands, without the quotes around it."""
        quotes = node.type == "string"
        start, end = self._offset(node.start_byte), self._offset(node.end_byte)
        return Use(name, start + quotes, end - quotes)

    def _text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode()

    def _add_problem(
        self, finding: catalogue.Finding, node: Node, *, fix: Mend | None = None, **facts: str
    ) -> None:
        _, start, end = self._use("", node)
        self.problems.append(Problem(finding, start, end, facts, fix))

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

    # ---- names

    def visit_identifier(self, node: Node, parent: Node | None) -> None:
        """Note a variable, a forbidden global, or a root used whole."""
        name, place = self._text(node), node.start_byte
        target = self._target_of(name, place)
        if target is not None:
            self._note_target(target, node, parent)
            return
        self._flow.mention(name, place)
        if name in FORBIDDEN_GLOBALS and not self._scopes.is_declared(name, place):
            instead = FORBIDDEN_GLOBALS[name]
            self._add_problem(catalogue.FORBIDDEN_GLOBAL, node, name=name, instead=instead)
        elif name in _KNOWN and not self._scopes.is_declared(name, place):
            self._known[place] = name
        elif name == "arguments":
            self._arguments_object(node)
        elif name in _ENTITIES and _is_entity(self._data, node):
            self.has_entity |= not self._scopes.is_declared(name, place)

    def _target(self, node: Node) -> Target | None:
        """Return which root an identifier stands for, by its own name or by another."""
        return self._target_of(self._text(node), node.start_byte)

    def _target_of(self, name: str, place: int) -> Target | None:
        target = _TARGETS.get(name)
        if target is not None:
            return None if self._scopes.is_declared(name, place) else target
        return self._scopes.alias(name, place)

    def _note_target(self, target: Target, node: Node, parent: Node | None) -> None:
        if target.key is None:
            self._known[node.start_byte] = target.root
        if _is_object_of(node, parent) or _is_callee(node, parent) or self._is_taken(node, parent):
            return
        if target.key is None:
            self._whole(target.root, node)
        else:
            self._extension(target.key, ANY, node)

    def _is_taken(self, node: Node, parent: Node | None) -> bool:
        """Tell whether ``const {a} = $state`` or ``const s = $state`` takes a root apart."""
        if parent is None or parent.type not in ("variable_declarator", "assignment_expression"):
            return False
        left, target = parent.named_children[0], self._target(node)
        if left.type == "identifier":
            return self._scopes.alias(self._text(left), left.start_byte) == target
        return (
            left.type == "object_pattern"
            and target is not None
            and target.root != "$view"
            and self._take(left, target)
        )

    def _arguments_object(self, node: Node) -> None:
        """Note ``arguments``: all roots are in that of the handler, anything in another."""
        if self._is_inside_function(node):
            self._flow.assign(("arguments",), 0, len(self._data))
        else:
            for root in sorted(_ROOTS):
                self._whole(root, node)

    def visit_this(self, node: Node, _: Node | None) -> None:
        """Note that ``this`` of a function may be anything; that of the handler is nothing."""
        if self._is_inside_function(node):
            self._flow.mention("this", node.start_byte)
            self._flow.assign(("this",), 0, len(self._data))

    def _is_inside_function(self, node: Node) -> bool:
        """Tell whether ``this`` and ``arguments`` are those of a function of the author's."""
        after = bisect_right(self._ordinary, (node.start_byte, node.end_byte))
        return after > 0 and node.start_byte < self._ordinary[after - 1][1]

    def _whole(self, root: str, node: Node) -> None:
        self._uses.use_whole(self._use(root, node))

    def _take(self, pattern: Node, target: Target) -> bool:
        """Read ``{a, b: c} = $state``; false when it takes something that it does not name."""
        taken: list[tuple[Node, str, list[str]]] = []
        for member in pattern.named_children:
            if member.type == "comment":
                continue
            if member.type == "rest_pattern":
                return False
            key = member if not member.named_children else member.named_children[0]
            name = self._key_of(key)
            if name is None:
                return False
            taken.append((key, name, [self._text(each) for each in declared_names(member)]))
        for key, name, names in taken:
            self._take_one(target, name, key, names)
        return True

    def _take_one(self, target: Target, name: str, key: Node, names: list[str]) -> None:
        match target.root:
            case "$state":
                self._read_state(name, key)
                self._flow.mention_state(name, key.start_byte)
                self._flow.assign(names, key.start_byte, key.end_byte)
            case "$tools":
                self._tool(name, key)
            case "$emit":
                self._event(name, key)
            case _:
                alias, method = (name, ANY) if target.key is None else (target.key, name)
                self._extension(alias, method, key)

    # ---- members of the roots

    def visit_member(self, node: Node, parent: Node | None) -> None:
        """Note ``$state.key``, ``$tools.name``, ``$ext.alias``, ``$emit.toast``."""
        root = node.named_children[0]
        if root.type != "identifier":
            return
        target = self._target(root)
        if target is None:
            self._members.setdefault(self._text(root), node)
            return
        place, key = self._key(node)
        if key is None:
            self._dynamic_member(target, node)
            return
        match target.root:
            case "$state":
                self._flow.mention_state(key, node.start_byte)
                self._state(key, place, node)
            case "$tools":
                self._tool(key, place)
            case "$emit":
                self._event(key, place)
            case "$ext":
                self._extension_member(target, key, place, node, parent)
            case _:
                self._view(place, node)

    def _dynamic_member(self, target: Target, node: Node) -> None:
        if target.key is None:
            self._whole(target.root, node)
        else:
            self._extension(target.key, ANY, node)

    def _key(self, node: Node) -> tuple[Node, str | None]:
        """Return the node and the name of a member's key, where the source tells it."""
        place = node.named_children[-1]
        if node.type == "member_expression":
            return place, self._text(place)
        return place, self._key_of(place) if place.type == "string" else None

    def _key_of(self, node: Node) -> str | None:
        """Return the name that a key spells, in quotes or without."""
        if node.type == "string":
            name = self._text(node)[1:-1]
            return None if "\\" in name else name
        return None if node.type == "computed_property_name" else self._text(node)

    def _state(self, key: str, place: Node, node: Node) -> None:
        written = self._written.get(node.start_byte)
        if written is None or written:
            self._read_state(key, place)

    def _read_state(self, key: str, place: Node) -> None:
        self._uses.read_state(self._use(key, place))

    def _tool(self, name: str, place: Node) -> None:
        self._uses.call_tool(self._use(name, place))

    def _event(self, key: str, place: Node) -> None:
        """Note ``$emit.toast``; what else a function has may emit anything."""
        if key == "toast":
            self._uses.need("events:emit", self._use(key, place))
        else:
            self._whole("$emit", place)

    def _extension_member(
        self, target: Target, key: str, place: Node, node: Node, parent: Node | None
    ) -> None:
        """Note ``$ext.http``, ``$ext.http.get``, or ``http.get`` of a name for the first."""
        if target.key is not None:
            self._extension(target.key, key, place)
            return
        if parent is not None and parent.type == "variable_declarator":
            left = parent.named_children[0]
            taken = Target("$ext", key)
            if self._scopes.alias(self._text(left), left.start_byte) == taken:
                self._uses.name_extension(self._use(key, place))
                return
            if left.type == "object_pattern" and self._take(left, taken):
                return
        method = None
        if parent is not None and _is_object_of(node, parent):
            method = self._key(parent)[1]
        self._extension(key, method or ANY, place)

    def _extension(self, alias: str, method: str, place: Node) -> None:
        self._uses.call_extension(self._use(alias, place), method)

    def _view(self, place: Node, node: Node) -> None:
        """Tell a use of ``$view`` that is none of the calls noted before their callee is."""
        if node.start_byte not in self._written:
            self._whole("$view", place)

    # ---- calls

    def visit_call(self, node: Node, parent: Node | None) -> None:
        """Note what a call emits, mutates, or passes to functions."""
        children = node.named_children
        callee, arguments = children[0], children[-1]
        given = [each for each in arguments.named_children if each.type != "comment"]
        receiver, kind = callee, callee.type
        if kind == "identifier":
            self._plain_call(callee, given[0] if given else None, arguments)
        elif kind in _MEMBERS:
            receiver = callee.named_children[0]
            self._method_call(callee, receiver, given, arguments)
            if self._gives_promise(receiver):
                self._note_promise(node, callee, parent)
        else:
            self._flow.call(None, arguments.start_byte, arguments.end_byte)
        self._hand_over(receiver, given, arguments)

    def visit_new(self, node: Node, _: Node | None) -> None:
        """Note what a constructor is given."""
        arguments = node.named_children[-1]
        if arguments.type == "arguments":
            self._flow.call("constructor", arguments.start_byte, arguments.end_byte)

    def _plain_call(self, callee: Node, first: Node | None, arguments: Node) -> None:
        target = self._target(callee)
        if target is None:
            name = self._text(callee)
            if self._scopes.is_declared(name, callee.start_byte):
                self._flow.call(name, arguments.start_byte, arguments.end_byte)
        elif target.root == "$emit":
            self._named_by(first, "events:emit", "$emit", callee)

    def _named_by(self, first: Node | None, family: str, root: str, callee: Node) -> None:
        """Note the capability that the first argument names."""
        name = self._text(first)[1:-1] if first is not None and first.type == "string" else ""
        if first is not None and can_be_granted(name):
            self._uses.need(family, self._use(name, first))
        else:
            self._whole(root, callee)

    def _method_call(
        self, callee: Node, receiver: Node, given: list[Node], arguments: Node
    ) -> None:
        _, method = self._key(callee)
        first = given[0] if given else None
        if receiver.type == "identifier":
            target = self._target(receiver)
            if target == ("$view", None) and method in _VIEW_COMMANDS:
                self._written[callee.start_byte] = True
                self._named_by(first, "view:update", "$view", callee)
            elif self._text(receiver) in ("Object", "Reflect") and method in _FIRST_CHANGED:
                self._mutate(first or receiver)
                self._store(first or receiver, arguments)
        if method is None:
            self._flow.call(None, arguments.start_byte, arguments.end_byte)
        else:
            self._flow.hand_over(method, arguments.start_byte, arguments.end_byte)
        if method in _BORROWING:
            self._borrow(receiver, first, arguments)
        elif method in _MUTATORS or (method is None and not self._is_root(receiver)):
            self._mutate(receiver, certain=method is not None)
        if method in _STORING:
            self._store(receiver, arguments)

    def _is_root(self, node: Node) -> bool:
        return node.type == "identifier" and self._target(node) is not None

    def _borrow(self, function: Node, first: Node | None, arguments: Node) -> None:
        """Note what ``f.call(this, …)`` may change, and what it gives to ``f``."""
        name = self._text(function.named_children[-1] if function.named_children else function)
        self._flow.call(name, arguments.start_byte, arguments.end_byte)
        if first is not None and name not in _COPIES:
            self._mutate(first, certain=False)

    def _hand_over(self, receiver: Node, given: list[Node], arguments: Node) -> None:
        """Note the functions among arguments: they may be called with the rest, or the object."""
        for argument in given:
            kind = argument.type
            if kind in FUNCTIONS:
                names = self._parameters(argument)
                self._flow.assign(names, receiver.start_byte, receiver.end_byte)
                self._flow.assign(names, arguments.start_byte, argument.start_byte)
                self._flow.assign(names, argument.end_byte, arguments.end_byte)
            elif kind in ("identifier", "member_expression"):
                name = argument.named_children[-1] if argument.named_children else argument
                span = receiver.start_byte, arguments.end_byte
                self._flow.hand_over(self._text(name), *span)

    def _store(self, receiver: Node, arguments: Node) -> None:
        """Note that what a variable stands for holds what a method was given."""
        if base := self._base(receiver):
            self._flow.assign((base,), arguments.start_byte, arguments.end_byte)

    # ---- writing

    def visit_assignment(self, node: Node, _: Node | None) -> None:
        """Note what ``=`` writes and what a variable may come from."""
        self._assign_from(node, reads=False)

    def visit_augmented(self, node: Node, _: Node | None) -> None:
        """Note what ``+=`` and its like read and write."""
        self._assign_from(node, reads=True)

    def _assign_from(self, node: Node, *, reads: bool) -> None:
        left, right = node.named_children[0], node.named_children[-1]
        names = self._assign(left, reads=reads)
        self._flow.assign(names, right.start_byte, right.end_byte)

    def visit_update(self, node: Node, _: Node | None) -> None:
        """Note what ``++`` and ``--`` read and write."""
        self._assign(node.named_children[0], reads=True)

    def visit_unary(self, node: Node, _: Node | None) -> None:
        """Note what ``delete`` writes; who cannot see a state cannot remove it."""
        if self._data.startswith(b"delete", node.start_byte):
            self._assign(node.named_children[-1], reads=True)

    def visit_for_target(self, node: Node, _: Node | None) -> None:
        """Note what a loop writes that declares no variable."""
        if node.child_by_field_name("kind") is None:
            names = self._assign(field(node, "left"), reads=False)
            right = field(node, "right")
            self._flow.assign(names, right.start_byte, right.end_byte)

    def _assign(self, target: Node, *, reads: bool) -> list[str]:
        """Note a target: a state, something inside a state or a variable, or a pattern of them.

        Returns the variables that hold the value afterwards.
        """
        names: list[str] = []
        pending = [target]
        while pending:
            each = pending.pop()
            match each.type:
                case "identifier" | "shorthand_property_identifier_pattern":
                    names.append(self._text(each))
                case "member_expression" | "subscript_expression":
                    if self._is_state_key(each):
                        self._written[each.start_byte] = reads
                        self._write(each, certain=True)
                    else:
                        self._mutate(each.named_children[0])
                        names.extend(filter(None, (self._base(each),)))
                case "array_pattern" | "object_pattern" | "rest_pattern" | "assignment_pattern":
                    pending.extend(each.named_children)
                case "pair_pattern" | "parenthesized_expression":
                    pending.append(each.named_children[-1])
                case "object_assignment_pattern":
                    pending.append(each.named_children[0])
                case _:
                    pass
        return names

    def _is_state_key(self, node: Node) -> bool:
        root = node.named_children[0]
        return root.type == "identifier" and self._target(root) == ("$state", None)

    def _write(self, node: Node, *, certain: bool) -> None:
        """Note a write of ``$state.key`` or of something inside it."""
        place, key = self._key(node)
        if key is None:
            self._uses.write_any_state()
        else:
            self._uses.write_state(self._use(key, place), certain=certain)

    def _mutate(self, target: Node, *, certain: bool = True) -> None:
        """Note that what ``target`` stands for is changed inside."""
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
                case "identifier" | "this":
                    self._flow.change(self._text(node))
                    return
                case _:
                    self._flow.change_mentioned(node.start_byte, node.end_byte)
                    return

    def _base(self, node: Node) -> str | None:
        """Return the variable that a chain begins with; nothing when it begins with a root."""
        while node.type in ("call_expression", "parenthesized_expression", *_MEMBERS):
            node = node.named_children[0]
        if node.type == "this":
            return "this"
        if node.type != "identifier" or self._target(node) is not None:
            return None
        return self._text(node)

    def _makes_copy(self, callee: Node) -> bool:
        return callee.type in _MEMBERS and self._key(callee)[1] in _COPIES

    # ---- declarations

    def visit_declarator(self, node: Node, parent: Node | None) -> None:
        """Note the names of ``const``, ``let`` or ``var`` and what they come from."""
        children = [child for child in node.named_children if child.type != "comment"]
        is_var = parent is not None and parent.type == "variable_declaration"
        names = self._declare(children[0], self._body() if is_var else self._block)
        if len(children) > 1:
            value = children[-1]
            self._flow.assign(names, value.start_byte, value.end_byte)
            if children[0].type == "identifier" and not is_var:
                self._declare_alias(names[0], value, parent)

    def _declare_alias(self, name: str, value: Node, parent: Node | None) -> None:
        """Note ``const s = $state`` and ``const http = $ext.http``."""
        if parent is None or parent.children[0].type != "const":
            return
        text = self._text(value)
        if text in _ROOTS:
            self._scopes.declare_alias(name, Target(text))
        elif value.type == "member_expression" and text.startswith("$ext."):
            key = text.removeprefix("$ext.")
            if key.isidentifier():
                self._scopes.declare_alias(name, Target("$ext", key))

    def visit_function(self, node: Node, parent: Node | None) -> None:
        """Note a function's names and parameters."""
        parameters = self._declare_parameters(node)
        self._flow.take_parameters(parameters)
        if node.type != "arrow_function" and (
            not self._ordinary or node.start_byte >= self._ordinary[-1][1]
        ):
            self._ordinary.append((node.start_byte, node.end_byte))
        name = node.child_by_field_name("name")
        if name is not None:
            self._define(node, self._text(name), parameters)
        elif parent is not None and parent.type in _NAMING:
            left = parent.named_children[0]
            last = left.named_children[-1] if left.type in _MEMBERS else left
            self._flow.define(self._text(last), parameters)

    def _define(self, node: Node, name: str, parameters: list[str]) -> None:
        self._flow.define(name, parameters)
        if node.type == "method_definition":
            return
        expression = node.type in ("function_expression", "generator_function")
        self._scopes.declare(name, node if expression else self._body())
        self._flow.assign((name,), node.start_byte, node.end_byte)

    def visit_class(self, node: Node, _: Node | None) -> None:
        """Note a class's name."""
        name = node.child_by_field_name("name")
        if name is not None:
            text = self._text(name)
            self._scopes.declare(text, node if node.type == "class" else self._block)
            self._flow.assign((text,), node.start_byte, node.end_byte)

    def visit_catch(self, node: Node, _: Node | None) -> None:
        """Note the name of what was caught."""
        parameter = node.child_by_field_name("parameter")
        if parameter is not None:
            self._flow.catch(self._declare(parameter, node))

    def visit_throw(self, node: Node, _: Node | None) -> None:
        """Note what is thrown."""
        self._flow.throw(node.start_byte, node.end_byte)

    def visit_default(self, node: Node, _: Node | None) -> None:
        """Note what a variable is when nothing is given for it."""
        left, right = node.named_children[0], node.named_children[-1]
        names = [self._text(each) for each in declared_names(left)]
        self._flow.assign(names, right.start_byte, right.end_byte)

    def visit_for_in(self, node: Node, _: Node | None) -> None:
        """Note the variable of a loop and the list it comes from."""
        kind = node.child_by_field_name("kind")
        if kind is not None:
            scope = self._body() if kind.type == "var" else node
            names, right = self._declare(field(node, "left"), scope), field(node, "right")
            self._flow.assign(names, right.start_byte, right.end_byte)

    def _declare_parameters(self, function: Node) -> list[str]:
        return [self._declare_one(each, function) for each in _parameter_nodes(function)]

    def _parameters(self, function: Node) -> list[str]:
        return [self._text(each) for each in _parameter_nodes(function)]

    def _declare(self, pattern: Node, scope: Node) -> list[str]:
        return [self._declare_one(each, scope) for each in declared_names(pattern)]

    def _declare_one(self, node: Node, scope: Node) -> str:
        name = self._text(node)
        self._scopes.declare(name, scope)
        return name

    def _body(self) -> Node:
        """Return what a name of the whole function holds in."""
        return self._function or self._root

    # ---- what is awaited, and what never runs

    def visit_await(self, node: Node, _: Node | None) -> None:
        """Note what is awaited."""
        self._awaited.append((node, self._function))

    def _check_await(self, node: Node, function: Node | None) -> None:
        keyword = self._offset(node.start_byte)
        end = keyword + len("await")
        if function is not None and not flaws.is_async(function):
            byte, fix = flaws.asynchronous_at(function), None
            if byte is not None:
                place = self._offset(byte)
                fix = Mend("Make the function async", (place, place, "async "))
            self.problems.append(Problem(catalogue.AWAIT_OUTSIDE_ASYNC, keyword, end, {}, fix))
            return
        awaited = node.named_children[-1]
        if flaws.list_of_promises(awaited):
            start, last = self._offset(awaited.start_byte), self._offset(awaited.end_byte)
            fix = Mend("Wait for all of them", (start, start, "Promise.all("), (last, last, ")"))
            self._add_problem(catalogue.AWAITED_LIST, awaited, fix=fix)
        elif flaws.never_waits(awaited, self._known):
            space = self._offset(awaited.start_byte)
            fix = Mend("Remove await", (keyword, space, ""))
            self.problems.append(Problem(catalogue.NEEDLESS_AWAIT, keyword, end, {}, fix))

    def _gives_promise(self, receiver: Node) -> bool:
        """Tell whether a method of ``$tools``, of ``$ext.http`` or of a name for one is called."""
        if receiver.type in _MEMBERS:
            root = receiver.named_children[0]
            return root.type == "identifier" and self._target(root) == ("$ext", None)
        target = self._target(receiver) if receiver.type == "identifier" else None
        return target is not None and (target.root == "$tools" or target.key is not None)

    def _note_promise(self, node: Node, callee: Node, parent: Node | None) -> None:
        """Note a call that gives a promise, and the variable that it is given to."""
        name = None
        if parent is not None and parent.type == "variable_declarator":
            left = parent.named_children[0]
            name = self._text(left) if left.type == "identifier" else None
        self._promised.append(_Promised(node, self._function, self._text(callee), name))

    def _check_promise(self, promised: _Promised) -> None:
        node, function, call, name = promised
        fate = flaws.fate_of(node, self._known)
        if fate == "dropped" and self._known.get(node.start_byte) == "$tools":
            return  # a tool runs up to its first suspension at once, so not to wait may be meant
        if fate is None and not (name and self._is_used_as_data(name)):
            return
        fix = None
        if flaws.is_async(function):
            start, end = self._offset(node.start_byte), self._offset(node.end_byte)
            fix = Mend("Wait for it", (start, start, "(await "), (end, end, ")"))
            if fate != "used":
                fix = Mend("Wait for it", (start, start, "await "))
        self._add_problem(catalogue.MISSING_AWAIT, node.named_children[0], fix=fix, call=call)

    def _is_used_as_data(self, name: str) -> bool:
        """Tell whether a member is taken of a variable that holds a promise for sure."""
        member = self._members.get(name)
        return (
            member is not None
            and self._scopes.declared_once(name)
            and self._scopes.is_declared(name, member.start_byte)
            and flaws.takes_data(member)
        )

    def visit_block(self, node: Node, _: Node | None) -> None:
        """Tell what never runs."""
        dead = flaws.unreachable(node)
        if dead is not None:
            start, end = self._offset(dead[0].start_byte), self._offset(dead[1].end_byte)
            self.problems.append(Problem(catalogue.UNREACHABLE_CODE, start, end, {}))


_Visit = Callable[[_Walk, Node, Node | None], None]


def _parameter_nodes(function: Node) -> Iterator[Node]:
    parameters = function.child_by_field_name("parameters")
    parameters = parameters or function.child_by_field_name("parameter")
    return iter(()) if parameters is None else declared_names(parameters)


def _is_object_of(node: Node, parent: Node | None) -> bool:
    """Tell whether a member is taken of ``node``."""
    return parent is not None and parent.type in _MEMBERS and parent.start_byte == node.start_byte


def _is_callee(node: Node, parent: Node | None) -> bool:
    return (
        parent is not None
        and parent.type == "call_expression"
        and parent.start_byte == node.start_byte
    )


_NAMING: Final = frozenset(
    ("variable_declarator", "pair", "field_definition", "assignment_expression")
)
"""What gives a name to a function that stands in it."""

_USES: Final[dict[str, _Visit]] = {
    "identifier": _Walk.visit_identifier,
    "shorthand_property_identifier": _Walk.visit_identifier,
    "this": _Walk.visit_this,
    "member_expression": _Walk.visit_member,
    "subscript_expression": _Walk.visit_member,
    "call_expression": _Walk.visit_call,
    "new_expression": _Walk.visit_new,
    "assignment_expression": _Walk.visit_assignment,
    "augmented_assignment_expression": _Walk.visit_augmented,
    "update_expression": _Walk.visit_update,
    "unary_expression": _Walk.visit_unary,
    "for_in_statement": _Walk.visit_for_target,
}
_DECLARATIONS: Final[dict[str, _Visit]] = {
    "variable_declarator": _Walk.visit_declarator,
    "class_declaration": _Walk.visit_class,
    "class": _Walk.visit_class,
    "catch_clause": _Walk.visit_catch,
    "throw_statement": _Walk.visit_throw,
    "assignment_pattern": _Walk.visit_default,
    "object_assignment_pattern": _Walk.visit_default,
    "for_in_statement": _Walk.visit_for_in,
    "await_expression": _Walk.visit_await,
    **dict.fromkeys(
        ("program", "statement_block", "switch_case", "switch_default"), _Walk.visit_block
    ),
    **dict.fromkeys(FUNCTIONS, _Walk.visit_function),
}


def _is_entity(data: bytes, name: Node) -> bool:
    return (
        data[name.start_byte - 1 : name.start_byte] == b"&"
        and data[name.end_byte : name.end_byte + 1] == b";"
    )
