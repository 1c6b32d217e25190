"""Several processes, people with stock git, and crashes: nothing acknowledged is lost."""

import itertools
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from nexus_core.history import HistoryConflict, HistoryError, Repository
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("ker.git")

HERE = Path(__file__).parent


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def lines(process: subprocess.Popen[str]) -> list[str]:
    output, _ = process.communicate()
    assert process.returncode == 0
    return output.splitlines()


# ---- several writers


def test_four_processes_with_25_commits_each_leave_exactly_100(repository, root, git):
    writers = [start("committer.py", root, name, 25) for name in "abcd"]
    acknowledged = [sha for writer in writers for sha in lines(writer)]
    assert Counter(git("log", "--format=%H").split()) == Counter(acknowledged)
    assert len(acknowledged) == 100
    assert [repository.read(f"{name}/last") for name in "abcd"] == [b"24"] * 4
    git.check()


def test_eight_threads_leave_all_their_commits(repository, git, ann):
    def write(number: int) -> None:
        for step in range(5):
            files = {f"{number}": b"%d" % step}
            repository.commit(files, message=f"{number} {step}", author=ann)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(commit.message for commit in repository.log().commits) == [
        f"{number} {step}" for number, step in itertools.product(range(8), range(5))
    ]
    git.check()


def test_people_who_commit_with_stock_git_meanwhile_lose_nothing(repository, root, git, ann):
    repository.commit({"x": b""}, message="Start", author=ann)
    writer = start("committer.py", root, "a", 25)
    outside = 0
    while writer.poll() is None:
        (root / "outside").write_text(str(outside))
        try:
            git("add", "outside")
            git("commit", "--quiet", "--message", f"outside {outside}")
        except subprocess.CalledProcessError:
            continue  # The index was locked: git asks people to try again.
        outside += 1
    assert len(lines(writer)) == 25
    messages = Counter(git("log", "--format=%s").splitlines())
    expected = [*(f"a {n}" for n in range(25)), *(f"outside {n}" for n in range(outside)), "Start"]
    assert messages == Counter(expected)
    assert {f"a/{n}" for n in range(25)} < set(repository.paths())


def test_an_outside_commit_is_built_on(repository, root, git, ann):
    repository.commit({"a": b"1"}, message="Ours", author=ann)
    (root / "b").write_text("theirs")
    git("add", "b")
    git("commit", "--quiet", "--message", "Theirs")
    repository.commit({"a": b"2"}, message="Ours again", author=ann)
    assert git("log", "--format=%s").splitlines() == ["Ours again", "Theirs", "Ours"]
    assert repository.read("b") == b"theirs"
    git.check()


def test_stock_git_commits_on_our_commit_what_it_should(repository, root, git, ann):
    repository.commit({"x/a": b"1", "y/a": b"1"}, message="Ours", author=ann)
    git("commit", "--quiet", "--allow-empty", "--message", "Let git cache its trees")
    repository.commit({"x/a": b"2"}, message="Ours again", author=ann)
    (root / "y/a").write_text("2")
    git("commit", "--quiet", "--all", "--message", "Theirs")
    assert [repository.read(path) for path in ("x/a", "y/a")] == [b"2", b"2"]


# ---- conflicts


def conflict(repository, files, **options) -> HistoryConflict:
    head = repository.head
    with pytest.raises(HistoryConflict) as caught:
        repository.commit(files, message="Overwrite", **options)
    assert (caught.value.code, repository.head) == (ErrorCode.CONFLICT, head)
    return caught.value


def test_an_edit_in_the_work_tree_is_not_overwritten(repository, root, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "a").write_bytes(b"edited")
    assert conflict(repository, {"a": b"2"}, author=ann).path == "a"
    assert (root / "a").read_bytes() == b"edited"


def test_an_edit_elsewhere_in_the_work_tree_stays_and_is_no_obstacle(repository, root, git, ann):
    repository.commit({"a": b"1", "b": b"1"}, message="Add", author=ann)
    (root / "b").write_bytes(b"edited")
    repository.commit({"a": b"2"}, message="Change", author=ann)
    assert git("status", "--porcelain") == " M b\n"
    assert repository.read("b") == b"1"


def test_a_staged_file_elsewhere_stays_staged(repository, root, git, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "b").write_bytes(b"staged")
    git("add", "b")
    repository.commit({"a": b"2"}, message="Change", author=ann)
    assert git("status", "--porcelain") == "A  b\n"


def test_a_staged_edit_is_not_overwritten(repository, root, git, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "a").write_bytes(b"staged")
    git("add", "a")
    (root / "a").write_bytes(b"1")
    assert conflict(repository, {"a": b"2"}, author=ann).path == "a"


def test_a_new_file_that_nobody_has_added_is_not_overwritten(repository, root, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "b").write_bytes(b"theirs")
    assert conflict(repository, {"b": b"ours"}, author=ann).path == "b"


def test_a_file_that_somebody_deleted_is_not_brought_back(repository, root, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "a").unlink()
    assert conflict(repository, {"a": b"2"}, author=ann).path == "a"


def test_the_same_edit_on_both_sides_is_no_conflict(repository, root, git, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "a").write_bytes(b"2")
    repository.commit({"a": b"2"}, message="Change", author=ann)
    git.check()


def test_a_file_that_changed_since_its_base_is_a_conflict(repository, ann):
    base = repository.commit({"a": b"1", "b": b"1"}, message="Add", author=ann)
    repository.commit({"a": b"2"}, message="First", author=ann)
    assert conflict(repository, {"a": b"3"}, author=ann, base=base).path == "a"


def test_a_file_that_did_not_change_since_its_base_is_none(repository, ann):
    base = repository.commit({"a": b"1", "b": b"1"}, message="Add", author=ann)
    repository.commit({"a": b"2"}, message="First", author=ann)
    repository.commit({"b": b"2"}, message="Second", author=ann, base=base)
    assert [repository.read(path) for path in ("a", "b")] == [b"2", b"2"]


def test_a_symbolic_link_is_not_written_through(repository, root, tmp_path, ann):
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "panels").symlink_to(outside)
    assert conflict(repository, {"panels/a": b"1"}, author=ann).path == "panels"
    assert list(outside.iterdir()) == []


def test_a_committed_symbolic_link_is_not_replaced(repository, root, git, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "link").symlink_to("a")
    git("add", "link")
    git("commit", "--quiet", "--message", "Link")
    assert conflict(repository, {"link": b"2"}, author=ann).path == "link"
    assert repository.paths() == ["a"]


@pytest.mark.parametrize("path", ["a/b", "folder"])
def test_a_file_and_a_folder_do_not_take_each_others_place(repository, ann, path):
    repository.commit({"a": b"1", "folder/b": b"1"}, message="Add", author=ann)
    assert conflict(repository, {path: b"2"}, author=ann).path == path


def test_a_commit_works_after_a_conflict(repository, root, git, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / "a").write_bytes(b"edited")
    conflict(repository, {"a": b"2"}, author=ann)
    git("checkout", "--quiet", "a")
    repository.commit({"a": b"2"}, message="Change", author=ann)
    git.check()


# ---- crashes


def crashes(repository, root, author, stride=1) -> list[dict[str, str]]:
    """Return copies of a repository with a commit that was killed in each at another step."""
    files = {"panels/a.nxml": b"old", "panels/b.nxml": b"old"}
    repository.commit(files, message="Start", author=author)
    copies = root.parent / "copies"
    copies.mkdir()
    return [json.loads(line) for line in lines(start("crasher.py", root, copies, stride))]


def test_a_commit_killed_at_any_step_is_there_or_not_and_the_next_one_works(
    repository, root, git, ann
):
    outcomes = Counter()
    for run in (runs := crashes(repository, root, ann)):
        git.root = Path(run["copy"])
        opened = Repository.open(git.root)
        assert list((git.root / ".git").rglob("*.lock")) == []
        git.check()
        messages = [commit.message for commit in opened.log().commits]
        assert messages in (["Start"], ["Crash", "Start"])
        opened.commit({"panels/a.nxml": b"next"}, message="Next", author=ann)
        git.check()
        outcomes[messages[0]] += 1
    assert runs[-1]["acknowledged"] in {commit.sha for commit in opened.log().commits}
    assert min(outcomes["Start"], outcomes["Crash"]) >= 12


def test_processes_killed_under_load_lose_no_acknowledged_commit(repository, root, git):
    acknowledged = []
    for number in range(12):
        writer = start("committer.py", root, f"w{number}", 1000)
        acknowledged += [writer.stdout.readline().strip() for _ in range(number + 1)]
        writer.kill()
        acknowledged += writer.communicate()[0].split()
    opened = Repository.open(root)
    assert set(acknowledged) <= {commit.sha for commit in opened.log(limit=10_000).commits}
    git.check()


def test_who_is_alive_cleans_up_after_who_was_killed(repository, root, git, ann):
    """Without a new start: the survivor's next commit finds the note of the dead one."""
    for run in crashes(repository, root, ann, stride=7):
        git.root = Path(run["copy"])
        Repository(git.root).commit({"next": b""}, message="Next", author=ann)
        git.check()


@pytest.mark.parametrize("lock", ["index.lock", "HEAD.lock", "refs/heads/main.lock", "config.lock"])
def test_a_stale_lock_is_removed_at_the_start(repository, root, git, ann, lock):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    (root / ".git" / lock).touch()
    os.utime(root / ".git" / lock, (0, 0))
    Repository.open(root).commit({"a": b"2"}, message="Change", author=ann)
    assert not (root / ".git" / lock).exists()
    git.check()


def test_a_lock_that_another_git_program_has_at_the_start_is_left_to_it(repository, root):
    (root / ".git/index.lock").touch()
    Repository.open(root)
    assert (root / ".git/index.lock").exists()


def test_a_lock_that_another_git_program_keeps_is_waited_for(
    repository, root, git, monkeypatch, ann
):
    lock = root / ".git/index.lock"
    lock.touch()
    monkeypatch.setattr("time.sleep", lambda _: lock.unlink())
    repository.commit({"a": b"1"}, message="Add", author=ann)
    git.check()


def test_a_lock_that_is_kept_too_long_is_an_error_and_no_commit(repository, root, monkeypatch, ann):
    monkeypatch.setattr("nexus_core.history.repository.PATIENCE", 0.05)
    (root / ".git/index.lock").touch()
    with pytest.raises(HistoryError) as caught:
        repository.commit({"a": b"1"}, message="Add", author=ann)
    assert (caught.value.code, repository.head) == (ErrorCode.UNAVAILABLE, None)


def test_an_edit_made_after_a_crash_is_not_undone_by_the_clean_up(repository, root, git, ann):
    for run in crashes(repository, root, ann, stride=7):
        edited = Path(run["copy"]) / "panels/a.nxml"
        edited.write_bytes(b"edited")
        Repository.open(run["copy"])
        assert edited.read_bytes() == b"edited"
