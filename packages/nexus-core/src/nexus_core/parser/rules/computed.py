"""Computed values that follow from themselves."""

from collections.abc import Iterator
from typing import Final

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts
from nexus_core.parser.findings import Findings

_MOST_NAMES: Final = 2000
"""Names in the cycles that are told; those of a panel that has more can be as long as it, each."""


def check(facts: Facts, findings: Findings) -> None:
    """Tell every cycle, by name, at the value that closes it."""
    places = {place.name: place for place in reversed(facts.computed)}
    reads = {
        name: [read.name for read in facts.computed_reads.get(name, ()) if read.name in places]
        for name in places
    }
    _check_dynamic(facts, findings)
    names_told = 0
    for cycle in _cycles(reads):
        if names_told > _MOST_NAMES:
            break
        names_told += len(cycle)
        place = min((places[name] for name in cycle), key=lambda each: each.start)
        first = cycle.index(place.name)
        names = [*cycle[first:], *cycle[:first], place.name]
        findings.add(catalogue.COMPUTED_CYCLE, *place[1:], name=place.name, cycle=" → ".join(names))


def _check_dynamic(facts: Facts, findings: Findings) -> None:
    """Tell computed values of which nobody can say when to compute them again."""
    computed = {place.path for place in facts.computed}
    for name, start, end, path in facts.dynamic:
        if path in computed:
            example = "$state.items"
            findings.add(catalogue.DYNAMIC_ACCESS, start, end, path, root=name, example=example)


def _cycles(edges: dict[str, list[str]]) -> Iterator[list[str]]:
    """Yield a cycle for each edge that leads back to where a depth-first walk came from."""
    done: set[str] = set()
    for start in edges:
        trail: list[str] = []
        on_trail: dict[str, int] = {}
        pending = [iter([start])]
        while pending:
            name = next(pending[-1], None)
            if name is None:
                pending.pop()
                if trail:
                    last = trail.pop()
                    del on_trail[last]
                    done.add(last)
            elif name in on_trail:
                yield trail[on_trail[name] :]
            elif name not in done:
                on_trail[name] = len(trail)
                trail.append(name)
                pending.append(iter(edges[name]))
