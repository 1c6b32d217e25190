"""Names that were seen, in two bytes each: one that is not among them surely was not.

A Bloom filter. What it says it has not seen, it has not; of what it says it has, a few in a
thousand it has not. The bits of a name are secret to the process, as Python's hashes of strings
are: nobody can choose names that are taken for others.
"""

from collections.abc import Iterable
from typing import Final, Self

_BITS_EACH: Final = 16
_PROBES: Final = 4
_HALF: Final = (1 << 32) - 1


class SeenNames:
    """A set of names that only grows, and may take a new name for one of its own."""

    def __init__(self, names: Iterable[str], room: int) -> None:
        """Take the first names, and how many there will be in all."""
        self._size = room * _BITS_EACH
        self._bits = bytearray(self._size // 8)
        self._room = room
        for name in names:
            self.add(name)

    @classmethod
    def everything(cls) -> Self:
        """Return one that takes every name for one of its own, and is never full."""
        names = cls((), 1)
        names._room = 1 << 62
        names._bits = bytearray(b"\xff" * len(names._bits))
        return names

    @property
    def full(self) -> bool:
        """Whether more names than it was made for would make it doubtful of too many."""
        return self._room <= 0

    def add(self, name: str) -> None:
        """Take a name in."""
        self._room -= 1
        for bit in self._places(name):
            self._bits[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, name: str) -> bool:
        """Tell whether a name may have been seen; never False for one that was."""
        return all(self._bits[bit >> 3] & 1 << (bit & 7) for bit in self._places(name))

    def _places(self, name: str) -> Iterable[int]:
        # Two numbers stand for as many as are wanted: Kirsch and Mitzenmacher, 2006.
        both = hash(name)
        first, step = both & _HALF, both >> 32 | 1
        return ((first + n * step) % self._size for n in range(_PROBES))


__all__ = ["SeenNames"]
