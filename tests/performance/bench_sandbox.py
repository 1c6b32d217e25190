"""A trivial handler in a fresh, isolated instance, beside a reused one and beside other engines.

Prints a Markdown table: medians of milliseconds, and ratios to the sandbox's fresh instance, all
measured in the same run, in turn. The handler reads and writes the state, reads its arguments and
emits an event. The others get the same state and arguments as JSON text, run the same handler in a
context of their own that was not used before, and give state and events back as JSON text.
One that is not installed is listed as such (`uv sync --group bench`).
"""

import argparse
import importlib
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from nexus_core.sandbox import Job, Sandbox, ToolSource, bridge
from nexus_core.sandbox.engine import Engine
from nexus_core.sandbox.guest import Allowance, Setup
from nexus_protocol.capabilities import Grant

CODE = "$state.n += $args.by; $emit('changed', {n: $state.n}); return"
STATE, ARGS = {"n": 1}, {"by": 2}
SEED = b"0123456789abcdef"
EXPECTED = {"state": {"n": 3}, "events": [["changed", {"n": 3}]]}

BRIDGE = f"""
((state, args) => {{
  const $state = JSON.parse(state), $args = JSON.parse(args), events = [];
  const $emit = (name, payload) => {{ events.push([name, payload]); }};
  (($state, $args, $emit) => {{ {CODE} }})($state, $args, $emit);
  return JSON.stringify({{state: $state, events}});
}})({json.dumps(json.dumps(STATE))}, {json.dumps(json.dumps(ARGS))})
"""

Work = Callable[[], object]


def job() -> Job:
    tool = ToolSource(name="add", code=CODE)
    return Job(tool=tool, state=STATE, args=ARGS, grant=Grant.everything(), seed=SEED)


def fresh(sandbox: Sandbox) -> Work:
    def work() -> None:
        segment = sandbox.open(job()).start()
        assert segment.ops[0].value == 3

    return work


def reused() -> Work:
    """The same bytes in and out of one instance, which the product never does."""
    engine = Engine()
    instance = engine.instantiate(32 << 20)
    setup = Setup(now=0.0, seed=SEED, heap_bytes=30 << 20)
    allowance = Allowance(seconds=5.0, cpu_seconds=5.0, output_bytes=1 << 20)

    def work() -> None:
        package = bridge.pack(job())
        left = instance.start(package.data, head=package.head, setup=setup, allowance=allowance)
        segment = bridge.unpack(left.output or b"", job(), package.origins)
        assert segment.ops[0].value == 3

    return work


def native_quickjs() -> Work:
    quickjs = importlib.import_module("quickjs")
    return lambda: check(quickjs.Context().eval(BRIDGE))


def mini_racer() -> Work:
    racer = importlib.import_module("py_mini_racer")

    def work() -> None:
        context = racer.MiniRacer()
        try:
            check(context.eval(BRIDGE))
        finally:
            context.close()

    return work


def jsrun() -> Work:
    runtimes = importlib.import_module("jsrun")

    def work() -> None:
        runtime = runtimes.Runtime()
        try:
            check(runtime.eval(BRIDGE))
        finally:
            runtime.close()

    return work


def check(text: object) -> None:
    assert json.loads(str(text)) == EXPECTED


FRESH, REUSED = "sandbox, fresh instance", "sandbox, reused instance"
V8, DENO = "mini-racer (V8), fresh isolate", "jsrun (V8), fresh runtime"
# A native context is no wall: a bug in the engine is a bug in the process.
ISOLATING = (V8, DENO)

PEERS: dict[str, Callable[[], Work]] = {
    "native quickjs-ng, fresh context": native_quickjs,
    V8: mini_racer,
    DENO: jsrun,
}


def measure(work: Work, seconds: float) -> list[float]:
    """Return milliseconds of each call in a stretch of time, at least ten."""
    times: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(times) < 10:
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return times


def candidates(sandbox: Sandbox) -> tuple[dict[str, Work], list[str]]:
    works: dict[str, Work] = {
        FRESH: fresh(sandbox),
        REUSED: reused(),
    }
    missing: list[str] = []
    for name, make in PEERS.items():
        try:
            works[name] = make()
        except ImportError:
            missing.append(name)
    return works, missing


def main() -> int:
    """Measure and print; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.4, help="for each engine in each round")
    parser.add_argument("--cache", type=Path, help="folder for the compiled engine")
    arguments = parser.parse_args()

    sandbox = Sandbox(cache_dir=arguments.cache)
    works, missing = candidates(sandbox)
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        work()
    for _ in range(arguments.rounds):
        for name, work in works.items():
            times[name] += measure(work, arguments.seconds)
    sandbox.close()
    return report({name: statistics.median(each) for name, each in times.items()}, missing)


def report(medians: dict[str, float], missing: list[str]) -> int:
    base, again = medians[FRESH], medians[REUSED]
    print("| engine | median ms | to fresh |\n| --- | --: | --: |")
    for name, median in medians.items():
        print(f"| {name} | {median:.3f} | {median / base:.2f} |")
    for name in missing:
        print(f"| {name} | not installed | |")
    targets = {
        "fresh at most 3 times reused": base <= 3 * again,
        "fresh under a tenth of each other engine that isolates": all(
            base < medians[name] / 10 for name in ISOLATING if name in medians
        ),
    }
    print()
    for target, met in targets.items():
        print(f"- {target}: {'met' if met else 'missed'}")
    return 0 if all(targets.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
