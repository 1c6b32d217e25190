"""The prompt for language models: how long it is, and that it is made of the catalogue."""

import re

import pytest

from nexus_protocol import CATALOGUE, CATALOGUE_HASH
from nexus_protocol.components import COMMON
from nexus_protocol.prompt import EXAMPLE, catalogue_prompt

pytestmark = pytest.mark.requirement("lang.catalogue")

LINES = catalogue_prompt().splitlines()


def test_the_prompt_takes_no_more_than_3500_tokens():
    # Four characters a token is how long texts of this kind are estimated.
    assert len(catalogue_prompt()) / 4 <= 3500


def test_the_prompt_carries_the_hash_of_the_catalogue():
    assert LINES[-1] == f"Catalogue {CATALOGUE_HASH}."


def test_every_fact_of_the_prompt_is_filled_in():
    assert re.findall(r"@[a-z]+@", catalogue_prompt()) == []


@pytest.mark.parametrize("component", CATALOGUE, ids=lambda each: each.name)
def test_a_component_is_described_with_all_its_properties(component):
    (line,) = (line for line in LINES if line.startswith(f"- {component.name}("))
    signature, _, words = line.removeprefix(f"- {component.name}(").partition(") ")
    named = re.findall(r"(?:^|, )([\w-]+)(~?)(\*?)", signature)
    assert named == [
        (prop.name, "~" * (prop.type == "binding"), "*" * prop.required) for prop in component.props
    ]
    assert words.startswith(str(component.columns))
    assert component.doc in words


def test_what_holds_only_one_component_and_where_that_stands_is_told():
    starts = {line[2:].partition(". ")[0] for line in LINES if line.startswith("- Tab")}
    assert starts == {
        "Tabs(bind~) 12, Tab only",
        "Tab(title*, value) 12, children, in a Tabs only",
        "Table(data*:list, columns:list, pageSize:number=0, sortable:boolean, rowTrigger:tool,"
        " rowKey=id) 12",
    }


def test_the_properties_that_every_component_takes_are_told_once():
    (line,) = (line for line in LINES if "Every component also takes" in line)
    told = line.partition("also takes ")[2]
    assert re.findall(r"(?:^|, )([\w-]+)", told) == [prop.name for prop in COMMON]


def test_choices_and_defaults_are_written_as_they_are_in_the_catalogue():
    (line,) = (line for line in LINES if line.startswith("- Input("))
    assert line.startswith("- Input(bind~*, label, placeholder, inputType:text|number|")
    assert "rows:number=3" in line
    assert "disabled:boolean" in line


def test_the_example_stands_in_the_prompt_to_the_letter():
    assert re.findall(r"```nxml\n(.*?)```", catalogue_prompt(), re.DOTALL) == [EXAMPLE]
