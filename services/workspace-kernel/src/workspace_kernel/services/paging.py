"""Parts of lists: where one ends is where the next one begins, whatever was added meanwhile."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from nexus_protocol import ErrorCode
from workspace_kernel.db.accounts import Place
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import Page

Item = TypeVar("Item")
Row = TypeVar("Row")

_PARTS: Final = 2


def page(
    rows: Sequence[Row], limit: int, item: Callable[[Row], Item], key: Callable[[Row], str]
) -> Page[Item]:
    """Cut rows that were read one longer than the page, to see whether more follow."""
    shown = rows[:limit]
    return Page(
        items=tuple(map(item, shown)), next_cursor=key(shown[-1]) if len(rows) > limit else None
    )


def part(
    items: Iterable[Item], after: str | None, limit: int, key: Callable[[Item], str]
) -> Page[Item]:
    """Return a part of a list that is at hand whole, in the order of its keys."""
    rest = sorted((each for each in items if after is None or key(each) > after), key=key)
    return page(rest, limit, lambda item: item, key)


def key_of(place: Place) -> str:
    """Write a place down."""
    moment, name = place
    return f"{moment!r} {name}"


def place_of(key: str | None) -> Place | None:
    """Read a place.

    Raises:
        KernelError: INVALID_ARGUMENTS, it is none.

    """
    if key is None:
        return None
    parts = key.split(" ")
    try:
        if len(parts) == _PARTS:
            return float(parts[0]), parts[1]
    except ValueError:
        pass
    raise KernelError(ErrorCode.INVALID_ARGUMENTS, "The cursor is none of this list.")


__all__ = ["key_of", "page", "part", "place_of"]
