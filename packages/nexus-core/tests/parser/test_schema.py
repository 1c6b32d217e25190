"""What the parser gives is what the published schemas say, and cannot be changed."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from nexus_core.parser import parse
from nexus_protocol import CATALOGUE, Model, ast, expressions
from nexus_protocol.components import to_json
from nexus_protocol.json_schema import schema
from nexus_protocol.messages import PanelMessage

from . import samples

DOCUMENT = schema("all")
CASES = samples.cases()
NODES = [
    model
    for module in (ast, expressions)
    for _, model in inspect.getmembers(module, inspect.isclass)
    if issubclass(model, Model) and model.__module__ == module.__name__
]

pytestmark = pytest.mark.requirement("lang.ast")


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({**DOCUMENT, "$ref": f"#/$defs/{name}"})


def check(name: str, value: object) -> None:
    assert [error.message for error in validator(name).iter_errors(value)] == []


@pytest.mark.parametrize("topic", ["ast", "messages", "catalogue", "all"])
def test_a_schema_is_one_of_the_draft_of_2020(topic: Any):
    document = schema(topic)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(document)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.requirement("lang.validator")
def test_what_is_said_of_a_sample_is_as_the_schema_says(case: Path):
    result = parse(samples.source(case))
    if result.ast is not None:
        check("PanelAst", json.loads(result.ast.to_json()))
    for told in result.diagnostics:
        check("Diagnostic", json.loads(told.to_json()))
    for repair in result.repairs:
        check("Repair", json.loads(repair.to_json()))


def test_a_tree_with_a_field_too_many_or_too_few_is_not_as_the_schema_says():
    tree = json.loads(parse(samples.source(samples.FOLDER / "good_logic")).ast.to_json())  # pyright: ignore[reportOptionalMemberAccess]
    del tree["loc"]
    assert not validator("PanelAst").is_valid(tree)


def test_a_message_that_carries_a_panel_is_as_the_schema_says():
    tree = parse(samples.source(samples.FOLDER / "good_tests")).ast
    assert tree is not None
    message = PanelMessage(panel_id="p", ast=tree, source_hash="0", state={"a": [1]}, rev=1)
    check("ServerMessage", json.loads(message.to_json()))


@pytest.mark.requirement("lang.catalogue")
def test_the_catalogue_is_as_the_schema_says():
    for component in CATALOGUE:
        check("ComponentSpec", json.loads(to_json(component)))


@pytest.mark.parametrize("model", NODES, ids=lambda model: model.__name__)
def test_a_node_cannot_be_changed(model: type[Model]):
    node = model.model_construct()
    with pytest.raises(ValidationError, match="frozen"):
        setattr(node, next(iter(model.model_fields)), None)


def test_every_node_with_a_place_has_an_address_but_the_panel():
    placed = {model.__name__ for model in NODES if "loc" in model.model_fields}
    named = {model.__name__ for model in NODES if "address" in model.model_fields}
    assert placed - named == {"PanelAst"}
    assert named <= placed


def test_every_union_of_nodes_says_by_which_field_they_differ():
    unions = list(_unions(schema("ast")["$defs"]))
    assert unions
    assert [each for each in unions if "discriminator" not in each] == []


def _unions(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        members = value.get("anyOf", value.get("oneOf", []))
        if sum("$ref" in each for each in members) > 1:
            yield value
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inside:
        yield from _unions(each)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_two_nodes_of_a_panel_that_runs_have_one_address(case: Path):
    result = parse(samples.source(case))
    if result.ok:
        addresses = list(_addresses(json.loads(result.ast.to_json())))  # pyright: ignore[reportOptionalMemberAccess]
        assert len(set(addresses)) == len(addresses)


def _addresses(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "address" in value:
            yield value["address"]
        value = list(value.values())
    for each in value if isinstance(value, list) else ():
        yield from _addresses(each)
