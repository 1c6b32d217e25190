"""The command ``nexus``: check, print, evaluate, run, replay and test panels without a server.

Other packages add commands through the entry point group ``nexus.commands``: a function that is
given the parser's sub-commands and sets ``func(arguments) -> int`` on each it adds. ``--json``
prints one document to stdout; errors go to stderr; the exit code is 0 for good, 1 for findings,
2 for a wrong call. Each module here holds one family of commands.
"""

import argparse
import importlib.metadata
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import cast

from nexus_core.cli import describing, evaluating, replaying, running, sources, testing
from nexus_core.cli.terminal import FINDINGS, GOOD, USAGE, Subparsers, UsageError
from nexus_core.report import printable

__all__ = ["FINDINGS", "GOOD", "USAGE", "Subparsers", "UsageError", "main", "register"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="nexus", description="Panels: check, run, serve.", allow_abbrev=False
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for entry in sorted(importlib.metadata.entry_points(group="nexus.commands")):
        cast("Callable[[Subparsers], None]", entry.load())(commands)
    given = parser.parse_args(arguments)
    _never_fail_to_print()
    try:
        code = cast("Callable[[argparse.Namespace], int]", given.func)(given)
        sys.stdout.flush()
    except UsageError as error:
        print(f"nexus: {printable(str(error))}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who reads has enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINDINGS
    return code


def _never_fail_to_print() -> None:
    """Print characters that the terminal's encoding lacks as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def register(commands: Subparsers) -> None:
    """Add the commands of this package."""
    for family in (sources, evaluating, running, replaying, testing, describing):
        family.register(commands)
