"""The list of promises and the tests that prove them go together."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from requirements import REQUIREMENTS, State

ROOT = Path(__file__).parents[1]
BY_ID = {each.id: each for each in REQUIREMENTS}
MEMBERS = ("packages", "services", "trilog-schemas", "wasm")

CLAIMED = [each.id for each in REQUIREMENTS if each.state is not State.PLANNED]

pytestmark = pytest.mark.requirement("dep.ci")


def test_files(pattern: str) -> Iterator[Path]:
    for folder in (*MEMBERS, "tests"):
        for path in (ROOT / folder).rglob(pattern):
            if "node_modules" not in path.parts:
                yield path


test_files.__test__ = False


def named_in_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Attribute(attr="requirement"), args=args):
                yield from (ast.literal_eval(each) for each in args)


def named_in_typescript(path: Path) -> list[str]:
    return re.findall(r"^// @requirement ([\w.]+)$", path.read_text(), re.MULTILINE)


PROVED = {
    *(name for path in test_files("test_*.py") for name in named_in_python(path)),
    *(name for path in test_files("*.test.ts*") for name in named_in_typescript(path)),
}


def test_no_two_requirements_share_an_id():
    assert len(BY_ID) == len(REQUIREMENTS)


def test_every_requirement_has_a_source_and_a_sentence():
    assert [each.id for each in REQUIREMENTS if not (each.sources and each.sentence)] == []


def test_every_test_names_a_known_requirement():
    assert sorted(PROVED - BY_ID.keys()) == []


def test_no_test_proves_what_is_only_planned():
    planned = BY_ID.keys() - set(CLAIMED)
    assert sorted(PROVED & planned) == []


@pytest.mark.parametrize("name", CLAIMED)
def test_what_is_claimed_has_a_test(name):
    assert name in PROVED, f"no test is marked with requirement({name!r})"
