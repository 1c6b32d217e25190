"""Packing children on the grid of an automatic Layout."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.layout import COLUMNS, place_after

spans = st.lists(st.integers(1, COLUMNS))


def new_rows(spans: list[int], columns: int = COLUMNS) -> tuple[bool, ...]:
    """Which of the children of a Layout begin a row."""
    rows: list[bool] = []
    taken = 0
    for span in spans:
        begins, taken = place_after(taken, span, columns)
        rows.append(begins)
    return tuple(rows)


@pytest.mark.requirement("lang.layout")
def test_a_child_that_would_pass_the_last_column_begins_a_row():
    assert new_rows([3, 3, 3, 3, 3, 6, 6, 12]) == (
        False, False, False, False, True, False, True, True,
    )  # fmt: skip


@pytest.mark.requirement("lang.layout")
def test_a_narrow_screen_has_fewer_columns():
    assert new_rows([3, 3, 6], columns=4) == (False, True, True)


@pytest.mark.requirement("lang.layout")
@given(spans)
def test_no_row_is_wider_than_the_grid_and_none_begins_early(columns: list[int]):
    taken = 0
    for span, begins in zip(columns, new_rows(columns), strict=True):
        assert begins == (taken + span > COLUMNS)
        taken = span if begins else taken + span
        assert taken <= COLUMNS
