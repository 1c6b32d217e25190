"""The host's half of the bridge: jobs into bytes, bytes into segments.

The format is the one that the engine's prelude reads and writes. Everything that comes from the
guest is taken apart piece by piece; whatever is not as the prelude writes it is refused whole.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nexus_core.sandbox import capabilities
from nexus_core.sandbox.decoding import MalformedError, decode
from nexus_core.sandbox.guest import Script
from nexus_core.sandbox.limits import Limits
from nexus_core.sandbox.model import (
    Event,
    Job,
    Log,
    Reply,
    Request,
    Segment,
    ToolSource,
    ViewCommand,
)
from nexus_core.sandbox.traces import Origin, mapped
from nexus_protocol._model import Json
from nexus_protocol.errors import ErrorCode, ExecutionError
from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace

# Each begins on a line of its own: in a script's first line the engine miscounts columns by one.
_HANDLER = "\n(async function($state,$args,$emit,$log,$ext,$tools,$time,$view){"
_COMPUTED = "\n($state=>("
_WHOLE_BYTES = 4096
"""A value whose text is shorter is parsed at once; of a longer one what the handler looks at."""
_GUEST_LIMITS = ("result_bytes", "log_bytes", "logs", "events", "ops", "requests", "pending")

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class UnserialisableError(ValueError):
    """Raised when what should go into a guest is not JSON."""


class OverLimitError(Exception):
    """Raised when a guest gives more than a limit allows; carries the limit's name."""

    def __init__(self, limit: str) -> None:
        self.limit = limit
        super().__init__(f"more than the limit {limit} allows")


@dataclass(frozen=True, slots=True)
class Package:
    """A job as bytes."""

    data: bytes
    head: int
    """Length of the header that the rest is addressed from."""
    origins: Mapping[str, Origin]
    """By the name that the engine's stack traces use."""
    scripts: tuple[Script, ...]


class _Body:
    """The texts behind the header, each ended by NUL."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self._parts: list[bytes] = []
        self._length = 0

    def add(self, text: str) -> tuple[int, int]:
        try:
            data = text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise UnserialisableError("text with half a surrogate pair") from error
        place = (self._length, len(data))
        self._parts += (data, b"\0")
        self._length += len(data) + 1
        return place

    def add_script(self, text: str, name: str, line: int) -> tuple[int, int, str, int]:
        script = Script(*self.add(text), name, line)
        self.scripts.append(script)
        return script.at, script.length, script.name, script.line

    def behind(self, header: bytes) -> bytes:
        return b"".join((header, b"\0", *self._parts))


def pack(job: Job) -> Package:
    """Write a job for the guest.

    Raises:
        UnserialisableError: state, arguments or defaults are not JSON.
        OverLimitError: there is more code than the limit allows.
    """
    return _pack(job, main=True)


def pack_computed(job: Job) -> Package:
    """Write a job that evaluates the computed values and runs no handler. Raises as ``pack``."""
    return _pack(job, main=False)


def _pack(job: Job, *, main: bool) -> Package:
    sources = [job.tool.code, *(t.code for t in job.tools.values()), *job.computed.values()]
    if sum(len(each.encode("utf-8", "replace")) for each in sources) > job.limits.source_bytes:
        raise OverLimitError("source_bytes")
    body, origins = _Body(), dict[str, Origin]()
    try:
        header = _header(job, body, origins, main=main)
        data = _encode(header).encode("utf-8")
    except (ValueError, TypeError, RecursionError) as error:
        raise UnserialisableError(str(error)) from error
    return Package(body.behind(data), len(data), origins, tuple(body.scripts))


def _header(job: Job, body: _Body, origins: dict[str, Origin], *, main: bool) -> dict[str, Any]:
    grant = job.grant
    seen = capabilities.readable(grant, job.state)
    computed = capabilities.readable(grant, job.computed)
    known = capabilities.readable(grant, job.known)
    tools, hidden_tools = capabilities.callable_tools(job)
    return {
        "main": _main(job, body, origins) if main else None,
        "state": {name: body.add(_encode(job.state[name])) for name in job.state if name in seen},
        "hidden": [name for name in job.state if name not in seen],
        "computed": {
            name: _computed(name, code, body, origins) if name in computed else {"denied": True}
            for name, code in job.computed.items()
        }
        | {
            name: {"known": body.add(_encode(value))} if name in known else {"denied": True}
            for name, value in job.known.items()
        },
        "tools": {name: _tool(job.tools[name], body, origins) for name in tools},
        "hidden_tools": hidden_tools,
        "ext": capabilities.methods(job),
        "write": sorted(grant.names("state:write")),
        "emit": sorted(grant.names("events:emit")),
        "view": sorted(grant.names("view:update")),
        "limits": {name: getattr(job.limits, name) for name in _GUEST_LIMITS},
        "whole": _WHOLE_BYTES,
    }


def _main(job: Job, body: _Body, origins: dict[str, Origin]) -> dict[str, Any]:
    given = body.add(_encode(dict(job.args)))
    return {**_tool(job.tool, body, origins), "given": given}


def _tool(tool: ToolSource, body: _Body, origins: dict[str, Origin]) -> dict[str, Any]:
    file = _file_name(tool.name)
    origins[file] = Origin(line=tool.line, column=tool.column, prefix=len(_HANDLER) - 1)
    return {
        "name": tool.name,
        "code": body.add_script(f"{_HANDLER}{tool.code}\n}})", file, tool.line),
        "args": [
            {
                "name": arg.name,
                "required": arg.required,
                **({"fallback": body.add(_encode(arg.default))} if arg.has_default else {}),
            }
            for arg in tool.args
        ],
    }


def _computed(name: str, code: str, body: _Body, origins: dict[str, Origin]) -> dict[str, Any]:
    file = f"$state.{_file_name(name)}"
    origins[file] = Origin(line=1, column=1, prefix=len(_COMPUTED) - 1)
    return {"code": body.add_script(f"{_COMPUTED}{code}\n))", file, 1)}


def _file_name(name: str) -> str:
    """Return the name as it may stand in a stack trace without being mistaken for its syntax."""
    return "".join(char if char.isalnum() or char in "_$.-" else "_" for char in name)


def pack_resume(job: Job, replies: Iterable[Reply], foreign: Iterable[PatchOp]) -> bytes:
    """Write the answers, and what others changed of what this job may read.

    Raises:
        UnserialisableError: an answer is not JSON.
    """
    message = {
        "foreign": [
            op.model_dump(by_alias=True) for op in capabilities.visible_ops(job.grant, foreign)
        ],
        "replies": [
            (r.id, False, *r.error, r.retry_after) if r.error is not None else (r.id, True, r.value)
            for r in replies
        ],
    }
    try:
        return _encode(message).encode("utf-8")
    except (ValueError, TypeError, RecursionError) as error:
        raise UnserialisableError(str(error)) from error


# ---- what comes back -----------------------------------------------------------------------------


def unpack(output: bytes, job: Job, origins: Mapping[str, Origin]) -> Segment:
    """Read a segment and check it against the job's grant and limits.

    Raises:
        MalformedError: it is not as the prelude writes it.
        DeniedError: it does what is not granted.
        OverLimitError: it is more than a limit allows.
    """
    message = _dict(decode(output))
    logs = tuple(_log(item) for item in _list(message, "logs"))
    match message.get("status"):
        case "failed":
            error = read_error(_dict(message.get("error")), origins)
            return Segment(status="failed", error=error, logs=logs)
        case "done":
            value = message.get("value")
            _check_size(value, len(output), job.limits)
            return _effects(message, job, Segment(status="done", value=value, logs=logs))
        case "waiting":
            requests = tuple(_request(item) for item in _list(message, "requests"))
            capabilities.check_requests(job, requests)
            waiting = Segment(status="waiting", requests=requests, logs=logs)
            return _effects(message, job, waiting)
        case _:
            raise MalformedError("no status")


def _effects(message: dict[str, Json], job: Job, segment: Segment) -> Segment:
    ops = tuple(_op(item) for item in _list(message, "ops"))
    events = tuple(_event(item) for item in _list(message, "events"))
    view = tuple(_view(item) for item in _list(message, "views"))
    for limit, items in (("ops", ops), ("events", events), ("events", view)):
        if len(items) > getattr(job.limits, limit):
            raise OverLimitError(limit)
    capabilities.check_ops(job, ops)
    capabilities.check_events(job, events)
    capabilities.check_view(job, view)
    return Segment(
        status=segment.status, ops=ops, events=events, view=view, logs=segment.logs,
        value=segment.value, requests=segment.requests,
    )  # fmt: skip


def read_error(error: dict[str, Json], origins: Mapping[str, Origin]) -> ExecutionError:
    """Read what the guest says of an error; a code that is not one of ours is an extension's."""
    code, stack, message = error.get("code"), error.get("stack"), _text(error, "message")
    place = None
    if isinstance(stack, str):
        stack, place = mapped(stack, origins)
    return ExecutionError(
        code=_code(code),
        message=message,
        stack=stack if isinstance(stack, str) else None,
        loc=place,
    )


def read_results(
    segment: Segment, origins: Mapping[str, Origin]
) -> dict[str, Json | ExecutionError]:
    """Read the values of a job that evaluated computed values.

    Raises:
        MalformedError: it is not as the prelude writes it.
    """
    results: dict[str, Json | ExecutionError] = {}
    for name, result in _dict(segment.value).items():
        match result:
            case [True, value]:
                results[name] = value
            case [False, error]:
                results[name] = read_error(_dict(error), origins)
            case _:
                raise MalformedError("a result")
    return results


def _code(code: Json) -> ErrorCode:
    if code is None:
        return ErrorCode.EXECUTION_ERROR
    try:
        return ErrorCode(str(code))
    except ValueError:
        return ErrorCode.EXTENSION_ERROR


def _check_size(value: Json, output: int, limits: Limits) -> None:
    # The value is part of the output, so only a long output is worth measuring.
    if output > limits.result_bytes and len(_encode(value)) > limits.result_bytes:
        raise OverLimitError("result_bytes")


def _log(item: Json) -> Log:
    match item:
        case ["debug" | "info" | "warn" | "error" as level, str() as text]:
            return Log(level=level, message=text)
        case _:
            raise MalformedError("a log line")


def _op(item: Json) -> PatchOp:
    match item:
        case {"op": "add", "path": str() as path, "value": value, **rest} if not rest:
            # The values were checked while they were decoded; checking them again costs more.
            return Add.model_construct(op="add", path=path, value=value)
        case {"op": "replace", "path": str() as path, "value": value, **rest} if not rest:
            return Replace.model_construct(op="replace", path=path, value=value)
        case {"op": "remove", "path": str() as path, **rest} if not rest:
            return Remove(path=path)
        case {"op": "move", "from": str() as origin, "path": str() as path, **rest} if not rest:
            return Move.model_construct(op="move", from_=origin, path=path)
        case _:
            raise MalformedError("an operation")


def _event(item: Json) -> Event:
    match item:
        case [str() as name, payload] if 0 < len(name) <= 128:
            return Event(name=name, payload=payload)
        case _:
            raise MalformedError("an event")


def _view(item: Json) -> ViewCommand:
    match item:
        case [str() as target, str() as method, [*args]]:
            return ViewCommand(id=target, method=method, args=tuple(args))
        case _:
            raise MalformedError("a view command")


def _request(item: Json) -> Request:
    match item:
        case [int() as number, str() as alias, str() as method, [*args]] if number > 0:
            return Request(id=number, alias=alias, method=method, args=tuple(args))
        case _:
            raise MalformedError("a request")


def _dict(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise MalformedError("an object")
    return value


def _list(message: dict[str, Json], name: str) -> Sequence[Json]:
    value = message.get(name, [])
    if not isinstance(value, list):
        raise MalformedError(name)
    return value


def _text(message: dict[str, Json], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise MalformedError(name)
    return value
