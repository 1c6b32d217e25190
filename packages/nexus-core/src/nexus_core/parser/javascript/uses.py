"""What a handler uses of its panel, and which capabilities that takes.

Knows what each use needs; which code is a use, of what and where, is told by ``handlers``.
"""

import re
from typing import Final, NamedTuple

from nexus_core.parser.javascript.expressions import Use
from nexus_protocol.capabilities import Capability

ANY: Final = "*"
_NAME: Final = re.compile(r"[A-Za-z_$][\w$.\-]{0,63}", re.ASCII)
_WHOLE: Final = {
    "$state": (Capability("state:read"), Capability("state:write")),
    "$emit": (Capability("events:emit"),),
    "$tools": (Capability("tools:call"),),
    "$view": (Capability("view:update"),),
    "$ext": (),  # which extensions there are is known to the panel only
}
"""What may be needed where a root is used in a way that does not tell the name."""
ROOTS: Final = frozenset(_WHOLE)
"""What of its panel a handler can reach, but for its arguments."""


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


class Uses:
    """The uses of one handler, in the order in which they are told."""

    def __init__(self) -> None:
        self.states: list[StateUse] = []
        self.tools: list[Use] = []
        self.extensions: list[ExtensionUse] = []
        self.dynamic: list[Use] = []
        self.inferred: set[Capability] = set()
        self.certain: list[tuple[Capability, int, int]] = []

    def need(self, family: str, use: Use) -> None:
        """Note what is certainly needed for a name."""
        capability = _capability(family, use.name)
        self.inferred.add(capability)
        self.certain.append((capability, use.start, use.end))

    def use_whole(self, root: Use) -> None:
        """Note a root that is used in a way that does not tell the name."""
        self.dynamic.append(root)
        self.inferred.update(_WHOLE[root.name])

    def read_state(self, use: Use) -> None:
        """Note a state that is read."""
        self.states.append(StateUse(*use, written=False))
        self.need("state:read", use)

    def write_state(self, use: Use, *, certain: bool) -> None:
        """Note a state that is written, or something inside it, perhaps."""
        self.states.append(StateUse(*use, written=True))
        if certain:
            self.need("state:write", use)
        else:
            self.inferred.add(_capability("state:write", use.name))

    def write_any_state(self) -> None:
        """Note that a state is written of which the name is not known."""
        self.inferred.add(Capability("state:write"))

    def change_state(self, name: str) -> None:
        """Note a state that may be changed through a variable."""
        self.inferred |= {_capability("state:read", name), _capability("state:write", name)}

    def call_tool(self, use: Use) -> None:
        """Note a tool that is called by name."""
        self.tools.append(use)
        self.need("tools:call", use)

    def name_extension(self, use: Use) -> None:
        """Note an extension that is given a name; what is called by that name is noted there."""
        self.extensions.append(ExtensionUse(use.name, ANY, use.start, use.end))

    def call_extension(self, use: Use, method: str) -> None:
        """Note a method of an extension; ``ANY`` where it is not known which."""
        alias, start, end = use
        self.extensions.append(ExtensionUse(alias, method, start, end))
        if not _NAME.fullmatch(alias):
            return
        if method == ANY:
            self.inferred.add(Capability(f"ext:{alias}"))
        else:
            self.need(f"ext:{alias}", Use(method, start, end))


def can_be_granted(name: str) -> bool:
    """Tell whether a capability can spell a name."""
    return _NAME.fullmatch(name) is not None


def _capability(family: str, name: str) -> Capability:
    """Return the capability for a name; for everything when the name cannot be spelled in one."""
    return Capability(family, name if can_be_granted(name) else ANY)
