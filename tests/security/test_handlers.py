"""Drive the corpus of hostile handlers through the sandbox.

Each case must end in time with one of its outcomes, and right after it the control handlers must
give their exact answers. The files in `handlers/` are data that others share; what is settled
differently here stands in SETTLED, with the reason.
"""

import json
import time
from pathlib import Path

import pytest

from nexus_core.sandbox import Job, Limits, Sandbox, Segment, ToolSource
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.limits")

FOLDER = Path(__file__).parent / "handlers"
CORPUS = json.loads((FOLDER / "handlers.shared.json").read_text(encoding="utf-8"))
CONTROLS = json.loads((FOLDER / "handlers.control.json").read_text(encoding="utf-8"))["cases"]

DEADLINE = CORPUS["limits"]["deadline_ms"]
LONGEST = DEADLINE + 1000
LIMITS = Limits(timeout_ms=DEADLINE, memory_bytes=CORPUS["limits"]["memory_mib"] << 20)

OUTCOMES = {
    ErrorCode.TIMEOUT: "timeout",
    ErrorCode.MEMORY_LIMIT: "memory",
    ErrorCode.STACK_OVERFLOW: "stack",
    ErrorCode.RESOURCE_LIMIT: "budget",
}

SETTLED = {
    "cpu/eval-loop": ("error", "eval does not exist: the first call is a ReferenceError"),
    "cpu/new-function-loop": ("error", "Function does not exist: the first call is an error"),
    "mem/rope-deep-flatten": ("ok", "the engine flattens ropes without recursion, within limits"),
}

# Cases that need what only a panel has: declared types, or extensions that exist.
NEEDS_A_PANEL = {"kernel/state-type", "kernel/ext-resume-other"}

# Their point is the value of the script, so the handler has to return it.
RETURNED = {"out/huge-return", "out/infinity"}

STATE = {"a": 1, "n": 0, "m": 0, "z": 0}


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox(limits=LIMITS)
    yield sandbox
    sandbox.close()


def execute(sandbox: Sandbox, case: dict[str, str]) -> Segment:
    source = case["source"]
    code = f"return {source}" if case["id"] in RETURNED else source
    run = sandbox.open(
        Job(
            tool=ToolSource(name="attack", code=code),
            state=STATE,
            grant=Grant.everything(),
            limits=LIMITS,
            now=1_700_000_000.0,
            seed=b"0123456789abcdef",
        )
    )
    try:
        return run.start()
    finally:
        run.close()


def outcome_of(segment: Segment) -> str:
    if segment.error is None:
        return "ok"
    return OUTCOMES.get(segment.error.code, "error")


def allowed(case: dict[str, list[str]]) -> set[str]:
    extra = SETTLED.get(case["id"])
    return {*case["outcome"], *([extra[0]] if extra else [])}


CASES = [case for case in CORPUS["cases"] if case["id"] not in NEEDS_A_PANEL]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_hostile_handler_ends_in_time_with_an_allowed_outcome(sandbox, case):
    began = time.monotonic()
    segment = execute(sandbox, case)
    took = (time.monotonic() - began) * 1000

    assert outcome_of(segment) in allowed(case), segment
    assert segment.error is None or segment.error.code is not ErrorCode.INTERNAL_ERROR
    assert took < LONGEST
    if segment.status != "done":
        assert segment.ops == ()
        assert segment.events == ()

    control = CONTROLS[CASES.index(case) % len(CONTROLS)]
    assert execute(sandbox, control).value == control["returns"]


@pytest.mark.parametrize("control", CONTROLS, ids=[case["id"] for case in CONTROLS])
def test_a_control_handler_gives_its_exact_answer(sandbox, control):
    segment = execute(sandbox, control)

    assert segment.error is None
    assert segment.value == control["returns"]


def test_what_is_settled_differently_names_cases_that_exist():
    assert {*SETTLED, *NEEDS_A_PANEL, *RETURNED} <= {case["id"] for case in CORPUS["cases"]}
