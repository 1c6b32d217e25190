"""Say how a memory differs from the one that every instance begins with, and bring it back.

A difference is the pages that are not as at the start, each combined with the page of the start by
exclusive or. A guest touches many pages but changes little in most of them, so what is left is
mostly zeros and packs to a tenth. Which memory it is, and whose, is not known here.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby, zip_longest

PAGE = 4096
_HEAD = struct.Struct("<II")
_LEVEL = 1
"""Higher levels save a tenth and take twice as long."""


class DamagedImageError(ValueError):
    """Raised when bytes are not a difference as ``difference`` writes it."""


def pages_of(memory: bytes) -> tuple[bytes, ...]:
    """Cut a memory into pages."""
    return tuple(memory[at : at + PAGE] for at in range(0, len(memory), PAGE))


def difference(memory: bytes, start: Sequence[bytes], dead: int) -> bytes:
    """Return how a memory differs from the pages that it began as.

    Args:
        memory: A whole number of pages.
        start: The pages of the beginning; a memory that has grown has more.
        dead: So many bytes at the front hold nothing that is still needed.
    """
    found = [
        (number, page, before)
        for number, (page, before) in enumerate(_beside(memory, start))
        if page != before and number * PAGE >= dead
    ]
    numbers = struct.pack(f"<{len(found)}I", *(number for number, _, _ in found))
    changed = b"".join(page for _, page, _ in found)
    before = b"".join(before for _, _, before in found)
    head = _HEAD.pack(len(memory), len(found))
    return zlib.compress(head + numbers + _either(changed, before), _LEVEL)


class Image:
    """A difference, read again."""

    __slots__ = ("_numbers", "_pages", "memory_bytes")

    def __init__(self, packed: bytes, most: int) -> None:
        """Read a difference of a memory of at most ``most`` bytes.

        Raises:
            DamagedImageError: it is not one.
        """
        data = _unpacked(packed, most + _HEAD.size + 4 * (most // PAGE))
        if len(data) < _HEAD.size:
            raise DamagedImageError("it ends early")
        self.memory_bytes, count = _HEAD.unpack_from(data)
        at = _HEAD.size + 4 * count
        if self.memory_bytes > most or len(data) != at + PAGE * count:
            raise DamagedImageError("its length is not what it says")
        self._numbers: tuple[int, ...] = struct.unpack_from(f"<{count}I", data, _HEAD.size)
        self._pages = data[at:]
        if any(number >= self.memory_bytes // PAGE for number in self._numbers):
            raise DamagedImageError("it has a page outside of the memory")

    def stretches(self, start: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield what is to be written, as (address, bytes), over a memory as at the start."""
        zeros = bytes(PAGE)
        before = b"".join(start[n] if n < len(start) else zeros for n in self._numbers)
        pages = _either(self._pages, before)
        neighbours = groupby(enumerate(self._numbers), key=lambda pair: pair[1] - pair[0])
        for _, run in neighbours:
            members = list(run)
            first, number = members[0]
            yield number * PAGE, pages[first * PAGE : (first + len(members)) * PAGE]


def _beside(memory: bytes, start: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
    return zip_longest(pages_of(memory), start, fillvalue=bytes(PAGE))


def _either(left: bytes, right: bytes) -> bytes:
    """Combine two texts of one length by exclusive or; as numbers that is one step each."""
    number = int.from_bytes(left, "little") ^ int.from_bytes(right, "little")
    return number.to_bytes(len(left), "little")


def _unpacked(packed: bytes, most: int) -> bytes:
    reader = zlib.decompressobj()
    try:
        data = reader.decompress(packed, most)
    except zlib.error as error:
        raise DamagedImageError(str(error)) from None
    if not reader.eof:
        raise DamagedImageError("it is longer than the memory can be, or cut off")
    return data
