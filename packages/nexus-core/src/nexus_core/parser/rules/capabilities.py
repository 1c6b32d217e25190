"""What handlers declared to do, against what their code does."""

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts, HandlerFacts, Place
from nexus_core.parser.findings import Findings
from nexus_protocol.capabilities import Capability, Grant

_EXAMPLES = {
    "$state": "$state.name",
    "$emit": '$emit("name", payload)',
    "$tools": "$tools.name()",
    "$view": '$view.focus("id")',
    "$ext": "$ext.http.get(url)",
}
_HARMLESS = frozenset(("state:read", "events:emit"))


def check(facts: Facts, findings: Findings) -> None:
    """Tell what exceeds a declaration, declares more than is needed, or cannot be told."""
    for handler in facts.handlers:
        for name, start, end in handler.analysis.dynamic:
            place = handler.start + start, handler.start + end, handler.path
            findings.add(catalogue.DYNAMIC_ACCESS, *place, root=name, example=_EXAMPLES[name])
        if handler.declared is not None:
            _check_exceeded(handler, handler.declared, findings)
            for declared in handler.declared:
                if not findings.full:
                    _check_needed(handler, declared, findings)


def _check_exceeded(handler: HandlerFacts, declared: tuple[Place, ...], findings: Findings) -> None:
    grant = Grant.of(place.name for place in declared)
    told: set[Capability] = set()
    for capability, start, end in handler.analysis.certain:
        if capability not in told and not grant.allows(capability.family, capability.name):
            told.add(capability)
            findings.add(
                catalogue.CAPABILITY_EXCEEDED,
                handler.start + start,
                handler.start + end,
                handler.path,
                capability=capability,
            )


def _check_needed(handler: HandlerFacts, declared: Place, findings: Findings) -> None:
    """Tell a declaration of everything where the code names what it needs."""
    capability = Capability.parse(declared.name)
    inferred = handler.analysis.inferred
    if capability.name != "*" or capability.family in _HARMLESS or capability in inferred:
        return
    needed = sorted(str(each) for each in inferred if each.family == capability.family)
    findings.add(
        catalogue.DANGEROUS_CAPABILITY,
        *declared[1:],
        capability=capability,
        needed=", ".join(needed) or "nothing of this kind",
    )
