"""The tree is as CONTRIBUTING.md and docs/ARCHITECTURE.md describe it."""

import hashlib
import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
TRACKED = [
    Path(name)
    for name in subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    if name and (ROOT / name).exists()
]
WORKSPACE = tomllib.loads((ROOT / "pyproject.toml").read_text())
MEMBERS = sorted(
    path.parent
    for pattern in WORKSPACE["tool"]["uv"]["workspace"]["members"]
    for path in ROOT.glob(f"{pattern}/pyproject.toml")
)
PROJECTS = {
    member: tomllib.loads((member / "pyproject.toml").read_text())["project"] for member in MEMBERS
}
VERSIONS = {project["name"]: project["version"] for project in PROJECTS.values()}
DEPENDENCIES = [
    (project["name"], Requirement(text))
    for project in PROJECTS.values()
    for text in project["dependencies"]
]
OUTSIDE = sorted({each.name for _, each in DEPENDENCIES} - VERSIONS.keys())
TOOLS = sorted(
    Requirement(text).name
    for group in WORKSPACE["dependency-groups"].values()
    for text in group
    if isinstance(text, str)
)
JAVASCRIPT = sorted(
    {
        name
        for page in ("packages/nexus-renderer", "services/studio")
        for key, names in json.loads((ROOT / page / "package.json").read_text()).items()
        if key.endswith("ependencies")
        for name in names
    }
    - {"nexus-renderer"}
)

pytestmark = pytest.mark.requirement("dep.ci")

each_member = pytest.mark.parametrize("member", MEMBERS, ids=lambda path: path.name)
each_dependency = pytest.mark.parametrize(
    ("importer", "dependency"), DEPENDENCIES, ids=lambda each: str(each)
)


def sources(*suffixes: str) -> list[Path]:
    return [path for path in TRACKED if path.suffix in suffixes and path != Path("LICENSE")]


def lines_matching(pattern: str, paths: list[Path]) -> list[str]:
    found = re.compile(pattern)
    return [
        f"{path}:{number}"
        for path in paths
        for number, line in enumerate((ROOT / path).read_text().splitlines(), start=1)
        if found.search(line)
    ]


def test_the_top_level_is_the_one_that_was_agreed():
    folders = {"packages", "services", "trilog-schemas", "wasm", "deploy", "tests", "docs"}
    files = {"pyproject.toml", "README.md", "CONTRIBUTING.md", "LICENSE", "requirements.lock"}
    npm = {"package.json", "package-lock.json"}
    visible = {path.parts[0] for path in TRACKED if not path.parts[0].startswith(".")}
    assert visible == folders | files | npm


@each_member
@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md", "pyproject.toml", "tests"])
def test_a_member_has_its_pages_and_tests(member, name):
    assert (member / name).exists()


@each_member
def test_a_member_is_one_typed_package_in_src(member):
    typed = [path.relative_to(member) for path in member.glob("src/*/py.typed")]
    assert len(typed) == 1


@each_member
def test_a_member_has_the_licence_and_python_of_the_project(member):
    # What a wheel carries of others may add a licence to ours.
    ours = PROJECTS[member]["license"].split(" AND ")[0]
    assert (ours, PROJECTS[member]["requires-python"]) == ("Apache-2.0", ">=3.11")


@each_member
def test_the_changelog_opens_with_the_version_of_the_member(member):
    first = re.search(r"^## (\S+)", (member / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert first is not None
    assert first[1] == PROJECTS[member]["version"]


def test_every_member_is_a_source_of_the_workspace():
    assert WORKSPACE["tool"]["uv"]["sources"] == {name: {"workspace": True} for name in VERSIONS}


def test_the_scripts_install_every_member():
    script = 'source deploy/prepare.sh && printf "%s\\n" "${MEMBERS[@]}"'
    listed = subprocess.run(
        ["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert sorted(listed) == sorted(str(member.relative_to(ROOT)) for member in MEMBERS)


@each_dependency
def test_a_dependency_has_a_floor_and_a_ceiling(importer, dependency):
    operators = {each.operator for each in dependency.specifier}
    assert operators == {">=", "<"}


@each_dependency
def test_a_member_that_is_depended_on_is_within_the_range(importer, dependency):
    version = VERSIONS.get(dependency.name)
    assert version is None or dependency.specifier.contains(version)


@pytest.mark.parametrize("name", OUTSIDE)
def test_the_lock_pins_every_dependency(name):
    assert re.search(
        rf"^{re.escape(canonicalize_name(name))}(\[.*\])?==",
        (ROOT / "requirements.lock").read_text(),
        re.MULTILINE,
    )


def test_the_lock_has_a_hash_for_every_pin():
    pins = re.split(r"^(?=\S)", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    assert [pin for pin in pins if pin and "--hash=sha256:" not in pin] == []


@pytest.mark.requirement("doc.all")
def test_the_third_party_page_names_what_is_depended_on_and_nothing_else():
    page = (ROOT / "docs/THIRD_PARTY.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", page, re.MULTILINE)
    named = {name for row in rows for name in row.split(", ")}
    headings = {"part", "package", "---", "QuickJS-ng"}
    assert named - headings == {*OUTSIDE, *TOOLS, *JAVASCRIPT}


def test_the_licence_is_the_text_of_apache_2():
    digest = hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert digest == "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


@pytest.mark.parametrize("script", ["deploy/up", "tests/run", ".ci/run"])
def test_a_script_can_be_executed(script):
    assert (ROOT / script).stat().st_mode & 0o111 == 0o111


@pytest.mark.requirement("doc.all")
def test_the_contributing_page_explains_every_stage():
    stages = re.search(r"^STAGES=\((.*)\)$", (ROOT / ".ci/run").read_text(), re.MULTILINE)
    explained = re.findall(r"^\| (\w+) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert stages is not None
    assert explained == stages[1].split()


@pytest.mark.requirement("doc.all")
def test_every_link_between_the_pages_leads_somewhere():
    links = [
        (page, link)
        for page in sources(".md")
        for link in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", (ROOT / page).read_text())
    ]
    assert [
        (str(page), link) for page, link in links if not (ROOT / page.parent / link).exists()
    ] == []


def test_an_action_of_a_workflow_is_pinned_by_its_commit():
    workflows = [path for path in sources(".yml") if ".github" in path.parts]
    unpinned = lines_matching(r"uses: (?!\S+@[0-9a-f]{40} # v[\d.]+$)", workflows)
    assert unpinned == []


def test_no_binary_of_the_engine_is_committed():
    assert [str(path) for path in TRACKED if path.suffix in {".wasm", ".cwasm"}] == []


def test_no_committed_file_is_longer_than_half_a_mebibyte():
    large = [path for path in TRACKED if (ROOT / path).stat().st_size > 1 << 19]
    assert [str(path) for path in large if path.suffix != ".png"] == []


def test_nothing_is_left_to_be_done_later():
    assert (
        lines_matching(
            r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", sources(".py", ".ts", ".tsx", ".js", ".c")
        )
        == []
    )


def test_no_test_is_skipped():
    skips = r"mark\.(skip|xfail)|pytest\.(skip|xfail)\(|\b(it|test|describe)\.(skip|only|todo)\b"
    tests = [path for path in sources(".py", ".ts", ".tsx") if "tests" in path.parts]
    assert lines_matching(skips, [path for path in tests if path.name != "test_house.py"]) == []


def test_no_test_stands_in_a_mock_for_a_real_part():
    mocks = r"unittest\.mock|from mock import|vi\.mock\("
    tests = [path for path in sources(".py", ".ts", ".tsx") if "tests" in path.parts]
    assert lines_matching(mocks, [path for path in tests if path.name != "test_house.py"]) == []
