"""What recording adds to an execution, and what running one again takes.

Prints a Markdown table. The same trivial handler runs in turns on a panel that records and on one
that does not; then its record runs a hundred times, and each result is compared byte for byte.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from nexus_core import Panel
from nexus_core.recording import RECORD_BYTES, Record
from nexus_core.replaying import replay

REPLAYS = 100
SOURCE = """
<NexusPanel title="Counter">
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic>
    <Tool name="add">
      <Arg name="by" type="number" default="1"/>
      <Handler>
        $state.n += $args.by; $emit("added", Math.random()); return [$state.n, Date.now()];
      </Handler>
    </Tool>
  </Logic>
  <View><Text content="{$state.n}"/></View>
</NexusPanel>
"""

Result = TypeVar("Result")


async def timed(work: Callable[[], Awaitable[Result]]) -> tuple[float, Result]:
    """Return microseconds and what came of it."""
    began = time.perf_counter()
    result = await work()
    return (time.perf_counter() - began) * 1e6, result


async def measure(times: int) -> None:
    """Measure and print."""
    plain = await Panel.start(SOURCE)
    recording = await Panel.start(SOURCE, record_bytes=RECORD_BYTES)
    took: dict[Panel, list[float]] = {plain: [], recording: []}
    for n in range(times):
        for panel in (plain, recording) if n % 2 else (recording, plain):
            took[panel].append((await timed(lambda panel=panel: panel.call("add")))[0])
    off, on = (statistics.median(took[panel]) for panel in (plain, recording))

    execution = await recording.call("add")
    writing: list[float] = []
    text = ""
    for _ in range(times):
        began = time.perf_counter()
        found = execution.record
        text = found.to_text() if found else ""
        writing.append((time.perf_counter() - began) * 1e6)
    record = Record.from_json(text)
    runs = [await timed(lambda: replay(record)) for _ in range(REPLAYS)]
    recorded = record.segments[0].told
    equal = sum(each.identical and str(each.segments[0].told) == str(recorded) for _, each in runs)
    for panel in (plain, recording):
        await panel.stop()

    print("| what | µs |")
    print("| --- | --- |")
    print(f"| a trivial handler | {off:.0f} |")
    print(f"| the same, recorded | {on:.0f} ({(on / off - 1) * 100:+.1f} %) |")
    print(f"| writing its record, {len(text)} bytes | {statistics.median(writing):.0f} |")
    print(f"| running it again | {statistics.median(t for t, _ in runs):.0f} |")
    print(f"\nEqual byte for byte: {equal} of {REPLAYS}.")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3000)
    asyncio.run(measure(parser.parse_args().times))


if __name__ == "__main__":
    main()
