"""``nexus replay``: a recorded execution run again, and where it comes to something else."""

import argparse
import asyncio
import contextlib
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, cast

from nexus_core.cli.terminal import (
    FINDINGS,
    GOOD,
    Subparsers,
    UsageError,
    plain,
    print_json,
    read_file,
    text_of,
)
from nexus_core.errors import InvalidPanelError, PanelError
from nexus_core.report import printable

if TYPE_CHECKING:
    from nexus_core.recording import Record, RecordedSegment
    from nexus_core.replaying import Divergence, Replayed

_SECONDS = 30
_LONGEST_LINE = 160


def register(commands: Subparsers) -> None:
    """Add ``replay``."""
    replay = commands.add_parser("replay", help="run recorded executions again")
    replay.add_argument(
        "execution",
        metavar="EXECUTION",
        help="a file of records, or [WORKSPACE/]PANEL/ID of an execution that a kernel has",
    )
    replay.add_argument("--source", metavar="FILE", help="run this panel in place of the recorded")
    replay.add_argument("--times", type=int, default=1, metavar="N", help="how often (1)")
    replay.add_argument(
        "--url", default="http://127.0.0.1:3000", help="the kernel (http://127.0.0.1:3000)"
    )
    replay.add_argument("--json", action="store_true", help="print one JSON document")
    replay.set_defaults(func=_replay)


def _replay(given: argparse.Namespace) -> int:
    records = _records(cast("str", given.execution), cast("str", given.url))
    file = cast("str | None", given.source)
    source = text_of(read_file(file)) if file is not None else None
    try:
        replays = asyncio.run(_replay_all(records, source, max(1, cast("int", given.times))))
    except (InvalidPanelError, PanelError) as error:
        raise UsageError(f"{file or 'the recorded source'}: {error}") from None
    if given.json:
        print_json([plain(each) for each in replays])
    else:
        for record, each in zip(records * max(1, cast("int", given.times)), replays, strict=True):
            _print_replay(record, each, file, source)
    return GOOD if all(each.identical for each in replays) else FINDINGS


async def _replay_all(records: "list[Record]", source: str | None, times: int) -> "list[Replayed]":
    from nexus_core.recording import RecordError
    from nexus_core.replaying import replay

    try:
        return [await replay(record, source) for _ in range(times) for record in records]
    except RecordError as error:
        raise UsageError(str(error)) from None


# ---- where records are


def _records(execution: str, url: str) -> "list[Record]":
    from nexus_core.recording import Record, RecordError

    if execution == "-" or Path(execution).is_file() or execution.count("/") not in (1, 2):
        data = read_file(execution)
    else:
        data = _fetched(execution, url)
    with contextlib.suppress(RecordError):
        return [Record.from_json(data)]
    try:
        return [Record.from_json(line) for line in data.splitlines() or [data]]
    except RecordError as error:
        raise UsageError(f"{execution}: {error}") from None


def _fetched(execution: str, url: str) -> bytes:
    """Ask a kernel for a record."""
    *workspace, panel, name = (urllib.parse.quote(part, safe="") for part in execution.split("/"))
    if not url.startswith(("http://", "https://")):
        raise UsageError(
            f"--url {url}: an address that begins with http:// or https:// is expected"
        )
    path = f"api/workspaces/{(workspace or ['default'])[0]}/panels/{panel}/executions/{name}/record"
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/{path}", timeout=_SECONDS) as answer:  # noqa: S310 - the scheme was checked.
            return cast("bytes", answer.read())
    except urllib.error.HTTPError as error:
        raise UsageError(f"{execution}: the kernel at {url} answers {error.code}") from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{execution}: no such file, and no kernel at {url}: {error}") from None


# ---- what is printed


def _print_replay(
    record: "Record", replayed: "Replayed", file: str | None, source: str | None
) -> None:
    print(printable(f"{replayed.tool} {replayed.id}: {_verdict(replayed)}"))
    for number, segment in enumerate(replayed.segments, 1):
        print(printable(f"  {number}  {_segment(segment, record.segments[0].now)}"))
    if replayed.unknown:
        names = ", ".join(replayed.unknown)
        print(printable(f"  not in the record, so as declared: {names}"))
    if replayed.ended:
        print(printable(f"  then ended from outside: {replayed.ended.code}"))
    if replayed.divergence:
        _print_divergence(replayed.divergence, file or "source", source or record.source or "")


def _verdict(replayed: "Replayed") -> str:
    if replayed.divergence is None:
        return "identical"
    return f"diverges in segment {replayed.divergence.segment}"


def _segment(segment: "RecordedSegment", began: float) -> str:
    told = segment.told
    if told is None:
        return "ended before it told anything"
    counts = {"op": told.ops, "event": told.events, "view command": told.view, "log": told.logs}
    parts = [f"{len(c)} {name}{'s' * (len(c) != 1)}" for name, c in counts.items() if c]
    parts += [f"calls {each.alias}.{each.method}" for each in told.requests]
    if told.error:
        parts.append(f"{told.error.code}: {told.error.message}")
    at = f"+{(segment.now - began) * 1000:.0f} ms"
    return f"{at}, computed {segment.compute_ms:.2f} ms: {told.status}; {', '.join(parts) or '-'}"


def _print_divergence(divergence: "Divergence", file: str, source: str) -> None:
    line = divergence.loc.line
    lines = source.splitlines()
    text = lines[line - 1].strip()[:_LONGEST_LINE] if line <= len(lines) else ""
    print(printable(f"  {divergence.what} {divergence.path}".rstrip()))
    print(printable(f"    expected  {divergence.expected}"))
    print(printable(f"    found     {divergence.found}"))
    print(printable(f"  {file}:{line} | {text}"))
    if divergence.what == "requests":
        print("  the record has no answer to another call, so the replay ends here")
