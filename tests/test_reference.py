"""The reference pages say what the tables say, and are fresh."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nexus_core.parser import catalogue, parse
from nexus_protocol import CATALOGUE, Code
from nexus_protocol.components import COMMON

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
COMPONENTS = (FOLDER / "components.md").read_text(encoding="utf-8")
DIAGNOSTICS = (FOLDER / "diagnostics.md").read_text(encoding="utf-8")

pytestmark = pytest.mark.requirement("doc.all")


def generate(*arguments: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, str(FOLDER / "generate.py"), *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    return ended.returncode, ended.stdout + ended.stderr


def sections(page: str) -> dict[str, str]:
    return {text.partition("\n")[0]: text.partition("\n")[2] for text in page.split("\n## ")[1:]}


@pytest.mark.requirement("lang.catalogue")
@pytest.mark.requirement("lang.validator")
def test_the_pages_are_fresh():
    assert generate("--check") == (0, "")


def test_a_stale_page_fails_the_check_and_is_written_anew(tmp_path):
    (tmp_path / "components.md").write_text(COMPONENTS.replace("Input", "Field"))
    folder = ("--folder", str(tmp_path))
    assert generate("--check", *folder) == (
        1,
        "components.md: is stale\ndiagnostics.md: is stale\n",
    )
    assert generate(*folder) == (0, "components.md: written\ndiagnostics.md: written\n")
    assert generate("--check", *folder) == (0, "")


@pytest.mark.requirement("lang.catalogue")
@pytest.mark.parametrize("component", CATALOGUE, ids=lambda each: each.name)
def test_a_component_has_a_section_with_a_row_for_each_property(component):
    section = sections(COMPONENTS)[component.name]
    assert f"columns `{component.columns}`, content `{component.content}`" in section
    rows = [line.split(" | ")[0] for line in section.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{prop.name}`" for prop in component.props]


@pytest.mark.requirement("ui.custom")
def test_the_panel_on_the_page_of_custom_components_is_clean():
    page = (FOLDER / "custom-components.md").read_text(encoding="utf-8")
    examples = re.findall(r"```nxml\n(.*?)```", page, re.DOTALL)
    assert [parse(source).diagnostics for source in examples] == [()]


@pytest.mark.requirement("lang.catalogue")
def test_every_type_of_property_is_explained():
    used = {prop.type for spec in CATALOGUE for prop in (*spec.props, *COMMON)}
    section = sections(COMPONENTS)["Types of properties"]
    assert [name for name in used if f"| `{name}` | " not in section] == []


@pytest.mark.requirement("lang.validator")
def test_every_code_has_a_meaning():
    assert catalogue.MEANINGS.keys() == set(Code)


@pytest.mark.requirement("lang.validator")
@pytest.mark.parametrize("code", Code)
def test_a_code_has_a_section_with_its_severity_and_an_example(code):
    section = sections(DIAGNOSTICS)[code]
    severity = "warning" if code in catalogue.WARNINGS else "error"
    assert section.startswith(f"\n*{severity.capitalize()}.* ")
    assert f" {severity} {code}: " in section


@pytest.mark.requirement("lang.repair")
def test_every_repair_has_a_row():
    rows = [line for line in sections(DIAGNOSTICS)["Repairs"].splitlines() if "` | " in line]
    assert [line.split("`")[1] for line in rows] == list(catalogue.REPAIRS)


@pytest.mark.requirement("lang.validator")
def test_every_way_in_which_a_panel_can_be_wrong_is_listed():
    findings = [each for each in vars(catalogue).values() if isinstance(each, catalogue.Finding)]
    assert DIAGNOSTICS.count("\n- **") == len(findings)
