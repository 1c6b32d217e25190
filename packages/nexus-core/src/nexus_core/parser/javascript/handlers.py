"""What the JavaScript of a handler does, found without running it.

Knows which states a handler reads and writes, deep mutation through variables included, which
events, tools, extensions and view nodes it names, and so which capabilities it needs. The findings
err on the side of more: see ``flow`` for what variables may come from. Whether the names exist is
checked by the rules. Offsets are characters from the start of the code.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tree_sitter import Node

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript import malformed
from nexus_core.parser.javascript.code import Code
from nexus_core.parser.javascript.declarations import Declarations
from nexus_core.parser.javascript.expressions import Problem, Use
from nexus_core.parser.javascript.flow import Flow
from nexus_core.parser.javascript.grammar import (
    FORBIDDEN_GLOBALS,
    MEMBERS,
    Unreadable,
    field,
    syntax_tree,
)
from nexus_core.parser.javascript.promises import Promises
from nexus_core.parser.javascript.scopes import (
    FUNCTIONS,
    Scopes,
    Target,
    declared_names,
    parameter_nodes,
)
from nexus_core.parser.javascript.uses import (
    ANY,
    ROOTS,
    ExtensionUse,
    StateUse,
    Uses,
    can_be_granted,
)
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.markup import slips
from nexus_protocol.capabilities import Capability

_CACHED: Final = 1024
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
_TARGETS: Final = {name: Target(name) for name in ROOTS}
_KNOWN: Final = ROOTS | {"$args", "$log", "$time", "Math", "JSON"}
_EMPTY: Final = frozenset(("comment", "html_comment", "empty_statement"))
_ENTITIES: Final = frozenset(("amp", "lt", "gt", "quot", "apos", "nbsp"))


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


class _Walk:
    """The second pass over a syntax tree, when all is declared: what is used of the panel."""

    def __init__(self, code: str, limits: ParseLimits) -> None:
        self._code = Code(code)
        self._limits = limits
        self.problems: list[Problem] = []
        self._uses = Uses()
        self._flow = Flow()
        self._scopes = Scopes()
        self._declarations = Declarations(self._code, self._flow, self._scopes, self.problems)
        self.has_entity = False
        """Whether an entity such as ``&lt;`` was read as a variable that nobody declares."""
        self._written: dict[int, bool] = {}
        """Byte of each ``$state.<key>`` that is assigned to: whether it is read as well."""
        self._function: Node | None = None
        self._known: dict[int, str] = {}
        """Roots and well-known globals by the byte where they stand."""
        self._promises = Promises(self._code, self._scopes, self._known)

    def analysis(self) -> HandlerAnalysis:
        """Return what was found."""
        root = syntax_tree(self._code.text, self._code.data, self._limits.code_depth)
        empty = broken = False
        if isinstance(root, Unreadable):
            broken = root.recovered
            self.problems.append(malformed.unreadable(root, self._limits.code_depth))
        elif root.has_error:
            broken = True
            self.problems += malformed.syntax_errors(root, self._code)
        elif statements := [each for each in root.named_children if each.type not in _EMPTY]:
            self._read(root)
            if len(statements) == 1 and (found := malformed.uncalled(statements[0], self._code)):
                self.problems.append(found)
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
        for met in self._declarations.read(root, _VISITS, self._limits.handler_depth):
            node, kind, parent, self._function = met
            _VISITS[kind](self, node, parent)
        for key in self._flow.changed_states():
            self._uses.change_state(key)
        self.problems += self._promises.problems(self._declarations.awaited)

    # ---- names

    def visit_identifier(self, node: Node, parent: Node | None) -> None:
        """Note a variable, a forbidden global, or a root used whole."""
        name, place = self._code.of(node), node.start_byte
        target = self._target_of(name, place)
        if target is not None:
            self._note_target(target, node, parent)
            return
        self._flow.mention(name, place)
        if name in FORBIDDEN_GLOBALS and not self._scopes.is_declared(name, place):
            instead = FORBIDDEN_GLOBALS[name]
            found = self._code.problem(catalogue.FORBIDDEN_GLOBAL, node, name=name, instead=instead)
            self.problems.append(found)
        elif name in _KNOWN and not self._scopes.is_declared(name, place):
            self._known[place] = name
        elif name == "arguments":
            self._arguments_object(node)
        elif name in _ENTITIES and _is_entity(self._code.data, node):
            self.has_entity |= not self._scopes.is_declared(name, place)

    def _target(self, node: Node) -> Target | None:
        """Return which root an identifier stands for, by its own name or by another."""
        return self._target_of(self._code.of(node), node.start_byte)

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
            return self._scopes.alias(self._code.of(left), left.start_byte) == target
        return (
            left.type == "object_pattern"
            and target is not None
            and target.root != "$view"
            and self._take(left, target)
        )

    def _arguments_object(self, node: Node) -> None:
        """Note ``arguments``: all roots are in that of the handler, anything in another."""
        if self._declarations.is_inside_function(node):
            self._flow.assign(("arguments",), 0, len(self._code.data))
        else:
            for root in sorted(ROOTS):
                self._whole(root, node)

    def visit_this(self, node: Node, _: Node | None) -> None:
        """Note that ``this`` of a function may be anything; that of the handler is nothing."""
        if self._declarations.is_inside_function(node):
            self._flow.mention("this", node.start_byte)
            self._flow.assign(("this",), 0, len(self._code.data))

    def _whole(self, root: str, node: Node) -> None:
        self._uses.use_whole(self._code.use(root, node))

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
            taken.append((key, name, [self._code.of(each) for each in declared_names(member)]))
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
            self._promises.member(self._code.of(root), node)
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
            return place, self._code.of(place)
        return place, self._key_of(place) if place.type == "string" else None

    def _key_of(self, node: Node) -> str | None:
        """Return the name that a key spells, in quotes or without."""
        if node.type == "string":
            name = self._code.of(node)[1:-1]
            return None if "\\" in name else name
        return None if node.type == "computed_property_name" else self._code.of(node)

    def _state(self, key: str, place: Node, node: Node) -> None:
        written = self._written.get(node.start_byte)
        if written is None or written:
            self._read_state(key, place)

    def _read_state(self, key: str, place: Node) -> None:
        self._uses.read_state(self._code.use(key, place))

    def _tool(self, name: str, place: Node) -> None:
        self._uses.call_tool(self._code.use(name, place))

    def _event(self, key: str, place: Node) -> None:
        """Note ``$emit.toast``; what else a function has may emit anything."""
        if key == "toast":
            self._uses.need("events:emit", self._code.use(key, place))
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
            if self._scopes.alias(self._code.of(left), left.start_byte) == taken:
                self._uses.name_extension(self._code.use(key, place))
                return
            if left.type == "object_pattern" and self._take(left, taken):
                return
        method = None
        if parent is not None and _is_object_of(node, parent):
            method = self._key(parent)[1]
        self._extension(key, method or ANY, place)

    def _extension(self, alias: str, method: str, place: Node) -> None:
        self._uses.call_extension(self._code.use(alias, place), method)

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
        elif kind in MEMBERS:
            receiver = callee.named_children[0]
            self._method_call(callee, receiver, given, arguments)
            if self._gives_promise(receiver):
                self._promises.call(node, callee, parent, self._function)
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
            name = self._code.of(callee)
            if self._scopes.is_declared(name, callee.start_byte):
                self._flow.call(name, arguments.start_byte, arguments.end_byte)
        elif target.root == "$emit":
            self._named_by(first, "events:emit", "$emit", callee)

    def _named_by(self, first: Node | None, family: str, root: str, callee: Node) -> None:
        """Note the capability that the first argument names."""
        name = self._code.of(first)[1:-1] if first is not None and first.type == "string" else ""
        if first is not None and can_be_granted(name):
            self._uses.need(family, self._code.use(name, first))
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
            elif self._code.of(receiver) in ("Object", "Reflect") and method in _FIRST_CHANGED:
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

    def _gives_promise(self, receiver: Node) -> bool:
        """Tell whether a method of ``$tools``, of ``$ext.http`` or of a name for one is called."""
        if receiver.type in MEMBERS:
            root = receiver.named_children[0]
            return root.type == "identifier" and self._target(root) == ("$ext", None)
        target = self._target(receiver) if receiver.type == "identifier" else None
        return target is not None and (target.root == "$tools" or target.key is not None)

    def _is_root(self, node: Node) -> bool:
        return node.type == "identifier" and self._target(node) is not None

    def _borrow(self, function: Node, first: Node | None, arguments: Node) -> None:
        """Note what ``f.call(this, …)`` may change, and what it gives to ``f``."""
        name = self._code.of(function.named_children[-1] if function.named_children else function)
        self._flow.call(name, arguments.start_byte, arguments.end_byte)
        if first is not None and name not in _COPIES:
            self._mutate(first, certain=False)

    def _hand_over(self, receiver: Node, given: list[Node], arguments: Node) -> None:
        """Note the functions among arguments: they may be called with the rest, or the object."""
        for argument in given:
            kind = argument.type
            if kind in FUNCTIONS:
                names = [self._code.of(each) for each in parameter_nodes(argument)]
                self._flow.assign(names, receiver.start_byte, receiver.end_byte)
                self._flow.assign(names, arguments.start_byte, argument.start_byte)
                self._flow.assign(names, argument.end_byte, arguments.end_byte)
            elif kind in ("identifier", "member_expression"):
                name = argument.named_children[-1] if argument.named_children else argument
                span = receiver.start_byte, arguments.end_byte
                self._flow.hand_over(self._code.of(name), *span)

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
        if self._code.data.startswith(b"delete", node.start_byte):
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
                    names.append(self._code.of(each))
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
            self._uses.write_state(self._code.use(key, place), certain=certain)

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
                    self._flow.change(self._code.of(node))
                    return
                case _:
                    self._flow.change_mentioned(node.start_byte, node.end_byte)
                    return

    def _base(self, node: Node) -> str | None:
        """Return the variable that a chain begins with; nothing when it begins with a root."""
        while node.type in ("call_expression", "parenthesized_expression", *MEMBERS):
            node = node.named_children[0]
        if node.type == "this":
            return "this"
        if node.type != "identifier" or self._target(node) is not None:
            return None
        return self._code.of(node)

    def _makes_copy(self, callee: Node) -> bool:
        return callee.type in MEMBERS and self._key(callee)[1] in _COPIES


_Visit = Callable[[_Walk, Node, Node | None], None]


def _is_object_of(node: Node, parent: Node | None) -> bool:
    """Tell whether a member is taken of ``node``."""
    return parent is not None and parent.type in MEMBERS and parent.start_byte == node.start_byte


def _is_callee(node: Node, parent: Node | None) -> bool:
    return (
        parent is not None
        and parent.type == "call_expression"
        and parent.start_byte == node.start_byte
    )


_VISITS: Final[dict[str, _Visit]] = {
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


def _is_entity(data: bytes, name: Node) -> bool:
    return (
        data[name.start_byte - 1 : name.start_byte] == b"&"
        and data[name.end_byte : name.end_byte + 1] == b";"
    )
