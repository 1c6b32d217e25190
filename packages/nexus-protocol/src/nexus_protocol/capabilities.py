"""What a handler may do, and how it is spelled.

``state:read:<key|*>``, ``state:write:<key|*>``, ``events:emit:<name|*>``, ``view:update:<id|*>``,
``ext:<alias>[:<method>]``, ``tools:call:<name|*>``. A trailing ``*`` or a missing last part means
all. This module reads, abbreviates and compares them; who asks is the sandbox's business.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

_GRAMMAR = re.compile(
    r"""
    (?P<family>state:read|state:write|events:emit|view:update|tools:call)
    (?: : (?P<name> \* | [A-Za-z_$][\w$.\-]{0,63} ) )?
    | ext:(?P<alias>[A-Za-z_$][\w$]{0,63}) (?: : (?P<method> \* | [A-Za-z_$][\w$]{0,63} ) )?
    """,
    re.VERBOSE,
)
_ABBREVIATIONS = {"http:request": "ext:http", "events": "events:emit", "view": "view:update"}


class CapabilityError(ValueError):
    """Raised when a text is not a capability."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"{text!r} is not a capability")


class Capability(NamedTuple):
    """One permission: a family such as ``state:read`` or ``ext:http``, and a name or ``*``."""

    family: str
    name: str = "*"

    @classmethod
    def parse(cls, text: str) -> "Capability":
        """Read ``state:write:todos``, ``ext:http:get`` or an abbreviation such as ``http:request``.

        Raises:
            CapabilityError: the text is neither.

        """
        match = _GRAMMAR.fullmatch(_ABBREVIATIONS.get(text.strip(), text.strip()))
        if match is None:
            raise CapabilityError(text)
        if match["alias"] is not None:
            return cls(f"ext:{match['alias']}", match["method"] or "*")
        return cls(match["family"], match["name"] or "*")

    def covers(self, other: "Capability") -> bool:
        """Tell whether who has this may do ``other``."""
        return self.family == other.family and self.name in ("*", other.name)

    def __str__(self) -> str:
        if self.family.startswith("ext:") and self.name == "*":
            return self.family
        return f"{self.family}:{self.name}"


@dataclass(frozen=True, slots=True)
class Grant:
    """A set of capabilities that answers whether something is allowed."""

    capabilities: frozenset[Capability] = frozenset()

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Grant":
        """Read a grant from the spelled-out capabilities.

        Raises:
            CapabilityError: one of them is malformed.

        """
        return cls(frozenset(Capability.parse(text) for text in texts))

    @classmethod
    def everything(cls) -> "Grant":
        """Grant the state, events, view and tools without bound, and no extension."""
        return cls.of(("state:read", "state:write", "events:emit", "view:update", "tools:call"))

    def allows(self, family: str, name: str) -> bool:
        """Tell whether ``family:name`` is covered."""
        return (
            Capability(family, "*") in self.capabilities
            or Capability(family, name) in self.capabilities
        )

    def names(self, family: str) -> frozenset[str]:
        """Return the names granted in a family; ``*`` among them means all."""
        return frozenset(c.name for c in self.capabilities if c.family == family)

    def __or__(self, other: "Grant") -> "Grant":
        return Grant(self.capabilities | other.capabilities)

    def __iter__(self) -> Iterator[Capability]:
        return iter(sorted(self.capabilities))


__all__ = ["Capability", "CapabilityError", "Grant"]
