"""Branches are made, committed to, merged and deleted as stock git would."""

import subprocess
from random import Random

import pytest

from nexus_core.history import Branch, HistoryConflict, HistoryError, Repository
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("ker.git")


@pytest.fixture
def start(repository, ann) -> str:
    return repository.commit({"a": b"1\n2\n3\n4\n5\n", "b": b"1"}, message="Start", author=ann)


def code(caught) -> ErrorCode:
    return caught.value.code


def test_a_branch_is_made_listed_and_deleted(repository, git, start):
    assert repository.create_branch("shadow/one") == start
    assert repository.branches() == [
        Branch("main", start, True),
        Branch("shadow/one", start, False),
    ]
    assert [each.name for each in repository.branches("shadow/")] == ["shadow/one"]
    repository.delete_branch("shadow/one")
    assert git("branch", "--format=%(refname:short)") == "main\n"


def test_a_branch_that_went_on_since_it_was_read_is_not_deleted(repository, start, ann):
    repository.create_branch("side")
    sha = repository.commit({"b": b"2"}, message="More", author=ann, branch="side")
    with pytest.raises(HistoryError) as caught:
        repository.delete_branch("side", [start])
    assert code(caught) is ErrorCode.PRECONDITION_FAILED
    repository.delete_branch("side", [start, sha])
    assert [each.name for each in repository.branches()] == ["main"]


def test_a_branch_that_git_has_packed_is_deleted_as_well(repository, git, start, ann):
    repository.create_branch("side")
    git("pack-refs", "--all")
    repository.commit({"b": b"2"}, message="More", author=ann, branch="side")
    repository.delete_branch("side")
    assert git("for-each-ref", "--format=%(refname)") == "refs/heads/main\n"


def test_a_branch_begins_where_it_is_told_to(repository, git, start, ann):
    repository.commit({"b": b"2"}, message="More", author=ann)
    repository.create_branch("old", start)
    assert git("rev-parse", "old").strip() == start


def test_a_branch_is_not_made_twice(repository, start):
    repository.create_branch("one")
    with pytest.raises(HistoryError) as caught:
        repository.create_branch("one")
    assert code(caught) is ErrorCode.CONFLICT


@pytest.mark.parametrize("name", ["", "-x", "a..b", "a b", "a.lock", "/a", "a/", "@{", "HEAD", "~"])
def test_a_name_that_git_does_not_take_is_refused(repository, start, name):
    with pytest.raises(HistoryError) as caught:
        repository.create_branch(name)
    assert code(caught) is ErrorCode.INVALID_PATH


def test_the_branch_that_is_checked_out_is_not_deleted(repository, start):
    with pytest.raises(HistoryError) as caught:
        repository.delete_branch("main")
    assert code(caught) is ErrorCode.CONFLICT


def test_a_branch_that_is_not_there_is_not_found(repository, start, ann):
    for act in (
        lambda: repository.delete_branch("none"),
        lambda: repository.merge("none", message="M", author=ann),
        lambda: repository.commit({"a": b""}, message="C", author=ann, branch="none"),
        lambda: repository.create_branch("new", "none"),
    ):
        with pytest.raises(HistoryError) as caught:
            act()
        assert code(caught) is ErrorCode.NOT_FOUND


def test_a_commit_to_another_branch_leaves_the_work_tree_alone(repository, root, git, start, ann):
    repository.create_branch("side")
    sha = repository.commit({"b": b"2"}, message="Side", author=ann, branch="side")
    assert (git("rev-parse", "side").strip(), repository.head) == (sha, start)
    assert (root / "b").read_bytes() == b"1"
    git.check()


def test_a_merge_brings_both_changes_of_a_file_together(repository, root, git, start, ann):
    repository.create_branch("side")
    repository.commit({"a": b"1\n2\n3\n4\nfive\n"}, message="S", author=ann, branch="side")
    head = repository.commit({"a": b"one\n2\n3\n4\n5\n"}, message="M", author=ann)
    merged = repository.merge("side", message="Merge", author=ann)
    assert (root / "a").read_bytes() == b"one\n2\n3\n4\nfive\n"
    parents = git("log", "-1", "--format=%P").split()
    assert (repository.head, parents) == (merged, [head, git("rev-parse", "side").strip()])
    git.check()


def test_a_merge_of_what_is_there_changes_nothing(repository, start, ann):
    repository.create_branch("side")
    head = repository.commit({"b": b"2"}, message="M", author=ann)
    assert repository.merge("side", message="Merge", author=ann) == head


def test_a_merge_that_needs_a_person_changes_nothing(repository, git, start, ann):
    repository.create_branch("side")
    repository.commit({"b": b"side"}, message="S", author=ann, branch="side")
    head = repository.commit({"b": b"main"}, message="M", author=ann)
    with pytest.raises(HistoryConflict) as caught:
        repository.merge("side", message="Merge", author=ann)
    assert (caught.value.path, repository.head) == ("b", head)
    git.check()


def test_a_merge_does_not_overwrite_an_edit(repository, root, start, ann):
    repository.create_branch("side")
    repository.commit({"b": b"side"}, message="S", author=ann, branch="side")
    (root / "b").write_bytes(b"edited")
    with pytest.raises(HistoryConflict):
        repository.merge("side", message="Merge", author=ann)
    assert (root / "b").read_bytes() == b"edited"


def test_a_merge_brings_new_executable_and_removed_files(repository, root, git, start, ann):
    git("switch", "--quiet", "--create", "side")
    (root / "run").write_text("x")
    (root / "run").chmod(0o755)
    git("rm", "--quiet", "b")
    git("add", "run")
    git("commit", "--quiet", "--message", "Side")
    git("switch", "--quiet", "main")
    repository.commit({"c": b"1"}, message="M", author=ann)
    tree = git("merge-tree", "--write-tree", "main", "side").strip()
    repository.merge("side", message="Merge", author=ann)
    assert git("rev-parse", "HEAD^{tree}").strip() == tree
    git.check()


def test_with_no_branch_checked_out_nothing_is_committed(repository, git, start, ann):
    git("checkout", "--quiet", "--detach")
    with pytest.raises(HistoryError) as caught:
        repository.commit({"b": b"2"}, message="C", author=ann)
    assert (code(caught), repository.head) == (ErrorCode.CONFLICT, start)


def edited(random: Random, files: dict[str, bytes]) -> dict[str, bytes | None]:
    """Change some files: a line of one, a new one, one less."""
    changes: dict[str, bytes | None] = {}
    for path in random.sample(sorted(files), 2):
        lines = files[path].splitlines(keepends=True)
        lines[random.randrange(len(lines))] = b"%d\n" % random.getrandbits(60)
        changes[path] = None if random.random() < 0.2 else b"".join(lines)
    if random.random() < 0.5:
        changes[f"new{random.randrange(3)}"] = b"%d\n" % random.randrange(2)
    return changes


def test_merges_are_those_of_git_merge_tree(tmp_path, git, ann):
    random = Random(3)
    git.root = tmp_path
    repository = Repository.open(tmp_path)
    files = {f"f{n}": b"".join(b"%d %d\n" % (n, line) for line in range(9)) for n in range(5)}
    base = repository.commit(files, message="Base", author=ann)
    for number in range(12):
        repository.create_branch(f"s{number}", base)
        repository.commit(edited(random, files), message="S", author=ann, branch=f"s{number}")
        repository.create_branch(f"m{number}", base)
        repository.commit(edited(random, files), message="M", author=ann, branch=f"m{number}")
        git("switch", "--quiet", f"m{number}")
        wanted = expected(git, f"s{number}")
        assert merged(repository, git, f"s{number}", ann) == wanted
        git.check()


def expected(git, branch: str) -> str | None:
    try:
        return git("merge-tree", "--write-tree", "HEAD", branch).split()[0]
    except subprocess.CalledProcessError:
        return None


def merged(repository, git, branch: str, author) -> str | None:
    try:
        repository.merge(branch, message="Merge", author=author)
    except HistoryConflict:
        return None
    return git("rev-parse", "HEAD^{tree}").strip()


# ---- beside other programs


def test_a_look_tells_head_branch_and_what_the_files_hold(repository, root, git, start):
    (root / "b").write_bytes(b"edited")
    look = repository.look()
    assert (look.head, look.branch) == (start, "main")
    assert look.files == {name: git("hash-object", name).strip() for name in ("a", "b")}


def test_a_look_is_of_one_folder_and_of_committed_files(repository, root, ann):
    repository.commit({"panels/a": b"1", "nexus.toml": b""}, message="C", author=ann)
    (root / "panels/new").write_bytes(b"")
    (root / "panels/a").unlink()
    assert list(repository.look("panels/").files) == ["panels/a"]


def test_files_are_not_looked_at_while_git_changes_them(repository, root, start):
    (root / ".git/index.lock").touch()
    assert repository.look() is None


def test_an_edit_within_the_same_tick_is_seen(repository, root, start):
    seen = set()
    for number in range(20):
        (root / "b").write_bytes(b"%d" % (number + 10))
        seen.add(repository.look().files["b"])
    assert len(seen) == 20


def test_a_file_that_may_not_be_written_is_told_before(repository, root, git, start):
    assert repository.require_free("b").branch == "main"
    (root / "b").write_bytes(b"edited")
    with pytest.raises(HistoryConflict):
        repository.require_free("b")
    git("checkout", "--quiet", "--detach", "--force")
    with pytest.raises(HistoryError) as caught:
        repository.require_free("b")
    assert code(caught) is ErrorCode.CONFLICT
