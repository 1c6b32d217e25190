"""``nexus check``, ``ast`` and ``fmt``: what a panel's source says and how it looks."""

import argparse
import json
import sys
from typing import Any, cast

from nexus_core.cli.terminal import (
    FINDINGS,
    GOOD,
    Subparsers,
    plain,
    print_json,
    read_file,
    text_of,
    wants_colour,
    write_file,
)
from nexus_core.parser import FormatError, ParseResult, format_source, parse
from nexus_core.report import printable, render, render_repairs


def register(commands: Subparsers) -> None:
    """Add ``check``, ``ast`` and ``fmt``."""
    check = commands.add_parser("check", help="say what is wrong with panels")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--json", action="store_true", help="print one JSON document")
    check.set_defaults(func=_check)

    ast = commands.add_parser("ast", help="print a panel's tree as JSON")
    ast.add_argument("file", metavar="FILE")
    ast.set_defaults(func=_ast)

    fmt = commands.add_parser(
        "fmt", help="lay panels out canonically, in place; `-` from standard input to output"
    )
    fmt.add_argument("files", nargs="+", metavar="FILE")
    fmt.add_argument("--check", action="store_true", help="only say which would change")
    fmt.set_defaults(func=_fmt)


def _check(given: argparse.Namespace) -> int:
    sources = [(file, read_file(file)) for file in cast("list[str]", given.files)]
    results = [(file, source, parse(source)) for file, source in sources]
    if given.json:
        print_json([_finding(file, result) for file, _, result in results])
    else:
        for file, source, result in results:
            _print_result(file, source, result)
    return GOOD if all(result.ok for _, _, result in results) else FINDINGS


def _finding(file: str, result: ParseResult) -> dict[str, Any]:
    return {
        "file": file,
        "ok": result.ok,
        "diagnostics": [plain(each) for each in result.diagnostics],
        "repairs": [plain(each) for each in result.repairs],
        "capabilities": list(result.capabilities),
    }


def _print_result(file: str, source: bytes, result: ParseResult) -> None:
    shown = render(file, text_of(source), result.diagnostics, colour=wants_colour(sys.stdout))
    if result.repairs:
        print(render_repairs(file, result.repairs, colour=wants_colour(sys.stdout)))
    print(shown or f"{printable(file)}: ok")


def _ast(given: argparse.Namespace) -> int:
    file = cast("str", given.file)
    source = read_file(file)
    result = parse(source)
    if not result.ok or result.ast is None:
        colour = wants_colour(sys.stderr)
        print(render(file, text_of(source), result.diagnostics, colour=colour), file=sys.stderr)
        return FINDINGS
    print_json(json.loads(result.ast.to_json()))
    return GOOD


def _fmt(given: argparse.Namespace) -> int:
    outcomes = [_format_file(file, given.check) for file in cast("list[str]", given.files)]
    return GOOD if all(outcomes) else FINDINGS


def _format_file(file: str, check_only: bool) -> bool:
    """Format one file; tells whether it is, or now is, as it should be."""
    source = read_file(file)
    try:
        formatted = format_source(source.decode("utf-8")).encode()
    except (FormatError, UnicodeDecodeError) as error:
        print(f"{printable(file)}: {printable(str(error))}", file=sys.stderr)
        return False
    if file == "-" and not check_only:
        _print_source(formatted.decode())
        return True
    if formatted == source:
        return True
    if not check_only:
        write_file(file, formatted)
    print(f"{printable(file)}: {'would change' if check_only else 'formatted'}")
    return not check_only


def _print_source(source: str) -> None:
    """Print a source to the letter, but to a terminal what it can show of it."""
    if sys.stdout.isatty():
        source = "\n".join(map(printable, source.split("\n")))
    print(source, end="")
