"""Arguments that components and tests give to tools, against those that the tools take."""

from nexus_core.parser import catalogue
from nexus_core.parser.facts import Facts, Trigger
from nexus_core.parser.findings import Findings
from nexus_protocol.ast import Arg


def check(facts: Facts, findings: Findings) -> None:
    """Tell arguments that a tool does not take, and those that it needs and is not given."""
    for trigger in (*facts.triggers, *facts.test_calls):
        if findings.full:
            break
        taken = facts.args.get(trigger.tool.name)
        if taken is not None and trigger.given is not None:
            _check_unknown(trigger, trigger.given, taken, findings)
            _check_missing(trigger, trigger.given, taken, findings)


def _check_unknown(
    trigger: Trigger, given: dict[str, tuple[int, int]], taken: tuple[Arg, ...], findings: Findings
) -> None:
    names = [arg.name for arg in taken]
    for name, place in given.items():
        if name not in names:
            findings.add(
                catalogue.UNKNOWN_ARGUMENT,
                *place,
                trigger.tool.path,
                tool=trigger.tool.name,
                argument=name,
                known=", ".join(names) or "none",
            )


def _check_missing(
    trigger: Trigger, given: dict[str, tuple[int, int]], taken: tuple[Arg, ...], findings: Findings
) -> None:
    missing = [arg.name for arg in taken if arg.required and arg.name not in given]
    if missing:
        names = [arg.name for arg in taken if arg.required or arg.name in given]
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
