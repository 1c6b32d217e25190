"""Importing is fast because it loads only what is asked for: the modules say it, not a clock."""

import subprocess
import sys

import pytest

HEAVY = {
    "asyncio", "dulwich", "httpcore", "httpx", "networkx", "nexus_protocol.messages",
    "nexus_quickjs", "opentelemetry", "ssl", "wasmtime",
}  # fmt: skip
"""What a panel's source can be read without."""


def loaded_by(code: str) -> set[str]:
    """Return the modules that a new process has loaded after running some code."""
    code = f"import sys\n{code}\nprint(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_neither_pydantic_nor_the_parser():
    unwanted = HEAVY | {"nexus_core.parser", "nexus_protocol", "pydantic", "tree_sitter"}
    assert loaded_by("import nexus_core") & unwanted == set()


@pytest.mark.requirement("lang.parser")
@pytest.mark.parametrize("code", ["import nexus_core.parser", "from nexus_core import parse"])
def test_importing_the_parser_loads_neither_the_engine_nor_the_network(code):
    assert loaded_by(code) & HEAVY == set()


def test_reading_a_good_panel_builds_no_validator_of_the_tree():
    code = """
from nexus_core import parse
from nexus_protocol import PanelAst
assert parse("<NexusPanel title='a'><Data/><Logic/><View/></NexusPanel>").ok
assert not PanelAst.__pydantic_complete__
"""
    assert "nexus_core.parser" in loaded_by(code)


def test_importing_prints_nothing():
    run = subprocess.run(
        [sys.executable, "-W", "always", "-c", "import nexus_core; nexus_core.Panel"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert (run.stdout, run.stderr) == ("", "")
