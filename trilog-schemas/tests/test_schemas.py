"""The schemas as data, and what the registry finds wrong with a fingerprint."""

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trilog_schemas import OBJECTS, PANEL, PROCESSES, Violation, ViolationCode
from trilog_schemas.attributes import prefix
from trilog_schemas.fields import Field, Kind
from trilog_schemas.processes import HANDLER_EXECUTION
from trilog_schemas.registry import check_object, check_record, check_span

pytestmark = pytest.mark.requirement("obs.schemas")

ANYTHING = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()


def test_the_registry_knows_every_schema_by_its_name():
    assert set(OBJECTS) == {"Workspace", "Panel", "Execution", "Session"}
    assert set(PROCESSES) == {"PanelLifecycle", "HandlerExecution"}


@pytest.mark.parametrize("schema", [*OBJECTS.values(), *PROCESSES.values()], ids=lambda s: s.name)
def test_a_schema_describes_itself_and_each_field_once(schema):
    names = [field.name for field in schema.fields]
    assert len(set(names)) == len(names)
    assert all(each.doc.endswith(".") for each in (schema, *schema.fields))


@pytest.mark.parametrize("process", PROCESSES.values(), ids=lambda p: p.name)
def test_the_phases_of_a_process_differ(process):
    assert len(set(process.phases)) == len(process.phases) > 0


def test_an_attribute_is_spelled_with_its_schema_in_snake_case():
    assert prefix("HandlerExecution") + "tool" == "trilog.handler_execution.tool"


def test_no_two_schemas_share_their_spelling():
    names = [*OBJECTS, *PROCESSES]
    assert len({prefix(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Kind.STRING, ["", "x"], [1, None, b"x"]),
        (Kind.INTEGER, [0, -1], [True, 1.0, "1"]),
        (Kind.NUMBER, [0, 1.5], [True, inf, -inf, nan, "1"]),
        (Kind.BOOLEAN, [True, False], [0, "true"]),
    ],
)
def test_a_field_accepts_its_kind_only(kind, good, bad):
    field = Field("x", kind, "A field.")
    assert [field.accepts(value) for value in (*good, *bad)] == [True] * len(good) + [False] * len(
        bad
    )


def test_a_field_with_choices_accepts_only_these():
    field = Field("x", Kind.STRING, "A field.", choices=("on", "off"))
    assert [field.accepts(value) for value in ("on", "off", "maybe")] == [True, True, False]


def test_an_unknown_attribute_is_found():
    found = check_span(HANDLER_EXECUTION, "e1", {"tool": "add", "toool": "add"})
    assert found == (Violation(ViolationCode.UNKNOWN_ATTRIBUTE, "HandlerExecution", "toool"),)


def test_a_value_of_the_wrong_kind_is_found():
    found = check_object(PANEL, "p1", {"workspace_id": 7})
    assert found == (Violation(ViolationCode.INVALID_VALUE, "Panel", "workspace_id"),)


@pytest.mark.parametrize("object_id", [None, ""])
def test_a_record_about_no_object_is_found(object_id):
    found = check_record(HANDLER_EXECUTION, "started", object_id, {})
    assert found == (Violation(ViolationCode.MISSING_OBJ_ID, "HandlerExecution", "id"),)


def test_an_unknown_phase_is_found():
    found = check_record(HANDLER_EXECUTION, "begun", "e1", {})
    assert found == (Violation(ViolationCode.UNKNOWN_PHASE, "HandlerExecution", "begun"),)


def test_every_finding_is_reported_in_one_pass():
    found = check_record(HANDLER_EXECUTION, "begun", "", {"rev": "1", "x": 1})
    assert [each.code for each in found] == list(
        map(
            ViolationCode, ("MISSING_OBJ_ID", "UNKNOWN_PHASE", "INVALID_VALUE", "UNKNOWN_ATTRIBUTE")
        )
    )


@given(ANYTHING, st.dictionaries(st.text(), ANYTHING))
def test_the_check_gives_findings_for_anything_and_never_raises(object_id, attributes):
    findings = check_object(PANEL, object_id, attributes)
    assert all(isinstance(each, Violation) for each in findings)
