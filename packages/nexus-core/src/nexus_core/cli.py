"""The command ``nexus``: check, print, format and run panels without a server.

Other packages add commands through the entry point group ``nexus.commands``: a function that is
given the parser's sub-commands and sets ``func(arguments) -> int`` on each it adds. ``--json``
prints one document to stdout; errors go to stderr; the exit code is 0 for good, 1 for findings,
2 for a wrong call.
"""

import argparse
import asyncio
import dataclasses
import importlib.metadata
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from nexus_core.errors import InvalidPanelError, PanelError
from nexus_core.parser import FormatError, ParseResult, format_source, parse
from nexus_core.report import render
from nexus_protocol import Json
from nexus_protocol.strict_json import JsonError, decode

if TYPE_CHECKING:
    from nexus_core.notices import Execution
    from nexus_core.panel import Panel

GOOD: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # pyright: ignore[reportPrivateUsage]


class UsageError(Exception):
    """Raised when a command was called wrongly in a way that argparse cannot see."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="nexus", description="Panels: check, run, serve.", allow_abbrev=False
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for entry in sorted(importlib.metadata.entry_points(group="nexus.commands")):
        cast("Callable[[Subparsers], None]", entry.load())(commands)
    given = parser.parse_args(arguments)
    try:
        return cast("Callable[[argparse.Namespace], int]", given.func)(given)
    except UsageError as error:
        print(f"nexus: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130


def register(commands: Subparsers) -> None:
    """Add the commands of this package."""
    check = commands.add_parser("check", help="say what is wrong with panels")
    check.add_argument("files", nargs="+", metavar="FILE")
    check.add_argument("--json", action="store_true", help="print one JSON document")
    check.set_defaults(func=_check)

    ast = commands.add_parser("ast", help="print a panel's tree as JSON")
    ast.add_argument("file", metavar="FILE")
    ast.set_defaults(func=_ast)

    fmt = commands.add_parser("fmt", help="lay panels out canonically, in place")
    fmt.add_argument("files", nargs="+", metavar="FILE")
    fmt.add_argument("--check", action="store_true", help="only say which would change")
    fmt.set_defaults(func=_fmt)

    run = commands.add_parser("run", help="call a panel's tools without a server")
    run.add_argument("file", metavar="FILE")
    run.add_argument("--state", metavar="JSON", help="values in place of the declared defaults")
    run.add_argument(
        "--call",
        action="append",
        default=[],
        metavar="TOOL[=ARGS]",
        help="a tool and its arguments as a JSON object or list; repeatable, run in order",
    )
    run.add_argument(
        "--allow-http",
        action="append",
        default=[],
        metavar="URL",
        help="an origin, or origin and path, that $ext.http may reach; repeatable",
    )
    run.add_argument("--json", action="store_true", help="print one JSON document")
    run.set_defaults(func=_run)


# ---- check, ast, fmt


def _check(given: argparse.Namespace) -> int:
    sources = [(file, _read(file)) for file in cast("list[str]", given.files)]
    results = [(file, source, parse(source)) for file, source in sources]
    if given.json:
        _print_json([_finding(file, result) for file, _, result in results])
    else:
        for file, source, result in results:
            _print_result(file, source, result)
    return GOOD if all(result.ok for _, _, result in results) else FINDINGS


def _finding(file: str, result: ParseResult) -> dict[str, Any]:
    return {
        "file": file,
        "ok": result.ok,
        "diagnostics": [_plain(each) for each in result.diagnostics],
        "repairs": [_plain(each) for each in result.repairs],
        "capabilities": list(result.capabilities),
    }


def _print_result(file: str, source: bytes, result: ParseResult) -> None:
    text = source.decode("utf-8", errors="replace")
    shown = render(file, text, result.diagnostics, colour=_wants_colour())
    print(shown or f"{file}: ok")


def _ast(given: argparse.Namespace) -> int:
    file = cast("str", given.file)
    source = _read(file)
    result = parse(source)
    if not result.ok or result.ast is None:
        print(
            render(
                file, source.decode("utf-8", errors="replace"), result.diagnostics, colour=False
            ),
            file=sys.stderr,
        )
        return FINDINGS
    print(result.ast.model_dump_json(indent=2))
    return GOOD


def _fmt(given: argparse.Namespace) -> int:
    outcomes = [_format_file(file, given.check) for file in cast("list[str]", given.files)]
    return GOOD if all(outcomes) else FINDINGS


def _format_file(file: str, check_only: bool) -> bool:
    """Format one file; tells whether it is, or now is, as it should be."""
    source = _read(file)
    try:
        formatted = format_source(source.decode("utf-8")).encode()
    except (FormatError, UnicodeDecodeError) as error:
        print(f"{file}: {error}", file=sys.stderr)
        return False
    if formatted == source:
        return True
    print(f"{file}: {'would change' if check_only else 'formatted'}")
    if not check_only:
        Path(file).write_bytes(formatted)
    return not check_only


# ---- run


def _run(given: argparse.Namespace) -> int:
    source = _read(cast("str", given.file)).decode("utf-8", errors="replace")
    state = _json_object("--state", cast("str", given.state)) if given.state else None
    calls = [_parse_call(text) for text in cast("list[str]", given.call)]
    try:
        document = asyncio.run(
            _run_calls(source, state, calls, cast("list[str]", given.allow_http))
        )
    except InvalidPanelError as error:
        print(
            render(cast("str", given.file), source, error.diagnostics, colour=_wants_colour()),
            file=sys.stderr,
        )
        return FINDINGS
    if given.json:
        _print_json(document)
    else:
        _print_run(document)
    return GOOD if all(each["ok"] for each in document["results"]) else FINDINGS


async def _run_calls(
    source: str,
    state: dict[str, Json] | None,
    calls: list[tuple[str, dict[str, Json] | list[Json]]],
    allow_http: Iterable[str],
) -> dict[str, Any]:
    # Loaded here, so that checking a panel does not wait for the engine.
    from nexus_core.extensions import HttpExtension, TimerExtension
    from nexus_core.panel import Panel

    extensions = (HttpExtension(allow=tuple(allow_http)), TimerExtension())
    async with Panel.open(source, state=state, extensions=extensions) as panel:
        results = [await _call(panel, tool, args) for tool, args in calls]
        await panel.refresh()
        return {"results": results, "state": panel.state, "computed": panel.computed}


async def _call(panel: "Panel", tool: str, args: dict[str, Json] | list[Json]) -> dict[str, Any]:
    try:
        return _outcome(await panel.call(tool, args))
    except PanelError as error:
        return {"tool": tool, "ok": False, "error": {"code": error.code, "message": str(error)}}


def _outcome(execution: "Execution") -> dict[str, Any]:
    outcome: dict[str, Any] = {"tool": execution.tool, "ok": execution.ok}
    if execution.error:
        outcome["error"] = _plain(execution.error)
    else:
        outcome["value"] = execution.value
    return outcome | {
        "patches": [_plain(op) for op in execution.patches],
        "events": [{"name": each.name, "payload": each.payload} for each in execution.events],
        "view": [dataclasses.asdict(each) for each in execution.view],
        "logs": [{"level": each.level, "message": each.message} for each in execution.logs],
        "metrics": _plain(execution.metrics),
    }


def _parse_call(text: str) -> tuple[str, dict[str, Json] | list[Json]]:
    tool, given, args = text.partition("=")
    if not given:
        return tool, {}
    value = _json(f"--call {tool}", args)
    if not isinstance(value, dict | list):
        raise UsageError(f"--call {tool}: the arguments are a JSON object or list")
    return tool, value


def _print_run(document: dict[str, Any]) -> None:
    for each in document["results"]:
        error = each.get("error")
        print(f"{each['tool']}: {error['code'] + ': ' + error['message'] if error else 'ok'}")
        for line in each.get("logs", ()):
            print(f"  {line['level']}: {line['message']}")
    print(json.dumps(document["state"], indent=2, ensure_ascii=False))


# ---- shared


def _read(file: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def _json(option: str, text: str) -> Json:
    try:
        return decode(text)
    except JsonError as error:
        raise UsageError(f"{option}: {error}") from None


def _json_object(option: str, text: str) -> dict[str, Json]:
    value = _json(option, text)
    if not isinstance(value, dict):
        raise UsageError(f"{option}: a JSON object is expected")
    return value


def _plain(model: Any, *, keep_none: bool = False) -> dict[str, Any]:  # noqa: ANN401
    return cast("dict[str, Any]", model.model_dump(mode="json", exclude_none=not keep_none))


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _wants_colour() -> bool:
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ


if __name__ == "__main__":
    sys.exit(main())
