"""The frames between the sandbox and a worker process: fixed heads, lengths, and raw bytes.

The sandbox does not trust a worker: what comes from there is bounded before it is taken, and each
field is checked. A worker believes what the sandbox says.
"""

import math
import socket
import struct
import time
from dataclasses import dataclass
from enum import IntEnum

from nexus_core.sandbox.guest import Allowance, Exit, Script, Setup, StopReason
from nexus_core.sandbox.limits import LARGEST_MEMORY, MIB

VERSION = 2
INTERRUPT = struct.Struct("<I")
"""On the second socket: the number of the guest that is to stop."""

_REQUEST = struct.Struct("<BBII")
_REPLY = struct.Struct("<BI")
_START = struct.Struct("<IId16sII")
_ALLOWANCE = struct.Struct("<ddI")
_RESUME = struct.Struct("<d")
_RESTORE = struct.Struct("<I")
_EXIT = struct.Struct("<BBBIIdII")
_SCRIPTS = struct.Struct("<I")
_SCRIPT = struct.Struct("<IIII")
_HELLO = struct.Struct("<HB64s")
_CHUNK = 65536
_MOST_TEXT = 4096
_MOST_IMAGE = LARGEST_MEMORY + LARGEST_MEMORY // 512 + MIB
"""A packed memory that cannot be packed is a little longer than the memory."""
_REASONS: tuple[StopReason, ...] = ("timeout", "cpu", "stack", "memory", "trap")
"""What a worker may say; that it is lost is said of it."""


class Asked(IntEnum):
    """What the sandbox asks of a worker."""

    START = 1
    RESUME = 2
    IMAGE = 3
    RESTORE = 4
    CLOSE = 5
    """The only one without a reply."""


class Told(IntEnum):
    """What a worker replies."""

    HELLO = 1
    EXIT = 2
    IMAGE = 3
    RESTORED = 4
    STOPPED = 5
    REFUSED = 6
    """There is no room."""
    DAMAGED = 7


class BrokenWorkerError(Exception):
    """Raised when a worker ended, does not answer, or says what no worker says."""


# ---- what is asked -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An execution that is to begin."""

    memory_bytes: int
    setup: Setup
    head: int
    allowance: Allowance
    data: bytes
    scripts: tuple[Script, ...] = ()

    def pack(self) -> bytes:
        """Return it as bytes."""
        s = self.setup
        fields = (self.memory_bytes, self.head, s.now, s.seed, s.heap_bytes, s.stack_bytes)
        head = _START.pack(*fields) + _allowance(self.allowance)
        return head + _scripts(self.scripts) + self.data

    @classmethod
    def unpack(cls, data: bytes) -> "Start":
        """Read what ``pack`` wrote."""
        memory, head, now, seed, heap, stack = _START.unpack_from(data)
        allowance, rest = _read_allowance(data, _START.size)
        scripts, rest = _read_scripts(rest)
        setup = Setup(now=now, seed=seed, heap_bytes=heap, stack_bytes=stack)
        return cls(
            memory_bytes=memory,
            setup=setup,
            head=head,
            allowance=allowance,
            data=rest,
            scripts=scripts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """An execution that is to go on."""

    now: float | None
    allowance: Allowance
    data: bytes

    def pack(self) -> bytes:
        """Return it as bytes."""
        now = math.nan if self.now is None else self.now
        return _RESUME.pack(now) + _allowance(self.allowance) + self.data

    @classmethod
    def unpack(cls, data: bytes) -> "Resume":
        """Read what ``pack`` wrote."""
        (now,) = _RESUME.unpack_from(data)
        allowance, rest = _read_allowance(data, _RESUME.size)
        return cls(now=None if math.isnan(now) else now, allowance=allowance, data=rest)


def _allowance(allowance: Allowance) -> bytes:
    return _ALLOWANCE.pack(allowance.seconds, allowance.cpu_seconds, allowance.output_bytes)


def _read_allowance(data: bytes, at: int) -> tuple[Allowance, bytes]:
    seconds, cpu_seconds, output_bytes = _ALLOWANCE.unpack_from(data, at)
    allowance = Allowance(seconds=seconds, cpu_seconds=cpu_seconds, output_bytes=output_bytes)
    return allowance, data[at + _ALLOWANCE.size :]


def _scripts(scripts: tuple[Script, ...]) -> bytes:
    parts = [_SCRIPTS.pack(len(scripts))]
    for script in scripts:
        name = script.name.encode()
        parts += (_SCRIPT.pack(script.at, script.length, script.line, len(name)), name)
    return b"".join(parts)


def _read_scripts(data: bytes) -> tuple[tuple[Script, ...], bytes]:
    (count,) = _SCRIPTS.unpack_from(data)
    found, at = list[Script](), _SCRIPTS.size
    for _ in range(count):
        place, length, line, name = _SCRIPT.unpack_from(data, at)
        at += _SCRIPT.size + name
        found.append(Script(place, length, data[at - name : at].decode(), line))
    return tuple(found), data[at:]


def pack_restore(memory_bytes: int, image: bytes) -> bytes:
    """Return an image, and how much memory its guest may hold, as bytes."""
    return _RESTORE.pack(memory_bytes) + image


def unpack_restore(data: bytes) -> tuple[int, bytes]:
    """Read what ``pack_restore`` wrote."""
    return _RESTORE.unpack_from(data)[0], data[_RESTORE.size :]


def pack_request(asked: Asked, number: int, payload: bytes = b"", *, stop: bool = False) -> bytes:
    """Return a request as bytes; with ``stop`` the guest is interrupted at once."""
    return _REQUEST.pack(asked, stop, number, len(payload)) + payload


class Requests:
    """The requests that a worker reads."""

    def __init__(self, channel: socket.socket) -> None:
        self._file = channel.makefile("rb", buffering=_CHUNK)

    def read(self) -> tuple[Asked, int, bool, bytes] | None:
        """Return the next one as (what, guest's number, stop, payload); None at the end."""
        head = self._file.read(_REQUEST.size)
        if len(head) < _REQUEST.size:
            return None
        asked, stop, number, length = _REQUEST.unpack(head)
        payload = self._file.read(length)
        if len(payload) < length:
            return None
        return Asked(asked), number, bool(stop), payload


# ---- what is told --------------------------------------------------------------------------------


def pack_hello(identity: str, cache_hit: bool) -> bytes:
    """Return a worker's first words as a reply."""
    return pack_reply(Told.HELLO, _HELLO.pack(VERSION, cache_hit, identity.encode()))


def unpack_hello(payload: bytes, identity: str) -> bool:
    """Return whether the worker found its engine compiled.

    Raises:
        BrokenWorkerError: it is another program's worker.
    """
    if len(payload) != _HELLO.size:
        raise BrokenWorkerError("its first words are malformed")
    version, cache_hit, told = _HELLO.unpack(payload)
    if version != VERSION or told != identity.encode():
        raise BrokenWorkerError("it runs another engine")
    return bool(cache_hit)


def pack_exit(left: Exit) -> bytes:
    """Return what a call left behind as a reply."""
    told = left.output is not None
    stopped = 0 if left.stopped is None else 1 + _REASONS.index(left.stopped)
    flags = (told, stopped, left.out_of_memory)
    numbers = (left.output_bytes, left.memory_bytes, left.cpu_seconds, left.compiled, left.reused)
    return pack_reply(Told.EXIT, _EXIT.pack(*flags, *numbers) + (left.output or b""))


def unpack_exit(payload: bytes, most: int) -> Exit:
    """Read what ``pack_exit`` wrote.

    Raises:
        BrokenWorkerError: a field is out of its range.
    """
    if len(payload) < _EXIT.size:
        raise BrokenWorkerError("its reply ends early")
    told, stopped, out_of_memory, output_bytes, memory_bytes, cpu_seconds, compiled, reused = (
        _EXIT.unpack_from(payload)
    )
    output = payload[_EXIT.size :] if told else None
    if max(told, out_of_memory) > 1 or stopped > len(_REASONS) or memory_bytes > LARGEST_MEMORY:
        raise BrokenWorkerError("its reply has a field that is out of range")
    if not 0 <= cpu_seconds < math.inf:
        raise BrokenWorkerError("its reply has a time that is none")
    if output is not None and not 0 < len(output) == output_bytes <= most:
        raise BrokenWorkerError("its reply is not as long as it says")
    return Exit(
        output=output,
        output_bytes=output_bytes,
        stopped=_REASONS[int(stopped) - 1] if stopped else None,
        out_of_memory=bool(out_of_memory),
        memory_bytes=memory_bytes,
        cpu_seconds=cpu_seconds,
        compiled=compiled,
        reused=reused,
    )


def pack_stopped(reason: StopReason, detail: str) -> bytes:
    """Return that a guest was ended as a reply."""
    return pack_reply(Told.STOPPED, bytes((_REASONS.index(reason),)) + _text(detail))


def unpack_stopped(payload: bytes) -> tuple[StopReason, str]:
    """Read what ``pack_stopped`` wrote.

    Raises:
        BrokenWorkerError: there is no such reason.
    """
    if not payload or payload[0] >= len(_REASONS):
        raise BrokenWorkerError("it stopped for a reason that does not exist")
    return _REASONS[payload[0]], text_of(payload[1:])


def pack_reply(told: Told, payload: bytes = b"") -> bytes:
    """Return a reply as bytes."""
    return _REPLY.pack(told, len(payload)) + payload


def pack_text(told: Told, text: str) -> bytes:
    """Return a reply that is a text as bytes."""
    return pack_reply(told, _text(text))


def text_of(payload: bytes) -> str:
    """Return a worker's text, with nothing in it that moves a terminal's cursor."""
    text = payload.decode(errors="replace")
    return "".join(each if each.isprintable() else " " for each in text)


def _text(text: str) -> bytes:
    return text.encode(errors="replace")[: _MOST_TEXT - 1]


def receive(channel: socket.socket, until: float, most: int) -> tuple[Told, bytes]:
    """Return the one reply that a worker owes.

    Args:
        channel: The socket.
        until: When it has to be there, on the monotonic clock.
        most: How many bytes of output are taken.

    Raises:
        BrokenWorkerError: none came, or not one alone, or it is none.
    """
    data = bytearray(_some(channel, until))
    while len(data) < _REPLY.size:
        data += _some(channel, until)
    kind, length = _REPLY.unpack_from(data)
    told = _known(kind)
    if length > _most(told, most):
        raise BrokenWorkerError("its reply is too long")
    end = _REPLY.size + length
    while len(data) < end:
        data += _some(channel, until)
    if len(data) > end:
        raise BrokenWorkerError("it says more than it was asked")
    return told, bytes(memoryview(data)[_REPLY.size :])


def send(channel: socket.socket, data: bytes, until: float) -> None:
    """Send a request.

    Raises:
        BrokenWorkerError: the worker does not take it.
    """
    try:
        channel.settimeout(max(0.001, until - time.monotonic()))
        channel.sendall(data)
    except TimeoutError:
        raise BrokenWorkerError("it does not listen") from None
    except OSError:
        raise BrokenWorkerError("it ended") from None


def _some(channel: socket.socket, until: float) -> bytes:
    try:
        channel.settimeout(max(0.001, until - time.monotonic()))
        data = channel.recv(_CHUNK)
    except TimeoutError:
        raise BrokenWorkerError("it does not answer") from None
    except OSError:
        raise BrokenWorkerError("it ended") from None
    if not data:
        raise BrokenWorkerError("it ended")
    return data


def _known(kind: int) -> Told:
    try:
        return Told(kind)
    except ValueError:
        raise BrokenWorkerError("its reply is of a kind that does not exist") from None


def _most(told: Told, most: int) -> int:
    match told:
        case Told.EXIT:
            return most + _EXIT.size
        case Told.IMAGE:
            return _MOST_IMAGE
        case Told.RESTORED:
            return 0
        case Told.HELLO | Told.STOPPED | Told.REFUSED | Told.DAMAGED:
            return _MOST_TEXT
