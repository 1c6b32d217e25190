"""Results of parsing by the source's hash, so that the same text is read once.

Thread-safe: two threads that ask for the same new source may both parse it, and get equal results.
"""

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.parser.parse import parse
from nexus_core.parser.result import ParseResult

CAPACITY: Final = 1000


@dataclass(frozen=True, slots=True)
class CacheMetrics:
    """How often a cache could answer."""

    hits: int
    misses: int
    entries: int


class ParseCache:
    """Keeps the results that were asked for last."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._results: OrderedDict[tuple[bytes, ParseLimits], ParseResult] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0

    def parse(self, source: str | bytes, *, limits: ParseLimits = DEFAULT_LIMITS) -> ParseResult:
        """Return the result for a source, parsed now or before."""
        key = _digest(source), limits
        with self._lock:
            result = self._results.get(key)
            if result is not None:
                self._hits += 1
                self._results.move_to_end(key)
                return result
            self._misses += 1
        result = parse(source, limits=limits)
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            while len(self._results) > self._capacity:
                self._results.popitem(last=False)
        return result

    def metrics(self) -> CacheMetrics:
        """Return hits and misses since the start, and the entries held now."""
        with self._lock:
            return CacheMetrics(self._hits, self._misses, len(self._results))

    def clear(self) -> None:
        """Forget all results and counts."""
        with self._lock:
            self._results.clear()
            self._hits = self._misses = 0


def _digest(source: str | bytes) -> bytes:
    data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    return hashlib.sha256(data).digest()


cache: Final = ParseCache()
"""The cache of the process."""


def parse_cached(source: str | bytes, *, limits: ParseLimits = DEFAULT_LIMITS) -> ParseResult:
    """Read a panel, or return what reading the same source gave before."""
    return cache.parse(source, limits=limits)
