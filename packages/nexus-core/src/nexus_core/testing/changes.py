"""Strategies for states and change sets; they need Hypothesis."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from hypothesis import strategies as st

from nexus_core.changes import apply_ops
from nexus_protocol import Json, PatchOp
from nexus_protocol.patches import Add, Move, Remove, Replace

NAMES = st.sampled_from(["a", "b", "c/d", "~e"])
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("xyz", max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
STATES: st.SearchStrategy[dict[str, Json]] = st.dictionaries(NAMES, VALUES, max_size=4)


def pointers(value: Json, path: str = "") -> Iterator[tuple[str, int | None]]:
    """Yield the pointer of every value inside, with the length of the list it stands in."""
    match value:
        case dict():
            for key, each in value.items():
                here = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
                yield here, None
                yield from pointers(each, here)
        case list():
            for position, each in enumerate(value):
                yield f"{path}/{position}", len(value)
                yield from pointers(each, f"{path}/{position}")
        case _:
            pass


def fitting_op(draw: Any, state: Mapping[str, Json]) -> PatchOp:  # noqa: ANN401
    """Draw an operation that fits a state; ``draw`` is what a composite strategy is given."""
    places = list(pointers(dict(state)))
    value = draw(VALUES)
    if not places or draw(st.integers(0, 4)) == 0:
        return Add(path=f"/{draw(st.sampled_from(['new', 'a']))}", value=value)
    path, length = draw(st.sampled_from(places))
    kinds: list[PatchOp] = [
        Add(path=path, value=value),
        Replace(path=path, value=value),
        Remove(path=path),
    ]
    if length is not None:
        parent = path.rpartition("/")[0]
        kinds.append(Add(path=f"{parent}/-", value=value))
        kinds.append(Move(from_=path, path=f"{parent}/{draw(st.integers(0, length - 1))}"))
    return cast("PatchOp", draw(st.sampled_from(kinds)))


@st.composite
def change_sets(draw: st.DrawFn, state: Mapping[str, Json], most: int = 6) -> tuple[PatchOp, ...]:
    """Draw operations that fit a state one after the other."""
    now, ops = dict(state), list[PatchOp]()
    for _ in range(draw(st.integers(0, most))):
        ops.append(fitting_op(draw, now))
        now = apply_ops(now, ops[-1:])
    return tuple(ops)


@st.composite
def changed_states(
    draw: st.DrawFn, *, sides: int = 1
) -> tuple[dict[str, Json], tuple[tuple[PatchOp, ...], ...]]:
    """Draw a state and change sets that each fit it."""
    state = draw(STATES)
    return state, tuple(draw(change_sets(state)) for _ in range(sides))


__all__ = ["NAMES", "STATES", "VALUES", "change_sets", "changed_states", "fitting_op", "pointers"]
