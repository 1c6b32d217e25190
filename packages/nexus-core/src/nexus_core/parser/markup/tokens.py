"""The tokens of NXML: what the lexer gives and the tree is made of.

All places are offsets into the source; values are read from there when they are needed.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Quote: TypeAlias = Literal["double", "single", "braces", "bare", "none"]
"""How a value was written: in quotes, as ``{…}`` or a word without quotes, or not at all."""


@dataclass(slots=True)
class Attribute:
    """``name="value"`` in a start tag, without its quotes."""

    name: str
    start: int
    name_end: int
    value_start: int
    value_end: int
    end: int
    quote: Quote = "double"


@dataclass(slots=True)
class StartTag:
    """``<Name …>`` or ``<Name …/>``."""

    name: str
    start: int
    end: int
    attributes: list[Attribute]
    self_closing: bool

    @property
    def name_start(self) -> int:
        """Where the name stands."""
        return self.start + 1

    @property
    def name_end(self) -> int:
        """Where the name ends."""
        return self.start + 1 + len(self.name)


@dataclass(slots=True)
class EndTag:
    """``</Name>``."""

    name: str
    start: int
    end: int


@dataclass(slots=True)
class Text:
    """Text between tags, as written; in ``verbatim`` no entity or brace means anything."""

    start: int
    end: int
    verbatim: bool = False


@dataclass(slots=True)
class Comment:
    """``<!-- … -->``."""

    start: int
    end: int


@dataclass(slots=True)
class Code:
    """The raw text of a handler, without the CDATA marks around it."""

    start: int
    end: int
    in_cdata: bool = False


Token: TypeAlias = StartTag | EndTag | Text | Comment | Code


@dataclass(slots=True)
class Element:
    """A start tag with what stands between it and its end."""

    tag: StartTag
    children: "list[Node]" = field(default_factory=list["Node"])
    content_end: int = 0
    """Where the end tag begins; for a self-closing element, where it ends."""
    end: int = 0

    @property
    def name(self) -> str:
        """The name in its start tag."""
        return self.tag.name

    @property
    def start(self) -> int:
        """Where the start tag begins."""
        return self.tag.start

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute of that very name, if there is one."""
        for each in self.tag.attributes:
            if each.name == name:
                return each
        return None

    def elements(self) -> "list[Element]":
        """Return the elements directly inside."""
        return [child for child in self.children if isinstance(child, Element)]


Node: TypeAlias = Element | Text | Comment | Code
