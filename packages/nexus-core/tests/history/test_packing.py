"""A history that is put into packs says the same as before, to us and to stock git."""

import os
import subprocess
import threading
from pathlib import Path

import pytest
from dulwich.object_store import DiskObjectStore

from nexus_core.history import Repository

pytestmark = pytest.mark.requirement("ker.git")

LINES = b"".join(b"line %d\n" % number for number in range(200))


def grown(repository, author, versions, paths=3):
    """Commit versions of some files, each a little different."""
    for number in range(versions):
        files = {f"panels/{number % paths}": LINES + b"%d\n" % number}
        repository.commit(files, message=f"Save {number}", author=author)


def in_files(root: Path) -> int:
    return sum(len(os.listdir(each)) for each in (root / ".git/objects").glob("??"))


def packs(root: Path) -> list[str]:
    return sorted(each.stem for each in (root / ".git/objects/pack").glob("*.pack"))


def whole(repository, git) -> object:
    """Return all that a history says."""
    log = repository.log(limit=1000)
    texts = [(each.sha, path, repository.read(path, each.sha)) for each in log.commits
             for path in repository.paths(ref=each.sha)]  # fmt: skip
    return log, texts, git("log", "--patch", "--all")


def test_what_branches_reach_moves_into_one_pack_and_nothing_else_changes(
    repository, root, git, ann
):
    grown(repository, ann, 40)
    repository.create_branch("side")
    repository.commit({"panels/1": b"side"}, message="Side", author=ann, branch="side")
    before = whole(repository, git)
    count = in_files(root)
    assert repository.pack() == count
    assert (in_files(root), len(packs(root))) == (0, 1)
    assert whole(repository, git) == before
    git.check()


def test_versions_of_a_file_are_stored_by_their_differences(repository, root, ann):
    grown(repository, ann, 100, paths=1)
    repository.pack()
    (pack,) = (root / ".git/objects/pack").glob("*.pack")
    assert pack.stat().st_size < 100 * len(LINES) / 4


def test_packs_of_like_size_are_joined(repository, root, git, ann):
    for _ in range(9):
        grown(repository, ann, 3)
        repository.pack()
    before = whole(repository, git)
    assert len(packs(root)) <= 3
    assert repository.pack() == 0
    assert whole(repository, git) == before
    git.check()


def test_what_no_branch_reaches_stays_where_it_is(repository, root, git, ann):
    grown(repository, ann, 3)
    (root / "staged").write_text("staged by somebody")
    sha = git("hash-object", "-w", "staged").strip()
    repository.pack()
    assert in_files(root) == 1
    assert git("cat-file", "blob", sha) == "staged by somebody"


def test_a_pack_that_git_is_to_keep_is_not_touched(repository, root, git, ann):
    grown(repository, ann, 3)
    repository.pack()
    (kept,) = packs(root)
    (root / f".git/objects/pack/{kept}.keep").touch()
    grown(repository, ann, 6)
    repository.pack()
    assert kept in packs(root)
    assert len(packs(root)) == 2
    git.check()


def test_nothing_is_packed_while_git_tidies_up(repository, root, ann):
    grown(repository, ann, 3)
    (root / ".git/gc.pid").write_text(f"{os.getpid()} {os.uname().nodename}")
    assert repository.pack() == 0
    (root / ".git/gc.pid").unlink()
    assert repository.pack() > 0


def test_a_git_that_died_while_it_tidied_up_is_no_obstacle(repository, root, ann):
    grown(repository, ann, 3)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (root / ".git/gc.pid").write_text(f"{ended.pid} {os.uname().nodename}")
    assert repository.pack() > 0


def test_one_who_died_while_packing_leaves_nothing_behind(repository, root, git, ann):
    grown(repository, ann, 3)
    (root / ".git/objects/pack/tmpdead.pack").write_bytes(b"half")
    repository.pack()
    assert len(packs(root)) == 1
    git.check()


def test_one_who_died_while_packing_does_not_keep_git_from_tidying_up(repository, root, git, ann):
    grown(repository, ann, 3)
    (root / ".git/nexus/pack").touch()
    (root / ".git/gc.pid.lock").hardlink_to(root / ".git/nexus/pack")
    Repository.open(root)
    git("gc", "--quiet")
    assert len(packs(root)) == 1


def test_nothing_is_packed_while_git_has_its_lock(repository, root, ann):
    grown(repository, ann, 3)
    (root / ".git/gc.pid.lock").touch()
    assert repository.pack() == 0
    assert (root / ".git/gc.pid.lock").exists()


def test_people_commit_read_and_collect_meanwhile(repository, root, git, ann):
    """One commits, one packs, stock git collects garbage: each finds all there is."""
    grown(repository, ann, 5)
    going = threading.Event()

    def tidy():
        while not going.is_set():
            repository.pack()

    def collect():
        while not going.is_set():
            command = ["git", "-C", str(root), "gc", "--quiet"]
            subprocess.run(command, check=False, capture_output=True)

    tidiers = [threading.Thread(target=each) for each in (tidy, collect)]
    for each in tidiers:
        each.start()
    try:
        for number in range(30):
            files = {"a": b"%d" % number}
            sha = repository.commit(files, message=f"Meanwhile {number}", author=ann)
            assert repository.read("a", sha) == b"%d" % number
            assert repository.log(limit=1).commits[0].sha == sha
    finally:
        going.set()
        for each in tidiers:
            each.join()
    assert len(Repository(root).log(limit=100).commits) == 35
    git.check()


def test_what_git_packs_while_it_is_looked_for_is_found(repository, git, monkeypatch, ann):
    repository.commit({"a": b"1"}, message="Add", author=ann)
    look = DiskObjectStore._get_loose_object

    def packed_before(store, sha):
        if list(store._iter_loose_objects()):
            git("gc", "--quiet")
        return look(store, sha)

    monkeypatch.setattr(DiskObjectStore, "_get_loose_object", packed_before)

    assert repository.read("a") == b"1"


def test_tidying_waits_until_there_is_enough(repository, root, monkeypatch, ann):
    grown(repository, ann, 60)
    assert repository.tidy() == 0
    monkeypatch.setattr("nexus_core.history.packing.ENOUGH", 64)
    assert repository.tidy() > 0
