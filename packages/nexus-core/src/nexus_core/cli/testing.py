"""``nexus test``: the tests that panels carry, and what in them did not hold."""

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from nexus_core.cli.terminal import (
    FINDINGS,
    GOOD,
    Subparsers,
    plain,
    print_json,
    read_file,
    text_of,
    wants_colour,
)
from nexus_core.parser import ParseResult, parse
from nexus_core.report import printable, render, render_tests

if TYPE_CHECKING:
    from nexus_core.panel_tests import PanelTestOutcome


class _Tested(NamedTuple):
    """A file, and what became of its tests."""

    file: str
    source: str
    result: ParseResult
    outcomes: "tuple[PanelTestOutcome, ...]"

    @property
    def ok(self) -> bool:
        return self.result.ok and all(outcome.ok for outcome in self.outcomes)


def register(commands: Subparsers) -> None:
    """Add ``test``."""
    test = commands.add_parser("test", help="run the tests that panels carry")
    test.add_argument("files", nargs="+", metavar="FILE")
    test.add_argument("--json", action="store_true", help="print one JSON document")
    test.set_defaults(func=_test)


def _test(given: argparse.Namespace) -> int:
    sources = {file: read_file(file) for file in cast("list[str]", given.files)}
    tested = asyncio.run(_run_all(sources))
    if given.json:
        print_json([_document(each) for each in tested])
    else:
        for each in tested:
            _print_tested(each)
    return GOOD if all(each.ok for each in tested) else FINDINGS


async def _run_all(sources: dict[str, bytes]) -> list[_Tested]:
    return [await _run(file, source) for file, source in sources.items()]


async def _run(file: str, source: bytes) -> _Tested:
    result = parse(source)
    text = text_of(source)
    if not result.ok:
        return _Tested(file, text, result, ())
    # Loaded here, so that the other commands do not wait for the engine.
    from nexus_core.panel_tests import run_tests

    return _Tested(file, text, result, await run_tests(text))


def _document(tested: _Tested) -> dict[str, Any]:
    return {
        "file": tested.file,
        "ok": tested.ok,
        "tests": [plain(each) for each in tested.outcomes],
        "diagnostics": [plain(each) for each in tested.result.diagnostics],
    }


def _print_tested(tested: _Tested) -> None:
    file, source, result, outcomes = tested
    if not result.ok:
        errors = tuple(each for each in result.diagnostics if each.severity == "error")
        print(render(file, source, errors, colour=wants_colour(sys.stderr)), file=sys.stderr)
    elif outcomes:
        print(render_tests(file, outcomes, colour=wants_colour(sys.stdout)))
    else:
        print(f"{printable(file)}: no tests")
