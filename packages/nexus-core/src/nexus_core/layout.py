"""Where the children of an automatic Layout sit on its grid of columns.

Knows columns only; how wide a column is on which screen is the renderer's business.
"""

from typing import Final

COLUMNS: Final = 12
"""Columns of the grid on a wide screen."""


def place_after(taken: int, span: int, columns: int = COLUMNS) -> tuple[bool, int]:
    """Place a child of ``span`` columns after others that take ``taken`` columns of their row.

    Children fill a row from the left; one that would pass the last column begins the next. One
    wider than the grid has a row of its own.

    Returns:
        whether it begins a new row, and how many columns of its row are then taken.

    """
    begins = taken > 0 and taken + span > columns
    return begins, (span if begins else taken + span)
