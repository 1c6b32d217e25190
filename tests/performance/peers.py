"""Other frameworks that serve the same pages, from an environment of their own in ``build/peers``.

``tests/performance/run`` makes that environment, with the versions and hashes of
``peer_apps/requirements.lock``. The pages are in ``peer_apps``. Nothing of it reaches the kernel.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Final

from servers import Server, free_port, served

ROOT: Final = Path(__file__).parents[2]
APPS: Final = Path(__file__).parent / "peer_apps"
ENVIRONMENT: Final = ROOT / "build" / "peers"
REFLEX: Final = ROOT / "build" / "peers-reflex"
"""Where Reflex builds its frontend; what it downloads stays there."""


def version(name: str) -> str:
    """Return the installed version of a peer."""
    (packages,) = ENVIRONMENT.glob("lib/python*/site-packages")
    (found,) = distributions(name=name, path=[str(packages)])
    return f"{name} {found.version}"


@contextlib.contextmanager
def nicegui() -> Iterator[Server]:
    """Serve ``/counter``, ``/labels``, ``/rows`` and ``/shared`` with NiceGUI."""
    port = free_port()
    command = [_program("python"), str(APPS / "nicegui_pages.py"), str(port)]
    with served(command, f"http://127.0.0.1:{port}", environment=_variables()) as server:
        yield server


@contextlib.contextmanager
def streamlit() -> Iterator[Server]:
    """Serve ``/?page=labels`` and ``/?page=rows`` with Streamlit."""
    port = free_port()
    command = [
        *(_program("streamlit"), "run", str(APPS / "streamlit_pages.py")),
        *("--server.address", "127.0.0.1", "--server.port", str(port)),
        *("--server.headless", "true", "--browser.gatherUsageStats", "false"),
        *("--server.fileWatcherType", "none"),
    ]
    with served(command, f"http://127.0.0.1:{port}", environment=_variables()) as server:
        yield server


@contextlib.contextmanager
def reflex(*, frontend: bool) -> Iterator[Server]:
    """Serve the same pages as NiceGUI with Reflex, in production mode.

    The frontend is built with Node from the environment and packages from npm, which takes half a
    minute at first; the WebSocket is there without it.
    """
    port = free_port()
    shutil.copytree(APPS / "reflex", REFLEX, dirs_exist_ok=True)
    command = [
        *(_program("reflex"), "run", "--env", "prod"),
        *("--backend-host", "127.0.0.1", "--backend-port", str(port)),
        "--single-port" if frontend else "--backend-only",
    ]
    url = f"http://127.0.0.1:{port}"
    with served(
        command, url, probe="/ping", within=240, cwd=REFLEX, environment=_variables()
    ) as server:
        yield server


def _program(name: str) -> str:
    path = ENVIRONMENT / "bin" / name
    if not path.exists():
        raise SystemExit("The peers are not installed; tests/performance/run NAME does that.")
    return str(path)


def _variables() -> dict[str, str]:
    """Return the environment without what would change what a peer imports or where it writes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {
        "PATH": f"{ENVIRONMENT / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "REFLEX_DIR": str(REFLEX / ".reflex"),
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_USE_NPM": "true",
    }
