"""Rewrite a WebAssembly module so that it starts with a given memory.

The snapshot is the module with its data segments replaced by the memory of a booted instance.
That is sound when linear memory is the only state: mutable globals are checked to be none but the
stack pointer (which the boot leaves as it found it), tables are not written by this engine, and
start function and passive segments go.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass

PAGE = 65536
_HEADER = b"\0asm\x01\0\0\0"
_GAP = 64
"""Zeros between two stretches of data that are cheaper kept than cut out."""


class SnapshotError(ValueError):
    """Raised when a module is not one that a snapshot can stand for."""


class SectionId:
    """Numbers of the module's sections, from the WebAssembly core specification."""

    CUSTOM, IMPORT, MEMORY, GLOBAL, EXPORT, START, DATA, DATA_COUNT = 0, 2, 5, 6, 7, 8, 11, 12


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its number and its bytes."""

    id: int
    body: bytes


def snapshot(module: bytes, memory: bytes, exports: Set[str]) -> bytes:
    """Return the module with ``memory`` as its initial memory, exporting only ``exports``.

    Raises:
        SnapshotError: the module imports something, has mutable globals besides one, or the
            memory is not whole pages.
    """
    if len(memory) % PAGE:
        raise SnapshotError(f"memory of {len(memory)} bytes is not whole pages")
    found = list(read_sections(module))
    _check(found)
    return _HEADER + b"".join(
        _section(section.id, section.body) for section in _rewritten(found, memory, exports)
    )


def read_sections(module: bytes) -> Iterator[Section]:
    """Yield the module's sections in order.

    Raises:
        SnapshotError: it is no binary module.
    """
    if module[: len(_HEADER)] != _HEADER:
        raise SnapshotError("not a WebAssembly module")
    at = len(_HEADER)
    while at < len(module):
        size, body = read_unsigned(module, at + 1)
        yield Section(module[at], module[body : body + size])
        at = body + size


def mutable_globals(body: bytes) -> int:
    """Count the mutable globals of a global section.

    Raises:
        SnapshotError: one starts with something else than a constant.
    """
    count, at = read_unsigned(body, 0)
    mutable = 0
    for _ in range(count):
        mutable += body[at + 1]
        if body[at + 2] not in (0x41, 0x42):  # i32.const, i64.const
            raise SnapshotError("a global does not start with an integer constant")
        _, at = read_unsigned(body, at + 3)
        if body[at] != 0x0B:
            raise SnapshotError("a global does not start with a single constant")
        at += 1
    return mutable


def data_stretches(memory: bytes) -> list[tuple[int, int]]:
    """Return the stretches of memory that are not zero, as (start, end); near ones are joined."""
    stretches: list[tuple[int, int]] = []
    zeros = bytes(_GAP)
    for start in range(0, len(memory), _GAP):
        end = min(start + _GAP, len(memory))
        if memory[start:end] == zeros[: end - start]:
            continue
        if stretches and stretches[-1][1] == start:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return stretches


def read_unsigned(data: bytes, at: int) -> tuple[int, int]:
    """Read an unsigned LEB128 number; returns it and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def unsigned(value: int) -> bytes:
    """Write a number as unsigned LEB128."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value: int) -> bytes:
    """Write a number as signed LEB128."""
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)


def _check(sections: list[Section]) -> None:
    for section in sections:
        if section.id == SectionId.IMPORT and read_unsigned(section.body, 0)[0]:
            raise SnapshotError("the module imports something")
        if section.id == SectionId.GLOBAL and mutable_globals(section.body) > 1:
            raise SnapshotError("the module has mutable globals besides its stack pointer")


def _rewritten(sections: list[Section], memory: bytes, exports: Set[str]) -> Iterator[Section]:
    dropped = (SectionId.CUSTOM, SectionId.START, SectionId.DATA_COUNT)
    for section in sections:
        match section.id:
            case SectionId.MEMORY:
                limits = b"\x01\x00" + unsigned(len(memory) // PAGE)
                yield Section(SectionId.MEMORY, limits)
            case SectionId.EXPORT:
                yield Section(SectionId.EXPORT, _exports(section.body, exports))
            case SectionId.DATA:
                yield Section(SectionId.DATA, _data(memory))
            case other if other not in dropped:
                yield section
            case _:
                pass


def _exports(body: bytes, wanted: Set[str]) -> bytes:
    count, at = read_unsigned(body, 0)
    kept: list[bytes] = []
    for _ in range(count):
        start = at
        length, name = read_unsigned(body, at)
        _, at = read_unsigned(body, name + length + 1)
        if body[name : name + length].decode() in wanted:
            kept.append(body[start:at])
    if len(kept) != len(wanted):
        raise SnapshotError(f"the module lacks some of the exports {sorted(wanted)}")
    return unsigned(len(kept)) + b"".join(kept)


def _data(memory: bytes) -> bytes:
    stretches = data_stretches(memory)
    segments = (
        b"\x00\x41" + signed(start) + b"\x0b" + unsigned(end - start) + memory[start:end]
        for start, end in stretches
    )
    return unsigned(len(stretches)) + b"".join(segments)


def _section(number: int, body: bytes) -> bytes:
    return bytes([number]) + unsigned(len(body)) + body
