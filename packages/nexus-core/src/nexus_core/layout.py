"""Where the children of an automatic Layout sit on its grid of columns.

Knows columns only; how wide a column is on which screen is the renderer's business.
"""

from collections.abc import Iterable
from typing import Final

COLUMNS: Final = 12
"""Columns of the grid on a wide screen."""


def new_rows(spans: Iterable[int], columns: int = COLUMNS) -> tuple[bool, ...]:
    """Tell of each child, given the columns it takes, whether it begins a new row.

    Children fill a row from the left; one that would pass the last column begins the next. One
    wider than the grid has a row of its own.
    """
    rows: list[bool] = []
    taken = 0
    for span in spans:
        begins = taken > 0 and taken + span > columns
        taken = span if begins else taken + span
        rows.append(begins)
    return tuple(rows)
