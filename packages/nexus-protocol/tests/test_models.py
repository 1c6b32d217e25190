"""The shared types: how they print, and that everything generated from them is consistent."""

import json

import pytest
from pydantic import ValidationError

from nexus_protocol import CATALOGUE, CATALOGUE_HASH, Capability, Grant
from nexus_protocol.capabilities import CapabilityError
from nexus_protocol.components import BY_NAME, COMMON
from nexus_protocol.json_schema import schema
from nexus_protocol.messages import CLIENT_MESSAGE, Patch
from nexus_protocol.patches import Add, Cause, Move


@pytest.mark.requirement("lang.ast")
def test_models_print_camel_case_without_absent_fields_but_with_nulls():
    patch = Patch(
        panel_id="p",
        rev=2,
        ops=(Add(path="/a", value=None), Move(from_="/l/1", path="/l/0")),
        cause=Cause(kind="undo"),
    )
    assert json.loads(patch.to_json()) == {
        "type": "PATCH",
        "panelId": "p",
        "rev": 2,
        "ops": [
            {"op": "add", "path": "/a", "value": None},
            {"op": "move", "from": "/l/1", "path": "/l/0"},
        ],
        "cause": {"kind": "undo"},
    }


@pytest.mark.requirement("ker.ws")
def test_an_unknown_field_from_a_client_is_refused():
    with pytest.raises(ValidationError):
        CLIENT_MESSAGE.validate_python({"type": "PING", "extra": 1})


@pytest.mark.requirement("lang.ast")
def test_every_reference_of_the_schema_leads_to_a_definition():
    document = schema("all")
    wanted = set(_references(document))
    assert wanted <= {f"#/$defs/{name}" for name in document["$defs"]}


def _references(value):
    match value:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for each in value.values():
                yield from _references(each)
        case list():
            for each in value:
                yield from _references(each)


@pytest.mark.requirement("lang.catalogue")
def test_component_and_property_names_are_unique():
    assert len(BY_NAME) == len(CATALOGUE)
    for component in CATALOGUE:
        names = [name for prop in component.props for name in (prop.name, *prop.aliases)]
        assert len(names) == len(set(names)), component.name


@pytest.mark.requirement("lang.catalogue")
def test_text_stands_for_a_property_that_the_component_has():
    for component in CATALOGUE:
        if component.content == "text":
            assert component.prop(component.text_prop) is not None, component.name


@pytest.mark.requirement("lang.catalogue")
def test_a_default_that_is_a_choice_is_one_of_the_choices():
    for prop in (*COMMON, *(prop for component in CATALOGUE for prop in component.props)):
        if prop.type == "choice" and prop.default is not None:
            assert prop.default in prop.choices, prop.name


@pytest.mark.requirement("lang.catalogue")
def test_the_schema_carries_the_hash_of_the_catalogue():
    assert schema("catalogue")["x-catalogue-hash"] == CATALOGUE_HASH


@pytest.mark.requirement("run.capabilities")
@pytest.mark.parametrize(
    ("text", "spelled_out"),
    [
        ("state:write", "state:write:*"),
        ("state:read:todos", "state:read:todos"),
        ("http:request", "ext:http"),
        ("ext:http:get", "ext:http:get"),
        ("events:emit:toast", "events:emit:toast"),
    ],
)
def test_a_capability_is_read_and_spelled_out(text, spelled_out):
    assert str(Capability.parse(text)) == spelled_out


@pytest.mark.parametrize(
    "text", ["", "state", "state:delete:x", "ext:", "ext:a:b:c", "state:read:a b"]
)
def test_what_is_no_capability_is_refused(text):
    with pytest.raises(CapabilityError):
        Capability.parse(text)


@pytest.mark.requirement("run.capabilities")
def test_a_grant_allows_what_one_of_its_capabilities_covers():
    grant = Grant.of(["state:read", "state:write:todos", "ext:http:get"])
    asked = [
        ("state:read", "anything"),
        ("state:write", "todos"),
        ("state:write", "secret"),
        ("ext:http", "get"),
        ("ext:http", "post"),
        ("events:emit", "toast"),
    ]
    assert [grant.allows(*each) for each in asked] == [True, True, False, True, False, False]
