"""Names that are used and have to exist: states, tools, items in scope, extensions."""

from collections.abc import Collection

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts, HandlerFacts, Place
from nexus_core.parser.findings import Findings
from nexus_core.parser.nearest import Guesses


def check(facts: Facts, findings: Findings) -> None:
    """Tell every name that is used and not there."""
    states = {place.name for place in facts.states}
    computed = {place.name for place in facts.computed}
    tools = {place.name for place in facts.tools}
    extensions = {place.name for place in facts.extensions}
    known = states | computed
    read_only = computed - states
    guesses = Guesses()
    for place in (*facts.state_uses, *facts.test_reads):
        if place.name not in known:
            _tell(catalogue.UNDEFINED_STATE, place, known, findings, guesses)
    for place in facts.watched:
        if place.name in read_only:
            findings.add(catalogue.WATCHED_COMPUTED, *place[1:], name=place.name)
    for place in facts.bindings:
        if place.name in read_only:
            findings.add(catalogue.READ_ONLY_BINDING, *place[1:], name=place.name)
    for trigger in (*facts.triggers, *facts.test_calls):
        if trigger.tool.name not in tools:
            _tell(catalogue.UNDEFINED_TOOL, trigger.tool, tools, findings, guesses)
    for handler in facts.handlers:
        _check_states(handler, known, read_only, findings, guesses)
        _check_tools(handler, tools, findings, guesses)
        _check_extensions(handler, extensions, findings, guesses)
    _check_scopes(facts, findings, guesses)
    _check_tests(facts, states, read_only, findings)


def _tell(
    finding: catalogue.Finding,
    place: Place,
    known: Collection[str],
    findings: Findings,
    guesses: Guesses,
) -> None:
    near = None if findings.full else guesses.nearest(place.name, known)
    findings.add(finding, place.start, place.end, place.path, near=near, name=place.name)


def _check_states(
    handler: HandlerFacts,
    known: set[str],
    read_only: set[str],
    findings: Findings,
    guesses: Guesses,
) -> None:
    for name, start, end, written in handler.analysis.states:
        place = Place(name, handler.start + start, handler.start + end, handler.path)
        if name not in known:
            _tell(catalogue.UNDEFINED_STATE, place, known, findings, guesses)
        elif written and name in read_only:
            findings.add(catalogue.WRITTEN_COMPUTED, *place[1:], name=name)


def _check_tools(
    handler: HandlerFacts, tools: set[str], findings: Findings, guesses: Guesses
) -> None:
    for name, start, end in handler.analysis.tools:
        if name not in tools:
            place = Place(name, handler.start + start, handler.start + end, handler.path)
            _tell(catalogue.UNDEFINED_TOOL, place, tools, findings, guesses)


def _check_extensions(
    handler: HandlerFacts, extensions: set[str], findings: Findings, guesses: Guesses
) -> None:
    for alias, _, start, end in handler.analysis.extensions:
        if alias not in extensions:
            place = Place(alias, handler.start + start, handler.start + end, handler.path)
            _tell(catalogue.UNDECLARED_EXTENSION, place, extensions, findings, guesses)


def _check_scopes(facts: Facts, findings: Findings, guesses: Guesses) -> None:
    for name, start, end, path, known in facts.scope_uses:
        if name not in known:
            there = "Only inside an <Iterate> is there anything in $scope."
            if known:
                there = "There is " + ", ".join(f"$scope.{each}" for each in sorted(known)) + "."
            near = None if findings.full else guesses.nearest(name, known)
            findings.add(
                catalogue.INVALID_SCOPE, start, end, path, near=near, name=name, known=there
            )


def _check_tests(facts: Facts, states: set[str], read_only: set[str], findings: Findings) -> None:
    """Tell values of tests that belong to nothing; their names have no places of their own."""
    known = states | read_only
    given_names = ", ".join(sorted(states)) or "none"
    known_names = ", ".join(sorted(known)) or "none"
    for place in facts.given:
        if place.name in read_only:
            findings.add(catalogue.GIVEN_COMPUTED, *place[1:], name=place.name)
        elif place.name not in states:
            _tell_in_test(place, given_names, findings)
    for place in facts.expected:
        if place.name not in known:
            _tell_in_test(place, known_names, findings)


def _tell_in_test(place: Place, known: str, findings: Findings) -> None:
    findings.add(catalogue.UNDEFINED_IN_TEST, *place[1:], name=place.name, known=known)
