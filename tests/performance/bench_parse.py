"""How long reading a panel takes, cold and cached, beside expat and the template compiler of Vue.

Prints two Markdown tables. The panels are copies of the sample panels in one; cold means that
every cache of the parser is empty, and the time covers parsing and all rules. expat builds a plain
tree of the panel, its code escaped as XML has it, and checks nothing; Vue's compiler (npm
``@vue/compiler-dom``) reads an equivalent template in a Node process of its own that has warmed up,
expressions parsed and checked as in Vue's own build. All take turns, so that what the machine does
meanwhile strikes them alike. Run as ``python tests/performance/bench_parse.py [--rounds N]``.
"""

import argparse
import gc
import re
import statistics
import time
from collections.abc import Callable
from typing import Any, Final
from xml.parsers import expat

from vue import VueCompiler, template

from nexus_core.parser import cache, parse, parse_cached
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.parser.javascript.handlers import analyse_handler
from panels import panel

SIZES: Final = {1_000: "≤ 1 ms", 5_000: "≤ 3 ms", 50_000: "", 500_000: ""}
"""Bytes of the panels, and what is wanted of reading them cold."""
WANTED_CACHED: Final = "≤ 30 µs"
A_ROUND: Final = 25_000
"""Bytes that each reads in a round, so that short panels are read more often."""
WARM_UP: Final = 600_000
"""Bytes that Vue's compiler has read before it counts: by then it is as fast as it gets."""

Times = dict[str, list[float]]


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


def strict(source: str) -> str:
    """Return a panel as XML takes it: ``<`` and ``&`` of code as entities, all values given."""
    source = source.replace(" multiline ", ' multiline="true" ')
    return re.sub(r"<(?![A-Za-z/!])", "&lt;", re.sub(r"&(?!\w+;)", "&amp;", source))


def forget() -> None:
    """Empty the caches of the parser."""
    analyse.cache_clear()
    analyse_handler.cache_clear()


def timed(work: Callable[[str], object], source: str, before: Callable[[], None]) -> float:
    """Return the seconds of one call."""
    before()
    begun = time.perf_counter()
    work(source)
    return time.perf_counter() - begun


def measure(source: str, rounds: int, vue: VueCompiler) -> Times:
    """Return the seconds of every call, those of each contender in turns with the others'."""
    result = parse(source)
    assert result.ast, result.diagnostics
    assert not result.diagnostics, result.diagnostics
    markup = template(result.ast)
    vue.run(markup, max(WARM_UP // len(markup), 3))
    xml = strict(source)
    cache.clear()
    parse_cached(source)
    times: Times = {"cold": [], "cached": [], "expat": [], "vue_parse": [], "vue": []}
    runs = max(A_ROUND // len(source), 1)
    for _ in range(rounds):
        for _ in range(runs):
            times["cold"].append(timed(parse, source, forget))
            times["cached"].append(timed(parse_cached, source, bool))
            times["expat"].append(timed(plain_tree, xml, bool))
        parsed, compiled = vue.run(markup, runs)
        times["vue_parse"] += parsed
        times["vue"] += compiled
    return times


def milliseconds(times: list[float]) -> str:
    value = statistics.median(times) * 1e3
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description="Measure the parser.")
    options.add_argument("--rounds", type=int, default=12, help="turns of each measurement")
    rounds = options.parse_args().rounds
    vue = VueCompiler()
    sources = [panel(size) for size in SIZES]
    gc.collect()
    gc.freeze()
    measured = [measure(source, rounds, vue) for source in sources]
    vue.close()
    sizes = [f"{len(source.encode()) / 1000:.1f} KB" for source in sources]

    print("| panel | parse and validate, ms | the fastest | wanted | cached, µs | wanted |")
    print("| --- | --: | --: | --: | --: | --: |")
    for size, wanted, times in zip(sizes, SIZES.values(), measured, strict=True):
        cached = statistics.median(times["cached"]) * 1e6
        print(
            f"| {size} | {milliseconds(times['cold'])} | {min(times['cold']) * 1e3:.2f} "
            f"| {wanted} | {cached:.1f} | {WANTED_CACHED if wanted else ''} |"
        )
    print()
    print("| panel | Nexus, ms | expat, ms | Vue parses, ms | Vue compiles, ms | Nexus to Vue |")
    print("| --- | --: | --: | --: | --: | --: |")
    for size, times in zip(sizes, measured, strict=True):
        ratio = statistics.median(times["cold"]) / statistics.median(times["vue"])
        columns = (times[name] for name in ("cold", "expat", "vue_parse", "vue"))
        print(f"| {size} | {' | '.join(map(milliseconds, columns))} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
