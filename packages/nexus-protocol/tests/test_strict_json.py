"""The strict decoder: what it takes, and what it refuses and where."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_protocol.strict_json import JsonError, check, decode, encode

KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | KEYS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            KEYS.filter(lambda key: key not in ("__proto__", "constructor", "prototype")),
            inner,
            max_size=4,
        )
    ),
)


@given(VALUES)
def test_what_is_encoded_is_read_back_equal(value):
    assert decode(encode(value).encode()) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"NaN", "NaN, which JSON has not"),
        (b"-Infinity", "-Infinity, which JSON has not"),
        (b"1e400", "not finite"),
        (b"9007199254740992", "integer beyond"),
        (b"1" * 5000, "integer beyond"),
        (b'{"a":1,"a":2}', "duplicate key"),
        (b'{"__proto__":{}}', "key __proto__"),
        (b'[{"constructor":1}]', "key constructor, which is not allowed at /0"),
        (b'"\\ud800"', "lone surrogate"),
        (b'{"a":"x\\u0000"}', "U\\+0000 at /a"),
        (b"[" * 65 + b"]" * 65, "nested deeper than 64"),
        (b"[" * 100_000, "nested deeper than 64|not JSON"),
        (b'"' + b"x" * (1 << 20) + b'"', "longer than 1048576 bytes"),
    ],
    ids=lambda value: value[:20] if isinstance(value, bytes) else value,
)
def test_what_cannot_be_stored_and_read_back_equal_everywhere_is_refused(text, message):
    with pytest.raises(JsonError, match=message):
        decode(text)


@pytest.mark.parametrize("value", [{1: 2}, {"a": {3}}, float("nan"), "\udfff", 2**53])
def test_a_python_value_that_json_cannot_carry_is_refused(value):
    with pytest.raises(JsonError):
        check(value)


@given(
    VALUES, st.sampled_from([2**53, float("inf"), "\0", "\ud800", {3}, {"__proto__": 1}, {1: 2}])
)
def test_a_flaw_is_told_with_its_place_whatever_stands_beside_it(value, flaw):
    with pytest.raises(JsonError, match=" at /a/1"):
        check({"b": value, "a": [value, flaw, value]})


@pytest.mark.parametrize("hold", [lambda inner: [inner], lambda inner: {"a": inner}])
@pytest.mark.parametrize(("levels", "is_taken"), [(64, True), (65, False)])
def test_values_are_held_sixty_four_levels_deep_at_most(hold, levels, is_taken):
    value = hold([])
    for _ in range(levels - 2):
        value = hold(value)
    with contextlib.nullcontext() if is_taken else pytest.raises(JsonError, match="deeper than 64"):
        check(value)


@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_json_or_refused(data):
    with contextlib.suppress(JsonError):
        check(decode(data))
