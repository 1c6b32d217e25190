"""Put the objects of a history together in packs, as git's own housekeeping would.

Each commit leaves its objects as files of their own, four kilobytes on disk for a few hundred
bytes each. What branches reach of them moves into a pack, where the versions of a file are stored
by their differences; packs of like size are joined, so that there are few, and an object is
written only a few times in the life of a repository. An object is removed from where it was once
it is on disk where it goes: who reads meanwhile finds it in one place or the other, and who is
killed leaves it in both. What no branch reaches is left alone: that is git's to collect.
"""

import fcntl
import heapq
import os
import socket
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

from dulwich.object_store import DiskObjectStore
from dulwich.objects import Commit, ObjectID, Tag, Tree
from dulwich.pack import Pack, UnpackedObject, create_delta
from dulwich.repo import Repo

from nexus_core.history.objects import fsync

ENOUGH: Final = 4096
"""Objects in files of their own from which on it is worth it; git's own limit is 6,700."""

_MAX_CHAIN: Final = 24
"""Differences to go through to what is stored whole."""

_MAX_DIFFERING: Final = 8192
"""Bytes in which two versions may differ: the library's time grows with their square."""

_NOT_OURS: Final = (".keep", ".promisor", ".mtimes", ".bitmap")
"""Files beside a pack that is to stay as it is; one of git's with another name stays as well."""

_OVER_SECONDS: Final = 12 * 3600
"""After these git takes housekeeping that has not ended for dead."""

_Found: TypeAlias = tuple[ObjectID, bytes]
"""An object, and at which path of a commit it was found first."""


def is_due(repo: Repo) -> bool:
    """Tell, from one folder of 256, whether a repository has enough objects in files."""
    try:
        return len(os.listdir(_folder(repo) / "17")) * 256 >= ENOUGH
    except FileNotFoundError:
        return False


def pack(repo: Repo, lock: Path) -> int:
    """Put the objects that have files of their own into a pack; durable on return.

    Args:
        repo: The repository.
        lock: A file that is locked while somebody is at it.

    Returns:
        How many objects moved; none while git or somebody else is tidying up.

    Raises:
        OSError: the disk is in the way; nothing is lost.
        KeyError: git removed meanwhile what was to be moved; nothing is lost.

    """
    with _alone(Path(repo.controldir()), lock) as alone:
        return _pack(repo) if alone else 0


def _pack(repo: Repo) -> int:
    store, folder = repo.object_store, _folder(repo) / "pack"
    _remove_unfinished(folder)
    found = list(_reached(repo, _in_files(folder.parent)))
    fresh = [each for each in found if not store.contains_packed(each[0])]
    joined = _to_join(folder, store.packs, len(fresh))
    taken = _each_once(joined)
    records = chain(_copied(taken), _by_differences(store, fresh))
    made = store.add_pack_data(sum(len(ids) for _, ids in taken) + len(fresh), records)
    fsync(folder)
    for sha, _ in found:
        with suppress(FileNotFoundError):
            store.delete_loose_object(sha)
    for each in joined:
        if made is not None and each.name() != made.name():
            _remove(folder, each)
    return len(found)


# ---- what is to be packed


def _folder(repo: Repo) -> Path:
    return Path(os.fsdecode(repo.object_store.path))


def _in_files(folder: Path) -> frozenset[ObjectID]:
    return frozenset(
        ObjectID((each.name + name).encode())
        for each in folder.iterdir()
        if len(each.name) == 2
        for name in os.listdir(each)
        if len(name) == 38
    )


def _reached(repo: Repo, wanted: frozenset[ObjectID]) -> Iterator[_Found]:
    """Yield what branches reach of some objects, newest first.

    The search ends where the history goes on in packs.
    """
    store, seen = repo.object_store, set[ObjectID]()
    waiting: list[tuple[int, ObjectID]] = []

    def wait(sha: ObjectID) -> None:
        if sha in wanted and sha not in seen:
            seen.add(sha)
            found = store[sha]
            age = -found.commit_time if isinstance(found, Commit) else 0
            heapq.heappush(waiting, (age, sha))

    for sha in repo.refs.as_dict().values():
        wait(sha)
    while waiting:
        _, sha = heapq.heappop(waiting)
        found = store[sha]
        if isinstance(found, Tag):
            wait(ObjectID(found.object[1]))
        if isinstance(found, Commit):
            for parent in found.parents:
                wait(ObjectID(parent))
            yield from _in_tree(store, (ObjectID(found.tree), b"/"), wanted, seen)
        yield sha, b""


def _in_tree(
    store: DiskObjectStore, root: _Found, wanted: frozenset[ObjectID], seen: set[ObjectID]
) -> Iterator[_Found]:
    waiting = [root]
    while waiting:
        sha, path = waiting.pop()
        if sha not in wanted or sha in seen:
            continue
        seen.add(sha)
        yield sha, path
        if isinstance(found := store[sha], Tree):
            waiting += [
                (ObjectID(each.sha), path + b"/" + each.path)
                for each in found.items()
                if each.sha and each.path
            ]


def _to_join(folder: Path, packs: Iterable[Pack], fresh: int) -> list[Pack]:
    """Return the packs that are small beside what is joined with them already."""
    if (folder / "multi-pack-index").exists():
        return []  # It names them.
    joined: list[Pack] = []
    total = fresh
    for each in sorted(packs, key=len):
        if not _is_ours(folder / _name(each)):
            continue
        if len(each) >= 2 * total:
            break
        joined.append(each)
        total += len(each)
    return joined if fresh or len(joined) > 1 else []


def _is_ours(place: Path) -> bool:
    if any(place.with_suffix(suffix).exists() for suffix in _NOT_OURS):
        return False
    return place.with_suffix(".pack").exists()


# ---- how it is written


def _each_once(packs: Sequence[Pack]) -> list[tuple[Pack, set[ObjectID]]]:
    """Return what to take from which pack.

    An object is taken from the first that has it. So what it differs from comes from there, or
    from one before: never from one after, which could lead back to it.
    """
    taken: list[tuple[Pack, set[ObjectID]]] = []
    known = set[ObjectID]()
    for each in packs:
        taken.append((each, set(each) - known))
        known |= taken[-1][1]
    return taken


def _copied(taken: Iterable[tuple[Pack, set[ObjectID]]]) -> Iterator[UnpackedObject]:
    for each, ids in taken:
        yield from each.iter_unpacked_subset(ids, convert_ofs_delta=True)


def _by_differences(store: DiskObjectStore, found: Iterable[_Found]) -> Iterator[UnpackedObject]:
    """Yield objects as packs have them: the newest at a path whole, older ones by what differs."""
    newer: dict[tuple[int, bytes], tuple[bytes, bytes, int]] = {}
    for sha, path in found:
        content = store[sha]
        kind, raw, name = content.type_num, content.as_raw_string(), bytes.fromhex(sha.decode())
        base, base_raw, length = newer.get((kind, path), (None, b"", 0))
        delta = _delta(base_raw, raw) if base and path and length < _MAX_CHAIN else None
        if delta is None:
            base, length = None, -1
        newer[kind, path] = name, raw, length + 1
        yield UnpackedObject(kind, sha=name, delta_base=base, decomp_chunks=[delta or raw])


def _delta(base: bytes, raw: bytes) -> bytes | None:
    """Return how one text is made from another, unless they differ in much."""
    same = _common(base, raw) + _common(base[::-1], raw[::-1])
    if max(len(base), len(raw)) - same > _MAX_DIFFERING:
        return None
    delta = b"".join(create_delta(base, raw))
    return delta if len(delta) < len(raw) // 2 else None


def _common(one: bytes, other: bytes) -> int:
    """Return with how many bytes both begin."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


# ---- beside others


def let_go(repo: Repo, lock: Path) -> None:
    """Remove what one of us who died while tidying up left behind, as keeps git from it."""
    with _locked(lock) as locked:
        if locked:
            _let_go(Path(repo.controldir()) / "gc.pid.lock", lock)
            _remove_unfinished(_folder(repo) / "pack")


def _let_go(of_git: Path, lock: Path) -> None:
    with suppress(FileNotFoundError):
        if of_git.samefile(lock):
            of_git.unlink()


@contextmanager
def _alone(git: Path, lock: Path) -> Generator[bool]:
    """Be the only one who tidies up, as git sees it and as we do; yields whether that is so.

    Git's lock is a second name of ours: so one that is left behind is known from one of git's.
    """
    of_git = git / "gc.pid.lock"
    with _locked(lock) as locked:
        if not locked:
            yield False
            return
        _let_go(of_git, lock)
        try:
            of_git.hardlink_to(lock)
        except FileExistsError:
            yield False
            return
        try:
            yield not _git_is_at_it(git / "gc.pid")
        finally:
            _let_go(of_git, lock)


@contextmanager
def _locked(lock: Path) -> Generator[bool]:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def _git_is_at_it(note: Path) -> bool:
    """Tell whether git noted that it tidies up, and has not died since."""
    try:
        process, host = note.read_text().split()[:2]
        if time.time() - note.stat().st_mtime > _OVER_SECONDS:
            return False
        if host == socket.gethostname():
            os.kill(int(process), 0)
    except (OSError, ValueError):
        return False
    return True


def _remove_unfinished(folder: Path) -> None:
    """Remove what was being written by one that died; git has other names for its own."""
    for pattern in ("tmp*.pack", "pack-*.idx.lock"):
        for each in folder.glob(pattern):
            each.unlink(missing_ok=True)


def _name(of: Pack) -> str:
    return f"pack-{of.name().decode()}"


def _remove(folder: Path, pack: Pack) -> None:
    """Remove a pack, first what says that it is there."""
    name = _name(pack)
    for suffix in (".idx", ".rev", ".pack"):
        (folder / (name + suffix)).unlink(missing_ok=True)


__all__ = ["ENOUGH", "is_due", "let_go", "pack"]
