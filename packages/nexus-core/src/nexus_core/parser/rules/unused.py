"""What is declared and never used, and handlers that do nothing."""

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts
from nexus_core.parser.findings import Findings


def check(facts: Facts, findings: Findings) -> None:
    """Tell states, computed values and tools that nothing uses, and empty handlers."""
    if not any(handler.analysis.unread for handler in facts.handlers):
        _check_states(facts, findings)
        _check_tools(facts, findings)
    for handler in facts.handlers:
        if handler.analysis.empty:
            place = *handler.tag, handler.path
            findings.add(catalogue.EMPTY_HANDLER, *place, what=handler.owner)


def _check_states(facts: Facts, findings: Findings) -> None:
    if facts.unread or facts.dynamic or _is_dynamic(facts, "$state"):
        return
    used = {place.name for place in facts.state_uses}
    used |= {use.name for handler in facts.handlers for use in handler.analysis.states}
    for name, start, end, path in (*facts.states, *facts.computed):
        if name not in used:
            findings.add(catalogue.UNUSED_STATE, start, end, path, name=name)


def _check_tools(facts: Facts, findings: Findings) -> None:
    """Tell tools that nothing runs; a panel without components is called from outside."""
    if not facts.components or _is_dynamic(facts, "$tools"):
        return
    used = {trigger.tool.name for trigger in facts.triggers}
    used |= {use.name for handler in facts.handlers for use in handler.analysis.tools}
    for name, start, end, path in facts.tools:
        if name not in used:
            findings.add(catalogue.UNUSED_TOOL, start, end, path, name=name)


def _is_dynamic(facts: Facts, root: str) -> bool:
    return any(use.name == root for handler in facts.handlers for use in handler.analysis.dynamic)
