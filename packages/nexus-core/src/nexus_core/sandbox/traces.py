"""Turn the engine's stack traces into ones that count lines in the panel's source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from nexus_protocol.locations import Span

_FRAME = re.compile(
    r"\s*at (?:(?P<function>.*?) \()?(?P<file>[^()\s]+):(?P<line>\d{1,9}):(?P<column>\d{1,9})\)?"
)
_MOST_FRAMES = 20
_MOST_TEXT = 16 * 1024
"""A handler may put any text in the place of a stack, and of any length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where code that was given to the engine begins in the panel's source."""

    line: int
    column: int
    prefix: int
    """Characters that were put in front of its first line."""

    def place(self, line: int, column: int) -> Span:
        """Return the engine's line and column as a place in the panel's source."""
        line -= 1  # the bridge puts an empty line in front
        if line == self.line:
            column = max(1, column - self.prefix) + self.column - 1
        return Span(line=line, column=column, end_line=line, end_column=column + 1)


def mapped(stack: str, origins: Mapping[str, Origin]) -> tuple[str | None, Span | None]:
    """Return the frames that lie in the panel's own code, and the innermost one's place."""
    frames: list[str] = []
    innermost: Span | None = None
    for line in stack[:_MOST_TEXT].splitlines():
        found = _FRAME.fullmatch(line)
        origin = origins.get(found["file"]) if found else None
        if found is None or origin is None:
            continue
        place = origin.place(int(found["line"]), int(found["column"]))
        innermost = innermost or place
        function = found["function"] or "<anonymous>"
        frames.append(f"at {function} ({found['file']}:{place.line}:{place.column})")
    return "\n".join(frames[:_MOST_FRAMES]) or None, innermost
