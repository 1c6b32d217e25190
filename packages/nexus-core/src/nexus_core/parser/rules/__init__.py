"""What is compared once the whole panel is read: one family of rules a file.

A rule is a function of what the panel declares and uses; it only tells.
"""

from nexus_core.parser.facts import Facts
from nexus_core.parser.findings import Findings

RULES = ()


def check(facts: Facts, findings: Findings) -> None:
    """Apply every rule."""
