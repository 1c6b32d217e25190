"""Packing children on the grid of an automatic Layout."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core.layout import COLUMNS, place_after
from nexus_core.parser import parse
from nexus_core.testing.strategies import panels
from nexus_protocol.ast import Cell, ComponentNode, IfNode, LiteralValue, TextNode, Value, ViewNode
from nexus_protocol.components import CATALOGUE

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


# ---- in a panel


def cells(node: ComponentNode) -> list[Cell]:
    return [child.layout for child in node.children if not isinstance(child, TextNode)]


def drawn(attributes: str, inside: str) -> list[Cell]:
    source = f"<NexusPanel><View><Layout{attributes}>{inside}</Layout></View></NexusPanel>"
    ast = parse(source).ast
    assert ast is not None
    assert isinstance(ast.view, ComponentNode)
    return cells(ast.view)


def components(node: ViewNode) -> Iterator[ComponentNode]:
    """A node and what stands in it, as far as they are components."""
    if isinstance(node, TextNode):
        return
    if isinstance(node, ComponentNode):
        yield node
    others = node.otherwise if isinstance(node, IfNode) else ()
    for child in (*node.children, *others):
        yield from components(child)


@pytest.mark.parametrize("component", CATALOGUE, ids=lambda component: component.name)
@pytest.mark.requirement("lang.layout")
def test_a_component_takes_the_columns_of_the_catalogue(component):
    before = '<If condition="{1}"/>' if component.name == "Else" else ""
    found = drawn("", f"{before}<{component.name}/>")
    assert found[-1] == Cell(col_span=component.columns)


@pytest.mark.parametrize(
    ("attributes", "begins"),
    [
        ("", True),
        (' strategy="auto"', True),
        (' strategy="stack"', False),
        (' strategy="row"', False),
        (' strategy="flex"', False),
    ],
)
@pytest.mark.requirement("lang.layout")
def test_only_an_automatic_layout_has_rows(attributes: str, begins: bool):
    found = drawn(attributes, '<Metric label="a" value="1"/>' * 5)
    assert found[-1] == Cell(col_span=3, new_row=begins)


@pytest.mark.requirement("lang.layout")
def test_what_the_catalogue_does_not_name_takes_a_row():
    assert drawn("", "<Metric/><Foo/>")[-1] == Cell(col_span=COLUMNS, new_row=True)


def is_auto(strategy: Value) -> bool:
    """Whether a strategy is written, not computed, and is the automatic one."""
    return isinstance(strategy, LiteralValue) and strategy.value == "auto"


@pytest.mark.requirement("lang.layout")
@settings(deadline=None)
@given(panels(max_nodes=30))
def test_every_layout_of_a_panel_is_packed_in_the_order_of_its_source(source: str):
    ast = parse(source).ast
    assert ast is not None
    for node in components(ast.view) if ast.view else ():
        found = cells(node)
        strategy = node.props.get("strategy")
        packed = node.type == "Layout" and (strategy is None or is_auto(strategy))
        begins = new_rows([cell.col_span for cell in found])
        assert [cell.new_row for cell in found] == [packed and each for each in begins]
        starts = [(child.loc.line, child.loc.column) for child in node.children]
        assert starts == sorted(starts)
