"""Make sure that a thread has stack enough for a guest.

A guest that recurses is stopped by its own limit, which is a RangeError it can catch, or by the
engine's, which is larger. On a thread with less than that it would end the process.
"""

import ctypes
import threading

from nexus_core.sandbox.limits import MIB

WASM_STACK = 6 * MIB
"""So much that JavaScript's own limit, which can be caught, is reached first by whatever recurses:
natively recursive code such as JSON's takes little of the one and much of the other."""
THREAD_STACK = 16 * MIB
"""What threads that run guests are started with."""
_STACK_MARGIN = MIB
"""Room for the host's own frames below the guest's."""


class ThreadStackError(RuntimeError):
    """Raised when a thread's stack is too small for a guest; running one there could crash it."""

    def __init__(self, available: int) -> None:
        self.available = available
        super().__init__(
            f"this thread has {available} bytes of stack, "
            f"a guest needs {WASM_STACK + _STACK_MARGIN}"
        )


_checked = threading.local()


def require_stack() -> None:
    """Make sure that this thread has stack enough for a guest.

    Raises:
        ThreadStackError: it has not; a deep recursion in the guest would crash the process.
    """
    if getattr(_checked, "enough", False):
        return
    available = thread_stack()
    if available is not None and available < WASM_STACK + _STACK_MARGIN:
        raise ThreadStackError(available)
    _checked.enough = True


def thread_stack() -> int | None:
    """Return how large this thread's stack is; None where the system does not tell."""
    library = ctypes.CDLL(None)
    if not hasattr(library, "pthread_getattr_np"):
        return None
    attributes = ctypes.create_string_buffer(256)
    library.pthread_self.restype = ctypes.c_void_p
    thread = ctypes.c_void_p(library.pthread_self())
    if library.pthread_getattr_np(thread, attributes) != 0:
        return None
    low, size = ctypes.c_void_p(), ctypes.c_size_t()
    library.pthread_attr_getstack(attributes, ctypes.byref(low), ctypes.byref(size))
    library.pthread_attr_destroy(attributes)
    return size.value
