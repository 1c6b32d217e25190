"""Which states the values of a handler's variables may come from.

Variables are told apart by name alone, whatever their scope, and whatever is mentioned in an
expression may be its value; so the answer errs on the side of more, never of less. What is
mentioned, assigned, called and changed is told by those who read the code; places are bytes.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import Final

_PATIENCE: Final = 200_000
"""Mentions that are looked at; in code that has more, every state counts as changed."""
_CALLED: Final = "(called)"
"""Stands for what functions are called with whose name does not tell which they are."""
_MADE: Final = "(made)"
"""Stands for whatever is changed without having a name."""
_THROWN: Final = "(thrown)"
"""Stands for whatever is thrown."""


class Flow:
    """The variables of one handler and what they may come from."""

    def __init__(self) -> None:
        self._mentions: list[tuple[int, str]] = []
        self._sources: list[tuple[Iterable[str], int, int]] = []
        self._links: list[tuple[str, str]] = []
        self._functions: dict[str, set[str]] = {}
        self._calls: list[tuple[str | None, int, int]] = []
        self._passed: list[tuple[str, int, int]] = []
        self._changed: set[str] = set()

    def mention(self, name: str, place: int) -> None:
        """Note a variable where it stands."""
        self._mentions.append((place, name))

    def mention_state(self, key: str, place: int) -> None:
        """Note a state where it is named."""
        self._mentions.append((place, "." + key))

    def assign(self, names: Iterable[str], start: int, end: int) -> None:
        """Note that variables may come from what stands between two bytes."""
        self._sources.append((names, start, end))

    def define(self, name: str, parameters: Iterable[str]) -> None:
        """Note a function that is called by name."""
        self._functions.setdefault(name, set()).update(parameters)

    def take_parameters(self, parameters: Iterable[str]) -> None:
        """Note the parameters of any function: it may be called by another name than its own."""
        self._links.extend((name, _CALLED) for name in parameters)

    def catch(self, names: Iterable[str]) -> None:
        """Note the variables that hold what was thrown."""
        self._links.extend((name, _THROWN) for name in names)

    def throw(self, start: int, end: int) -> None:
        """Note what is thrown."""
        self._sources.append(((_THROWN,), start, end))

    def call(self, name: str | None, start: int, end: int) -> None:
        """Note a call and where its arguments stand; ``None`` when nothing names the function."""
        self._calls.append((name, start, end))

    def hand_over(self, function: str, start: int, end: int) -> None:
        """Note a function that is given to another, which may call it with what stands there."""
        self._passed.append((function, start, end))

    def change(self, name: str) -> None:
        """Note a variable of which something inside is changed."""
        self._changed.add(name)

    def change_mentioned(self, start: int, end: int) -> None:
        """Note that something is changed which is made from what stands between two bytes."""
        self._changed.add(_MADE)
        self._sources.append(((_MADE,), start, end))

    def changed_states(self) -> Iterator[str]:
        """Yield the states that the variables that are changed may come from."""
        if not self._changed:
            return
        comes_from = self._comes_from()
        every = {name for _, name in self._mentions}
        origins = every if comes_from is None else _reachable(self._changed, comes_from)
        for origin in origins:
            if origin.startswith("."):
                yield origin[1:]

    def _comes_from(self) -> dict[str, set[str]] | None:
        """Return what each variable may come from; nothing when there is too much to look at."""
        comes_from: dict[str, set[str]] = {}
        self._mentions.sort()
        starts = [start for start, _ in self._mentions]
        looked_at = 0
        for names, start, end in self._all_sources():
            first, last = bisect_left(starts, start), bisect_left(starts, end)
            looked_at += last - first
            if looked_at > _PATIENCE:
                return None
            mentioned = {name for _, name in self._mentions[first:last]}
            for name in names:
                comes_from.setdefault(name, set()).update(mentioned)
        for name, origin in self._links:
            comes_from.setdefault(name, set()).add(origin)
        return comes_from

    def _all_sources(self) -> Iterator[tuple[Iterable[str], int, int]]:
        yield from self._sources
        for name, start, end in self._calls:
            yield self._functions.get(name or "", (_CALLED,)), start, end
        for name, start, end in self._passed:
            if parameters := self._functions.get(name):
                yield parameters, start, end


def _reachable(begin: Iterable[str], edges: dict[str, set[str]]) -> Iterator[str]:
    seen = set(begin)
    pending = list(seen)
    while pending:
        name = pending.pop()
        yield name
        new = edges.get(name, set()) - seen
        seen |= new
        pending.extend(new)
