"""Hooks by which schemathesis gets past the front door: it asks about what is there.

Loaded by schemathesis itself (`hooks` in its configuration). Names that are well formed become,
most of the time, those of a workspace and a panel that exist; requests are shared out over tokens
and addresses, so that the kernel's limits do not end the run. What is malformed on purpose stays.
"""

import base64
import itertools
import json
import os
import re
from pathlib import Path
from random import Random

import schemathesis
from hypothesis import strategies as st

from nexus_protocol.strict_json import JsonError, decode

KNOWN = json.loads(Path(os.environ["NEXUS_STEERING"]).read_text())
"""Seed, tokens, names of what exists, and a source that is good."""

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_random = Random(KNOWN["seed"])
_tokens = itertools.cycle(KNOWN["tokens"] or [None])
_addresses = itertools.count()


schemathesis.openapi.media_type(
    "application/zip", st.just(base64.b64decode(KNOWN["names"]["archive"]))
)


@schemathesis.serializer("application/zip")
def send_archive(context, value):
    """Send an archive as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


@schemathesis.hook
def filter_body(context, body):
    """Leave out what no schema refuses and the kernel's JSON does: U+0000, keys like __proto__ …"""
    if not isinstance(body, (dict, list, str)):
        return True
    try:
        decode(json.dumps(body, ensure_ascii=False).encode())
    except (JsonError, UnicodeEncodeError):
        return False
    return True


@schemathesis.hook
def before_call(context, case, kwargs):
    """Put names that exist in the place of those that were made up."""
    for name, known in KNOWN["names"].items():
        given = (case.path_parameters or {}).get(name)
        # What is deleted is something else, or nothing would be left to ask about.
        ends = case.method == "DELETE" and case.path.endswith(f"{{{name}}}")
        if isinstance(given, str) and _NAME.fullmatch(given) and not ends and _chance(0.9):
            case.path_parameters[name] = known
    has_source = isinstance(case.body, dict) and case.body.get("source") is not None
    if has_source and _is_positive(case) and _chance(0.5):
        case.body["source"] = KNOWN["source"]
    number = next(_addresses)
    case.headers["X-Forwarded-For"] = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if case.headers.get("Authorization", "").startswith("Bearer nxp_"):
        case.headers["Authorization"] = f"Bearer {next(_tokens)}"


def _chance(share: float) -> bool:
    return _random.random() < share


def _is_positive(case) -> bool:
    return case.meta is not None and case.meta.generation.mode.is_positive
