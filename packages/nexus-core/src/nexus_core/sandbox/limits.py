"""What one execution may use. Exceeding a limit is an error that names it.

Each has a code of its own where there is one (TIMEOUT, CPU_LIMIT, MEMORY_LIMIT, STACK_OVERFLOW);
the others are RESOURCE_LIMIT, with the limit's name in the message. Who stops an execution that is
over a limit is the engine's and the run's business.
"""

import math
from dataclasses import dataclass, fields, replace
from functools import lru_cache

MIB = 1024 * 1024
SMALLEST_MEMORY = 4 * MIB
"""What the engine itself takes, and something to work with."""
LARGEST_MEMORY = 256 * MIB
"""What a slot of the engine's memory pool is reserved for."""
SMALLEST_STACK = 32 * 1024
"""What the bridge itself takes, and something to work with."""
LARGEST_STACK = 256 * 1024
"""What the stacks below JavaScript's are laid out for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one execution, over all of its segments unless said otherwise."""

    timeout_ms: float = 5000
    """Time that it runs, by the wall clock; waiting for extensions does not count."""
    cpu_ms: float = 30_000
    """Processor time that it uses: less than it runs where many share a processor, so that it is
    for who lets handlers run long."""
    wall_ms: float = 24 * 60 * 60 * 1000
    """Time from its start to its end, waiting for extensions included."""
    memory_bytes: int = 32 * MIB
    """Linear memory, the engine's own two or so MiB included."""
    stack_bytes: int = LARGEST_STACK
    """Stack of JavaScript; more than that is a RangeError that a handler can catch."""
    result_bytes: int = MIB
    """The returned value as JSON."""
    log_bytes: int = 64 * 1024
    """All log messages together, in UTF-16 units."""
    logs: int = 1000
    """Log messages."""
    events: int = 1000
    """Events and view commands, each."""
    ops: int = 10_000
    """Mutations of the state, as operations of its change sets."""
    requests: int = 1000
    """Calls of extensions."""
    pending: int = 100
    """Calls of extensions that wait at the same time."""
    source_bytes: int = 256 * 1024
    """The code that goes into the instance, as UTF-8."""
    output_bytes: int = 4 * MIB
    """Everything that one segment tells, as JSON."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"the limit {field.name} must be positive and finite")
        if not SMALLEST_MEMORY <= self.memory_bytes <= LARGEST_MEMORY:
            between = f"between {SMALLEST_MEMORY} and {LARGEST_MEMORY}"
            raise ValueError(f"the limit memory_bytes must be {between}")
        if not SMALLEST_STACK <= self.stack_bytes <= LARGEST_STACK:
            between = f"between {SMALLEST_STACK} and {LARGEST_STACK}"
            raise ValueError(f"the limit stack_bytes must be {between}")

    def within(self, ceiling: "Limits") -> "Limits":
        """Return these limits, each cut down to the ceiling's.

        Cut down rather than refused: a panel that asks for more than an operator gives still runs,
        and is told the limit that it really had when it passes that.
        """
        return _lower(self, ceiling)


@lru_cache(maxsize=256)
def _lower(limits: Limits, ceiling: Limits) -> Limits:
    """Return the lower of each; asked before every execution, nearly always about the same."""
    names = [field.name for field in fields(limits)]
    lower = {name: min(getattr(limits, name), getattr(ceiling, name)) for name in names}
    return replace(limits, **lower)
