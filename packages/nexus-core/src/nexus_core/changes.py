"""Apply and invert change sets.

A state is a JSON object that nobody mutates: applying operations gives a new one that shares all
untouched parts with the old, so that a snapshot costs nothing and a comparison is by identity.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias, assert_never

from nexus_core.errors import NexusError
from nexus_protocol import Json, pointers
from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace

StateValue: TypeAlias = dict[str, Json]
_Slot: TypeAlias = tuple[dict[str, Json], str] | tuple[list[Json], int]


class PatchConflictError(NexusError):
    """Raised when an operation names a place that the state has not."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        super().__init__(f"{message}: {path!r}")


def split_pointer(path: str) -> list[str]:
    """Split a JSON pointer (RFC 6901) into its unescaped parts.

    Raises:
        PatchConflictError: the text is not a pointer.
    """
    try:
        return pointers.split_pointer(path)
    except ValueError as error:
        raise PatchConflictError(path, str(error)) from None


def apply_ops(state: Mapping[str, Json], ops: Iterable[PatchOp]) -> StateValue:
    """Return the state after the operations; the given one stays as it is.

    Raises:
        PatchConflictError: an operation does not fit; then nothing was applied.
    """
    draft = _Draft(state)
    for op in ops:
        draft.apply(op)
    return draft.root


def coalesce(ops: Iterable[PatchOp]) -> tuple[PatchOp, ...]:
    """Leave out replacements that a later one of the same place makes good.

    The rest leads to the same state, in whatever state the operations fit.
    """
    kept: dict[int, PatchOp] = {}
    last: dict[str, int] = {}
    below: dict[str, int] = {}
    for number, op in enumerate(ops):
        kept[number] = op
        if not isinstance(op, Replace):
            last, below = {}, {}  # Places may have other paths now.
            continue
        earlier, above = last.get(op.path), list(_above(op.path))
        # Neither what contains the place nor what is in it may have changed in between.
        near = max(below.get(op.path, -1), *(last.get(path, -1) for path in above), -1)
        if earlier is not None and near < earlier:
            del kept[earlier]
        last[op.path] = number
        below.update(dict.fromkeys(above, number))
    return tuple(kept.values())


def _above(path: str) -> Iterator[str]:
    """Yield the paths of what contains a place."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def invert_ops(state: Mapping[str, Json], ops: Iterable[PatchOp]) -> tuple[PatchOp, ...]:
    """Return the operations that lead from the state after ``ops`` back to ``state``.

    Raises:
        PatchConflictError: an operation does not fit.
    """
    draft = _Draft(state)
    inverses: list[PatchOp] = []
    for op in ops:
        inverses.append(draft.inverse(op))
        draft.apply(op)
    return tuple(reversed(inverses))


class _Draft:
    """A state under change: containers on the way to a change are copied once."""

    def __init__(self, state: Mapping[str, Json]) -> None:
        self.root: StateValue = dict(state)
        self._fresh: dict[int, Json] = {id(self.root): self.root}

    def apply(self, op: PatchOp) -> None:
        match op:
            case Add(path=path, value=value):
                self._add(path, value)
            case Replace(path="", value=value):
                self._replace_all(value)
            case Replace(path=path, value=value):
                self._replace(path, value)
            case Remove(path=path):
                self._remove(path)
            case Move(from_=origin, path=path):
                self._move(origin, path)
            case _:
                assert_never(op)

    def inverse(self, op: PatchOp) -> PatchOp:
        match op:
            case Add(path=path):
                return self._inverse_of_add(path)
            case Replace(path=""):
                return Replace(path="", value=self.root)
            case Replace(path=path):
                return Replace(path=path, value=self._value(path))
            case Remove(path=path):
                return Add(path=path, value=self._value(path))
            case Move(from_=origin, path=path):
                return Move(from_=path, path=origin)
            case _:
                assert_never(op)

    def _add(self, path: str, value: Json) -> None:
        match self._slot(path, existing=False):
            case dict() as members, str() as name:
                members[name] = value
            case items, position:
                items.insert(position, value)

    def _replace(self, path: str, value: Json) -> None:
        match self._slot(path, existing=True):
            case dict() as members, str() as name:
                members[name] = value
            case items, position:
                items[position] = value

    def _replace_all(self, value: Json) -> None:
        if not isinstance(value, dict):
            raise PatchConflictError("", "the whole state is an object")
        self.root = dict(value)
        self._fresh[id(self.root)] = self.root

    def _remove(self, path: str) -> None:
        match self._slot(path, existing=True):
            case dict() as members, str() as name:
                del members[name]
            case items, position:
                del items[position]

    def _move(self, origin: str, path: str) -> None:
        if origin.rpartition("/")[0] != path.rpartition("/")[0]:
            raise PatchConflictError(path, "a move stays within one list")
        match self._slot(origin, existing=True):
            case list() as items, int() as source:
                item = items.pop(source)
                items.insert(_position(path.rpartition("/")[2], len(items), path), item)
            case _:
                raise PatchConflictError(origin, "only items of a list move")

    def _inverse_of_add(self, path: str) -> PatchOp:
        match self._slot(path, existing=False):
            case dict() as members, str() as name if name in members:
                return Replace(path=path, value=members[name])
            case dict(), str():
                return Remove(path=path)
            case _, position:
                return Remove(path=f"{path.rpartition('/')[0]}/{position}")

    def _value(self, path: str) -> Json:
        match self._slot(path, existing=True):
            case dict() as members, str() as name:
                return members[name]
            case items, position:
                return items[position]

    def _slot(self, path: str, *, existing: bool) -> _Slot:
        """Find the container and key of a path, copying every container on the way."""
        parts = split_pointer(path)
        if not parts:
            raise PatchConflictError(path, "the whole state can only be replaced")
        container: dict[str, Json] | list[Json] = self.root
        for part in parts[:-1]:
            container = self._descend(container, part, path)
        last = parts[-1]
        if isinstance(container, list):
            return container, _position(last, len(container) - existing, path)
        if existing and last not in container:
            raise PatchConflictError(path, "there is nothing at this path")
        return container, last

    def _descend(
        self, container: dict[str, Json] | list[Json], part: str, path: str
    ) -> dict[str, Json] | list[Json]:
        if isinstance(container, list):
            index = _position(part, len(container) - 1, path)
            child = self._own(container[index], path)
            container[index] = child
            return child
        if part not in container:
            raise PatchConflictError(path, "there is nothing at this path")
        child = self._own(container[part], path)
        container[part] = child
        return child

    def _own(self, value: Json, path: str) -> dict[str, Json] | list[Json]:
        if not isinstance(value, dict | list):
            raise PatchConflictError(path, "the path leads through a plain value")
        if id(value) in self._fresh:
            return value
        copy = value.copy()
        # Kept alive here, so that its id cannot be another's within this draft.
        self._fresh[id(copy)] = copy
        return copy


def _position(part: str, highest: int, path: str) -> int:
    if part == "-":
        part = str(highest)
    index = pointers.position_of(part)
    if index is None:
        raise PatchConflictError(path, "a list is addressed by position")
    if index > highest:
        raise PatchConflictError(path, "the list is shorter")
    return index
