"""A check that a store for ``nexus.kv`` keeps its promises."""

from nexus_core.extensions.kv import (
    Decision,
    Entry,
    KeyValueStore,
    Leave,
    Put,
    Remove,
    Situation,
    size,
)
from nexus_protocol._model import Json

_KEYS = ("a", "a/1", "a/2", "b", "é", "\U0001f600")
"""In the order of their code points, which is not that of every database's language."""


async def check_store(store: KeyValueStore) -> None:
    """Check that a store does what the port says; it has to be empty, and is left so.

    Raises:
        AssertionError: it does not; the message says in what.

    """
    _equal(await _look(store, "w", "a"), Situation(None, 0, 0), "an empty store")
    for key in reversed(_KEYS):
        _equal(await _do(store, "w", key, Put(f'"{key}"')), "told", "the answer of an update")
    _equal(await store.get("w", "é"), '"é"', "what was put")
    _equal(await store.get("other", "é"), None, "another workspace")
    _equal(await _pages(store), [[*_KEYS[:4]], [*_KEYS[4:]]], "the order of the keys")
    found = await store.entries("w", "a/", "a/1", 9)
    _equal(list(found), [Entry("a/2", '"a/2"')], "a prefix after a key")
    await _check_updates(store)
    for key in _KEYS:
        await _do(store, "w", key, Remove())
    _equal(await _look(store, "w", "a"), Situation(None, 0, 0), "an emptied store")


async def _check_updates(store: KeyValueStore) -> None:
    used = sum(size(key, f'"{key}"') for key in _KEYS)
    _equal(await _look(store, "w", "b"), Situation('"b"', len(_KEYS), used), "what is counted")
    await _do(store, "w", "b", Put("null"))
    _equal(await store.get("w", "b"), "null", "what was put over another")
    await _do(store, "w", "b", Put("1", expires_at=1.0))
    _equal(await store.get("w", "b"), None, "what has expired")
    _equal((await _look(store, "w", "b")).keys, len(_KEYS) - 1, "the count after an expiry")

    def refuse(found: Situation) -> tuple[Decision, Json]:
        raise LookupError(found.value)

    try:
        await store.update("w", "a", refuse)
    except LookupError as error:
        _equal(error.args, ('"a"',), "what an update finds")
    else:
        raise AssertionError("an update that raises is taken for one that does not")
    _equal(await store.get("w", "a"), '"a"', "what an update leaves that raises")


async def _pages(store: KeyValueStore) -> list[list[str]]:
    first = [each.key for each in await store.entries("w", "", "", 4)]
    return [first, [each.key for each in await store.entries("w", "", first[-1], 4)]]


async def _look(store: KeyValueStore, workspace: str, key: str) -> Situation:
    seen: list[Situation] = []

    def decide(found: Situation) -> tuple[Decision, Json]:
        seen.append(found)
        return Leave(), None

    await store.update(workspace, key, decide)
    return seen[0]


async def _do(store: KeyValueStore, workspace: str, key: str, decision: Decision) -> Json:
    return await store.update(workspace, key, lambda _: (decision, "told"))


def _equal(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise AssertionError(f"{what}: {found!r}, not {expected!r}")


__all__ = ["check_store"]
