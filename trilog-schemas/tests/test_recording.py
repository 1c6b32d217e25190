"""Anchors, records and spans, as a real OpenTelemetry SDK sees them, and without one."""

import subprocess
import sys

import pytest
from opentelemetry import baggage, context
from opentelemetry.baggage.propagation import W3CBaggagePropagator

from trilog_schemas import (
    EXECUTION,
    HANDLER_EXECUTION,
    PANEL,
    SchemaError,
    ViolationCode,
    anchor,
    anchored,
    record,
    span,
    strict,
)
from trilog_schemas.testing import Event, Fingerprint, fingerprints

pytestmark = pytest.mark.requirement("obs.record")


def test_an_anchor_is_baggage_under_the_schema_s_names():
    with anchor(PANEL, "p1"):
        assert baggage.get_all() == {"trilog.obj.type": "Panel", "trilog.obj.id": "p1"}


def test_an_anchor_ends_with_its_block():
    with anchor(PANEL, "p1"):
        pass
    assert anchored() == {}


def test_the_innermost_anchor_is_the_object_and_the_attributes_around_it_remain():
    with anchor(PANEL, "p1", workspace_id="w1"), anchor(EXECUTION, "e1", cause="rest"):
        assert anchored() == {
            "trilog.obj.type": "Execution",
            "trilog.obj.id": "e1",
            "trilog.panel.workspace_id": "w1",
            "trilog.execution.cause": "rest",
        }


def test_an_anchor_travels_over_the_network_as_w3c_baggage():
    headers: dict[str, str] = {}
    with anchor(PANEL, "p1"):
        W3CBaggagePropagator().inject(headers)
    token = context.attach(W3CBaggagePropagator().extract(headers))
    try:
        assert anchored() == {"trilog.obj.type": "Panel", "trilog.obj.id": "p1"}
    finally:
        context.detach(token)


def test_a_record_inside_a_span_is_an_event_of_it():
    with fingerprints() as seen, anchor(EXECUTION, "e1"), span(HANDLER_EXECUTION, tool="add"):
        record(HANDLER_EXECUTION, "started", rev=3)
    about = {
        "trilog.obj.type": "Execution",
        "trilog.obj.id": "e1",
        "trilog.process": "HandlerExecution",
    }
    phase = {"trilog.process.phase": "started", "trilog.handler_execution.rev": 3}
    assert seen == [
        Fingerprint(
            "HandlerExecution",
            {**about, "trilog.handler_execution.tool": "add"},
            (Event("HandlerExecution", {**about, **phase}),),
        )
    ]


def test_a_record_outside_of_any_span_is_a_span_of_its_own():
    with fingerprints() as seen, anchor(EXECUTION, "e1"):
        record(HANDLER_EXECUTION, "started")
    assert seen == [
        Fingerprint(
            "HandlerExecution",
            {
                "trilog.obj.type": "Execution",
                "trilog.obj.id": "e1",
                "trilog.process": "HandlerExecution",
                "trilog.process.phase": "started",
            },
        )
    ]


def test_a_function_is_a_span_inside_its_process():
    outer = span(HANDLER_EXECUTION)
    with fingerprints() as seen, anchor(EXECUTION, "e1"), outer, span(HANDLER_EXECUTION, "segment"):
        pass
    assert [(each.name, each.attributes.get("trilog.function")) for each in seen] == [
        ("HandlerExecution.segment", "segment"),
        ("HandlerExecution", None),
    ]
    assert [each.parent is None for each in seen] == [False, True]


def test_an_exception_that_leaves_a_span_is_noted_by_its_type_alone():
    refused = pytest.raises(ValueError, match="secret")
    with fingerprints() as seen, anchor(EXECUTION, "e1"), refused, span(HANDLER_EXECUTION):
        raise ValueError("secret")
    assert [each.error for each in seen] == ["ValueError"]
    assert "secret" not in repr(seen)


def test_strict_mode_refuses_an_unknown_attribute():
    with strict(), anchor(EXECUTION, "e1"), pytest.raises(SchemaError) as raised:
        record(HANDLER_EXECUTION, "started", toool="add")
    assert [each.code for each in raised.value.violations] == [ViolationCode.UNKNOWN_ATTRIBUTE]


def test_strict_mode_refuses_a_span_about_no_object():
    with strict(), pytest.raises(SchemaError) as raised:
        span(HANDLER_EXECUTION)
    assert [each.code for each in raised.value.violations] == [ViolationCode.MISSING_OBJ_ID]


def test_strict_mode_refuses_an_anchor_with_an_invalid_value():
    with strict(), pytest.raises(SchemaError) as raised:
        anchor(EXECUTION, "e1", cause="boredom")
    assert [each.code for each in raised.value.violations] == [ViolationCode.INVALID_VALUE]


def test_outside_of_strict_mode_nothing_is_refused():
    with strict():
        pass
    record(HANDLER_EXECUTION, "begun", toool="add")


def test_without_an_sdk_none_is_loaded_and_the_code_inside_runs():
    program = """
import sys
from trilog_schemas import EXECUTION, HANDLER_EXECUTION, anchor, record, span
with anchor(EXECUTION, "e1"), span(HANDLER_EXECUTION, tool="add"):
    record(HANDLER_EXECUTION, "started")
    print(any(name.startswith("opentelemetry.sdk") for name in sys.modules))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "False\n"
