"""A panel's state: what it starts as, how it changes, and what its values may be."""

from nexus_core.state.changes import PatchConflictError, apply_ops, invert_ops, split_pointer
from nexus_core.state.shape import carry_over, initial_state
from nexus_core.state.types import CoercionError, coerce, fits

__all__ = [
    "CoercionError",
    "PatchConflictError",
    "apply_ops",
    "carry_over",
    "coerce",
    "fits",
    "initial_state",
    "invert_ops",
    "split_pointer",
]
