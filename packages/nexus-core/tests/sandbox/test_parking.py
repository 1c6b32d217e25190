"""Executions that are put away while they wait, and go on as if they had not been.

Every program of the table runs live, parked at each suspension, and by turns in two processes;
what comes out is compared whole.
"""

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core.sandbox import (
    Job,
    Limits,
    Metrics,
    Parked,
    ParkedError,
    Reply,
    Run,
    Sandbox,
    Segment,
    ToolSource,
)
from nexus_core.sandbox.images import PAGE, DamagedImageError, Image, difference, pages_of
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode, ExecutionError
from nexus_protocol.patches import Add, PatchOp, Remove, Replace

pytestmark = pytest.mark.requirement("run.suspend")

ALL = Grant.of(["state:read", "state:write", "events:emit", "view:update", "tools:call", "ext:x"])


def ok(number: int, value: object = None) -> Reply:
    return Reply(id=number, value=value)


def no(number: int, code: str = "EXTENSION_ERROR", message: str = "no") -> Reply:
    return Reply(id=number, error=(code, message))


@dataclass(frozen=True)
class Turn:
    """What a resumption brings."""

    replies: tuple[Reply, ...]
    foreign: tuple[PatchOp, ...] = ()


def turns(*replies: Reply) -> tuple[Turn, ...]:
    """One answer at a time."""
    return tuple(Turn((reply,)) for reply in replies)


@dataclass(frozen=True)
class Program:
    """A handler, the answers it gets, and what must come of it."""

    code: str
    turns: tuple[Turn, ...]
    value: object = None
    error: ErrorCode | None = None
    state: dict = field(default_factory=dict)
    ops: tuple[PatchOp, ...] = ()
    """Of the last segment."""


PROGRAMS = {
    # ---- one after the other
    "one": Program("return await $ext.x.a()", turns(ok(1, 7)), 7),
    "sequence": Program(
        "const a = await $ext.x.a(); const b = await $ext.x.b(a); return [a, b]",
        turns(ok(1, 1), ok(2, 2)),
        [1, 2],
    ),
    "for": Program(
        "let sum = 0; for (let i = 0; i < 4; i++) sum += await $ext.x.n(i); return sum",
        turns(*(ok(n, n * 10) for n in range(1, 5))),
        100,
    ),
    "while": Program(
        "let at = 'a', seen = ''; while (at) { seen += at; at = (await $ext.x.next(at)).at } "
        "return seen",
        turns(ok(1, {"at": "b"}), ok(2, {"at": "c"}), ok(3, {"at": None})),
        "abc",
    ),
    "do while": Program(
        "let n = 0; do { n = await $ext.x.n() } while (n < 3); return n",
        turns(ok(1, 1), ok(2, 2), ok(3, 3)),
        3,
    ),
    "for of with break": Program(
        "for (const k of ['a', 'b', 'c']) { if (await $ext.x.has(k)) return k } return null",
        turns(ok(1, False), ok(2, True)),
        "b",
    ),
    "labels": Program(
        "let n = 0; outer: for (const a of [1, 2]) for (const b of [1, 2]) { "
        "if (await $ext.x.skip(a, b)) continue outer; n += a * 10 + b } return n",
        turns(ok(1, False), ok(2, True), ok(3, False), ok(4, False)),
        11 + 21 + 22,
    ),
    "in an argument": Program(
        "const f = (...a) => a.join('-'); return f(await $ext.x.a(), 'm', await $ext.x.b())",
        turns(ok(1, "l"), ok(2, "r")),
        "l-m-r",
    ),
    "in a template and a default": Program(
        "const { a = await $ext.x.a() } = {}; return `${a}/${await $ext.x.b()}`",
        turns(ok(1, 1), ok(2, 2)),
        "1/2",
    ),
    "switch": Program(
        "switch (await $ext.x.kind()) { case 'a': return 1; case 'b': return await $ext.x.b(); }",
        turns(ok(1, "b"), ok(2, 5)),
        5,
    ),
    "deep in calls": Program(
        "const down = async n => n === 0 ? $ext.x.a() : 1 + await down(n - 1); return down(40)",
        turns(ok(1, 2)),
        42,
    ),
    # ---- several at once
    "all": Program(
        "return Promise.all([$ext.x.a(), $ext.x.b(), $ext.x.c()])",
        turns(ok(3, "c"), ok(1, "a"), ok(2, "b")),
        ["a", "b", "c"],
    ),
    "all, one fails": Program(
        "try { await Promise.all([$ext.x.a(), $ext.x.b()]) } "
        "catch (e) { return [e.code, e.message] }",
        turns(no(2, "TIMEOUT", "late")),
        ["TIMEOUT", "late"],
    ),
    "all, answered at once": Program(
        "return (await Promise.all([1, 2, 3].map(n => $ext.x.n(n)))).reduce((a, b) => a + b)",
        (Turn((ok(1, 1), ok(2, 2), ok(3, 3))),),
        6,
    ),
    "all settled": Program(
        "return (await Promise.allSettled([$ext.x.a(), $ext.x.b()]))"
        ".map(r => [r.status, r.value ?? r.reason.code])",
        turns(no(1, "METHOD_NOT_FOUND"), ok(2, 2)),
        [["rejected", "METHOD_NOT_FOUND"], ["fulfilled", 2]],
    ),
    "race": Program(
        "return Promise.race([$ext.x.slow(), $ext.x.fast()])", turns(ok(2, "fast")), "fast"
    ),
    "race, lost by a failure": Program(
        "try { return await Promise.race([$ext.x.a(), $ext.x.b()]) } catch (e) { return e.code }",
        turns(no(1, "TIMEOUT")),
        "TIMEOUT",
    ),
    "any": Program("return Promise.any([$ext.x.a(), $ext.x.b()])", turns(no(1), ok(2, "b")), "b"),
    "any, all fail": Program(
        "try { await Promise.any([$ext.x.a(), $ext.x.b()]) } "
        "catch (e) { return [e.constructor.name, e.errors.map(x => x.message)] }",
        turns(no(2, message="second"), no(1, message="first")),
        ["AggregateError", ["first", "second"]],
    ),
    "nested": Program(
        "return Promise.all([Promise.race([$ext.x.a(), $ext.x.b()]), "
        "Promise.allSettled([$ext.x.c()]).then(r => r.length)])",
        turns(ok(3, 0), ok(1, "a")),
        ["a", 1],
    ),
    "branches of different length": Program(
        "const a = async () => { await $ext.x.a1(); return await $ext.x.a2() }; "
        "return Promise.all([a(), $ext.x.b()])",
        turns(ok(1), ok(3, "a2"), ok(2, "b")),
        ["a2", "b"],
    ),
    "a promise awaited later": Program(
        "const p = $ext.x.a(); const b = await $ext.x.b(); return [await p, b]",
        turns(ok(1, 1), ok(2, 2)),
        [1, 2],
    ),
    "a promise awaited twice": Program(
        "const p = $ext.x.a(); return [await p, await p, await p.then(n => n + 1)]",
        turns(ok(1, 1)),
        [1, 1, 2],
    ),
    "then, catch and finally": Program(
        "const seen = []; await $ext.x.a().then(v => { seen.push(v); return $ext.x.b() })"
        ".catch(e => seen.push(e.code)).finally(() => seen.push('end')); return seen",
        turns(ok(1, "a"), no(2, "CONFLICT")),
        ["a", "CONFLICT", "end"],
    ),
    "workers over a queue": Program(
        "const queue = [1, 2, 3, 4], out = []; const work = async () => { "
        "while (queue.length) out.push(await $ext.x.n(queue.shift())) }; "
        "await Promise.all([work(), work()]); return out",
        turns(ok(2, "b"), ok(1, "a"), ok(4, "d"), ok(3, "c")),
        ["b", "a", "d", "c"],
    ),
    # ---- errors
    "caught": Program(
        "try { await $ext.x.a() } catch (e) { return [e instanceof Error, e.code, e.message] }",
        turns(no(1, "TIMEOUT", "took too long")),
        [True, "TIMEOUT", "took too long"],
    ),
    "not caught": Program("await $ext.x.a()", turns(no(1, "TIMEOUT")), error=ErrorCode.TIMEOUT),
    "finally waits": Program(
        "try { await $ext.x.a() } catch { return 'caught' } finally { await $ext.x.clean() }",
        turns(no(1), ok(2)),
        "caught",
    ),
    "finally overrides": Program(
        "try { throw new Error('first') } finally { return await $ext.x.a() }",
        turns(ok(1, "second")),
        "second",
    ),
    "an error goes through two tries": Program(
        "try { try { await $ext.x.a() } finally { await $ext.x.b() } } catch (e) { return e.code }",
        turns(no(1, "CONFLICT"), ok(2)),
        "CONFLICT",
    ),
    "retries": Program(
        "for (let n = 1; ; n++) try { return [n, await $ext.x.a()] } "
        "catch (e) { if (n === 3) throw e }",
        turns(no(1), no(2), ok(3, "at last")),
        [3, "at last"],
    ),
    "thrown after a wait": Program(
        "await $ext.x.a(); null.b", turns(ok(1)), error=ErrorCode.EXECUTION_ERROR
    ),
    "an interrupted call": Program(
        "try { await $ext.x.pay(1) } catch (e) { return e.code }",
        turns(no(1, "INTERRUPTED")),
        "INTERRUPTED",
    ),
    # ---- generators
    "a generator kept over a wait": Program(
        "function* count() { let n = 0; while (true) n += (yield n) ?? 1 } "
        "const g = count(); g.next(); const a = g.next().value; "
        "const by = await $ext.x.by(); return [a, g.next(by).value, g.next().value]",
        turns(ok(1, 10)),
        [1, 11, 12],
    ),
    "an async generator": Program(
        "async function* pages() { for (let n = 1; n < 4; n++) yield await $ext.x.page(n) } "
        "const all = []; for await (const p of pages()) all.push(...p); return all",
        turns(ok(1, [1]), ok(2, [2, 3]), ok(3, [4])),
        [1, 2, 3, 4],
    ),
    "an async generator that is left": Program(
        "let closed = false; async function* g() { try { yield await $ext.x.a(); yield 2 } "
        "finally { await $ext.x.close(); closed = true } } "
        "for await (const v of g()) break; return closed",
        turns(ok(1), ok(2)),
        True,
    ),
    "an iterator in the middle": Program(
        "const it = new Map([['a', 1], ['b', 2], ['c', 3]]).entries(); it.next(); "
        "await $ext.x.a(); return [...it]",
        turns(ok(1)),
        [["b", 2], ["c", 3]],
    ),
    # ---- what lives in the guest's memory
    "a closure": Program(
        "let n = 0; const up = () => ++n; up(); await $ext.x.a(); up(); await $ext.x.b(); "
        "return up()",
        turns(ok(1), ok(2)),
        3,
    ),
    "maps, sets and dates": Program(
        "const m = new Map([[{ k: 1 }, 'v']]), s = new Set([1, 2]), d = new Date(86400000); "
        "await $ext.x.a(); return [[...m.keys()][0].k, [...s], d.toISOString(), "
        "d instanceof Date]",
        turns(ok(1)),
        [1, [1, 2], "1970-01-02T00:00:00.000Z", True],
    ),
    "an instance of a class": Program(
        "class P { #x; static made = 0; constructor(x) { this.#x = x; P.made++ } "
        "get x() { return this.#x } async load() { this.#x += await $ext.x.a(); return this } } "
        "const p = new P(1); await p.load(); return [p.x, P.made, p instanceof P]",
        turns(ok(1, 41)),
        [42, 1, True],
    ),
    "identity": Program(
        "const o = {}, w = new WeakMap([[o, 'here']]), y = Symbol('y'); o[y] = o; "
        "await $ext.x.a(); return [w.get(o), o[y] === o, w.has({})]",
        turns(ok(1)),
        ["here", True, False],
    ),
    "typed arrays and regular expressions": Program(
        "const b = new Uint8Array([1, 2, 3]), r = /a(.)/g; r.exec('abac'); await $ext.x.a(); "
        "return [b[2], b.buffer.byteLength, r.lastIndex, r.exec('abac')[1]]",
        turns(ok(1)),
        [3, 3, 2, "c"],
    ),
    "big integers, proxies and getters": Program(
        "const n = 2n ** 100n, p = new Proxy({}, { get: (_, k) => k + '!' }), "
        "g = { get v() { return 'got' } }; await $ext.x.a(); return [String(n), p.hi, g.v]",
        turns(ok(1)),
        ["1267650600228229401496703205376", "hi!", "got"],
    ),
    "a memory that has grown": Program(
        "const big = Array.from({ length: 60000 }, (_, i) => 'text ' + i); await $ext.x.a(); "
        "return [big.length, big[59999]]",
        turns(ok(1)),
        [60000, "text 59999"],
    ),
    "the same random numbers and clock": Program(
        "const a = [Math.random(), crypto.randomUUID(), Date.now()]; await $ext.x.a(); "
        "return [...a, Math.random(), crypto.randomUUID(), Date.now()].length",
        turns(ok(1)),
        6,
    ),
    "prototypes that were tampered with": Program(
        "Array.prototype.map = () => 'mine'; JSON.stringify = () => 'mine'; await $ext.x.a(); "
        "return [[1].map(), JSON.stringify({})]",
        turns(ok(1)),
        ["mine", "mine"],
    ),
    # ---- the state
    "a reference to a row, with rows put before it": Program(
        "const row = $state.rows[1]; await $ext.x.a(); row.n = 5; return $state.rows.length",
        (Turn((ok(1),), (Add(path="/rows/0", value={"n": 9}),)),),
        3,
        state={"rows": [{"n": 0}, {"n": 1}]},
        ops=(Replace(path="/rows/2/n", value=5),),
    ),
    "a reference to a row that others removed": Program(
        "const row = $state.rows[0]; await $ext.x.a(); row.n = 5; return $state.rows.length",
        (Turn((ok(1),), (Remove(path="/rows/0"),)),),
        0,
        state={"rows": [{"n": 0}]},
    ),
    "what others wrote": Program(
        "const before = $state.n; await $ext.x.a(); const { n } = $state; await $ext.x.b(); "
        "return [before, n, $state.n]",
        (
            Turn((ok(1),), (Replace(path="/n", value=2),)),
            Turn((ok(2),), (Replace(path="/n", value=3),)),
        ),
        [1, 2, 3],
        state={"n": 1},
    ),
    "a state that was replaced whole": Program(
        "const row = $state.rows[0]; await $ext.x.a(); row.n = 9; return [$state.rows[0].n, row.n]",
        (Turn((ok(1),), (Replace(path="", value={"rows": [{"n": 4}]}),)),),
        [4, 9],
        state={"rows": [{"n": 0}]},
    ),
    "a value never looked at before": Program(
        "await $ext.x.a(); return $state.late.deep[1]",
        turns(ok(1)),
        2,
        state={"late": {"deep": [1, 2]}},
    ),
    "a counter in a loop": Program(
        "for (let i = 0; i < 3; i++) { await $ext.x.n(i); $state.n += 1 } return $state.n",
        (
            Turn((ok(1),), (Replace(path="/n", value=10),)),
            Turn((ok(2),)),
            Turn((ok(3),), (Replace(path="/n", value=20),)),
        ),
        21,
        state={"n": 0},
        ops=(Replace(path="/n", value=21),),
    ),
    # ---- ends
    "waiting for nothing": Program(
        "await $ext.x.a(); await new Promise(() => {})",
        turns(ok(1)),
        error=ErrorCode.EXECUTION_ERROR,
    ),
    "too long after a wait": Program(
        "await $ext.x.a(); while (true) {}", turns(ok(1)), error=ErrorCode.TIMEOUT
    ),
    "too deep after a wait": Program(
        "await $ext.x.a(); const f = () => 1 + f(); try { f() } catch (e) { return e.name }",
        turns(ok(1)),
        "RangeError",
    ),
    "not granted after a wait": Program(
        "await $ext.x.a(); try { await $ext.y.b() } catch (e) { return e.name }",
        turns(ok(1)),
        "TypeError",
    ),
    "a call dropped at the end": Program("await $ext.x.a(); $ext.x.b(); return 1", turns(ok(1)), 1),
}

Resume = Callable[[Run, Turn], tuple[Run, Segment]]


def job(program: Program) -> Job:
    return Job(
        tool=ToolSource(name="tool", code=program.code),
        state=program.state,
        aliases=frozenset({"x"}),
        grant=ALL,
        limits=Limits(timeout_ms=300 if program.error is ErrorCode.TIMEOUT else 30_000),
        now=1_700_000_000.0,
        seed=b"0123456789abcdef",
    )


def segments(sandbox, program: Program, resume: Resume) -> list[Segment]:
    """Run a program to its end; what it cost, and where it was when time was up, is left out."""
    run = sandbox.open(job(program))
    found = [run.start()]
    try:
        for turn in program.turns:
            assert found[-1].status == "waiting", found[-1].error
            run, segment = resume(run, turn)
            found.append(segment)
    finally:
        run.close()
    assert found[-1].status != "waiting"
    return [replace(segment, metrics=Metrics(), error=timeless(segment.error)) for segment in found]


def timeless(error: ExecutionError | None) -> ExecutionError | None:
    if error is None or error.code != ErrorCode.TIMEOUT:
        return error
    return error.model_copy(update={"stack": None, "loc": None})


def live(run: Run, turn: Turn) -> tuple[Run, Segment]:
    return run, run.resume(turn.replies, turn.foreign)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_comes_to_its_end(sandbox, name):
    program = PROGRAMS[name]
    last = segments(sandbox, program, live)[-1]

    assert (last.value, last.error and last.error.code) == (program.value, program.error)
    assert last.ops == program.ops


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_does_not_notice_that_it_was_parked(sandbox, name):
    def parked(run: Run, turn: Turn) -> tuple[Run, Segment]:
        run.park()
        return live(run, turn)

    program = PROGRAMS[name]
    assert segments(sandbox, program, parked) == segments(sandbox, program, live)


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_goes_on_from_bytes(sandbox, name):
    def stored(run: Run, turn: Turn) -> tuple[Run, Segment]:
        data = run.park().to_bytes()
        run.close()
        return live(sandbox.unpark(Parked.from_bytes(data)), turn)

    program = PROGRAMS[name]
    assert segments(sandbox, program, stored) == segments(sandbox, program, live)


OTHER_PROCESS = """
import pickle, sys
from nexus_core.sandbox import Parked, Sandbox
sandbox = Sandbox()
while True:
    data, replies, foreign = pickle.load(sys.stdin.buffer)
    run = sandbox.unpark(Parked.from_bytes(data))
    segment = run.resume(replies, foreign)
    left = run.park().to_bytes() if segment.status == "waiting" else None
    sys.stdout.buffer.write(pickle.dumps((segment, left)))
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def other_process():
    """Resume a segment in another process: ``other_process(data, turn)``."""
    with subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:

        def resume(data: bytes, turn: Turn) -> tuple[Segment, bytes | None]:
            process.stdin.write(pickle.dumps((data, turn.replies, turn.foreign)))
            process.stdin.flush()
            return pickle.load(process.stdout)

        yield resume
        process.kill()


def test_programs_go_back_and_forth_between_two_processes(sandbox, other_process):
    def resume(run: Run, turn: Turn) -> tuple[Run, Segment]:
        segment, left = other_process(run.park().to_bytes(), turn)
        return (sandbox.unpark(Parked.from_bytes(left)) if left else run), segment

    for name, program in PROGRAMS.items():
        assert segments(sandbox, program, resume) == segments(sandbox, program, live), name


# ---- parking


def waiting(opened, code: str = "return await $ext.x.a()", **fields) -> Run:
    run = opened(code, aliases=frozenset({"x"}), grant=ALL, **fields)
    assert run.start().status == "waiting"
    return run


def test_a_parked_execution_is_small(opened):
    assert len(waiting(opened).park().to_bytes()) < 20_000


def test_a_parked_execution_holds_no_instance(sandbox, opened):
    waiting(opened).park()
    few = [waiting(opened) for _ in range(3)]
    for run in few:
        run.park()

    assert all(run.resume([ok(1, 5)]).value == 5 for run in few)


def test_parking_twice_gives_the_same(opened):
    run = waiting(opened)

    assert run.park() is run.park()


def test_bytes_are_read_as_they_were_written(opened):
    parked = waiting(opened, "$log('a'); await $ext.x.a()", computed={"c": "1"}).park()

    assert Parked.from_bytes(parked.to_bytes()) == parked


@pytest.mark.parametrize("when", ["before it starts", "after its end", "after it was closed"])
def test_only_what_waits_can_be_parked(opened, when):
    run = opened("return 1")
    if when == "after its end":
        run.start()
    if when == "after it was closed":
        run = waiting(opened)
        run.close()

    with pytest.raises(RuntimeError, match="waits"):
        run.park()


def test_a_parked_execution_can_be_cancelled(opened):
    run = waiting(opened)
    run.park()
    run.cancel()

    assert run.resume([ok(1)]).error.code is ErrorCode.CANCELLED


def test_what_was_used_before_still_counts(sandbox, opened):
    run = waiting(
        opened, "$log('a'); await $ext.x.a(); $log('b'); $log('c')", limits=Limits(logs=2)
    )
    segment = sandbox.unpark(run.park()).resume([ok(1)])

    assert segment.error.code is ErrorCode.RESOURCE_LIMIT


def test_computing_time_adds_up_over_a_park(sandbox, opened):
    run = waiting(opened, "const end = 2e6; let i = 0; while (i < end) i++; await $ext.x.a()")
    parked = run.park()

    assert sandbox.unpark(parked).resume([ok(1)]).metrics.compute_ms > parked.metrics.compute_ms


def test_an_error_after_a_park_tells_its_line(sandbox, opened):
    run = waiting(opened, "await $ext.x.a();\nnull.b")

    assert sandbox.unpark(run.park()).resume([ok(1)]).error.loc.line == 2


def test_another_engine_is_refused(sandbox, opened):
    with pytest.raises(ParkedError) as refused:
        sandbox.unpark(replace(waiting(opened).park(), engine="0" * 64))

    assert refused.value.reason == "engine"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[:-1], "damaged"),
        (lambda data: data[:20], "damaged"),
        (lambda data: b"", "damaged"),
        (lambda data: b"XXXX" + data[4:], "damaged"),
        (lambda data: data[:4] + b"\x09\x00" + data[6:], "version"),
        (lambda data: data[:900] + bytes([data[900] ^ 1]) + data[901:], "damaged"),
    ],
)
def test_damaged_bytes_are_refused(opened, damage, reason):
    data = waiting(opened).park().to_bytes()

    with pytest.raises(ParkedError) as refused:
        Parked.from_bytes(damage(data))
    assert refused.value.reason == reason


@pytest.fixture
def small():
    """A sandbox with room for four instances."""
    sandbox = Sandbox(instances=4)
    yield sandbox
    sandbox.close()


async def test_many_that_wait_make_room_for_others(small):
    runs = [(await small.start(job(PROGRAMS["one"])))[0] for _ in range(12)]
    resumed = [await small.resume(run, [ok(1, n)]) for n, run in enumerate(runs)]

    assert [segment.value for segment in resumed] == list(range(12))


# ---- images


def memories() -> st.SearchStrategy[tuple[bytes, bytes]]:
    pages = st.lists(st.sampled_from([bytes(PAGE), b"a" * PAGE, b"ab" * (PAGE // 2)]), max_size=6)
    return st.tuples(pages, pages).map(_longer_second)


def _longer_second(pair: tuple[list[bytes], list[bytes]]) -> tuple[bytes, bytes]:
    start, memory = (b"".join(pages) for pages in pair)
    return start, memory + bytes(max(0, len(start) - len(memory)))


def written(start: bytes, size: int, stretches: Iterable[tuple[int, bytes]]) -> bytes:
    memory = bytearray(start.ljust(size, b"\0"))
    for address, data in stretches:
        memory[address : address + len(data)] = data
    return bytes(memory)


@given(memories())
@settings(max_examples=100, deadline=None)
def test_an_image_gives_the_memory_back(pair: tuple[bytes, bytes]):
    start, memory = pair
    image = Image(difference(memory, pages_of(start), 0), 1 << 20)

    assert image.memory_bytes == len(memory)
    assert written(start, len(memory), image.stretches(pages_of(start))) == memory


def test_what_is_dead_is_not_in_an_image():
    start, memory = bytes(4 * PAGE), b"x" * (4 * PAGE)
    image = Image(difference(memory, pages_of(start), 2 * PAGE), 1 << 20)

    assert list(image.stretches(pages_of(start))) == [(2 * PAGE, b"x" * (2 * PAGE))]


def packed(memory: bytes) -> bytes:
    return difference(memory, (), 0)


@pytest.mark.parametrize(
    ("image", "most"),
    [
        (b"no image", 1 << 20),
        (packed(b"x" * PAGE)[:-4], 1 << 20),
        (packed(b"x" * (4 * PAGE)), 2 * PAGE),
        (packed(b"")[:0], 1 << 20),
    ],
)
def test_what_is_no_image_is_refused(image: bytes, most: int):
    with pytest.raises(DamagedImageError):
        Image(image, most)


def test_the_table_is_long_enough():
    assert len(PROGRAMS) >= 40
