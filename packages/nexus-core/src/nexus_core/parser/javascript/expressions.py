"""Turn the text of an expression into an ESTree of the subset that NXML allows.

Knows JavaScript's syntax and which part of it an expression may use; which states and items there
are is checked by the rules. All offsets are characters from the start of the expression's text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final, NamedTuple, TypeAlias, cast

from tree_sitter import Node

from nexus_core.parser import catalogue
from nexus_core.parser.findings import Mend
from nexus_core.parser.javascript.grammar import (
    FORBIDDEN_GLOBALS,
    Offsets,
    Unreadable,
    errors,
    field,
    syntax_tree,
)
from nexus_core.parser.javascript.literals import LiteralError, check_regex, number_value, unescape
from nexus_core.parser.limits import ParseLimits
from nexus_core.parser.trusted import (
    make_arrow,
    make_binary,
    make_call,
    make_conditional,
    make_constant,
    make_identifier,
    make_logical,
    make_member,
    make_object,
    make_property,
    make_unary,
)
from nexus_protocol.expressions import (
    FORBIDDEN_PROPERTIES,
    GLOBALS,
    ROOTS,
    ArrayExpression,
    ArrayPattern,
    AssignmentPattern,
    BinaryOperator,
    ChainExpression,
    Expression,
    Identifier,
    NewExpression,
    ObjectPattern,
    Pattern,
    PatternProperty,
    Property,
    RegExp,
    RestElement,
    SpreadElement,
    TemplateElement,
    TemplateLiteral,
    TemplateText,
    UnaryOperator,
)

Element: TypeAlias = Expression | SpreadElement

_CACHED: Final = 4096
_CHAIN = re.compile(r"\$(?:state|scope|args)(?:\.[A-Za-z_$][\w$]*)+", re.ASCII)
_COMMENTS = frozenset(("comment", "html_comment"))
_LINKS = frozenset(("member_expression", "subscript_expression", "call_expression"))
_OPEN: Final = "("
_CLOSE: Final = "\n)"
"""Put around the text, so that ``{`` begins an object and a last comment ends."""

_REFUSED: Final[dict[str, tuple[str, str]]] = {
    "assignment_expression": ("an assignment", "Change the state in a tool's handler."),
    "augmented_assignment_expression": ("an assignment", "Change the state in a tool's handler."),
    "update_expression": ("`++` or `--`", "Write `+ 1` or `- 1`."),
    "sequence_expression": ("several expressions", "Write one, without commas between."),
    "function_expression": ("`function`", "Write an arrow function: `x => x + 1`."),
    "generator_function": ("`function`", "Write an arrow function: `x => x + 1`."),
    "class": ("`class`", "Work with plain objects and lists."),
    "await_expression": ("`await`", "Wait in a tool's handler and keep the result in $state."),
    "yield_expression": ("`yield`", "Write an expression that gives one value."),
    "this": ("`this`", "Read the state through $state."),
    "super": ("`super`", "Read the state through $state."),
    "import": ("`import`", "Use what the panel declares."),
    "jsx_element": ("markup", "Use components of the view."),
    "jsx_self_closing_element": ("markup", "Use components of the view."),
    "meta_property": ("`new.target`", "Read the state through $state."),
    "method_definition": ("methods", "Write a member with an arrow function: `name: () => …`."),
    "private_property_identifier": ("private names", "Read the state through $state."),
}


_UNAGREED: Final[dict[str, frozenset[str]]] = {
    "Object": frozenset(
        (
            "create", "defineProperties", "defineProperty", "freeze", "getOwnPropertyDescriptor",
            "getOwnPropertyDescriptors", "getOwnPropertyNames", "getOwnPropertySymbols",
            "getPrototypeOf", "groupBy", "isExtensible", "isFrozen", "isSealed",
            "preventExtensions", "seal", "setPrototypeOf",
        )
    ),
    "Array": frozenset(("fromAsync",)),
    "JSON": frozenset(("isRawJSON", "rawJSON")),
    "Math": frozenset(("f16round", "sumPrecise")),
    "String": frozenset(("raw",)),
}  # fmt: skip
"""Members of globals on which the two engines do not agree, or that only one of them has."""
_FUNCTION_METHODS = frozenset(("apply", "bind", "call"))
_WALKS = frozenset(("entries", "keys", "matchAll", "values"))
"""Methods of a list or text that give an iterator, which can be spread and little else."""
_ROOT_NODES: Final = {name: make_identifier(name=name) for name in ROOTS}


class Use(NamedTuple):
    """A name that is used, and where."""

    name: str
    start: int
    end: int


class Problem(NamedTuple):
    """Something wrong in an expression or handler, and where."""

    finding: catalogue.Finding
    start: int
    end: int
    facts: dict[str, str]
    fix: Mend | None = None
    """What mends it; its places are counted as those of the problem are."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """What an expression is and which names it reads."""

    tree: Expression | None
    """Absent when there are problems."""
    problems: tuple[Problem, ...] = ()
    states: tuple[Use, ...] = ()
    """Names read from ``$state``."""
    scopes: tuple[Use, ...] = ()
    """Names read from ``$scope``."""
    dynamic: tuple[Use, ...] = ()
    """Where ``$state`` is read in a way that does not tell the name."""
    members: tuple[Use, ...] = ()
    """The members that are named by an object, when the expression is one."""
    broken: bool = False
    """Whether the grammar had to recover from errors, which takes time."""


class _RefusedError(Exception):
    """Raised inside to end the reading of an expression that is outside the subset."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


@lru_cache(maxsize=_CACHED)
def analyse(source: str, limits: ParseLimits) -> Analysis:
    """Read an expression; what is wrong with it is in the result, never raised."""
    if len(source) > limits.expression_length:
        return _too_much("characters of an expression", limits.expression_length, len(source))
    if _CHAIN.fullmatch(source) and source.count(".") < limits.expression_depth:
        chain = _plain_chain(source)
        if chain is not None:
            return chain
    if not source.strip():
        return Analysis(None, (Problem(catalogue.EMPTY_EXPRESSION, 0, len(source), {}),))
    return _Reader(source, limits).read()


def _too_much(what: str, limit: int, length: int) -> Analysis:
    facts = {"what": what, "limit": str(limit)}
    return Analysis(None, (Problem(catalogue.LIMIT_EXCEEDED, 0, length, facts),))


def _plain_chain(source: str) -> Analysis | None:
    """Read ``$state.a.b``, by far the most usual expression, without the grammar."""
    root, *names = source.split(".")
    if not FORBIDDEN_PROPERTIES.isdisjoint(names):
        return None
    tree: Expression = _ROOT_NODES[root]
    for name in names:
        tree = make_member(object=tree, property=make_identifier(name=name))
    use = (Use(names[0], len(root) + 1, len(root) + 1 + len(names[0])),)
    return Analysis(
        tree, states=use if root == "$state" else (), scopes=use if root == "$scope" else ()
    )


class _Reader:
    """Converts one syntax tree."""

    def __init__(self, source: str, limits: ParseLimits) -> None:
        self._source = source
        self._wrapped = _OPEN + source + _CLOSE
        self._data = self._wrapped.encode()
        self._offset = Offsets(self._wrapped, self._data)
        self._limits = limits
        self._most = limits.expression_depth
        self._broken = False
        self._depth = 0
        self._parameters: frozenset[str] = frozenset()
        self._problems: list[Problem] = []
        self._states: list[Use] = []
        self._scopes: list[Use] = []
        self._dynamic: list[Use] = []

    def read(self) -> Analysis:
        """Return the tree and the names, or the problems."""
        tree, members = None, ()
        try:
            node = self._inside()
            tree = self._expression(node)
            members = self._members(node)
        except _RefusedError as refused:
            self._problems.append(refused.problem)
        return Analysis(
            tree=None if self._problems else tree,
            problems=tuple(self._problems),
            states=tuple(self._states),
            scopes=tuple(self._scopes),
            dynamic=tuple(self._dynamic),
            members=members,
            broken=self._broken,
        )

    def _members(self, node: Node) -> tuple[Use, ...]:
        """Return the names that an object gives its members, and where they stand."""
        while node.type == "parenthesized_expression":
            node = _content(node)[0]
        if node.type != "object":
            return ()
        keys = (each.child_by_field_name("key") or each for each in _content(node))
        return tuple(
            self._use(self._string_value(key) if key.type == "string" else self._text(key), key)
            for key in keys
        )

    def _inside(self) -> Node:
        """Return the expression between the brackets that were put around it."""
        most = self._limits.code_depth
        root = syntax_tree(self._wrapped, self._data, most, grammar_first=True)
        if isinstance(root, Unreadable):
            raise _RefusedError(self._unreadable(root))
        if root.has_error:
            self._broken = True
            wrong = next(errors(root))
            why = "Check brackets, quotes and operators."
            raise _RefusedError(self._problem(catalogue.EXPRESSION_SYNTAX, wrong, why=why))
        statement = _content(root)
        outer = statement[0].named_children if len(statement) == 1 else []
        if (
            len(outer) != 1
            or outer[0].type != "parenthesized_expression"
            or outer[0].end_byte != len(self._data)
        ):
            facts = {"why": "Write one expression."}
            raise _RefusedError(Problem(catalogue.EXPRESSION_SYNTAX, 0, len(self._source), facts))
        return _content(outer[0])[0]

    def _unreadable(self, place: Unreadable) -> Problem:
        last = len(self._source)
        self._broken = place.recovered
        start = min(max(place.start - len(_OPEN), 0), last)
        end = min(max(place.end - len(_OPEN), start), last)
        if place.limit:
            facts = {"what": place.why, "limit": str(self._limits.code_depth)}
            return Problem(catalogue.LIMIT_EXCEEDED, start, end, facts)
        why = place.why if end > start else "Check brackets, quotes and operators."
        return Problem(catalogue.EXPRESSION_SYNTAX, start, end, {"why": why})

    # ---- telling

    def _problem(self, finding: catalogue.Finding, node: Node, **facts: str) -> Problem:
        shift = len(_OPEN)
        last = len(self._source)
        start = min(max(self._offset(node.start_byte) - shift, 0), last)
        end = min(max(self._offset(node.end_byte) - shift, start), last)
        return Problem(finding, start, end, facts)

    def _refusal(self, node: Node, what: str, instead: str) -> _RefusedError:
        return _RefusedError(self._problem(catalogue.NOT_ALLOWED, node, what=what, instead=instead))

    def _use(self, name: str, node: Node) -> Use:
        shift = len(_OPEN)
        start, end = self._offset(node.start_byte) - shift, self._offset(node.end_byte) - shift
        quotes = node.type == "string"
        return Use(name, start + quotes, end - quotes)

    def _text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode()

    def _enter(self, node: Node) -> None:
        """Count one level of nesting and refuse too many."""
        self._depth += 1
        if self._depth > self._most:
            facts = {"what": "operations inside one another", "limit": str(self._most)}
            raise _RefusedError(self._problem(catalogue.LIMIT_EXCEEDED, node, **facts))

    # ---- expressions

    def _expression(self, node: Node) -> Expression:
        read = self._readers.get(node.type)
        if read is None:
            what, instead = _REFUSED.get(
                node.type, (f"a {node.type.replace('_', ' ')}", "Use plain JavaScript values.")
            )
            raise self._refusal(node, what, instead)
        self._enter(node)
        tree = read(self, node)
        self._depth -= 1
        return tree

    def _parenthesized(self, node: Node) -> Expression:
        return self._expression(_content(node)[0])

    def _identifier(self, node: Node) -> Identifier:
        name = self._text(node)
        if name in self._parameters:
            pass
        elif name in ROOTS:
            if name == "$state":
                self._dynamic.append(self._use(name, node))
        elif name in FORBIDDEN_GLOBALS:
            instead = "An expression reads $state, $scope and its parameters."
            self._problems.append(
                self._problem(catalogue.FORBIDDEN_GLOBAL, node, name=name, instead=instead)
            )
        elif name not in GLOBALS:
            self._problems.append(self._problem(catalogue.UNKNOWN_NAME, node, name=name))
        return make_identifier(name=name)

    def _undefined(self, _: Node) -> Identifier:
        return make_identifier(name="undefined")

    def _number(self, node: Node) -> Expression:
        try:
            return make_constant(value=number_value(self._text(node)))
        except LiteralError as error:
            raise self._refusal(node, "this number", str(error)) from error

    def _string(self, node: Node) -> Expression:
        return make_constant(value=self._string_value(node))

    def _string_value(self, node: Node) -> str:
        try:
            return unescape(self._text(node)[1:-1])
        except LiteralError as error:
            raise self._refusal(node, "this text", str(error)) from error

    def _true(self, _: Node) -> Expression:
        return make_constant(value=True)

    def _false(self, _: Node) -> Expression:
        return make_constant(value=False)

    def _null(self, _: Node) -> Expression:
        return make_constant(value=None)

    def _regex(self, node: Node) -> Expression:
        flags_node = node.child_by_field_name("flags")
        flags = self._text(flags_node) if flags_node else ""
        pattern = self._text(node)[1 : -1 - len(flags)]
        try:
            check_regex(pattern, flags)
        except LiteralError as error:
            raise self._refusal(node, "this regular expression", str(error)) from error
        return make_constant(value=None, regex=RegExp(pattern=pattern, flags=flags))

    def _template(self, node: Node) -> Expression:
        quasis: list[TemplateElement] = []
        expressions: list[Expression] = []
        start = node.start_byte + 1
        for part in node.named_children:
            if part.type == "template_substitution":
                quasis.append(self._quasi(node, start, part.start_byte, tail=False))
                expressions.append(self._expression(_content(part)[0]))
                start = part.end_byte
        quasis.append(self._quasi(node, start, node.end_byte - 1, tail=True))
        return TemplateLiteral(quasis=tuple(quasis), expressions=tuple(expressions))

    def _quasi(self, node: Node, start: int, end: int, *, tail: bool) -> TemplateElement:
        raw = self._data[start:end].decode().replace("\r\n", "\n").replace("\r", "\n")
        try:
            return TemplateElement(value=TemplateText(cooked=unescape(raw), raw=raw), tail=tail)
        except LiteralError as error:
            raise self._refusal(node, "this text", str(error)) from error

    # ---- members and calls

    def _chain(self, node: Node) -> Expression:
        """Read a chain of members and calls; wrapped where a ``?.`` inside may cut it short."""
        tree, optional = self._link(node)
        return ChainExpression(expression=tree) if optional else tree

    def _link(self, node: Node) -> tuple[Expression, bool]:
        match node.type:
            case "member_expression":
                return self._member(node)
            case "subscript_expression":
                return self._subscript(node)
            case _:
                return self._call(node)

    def _object(self, node: Node) -> tuple[Expression, bool]:
        """Read what a member is taken of, and whether a ``?.`` in it cuts this one short too."""
        if node.type not in _LINKS:
            return self._expression(node), False
        self._enter(node)
        result = self._link(node)
        self._depth -= 1
        return result

    def _member(self, node: Node) -> tuple[Expression, bool]:
        property_node = field(node, "property")
        if property_node.type != "property_identifier":
            raise self._refusal(property_node, *_REFUSED["private_property_identifier"])
        name = self._property_name(property_node)
        owner = field(node, "object")
        self._check_agreed(owner, name, property_node)
        target, chained = self._target(owner, name, property_node)
        optional = node.child_by_field_name("optional_chain") is not None
        tree = make_member(object=target, property=make_identifier(name=name), optional=optional)
        return tree, optional or chained

    def _subscript(self, node: Node) -> tuple[Expression, bool]:
        index = field(node, "index")
        name = self._string_value(index) if index.type == "string" else None
        if name is not None:
            self._check_property(index, name)
        target, chained = self._target(field(node, "object"), name, index)
        key = self._expression(index)
        optional = node.child_by_field_name("optional_chain") is not None
        tree = make_member(object=target, property=key, computed=True, optional=optional)
        return tree, optional or chained

    def _target(self, node: Node, name: str | None, place: Node) -> tuple[Expression, bool]:
        """Read the object of a member and note which state or item the member names."""
        if node.type == "identifier" and name is not None:
            root = self._text(node)
            if root in ROOTS and root not in self._parameters:
                self._note(root, name, place)
                return _ROOT_NODES[root], False
        return self._object(node)

    def _note(self, root: str, name: str, place: Node) -> None:
        if root == "$state":
            self._states.append(self._use(name, place))
        elif root == "$scope":
            self._scopes.append(self._use(name, place))

    def _property_name(self, node: Node) -> str:
        name = self._text(node)
        self._check_property(node, name)
        return name

    def _check_property(self, node: Node, name: str) -> None:
        if name in FORBIDDEN_PROPERTIES or "\\" in name:
            raise self._refusal(node, f"the property {name}", "Read plain data only.")

    def _check_agreed(self, target: Node, name: str, place: Node) -> None:
        """Refuse a member on which the two engines do not agree."""
        if target.type == "identifier":
            root = self._text(target)
            if root not in self._parameters and name in _UNAGREED.get(root, ()):
                raise self._refusal(place, f"{root}.{name}", "Work with plain objects and lists.")
        elif target.type == "call_expression":
            method = self._method_name(target)
            if method in _WALKS and not self._is_object_static(target):
                what = f"a member of what {method}() gives"
                raise self._refusal(place, what, f"Make it a list first: `[...x.{method}()]`.")

    def _method_name(self, call: Node) -> str | None:
        """Return ``m`` of a call ``x.m()``."""
        callee = field(call, "function")
        if callee.type != "member_expression":
            return None
        return self._text(field(callee, "property"))

    def _is_object_static(self, call: Node) -> bool:
        return self._text(field(field(call, "function"), "object")) == "Object"

    def _call(self, node: Node) -> tuple[Expression, bool]:
        arguments = field(node, "arguments")
        if arguments.type != "arguments":
            raise self._refusal(node, "a tagged template", "Call the function with brackets.")
        if (name := self._method_name(node)) in _FUNCTION_METHODS:
            raise self._refusal(node, f"`.{name}(…)`", "Call the function with brackets.")
        callee, chained = self._object(field(node, "function"))
        optional = node.child_by_field_name("optional_chain") is not None
        tree = make_call(callee=callee, arguments=self._elements(arguments), optional=optional)
        return tree, optional or chained

    def _new(self, node: Node) -> Expression:
        constructor = field(node, "constructor")
        if self._text(constructor) != "Date" or "Date" in self._parameters:
            raise self._refusal(node, "`new`, but for `new Date(…)`", "Write a literal or a call.")
        arguments = node.child_by_field_name("arguments")
        return NewExpression(
            callee=make_identifier(name="Date"),
            arguments=self._elements(arguments) if arguments else (),
        )

    def _elements(self, node: Node) -> tuple[Element, ...]:
        self._check_holes(node)
        return tuple(
            self._spread(each) if each.type == "spread_element" else self._expression(each)
            for each in _content(node)
        )

    def _check_holes(self, node: Node) -> None:
        """Refuse ``[a, , b]``; the grammar does not show what is missing."""
        before = ""
        for child in node.children:
            if child.type == "," and before in ("[", ",", "("):
                raise self._refusal(child, "a gap in a list", "Write `null` or `undefined`.")
            if child.type not in _COMMENTS:
                before = child.type

    def _spread(self, node: Node) -> SpreadElement:
        return SpreadElement(argument=self._expression(_content(node)[0]))

    # ---- operators

    def _unary(self, node: Node) -> Expression:
        operator = field(node, "operator").type
        if operator == "delete":
            raise self._refusal(node, "`delete`", "Change the state in a tool's handler.")
        argument = self._expression(field(node, "argument"))
        return make_unary(operator=cast("UnaryOperator", operator), argument=argument)

    def _binary(self, node: Node) -> Expression:
        left, right = field(node, "left"), field(node, "right")
        operator = field(node, "operator").type
        if operator in ("&&", "||", "??"):
            self._check_mixture(operator, left, right)
            return make_logical(
                operator=operator,
                left=self._expression(left),
                right=self._expression(right),
            )
        if operator == "**" and left.type == "unary_expression":
            raise self._refusal(left, "a sign before `**`", "Put brackets around one of them.")
        return make_binary(
            operator=cast("BinaryOperator", operator),
            left=self._expression(left),
            right=self._expression(right),
        )

    def _check_mixture(self, operator: str, left: Node, right: Node) -> None:
        """Refuse ``a ?? b || c``, which JavaScript takes in brackets only."""
        for side in (left, right):
            if side.type == "binary_expression":
                other = field(side, "operator").type
                if other in ("&&", "||", "??") and (operator == "??") != (other == "??"):
                    raise self._refusal(
                        side, f"`{operator}` beside `{other}`", "Put brackets around one."
                    )

    def _ternary(self, node: Node) -> Expression:
        return make_conditional(
            test=self._expression(field(node, "condition")),
            consequent=self._expression(field(node, "consequence")),
            alternate=self._expression(field(node, "alternative")),
        )

    # ---- lists, objects, functions

    def _array(self, node: Node) -> Expression:
        return ArrayExpression(elements=self._elements(node))

    def _object_literal(self, node: Node) -> Expression:
        self._check_holes(node)
        return make_object(properties=tuple(self._member_of_object(n) for n in _content(node)))

    def _member_of_object(self, node: Node) -> Property | SpreadElement:
        match node.type:
            case "pair":
                key, computed = self._key(field(node, "key"))
                value = self._expression(field(node, "value"))
                return make_property(key=key, value=value, computed=computed)
            case "shorthand_property_identifier":
                value = self._identifier(node)
                return make_property(key=value, value=value, shorthand=True)
            case "spread_element":
                if _content(node)[0].type in ("string", "template_string"):
                    raise self._refusal(node, "a text spread into an object", "Write its members.")
                return self._spread(node)
            case _:
                raise self._refusal(node, *_REFUSED["method_definition"])

    def _key(self, node: Node) -> tuple[Expression, bool]:
        match node.type:
            case "property_identifier":
                return make_identifier(name=self._property_name(node)), False
            case "string":
                name = self._string_value(node)
                self._check_property(node, name)
                return make_constant(value=name), False
            case "number":
                return self._number(node), False
            case "computed_property_name":
                return self._expression(_content(node)[0]), True
            case _:
                raise self._refusal(node, *_REFUSED["private_property_identifier"])

    def _arrow(self, node: Node) -> Expression:
        body = field(node, "body")
        if body.type == "statement_block":
            raise self._refusal(body, "statements", "Write an expression after `=>`.")
        if node.children[0].type == "async":
            raise self._refusal(node, "`async`", "Wait in a tool's handler.")
        single = node.child_by_field_name("parameter")
        nodes = [single] if single else _content(field(node, "parameters"))
        outer = self._parameters
        self._parameters = outer | {name for each in nodes for name in self._declared(each)}
        tree = make_arrow(
            params=tuple(self._pattern(each) for each in nodes), body=self._expression(body)
        )
        self._parameters = outer
        return tree

    # ---- parameters

    def _declared(self, node: Node) -> list[str]:
        """Return the names that a parameter brings in."""
        names: list[str] = []
        pending = [node]
        while pending:
            each = pending.pop()
            match each.type:
                case "identifier" | "shorthand_property_identifier_pattern":
                    names.append(self._parameter_name(each))
                case "pair_pattern":
                    pending.append(field(each, "value"))
                case "assignment_pattern" | "object_assignment_pattern":
                    pending.append(field(each, "left"))
                case _:
                    pending.extend(each.named_children)
        return names

    def _parameter_name(self, node: Node) -> str:
        name = self._text(node)
        if name in ROOTS or name in GLOBALS or "\\" in name:
            raise self._refusal(node, f"a parameter called {name}", "Give it another name.")
        return name

    def _pattern(self, node: Node) -> Pattern:
        self._enter(node)
        pattern = self._any_pattern(node)
        self._depth -= 1
        return pattern

    def _any_pattern(self, node: Node) -> Pattern:
        match node.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                return make_identifier(name=self._text(node))
            case "object_pattern":
                members = tuple(self._member_of_pattern(each) for each in _content(node))
                return ObjectPattern(properties=members)
            case "array_pattern":
                self._check_holes(node)
                return ArrayPattern(elements=tuple(self._pattern(each) for each in _content(node)))
            case "assignment_pattern" | "object_assignment_pattern":
                return AssignmentPattern(
                    left=self._pattern(field(node, "left")),
                    right=self._expression(field(node, "right")),
                )
            case "rest_pattern":
                return RestElement(argument=self._pattern(_content(node)[0]))
            case _:
                raise self._refusal(node, "this parameter", "Write names, `{…}` or `[…]`.")

    def _member_of_pattern(self, node: Node) -> PatternProperty | RestElement:
        match node.type:
            case "pair_pattern":
                key, computed = self._key(field(node, "key"))
                value = self._pattern(field(node, "value"))
                return PatternProperty(key=key, value=value, computed=computed)
            case "rest_pattern":
                return RestElement(argument=self._pattern(_content(node)[0]))
            case _:
                value = self._pattern(node)
                key = make_identifier(name=self._declared(node)[0])
                self._check_property(node, key.name)
                return PatternProperty(key=key, value=value, shorthand=True)

    # ---- which node is read how

    _readers: ClassVar[dict[str, Callable[["_Reader", Node], Expression]]] = {
        "identifier": _identifier,
        "undefined": _undefined,
        "number": _number,
        "string": _string,
        "true": _true,
        "false": _false,
        "null": _null,
        "regex": _regex,
        "template_string": _template,
        "member_expression": _chain,
        "subscript_expression": _chain,
        "call_expression": _chain,
        "new_expression": _new,
        "unary_expression": _unary,
        "binary_expression": _binary,
        "ternary_expression": _ternary,
        "array": _array,
        "object": _object_literal,
        "arrow_function": _arrow,
        "parenthesized_expression": _parenthesized,
    }


def _content(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type not in _COMMENTS]
