"""What is wrong with JavaScript that is well-formed: awaiting in vain, or not at all; dead code.

Functions of syntax trees that tell only what is certain. Where a finding is told, and which
extension a call reaches, is the business of ``handlers``.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from tree_sitter import Node

from nexus_core.parser.javascript.grammar import MEMBERS

Fate: TypeAlias = Literal["dropped", "used"]
"""What becomes of a promise that nobody awaits."""

_LEAVING: Final = frozenset(
    ("return_statement", "throw_statement", "break_statement", "continue_statement")
)
_HOISTED: Final = frozenset(
    ("function_declaration", "generator_function_declaration", "comment", "html_comment",
     "empty_statement")
)  # fmt: skip
"""What means something, or nothing, wherever it stands."""
_PLAIN: Final = frozenset(
    ("number", "string", "template_string", "true", "false", "null", "undefined", "array",
     "regex", "unary_expression", "update_expression", "arrow_function", "function_expression")
)  # fmt: skip
"""Expressions that are never promises."""
_DATA: Final = frozenset(("$state", "$args"))
_AT_ONCE: Final = frozenset(("$emit", "$log", "$time", "$view", "Math", "JSON"))
"""What gives its result at once, whichever function of it is called."""
_THEN: Final = frozenset(("then", "catch", "finally"))
_COMPUTING: Final = frozenset(
    ("+", "-", "*", "/", "%", "**", "==", "!=", "===", "!==", "<", ">", "<=", ">=")
)
_CONDITIONS: Final = frozenset(("if_statement", "while_statement", "do_statement"))
_TAKING: Final = frozenset(("$emit", "$log", "$state", "JSON"))
"""What takes data, and can do nothing with a promise."""


def unreachable(block: Node) -> tuple[Node, Node] | None:
    """Return the first and the last statement that never run, because one before them leaves."""
    left = False
    dead: list[Node] = []
    for child in block.named_children:
        if left and child.type not in _HOISTED:
            dead.append(child)
        left = left or child.type in _LEAVING
    return (dead[0], dead[-1]) if dead else None


def is_async(function: Node | None) -> bool:
    """Tell whether ``await`` may stand in a function; the handler itself is one where it may."""
    return function is None or any(child.type == "async" for child in function.children)


def asynchronous_at(function: Node) -> int | None:
    """Return the byte where ``async`` may be written before a function; a getter takes none."""
    if function.type != "method_definition":
        return function.start_byte
    words = {child.type: child for child in function.children}
    name = function.child_by_field_name("name")
    if "get" in words or "set" in words or (name is not None and name.text == b"constructor"):
        return None
    return words["static"].end_byte + 1 if "static" in words else function.start_byte


def never_waits(awaited: Node, name_of: Mapping[int, str]) -> bool:
    """Tell whether what is awaited is certainly no promise.

    Args:
        awaited: the expression after ``await``.
        name_of: the roots that stand in the code, by byte; names of the author's are not there.

    """
    node = _inside(awaited)
    if node.type in _PLAIN:
        return True
    if node.type == "binary_expression":
        return node.children[1].type in _COMPUTING
    if node.type in MEMBERS:
        return _first(node, calls=False, name_of=name_of) in _DATA
    if node.type == "call_expression":
        return _first(node, calls=True, name_of=name_of) in _AT_ONCE
    return False


def list_of_promises(awaited: Node) -> bool:
    """Tell whether ``list.map(async …)`` is awaited: a list, in which the promises go on."""
    if awaited.type != "call_expression" or awaited.named_children[-1].type != "arguments":
        return False
    callee, arguments = awaited.named_children[0], awaited.named_children[-1].named_children
    if callee.type != "member_expression" or callee.named_children[-1].text != b"map":
        return False
    return any(child.type == "async" for child in (arguments[0].children if arguments else ()))


def fate_of(call: Node, name_of: Mapping[int, str]) -> Fate | None:
    """Tell what becomes of the promise that a call gives, where it is certain that it is lost."""
    node, parent = call, _parent(call)
    while parent.type == "parenthesized_expression":
        node, parent = parent, _parent(parent)
    if parent.type == "expression_statement":
        return "dropped"
    return "used" if _uses(parent, node, name_of) else None


def _uses(parent: Node, node: Node, name_of: Mapping[int, str]) -> bool:
    """Tell whether an expression computes with ``node`` as if it were data."""
    match parent.type:
        case "member_expression":
            return takes_data(parent)
        case "subscript_expression" | "template_substitution" | "spread_element":
            return True
        case "binary_expression":
            operator = parent.children[1].type
            first = parent.children[0].start_byte == node.start_byte
            return operator in _COMPUTING or (operator in ("&&", "||") and first)
        case "unary_expression":
            return parent.children[0].type in ("!", "-", "+", "~")
        case "for_in_statement":
            return not any(child.type == "await" for child in parent.children)
        case "ternary_expression":
            return parent.named_children[0].start_byte == node.start_byte
        case "assignment_expression":
            left = parent.named_children[0]
            return _first(left, calls=False, name_of=name_of) == "$state"
        case "arguments":
            return (
                _first(_parent(parent).named_children[0], calls=False, name_of=name_of) in _TAKING
            )
        case kind:
            return kind in _CONDITIONS


def takes_data(member: Node) -> bool:
    """Tell whether a member of a promise is none that promises have."""
    name = member.named_children[-1].text
    return name is not None and name.decode() not in _THEN


def _parent(node: Node) -> Node:
    parent = node.parent
    assert parent is not None  # noqa: S101  an expression stands in a statement
    return parent


def _first(node: Node, *, calls: bool, name_of: Mapping[int, str]) -> str | None:
    """Return the root that a chain of members begins with; through calls only if asked."""
    links = (*MEMBERS, *(("call_expression",) if calls else ()))
    while node.type in links:
        node = _inside(node.named_children[0])
    return name_of.get(node.start_byte) if node.type == "identifier" else None


def _inside(node: Node) -> Node:
    while node.type == "parenthesized_expression":
        node = node.named_children[0]
    return node
