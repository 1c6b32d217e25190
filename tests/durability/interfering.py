"""Interfere with the system calls of a process.

A process lets itself be watched with a seccomp filter, which all of its threads have from then on:
each call of the kinds that are named waits until the ``Watch`` over it, in another process, lets it
pass, lets it fail, or kills the process before it is made. The calls of all threads are counted
together, in the order in which they come. What the process does is not known here.
"""

import contextlib
import ctypes
import errno
import fcntl
import functools
import os
import select
import signal
import struct
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from typing import Any, Final

KILLED: Final = "SIGKILL"

_ALLOW, _NOTIFY = 0x7FFF0000, 0x7FC00000
_RECEIVE, _RESPOND = 0xC0502100, 0xC0182101
_NOTIFICATION, _RESPONSE = struct.Struct("=QII i 68x"), struct.Struct("=QqiI")
_CONTINUE: Final = 1
_MASKED_EQUAL: Final = 7

_SPELLINGS: Final = {
    "create": ("open", "openat"),
    "link": ("link", "linkat"),
    "mkdir": ("mkdir", "mkdirat"),
    "open": ("open", "openat"),
    "rename": ("rename", "renameat", "renameat2"),
    "truncate": ("truncate", "ftruncate"),
    "unlink": ("unlink", "unlinkat"),
    "write": ("write", "pwrite64"),
}
"""The calls of a kind; a kind that is not here is a call. To create is to open with O_CREAT."""


@dataclass(frozen=True, slots=True)
class Interference:
    """What happens to the nth call of some kinds."""

    calls: tuple[str, ...]
    nth: int
    effect: str
    """KILLED, or the name of the error that the call fails with."""


def shown(calls: tuple[str, ...]) -> str:
    """Return the kinds of calls as they are told."""
    return calls[0] if len(calls) == 1 else f"any of {len(calls)} calls"


@dataclass(slots=True)
class Happening:
    """An interference, and what has come of it."""

    what: Interference
    count: int = 0
    call: int | None = None
    """The number of the call that was interfered with."""

    @property
    def took_place(self) -> bool:
        """Whether there was such a call."""
        return self.call is not None


class Watch:
    """Lets the calls of a process pass, but those that are to be interfered with."""

    def __init__(self, process: int, listener: int, at_once: Interference | None = None) -> None:
        self._process = process
        self._listener = listener
        self._happening = Happening(at_once) if at_once else None
        threading.Thread(target=self._keep, daemon=True).start()

    @property
    def took_place(self) -> bool:
        """Whether what was wanted at once has taken place."""
        return self._happening is not None and self._happening.took_place

    @contextlib.contextmanager
    def interfering(self, what: Interference) -> Generator[Happening]:
        """Interfere as long as the block lasts."""
        self._happening = happening = Happening(what)
        try:
            yield happening
        finally:
            self._happening = None

    def _keep(self) -> None:
        """Decide over one call after the other until the process is no more."""
        waiting = select.poll()
        waiting.register(self._listener, select.POLLIN)
        while not any(event & select.POLLHUP for _, event in waiting.poll()):
            notification = bytearray(_NOTIFICATION.size)
            # Who made a call may be killed before it is looked at, or before it is answered.
            with contextlib.suppress(FileNotFoundError):
                fcntl.ioctl(self._listener, _RECEIVE, notification)
                which, _, _, call = _NOTIFICATION.unpack(notification)
                error = self._decide(call)
                flags = 0 if error else _CONTINUE
                fcntl.ioctl(self._listener, _RESPOND, _RESPONSE.pack(which, 0, -error, flags))
        os.close(self._listener)

    def _decide(self, call: int) -> int:
        """Return the error that a call fails with, 0 for none; or kill whoever made it."""
        if (happening := self._happening) is None:
            return 0
        happening.count += 1
        if happening.count != happening.what.nth:
            return 0
        happening.call = call
        if happening.what.effect != KILLED:
            return getattr(errno, happening.what.effect)
        os.kill(self._process, signal.SIGKILL)
        return 0


# ---- in the process that is watched


class _Argument(ctypes.Structure):
    """``struct scmp_arg_cmp``: what an argument of a call has to be."""

    _fields_ = (
        ("place", ctypes.c_uint),
        ("comparison", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


def watched(kinds: Iterable[str]) -> int:
    """Have this process wait at each call of some kinds; return what a ``Watch`` hears them by.

    Raises:
        OSError: the system has no such filters, or does not allow them.

    """
    library = _libseccomp()
    filters = library.seccomp_init(_ALLOW)
    for kind in kinds:
        for name in _SPELLINGS.get(kind, (kind,)):
            number = library.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:  # Some machines have the newer spellings only.
                _add(filters, number, _to_create(name) if kind == "create" else ())
    if failure := library.seccomp_load(filters):
        raise OSError(-failure, "cannot watch the calls of a process")
    return library.seccomp_notify_fd(filters)


def _to_create(name: str) -> tuple[_Argument, ...]:
    return (_Argument(2 if name == "openat" else 1, _MASKED_EQUAL, os.O_CREAT, os.O_CREAT),)


def _add(filters: int, number: int, arguments: tuple[_Argument, ...]) -> None:
    listed = (_Argument * len(arguments))(*arguments)
    failure = _libseccomp().seccomp_rule_add_array(
        filters, _NOTIFY, number, len(arguments), ctypes.byref(listed)
    )
    if failure:
        raise OSError(-failure, f"cannot watch the call {number}")


@functools.cache
def _libseccomp() -> Any:
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    for name in ("seccomp_load", "seccomp_notify_fd"):
        getattr(library, name).argtypes = (ctypes.c_void_p,)
    library.seccomp_rule_add_array.argtypes = (
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p),
    )
    return library


__all__ = ["KILLED", "Happening", "Interference", "Watch", "shown", "watched"]
