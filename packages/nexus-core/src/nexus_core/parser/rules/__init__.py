"""What is compared once the whole panel is read: one family of rules a file.

A rule is a function of what the panel declares and uses; it only tells.
"""

from nexus_core.parser.facts import Facts
from nexus_core.parser.findings import Findings
from nexus_core.parser.rules import (
    accessibility,
    arguments,
    capabilities,
    computed,
    duplicates,
    references,
    unused,
)


def check(facts: Facts, findings: Findings) -> None:
    """Apply every rule."""
    for rule in (duplicates, references, arguments, computed, capabilities, unused, accessibility):
        rule.check(facts, findings)
