"""Write LIMITS.md from the settings, the sandbox's limits and the constants that bound things.

python docs/limits.py            write the page
python docs/limits.py --check    only say whether it is stale, and fail if so
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Final

from pages import write_or_check

from nexus_core import Limits, ledger
from nexus_core.extensions import http, kv, registry, sql, timer
from nexus_core.history import paths
from nexus_protocol import strict_json
from workspace_kernel import account_resources, security
from workspace_kernel.auth import limits as rates
from workspace_kernel.auth import tickets
from workspace_kernel.routes import cursors, operation
from workspace_kernel.services import (
    answers,
    archives,
    journal,
    personal_tokens,
    requests,
    retention,
)
from workspace_kernel.settings import Settings
from workspace_kernel.websocket import admission, protocol

PAGE: Final = Path(__file__).parent / "LIMITS.md"

_SETTINGS: Final = {
    "Requests": ("body_bytes", "body_seconds", "head_seconds", "answer_hours", "drain_seconds"),
    "Sockets": (
        "max_sockets",
        "frame_bytes",
        "subscriptions",
        "pending_requests",
        "queue_frames",
        "ping_seconds",
    ),
    "Panels and executions": (
        "max_panels",
        "handler_timeout_ms",
        "sandbox_memory_bytes",
        "max_suspended",
        "max_suspended_bytes",
        "max_executions",
        "execution_days",
        "max_changes",
        "max_changes_bytes",
        "change_days",
        "record_bytes",
        "max_records",
        "max_records_bytes",
        "record_days",
    ),
    "The key-value store": ("kv_value_bytes", "kv_keys", "kv_total_bytes"),
    "Accounts": ("access_seconds", "session_days", "max_sessions", "key_days", "audit_days"),
}
"""The settings that bound something, by what they are about."""

_FIXED: Final[tuple[tuple[str, str, float], ...]] = (
    ("a request", "address and query, bytes", security.MAX_URL_BYTES),
    ("a request", "headers, bytes", security.MAX_HEADER_BYTES),
    ("a list", "items of one page", operation.MAX_LIMIT),
    ("a list", "characters of a cursor", cursors.MAX_LENGTH),
    ("a canvas", "windows that are kept for one person", account_resources.MAX_WINDOWS),
    ("Idempotency-Key", "answers kept for one caller", answers.MOST),
    ("JSON", "depth", strict_json.MAX_DEPTH),
    ("JSON", "largest integer, either way", strict_json.MAX_INTEGER),
    ("a socket", "fragments of one message", protocol.MAX_FRAGMENTS),
    ("a socket", "bytes given out that the peer has not read", protocol.MAX_UNREAD_BYTES),
    ("a socket", "seconds to say who it is", admission.AUTH_SECONDS),
    ("the kernel", "sockets that have not said who they are", admission.MAX_WAITING),
    ("the kernel", "tickets that nobody used yet", tickets.MAX_TICKETS),
    ("an account", "personal tokens", personal_tokens.MAX_TOKENS),
    ("a personal token", "days that it holds", account_resources.MAX_TOKEN_DAYS),
    ("an archive", "panels", archives.MOST_PANELS),
    ("an archive", "bytes of one file in it, unpacked", archives.LARGEST_ENTRY),
    ("an archive", "bytes of all of them, unpacked", archives.LARGEST),
    ("a SET", "changes over which its path is carried", ledger.CARRIED),
    ("a SET", "operations in them", ledger.CARRIED_OPS),
    ("a file in git", "bytes of its path", paths.MAX_PATH_BYTES),
    ("a file in git", "folders that it is in", paths.MAX_DEPTH),
    ("a panel", "requests under way, besides those that wait", requests.MOST_UNDER_WAY),
    ("a panel", "characters of what they ask for", requests.MOST_CHARACTERS),
    ("a change", "those that stay beyond `max_changes`", journal.SNAPSHOT_EVERY),
    (
        "a change",
        "bytes of those since the last snapshot, if that takes less",
        journal.SNAPSHOT_BYTES,
    ),
    ("an execution, a change", "seconds that it is kept at least", retention.SURELY_KEPT_SECONDS),
    ("an extension", "bytes of one answer", registry.MAX_RESULT_BYTES),
    ("nexus.http", "seconds of one request", http.MAX_TIMEOUT),
    ("nexus.kv", "bytes of a key", kv.MAX_KEY_BYTES),
    ("nexus.sql", "bytes of a statement", sql.MAX_STATEMENT),
    ("nexus.sql", "milliseconds of a statement", sql.MAX_TIMEOUT_MS),
    ("nexus.timer", "milliseconds of one sleep", timer.MAX_SLEEP_MS),
)
"""What an operator cannot change: of what, what, and how much."""


def page() -> str:
    """Return the page."""
    return "\n".join((_INTRODUCTION, *_settings(), *_executions(), *_fixed(), *_rates())) + "\n"


def _settings() -> Iterator[str]:
    for title, names in _SETTINGS.items():
        yield f"## {title}\n"
        yield "| setting | default | what |"
        yield "| --- | --- | --- |"
        for name in names:
            field = Settings.model_fields[name]
            yield f"| `{name}` | {_number(field.default)} | {_line(field.description or '')} |"
        yield ""


def _executions() -> Iterator[str]:
    yield "## One execution\n"
    yield "A panel may ask for less, never for more: `handler_timeout_ms` and"
    yield "`sandbox_memory_bytes` set the two that operators choose.\n"
    yield "| limit | default | what |"
    yield "| --- | --- | --- |"
    told = _docstrings(Limits)
    for field in fields(Limits):
        yield f"| `{field.name}` | {_number(field.default)} | {_line(told[field.name])} |"
    yield ""


def _fixed() -> Iterator[str]:
    yield "## What cannot be changed\n"
    yield "| of | what | at most |"
    yield "| --- | --- | --- |"
    yield from (f"| {of} | {what} | {_number(most)} |" for of, what, most in _FIXED)
    yield ""


def _rates() -> Iterator[str]:
    yield "## How often\n"
    yield "What is more is answered by 429 with `Retry-After`.\n"
    yield "| what, by whom | times | within |"
    yield "| --- | --- | --- |"
    yield from (f"| {each.name} | {each.times} | {each.seconds:g} s |" for each in rates.RATES)


def _docstrings(owner: type) -> dict[str, str]:
    """Return what stands below each field of a class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(owner))).body[0]
    told: dict[str, str] = {}
    statements = body.body if isinstance(body, ast.ClassDef) else []
    for field, text in pairwise(statements):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            is_text = isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant)
            told[field.target.id] = str(text.value.value) if is_text else ""  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
    return told


def _line(text: str) -> str:
    return " ".join(text.replace("``", "`").split())


def _number(value: object) -> str:
    if not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) and value % (1 << 20) == 0 and value:
        return f"{value >> 20:,} MiB"
    if isinstance(value, int) and value % 1024 == 0 and value:
        return f"{value >> 10:,} KiB"
    return f"{value:,}" if isinstance(value, int) else f"{value:,g}"


_INTRODUCTION: Final = """<!-- Written by limits.py beside this page. -->
# Limits

Whatever can grow is bounded. What passes a limit is refused, or the oldest of it goes; nothing else
suffers. [THREAT_MODEL.md](THREAT_MODEL.md) says against whom, and which tests show it.
"""


if __name__ == "__main__":
    sys.exit(write_or_check(PAGE, page()))
