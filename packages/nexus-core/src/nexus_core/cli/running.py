"""``nexus run``: a panel's tools called without a server."""

import argparse
import asyncio
import dataclasses
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from nexus_core.cli.terminal import (
    FINDINGS,
    GOOD,
    Subparsers,
    UsageError,
    json_object,
    json_value,
    plain,
    print_json,
    read_file,
    text_of,
    wants_colour,
)
from nexus_core.errors import InvalidPanelError, PanelError
from nexus_core.report import printable, render
from nexus_protocol import Json

if TYPE_CHECKING:
    from nexus_core.notices import Execution
    from nexus_core.panel import Panel


def register(commands: Subparsers) -> None:
    """Add ``run``."""
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


def _run(given: argparse.Namespace) -> int:
    source = text_of(read_file(cast("str", given.file)))
    state = json_object("--state", cast("str", given.state)) if given.state else None
    calls = [_parse_call(text) for text in cast("list[str]", given.call)]
    try:
        document = asyncio.run(
            _run_calls(source, state, calls, cast("list[str]", given.allow_http))
        )
    except InvalidPanelError as error:
        print(
            render(
                cast("str", given.file), source, error.diagnostics, colour=wants_colour(sys.stderr)
            ),
            file=sys.stderr,
        )
        return FINDINGS
    if given.json:
        print_json(document)
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
    from nexus_core.extensions import HttpExtension, KvExtension, MemoryStore, TimerExtension
    from nexus_core.panel import Panel

    http = HttpExtension(allow=tuple(allow_http))
    extensions = (http, KvExtension(MemoryStore()), TimerExtension())
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
        outcome["error"] = plain(execution.error)
    else:
        outcome["value"] = execution.value
    return outcome | {
        "patches": [plain(op) for op in execution.patches],
        "events": [{"name": each.name, "payload": each.payload} for each in execution.events],
        "view": [dataclasses.asdict(each) for each in execution.view],
        "logs": [{"level": each.level, "message": each.message} for each in execution.logs],
        "metrics": plain(execution.metrics),
    }


def _parse_call(text: str) -> tuple[str, dict[str, Json] | list[Json]]:
    tool, given, args = text.partition("=")
    if not given:
        return tool, {}
    value = json_value(f"--call {tool}", args)
    if not isinstance(value, dict | list):
        raise UsageError(f"--call {tool}: the arguments are a JSON object or list")
    return tool, value


def _print_run(document: dict[str, Any]) -> None:
    for each in document["results"]:
        error = each.get("error")
        outcome = f"{error['code']}: {error['message']}" if error else "ok"
        print(printable(f"{each['tool']}: {outcome}"))
        for line in each.get("logs", ()):
            print(printable(f"  {line['level']}: {line['message']}"))
    print_json(document["state"])
