"""What a panel declares of its state: what it begins as, what survives an edit, and its types."""

from nexus_core.state.shape import carry_over, initial_state
from nexus_core.state.types import CoercionError, coerce, fits

__all__ = ["CoercionError", "carry_over", "coerce", "fits", "initial_state"]
