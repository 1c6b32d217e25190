"""Where in the view something is: its address, its path, and what it stands in."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from nexus_core.parser.sections.texts import Scope


class Spot(NamedTuple):
    """Where in the view a node is."""

    address: str
    """Its stable name."""
    path: str
    """The way to it from the top, for diagnostics."""
    names: frozenset[str] = frozenset()
    """What ``$scope`` has there."""
    within: tuple[str, ...] = ()
    """The components that it stands in, from the outermost."""

    def child(self, segment: str, *, named: bool = False) -> "Spot":
        """Return the spot of a child; ``named`` when its segment is an id."""
        address = segment if named or not self.address else f"{self.address}/{segment}"
        return Spot(address, f"{self.path}/{segment}", self.names, self.within)

    def with_names(self, names: Iterable[str]) -> "Spot":
        """Return the spot with more names in ``$scope``."""
        return Spot(self.address, self.path, self.names.union(names), self.within)

    def inside(self, component: str) -> "Spot":
        """Return the spot as that of what a component holds."""
        return Spot(self.address, self.path, self.names, (*self.within, component))

    def scope(self) -> Scope:
        """Return what a value there needs to know."""
        return Scope(self.path, self.names)


TOP: Final = Spot("", "View")


AROUND: Final = TOP.child("Layout")
"""Where the Layout is that is put around several roots."""
