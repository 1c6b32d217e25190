"""Guess which known name was meant."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches

_MOST_CANDIDATES = 500
_LONGEST = 64
_PATIENCE = 2_000_000
"""Pairs of characters that the guesses of one panel may compare."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like ``name``, or none when nothing is near."""
    if len(name) > _LONGEST:
        return None
    by_folded: dict[str, str] = {}
    for each in known:
        if abs(len(each) - len(name)) <= 3:
            by_folded.setdefault(each.casefold(), each)
            if len(by_folded) >= _MOST_CANDIDATES:
                break
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.7)
    return by_folded[found[0]] if found else None


class Guesses:
    """Guesses names of one panel, which may declare as many as its author likes.

    Comparing two names takes time that grows with the square of their length, so only as many
    guesses are made as a patience allows; further names are told without one.
    """

    def __init__(self) -> None:
        self._patience = _PATIENCE

    def nearest(self, name: str, known: Collection[str]) -> str | None:
        """Return what ``nearest`` does, or none once the patience is spent."""
        if self._patience <= 0 or len(name) > _LONGEST:
            return None
        compared = min(len(known), _MOST_CANDIDATES)
        self._patience -= len(known) + compared * (len(name) ** 2 + 100)
        return nearest(name, known)
