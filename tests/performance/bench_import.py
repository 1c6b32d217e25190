"""How long an import takes, each in a fresh process, beside a bare Python.

Prints a Markdown table. All take turns. Bytecode is cached as that of installed packages is,
whatever the environment says: otherwise the compiler of Python would be measured. Run as
``python tests/performance/bench_import.py [--rounds N]``.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

BARE = "pass"
STATEMENTS = {
    BARE: "",
    "from pydantic import BaseModel": "",
    "import nexus_protocol": "< 150 ms",
    "import nexus_core": "",
    "import nexus_core.parser": "",
    "from nexus_core import Panel": "",
}
"""What is run, and what is wanted of it."""


def once(statement: str, environment: dict[str, str]) -> float:
    """Return the seconds that a new process takes for a statement, start and end included."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], env=environment, check=True)
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description="Measure imports.")
    options.add_argument("--rounds", type=int, default=25, help="processes for each statement")
    rounds = options.parse_args().rounds
    times: dict[str, list[float]] = {statement: [] for statement in STATEMENTS}
    with tempfile.TemporaryDirectory() as bytecode:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for statement in STATEMENTS:
            once(statement, environment)
        for _ in range(rounds):
            for statement in STATEMENTS:
                times[statement].append(once(statement, environment) * 1e3)
    bare = statistics.median(times[BARE])
    print("| statement | process, ms | the fastest | over bare Python, ms | wanted |")
    print("| --- | --: | --: | --: | --: |")
    for statement, wanted in STATEMENTS.items():
        median, least = statistics.median(times[statement]), min(times[statement])
        print(f"| `{statement}` | {median:.0f} | {least:.0f} | {median - bare:.0f} | {wanted} |")


if __name__ == "__main__":
    main()
