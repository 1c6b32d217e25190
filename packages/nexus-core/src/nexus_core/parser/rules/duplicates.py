"""Names that are given twice."""

from collections.abc import Hashable, Iterable

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts, Place
from nexus_core.parser.findings import Findings


def check(facts: Facts, findings: Findings) -> None:
    """Tell every name after the first of its kind."""
    families = (
        (catalogue.DUPLICATE_STATE, (*facts.states, *facts.computed)),
        (catalogue.DUPLICATE_TOOL, facts.tools),
        (catalogue.DUPLICATE_EXTENSION_ALIAS, facts.extensions),
        (catalogue.DUPLICATE_LIFECYCLE, facts.lifecycles),
        (catalogue.DUPLICATE_VIEW_ID, facts.ids),
        (catalogue.DUPLICATE_SECTION, facts.sections),
        (catalogue.DUPLICATE_TEST, facts.tests),
    )
    for finding, places in families:
        _tell(finding, ((place.name, place) for place in places), findings)
    args = (((tool, place.name), place) for tool, place in facts.arg_places)
    _tell(catalogue.DUPLICATE_ARG, args, findings)


def _tell(
    finding: catalogue.Finding, named: Iterable[tuple[Hashable, Place]], findings: Findings
) -> None:
    seen: set[Hashable] = set()
    for key, place in sorted(named, key=lambda each: each[1].start):
        if key in seen:
            findings.add(finding, place.start, place.end, place.path, name=place.name)
        seen.add(key)
