"""What runs in a browser, run in Node: a script of the renderer that answers lines of JSON."""

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parents[2]
_RENDERER = ROOT / "packages/nexus-renderer"
_BUNDLER = ROOT / "node_modules/rolldown/bin/cli.mjs"


class Script:
    """One process of a script in ``tests/support`` of the renderer, as long as this lives."""

    def __init__(self, name: str, directory: Path) -> None:
        """Bundle the script into a directory and start it."""
        bundle = directory / f"{name}.mjs"
        source = _RENDERER / f"tests/support/{name}.ts"
        subprocess.run(
            ["node", str(_BUNDLER), str(source), "--file", str(bundle), "--platform", "node"],
            cwd=_RENDERER,
            check=True,
            capture_output=True,
        )
        self._process = subprocess.Popen(
            ["node", str(bundle)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "TZ": "UTC"},
        )

    def ask(self, question: object) -> Any:
        """Send one line; returns what the next one says."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> "Script":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.communicate()
