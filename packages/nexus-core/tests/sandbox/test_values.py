"""Which values may cross from a handler into the state, an event or the result."""

import pytest

from nexus_protocol.errors import ErrorCode

BAD = {
    "a map": "new Map()",
    "a set": "new Set()",
    "a date": "new Date(0)",
    "a function": "() => 1",
    "a symbol": "Symbol()",
    "a bigint": "1n",
    "NaN": "NaN",
    "infinity": "-Infinity",
    "an unsafe integer": "2 ** 53",
    "half a surrogate pair": "'\\ud800'",
    "U+0000": "'a\\u0000b'",
    "a regular expression": "/x/",
    "an instance of a class": "new (class A {})",
    "a typed array": "new Uint8Array(1)",
    "a promise": "Promise.resolve()",
    "the name constructor": "{constructor: 1}",
    "the name __proto__": "JSON.parse('{\"__proto__\": 1}')",
}


@pytest.mark.parametrize("value", BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize(
    "place",
    [
        "$state.x = {v: VALUE}",
        "$state.list.push(VALUE)",
        "$emit('e', [VALUE])",
        "return {v: VALUE}",
    ],
)
def test_what_is_not_json_is_refused(executed, place, value):
    segment = executed(place.replace("VALUE", f"({value})"), state={"list": []})

    assert segment.error is not None
    assert segment.error.code is ErrorCode.SERIALIZATION_ERROR
    assert segment.ops == ()


def test_the_error_names_the_path(executed):
    segment = executed("$state.a.b = {c: [1, new Map()]}", state={"a": {}})

    assert segment.error.message == "$state.a.b.c[1] is an instance of Map"


def test_a_cycle_is_refused_as_one(executed):
    segment = executed("const o = {}; o.o = o; $state.a = o", state={})

    assert segment.error.code is ErrorCode.SERIALIZATION_ERROR
    assert "cycle" in segment.error.message


def test_64_levels_are_the_most(executed):
    code = "let o = 1; for (let i = 0; i < $args.n; i++) o = [o]; return o"

    assert executed(code, args={"n": 64}).status == "done"
    assert executed(code, args={"n": 65}).error.code is ErrorCode.SERIALIZATION_ERROR


def test_undefined_is_absent_in_objects_and_null_in_lists(executed):
    assert executed("return {a: undefined, b: [undefined, , 1]}").value == {"b": [None, None, 1]}


def test_a_handler_that_returns_nothing_has_the_value_null(executed):
    assert executed("return").value is None


def test_a_value_that_names_itself_badly_is_still_refused(executed):
    code = "class A {}; Object.defineProperty(A, 'name', {get() { throw 1 }}); return new A"

    assert executed(code).status == "failed"


@pytest.mark.parametrize("number", [0, -1, 2**53 - 1, 1.5, 5e-324, 1.7976931348623157e308])
def test_numbers_come_back_as_they_went_in(executed, number):
    assert executed("return $args.n", args={"n": number}).value == number


def test_text_of_any_script_comes_back_as_it_went_in(executed):
    text = 'äß€\U0001f600 \u2028\u2029\n\t"\\\x1f'

    assert executed("$state.t = $args.t; return $state.t", args={"t": text}).value == text
