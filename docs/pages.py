"""Write a generated page, or say that it is stale: the commands beside the pages share this."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def write_or_check(page: Path, text: str, arguments: Sequence[str] | None = None) -> int:
    """Write a page, or with ``--check`` only compare it; returns the exit code."""
    parser = argparse.ArgumentParser(description=f"Write {page.name}.")
    parser.add_argument("--check", action="store_true", help="only say whether it is stale")
    given = parser.parse_args(arguments)
    if page.exists() and page.read_text(encoding="utf-8") == text:
        return 0
    if not given.check:
        page.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{page.name}: {'is stale' if given.check else 'written'}\n")
    return 1 if given.check else 0


__all__ = ["write_or_check"]
