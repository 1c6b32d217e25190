"""The threat model names tests that exist, and the page of limits is fresh."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
THREATS = (ROOT / "docs" / "THREAT_MODEL.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.requirement("doc.all")


def functions_of(path: Path) -> set[str]:
    """Return the names of a file's functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {each.name for each in ast.walk(tree) if isinstance(each, kinds)}


def test_every_test_that_the_threat_model_names_exists():
    named = re.findall(r"`([\w./-]+\.py)(?:::(\w+))?`", THREATS)
    assert len(named) > 40
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (ROOT / path).is_file() or (name and name not in functions_of(ROOT / path))
    ]
    assert missing == []


def test_every_threat_has_a_defence_and_something_that_shows_it():
    rows = [line for line in THREATS.splitlines() if line.startswith("| ") and "---" not in line]
    threats = [row for row in rows if not row.startswith("| threat ")]
    assert len(threats) > 25
    for row in threats:
        cells = [cell.strip() for cell in row.strip("|").split(" | ")]
        assert (len(cells), all(cells)) == (3, True), row
        assert ".py" in cells[2], row


def test_the_page_of_limits_is_fresh():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "limits.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
