"""How much a panel may be: the bounds that keep parsing total and linear."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ParseLimits:
    """Bounds of one panel; what passes one is a LIMIT_EXCEEDED diagnostic, never an exception."""

    source_bytes: int = 1 << 20
    depth: int = 64
    """Elements inside one another."""
    nodes: int = 20_000
    """Elements, texts and comments together."""
    attributes: int = 64
    """Attributes of one element."""
    expression_length: int = 8192
    """Characters of one expression."""
    expression_depth: int = 64
    """Operations inside one another in one expression."""
    handler_length: int = 32_768
    """Characters of one handler."""
    handler_depth: int = 512
    """Nodes of the syntax tree inside one another in one handler."""
    code_depth: int = 64
    """Brackets, or operators, inside one another in one handler or expression."""
    triggers: int = 32
    """Triggers of all tools together."""
    broken_code: int = 16_384
    """Characters of handlers and expressions that are no JavaScript; further ones are not read."""
    dynamic_names: int = 100_000
    """Names that ``$state[…]`` and ``$ext[…]`` stand for, in all computed values and handlers."""
    diagnostics: int = 200
    """Findings that are told; the count goes no further."""


DEFAULT_LIMITS = ParseLimits()
