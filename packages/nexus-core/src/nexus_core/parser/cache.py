"""Results of parsing by the source's hash, so that the same text is read once.

Thread-safe: two threads that ask for the same new source may both parse it, and get equal results,
of which one is kept.
"""

import hashlib
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple

from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.parser.parse import parse
from nexus_core.parser.result import ParseResult
from nexus_protocol.diagnostics import Severity

CAPACITY: Final = 1000


@dataclass(frozen=True, slots=True)
class CacheMetrics:
    """How often a cache could answer, what it holds, and what was found on the way."""

    hits: int
    misses: int
    entries: int
    source_bytes: int
    """Bytes of the sources whose results are held."""
    diagnostics: Mapping[Severity, int]
    """Findings in all sources that were parsed, each source counted when it is."""


class _Entry(NamedTuple):
    result: ParseResult
    source_bytes: int


class ParseCache:
    """Keeps the results that were asked for last."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[tuple[bytes, ParseLimits], _Entry] = OrderedDict()
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0
        self._source_bytes = 0
        self._diagnostics: Counter[Severity] = Counter()

    def parse(self, source: str | bytes, *, limits: ParseLimits = DEFAULT_LIMITS) -> ParseResult:
        """Return the result for a source and limits, parsed now or before."""
        data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
        key = hashlib.sha256(data).digest(), limits
        with self._lock:
            known = self._entries.get(key)
            if known is not None:
                self._hits += 1
                self._entries.move_to_end(key)
                return known.result
            self._misses += 1
        result = parse(source, limits=limits)
        with self._lock:
            return self._keep(key, _Entry(result, len(data)))

    def _keep(self, key: tuple[bytes, ParseLimits], entry: _Entry) -> ParseResult:
        """Keep a result unless another thread was faster; returns the one that is kept."""
        kept = self._entries.setdefault(key, entry)
        self._entries.move_to_end(key)
        if kept is entry:
            self._source_bytes += entry.source_bytes
            self._diagnostics.update(each.severity for each in entry.result.diagnostics)
        while len(self._entries) > self._capacity:
            _, oldest = self._entries.popitem(last=False)
            self._source_bytes -= oldest.source_bytes
        return kept.result

    def metrics(self) -> CacheMetrics:
        """Return the counts since the start, and what is held now."""
        with self._lock:
            return CacheMetrics(
                hits=self._hits,
                misses=self._misses,
                entries=len(self._entries),
                source_bytes=self._source_bytes,
                diagnostics=MappingProxyType(dict(self._diagnostics)),
            )

    def clear(self) -> None:
        """Forget all results and counts."""
        with self._lock:
            self._entries.clear()
            self._diagnostics.clear()
            self._hits = self._misses = self._source_bytes = 0


cache: Final = ParseCache()
"""The cache of the process."""


def parse_cached(source: str | bytes, *, limits: ParseLimits = DEFAULT_LIMITS) -> ParseResult:
    """Read a panel, or return what reading the same source gave before."""
    return cache.parse(source, limits=limits)
