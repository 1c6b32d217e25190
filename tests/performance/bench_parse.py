"""How long parsing a panel takes, cold and cached, beside expat building a plain tree.

Prints one Markdown table. Panels of 1, 5 and 50 KB are made of the same realistic parts; cold
means that every cache of the parser is empty, and the time covers parsing and all rules. Run as
``python tests/performance/bench_parse.py [--runs N]``.
"""

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from typing import Any
from xml.parsers import expat

from nexus_core.parser import cache, parse, parse_cached
from nexus_core.parser.expressions import analyse
from nexus_core.parser.handlers import analyse_handler

SIZES = (1_000, 5_000, 50_000)

DATA = """
    <State name="items{n}" type="list" default='[{{"id": 1, "text": "Milk", "done": false}}]'/>
    <State name="draft{n}" type="string" default="" description="What is being typed."/>
    <Computed name="open{n}" value="{{$state.items{n}.filter(i => !i.done).length}}"/>"""
LOGIC = """
    <Tool name="add{n}" description="Append what was typed.">
      <Arg name="text" type="string" required="false"/>
      <Handler><![CDATA[
        const text = ($args.text ?? $state.draft{n}).trim();
        if (!text) return null;
        $state.items{n}.push({{ id: crypto.randomUUID(), text, done: false }});
        $state.draft{n} = "";
        $emit.toast(`${{$state.items{n}.length}} items`, "success");
      ]]></Handler>
    </Tool>"""
VIEW = """
      <Metric label="Open" value="{{$state.open{n}}}" unit="items"/>
      <Input label="New item" bind="$state.draft{n}" placeholder="What?" trigger="add{n}"/>
      <Button label="Add" trigger="add{n}" disabled="{{!$state.draft{n}.trim()}}"/>
      <Iterate items="{{$state.items{n}}}" as="item" key="id">
        <Switch label="Done" bind="$scope.item.done"/>
        <Text variant="body">{{$scope.index + 1}}. {{$scope.item.text}}</Text>
      </Iterate>"""
FRAME = """<NexusPanel title="Lists" description="Several lists of things.">
  <Data>{data}
  </Data>
  <Logic>{logic}
  </Logic>
  <View>
    <Layout strategy="auto" gap="md">{view}
    </Layout>
  </View>
</NexusPanel>
"""


SMALL = """<NexusPanel title="Counter" description="Counts up and down.">
  <Data>
    <State name="n" type="number" default="0"/>
    <Computed name="double" type="number" value="{$state.n * 2}"/>
  </Data>
  <Logic>
    <Tool name="change" description="Add to the number.">
      <Arg name="by" type="number" default="1"/>
      <Handler>
        $state.n += $args.by;
        if ($state.n > 99) $emit.toast("That is a lot.", "info");
      </Handler>
    </Tool>
  </Logic>
  <View>
    <Layout strategy="stack" gap="md">
      <Metric label="Number" value="{$state.n}" trend="{$state.n > 0 ? 'up' : 'down'}"/>
      <Text variant="caption">Twice that is {$state.double}.</Text>
      <Layout strategy="flex" gap="sm">
        <Button label="More" trigger="change" args="{ by: 1 }"/>
        <Button label="Less" variant="secondary" trigger="change" args="{ by: -1 }"/>
      </Layout>
    </Layout>
  </View>
</NexusPanel>
"""


def panel(size: int) -> str:
    """A panel of about that many bytes."""
    made, number = SMALL, 0
    data = logic = view = ""
    while len(made) < size * 0.9:
        data += DATA.format(n=number)
        logic += LOGIC.format(n=number)
        view += VIEW.format(n=number)
        made = FRAME.format(data=data, logic=logic, view=view)
        number += 1
    return made


def plain_tree(source: str) -> list[Any]:
    """What expat gives with the least one can do with it: a tree of lists."""
    top: list[Any] = []
    stack = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        node: list[Any] = [name, attributes]
        stack[-1].append(node)
        stack.append(node)

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = lambda text: stack[-1].append(text)
    parser.Parse(source, True)
    return top


def cold(source: str) -> None:
    analyse.cache_clear()
    analyse_handler.cache_clear()
    parse(source)


def median(work: Callable[[str], object], source: str, runs: int) -> float:
    """Median seconds of one call."""
    times: list[float] = []
    for _ in range(runs):
        begun = time.perf_counter()
        work(source)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description="Measure the parser.")
    options.add_argument("--runs", type=int, default=200, help="calls of each measurement")
    runs = options.parse_args().runs
    gc.collect()
    gc.freeze()
    print("| panel | parse and validate, cold | cached | expat, plain tree |")
    print("| --- | ---: | ---: | ---: |")
    for size in SIZES:
        source = panel(size)
        result = parse(source)
        assert result.ok, result.diagnostics
        assert not result.diagnostics, result.diagnostics
        cache.clear()
        parse_cached(source)
        few = max(runs * 1_000 // size, 10) if size > 5_000 else runs
        print(
            f"| {len(source.encode()) / 1000:.1f} KB "
            f"| {median(cold, source, few) * 1e3:.2f} ms "
            f"| {median(parse_cached, source, runs) * 1e6:.1f} µs "
            f"| {median(plain_tree, source, runs) * 1e3:.3f} ms |"
        )


if __name__ == "__main__":
    main()
