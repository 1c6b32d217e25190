"""Another branch is checked out as git would, and nothing that is in no commit is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nexus_core.history import Author, HistoryConflict, HistoryError, Repository
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("ker.git")

ANN = Author("Ann", "ann@example.test")


@pytest.fixture
def tips(repository) -> dict[str, str]:
    """Make two branches: ``side`` has another ``b``, no ``gone``, and a ``deep/new``."""
    files = {"a": b"same", "b": b"main", "gone": b"here"}
    main = repository.commit(files, message="Start", author=ANN)
    repository.create_branch("side")
    files = {"b": b"side", "gone": None, "deep/new": b"new"}
    side = repository.commit(files, message="Side", author=ANN, branch="side")
    return {"main": main, "side": side}


def files_in(root) -> dict[str, bytes]:
    there = (each for each in root.rglob("*") if each.is_file() and ".git" not in each.parts)
    return {str(each.relative_to(root)): each.read_bytes() for each in there}


def refused(repository, branch: str = "side") -> HistoryError:
    with pytest.raises(HistoryError) as caught:
        repository.switch(branch)
    return caught.value


def test_the_files_are_those_of_the_branch_that_is_checked_out(repository, root, git, tips):
    assert repository.switch("side") == tips["side"]
    assert files_in(root) == {"a": b"same", "b": b"side", "deep/new": b"new"}
    assert (git("branch", "--show-current"), repository.head) == ("side\n", tips["side"])
    git.check()
    repository.switch("main")
    assert files_in(root) == {"a": b"same", "b": b"main", "gone": b"here"}
    git.check()


def test_what_is_committed_after_a_switch_is_on_that_branch_alone(repository, git, tips):
    repository.switch("side")
    sha = repository.commit({"b": b"more"}, message="More", author=ANN)
    assert git("rev-parse", "side", "main").split() == [sha, tips["main"]]


def test_the_branch_that_is_checked_out_already_stays_so(repository, git, tips):
    assert repository.switch("main") == tips["main"]
    git.check()


def test_an_edit_that_would_be_lost_is_a_conflict_and_nothing_changes(repository, root, git, tips):
    (root / "b").write_bytes(b"edited")
    error = refused(repository)
    assert isinstance(error, HistoryConflict)
    assert (error.path, repository.head) == ("b", tips["main"])
    assert files_in(root) == {"a": b"same", "b": b"edited", "gone": b"here"}
    assert git("branch", "--show-current") == "main\n"


def test_an_edit_that_is_staged_is_not_lost_either(repository, root, git, tips):
    (root / "b").write_bytes(b"staged")
    git("add", "b")
    (root / "b").write_bytes(b"main")
    assert refused(repository).code is ErrorCode.CONFLICT


def test_a_file_that_git_does_not_know_is_not_overwritten(repository, root, tips):
    (root / "deep").mkdir()
    (root / "deep/new").write_bytes(b"mine")
    assert refused(repository).code is ErrorCode.CONFLICT
    assert (root / "deep/new").read_bytes() == b"mine"


# ---- a file here, a folder there


@pytest.fixture
def turned(repository) -> dict[str, dict[str, bytes]]:
    """Make two branches between which files and folders change places; returns their files."""
    main = {"x": b"file", "deep/y": b"file", "z/in": b"1", "z/far/in": b"2", "keep": b"k"}
    side = {"x/in": b"1", "x/far/in": b"2", "deep/y/in": b"1", "z": b"file", "keep": b"k"}
    repository.commit(main, message="Start", author=ANN)
    repository.create_branch("side")
    gone = dict.fromkeys(main.keys() - side.keys())
    repository.commit(gone, message="Empty", author=ANN, branch="side")
    repository.commit(side, message="Side", author=ANN, branch="side")
    return {"main": main, "side": side}


def test_a_file_becomes_a_folder_and_a_folder_a_file(repository, root, git, turned):
    for branch in ("side", "main"):
        repository.switch(branch)
        assert files_in(root) == turned[branch]
        git.check()


def test_folders_without_files_are_in_nobodys_way(repository, root, git, turned):
    (root / "z/empty/in").mkdir(parents=True)
    repository.switch("side")
    assert files_in(root) == turned["side"]
    git.check()


@pytest.mark.parametrize(
    ("path", "content", "staged"),
    [
        ("x", b"edited", False),
        ("x", b"edited", True),
        ("z/in", b"edited", False),
        ("z/far/in", b"edited", True),
        ("z/mine", b"mine", False),
        ("z/mine", b"mine", True),
        ("z/a/b/mine", b"mine", False),
    ],
)
def test_what_is_in_no_commit_stays_where_a_file_and_a_folder_change_places(
    repository, root, git, turned, path, content, staged
):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_bytes(content)
    if staged:
        git("add", path)  # Git 2.39 drops what is staged in a folder that a file replaces.
    else:
        with pytest.raises(subprocess.CalledProcessError):
            git("switch", "side")
    error = refused(repository)
    assert isinstance(error, HistoryConflict)
    assert (error.path, git("branch", "--show-current")) == (path, "main\n")
    assert files_in(root) == {**turned["main"], path: content}


def test_what_is_staged_stays_even_where_its_file_is_gone(repository, root, git, turned):
    (root / "z/mine").write_bytes(b"mine")
    git("add", "z/mine")
    (root / "z/mine").unlink()
    assert refused(repository).code is ErrorCode.CONFLICT
    assert git("show", ":z/mine") == "mine"


def test_a_file_of_ones_own_in_the_place_of_a_folder_stays(repository, root, git, tips):
    (root / "deep").write_bytes(b"mine")
    error = refused(repository)
    assert isinstance(error, HistoryConflict)
    assert (error.path, (root / "deep").read_bytes()) == ("deep", b"mine")


def test_a_link_below_a_folder_that_goes_stays(repository, root, git, turned):
    (root / "z/link").symlink_to("/etc")
    assert refused(repository).code is ErrorCode.CONFLICT
    assert (root / "z/link").is_symlink()


def test_a_merge_turns_a_file_into_a_folder_and_a_folder_into_a_file(repository, root, git, turned):
    repository.commit({"keep": b"mine"}, message="Mine", author=ANN)
    (root / "z/mine").write_bytes(b"mine")
    with pytest.raises(HistoryConflict, match="in the way"):
        repository.merge("side", message="Merge", author=ANN)
    (root / "z/mine").unlink()
    repository.merge("side", message="Merge", author=ANN)
    assert files_in(root) == {**turned["side"], "keep": b"mine"}
    git.check()


# ---- what stays, and when nothing is switched


def test_an_edit_of_what_both_branches_have_the_same_stays_an_edit(repository, root, git, tips):
    (root / "a").write_bytes(b"edited")
    repository.switch("side")
    assert git("status", "--porcelain") == " M a\n"


def test_a_branch_that_is_not_there_is_not_found(repository, tips):
    assert refused(repository, "none").code is ErrorCode.NOT_FOUND
    assert refused(repository, "a..b").code is ErrorCode.INVALID_PATH


def test_nothing_is_switched_in_the_middle_of_a_merge(repository, git, tips):
    repository.commit({"b": b"other"}, message="M", author=ANN)
    with pytest.raises(subprocess.CalledProcessError):
        git("merge", "side")
    assert refused(repository).code is ErrorCode.CONFLICT


def test_a_branch_that_another_work_tree_has_is_left_to_it(repository, git, tmp_path, tips):
    git("worktree", "add", "--quiet", str(tmp_path / "other"), "side")
    assert refused(repository).code is ErrorCode.CONFLICT


def test_a_repository_without_a_branch_checked_out_gets_one_again(repository, git, tips):
    git("checkout", "--quiet", "--detach")
    repository.switch("main")
    assert git("branch", "--show-current") == "main\n"
    git.check()


def test_a_link_is_not_followed_and_not_overwritten(repository, root, git, tips):
    git("switch", "--quiet", "side")
    (root / "b").unlink()
    (root / "b").symlink_to("/etc/hostname")
    git("add", "b")
    git("commit", "--quiet", "--message", "Link")
    git("switch", "--quiet", "main")
    assert refused(repository).code is ErrorCode.CONFLICT


def test_a_switch_that_was_killed_anywhere_is_done_or_never_was(repository, root, git, tips):
    """At every third step; ``tests/durability`` kills at each, below Python too."""
    here, there = {"x": b"file", "y/in": b"in"}, {"x/in": b"in", "y": b"file"}
    repository.commit(here, message="Here", author=ANN)
    tip = repository.commit(there, message="There", author=ANN, branch="side")
    expected = {
        "main\n": {"a": b"same", "b": b"main", "gone": b"here", **here},
        "side\n": {"a": b"same", "b": b"side", "deep/new": b"new", **there},
    }
    copies = root.parent / "copies"
    copies.mkdir()
    command = [sys.executable, str(Path(__file__).with_name("crasher.py"))]
    crasher = [*command, str(root), str(copies), "3", "switch"]
    told = subprocess.run(crasher, capture_output=True, text=True, check=True).stdout
    branches = []
    for run in map(json.loads, told.splitlines()):
        git.root = Path(run["copy"])
        Repository.open(git.root)
        branches.append(git("branch", "--show-current"))
        assert files_in(git.root) == expected[branches[-1]]
        git.check()
    assert (set(branches), branches[-1], run["acknowledged"]) == (
        expected.keys(),
        "side\n",
        tip,
    )
