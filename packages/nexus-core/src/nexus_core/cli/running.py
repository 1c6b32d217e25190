"""``nexus run``: a panel's tools called without a server."""

import argparse
import asyncio
import dataclasses
import sys
from collections.abc import Iterable, Mapping
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
    write_file,
)
from nexus_core.errors import InvalidPanelError, PanelError
from nexus_core.report import printable, render
from nexus_core.state import fits
from nexus_protocol import ExecutionError, Json, PanelAst
from nexus_protocol.ast import StateType

if TYPE_CHECKING:
    from nexus_core.notices import Execution
    from nexus_core.panel import Panel
    from nexus_core.recording import Record


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
    run.add_argument(
        "--record", metavar="FILE", help="write what `nexus replay` runs again, one call a line"
    )
    run.add_argument("--json", action="store_true", help="print one JSON document")
    run.set_defaults(func=_run)


def _run(given: argparse.Namespace) -> int:
    source = text_of(read_file(cast("str", given.file)))
    state = json_object("--state", cast("str", given.state)) if given.state else None
    calls = [_parse_call(text) for text in cast("list[str]", given.call)]
    file = cast("str | None", given.record)
    records: list[Record] | None = None if file is None else []
    try:
        document = asyncio.run(
            _run_calls(source, state, calls, cast("list[str]", given.allow_http), records)
        )
    except InvalidPanelError as error:
        print(
            render(
                cast("str", given.file), source, error.diagnostics, colour=wants_colour(sys.stderr)
            ),
            file=sys.stderr,
        )
        return FINDINGS
    if file is not None and records is not None:
        write_file(file, "".join(f"{each.to_text()}\n" for each in records).encode())
    if given.json:
        print_json(document)
    else:
        _print_run(document)
    good = all(each["ok"] for each in document["results"]) and not document["failures"]
    return GOOD if good else FINDINGS


async def _run_calls(
    source: str,
    state: dict[str, Json] | None,
    calls: list[tuple[str, dict[str, Json] | list[Json]]],
    allow_http: Iterable[str],
    records: "list[Record] | None",
) -> dict[str, Any]:
    # Loaded here, so that checking a panel does not wait for the engine.
    from nexus_core.extensions import HttpExtension, KvExtension, MemoryStore, TimerExtension
    from nexus_core.notices import Failed, Notice
    from nexus_core.panel import Panel

    http = HttpExtension(allow=tuple(allow_http))
    extensions = (http, KvExtension(MemoryStore()), TimerExtension())
    failed: list[Failed] = []

    def hear(notice: Notice) -> None:
        if isinstance(notice, Failed):
            failed.append(notice)

    recording = records is not None
    async with Panel.open(source, state, extensions, listener=hear, record=recording) as panel:
        _check_state(panel.ast, state or {})
        results = [await _call(panel, tool, args, records) for tool, args in calls]
        values = await panel.refresh()
        document = {"results": results, "state": panel.state, "computed": panel.computed}
    lifecycles = [{"lifecycle": each.tool, "error": plain(each.error)} for each in failed]
    computed = [
        {"computed": name, "error": plain(value)}
        for name, value in values.items()
        if isinstance(value, ExecutionError)
    ]
    return document | {"failures": lifecycles + computed}


def _check_state(ast: PanelAst, state: Mapping[str, Json]) -> None:
    """Refuse values that the panel would not take, rather than leave them out in silence."""
    declared: dict[str, StateType] = {each.name: each.type for each in ast.data.states}
    for name, value in state.items():
        if name not in declared:
            raise UsageError(f"--state: the panel has no state {name!r}")
        if not fits(value, declared[name]):
            raise UsageError(f"--state: {name} is declared as {declared[name]}")


async def _call(
    panel: "Panel",
    tool: str,
    args: dict[str, Json] | list[Json],
    records: "list[Record] | None",
) -> dict[str, Any]:
    try:
        execution = await panel.call(tool, args)
        await panel.settled()
    except PanelError as error:
        return {"tool": tool, "ok": False, "error": {"code": error.code, "message": str(error)}}
    record = execution.record
    if records is not None and record is not None:
        records.append(record)
    return _outcome(execution)


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


def _told(error: dict[str, Any]) -> str:
    place = f" (line {error['loc']['line']})" if error.get("loc") else ""
    return f"{error['code']}: {error['message']}{place}"


def _parse_call(text: str) -> tuple[str, dict[str, Json] | list[Json]]:
    tool, given, args = text.partition("=")
    if not given:
        return tool, {}
    value = json_value(f"--call {tool}", args)
    if not isinstance(value, dict | list):
        raise UsageError(f"--call {tool}: the arguments are a JSON object or list")
    return tool, value


def _print_run(document: dict[str, Any]) -> None:
    for each in document["failures"]:
        name = each.get("lifecycle") or f"$state.{each['computed']}"
        print(printable(f"{name}: {_told(each['error'])}"), file=sys.stderr)
    for each in document["results"]:
        outcome = _told(each["error"]) if "error" in each else "ok"
        print(printable(f"{each['tool']}: {outcome}"))
        for line in each.get("logs", ()):
            print(printable(f"  {line['level']}: {line['message']}"))
    print_json(document["state"])
