"""What the engine is made of, pinned, and the key that names the result.

Equal inputs give an engine that is equal byte for byte, so the key can stand for it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

SDIST_PROJECT = "quickjs-ng"
SDIST_VERSION = "0.17.0.2"
SDIST_SHA256 = "43d2e48272208721a7aaea8e3f02d4b9318f12ef20cc4f5421b59d9a470706ef"
SDIST_VARIABLE = "NEXUS_QUICKJS_SDIST"
"""Environment variable with the path of the source archive, for builds without an index."""
SOURCE_FOLDER = "upstream-quickjs"

ZIG_VERSION = "0.17.0"
WASMTIME_VERSION = "50.0.1"
BUILD_REQUIREMENTS = (
    f"ziglang=={ZIG_VERSION}",
    f"wasmtime=={WASMTIME_VERSION}",
    "pip>=25",
    # The source archive's own backend: pip asks it for metadata even where it only downloads.
    "setuptools>=77",
)

JS_STACK_BYTES = 256 * 1024
"""JavaScript's own stack limit: exceeding it is a RangeError that a handler can catch."""
SHADOW_STACK_BYTES = 1024 * 1024
"""The stack in linear memory. zig lays it out first, so that overrunning it traps."""

SOURCES = ("libregexp.c", "libunicode.c", "dtoa.c")
FLAGS = (
    "-target", "wasm32-wasi", "-mexec-model=reactor", "-O2",
    "-DNDEBUG", "-D_GNU_SOURCE", "-DQUICKJS_NG_BUILD",
    "-fno-strict-aliasing", "-fwrapv", "-fno-sanitize=all", "-fvisibility=hidden",
    "-ffunction-sections", "-fdata-sections", "-w",
    "-include", "stdio_off.h",
    "-Wl,--gc-sections", "-Wl,--strip-all",
    f"-Wl,-z,stack-size={SHADOW_STACK_BYTES}", "-Wl,--export=__stack_pointer",
)  # fmt: skip


def engine_files() -> list[Path]:
    """Return our own sources, in a fixed order."""
    return sorted(
        path for path in (ROOT / "engine").iterdir() if path.suffix in (".c", ".h", ".js")
    )


def package_directory() -> Path:
    """Return the folder inside the package that holds the built engine."""
    return ROOT / "src" / "nexus_quickjs" / "engine"


def compile_key() -> str:
    """Return the hash of what decides how the compiled module looks, before it is booted."""
    pins = (SDIST_SHA256, ZIG_VERSION, *SOURCES, *FLAGS)
    files = [path for path in engine_files() if path.suffix != ".js"]
    return _digest([*(pin.encode() for pin in pins), *_contents(files)])


def key() -> str:
    """Return the hash of everything that decides what the engine looks like."""
    pins = (compile_key(), WASMTIME_VERSION, str(JS_STACK_BYTES))
    files = [ROOT / "engine" / "prelude.js", *sorted(Path(__file__).parent.glob("*.py"))]
    return _digest([*(pin.encode() for pin in pins), *_contents(files)])


def _contents(files: Iterable[Path]) -> Iterator[bytes]:
    for path in files:
        yield path.name.encode()
        yield path.read_bytes()


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
