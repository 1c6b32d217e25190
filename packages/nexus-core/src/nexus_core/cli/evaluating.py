"""``nexus eval``: one expression, read as in a panel and evaluated in the sandbox."""

import argparse
import asyncio
import sys
from typing import cast

from nexus_core.cli.terminal import (
    FINDINGS,
    GOOD,
    Subparsers,
    json_object,
    plain,
    print_json,
    wants_colour,
)
from nexus_core.parser import parse_expression
from nexus_core.report import printable, render
from nexus_protocol import Diagnostic, ExecutionError, Json


def register(commands: Subparsers) -> None:
    """Add ``eval``."""
    evaluate = commands.add_parser("eval", help="print the value of an expression as JSON")
    evaluate.add_argument("expression", metavar="EXPRESSION", help="as in a panel; braces optional")
    evaluate.add_argument("--state", default="{}", metavar="JSON", help="what $state holds ({})")
    evaluate.add_argument("--json", action="store_true", help="tell errors as JSON too, on stderr")
    evaluate.set_defaults(func=_eval)


def _eval(given: argparse.Namespace) -> int:
    text, as_json = cast("str", given.expression), cast("bool", given.json)
    state = json_object("--state", cast("str", given.state))
    read = parse_expression(text, states=state)
    if read.value is None:
        _tell_diagnostics(text, read.diagnostics, as_json=as_json)
        return FINDINGS
    value = asyncio.run(_evaluate(read.value.source, state))
    if isinstance(value, ExecutionError):
        _tell_error(value, as_json=as_json)
        return FINDINGS
    print_json(value)
    return GOOD


async def _evaluate(expression: str, state: dict[str, Json]) -> Json | ExecutionError:
    # Loaded here, so that the other commands do not wait for the engine.
    from nexus_core.sandbox import Sandbox

    name = "expression"
    while name in state:  # it must not hide a state from itself
        name += "_"
    sandbox = Sandbox(threads=1)
    try:
        return (await sandbox.evaluate({name: expression}, state))[name]
    finally:
        sandbox.close()


def _tell_diagnostics(text: str, found: tuple[Diagnostic, ...], *, as_json: bool) -> None:
    if as_json:
        print_json({"diagnostics": [plain(each) for each in found]}, sys.stderr)
    else:
        print(render("expression", text, found, colour=wants_colour(sys.stderr)), file=sys.stderr)


def _tell_error(error: ExecutionError, *, as_json: bool) -> None:
    if as_json:
        print_json({"error": plain(error)}, sys.stderr)
    else:
        print(printable(f"{error.code}: {error.message}"), file=sys.stderr)
