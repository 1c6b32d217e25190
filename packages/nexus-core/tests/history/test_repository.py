"""What is committed can be read, by us and by stock git."""

import os
import resource
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_core.history import Author, HistoryError, Repository
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("ker.git")


def test_a_new_repository_is_empty_and_on_branch_main(root, repository, git):
    assert (repository.head, repository.paths(), repository.log().commits) == (None, [], ())
    assert git("symbolic-ref", "HEAD") == "refs/heads/main\n"
    assert git("config", "core.bare") == "false\n"


def test_what_git_is_told_about_durability(repository, git):
    assert git("config", "core.fsyncObjectFiles") == "true\n"


def test_a_committed_file_can_be_read(repository, ann):
    sha = repository.commit({"panels/a.nxml": b"<a/>"}, message="Add a", author=ann)
    assert repository.head == sha
    assert repository.read("panels/a.nxml") == b"<a/>"


def test_a_commit_is_in_the_work_tree_too(root, repository, git, ann):
    repository.commit({"panels/a.nxml": b"<a/>", "nexus.toml": b"x = 1\n"}, message="A", author=ann)
    assert (root / "panels/a.nxml").read_bytes() == b"<a/>"
    git.check()


def test_stock_git_tells_the_same_history(repository, git, ann):
    first = repository.commit({"a": b"1"}, message="First", author=ann)
    second = repository.commit({"a": b"2"}, message="Second", author=Author("Bo", "bo@b.test"))
    assert git("log", "--format=%H|%an|%ae|%s").splitlines() == [
        f"{second}|Bo|bo@b.test|Second",
        f"{first}|Ann|ann@example.test|First",
    ]


def test_the_history_names_author_message_and_time(repository, ann):
    before = datetime.now(UTC).replace(microsecond=0)
    sha = repository.commit({"a": b"1"}, message="Say why\n\nAt length.", author=ann)
    (commit,) = repository.log().commits
    assert (commit.sha, commit.author, commit.message) == (sha, ann, "Say why\n\nAt length.")
    assert before <= commit.at <= datetime.now(UTC)


def test_the_history_of_a_file_leaves_out_other_commits(repository, ann):
    for path, content in (("a", b"1"), ("b", b"1"), ("a", b"2")):
        repository.commit({path: content}, message=f"{path}{content.decode()}", author=ann)
    assert [commit.message for commit in repository.log("a").commits] == ["a2", "a1"]


def test_the_history_is_as_long_as_asked_for(repository, ann):
    for number in range(4):
        repository.commit({"a": b"%d" % number}, message=str(number), author=ann)
    assert [commit.message for commit in repository.log(limit=2).commits] == ["3", "2"]


def test_an_older_version_is_read_by_its_commit(repository, ann):
    first = repository.commit({"a": b"1"}, message="1", author=ann)
    repository.commit({"a": b"2"}, message="2", author=ann)
    assert repository.read("a", ref=first) == b"1"


def test_a_version_is_read_by_its_branch(repository, git, ann):
    repository.commit({"a": b"1"}, message="1", author=ann)
    git("branch", "shadow/one")
    repository.commit({"a": b"2"}, message="2", author=ann)
    assert (repository.read("a", ref="shadow/one"), repository.read("a", ref="main")) == (
        b"1",
        b"2",
    )


def test_none_removes_a_file_and_the_folder_that_it_leaves_empty(root, repository, git, ann):
    repository.commit({"deep/er/a": b"1", "b": b"1"}, message="Add", author=ann)
    repository.commit({"deep/er/a": None}, message="Remove", author=ann)
    assert repository.paths() == ["b"]
    assert not (root / "deep").exists()
    git.check()


def test_removing_what_is_not_there_changes_nothing(repository, ann):
    head = repository.commit({"a": b"1"}, message="Add", author=ann)
    assert repository.commit({"b": None}, message="Remove", author=ann) == head


def test_the_same_content_again_is_no_commit(repository, ann):
    head = repository.commit({"a": b"1"}, message="Add", author=ann)
    assert repository.commit({"a": b"1"}, message="Again", author=ann) == head
    assert len(repository.log().commits) == 1


def test_paths_are_listed_by_prefix(repository, ann):
    files = {"panels/a.nxml": b"", "panels/b.nxml": b"", "nexus.toml": b""}
    repository.commit(files, message="Add", author=ann)
    assert repository.paths("panels/") == ["panels/a.nxml", "panels/b.nxml"]
    assert repository.paths() == ["nexus.toml", "panels/a.nxml", "panels/b.nxml"]


def test_an_executable_file_stays_executable(root, repository, git, ann):
    repository.commit({"run": b"1"}, message="Add", author=ann)
    (root / "run").chmod(0o755)
    git("commit", "--all", "--message", "Make it executable")
    repository.commit({"run": b"2"}, message="Change", author=ann)
    assert os.access(root / "run", os.X_OK)
    git.check()


def test_an_author_cannot_forge_a_line_of_the_commit(repository, git):
    forger = Author("Eve <ceo@corp.test>\ncommitter Ceo", "e ve>@\0x.test")
    repository.commit({"a": b"1"}, message="\0", author=forger)
    assert git("log", "--format=%an|%ae") == "Eve ceo@corp.testcommitter Ceo|eve@x.test\n"
    git.check()


def test_an_author_without_a_name_is_unknown(repository, git):
    repository.commit({"a": b"1"}, message="", author=Author("", ""))
    assert repository.log().commits[0].author == Author("unknown", "")
    git.check()


@pytest.mark.parametrize("path", ["b", "folder", "folder/a/b", "", "../a", "a\ud800", "a\0"])
def test_reading_what_is_no_file_is_not_found(repository, ann, path):
    repository.commit({"a": b"1", "folder/a": b"1"}, message="Add", author=ann)
    with pytest.raises(HistoryError) as caught:
        repository.read(path)
    assert caught.value.code is ErrorCode.NOT_FOUND


@pytest.mark.parametrize("ref", ["none", "../HEAD", "a..b", "", "\ud800", "0" * 40, "x.lock", "-x"])
def test_a_ref_that_is_no_branch_and_no_commit_is_not_found(repository, ann, ref):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    with pytest.raises(HistoryError) as caught:
        repository.read("a", ref=ref)
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_a_blob_is_not_taken_for_a_commit(repository, git, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    with pytest.raises(HistoryError) as caught:
        repository.read("a", ref=git("rev-parse", "HEAD:a").strip())
    assert caught.value.code is ErrorCode.NOT_FOUND


def test_a_folder_that_cannot_be_one_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HistoryError) as caught:
        Repository.open(tmp_path / "file")
    assert caught.value.code is ErrorCode.UNAVAILABLE


@pytest.mark.parametrize(
    "read",
    [
        lambda repository: repository.head,
        lambda repository: repository.read("a"),
        lambda repository: repository.current("a"),
        lambda repository: repository.paths(),
        lambda repository: repository.log(),
        lambda repository: repository.branches(),
        lambda repository: repository.look(),
    ],
    ids=["head", "read", "current", "paths", "log", "branches", "look"],
)
def test_what_cannot_be_read_for_too_many_open_files_is_unavailable(repository, ann, read):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    with no_more_files(), pytest.raises(HistoryError) as caught:
        read(repository)
    assert caught.value.code is ErrorCode.UNAVAILABLE


@contextmanager
def no_more_files():
    """Have as many files open as one may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_an_existing_repository_keeps_its_history(root, git, ann):
    root.mkdir()
    git("init", "--quiet", "--initial-branch=trunk")
    (root / "a").write_text("1")
    git("add", "a")
    git("commit", "--quiet", "--message", "Before Nexus")
    repository = Repository.open(root)
    repository.commit({"b": b"1"}, message="After", author=ann)
    assert [commit.message for commit in repository.log().commits] == ["After", "Before Nexus"]
    assert git("symbolic-ref", "HEAD") == "refs/heads/trunk\n"
    git.check()


def test_a_repository_is_usable_after_stock_git_has_packed_it(repository, git, ann):
    repository.commit({"a": b"1", "b": b"1"}, message="1", author=ann)
    git("gc", "--quiet")
    repository.commit({"a": b"2"}, message="2", author=ann)
    assert [repository.read(path) for path in ("a", "b")] == [b"2", b"1"]
    git.check()


FILES = st.dictionaries(
    st.sampled_from(["a", "b", "x/a", "x/b", "x/y/a", "ü/ñ"]),
    st.none() | st.binary(max_size=8),
    max_size=4,
)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(FILES, max_size=5))
def test_after_any_commits_the_repository_holds_what_a_dictionary_holds(
    tmp_path_factory, git, ann, changes
):
    git.root = tmp_path_factory.mktemp("law")
    repository = Repository.open(git.root)
    model: dict[str, bytes] = {}
    for number, files in enumerate(changes):
        repository.commit(files, message=str(number), author=ann)
        model = {path: data for path, data in (model | files).items() if data is not None}
    assert {path: repository.read(path) for path in repository.paths()} == model
    git.check()
