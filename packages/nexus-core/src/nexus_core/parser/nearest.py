"""Guess which known name was meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST_CANDIDATES = 500
_LONGEST = 64


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
