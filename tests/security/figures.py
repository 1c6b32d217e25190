"""The figures of the sandbox, S1 to S6, S8 and S9, and of the renderer, R1 and R2.

Each fails when it is missed.

`python tests/security/figures.py S1 [S2 …] [--quick] [--seed N] [--runs N]`, from any folder. Each
prints what it did as a table, with its seed. The quick form is for a look; the
deep one takes minutes and wants a machine that nobody else uses, above all for S1 and S5, which
measure time.

S1  hostile handlers, alone and four at once, through the sandbox and a real kernel
S2  memory, threads, descriptors and instances after thousands of hostile runs
S3  recursion is an error that can be caught; a thread with too small a stack is refused
S4  an execution sees nothing of the one before it
S5  event loop and /health stay quick while hostile handlers run
S6  a killed sandbox worker costs one typed error, and is back within a second
S8  every function of the host needs its capability; the engine imports nothing
S9  same source, state, arguments, clock and random: the same bytes, compiled before or not
R1  hostile trees and payloads in a real browser: nothing runs, nothing foreign is asked for
R2  the bundle runs under the served policy; trees that are far too much give an error card
"""

import argparse
import asyncio
import gc
import hashlib
import json
import os
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import httpx
import psutil
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parent.parent))

from browsing import chromium
from security import corpus, kernels, matrix, renderer
from serving import Kernel

from nexus_core.sandbox import Job, Limits, Run, Sandbox, ToolSource, bridge
from nexus_core.sandbox.compiling import Compiler
from nexus_core.sandbox.engine import Engine, Instance
from nexus_core.sandbox.forms import Forms
from nexus_core.sandbox.guest import Allowance, Setup, StoppedError
from nexus_core.sandbox.stack import ThreadStackError, thread_stack

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a figure is tried."""

    random: Random
    quick: bool
    runs: int | None = None
    """How many runs S2 makes, when somebody says so."""

    def of(self, quick: int, deep: int) -> int:
        """Return how often something is done."""
        return quick if self.quick else deep


Rows = list[tuple[str, object]]
Result = tuple[Rows, list[str]]
"""What is printed, and what is amiss."""


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value that so large a share of the values does not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def brief(case: corpus.Case, timeout_ms: float) -> corpus.Case:
    """Return the case with a shorter limit, where its outcome does not matter."""
    limits = replace(case.limits, timeout_ms=min(timeout_ms, case.limits.timeout_ms))
    return replace(case, limits=limits)


# ---- S1 ------------------------------------------------------------------------------------------


async def s1(effort: Effort) -> Result:
    """Drive the corpus; count what ended wrongly and how late the late were stopped."""
    cases, families = len(corpus.cases()), len({case.family for case in corpus.cases()})
    rows: Rows = [("cases", cases), ("families", families)]
    found = [] if cases >= 250 and families >= 12 else [f"{cases} cases of {families} families"]
    for at_once in (1, 4):
        late, wrong = await _through_sandbox(effort, at_once)
        rows += _stops(f"sandbox, {at_once} at once", late)
        found += wrong
        # Four on two cores share them: the limit is counted from when each has a thread.
        if percentile(late, 0.99) > corpus.SLACK_MS:
            found.append(f"{at_once} at once: p99 {percentile(late, 0.99):.0f} ms late")
    with (
        tempfile.TemporaryDirectory() as folder,
        kernels.Target.start(Path(folder)) as target,
    ):
        pid = target.pid
        cases = [
            case
            for case in corpus.cases()
            if not case.sandbox_only and kernels.runnable(corpus.panel_of(case))
        ]
        rows.append(("triggered in a kernel", len(cases)))
        for at_once in (1, 4):
            found += await target.attack(cases[:: effort.of(8, 1)], at_once=at_once)
        if target.pid != pid or not target.health():
            found.append("the kernel is another one now")
    return rows, found


async def _through_sandbox(effort: Effort, at_once: int) -> tuple[list[float], list[str]]:
    late: list[float] = []
    found: list[str] = []
    with closing(Sandbox(threads=4)) as sandbox:
        for _ in range(effort.of(1, 3)):
            cases = effort.random.sample(corpus.cases(), len(corpus.cases()))
            for start in range(0, len(cases), at_once):
                batch = cases[start : start + at_once]
                endings = await asyncio.gather(*(corpus.attack(sandbox, each) for each in batch))
                for case, ending in zip(batch, endings, strict=True):
                    stopped = ending.code == "TIMEOUT"
                    if stopped:
                        late.append(ending.ms - case.limits.timeout_ms)
                    if at_once == 1 or not stopped:
                        found += filter(None, [corpus.amiss(case, ending)])
                control = effort.random.choice(corpus.controls())
                found += filter(
                    None, [corpus.amiss(control, await corpus.attack(sandbox, control))]
                )
    return late, found


def _stops(name: str, late: list[float]) -> Rows:
    return [
        (f"{name}: stopped by time", len(late)),
        (f"{name}: late, median", f"{statistics.median(late):.0f} ms"),
        (f"{name}: late, p99", f"{percentile(late, 0.99):.0f} ms"),
        (f"{name}: late, most", f"{max(late):.0f} ms"),
    ]


# ---- S2 ------------------------------------------------------------------------------------------


async def s2(effort: Effort) -> Result:
    """Run hostile handlers by the thousand and see what they leave behind."""
    process = psutil.Process()
    runs = effort.runs or effort.of(200, 5000)
    instances = 16
    with closing(Sandbox(threads=4, instances=instances)) as sandbox:

        async def attack(count: int) -> None:
            for _ in range(count // 4):
                four = effort.random.choices(corpus.cases(), k=4)
                await asyncio.gather(*(corpus.attack(sandbox, brief(each, 15)) for each in four))

        await attack(effort.of(40, 200))
        before = _held(process)
        await attack(runs)
        after = _held(process)
        slots = _slots(sandbox, instances)
    growth = (after[0] - before[0]) / MIB
    rows: Rows = [("hostile runs", runs), ("growth", f"{growth:.1f} MiB")]
    names = ("threads", "descriptors", "instances alive")
    rows += [(name, f"{a} → {b}") for name, a, b in zip(names, before[1:], after[1:], strict=True)]
    rows.append(("slots free", f"{slots} of {instances}"))
    found = [f"grew by {growth:.1f} MiB"] if growth > 32 else []
    found += [
        f"{name} went from {a} to {b}"
        for name, a, b in zip(names, before[1:], after[1:], strict=True)
        if b > a
    ]
    return rows, found + ([] if slots == instances else [f"only {slots} slots are free"])


def _held(process: psutil.Process) -> tuple[int, int, int, int]:
    gc.collect()
    alive = sum(isinstance(each, Instance) for each in gc.get_objects())
    return process.memory_info().rss, process.num_threads(), process.num_fds(), alive


def _slots(sandbox: Sandbox, most: int) -> int:
    """Return how many instances can wait at the same time."""
    code = "await $ext.timer.sleep(1)"
    grant = corpus.Grant.of(["ext:timer"])
    job = Job(tool=ToolSource(name="wait", code=code), aliases=frozenset({"timer"}), grant=grant)
    runs = [sandbox.open(job) for _ in range(most)]
    waiting = 0

    def start() -> None:
        nonlocal waiting
        waiting = sum(run.start().status == "waiting" for run in runs)

    _on_large_stack(start)
    for run in runs:
        run.close()
    return waiting


def _on_large_stack(work: Callable[[], None], size: int = 16 * MIB) -> None:
    before = threading.stack_size(size)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()


# ---- S3 ------------------------------------------------------------------------------------------

RECURSIONS = (
    "function f() { f() } f()",
    "const o = {get x() { return this.x }}; o.x",
    "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x",
    "[3, 1, 2].sort(function f() { [1, 2].sort(f) })",
    "const o = {toString() { return '' + o }}; '' + o",
    "class A { constructor() { new A } } new A",
    "async function f() { await f() } await f()",
    "function* g() { yield* g() } [...g()]",
    "JSON.parse('[1]', function f() { return JSON.parse('[1]', f) })",
    "JSON.parse('['.repeat(1e6))",
    "let o = []; for (let i = 0; i < 1e5; i++) o = [o]; JSON.stringify(o)",
    "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)",
    "const f = () => 'a'.replace('a', f); f()",
    "function f() { f.apply(null, arguments) } f()",
)


async def s3(effort: Effort) -> Result:
    """Recurse in every way, and start guests on threads of every size."""
    found: list[str] = []
    times = effort.of(1, 20)
    with closing(Sandbox()) as sandbox:
        for body in RECURSIONS * times:
            code = f"try {{ {body} }} catch (e) {{ return e instanceof RangeError }}"
            outcome = await sandbox.run(code, limits=Limits(timeout_ms=60_000, cpu_ms=60_000))
            if outcome.value is not True:
                found.append(f"{body}: {outcome.error or outcome.value}")
        sizes = {kib: _on_thread_of(sandbox, kib << 10) for kib in (128, 512, 1024, 2048, 4096)}
    found += [f"a stack of {kib} KiB: {end}" for kib, end in sizes.items() if end == "crash"]
    found += [
        f"{kib} KiB was not refused"
        for kib in (128, 512, 1024, 2048)
        if sizes[kib] not in ("refused", "given a larger one")
    ]
    rows: Rows = [("recursions caught", f"{len(RECURSIONS) * times - len(found)}")]
    return rows + [(f"thread with {kib} KiB", end) for kib, end in sizes.items()], found


def _on_thread_of(sandbox: Sandbox, size: int) -> str:
    """Return how a guest that recurses ends on a thread that is to have so much stack.

    The C library hands the stack of a thread that ended on to one that asks for less.
    """
    ended: list[str] = []

    def work() -> None:
        if (thread_stack() or 0) > 2 * size:
            ended.append("given a larger one")
            return
        try:
            error = sandbox.open(Job(tool=ToolSource(name="t", code=RECURSIONS[0]))).start().error
            ended.append(str(error.code) if error else "ok")
        except ThreadStackError:
            ended.append("refused")

    _on_large_stack(work, size)
    return ended[0] if ended else "crash"


# ---- S4 ------------------------------------------------------------------------------------------

CANARY = "c4n4ry-0f-th3-0ther-3xecut10n"
PLANT = (
    f"globalThis['le' + 'ak'] = Array.from({{length: 99}}, (_, i) => '{CANARY}' + i);"
    f" Math.max = () => '{CANARY}'; globalThis[Symbol.for('leak')] = '{CANARY}';\n"
)
FINGERPRINT = """
const seen = new Map(), lines = [];
const visit = (path, value, depth) => {
  if (typeof value !== "object" && typeof value !== "function" || value === null) return;
  if (seen.has(value) || depth > 6) return;
  seen.set(value, path);
  for (const key of Reflect.ownKeys(value)) {
    const d = Object.getOwnPropertyDescriptor(value, key), at = path + "." + String(key);
    lines.push(at + typeof d.value + d.writable + d.enumerable + d.configurable +
      (typeof d.value === "object" || typeof d.value === "function" ? "" : String(d.value)));
    for (const part of [d.value, d.get, d.set]) visit(at, part, depth + 1);
  }
  visit(path + ".[[P]]", Object.getPrototypeOf(value), depth + 1);
};
visit("global", globalThis, 0);
visit("function", Object.getPrototypeOf(async () => {}), 0);
const dirty = new Uint32Array(1 << 12).some(x => x !== 0);
const result = [lines.length, lines.join(), dirty, Object.keys($state), Math.random()];
await $ext.timer.sleep(1);
return result;
"""


async def s4(effort: Effort) -> Result:
    """Run an attack and then a probe in the same slots: it must see a world as at boot."""
    pairs = effort.of(100, 10_000)
    found: list[str] = []
    # Only four slots, so that the probe gets the memory of a recent attack.
    with closing(Sandbox(threads=1, instances=4)) as sandbox:
        clean, _ = await _probe(sandbox)
        for number in range(pairs):
            case = brief(effort.random.choice(corpus.cases()), 4)
            await corpus.attack(sandbox, replace(case, code=PLANT + case.code))
            seen, memory = await _probe(sandbox)
            if seen != clean:
                found.append(f"pair {number}, {case.id}: the probe saw {_beside(seen, clean)}")
            if CANARY.encode() in memory:
                found.append(f"pair {number}, {case.id}: its text is in the probe's memory")
    return [("pairs", pairs), ("properties in a probe's world", json.loads(clean)[0])], found


def _beside(seen: str, clean: str) -> str:
    """Return where two texts begin to differ, in both."""
    pairs = zip(seen, clean, strict=False)
    at = next((place for place, (here, there) in enumerate(pairs) if here != there), 40)
    return f"{seen[at - 40 : at + 60]!r}, not {clean[at - 40 : at + 60]!r}"


async def _probe(sandbox: Sandbox) -> tuple[str, bytes]:
    """Return what a fresh execution sees of its world, and its memory while it waits."""
    job = Job(
        tool=ToolSource(name="probe", code=FINGERPRINT),
        aliases=frozenset({"timer"}),
        grant=corpus.Grant.of(["ext:timer"]),
        limits=Limits(timeout_ms=5000),
        now=corpus.NOW,
        seed=corpus.SEED,
    )
    run, segment = await sandbox.start(job)
    assert segment.status == "waiting", segment
    memory = _memory(run)
    done = await sandbox.resume(run, [corpus.Reply(id=segment.requests[0].id)])
    run.close()
    return json.dumps(done.value), memory


def _memory(run: Run) -> bytes:
    import ctypes

    instance: Any = run._instance  # what no public door shows: all of the guest's memory
    return ctypes.string_at(instance._base(), instance._size())


# ---- S5 ------------------------------------------------------------------------------------------

FLOODS = (
    "while (true) {}",
    "let s = 'x'; for (;;) s += s",
    "for (let i = 0; i < 900; i++) $emit('e', 'x'.repeat(1000)); for (;;);",
    "[].indexOf.call({length: 2 ** 53 - 1}, 1)",
    "$state.o = {}; for (let i = 0; i < 9000; i++) $state.o['k' + i] = 'x'.repeat(200)",
    "$state.o = {}; for (let i = 0; i < 9000; i++) $state.o['k' + i] = {i, j: [i, i]}",
    "const f = () => Promise.resolve().then(f); await f()",
    "return Array(300000).fill(1)",
    "for (;;) $log('x'.repeat(1000))",
)


async def s5(effort: Effort) -> Result:
    """Keep four hostile handlers running, and see whether anybody else has to wait."""
    seconds = effort.of(5, 40)
    with tempfile.TemporaryDirectory() as folder:
        kernel = _again("--kernel", folder)
        assert kernel.stdout is not None
        port = int(kernel.stdout.readline())
        quiet, _ = await _load(port, 3, 0)
        health, triggered = await _load(port, seconds, 4)
        kernel.terminate()
        lags = json.loads(kernel.communicate()[0].splitlines()[-1])
    busy = lags[len(lags) // 4 :]
    rows: Rows = [
        ("hostile executions", triggered),
        ("/health alone, p99", f"{percentile(quiet, 0.99):.1f} ms"),
        ("/health under attack, median", f"{statistics.median(health):.1f} ms"),
        ("/health under attack, p99", f"{percentile(health, 0.99):.1f} ms"),
        ("event loop late, median", f"{statistics.median(busy):.1f} ms"),
        ("event loop late, p99", f"{percentile(busy, 0.99):.1f} ms"),
        ("load average", f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"),
    ]
    found: list[str] = []
    if percentile(busy, 0.99) > 50:
        found.append(f"the event loop is {percentile(busy, 0.99):.1f} ms late at p99")
    if percentile(health, 0.99) > 100:
        found.append(f"/health takes {percentile(health, 0.99):.1f} ms at p99")
    if triggered == 0 and effort:
        found.append("nothing hostile ran")
    return rows, found


def _again(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start this command in another process."""
    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
    )


async def _load(port: int, seconds: float, clients: int) -> tuple[list[float], int]:
    """Ask for /health again and again while clients trigger; return the times, and how many ran."""
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + seconds
    took: list[float] = []
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as http:

        async def trigger(number: int) -> int:
            count = 0
            while time.monotonic() < until:
                tool = f"flood{(number + count) % len(FLOODS)}"
                path = f"/api/workspaces/default/panels/hostile{number}/tools/{tool}"
                await http.post(path, json={"args": {}})
                count += 1
            return count

        running = [asyncio.create_task(trigger(number)) for number in range(clients)]
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=30) as probe:
            while time.monotonic() < until:
                began = time.perf_counter()
                (await probe.get("/health")).raise_for_status()
                took.append((time.perf_counter() - began) * 1000)
                await asyncio.sleep(0.01)
        return took, sum(await asyncio.gather(*running))


async def serve_and_watch(folder: Path) -> None:
    """Serve a kernel in this process; print its port, and in the end how late its loop ever was."""
    from workspace_kernel.serving import KernelServer, claimed, listen
    from workspace_kernel.settings import Settings

    # The server raises the signal that ended it again: there is something left to print.
    signal.signal(signal.SIGTERM, lambda *_: None)
    settings = Settings(data=folder, port=0, demo=False, handler_timeout_ms=400)
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append((time.perf_counter() - began - 0.005) * 1000)

    with claimed(settings), closing(listen(settings)) as listener:
        port = listener.getsockname()[1]
        ready = asyncio.Event()
        server = KernelServer(settings.model_copy(update={"port": port}), on_ready=ready.set)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await ready.wait()
        await asyncio.to_thread(_create_hostile, port)
        print(port, flush=True)
        watching = asyncio.create_task(watch())
        await serving
        watching.cancel()
    print(json.dumps([round(each, 2) for each in lags]))


def _create_hostile(port: int) -> None:
    tools = "".join(
        f'<Tool name="flood{number}"><Handler><![CDATA[{code}]]></Handler></Tool>'
        for number, code in enumerate(FLOODS)
    )
    source = (
        '<NexusPanel><Data><State name="o" type="object" default="{}"/></Data>'
        f"<Logic>{tools}</Logic></NexusPanel>"
    )
    for number in range(4):
        answer = httpx.post(
            f"http://127.0.0.1:{port}/api/workspaces/default/panels",
            json={"id": f"hostile{number}", "source": source},
            trust_env=False,
        )
        answer.raise_for_status()


# ---- S6 ------------------------------------------------------------------------------------------

_BACK_WITHIN = 1.0
_SETTLED = 11.0
"""Seconds after which a worker's end is not taken for a bad start any more."""
_SPINNING = """
<NexusPanel><Logic>
  <Tool name="spin"><Handler timeout_ms="60000">for (;;) {}</Handler></Tool>
</Logic></NexusPanel>
"""
_COUNTING = """
<NexusPanel>
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic><Tool name="add"><Handler>$state.n += 1; return $state.n</Handler></Tool></Logic>
</NexusPanel>
"""


async def s6(effort: Effort) -> Result:
    """Kill sandbox workers under a real kernel: what it costs, and how soon they are back."""
    rounds = effort.of(3, 20)
    back, served, found = await killed_workers(rounds, 0 if effort.quick else _SETTLED)
    rows: Rows = [
        ("workers killed", rounds),
        ("executions of another panel meanwhile", served),
        ("back, median", f"{statistics.median(back) * 1000:.0f} ms"),
        ("back, slowest", f"{max(back) * 1000:.0f} ms"),
    ]
    if served == 0:
        found.append("the kernel served nothing meanwhile")
    if max(back) > _BACK_WITHIN:
        found.append(f"a worker was back after {max(back):.2f} s")
    return rows, found


async def killed_workers(rounds: int, rest: float) -> tuple[list[float], int, list[str]]:
    """Kill busy workers; return when each was back, how much ran beside, and what is amiss."""
    environment = {
        "NEXUS_SANDBOX": "workers",
        "NEXUS_SANDBOX_WORKERS": "2",
        "NEXUS_HANDLER_TIMEOUT_MS": "60000",
    }
    back: list[float] = []
    found: list[str] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        kernels.Target.start(Path(folder), **environment) as target,
    ):
        target.create("spinning", _SPINNING)
        target.create("counting", _COUNTING)
        address = f"http://127.0.0.1:{target.port}"
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=120) as http:
            await _metric(http, "workers", 2)
            calm = asyncio.create_task(_count(http))
            for number in range(1, rounds + 1):
                hit = asyncio.create_task(_trigger(http, "spinning", "spin"))
                worker = await _busy_child(target.pid)
                began = time.monotonic()
                worker.kill()
                await _metric(http, "workers_lost_total", number)
                await _metric(http, "workers", 2)
                back.append(time.monotonic() - began)
                code = ((await hit).get("error") or {}).get("code")
                if code != "INTERRUPTED":
                    found.append(f"the execution in a killed worker ended as {code}")
                await asyncio.sleep(rest)
            calm.cancel()
            served, wrong = await calm
    return back, served, found + wrong


async def _trigger(http: httpx.AsyncClient, panel: str, tool: str) -> dict[str, Any]:
    path = f"/api/workspaces/default/panels/{panel}/tools/{tool}"
    return (await http.post(path, json={"args": {}})).json()


async def _count(http: httpx.AsyncClient) -> tuple[int, list[str]]:
    """Add one again and again until cancelled; a killed worker may cost the one that is in it."""
    served, wrong = 0, list[str]()
    try:
        while True:
            result = await _trigger(http, "counting", "add")
            served += 1
            code = (result.get("error") or {}).get("code")
            if code is not None:
                wrong.append(f"another panel's execution ended as {code}")
            await asyncio.sleep(0.005)
    except asyncio.CancelledError:
        return served, wrong


async def _metric(http: httpx.AsyncClient, name: str, wanted: int) -> None:
    """Wait until the kernel tells this number of its sandbox."""
    while f"nexus_sandbox_{name} {wanted}.0" not in (await http.get("/metrics")).text:  # noqa: ASYNC110
        await asyncio.sleep(0.005)


async def _busy_child(kernel: int) -> psutil.Process:
    """Return the worker that computes: the one whose processor time grows by the second."""
    while True:
        children = psutil.Process(kernel).children()
        before = [each.cpu_times().user for each in children]
        await asyncio.sleep(0.3)
        for child, earlier in zip(children, before, strict=True):
            if child.is_running() and child.cpu_times().user - earlier > 0.1:
                return child


# ---- S8 ------------------------------------------------------------------------------------------


async def s8(effort: Effort) -> Result:
    """Try every function of the host with and without its capability."""
    found: list[str] = []
    with closing(Sandbox()) as sandbox:
        for row in matrix.ROWS:
            found += matrix.amiss(row, matrix.verdicts(sandbox, row))
        given = matrix.reachable(sandbox)
    rows = {row.name for row in matrix.ROWS}
    found += [f"{name} has no row" for name in given - rows]
    found += [f"{name} is not given to handlers" for name in rows - given]
    found += [f"{text!r} is taken for a capability" for text in matrix.accepted()]
    found += [f"the engine imports {name}" for name in matrix.imports()]
    table: Rows = [
        ("functions of the host", len(matrix.ROWS)),
        ("columns", ", ".join(matrix.EXPECTED)),
        ("malformed spellings", len(matrix.MALFORMED)),
        ("imports of the engine", len(matrix.imports())),
    ]
    return table, found


# ---- S9 ------------------------------------------------------------------------------------------


async def s9(effort: Effort) -> Result:
    """Run handlers again and again, here and in processes that hash otherwise."""
    times = effort.of(3, 100)
    first = digests(1)
    found = [f"{name} differs within one process" for name in _different(first, digests(times))]
    for _ in range(effort.of(1, 3)):
        hashing = str(effort.random.randrange(1, 2**32))
        there = json.loads(_again("--digests", "1", PYTHONHASHSEED=hashing).communicate()[0])
        found += [f"{name} differs between processes" for name in _different(first, there)]
    return [
        ("handlers", len(first)),
        ("times each", times),
        ("other processes", effort.of(1, 3)),
    ], found


def _different(here: dict[str, list[str]], there: dict[str, list[str]]) -> list[str]:
    return [name for name in here if {*here[name]} != {*there[name]} or len({*there[name]}) != 1]


def digests(times: int) -> dict[str, list[str]]:
    """Return hashes of what each handler's first segment told the host, byte for byte.

    The first time from its text, then from the form that is made of it once and kept. Handlers
    that are stopped by time are left out: where they were then is the clock's doing.
    """
    engine = Engine()
    engine.compiler = Compiler(engine.identity, Forms(None), smallest=0)
    found: dict[str, list[str]] = {}

    def work() -> None:
        for case in (*corpus.controls(), *corpus.cases()):
            if case.family not in HEAVY and "TIMEOUT" not in case.outcomes:
                from_text = _digest(engine, case, compiled=False)
                found[case.id] = [from_text, *(_digest(engine, case) for _ in range(times))]

    _on_large_stack(work)
    engine.close()
    return found


HEAVY = {"memory", "stack", "floods", "natives", "shared-mem", "shared-stack", "shared-cpu"}
"""Families that are about what an engine cannot take: they would take hours, a hundred times."""


def _digest(engine: Engine, case: corpus.Case, *, compiled: bool = True) -> str:
    job = corpus.job_of(case)
    package = bridge.pack(job)
    instance = engine.instantiate(job.limits.memory_bytes)
    try:
        left = instance.start(
            package.data,
            head=package.head,
            setup=Setup(now=job.now, seed=job.seed, heap_bytes=job.limits.memory_bytes - 2 * MIB),
            allowance=Allowance(seconds=60, cpu_seconds=60, output_bytes=job.limits.output_bytes),
            scripts=package.scripts if compiled else (),
        )
    except StoppedError as error:
        return error.reason
    finally:
        instance.close()
    return hashlib.sha256(package.data + (left.output or b"")).hexdigest()


# ---- R1 and R2 -----------------------------------------------------------------------------------


async def r1(effort: Effort) -> Result:
    """Put hostile trees and payloads before the renderer, in a real browser."""
    return await asyncio.to_thread(
        _in_browser, lambda *there: renderer.r1(*there, effort.random, quick=effort.quick)
    )


async def r2(effort: Effort) -> Result:
    """Load the renderer under the served policy, and give it far too much to draw."""
    return await asyncio.to_thread(
        _in_browser, lambda *there: renderer.r2(*there, quick=effort.quick)
    )


def _in_browser(figure: Callable[[Browser, Kernel], Result]) -> Result:
    """Try a figure in a browser, against a kernel that serves the page of the attacks."""
    with (
        tempfile.TemporaryDirectory() as folder,
        renderer.served(Path(folder)) as kernel,
        chromium() as browser,
    ):
        return figure(browser, kernel)


# ---- the command line ----------------------------------------------------------------------------

FIGURES: dict[str, Callable[[Effort], Coroutine[None, None, Result]]] = {
    "S1": s1, "S2": s2, "S3": s3, "S4": s4, "S5": s5, "S6": s6, "S8": s8, "S9": s9,
    "R1": r1, "R2": r2,
}  # fmt: skip


def report(name: str, seed: int, quick: bool, runs: int | None) -> bool:
    """Try a figure, print its table, and tell whether it is reached."""
    began = time.monotonic()
    effort = Effort(Random(seed), quick, runs)
    rows, found = asyncio.run(FIGURES[name](effort))
    title = (FIGURES[name].__doc__ or "").splitlines()[0]
    print(f"\n{name}: {title} (seed {seed}, {time.monotonic() - began:.0f} s)\n")
    print("| | |\n| --- | --- |")
    for label, value in rows:
        print(f"| {label} | {value} |")
    for each in found[:20]:
        print(f"MISSED: {each[:400]}")
    print(f"{name}: {'MISSED' if found else 'reached'}", flush=True)
    return not found


def main() -> int:
    """Run as told by the command line."""
    parser = argparse.ArgumentParser(description="The figures of sandbox and renderer.")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}")
    parser.add_argument("--quick", action="store_true", help="a look rather than a proof")
    parser.add_argument("--seed", type=int, default=None, help="of the random generator")
    parser.add_argument("--runs", type=int, default=None, help="hostile runs of S2")
    parser.add_argument("--kernel", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--digests", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.kernel:
        asyncio.run(serve_and_watch(given.kernel))
        return 0
    if given.digests:
        print(json.dumps(digests(given.digests)))
        return 0
    unknown = [name for name in given.figures if name not in FIGURES]
    if unknown:
        parser.error(f"no figure is named {', '.join(unknown)}")
    seed = secrets.randbits(32) if given.seed is None else given.seed
    reached = [report(name, seed, given.quick, given.runs) for name in given.figures or FIGURES]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
