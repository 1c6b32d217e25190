"""Keep values under keys: the workspace's store, which all of its panels share.

``await $ext.kv.set("draft/1", {text: "…"})`` and, in another panel of the workspace,
``await $ext.kv.get("draft/1")``. This module knows what may be stored and what each operation
does to one key. Where the values are kept is a ``KeyValueStore``'s business, which does one
``update`` at a time to a key and never half of one.
"""

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, ClassVar, Final, Protocol, TypeAlias

from pydantic import Field

from nexus_core.extensions.extension import CallContext, Extension, ExtensionError, Quota, method
from nexus_protocol import strict_json
from nexus_protocol._model import Json, Model
from nexus_protocol.errors import ErrorCode

MAX_KEY_BYTES: Final = 512
MAX_TTL: Final = 10 * 366 * 86_400.0
MAX_PAGE: Final = 1000
PAGE_BYTES: Final = 1 << 20
"""Of the values of one page of a list."""

_LARGEST: Final = 2**53 - 1


# ---- the port


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value as JSON text."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Situation:
    """What an update finds."""

    value: str | None
    """The key's value as JSON text, None when there is none."""
    keys: int
    """Keys of the workspace."""
    bytes: int
    """Of all of its keys and values, in UTF-8."""


@dataclass(frozen=True, slots=True)
class Put:
    """Store a value."""

    value: str
    expires_at: float | None = None
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove the key."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Change nothing."""


Decision: TypeAlias = Put | Remove | Leave
Decide: TypeAlias = Callable[[Situation], tuple[Decision, Json]]
"""Say what becomes of a key, and what the caller is told; may raise, and then nothing changes."""


class KeyValueStore(Protocol):
    """Where values are kept. What has expired is not there any more, for any question."""

    async def get(self, workspace: str, key: str) -> str | None:
        """Return a value as JSON text, or None."""
        ...

    async def entries(self, workspace: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        """Return the first entries whose key begins with ``prefix`` and is greater than ``after``.

        They are in the order of the keys' code points.
        """
        ...

    async def update(self, workspace: str, key: str, decide: Decide) -> Json:
        """Look at a key and do what ``decide`` says, as one step; returns what the caller is told.

        ``decide`` may run on another thread. When this returns, the change is kept.
        """
        ...

    async def close(self) -> None:
        """Let go of everything."""
        ...


# ---- the extension


@dataclass(frozen=True, slots=True)
class KvLimits:
    """The bounds of one workspace's store."""

    value_bytes: int = 64 << 10
    """Of one value as JSON."""
    keys: int = 10_000
    total_bytes: int = 16 << 20
    """Of all keys and values."""


class SetOptions(Model):
    """What may be said about a value that is set."""

    ttl_seconds: Annotated[float, Field(gt=0, le=MAX_TTL, allow_inf_nan=False)] | None = None
    """Seconds after which the key is gone."""


class ListOptions(Model):
    """Which page of a list."""

    after: str = ""
    """The ``nextCursor`` of the page before."""
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 100


class Item(Model):
    """A key and its value."""

    key: str
    value: Json


class Page(Model):
    """Some entries, in the order of their keys."""

    items: tuple[Item, ...]
    next_cursor: str | None
    """What the next page comes after; null at the end."""


class KvExtension(Extension):
    """``nexus.kv``: values under keys, shared by the panels of a workspace."""

    name: ClassVar[str] = "nexus.kv"
    quota: ClassVar[Quota] = Quota(
        concurrent=64, concurrent_per_panel=16, rate_per_panel=200, burst_seconds=5
    )

    def __init__(
        self,
        store: KeyValueStore,
        *,
        limits: KvLimits | None = None,
        scopes: Mapping[str, Sequence[str]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Say where values are kept.

        Args:
            store: Where values are kept; closed with the extension.
            limits: The bounds of one workspace's store.
            scopes: Which panels may use which keys: prefixes of keys (``billing/``), by patterns
                of panels' ids (``billing-*``). Without it every panel may use every key.
            clock: What time it is, in seconds since the epoch.

        """
        self._store = store
        self._limits = limits or KvLimits()
        self._scopes = {"*": ("",)} if scopes is None else dict(scopes)
        self._clock = clock

    def scopes(self) -> dict[str, Json]:
        """Return the prefixes of keys by patterns of panels' ids."""
        return {"keys": {pattern: list(prefixes) for pattern, prefixes in self._scopes.items()}}

    async def close(self) -> None:
        """Close the store."""
        await self._store.close()

    @method(idempotent=True)
    async def get(self, context: CallContext, key: str, default: Json = None) -> Json:
        """Return the value of a key, or the default where there is none."""
        self._check_key(context, key)
        text = await self._store.get(context.workspace, key)
        return default if text is None else _read(text)

    @method()
    async def set(
        self, context: CallContext, key: str, value: Json, options: SetOptions | None = None
    ) -> None:
        """Store a value, in place of any that is there."""
        put = self._put(value, options)
        await self._update(context, key, lambda found: (put, None))

    @method()
    async def delete(self, context: CallContext, key: str) -> bool:
        """Remove a key, and tell whether it was there."""

        def decide(found: Situation) -> tuple[Decision, Json]:
            return Remove(), found.value is not None

        return bool(await self._update(context, key, decide))

    @method(idempotent=True)
    async def list(
        self, context: CallContext, prefix: str = "", options: ListOptions | None = None
    ) -> Page:
        """Return the keys that begin with a prefix and their values, in order, page by page."""
        self._check_key(context, prefix, empty=True)
        asked = options or ListOptions()
        limit = asked.limit
        found = await self._store.entries(context.workspace, prefix, asked.after, limit + 1)
        page = _within(found[:limit], PAGE_BYTES)
        return Page(
            items=tuple(Item(key=each.key, value=_read(each.value)) for each in page),
            next_cursor=page[-1].key if len(page) < len(found) else None,
        )

    @method()
    async def increment(
        self,
        context: CallContext,
        key: str,
        by: Annotated[float, Field(allow_inf_nan=False)] | int = 1,
    ) -> float | int:
        """Add to a number, where there is none to 0, and return the sum; no call is lost."""

        def decide(found: Situation) -> tuple[Decision, Json]:
            total = _sum(key, found.value, by)
            return Put(strict_json.encode(total)), total

        total = await self._update(context, key, decide)
        assert isinstance(total, int | float)  # noqa: S101 - what decide told
        return total

    @method()
    async def compare_and_set(
        self,
        context: CallContext,
        key: str,
        expected: Json,
        value: Json,
        options: SetOptions | None = None,
    ) -> bool:
        """Store a value if the present one is what is expected, null for none; tell whether."""
        put = self._put(value, options)

        def decide(found: Situation) -> tuple[Decision, Json]:
            present = None if found.value is None else _read(found.value)
            same = _canonical(present) == _canonical(expected)
            return (put, True) if same else (Leave(), False)

        return bool(await self._update(context, key, decide))

    async def _update(self, context: CallContext, key: str, decide: Decide) -> Json:
        self._check_key(context, key)

        def decide_within_limits(found: Situation) -> tuple[Decision, Json]:
            decision, answer = decide(found)
            if isinstance(decision, Put):
                self._check_room(key, decision.value, found)
            return decision, answer

        return await self._store.update(context.workspace, key, decide_within_limits)

    def _put(self, value: Json, options: SetOptions | None) -> Put:
        text = strict_json.encode(value)
        if len(text.encode()) > self._limits.value_bytes:
            raise _too_much(f"the value is longer than {self._limits.value_bytes} bytes")
        ttl = options.ttl_seconds if options else None
        return Put(text, None if ttl is None else self._clock() + ttl)

    def _check_key(self, context: CallContext, key: str, *, empty: bool = False) -> None:
        if not key and not empty:
            raise ExtensionError(ErrorCode.INVALID_ARGUMENTS, "key: is empty")
        if len(key.encode()) > MAX_KEY_BYTES:
            message = f"key: is longer than {MAX_KEY_BYTES} bytes"
            raise ExtensionError(ErrorCode.INVALID_ARGUMENTS, message)
        allowed = (
            prefix
            for pattern, prefixes in self._scopes.items()
            if fnmatchcase(context.panel_id, pattern)
            for prefix in prefixes
        )
        if not any(key.startswith(prefix) for prefix in allowed):
            message = f"the key {key[:64]!r} is not opened to the panel {context.panel_id}"
            raise ExtensionError(ErrorCode.PERMISSION_DENIED, message)

    def _check_room(self, key: str, value: str, found: Situation) -> None:
        if found.value is None and found.keys >= self._limits.keys:
            raise _too_much(f"the workspace has {self._limits.keys} keys, and may have no more")
        present = 0 if found.value is None else size(key, found.value)
        if found.bytes - present + size(key, value) > self._limits.total_bytes:
            raise _too_much(
                f"the workspace's keys and values take {self._limits.total_bytes} bytes"
            )


def size(key: str, value: str) -> int:
    """Return what an entry counts for, in bytes."""
    return len(key.encode()) + len(value.encode())


def _too_much(message: str) -> ExtensionError:
    return ExtensionError(ErrorCode.RESOURCE_LIMIT, message)


def _within(entries: Sequence[Entry], max_bytes: int) -> Sequence[Entry]:
    """Return as many of the first entries as fit, but at least one."""
    total = 0
    for number, entry in enumerate(entries):
        total += size(entry.key, entry.value)
        if total > max_bytes and number:
            return entries[:number]
    return entries


def _sum(key: str, text: str | None, by: float) -> float | int:
    present = 0 if text is None else _read(text)
    if not isinstance(present, int | float) or isinstance(present, bool):
        raise ExtensionError(ErrorCode.CONFLICT, f"the value of {key[:64]!r} is not a number")
    total = present + by
    if not math.isfinite(total) or abs(total) > _LARGEST:
        raise _too_much(f"the sum is beyond {_LARGEST}, where numbers lose their last digits")
    return int(total) if total == int(total) else total


def _canonical(value: Json) -> str:
    """Spell equal values alike: whatever the order of their keys, and 1.0 as 1."""
    return json.dumps(_whole(value), sort_keys=True)


def _whole(value: Json) -> Json:
    match value:
        case dict():
            return {name: _whole(part) for name, part in value.items()}
        case list():
            return [_whole(part) for part in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _read(text: str) -> Json:
    return strict_json.decode(text)


__all__ = [
    "MAX_KEY_BYTES",
    "Decide",
    "Decision",
    "Entry",
    "KeyValueStore",
    "KvExtension",
    "KvLimits",
    "Leave",
    "Put",
    "Remove",
    "Situation",
    "size",
]
