"""The corpus of hostile handlers: what each may do, and whether it did nothing else.

`handlers/*.json` hold the cases, one family a file: code, what it is given, and either the codes
that it may end with (`ok` is one) or the exact value that it must give. `handlers.shared.json` is
data that others share, in a form of its own; what is settled differently here stands in SETTLED,
with the reason. Who drives the cases, and how hard, is the tests' and `figures.py`'s business.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from nexus_core.extensions import CallContext, ExtensionError, Registry, TimerExtension
from nexus_core.sandbox import ArgSource, Job, Limits, Reply, Request, Sandbox, Segment, ToolSource
from nexus_protocol.capabilities import Grant

FOLDER = Path(__file__).parent / "handlers"
NOW = 1_700_000_000.0
SEED = b"0123456789abcdef"
DEFAULTS = {"timeout_ms": 40, "memory_bytes": 8 << 20}
"""Small, so that what does not end is stopped soon."""
AMPLE_MS = 10_000
"""For what ends by itself, or for another reason: a busy machine is not to end it."""
SLACK_MS = 250
"""How much later than its limit a handler may be stopped (figure S1)."""
EVERYTHING = ("state:read", "state:write", "events:emit", "view:update", "tools:call")

WORDS = {
    "ok": ["ok"],
    "timeout": ["TIMEOUT"],
    "memory": ["MEMORY_LIMIT"],
    "stack": ["STACK_OVERFLOW"],
    "budget": ["RESOURCE_LIMIT"],
    "error": [
        "EXECUTION_ERROR", "COMPILATION_ERROR", "SERIALIZATION_ERROR", "PERMISSION_DENIED",
        "EXTENSION_ERROR", "CONFLICT",
    ],
}  # fmt: skip
SETTLED = {
    "cpu/eval-loop": ("error", "eval does not exist: the first call is a ReferenceError"),
    "cpu/new-function-loop": ("error", "Function does not exist: the first call is an error"),
    "mem/rope-deep-flatten": ("ok", "the engine flattens ropes without recursion, within limits"),
}
NEEDS_A_PANEL = {"kernel/state-type", "kernel/ext-resume-other"}
"""Cases that need what only a panel has: declared types, or extensions that exist."""
RETURNED = {"out/huge-return", "out/infinity"}
"""Cases whose point is the value of the script, so that the handler has to return it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A hostile handler, or a control: a handler that must give exactly its value."""

    id: str
    code: str
    outcomes: frozenset[str]
    value: Any = None
    exact: bool = False
    patches: list[dict[str, Any]] | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    args: Mapping[str, Any] = field(default_factory=dict)
    computed: Mapping[str, str] = field(default_factory=dict)
    tools: Mapping[str, str] = field(default_factory=dict)
    grant: tuple[str, ...] = EVERYTHING
    limits: Limits
    sandbox_only: bool = False
    """It is about what a panel does not let happen in the first place."""

    @property
    def family(self) -> str:
        """The family that it belongs to."""
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a case ended."""

    segment: Segment
    ms: float

    @property
    def code(self) -> str:
        """Code of the error, or `ok`."""
        return str(self.segment.error.code) if self.segment.error else "ok"


@cache
def cases() -> tuple[Case, ...]:
    """Return all hostile cases, the shared ones first."""
    own = [path for path in sorted(FOLDER.glob("*.json")) if "." not in path.stem]
    return (*_shared(), *(case for path in own for case in _family(path)))


@cache
def controls() -> tuple[Case, ...]:
    """Return the handlers that must go on giving their exact values."""
    found = json.loads((FOLDER / "handlers.control.json").read_text(encoding="utf-8"))["cases"]
    limits = Limits(memory_bytes=8 << 20)
    return tuple(
        Case(
            id=each["id"], code=each["source"], outcomes=frozenset({"ok"}),
            value=each["returns"], exact=True, limits=limits,
        )
        for each in found
    )  # fmt: skip


def _family(path: Path) -> list[Case]:
    document = json.loads(path.read_text(encoding="utf-8"))
    limits = {**DEFAULTS, **document["limits"]}
    return [_case(each, limits) for each in document["cases"]]


def _case(each: Mapping[str, Any], limits: Mapping[str, Any]) -> Case:
    given = {key: each[key] for key in ("patches", "state", "args", "computed", "sandbox_only")
             if key in each}  # fmt: skip
    tools = dict(each.get("tools", {}))
    if each.get("recursive"):
        tools["attack"] = each["code"]
    outcomes = frozenset(each.get("outcomes", ["ok"]))
    within = {**limits, **each.get("limits", {})}
    if "TIMEOUT" not in outcomes:
        within["timeout_ms"] = max(within["timeout_ms"], AMPLE_MS)
    return Case(
        id=each["id"],
        code=each["code"],
        outcomes=outcomes,
        value=each.get("value"),
        exact="value" in each,
        tools=tools,
        grant=tuple(each.get("grant", EVERYTHING)),
        limits=Limits(**within),
        **given,
    )


def _shared() -> list[Case]:
    corpus = json.loads((FOLDER / "handlers.shared.json").read_text(encoding="utf-8"))
    memory = corpus["limits"]["memory_mib"] << 20
    return [
        Case(
            id=f"shared-{each['id']}",
            code=f"return {each['source']}" if each["id"] in RETURNED else each["source"],
            outcomes=frozenset(code for word in _words(each) for code in WORDS[word]),
            state={"a": 1, "n": 0, "m": 0, "z": 0},
            limits=Limits(
                timeout_ms=80 if "timeout" in each["outcome"] else AMPLE_MS,
                memory_bytes=memory,
            ),
        )
        for each in corpus["cases"]
        if each["id"] not in NEEDS_A_PANEL
    ]


def _words(each: Mapping[str, Any]) -> list[str]:
    settled = SETTLED.get(each["id"])
    return [*each["outcome"], *([settled[0]] if settled else [])]


# ---- through the sandbox -------------------------------------------------------------------------

_extensions = Registry([TimerExtension()])


def job_of(case: Case) -> Job:
    """Return the execution that a case asks for."""
    return Job(
        tool=ToolSource(
            name="attack", code=case.code, args=tuple(ArgSource(name=each) for each in case.args)
        ),
        args=case.args,
        state=case.state,
        computed=case.computed,
        tools={name: ToolSource(name=name, code=code) for name, code in case.tools.items()},
        aliases=frozenset({"timer"} if any("ext:timer" in each for each in case.grant) else ()),
        grant=Grant.of(case.grant),
        limits=case.limits,
        now=NOW,
        seed=SEED,
    )


async def attack(sandbox: Sandbox, case: Case) -> Ending:
    """Run a case to its end."""
    began = time.monotonic()
    run, segment = await sandbox.start(job_of(case))
    ops, events = segment.ops, segment.events
    calls: set[asyncio.Task[Reply]] = set()
    try:
        while segment.status == "waiting":
            calls |= {asyncio.create_task(_answer(each)) for each in segment.requests}
            done, calls = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
            segment = await sandbox.resume(run, [each.result() for each in done])
            ops, events = (*ops, *segment.ops), (*events, *segment.events)
    finally:
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        run.close()
    return Ending(segment=segment, ms=(time.monotonic() - began) * 1000)


async def _answer(request: Request) -> Reply:
    context = CallContext(
        panel_id="attacks", tool="attack", user=None, execution_id=str(request.id)
    )
    try:
        value = await _extensions.call("nexus.timer", request.method, request.args, context)
    except ExtensionError as error:
        return Reply(id=request.id, error=(error.code, str(error)))
    return Reply(id=request.id, value=value)


def amiss(case: Case, ending: Ending) -> str | None:
    """Say what a case did that it must not, if anything."""
    segment = ending.segment
    if ending.code not in case.outcomes:
        return f"{case.id} ended as {ending.code}, not {'|'.join(sorted(case.outcomes))}: {segment}"
    if case.exact and (segment.value != case.value or _kinds(segment.value) != _kinds(case.value)):
        return f"{case.id} gave {segment.value!r}, not {case.value!r}"
    if segment.status != "done" and (segment.ops or segment.events or segment.view):
        return f"{case.id} failed and yet had effects: {segment}"
    if case.patches is not None and _plain(segment) != case.patches:
        return f"{case.id} changed {_plain(segment)}, not {case.patches}"
    return None


def _kinds(value: Any) -> str:
    """True is not 1, for once."""
    return json.dumps(value, sort_keys=True)


def _plain(segment: Segment) -> list[dict[str, Any]]:
    return [op.model_dump(by_alias=True) for op in segment.ops]


# ---- as a panel ----------------------------------------------------------------------------------


def panel_of(case: Case) -> str:
    """Return a panel whose tool `attack` is the case."""
    states = "".join(
        f"<State name={quoteattr(name)} type={quoteattr(_type(value))}"
        f" default={quoteattr(json.dumps(value))}/>"
        for name, value in case.state.items()
    )
    computed = "".join(
        f"<Computed name={quoteattr(name)} value={quoteattr(f'{{{code}}}')}/>"
        for name, code in case.computed.items()
    )
    others = [_tool(name, code, case) for name, code in case.tools.items() if name != "attack"]
    args = "".join(f'<Arg name={quoteattr(each)} type="any"/>' for each in case.args)
    return (
        f"<NexusPanel><Data>{states}{computed}</Data><Logic>"
        f'<Extension name="nexus.timer" alias="timer"/>{"".join(others)}'
        f"{_tool('attack', case.code, case, args)}</Logic></NexusPanel>"
    )


def _type(value: Any) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", str: "any", list: "list", dict: "any"}
    return kinds.get(type(value), "any")


def _tool(name: str, code: str, case: Case, args: str = "") -> str:
    return (
        f"<Tool name={quoteattr(name)}>{args}"
        f'<Handler timeout_ms="{case.limits.timeout_ms:g}"'
        f" capabilities={quoteattr(', '.join(case.grant))}><![CDATA[{code}]]></Handler></Tool>"
    )
