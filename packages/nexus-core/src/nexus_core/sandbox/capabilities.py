"""What a grant lets into an instance, and what it lets out.

What a handler may not read is never sent to it. What comes back is compared with the grant here
once more: the guest's own checks exist for better messages only.
"""

from collections.abc import Iterable, Mapping

from nexus_core.sandbox.model import Event, Job, Request, ViewCommand
from nexus_protocol._model import Json
from nexus_protocol.capabilities import Grant
from nexus_protocol.patches import Move, PatchOp


class DeniedError(Exception):
    """Raised when a guest did what its grant does not allow; nothing of it may take effect."""

    def __init__(self, capability: str, tool: str) -> None:
        self.capability = capability
        super().__init__(f"{capability} is not granted to {tool}")


def readable(grant: Grant, names: Iterable[str]) -> set[str]:
    """Return which top-level names the grant may read."""
    granted = grant.names("state:read")
    return set(names) if "*" in granted else {name for name in names if name in granted}


def methods(job: Job) -> dict[str, list[str]]:
    """Return the granted methods of each declared extension; ``*`` stands for all."""
    return {alias: sorted(job.grant.names(f"ext:{alias}")) for alias in sorted(job.aliases)}


def callable_tools(job: Job) -> tuple[list[str], list[str]]:
    """Return the names of the tools that the grant may call, and of those it may not."""
    allowed = [name for name in job.tools if job.grant.allows("tools:call", name)]
    return allowed, [name for name in job.tools if name not in allowed]


def visible_ops(grant: Grant, ops: Iterable[PatchOp]) -> list[PatchOp]:
    """Return the operations that concern what the grant may read."""
    granted = grant.names("state:read")
    if "*" in granted:
        return list(ops)
    visible: list[PatchOp] = []
    for op in ops:
        if op.path == "" and not isinstance(op, Move):
            whole: Json = getattr(op, "value", None)
            kept = _only(granted, whole if isinstance(whole, dict) else {})
            visible.append(op.model_copy(update={"value": kept}))
        elif top_level(op.path) in granted:
            visible.append(op)
    return visible


def check_ops(job: Job, ops: Iterable[PatchOp]) -> None:
    """Make sure that only writable top-level names change.

    Raises:
        DeniedError: another one does.
    """
    for op in ops:
        _check_write(job, op.path)
        if isinstance(op, Move):
            _check_write(job, op.from_)


def check_events(job: Job, events: Iterable[Event]) -> None:
    """Make sure that only granted events are emitted.

    Raises:
        DeniedError: another one is.
    """
    for event in events:
        _check(job, "events:emit", event.name)


def check_view(job: Job, commands: Iterable[ViewCommand]) -> None:
    """Make sure that only granted components are commanded.

    Raises:
        DeniedError: another one is.
    """
    for command in commands:
        _check(job, "view:update", command.id)


def check_requests(job: Job, requests: Iterable[Request]) -> None:
    """Make sure that only declared and granted extensions are called.

    Raises:
        DeniedError: another one is.
    """
    for request in requests:
        if request.alias not in job.aliases:
            raise DeniedError(f"ext:{request.alias}", job.tool.name)
        _check(job, f"ext:{request.alias}", request.method)


def top_level(path: str) -> str:
    """Return the top-level name that a JSON pointer lies under."""
    name = path[1:].partition("/")[0]
    return name.replace("~1", "/").replace("~0", "~") if "~" in name else name


def _check(job: Job, family: str, name: str) -> None:
    if not job.grant.allows(family, name):
        raise DeniedError(f"{family}:{name}", job.tool.name)


def _check_write(job: Job, path: str) -> None:
    if not path.startswith("/"):
        raise DeniedError("state:write:*", job.tool.name)
    name = top_level(path)
    if name in job.computed:
        raise DeniedError(f"state:write:{name}", job.tool.name)
    _check(job, "state:write", name)


def _only(granted: frozenset[str], state: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in state.items() if name in granted}
