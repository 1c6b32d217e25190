"""What the commands share: exit codes, what they are given and how they print."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Final, TextIO, TypeAlias

from nexus_core.parser.source import Source
from nexus_core.report import printable_json
from nexus_protocol import Json, Model
from nexus_protocol.strict_json import JsonError, decode

GOOD: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2

Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # pyright: ignore[reportPrivateUsage]


class UsageError(Exception):
    """Raised when a command was called wrongly in a way that argparse cannot see."""


def read_file(file: str) -> bytes:
    """Return what a file holds; ``-`` is the standard input.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from None


def write_file(file: str, data: bytes) -> None:
    """Put data into a file in place of what it holds.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        Path(file).write_bytes(data)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from None


def json_value(option: str, text: str) -> Json:
    """Return the JSON value given to an option.

    Raises:
        UsageError: it is no JSON.
    """
    try:
        return decode(text)
    except JsonError as error:
        raise UsageError(f"{option}: {error}") from None


def json_object(option: str, text: str) -> dict[str, Json]:
    """Return the JSON object given to an option.

    Raises:
        UsageError: it is none.
    """
    value = json_value(option, text)
    if not isinstance(value, dict):
        raise UsageError(f"{option}: a JSON object is expected")
    return value


def plain(model: Model) -> dict[str, Any]:
    """Return a model as JSON values."""
    return model.model_dump(mode="json")


def print_json(value: object, stream: TextIO | None = None) -> None:
    """Print one JSON document, to standard output unless another stream is given."""
    print(printable_json(json.dumps(value, ensure_ascii=False, indent=2)), file=stream)


def text_of(source: bytes) -> str:
    """Return the text of a source, as places in it are counted."""
    return Source(source).text


def wants_colour(stream: TextIO) -> bool:
    """Tell whether who reads the stream can see colours and wants them."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
