"""What fits a declared type, and what is made to."""

import pytest

from nexus_core.state import CoercionError, coerce


@pytest.mark.requirement("run.state")
@pytest.mark.parametrize(
    ("value", "wanted", "coerced"),
    [
        ("3", "number", 3),
        ("2.5", "number", 2.5),
        (3, "string", "3"),
        (True, "string", "true"),
        ("true", "boolean", True),
        ("false", "boolean", False),
        (None, "number", None),
        ([1], "list", [1]),
        ({"a": 1}, "any", {"a": 1}),
    ],
)
def test_a_value_that_can_be_read_as_the_type_without_loss_is(value, wanted, coerced):
    assert coerce(value, wanted) == coerced


@pytest.mark.parametrize(
    ("value", "wanted", "message"),
    [
        ("three", "number", "expected a number, got the text 'three'"),
        ("nan", "number", "expected a number, got the text 'nan'"),
        (True, "number", "expected a number, got the boolean true"),
        (1, "boolean", "expected a boolean, got the number 1"),
        ({}, "list", "expected a list, got an object"),
        ([], "object", "expected an object, got a list"),
        ({}, "string", "expected a string, got an object"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_saying_what_it_is(value, wanted, message):
    with pytest.raises(CoercionError, match=message):
        coerce(value, wanted)
