"""Components that a person who cannot see them has no name for."""

from typing import Final

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts
from nexus_core.parser.findings import Findings

_NAMED_BY: Final = {
    **dict.fromkeys(("Input", "Switch", "Checkbox", "Select", "Slider", "Progress"), "label"),
    "Chart": "title",
}


def check(facts: Facts, findings: Findings) -> None:
    """Tell fields and pictures without an accessible name."""
    for name, start, end, path, given in facts.components:
        attribute = _NAMED_BY.get(name)
        if attribute is not None and given.isdisjoint((attribute, "aria-label")):
            findings.add(
                catalogue.NO_ACCESSIBLE_NAME, start, end, path, name=name, attribute=attribute
            )
