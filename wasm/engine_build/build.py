"""Build the engine from nothing: sources, compiler, boot, snapshot, notices."""

import hashlib
import json
import sys
import tempfile
from pathlib import Path

from engine_build import cache, inputs, notices, source
from engine_build.boot import boot
from engine_build.compile import compile_engine
from engine_build.snapshot import snapshot

MODULE = "compiled.wasm"
NOTICES = "NOTICES"
EXPORTS = frozenset({"memory", "nexus_reserve", "nexus_start", "nexus_resume", "nexus_compile"})


def build(*, fresh: bool = False) -> dict[str, bytes]:
    """Return the files of the package's engine folder by name.

    Args:
        fresh: Compile even where the cache has a compiled module of these sources.

    Raises:
        SourceError: the sources cannot be had.
        CompileError: the compiler refused.
        BootError: the engine or the prelude does not come up.
        SnapshotError: the module is not one that can be frozen.
    """
    compiled = _compiled(fresh)
    say("booting and freezing the snapshot")
    module = compiled[MODULE]
    booted = boot(module, (inputs.ROOT / "engine" / "prelude.js").read_bytes())
    frozen = snapshot(module, booted.memory, EXPORTS)
    digest = hashlib.sha256(frozen).hexdigest()
    facts = {"engine": inputs.SDIST_VERSION, "control": booted.control, "sha256": digest}
    return {
        "quickjs.wasm": frozen,
        "engine.json": (json.dumps(facts, indent=1) + "\n").encode(),
        NOTICES: compiled[NOTICES],
    }


def _compiled(fresh: bool) -> dict[str, bytes]:
    folder = None if fresh else cache.find(inputs.compile_key(), (MODULE, NOTICES))
    if folder is not None:
        return {name: (folder / name).read_bytes() for name in (MODULE, NOTICES)}
    with tempfile.TemporaryDirectory(prefix="nexus-quickjs-") as name:
        work = Path(name)
        say(f"fetching {inputs.SDIST_PROJECT} {inputs.SDIST_VERSION}")
        sources = source.fetch(work)
        say(f"compiling with zig {inputs.ZIG_VERSION}; this takes about a minute, once")
        files = {
            MODULE: compile_engine(sources, work),
            NOTICES: notices.collect(sources).encode(),
        }
    if not fresh:
        cache.keep(inputs.compile_key(), files)
    return files


def say(text: str) -> None:
    """Print a line of progress."""
    sys.stderr.write(f"nexus-quickjs: {text}\n")
    sys.stderr.flush()
