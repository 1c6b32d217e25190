"""What one execution may use. Exceeding a limit is an error that names it."""

from dataclasses import dataclass, fields

MIB = 1024 * 1024
SMALLEST_MEMORY = 4 * MIB
"""What the engine itself takes, and something to work with."""
LARGEST_MEMORY = 256 * MIB
"""What a slot of the engine's memory pool is reserved for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one execution, over all of its segments unless said otherwise."""

    timeout_ms: float = 5000
    """Computing time; waiting for extensions does not count."""
    wall_ms: float = 24 * 3600 * 1000
    """Time from beginning to end, waiting included."""
    memory_bytes: int = 32 * MIB
    """Linear memory, the engine's own two or so MiB included."""
    result_bytes: int = MIB
    """The returned value as JSON."""
    log_bytes: int = 64 * 1024
    """All log messages together, in UTF-16 units."""
    logs: int = 1000
    """Log messages."""
    events: int = 1000
    """Events and view commands, each, in one segment."""
    ops: int = 10_000
    """Operations on the state in one segment."""
    requests: int = 1000
    """Calls of extensions."""
    pending: int = 100
    """Calls of extensions that wait at the same time."""
    source_bytes: int = 256 * 1024
    """The code that goes into the instance."""
    output_bytes: int = 4 * MIB
    """Everything that one segment tells, as JSON."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) <= 0:
                raise ValueError(f"the limit {field.name} must be positive")
        if not SMALLEST_MEMORY <= self.memory_bytes <= LARGEST_MEMORY:
            between = f"between {SMALLEST_MEMORY} and {LARGEST_MEMORY}"
            raise ValueError(f"the limit memory_bytes must be {between}")
