"""Hypothesis strategies that make NXML: whole panels, and their parts.

For laws over panels in tests of any program that reads, changes or prints them. What is made is
valid: ``parse`` finds no error in it, names that are used are declared, and all components of the
catalogue occur. How panels are made is in ``nexus_core.testing.making``, which makes them by plain
chance too; here Hypothesis chooses, so that a failing panel shrinks. Needs Hypothesis, which
``nexus-core[testing]`` brings.
"""

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from nexus_core.testing.making import Choices, PanelMaker, escaped


def _choices(draw: DrawFn, most: int) -> Choices:
    """Draw all choices at once, at most so many; those after them are the plainest."""
    size = draw(st.integers(0, most))
    given = iter(draw(st.binary(min_size=size, max_size=size)))
    return Choices(lambda number: next(given, 0) % number)


@st.composite
def names(draw: DrawFn) -> str:
    """Names of states, tools and arguments."""
    return _choices(draw, 1).name()


@st.composite
def texts(draw: DrawFn) -> str:
    """Plain text as it stands in a source: references written out, braces doubled."""
    written = escaped(_choices(draw, 5).text())
    return written.replace('"', "&quot;").replace("'", "&#39;")


@st.composite
def expressions(draw: DrawFn, states: Sequence[str] = (), items: Sequence[str] = ()) -> str:
    """Expressions that read the given states and items of ``$scope``.

    They hold no double quotes, so that they can stand in an attribute.
    """
    paths = [*(f"$state.{name}" for name in states), *(f"$scope.{name}" for name in items)]
    return _choices(draw, 40).expression(paths)


@st.composite
def panels(draw: DrawFn, *, max_nodes: int = 8) -> str:
    """Sources of whole panels in which ``parse`` finds no error.

    Args:
        draw: given by Hypothesis.
        max_nodes: about how many components and texts a view has at most.

    """
    return PanelMaker(_choices(draw, 200 + 100 * max_nodes).below, max_nodes).panel()


__all__ = ["expressions", "names", "panels", "texts"]
