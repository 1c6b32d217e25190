"""Arguments that components and tests give to tools, against those that the tools take."""

from typing import NamedTuple

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts, Trigger
from nexus_core.parser.findings import Findings
from nexus_protocol.ast import Arg


class _Taken(NamedTuple):
    """The names of a tool's arguments, in order, and of those that it needs."""

    names: dict[str, bool]
    required: tuple[str, ...]


def check(facts: Facts, findings: Findings) -> None:
    """Tell arguments that a tool does not take, and those that it needs and is not given."""
    tools = {name: _taken(args) for name, args in facts.args.items()}
    for trigger in (*facts.triggers, *facts.test_calls):
        if findings.full:
            break
        taken = tools.get(trigger.tool.name)
        if taken is not None and trigger.given is not None:
            _check_unknown(trigger, trigger.given, taken, findings)
            if not trigger.completed:
                _check_missing(trigger, trigger.given, taken, findings)


def _taken(args: tuple[Arg, ...]) -> _Taken:
    required = tuple(arg.name for arg in args if arg.required)
    return _Taken({arg.name: arg.required for arg in args}, required)


def _check_unknown(
    trigger: Trigger, given: dict[str, tuple[int, int]], taken: _Taken, findings: Findings
) -> None:
    unknown = [name for name in given if name not in taken.names]
    known = ", ".join(taken.names) if unknown else ""
    for name in unknown:
        findings.add(
            catalogue.UNKNOWN_ARGUMENT,
            *given[name],
            trigger.tool.path,
            tool=trigger.tool.name,
            argument=name,
            known=known or "none",
        )


def _check_missing(
    trigger: Trigger, given: dict[str, tuple[int, int]], taken: _Taken, findings: Findings
) -> None:
    missing = [name for name in taken.required if name not in given]
    if missing:
        names = [name for name, needed in taken.names.items() if needed or name in given]
        _, start, end, path = trigger.tool
        findings.add(
            catalogue.MISSING_ARGUMENT,
            start,
            end,
            path,
            tool=trigger.tool.name,
            argument=", ".join(missing),
            example="{ " + ", ".join(f"{name}: …" for name in names) + " }",
        )
