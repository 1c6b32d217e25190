"""The expressions of a panel as ESTree: the subset of JavaScript syntax trees that NXML allows.

Node and field names are ESTree's own (https://github.com/estree/estree), so that any tool for
JavaScript reads them. The parser makes these trees from text, once; the renderer walks them and
never sees text. What an identifier may be is the parser's business.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from nexus_protocol._model import Maybe, Model

UnaryOperator = Literal["-", "+", "!", "~", "typeof", "void"]
BinaryOperator = Literal[
    "==", "!=", "===", "!==", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "**",
    "|", "^", "&", "<<", ">>", ">>>", "in", "instanceof",
]  # fmt: skip
LogicalOperator = Literal["&&", "||", "??"]


class RegExp(Model):
    """The two parts of a regular expression literal."""

    pattern: str
    flags: str = ""


class LiteralExpression(Model):
    """A string, number, boolean, null or regular expression written out."""

    type: Literal["Literal"] = "Literal"
    value: str | bool | int | float | None = None
    regex: Maybe[RegExp] = None


class Identifier(Model):
    """A root such as ``$state``, a global, or a parameter of an arrow function."""

    type: Literal["Identifier"] = "Identifier"
    name: str


class TemplateText(Model):
    """The text of a template element; ``cooked`` has its escapes resolved."""

    cooked: str
    raw: str


class TemplateElement(Model):
    """A stretch of plain text in a template literal."""

    type: Literal["TemplateElement"] = "TemplateElement"
    value: TemplateText
    tail: bool = False


class TemplateLiteral(Model):
    """Text with expressions between backticks: one more quasi than expressions."""

    type: Literal["TemplateLiteral"] = "TemplateLiteral"
    quasis: tuple[TemplateElement, ...]
    expressions: tuple["Expression", ...]


class MemberExpression(Model):
    """``object.property`` or, when ``computed``, ``object[property]``."""

    type: Literal["MemberExpression"] = "MemberExpression"
    object: "Expression"
    property: "Expression"
    computed: bool = False
    optional: bool = False


class ChainExpression(Model):
    """The extent that a ``?.`` inside cuts short."""

    type: Literal["ChainExpression"] = "ChainExpression"
    expression: "Expression"


class CallExpression(Model):
    """A call of a function or method."""

    type: Literal["CallExpression"] = "CallExpression"
    callee: "Expression"
    arguments: tuple["Expression | SpreadElement", ...] = ()
    optional: bool = False


class NewExpression(Model):
    """``new Date(…)``; nothing else may be constructed."""

    type: Literal["NewExpression"] = "NewExpression"
    callee: Identifier
    arguments: tuple["Expression | SpreadElement", ...] = ()


class UnaryExpression(Model):
    """An operator before its operand."""

    type: Literal["UnaryExpression"] = "UnaryExpression"
    operator: UnaryOperator
    prefix: Literal[True] = True
    argument: "Expression"


class BinaryExpression(Model):
    """An operator between operands that are both evaluated."""

    type: Literal["BinaryExpression"] = "BinaryExpression"
    operator: BinaryOperator
    left: "Expression"
    right: "Expression"


class LogicalExpression(Model):
    """An operator that may leave its right operand alone."""

    type: Literal["LogicalExpression"] = "LogicalExpression"
    operator: LogicalOperator
    left: "Expression"
    right: "Expression"


class ConditionalExpression(Model):
    """``test ? consequent : alternate``."""

    type: Literal["ConditionalExpression"] = "ConditionalExpression"
    test: "Expression"
    consequent: "Expression"
    alternate: "Expression"


class SpreadElement(Model):
    """``...argument`` in a list, an object or a call."""

    type: Literal["SpreadElement"] = "SpreadElement"
    argument: "Expression"


class ArrayExpression(Model):
    """A list written out."""

    type: Literal["ArrayExpression"] = "ArrayExpression"
    elements: tuple["Expression | SpreadElement", ...] = ()


class Property(Model):
    """A member of an object written out."""

    type: Literal["Property"] = "Property"
    key: "Expression"
    value: "Expression"
    kind: Literal["init"] = "init"
    computed: bool = False
    method: Literal[False] = False
    shorthand: bool = False


class ObjectExpression(Model):
    """An object written out."""

    type: Literal["ObjectExpression"] = "ObjectExpression"
    properties: tuple[Annotated[Property | SpreadElement, Field(discriminator="type")], ...] = ()


class AssignmentPattern(Model):
    """A parameter with a default."""

    type: Literal["AssignmentPattern"] = "AssignmentPattern"
    left: "Pattern"
    right: "Expression"


class RestElement(Model):
    """``...argument`` among parameters."""

    type: Literal["RestElement"] = "RestElement"
    argument: "Pattern"


class PatternProperty(Model):
    """A member that a destructured parameter takes."""

    type: Literal["Property"] = "Property"
    key: "Expression"
    value: "Pattern"
    kind: Literal["init"] = "init"
    computed: bool = False
    method: Literal[False] = False
    shorthand: bool = False


class ObjectPattern(Model):
    """``{a, b: c}`` as a parameter."""

    type: Literal["ObjectPattern"] = "ObjectPattern"
    properties: tuple[
        Annotated[PatternProperty | RestElement, Field(discriminator="type")], ...
    ] = ()


class ArrayPattern(Model):
    """``[a, b]`` as a parameter."""

    type: Literal["ArrayPattern"] = "ArrayPattern"
    elements: tuple["Pattern | None", ...] = ()


class ArrowFunctionExpression(Model):
    """``params => body`` with an expression as its body."""

    type: Literal["ArrowFunctionExpression"] = "ArrowFunctionExpression"
    params: tuple["Pattern", ...] = ()
    body: "Expression"
    expression: Literal[True] = True


Expression: TypeAlias = Annotated[
    LiteralExpression
    | Identifier
    | TemplateLiteral
    | MemberExpression
    | ChainExpression
    | CallExpression
    | NewExpression
    | UnaryExpression
    | BinaryExpression
    | LogicalExpression
    | ConditionalExpression
    | ArrayExpression
    | ObjectExpression
    | ArrowFunctionExpression,
    Field(discriminator="type"),
]
Pattern: TypeAlias = Annotated[
    Identifier | ObjectPattern | ArrayPattern | AssignmentPattern | RestElement,
    Field(discriminator="type"),
]

GLOBALS = frozenset(
    (
        "Math", "JSON", "Number", "String", "Boolean", "Array", "Object", "Date", "parseInt",
        "parseFloat", "isNaN", "isFinite", "undefined", "NaN", "Infinity",
    )
)  # fmt: skip
"""The identifiers an expression may use beside its roots and parameters."""

ROOTS = frozenset(("$state", "$scope", "$args"))
"""The identifiers through which an expression reaches the panel."""

FORBIDDEN_PROPERTIES = frozenset(("__proto__", "constructor", "prototype"))
"""Property names that lead out of the data."""
