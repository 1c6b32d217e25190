"""``python -m workspace_kernel``: what ``nexus serve`` and ``nexus new`` do."""

import argparse
import sys
from collections.abc import Callable
from typing import cast

from workspace_kernel.cli import register


def main() -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m workspace_kernel")
    register(parser.add_subparsers(title="commands", metavar="COMMAND", required=True))
    given = parser.parse_args()
    return cast("Callable[[argparse.Namespace], int]", given.func)(given)


if __name__ == "__main__":
    sys.exit(main())
