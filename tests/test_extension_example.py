"""The extension that docs/EXTENSIONS.md explains: it passes its test and connects."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nexus_core.extensions import (
    HttpExtension,
    KvExtension,
    MemoryStore,
    Registry,
    SqlExtension,
    TimerExtension,
)
from workspace_kernel.extending import survey
from workspace_kernel.settings import load

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "EXTENSIONS.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "examples" / "acme-orders"
OWN = PAGE.split("## Write one of your own")[1].split("\n## ")[0]
BUILT_IN = [HttpExtension(), KvExtension(MemoryStore()), SqlExtension(), TimerExtension()]

pytestmark = [pytest.mark.requirement("run.extensions"), pytest.mark.requirement("doc.all")]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Lay the example where Python looks for packages, as an installer does."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    shutil.copytree(EXAMPLE / "src", tmp_path, dirs_exist_ok=True)
    info = tmp_path / "acme_orders-1.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-orders\nVersion: 1.0.0\n")
    points = project["entry-points"]["nexus.extensions"]
    lines = [f"{name} = {place}" for name, place in points.items()]
    (info / "entry_points.txt").write_text("\n".join(["[nexus.extensions]", *lines, ""]))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    sys.modules.pop("acme_orders", None)


@pytest.mark.parametrize("block", [*blocks(OWN, "python"), *blocks(OWN, "toml")])
def test_every_block_of_the_page_stands_in_the_example(block):
    paths = [path for path in EXAMPLE.rglob("*") if path.suffix in (".py", ".toml")]
    assert any(block in path.read_text() for path in paths)


def test_the_example_passes_its_own_test():
    path = os.pathsep.join([str(EXAMPLE / "src"), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_settings_of_the_page_connect_it(installed):
    (text,) = blocks(PAGE.split("## Settings")[1].split("\n## ")[0], "toml")
    (installed / "nexus.toml").write_text(text)
    found = survey(load({}, {}, installed))
    described = {each.name: each for each in found.extensions}
    assert found.problems == ()
    assert described["acme.orders"].scopes == {"service": "http://orders.internal:8080"}
    assert [each.name for each in described["acme.orders"].methods] == ["cancel", "find"]
    assert described["acme.orders"].quota.rate == 50


def test_what_is_installed_and_not_enabled_is_told_and_not_imported(installed):
    (idle,) = survey(load({}, {}, installed)).idle
    assert (idle.name, idle.package) == ("acme.orders", "acme-orders 1.0.0")
    assert "acme_orders" not in sys.modules


@pytest.mark.parametrize("described", Registry(BUILT_IN).describe(), ids=lambda each: each.name)
def test_every_method_that_comes_along_is_on_the_page(described):
    section = PAGE.split(f"### {described.name}\n")[1].split("\n##")[0]
    assert [each.name for each in described.methods if f"{each.name}(" not in section] == []


@pytest.mark.parametrize("described", Registry(BUILT_IN).describe(), ids=lambda each: each.name)
def test_the_quotas_that_come_along_are_on_the_page(described):
    quota = described.quota
    cells = [quota.concurrent, quota.concurrent_per_panel, quota.rate_per_panel]
    rate = "" if cells[2] is None else f"{cells[2]:g}/s"
    burst = "" if cells[2] is None else f"{quota.burst_seconds:g} s"
    (row,) = re.findall(rf"^\| `{described.name}` \|(.*)\|$", PAGE, re.MULTILINE)
    told = ["" if cell is None else str(cell) for cell in cells[:2]]
    assert [cell.strip() for cell in row.split("|")] == [*told, rate, burst]
