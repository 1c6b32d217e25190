"""Handlers in fresh, isolated instances, beside a reused one and beside other engines.

Prints Markdown tables of medians in milliseconds, all measured in the same run, in turn, and what
an instance takes of memory. State and arguments are Python's values before, and so is what came of
them after. The others get them as JSON text, run the same handler in a context of their own that
was not used before, and give state, events and value back as JSON text. Calls of the host are
asynchronous in the sandbox, each a suspension, and plain calls in the others.
Whoever is not installed is listed as such (`uv sync --group bench`).
"""

import argparse
import gc
import json
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import engines

from nexus_core.sandbox import Job, Reply, Run, Sandbox, ToolSource, bridge
from nexus_core.sandbox.compiling import Compiler
from nexus_core.sandbox.engine import Engine
from nexus_core.sandbox.forms import Forms
from nexus_core.sandbox.guest import Allowance, Setup
from nexus_protocol.capabilities import Grant

SEED = b"0123456789abcdef"
Work = Callable[[], object]


def rows(bytes_: int) -> dict[str, Any]:
    """Return a state of a list whose JSON has about this length."""
    note = "lorem ipsum dolor sit amet, consectetur"
    row = {"id": 10_000, "name": "row 10000", "done": False, "amount": 1.5, "tags": ["a"]}
    each = len(json.dumps(row | {"note": note}, separators=(",", ":"))) + 1
    ids = range(10_000, 10_000 + bytes_ // each)
    return {"rows": [row | {"id": n, "name": f"row {n}", "note": note} for n in ids]}


@dataclass(frozen=True)
class Case:
    """A handler, what it is given, and what it must give."""

    code: str
    value: Any = None
    state: dict[str, Any] = field(default_factory=dict)
    args: dict[str, Any] = field(default_factory=dict)
    theirs: str | None = None
    """The handler as the others run it, where that is another."""


SMALL, LARGE = rows(10_000), rows(1_000_000)
SUM = "let s = 0; for (const row of $state.rows) s += row.amount; return s"
CHANGE = "$state.rows[%d].done = true; return $state.rows.length"
FIB = "const f = n => n < 2 ? n : f(n - 1) + f(n - 2); return f(24)"
LONG = (
    "\n".join(
        f"const item{n} = $state.list.find(x => x.id === {n}); if (item{n}) {{ item{n}.done = "
        f"!item{n}.done; $emit('toggled', {{id: {n}, at: $time.now()}}) }}"
        for n in range(25)
    )
    + "\nreturn $state.list.length"
)
TRIVIAL = "a trivial handler"
ONE_CHANGE = "one change in 1 MB"
CASES = {
    TRIVIAL: Case(
        "$state.n += $args.by; $emit('changed', {n: $state.n}); return $state.n",
        3,
        {"n": 1},
        {"by": 2},
    ),
    "100 calls of the host, one by one": Case(
        "let n = 0; for (let i = 0; i < 100; i++) n = await $ext.host.next(n); return n",
        100,
        theirs="let n = 0; for (let i = 0; i < 100; i++) n = host(n); return n",
    ),
    "100 calls of the host at once": Case(
        "return (await Promise.all(Array.from({length: 100}, (_, i) => $ext.host.next(i))))[99]",
        100,
        theirs="return Array.from({length: 100}, (_, i) => host(i))[99]",
    ),
    "fib(24)": Case(FIB, 46368),
    "all of 10 KB read": Case(SUM, 1.5 * len(SMALL["rows"]), SMALL),
    "one change in 10 KB": Case(CHANGE % 30, len(SMALL["rows"]), SMALL),
    "all of 1 MB read": Case(SUM, 1.5 * len(LARGE["rows"]), LARGE),
    ONE_CHANGE: Case(CHANGE % 3000, len(LARGE["rows"]), LARGE),
}
THEIR_BRIDGE = """(state, args) => {
  const $state = JSON.parse(state), $args = JSON.parse(args), events = [];
  const $emit = (name, payload) => { events.push([name, payload]); };
  const value = (($state, $args, $emit) => { %s })($state, $args, $emit);
  return JSON.stringify({state: $state, events, value});
}"""


def job(case: Case) -> Job:
    return Job(
        tool=ToolSource(name="work", code=case.code),
        state=case.state,
        args=case.args,
        aliases=frozenset({"host"}),
        grant=Grant.everything() | Grant.of(["ext:host"]),
        seed=SEED,
    )


def fresh(sandbox: Sandbox, case: Case) -> Work:
    """Run a case as a panel does."""

    def work() -> None:
        run = sandbox.open(job(case))
        segment = run.start()
        while segment.status == "waiting":
            segment = run.resume(
                [Reply(id=each.id, value=engines.host(each.args[0])) for each in segment.requests]
            )
        assert segment.value == case.value, segment

    return work


def reused(case: Case) -> Work:
    """The same bytes in and out of one instance, which the product never does."""
    engine = Engine()
    instance = engine.instantiate(32 << 20)
    setup = Setup(now=0.0, seed=SEED, heap_bytes=30 << 20)
    allowance = Allowance(seconds=5.0, cpu_seconds=5.0, output_bytes=1 << 20)

    def work() -> None:
        package = bridge.pack(job(case))
        left = instance.start(package.data, head=package.head, setup=setup, allowance=allowance)
        segment = bridge.unpack(left.output or b"", job(case), package.origins)
        assert segment.value == case.value

    return work


def theirs(run: engines.Run, case: Case) -> Work:
    """Run a case in another engine."""
    code = THEIR_BRIDGE % (case.theirs or case.code)

    def work() -> None:
        texts = [
            json.dumps(each, ensure_ascii=False, separators=(",", ":"))
            for each in (case.state, case.args)
        ]
        assert json.loads(run(code, texts))["value"] == case.value

    return work


@dataclass(frozen=True)
class Effort:
    """How long is measured, and by which clock."""

    rounds: int
    seconds: float
    clock: Callable[[], float] = time.perf_counter


def measure(work: Work, effort: Effort) -> list[float]:
    """Return milliseconds of each call in a stretch of time, at least five."""
    times: list[float] = []
    end = time.perf_counter() + effort.seconds
    while time.perf_counter() < end or len(times) < 5:
        began = effort.clock()
        work()
        times.append((effort.clock() - began) * 1000)
    return times


def medians(works: dict[str, Work], effort: Effort) -> dict[str, float]:
    """Measure in turn; who cannot do it is left out."""
    times: dict[str, list[float]] = {}
    for name, work in works.items():
        try:
            work()
            times[name] = []
        except NotImplementedError:
            continue
    for _ in range(effort.rounds):
        for name, found in times.items():
            found += measure(works[name], effort)
    return {name: statistics.median(found) for name, found in times.items()}


OURS, REUSED = "**Nexus**", "reused instance"


def handlers(sandbox: Sandbox, found: dict[str, engines.Run], effort: Effort) -> list[str]:
    """Compare all cases in all engines; returns the targets that are missed."""
    columns = [OURS, *found]
    print(f"| ms | {' | '.join(columns)} |\n| --- |{' --: |' * len(columns)}")
    results: dict[str, dict[str, float]] = {}
    for name, case in CASES.items():
        works = {OURS: fresh(sandbox, case)}
        works |= {peer: theirs(run, case) for peer, run in found.items()}
        results[name] = medians(works, effort)
        cells = (f"{results[name][each]:.3f}" if each in results[name] else "" for each in columns)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    trivial, change = results[TRIVIAL], results[ONE_CHANGE]
    isolating = [trivial[name] for name in engines.ISOLATING if name in trivial]
    targets = {
        "a trivial handler in at most 0.5 ms": trivial[OURS] <= 0.5,
        "under a tenth of each other engine that isolates": trivial[OURS]
        < min(isolating, default=9e9) / 10,
        "one change in 1 MB in at most 25 ms": change[OURS] <= 25,
        "and in at most what native QuickJS takes": change[OURS] <= change.get(engines.NATIVE, 9e9),
    }
    return verdicts(targets)


def isolation(sandbox: Sandbox, effort: Effort) -> list[str]:
    """Compare a fresh instance with a reused one, and a long handler's text with its kept form."""
    trivial, long = CASES[TRIVIAL], Case(LONG, 0, {"list": []})
    with ExitStack() as stack:
        from_text = Sandbox(threads=1)
        stack.callback(from_text.close)
        engine: Any = from_text._engine  # no public door leads to an execution without the cache
        engine.compiler = Compiler(engine.identity, Forms(None), smallest=1 << 30)
        found = medians(
            {
                OURS: fresh(sandbox, trivial),
                REUSED: reused(trivial),
                "kept": fresh(sandbox, long),
                "text": fresh(from_text, long),
            },
            effort,
        )
    print("\n| | ms | ratio |\n| --- | --: | --: |")
    for name, key, base in (
        ("a trivial handler in a fresh instance", OURS, OURS),
        ("in a reused one, which isolates nothing", REUSED, OURS),
        (f"a handler of {len(LONG) / 1000:.1f} KB, kept compiled", "kept", "kept"),
        ("the same from its text", "text", "kept"),
    ):
        print(f"| {name} | {found[key]:.3f} | {found[key] / found[base]:.2f} |")
    return verdicts(
        {
            "fresh at most 3 times reused": found[OURS] <= 3 * found[REUSED],
            "kept compiled at most as long as from its text": found["kept"] <= found["text"],
        }
    )


def verdicts(targets: dict[str, bool]) -> list[str]:
    print()
    for target, met in targets.items():
        print(f"- {target}: {'met' if met else 'missed'}")
    return [target for target, met in targets.items() if not met]


# ---- memory --------------------------------------------------------------------------------------


def resident() -> int:
    """Return the KiB that this process holds; pages that many mappings share count once."""
    gc.collect()
    rollup = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))


def held(make: Callable[[], object], count: int) -> float:
    """Return the KiB that each of so many takes while all are there."""
    kept = [make()]
    before = resident()
    kept += [make() for _ in range(count)]
    each = (resident() - before) / count
    for one in kept:
        getattr(one, "close", lambda: None)()
    return each


def memory(sandbox: Sandbox) -> None:
    """Print what an instance takes that has begun its handler and waits."""
    waiting = Case("await $ext.host.next(1)")

    def ours() -> Run:
        run = sandbox.open(job(waiting))
        assert run.start().status == "waiting"
        return run

    print("\n| a context or instance that has run something | KiB |\n| --- | --: |")
    print(f"| {OURS} | {held(ours, 200):.0f} |")
    for name, make, count in _contexts():
        print(f"| {name} | {held(make, count):.0f} |", flush=True)


def _contexts() -> Iterable[tuple[str, Callable[[], object], int]]:
    def made(module: str, kind: str) -> Callable[[], object]:
        def make() -> object:
            context = getattr(found, kind)()
            (context.new_context() if module == "quickjs_rs" else context).eval("1 + 1")
            return context

        found = __import__(module)
        return make

    for name, module, kind, count in (
        (engines.NATIVE, "quickjs", "Context", 100),
        (engines.QUICKJS_RS, "quickjs_rs", "Runtime", 20),
        (engines.V8, "py_mini_racer", "MiniRacer", 10),
        (engines.DENO, "jsrun", "Runtime", 10),
    ):
        try:
            yield name, made(module, kind), count
        except ImportError:
            continue


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="for each engine in each round")
    parser.add_argument("--cache", type=Path, help="folder for the compiled engine")
    parser.add_argument(
        "--processor", action="store_true", help="count processor time, where others are busy"
    )
    arguments = parser.parse_args()
    clock = time.process_time if arguments.processor else time.perf_counter
    effort = Effort(arguments.rounds, arguments.seconds, clock)

    def work() -> list[str]:
        sandbox = Sandbox(cache_dir=arguments.cache, threads=1)
        with ExitStack() as stack:
            stack.callback(sandbox.close)
            found, missing = engines.available(stack)
            if arguments.processor:  # the other process's time is not counted here
                found.pop(engines.NODE_VM, None)
            missed = handlers(sandbox, found, effort)
            for name in missing:
                print(f"- {name}: not installed")
            missed += isolation(sandbox, effort)
            memory(sandbox)
        return missed

    threading.stack_size(16 << 20)  # guests recurse
    with ThreadPoolExecutor(1) as pool:
        return 1 if pool.submit(work).result() else 0


if __name__ == "__main__":
    sys.exit(main())
