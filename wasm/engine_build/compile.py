"""Compile the engine and our shim to WebAssembly with zig's C compiler."""

import os
import subprocess
import sys
from pathlib import Path

from engine_build import inputs


class CompileError(RuntimeError):
    """Raised when the compiler fails; carries what it said."""


def compile_engine(sources: Path, work: Path) -> bytes:
    """Return the module, not yet booted.

    Args:
        sources: The folder with the engine's C files.
        work: A folder for the compiler's own cache and its output.

    Raises:
        CompileError: the compiler refused.
    """
    output = work / "engine.wasm"
    here = inputs.ROOT / "engine"
    command = [
        sys.executable, "-m", "ziglang", "cc", *inputs.FLAGS, f"-I{sources}", f"-I{here}",
        str(here / "shim.c"), *(str(sources / name) for name in inputs.SOURCES), "-o", str(output),
    ]  # fmt: skip
    caches = {"ZIG_GLOBAL_CACHE_DIR": str(work / "zig"), "ZIG_LOCAL_CACHE_DIR": str(work / "zig")}
    done = subprocess.run(  # noqa: S603
        command, cwd=here, env={**os.environ, **caches}, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise CompileError(done.stderr)
    return output.read_bytes()
