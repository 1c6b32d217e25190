"""What a handler finds in its world, and what it does not."""

import pytest

from nexus_core.sandbox import ArgSource, Event, Job, Log, ToolSource, ViewCommand
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.globals")

ABSENT = [
    "eval", "Function", "WebAssembly", "setTimeout", "setInterval", "queueMicrotask", "fetch",
    "require", "process", "window", "document", "performance", "navigator", "SharedArrayBuffer",
    "Atomics", "print", "gc", "std", "os",
]  # fmt: skip


def test_a_handler_is_given_its_eight_names(executed):
    names = ["$state", "$args", "$emit", "$log", "$ext", "$tools", "$time", "$view"]
    code = f"return [{', '.join(f'typeof {name}' for name in names)}]"

    assert executed(code).value == [
        "object", "object", "function", "function", "object", "object", "object", "object",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ABSENT)
def test_a_foreign_global_does_not_exist(executed, name):
    assert executed(f"return typeof {name}").value == "undefined"


@pytest.mark.parametrize(
    "route",
    [
        "(() => {}).constructor('return 1')",
        "(async () => {}).constructor('return 1')",
        "(function* () {}).constructor('return 1')",
        "(async function* () {}).constructor('return 1')",
        "Object.getPrototypeOf(async () => {}).constructor('return 1')",
        "Reflect.construct(Object.getPrototypeOf(() => {}).constructor, ['return 1'])",
        "$emit.constructor('return 1')",
        "$state.list.push.constructor('return 1')",
        "$state.constructor.constructor('return 1')",
        "(0, globalThis.eval)('1')",
        "new (class extends (() => {}).constructor {})('return 1')",
    ],
)
def test_no_route_turns_text_into_code(executed, route):
    segment = executed(f"return typeof ({route})", state={"list": []})

    assert segment.status == "failed"


def test_the_imports_of_modules_fail(executed):
    assert executed("return import('fs').then(() => 1, () => 2)").value == 2


def test_arguments_are_frozen_to_the_bottom(executed):
    code = "try { $args.a.b.push(1) } catch (e) { return [e.name, $args.a.b.length] }"

    assert executed(code, args={"a": {"b": []}}).value == ["TypeError", 0]


def test_events_come_out_in_order(executed):
    segment = executed("$emit('a', {n: 1}); $emit('b'); $emit.toast('hi', 'warn')")

    assert segment.events == (
        Event(name="a", payload={"n": 1}),
        Event(name="b", payload=None),
        Event(name="toast", payload={"text": "hi", "level": "warn"}),
    )


def test_logs_come_out_with_their_levels(executed):
    segment = executed("$log('a', 1, {b: [2]}); $log.debug('d'); $log.error(new Error('no'))")

    assert segment.logs == (
        Log(level="info", message='a 1 {"b":[2]}'),
        Log(level="debug", message="d"),
        Log(level="error", message="no"),
    )


@pytest.mark.parametrize(
    "value", ["new Map()", "Symbol('x')", "{get a() { throw 1 }}", "undefined"]
)
def test_anything_can_be_logged(executed, value):
    assert executed(f"$log({value})").status == "done"


def test_logs_of_a_failed_handler_are_kept(executed):
    assert executed("$log('before'); null.x").logs == (Log(level="info", message="before"),)


def test_view_commands_come_out(executed):
    segment = executed("$view.getElementById('t').setProp('a', 1); $view.focus('t')")

    assert segment.view == (
        ViewCommand(id="t", method="setProp", args=("a", 1)),
        ViewCommand(id="t", method="focus", args=()),
    )


def test_the_clock_is_the_jobs(executed):
    code = "return [Date.now(), new Date().toISOString(), $time.now()]"

    assert executed(code).value == [
        1_700_000_000_000,
        "2023-11-14T22:13:20.000Z",
        1_700_000_000_000,
    ]


def test_equal_jobs_have_equal_results(executed):
    code = "return [Math.random(), crypto.randomUUID(), Date.now(), Math.random()]"

    assert len({str(executed(code).value) for _ in range(100)}) == 1


def test_another_seed_gives_other_numbers(sandbox):
    def number(seed):
        tool = ToolSource(name="t", code="return Math.random()")
        return sandbox.open(Job(tool=tool, grant=Grant(), seed=seed)).start().value

    assert len({number(bytes([n] * 16)) for n in range(50)}) == 50


def test_a_uuid_is_one_of_version_4(executed):
    import uuid

    assert uuid.UUID(executed("return crypto.randomUUID()").value).version == 4


def test_tools_call_each_other_in_the_same_execution(executed):
    double = ToolSource(name="double", code="$state.n += 1; return $args.by * 2")

    segment = executed(
        "const x = await $tools.double({by: 21}); return [x, $state.n]",
        state={"n": 1},
        tools={"double": double},
    )

    assert segment.value == [42, 2]


def test_a_called_tools_arguments_get_their_defaults(executed):
    tool = ToolSource(
        name="t", code="return $args", args=(ArgSource(name="a", default=[1], has_default=True),)
    )

    assert executed("return $tools.t()", tools={"t": tool}).value == {"a": [1]}


def test_a_called_tool_that_lacks_an_argument_is_told_so(executed):
    tool = ToolSource(name="t", code="return 1", args=(ArgSource(name="a"),))

    segment = executed("return $tools.t({})", tools={"t": tool})

    assert segment.error.code is ErrorCode.INVALID_ARGUMENTS
    assert "a" in segment.error.message


def test_intrinsic_prototypes_take_nothing_new(executed):
    assert executed("Object.prototype.isAdmin = true").status == "failed"


@pytest.mark.parametrize(
    "tampering",
    [
        "JSON.stringify = () => 'fake'",
        "Array.isArray = () => false",
        "Array.prototype[Symbol.iterator] = () => { throw 1 }",
        "Object.keys = () => []; Reflect.ownKeys = () => []",
        "Object.defineProperty(Array.prototype, 'constructor', {value: class {}})",
        "WeakMap.prototype.get = () => undefined; Map.prototype.set = () => {}",
        "Reflect.apply = () => {}; Function.prototype.call = () => {}",
        "String.prototype.isWellFormed = () => false; RegExp.prototype.exec = () => null",
        "Object.prototype.toString = () => { throw 1 }",
        "Symbol.prototype[Symbol.toPrimitive] = 1",
        "Promise.prototype.constructor = 1",
    ],
)
def test_tampering_with_built_ins_does_not_reach_the_bridge(executed, tampering):
    code = f"try {{ {tampering} }} catch {{}} $state.list.push({{n: 1}}); $emit('e', [1]); return 5"

    segment = executed(code, state={"list": []})

    assert [(op.op, op.path) for op in segment.ops] == [("add", "/list/0")]
    assert (segment.value, segment.events[0].payload) == (5, [1])


def test_an_execution_sees_nothing_of_the_one_before(executed):
    executed("globalThis.leak = 1; Array.prototype.push = () => 9; JSON.leak = 1")

    code = "return [typeof leak, typeof JSON.leak, [].push(1)]"
    assert executed(code).value == ["undefined", "undefined", 1]
