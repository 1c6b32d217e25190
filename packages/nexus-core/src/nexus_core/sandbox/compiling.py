"""Have the scripts of a job compiled: from what is kept, else in a guest that runs nothing else.

A form goes into every later execution of the same script, whosever that is. So it comes from a
guest that was given this one script and ran none of it, never from one that a handler ran in; and
it is kept under the hash of all that decides how it looks. Should a script get the better of the
compiler, what it has then is a form of itself, which runs where the script itself would.

Whether a script has a form depends on its text alone, not on what is kept or on what its execution
may use: the same execution does the same, whether somebody ran it before or not.
"""

import hashlib
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nexus_core.sandbox.forms import Forms
from nexus_core.sandbox.guest import (
    Allowance,
    EngineError,
    Exit,
    Script,
    StoppedError,
)
from nexus_core.sandbox.limits import MIB

SMALLEST_SCRIPT = 256
"""Bytes of a script that is worth it; a smaller one compiles nearly as fast as its form is read."""
LARGEST_FORM = 4 * MIB

_ENTRY = struct.Struct("<II")

Compile = Callable[[Script, bytes, Allowance], Exit]
"""Compiles a text in a guest of its own; raises as ``Guest.start``."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """The forms of a job's scripts."""

    data: bytes
    """As the engine reads them."""
    compiled: int
    """Scripts that were compiled first."""
    reused: int
    """Scripts whose form was there."""
    cpu_seconds: float
    left: Allowance
    """What is left for the execution itself."""


class Compiler:
    """Forms by script, and how many of them were there."""

    def __init__(self, engine: str, kept: Forms, *, smallest: int = SMALLEST_SCRIPT) -> None:
        """Start with what is kept.

        Args:
            engine: Hash of the module, whose bytecode is no other's.
            kept: Where forms are kept.
            smallest: Bytes of a script that has one.
        """
        self._smallest = smallest
        self._engine = engine.encode()
        self._kept = kept
        self._changing = threading.Lock()
        self._compiled = self._reused = 0

    def counts(self) -> tuple[int, int]:
        """Return how many scripts were compiled, and how often a form was there."""
        with self._changing:
            return self._compiled, self._reused

    def gather(
        self,
        scripts: Sequence[tuple[Script, bytes]],
        compile_one: Compile,
        allowance: Allowance,
    ) -> Gathered:
        """Return the forms of those that are worth it; compiling counts as computing.

        Raises:
            StoppedError: it took all of the time.
        """
        left, began, cpu_seconds = allowance, time.monotonic(), 0.0
        parts: list[bytes] = []
        compiled = reused = 0
        for script, text in scripts:
            if len(text) < self._smallest:
                continue
            key = self._key(script, text)
            form = self._kept.get(key)
            if form is None:
                form, cpu = self._made(key, script, text, compile_one, left)
                cpu_seconds += cpu
                compiled += 1
                left = replace(
                    allowance,
                    seconds=allowance.seconds - (time.monotonic() - began),
                    cpu_seconds=allowance.cpu_seconds - cpu_seconds,
                )
                _require(left)
            else:
                reused += 1
            if form:
                parts += (_ENTRY.pack(script.at, len(form)), form)
        self._count(compiled, reused)
        return Gathered(b"".join(parts), compiled, reused, cpu_seconds, left)

    def _key(self, script: Script, text: bytes) -> str:
        hashed = hashlib.sha256(self._engine)
        name = script.name.encode()
        hashed.update(struct.pack("<III", script.line, len(name), len(text)))
        hashed.update(name)
        hashed.update(text)
        return hashed.hexdigest()

    def _made(
        self, key: str, script: Script, text: bytes, compile_one: Compile, allowance: Allowance
    ) -> tuple[bytes, float]:
        """Return the form and the processor time that it took; empty when there is none."""
        try:
            made = compile_one(script, text, replace(allowance, output_bytes=LARGEST_FORM))
        except EngineError:
            return b"", 0.0  # No room for one more guest: another time.
        except StoppedError as error:
            if error.reason in ("timeout", "cpu"):
                raise
            made = None
        # A script that does not compile is compiled where it runs, to be told why.
        form = b"" if made is None or made.output is None else made.output
        self._kept.keep(key, form)
        return form, 0.0 if made is None else made.cpu_seconds

    def _count(self, compiled: int, reused: int) -> None:
        with self._changing:
            self._compiled += compiled
            self._reused += reused


def _require(left: Allowance) -> None:
    if left.seconds <= 0:
        raise StoppedError("timeout", "compiling took all of the time")
    if left.cpu_seconds <= 0:
        raise StoppedError("cpu", "compiling took all of the processor time")
