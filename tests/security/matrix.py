"""What a handler can reach of the host, and which capability each of it needs (figure S8).

A row is one function that a handler is given: the capability that it needs, code that uses it, and
what a guest would tell the host if its own checks were gone. Each is tried with that capability,
without it, after it was taken away, with its wildcard, and misspelt; malformed spellings grant
nothing.
"""

from dataclasses import dataclass, replace

import wasmtime

import nexus_quickjs
from nexus_core.sandbox import Job, Sandbox, ToolSource, bridge
from nexus_core.sandbox.capabilities import DeniedError
from nexus_protocol.capabilities import CapabilityError, Grant
from nexus_protocol.errors import ErrorCode

TOOL = "attack"


@dataclass(frozen=True, slots=True)
class Row:
    """One function of the host, as a handler sees it."""

    name: str
    capability: str | None
    """None: it needs none, because nothing but the panel's own log or the clock is behind it."""
    code: str
    forged: str = ""
    """A segment's output that claims the effect."""
    beside: tuple[str, ...] = ()
    """What it holds in every column: what is not there to be read cannot be deleted."""


def _view(method: str) -> str:
    return f'{{"status":"done","views":[["box","{method}",[]]]}}'


_WRITE = '{"status":"done","ops":[{"op":"replace","path":"/open","value":1}]}'

ROWS = (
    Row("$state get", "state:read:open", "return $state.open"),
    Row("$state set", "state:write:open", "$state.open = 2", _WRITE),
    Row("$state define", "state:write:open",
        "Object.defineProperty($state, 'open', {value: 2, writable: true, enumerable: true,"
        " configurable: true})", _WRITE),
    Row("$state delete", "state:write:open", "delete $state.open",
        '{"status":"done","ops":[{"op":"remove","path":"/open"}]}', ("state:read:open",)),
    Row("$emit", "events:emit:ping", "$emit('ping')", '{"status":"done","events":[["ping",1]]}'),
    Row("$emit.toast", "events:emit:toast", "$emit.toast('x')",
        '{"status":"done","events":[["toast",1]]}'),
    Row("$view.getElementById().setProp", "view:update:box",
        "$view.getElementById('box').setProp('a', 1)", _view("setProp")),
    Row("$view.getElementById().call", "view:update:box",
        "$view.getElementById('box').call('open')", _view("open")),
    Row("$view.setFilter", "view:update:box", "$view.setFilter('box', 1)", _view("setFilter")),
    Row("$view.scrollTo", "view:update:box", "$view.scrollTo('box')", _view("scrollTo")),
    Row("$view.focus", "view:update:box", "$view.focus('box')", _view("focus")),
    Row("$ext.timer.*", "ext:timer:sleep", "await $ext.timer.sleep(1)",
        '{"status":"waiting","requests":[[1,"timer","sleep",[1]]]}'),
    Row("$tools.other", "tools:call:other", "return $tools.other()"),
    Row("$log", None, "$log(1)"),
    Row("$log.debug", None, "$log.debug(1)"),
    Row("$log.info", None, "$log.info(1)"),
    Row("$log.warn", None, "$log.warn(1)"),
    Row("$log.error", None, "$log.error(1)"),
    Row("$time.now", None, "return $time.now()"),
)  # fmt: skip

MALFORMED = (
    "", "*", "state", "state:*", "state:write:", "state:write:a b", "state:write:open:x",
    "STATE:write:open", "state:write:**", "state:write:open\nx", "write:open", "ext", "ext:",
    "ext:*", "ext:timer:", "ext:timer:sleep:x", "ext:ti-mer", "events:emit:", "view:update:\u202e",
    "tools:call:*x", "tools:*", "state:read:" + "x" * 65,
)  # fmt: skip

REACHABLE = """
const found = ["$state get", "$state set", "$state define", "$state delete"];
const visit = (path, value) => {
  if (typeof value === "function") found.push(path);
  for (const key of Object.getOwnPropertyNames(value)) {
    if (["length", "name", "prototype"].includes(key)) continue;
    const inner = value[key];
    if (typeof inner === "function" || typeof inner === "object") visit(`${path}.${key}`, inner);
  }
};
visit("$emit", $emit); visit("$log", $log); visit("$time", $time); visit("$tools", $tools);
visit("$view", $view); visit("$view.getElementById()", $view.getElementById("box"));
for (const alias of Object.keys($ext)) found.push(`$ext.${alias}.*`);
return found.filter(path => path !== "$view.getElementById");
"""
"""Names every function that a handler is given; what only gives others is not one of them."""


def job(code: str, *capabilities: str) -> Job:
    """Return an execution that holds these capabilities and nothing else."""
    return Job(
        tool=ToolSource(name=TOOL, code=code),
        state={"open": 1},
        tools={"other": ToolSource(name="other", code="return 1")},
        aliases=frozenset({"timer"}),
        grant=Grant.of(capabilities),
    )


def reachable(sandbox: Sandbox) -> set[str]:
    """Return the names of all functions that a handler is given."""
    value = sandbox.open(job(REACHABLE)).start().value
    assert isinstance(value, list)
    return {str(each) for each in value}


def verdicts(sandbox: Sandbox, row: Row) -> dict[str, str]:
    """Return what came of each column for a row: `granted`, `denied`, or what else."""
    if row.capability is None:
        return {"undeclared": _run(sandbox, row)}
    everything = row.capability.rpartition(":")[0] + ":*"
    return {
        "declared": _run(sandbox, row, row.capability),
        "undeclared": _run(sandbox, row),
        "revoked": _revoked(sandbox, row),
        "wildcard": _run(sandbox, row, everything),
        "other name": _run(sandbox, row, row.capability + "x"),
        "malformed": _malformed(row.capability),
        "forged": _forged(row) if row.forged else "never sent",
    }


EXPECTED = {
    "declared": {"granted"},
    "undeclared": {"denied"},
    "revoked": {"denied"},
    "wildcard": {"granted"},
    "other name": {"denied"},
    "malformed": {"refused"},
    "forged": {"denied", "never sent"},
}
UNGUARDED = {"undeclared": {"granted"}}


def amiss(row: Row, found: dict[str, str]) -> list[str]:
    """Return the columns of a row that are not as they must be."""
    expected = EXPECTED if row.capability else UNGUARDED
    return [
        f"{row.name} {column}: {found.get(column)}"
        for column in expected
        if found.get(column) not in expected[column]
    ]


def accepted() -> list[str]:
    """Return the malformed spellings that are taken for capabilities."""
    return [text for text in MALFORMED if _parses(text)]


def imports() -> list[str]:
    """Return what the module imports; it is nothing, and must stay so."""
    module = wasmtime.Module.from_file(wasmtime.Engine(), str(nexus_quickjs.engine().path))
    return [f"{each.module}.{each.name}" for each in module.imports]


def _malformed(capability: str) -> str:
    """Misspell a row's own capability in every way; none of it may be taken for one."""
    family = capability.rpartition(":")[0]
    doubled = capability.replace(":", "::", 1)
    wrong = (capability.upper(), doubled, f"{capability}:", f"{capability} x", f"{family}:")
    taken = [text for text in wrong if _parses(text)]
    return f"taken: {taken}" if taken else "refused"


def _parses(text: str) -> bool:
    try:
        Grant.of([text])
    except CapabilityError:
        return False
    return True


def _run(sandbox: Sandbox, row: Row, *capabilities: str) -> str:
    run = sandbox.open(job(row.code, *row.beside, *capabilities))
    error = run.start().error
    run.close()
    if error is None:
        return "granted"
    named = row.capability is not None and row.capability in error.message
    if error.code is ErrorCode.PERMISSION_DENIED and named and TOOL in error.message:
        return "denied"
    return f"{error.code}: {error.message}"


def _revoked(sandbox: Sandbox, row: Row) -> str:
    """Run with it and then, in the same pool and slot, without it."""
    before = _run(sandbox, row, row.capability or "")
    return _run(sandbox, row) if before == "granted" else before


def _forged(row: Row) -> str:
    given = replace(job("", "state:read"), aliases=frozenset({"timer"}))
    try:
        bridge.unpack(row.forged.encode(), given, {})
    except DeniedError as error:
        return "denied" if str(row.capability) in str(error) else str(error)
    return "granted"
