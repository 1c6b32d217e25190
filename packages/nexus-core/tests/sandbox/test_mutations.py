"""Every way to change the state, and the operations that it comes to."""

import json

import pytest

from nexus_core.changes import apply_ops
from nexus_protocol.errors import ErrorCode

pytestmark = [pytest.mark.requirement("run.state"), pytest.mark.requirement("run.changes")]

STATE = {
    "n": 1,
    "text": "a",
    "none": None,
    "l": [1, 2, 3, 4],
    "rows": [{"id": i, "v": i * 10} for i in range(1, 6)],
    "o": {"a": 1, "b": {"c": [1, 2]}, "x/y": 1},
    "empty": [],
}

# Where many operations would say more than the new value, the new value is told.
CASES = {
    # Lists of plain values.
    "$state.l.push(5)": "+/l/4=5",
    "$state.l.push(5, 6)": "+/l/4=5 +/l/5=6",
    "$state.l.push()": "",
    "$state.l.pop()": "-/l/3",
    "$state.empty.pop()": "",
    "$state.l.shift()": "-/l/0",
    "$state.l.unshift(0)": "+/l/0=0",
    "$state.l.unshift(8, 9)": "+/l/0=8 +/l/1=9",
    "$state.l.splice(1, 1)": "-/l/1",
    "$state.l.splice(1, 1, 9)": "=/l/1=9",
    "$state.l.splice(1, 0, 8, 9)": "+/l/1=8 +/l/2=9",
    "$state.l.splice(-1)": "-/l/3",
    "$state.l.splice(0)": "=/l=[]",
    "$state.l.splice(1, 2, 7)": "=/l=[1,7,4]",
    "$state.l.splice()": "",
    "$state.l.reverse()": "=/l=[4,3,2,1]",
    "$state.l.sort((a, b) => b - a)": "=/l=[4,3,2,1]",
    "$state.l.sort()": "",
    "$state.l.fill(0)": "=/l=[0,0,0,0]",
    "$state.l.fill(0, 1, 2)": "=/l/1=0",
    "$state.l.fill({}, 3)": "=/l/3={}",
    "$state.l.copyWithin(0, 3)": "=/l/0=4",
    "$state.l.copyWithin(0, 2)": "=/l=[3,4,3,4]",
    "$state.l.length = 3": "-/l/3",
    "$state.l.length = 0": "=/l=[]",
    "$state.l.length = 5": "+/l/4=null",
    "$state.l[0] = 9": "=/l/0=9",
    "$state.l[0] = 1": "",
    "$state.l[4] = 5": "+/l/4=5",
    "$state.l[5] = 6": "+/l/4=null +/l/5=6",
    "$state.l.at(-1); $state.l[$state.l.length - 1]++": "=/l/3=5",
    "delete $state.l[1]": "=/l/1=null",
    "$state.l[1] = undefined": "=/l/1=null",
    "$state.l = [1, , 3, 4]": "=/l/1=null",
    "[$state.l[0], $state.l[1]] = [$state.l[1], $state.l[0]]": "~/l/1>0",
    "$state.l = $state.l.filter(x => x !== 2)": "-/l/1",
    "$state.l = $state.l.map(x => x === 3 ? 30 : x)": "=/l/2=30",
    "$state.l = [...$state.l, 5]": "+/l/4=5",
    "$state.l = [0, ...$state.l]": "+/l/0=0",
    "$state.l = $state.l.concat([5])": "+/l/4=5",
    "$state.l = $state.l.slice()": "",
    "$state.l = $state.l.slice(1)": "-/l/0",
    "$state.l = $state.l.toSorted((a, b) => b - a)": "=/l=[4,3,2,1]",
    "$state.l = $state.l.with(1, 9)": "=/l/1=9",
    "Array.prototype.push.call($state.l, 5)": "+/l/4=5",
    "Reflect.set($state.l, 0, 9)": "=/l/0=9",
    "Object.assign($state.l, {0: 9})": "=/l/0=9",
    # Lists of rows.
    "$state.rows[2].v = 1": "=/rows/2/v=1",
    "$state.rows[2].v += 1; $state.rows[2].v -= 1": "",
    "$state.rows.find(r => r.id === 3).v++": "=/rows/2/v=31",
    "$state.rows.at(-1).v = 0": "=/rows/4/v=0",
    "for (const row of $state.rows) if (row.id > 3) row.v = 0": "=/rows/3/v=0 =/rows/4/v=0",
    "$state.rows.forEach(r => { r.v = 0 })": (
        '=/rows=[{"id":1,"v":0},{"id":2,"v":0},{"id":3,"v":0},{"id":4,"v":0},{"id":5,"v":0}]'
    ),
    "$state.rows[1].done = true": "+/rows/1/done=true",
    "delete $state.rows[1].v": "-/rows/1/v",
    "$state.rows[1] = {...$state.rows[1], v: 7}": "=/rows/1/v=7",
    "$state.rows.splice(1, 1, {id: 2, v: 7})": "=/rows/1/v=7",
    "$state.rows = $state.rows.filter(r => r.id % 2)": "-/rows/3 -/rows/1",
    "$state.rows = $state.rows.map(r => r.id === 2 ? {...r, v: 7} : r)": "=/rows/1/v=7",
    "$state.rows = $state.rows.map(r => ({...r}))": "",
    "$state.rows = JSON.parse(JSON.stringify($state.rows))": "",
    "$state.rows.reverse()": (
        '=/rows=[{"id":5,"v":50},{"id":4,"v":40},{"id":3,"v":30},{"id":2,"v":20},{"id":1,"v":10}]'
    ),
    "$state.rows.sort((a, b) => a.id - b.id)": "",
    "$state.rows.push($state.rows.shift())": "~/rows/0>4",
    "$state.rows.unshift($state.rows.pop())": "~/rows/4>0",
    "$state.rows.splice(1, 0, ...$state.rows.splice(3, 1))": "~/rows/3>1",
    "const r = $state.rows; [r[0], r[1]] = [r[1], r[0]]": "~/rows/1>0",
    "const r = $state.rows, x = r[0]; r[0] = r[4]; r[4] = x": "~/rows/4>0 ~/rows/1>4",
    "$state.rows[0] = $state.rows[1]": '=/rows/0={"id":2,"v":20}',
    "const row = $state.rows[4]; $state.rows.pop(); row.v = 0": "-/rows/4",
    "const row = $state.rows.pop(); row.v = 0; $state.rows.push(row)": "=/rows/4/v=0",
    "const row = $state.rows[0]; $state.rows.shift(); $state.o.row = row": (
        '-/rows/0 +/o/row={"id":1,"v":10}'
    ),
    # Objects.
    "$state.n = 2": "=/n=2",
    "$state.n++": "=/n=2",
    "$state.n = '1'": '=/n="1"',
    "$state.none ??= 5": "=/none=5",
    "$state.text += 'b'": '=/text="ab"',
    "$state.o.a = 2": "=/o/a=2",
    "$state.o.z = 2": "+/o/z=2",
    "$state.o['x/y'] = 2": "=/o/x~1y=2",
    "delete $state.o.a": "-/o/a",
    "delete $state.o.missing": "",
    "$state.o.a = undefined": "-/o/a",
    "$state.o.b.c.push(3)": "+/o/b/c/2=3",
    "$state.o.b.c[0] = {d: 1}": '=/o/b/c/0={"d":1}',
    "$state.o = {...$state.o, a: 2}": "=/o/a=2",
    "$state.o = {...$state.o, z: 1}": "+/o/z=1",
    "const {a, ...rest} = $state.o; $state.o = rest": "-/o/a",
    "Object.assign($state.o, {a: 2, z: 3})": '=/o={"a":2,"b":{"c":[1,2]},"x/y":1,"z":3}',
    "Object.defineProperty($state.o, 'a', {value: 2, writable: true, enumerable: true, configurable: true})": (  # noqa: E501
        "=/o/a=2"
    ),
    "Reflect.deleteProperty($state.o, 'a')": "-/o/a",
    "const b = $state.o.b; b.c.pop(); b.e = 1": '=/o/b={"c":[1],"e":1}',
    "const b = $state.o.b; delete $state.o.b; $state.b = b": '-/o/b +/b={"c":[1,2]}',
    "$state.o.b = $state.o.b": "",
    "$state.o.copy = $state.o.b; $state.o.copy.c.push(3)": '+/o/copy={"c":[1,2,3]}',
    "$state.o.b = {c: [1, 2]}": "",
    "$state.fresh = {deep: [1]}; $state.fresh.deep.push(2)": '+/fresh={"deep":[1,2]}',
    "const own = {n: 1}; $state.o.own = own; own.n = 2": '+/o/own={"n":1}',
    "$state.o = Object.create(null)": "=/o={}",
    "$state.o = Object.fromEntries(Object.entries($state.o).map(([k, v]) => [k, k === 'a' ? 9 : v]))": (  # noqa: E501
        "=/o/a=9"
    ),
}


def brief(op) -> str:
    """Write an operation in a few characters."""
    told = json.loads(op.to_json())
    value = json.dumps(told.get("value"), separators=(",", ":"))
    match told["op"]:
        case "add":
            return f"+{told['path']}={value}"
        case "replace":
            return f"={told['path']}={value}"
        case "remove":
            return f"-{told['path']}"
        case _:
            return f"~{told['from']}>{told['path'].rpartition('/')[2]}"


@pytest.mark.parametrize(("code", "expected"), CASES.items(), ids=CASES.keys())
def test_a_change_comes_to_the_operations_that_it_is(executed, code, expected):
    seen = "return Object.fromEntries(Object.keys($state).map(k => [k, $state[k]]))"
    segment = executed(f"{code};\n{seen}", state=STATE)

    assert segment.error is None
    assert " ".join(map(brief, segment.ops)) == expected
    assert apply_ops(STATE, segment.ops) == segment.value


REFUSED = {
    "new Map()": "an instance of Map",
    "new Set([1])": "an instance of Set",
    "new WeakMap()": "an instance of WeakMap",
    "new Date(0)": "an instance of Date",
    "/x/": "an instance of RegExp",
    "new Error('x')": "an instance of Error",
    "new (class Point { x = 1 })": "an instance of Point",
    "() => 1": "a function",
    "class A {}": "a function",
    "Symbol('s')": "a symbol",
    "10n": "a bigint",
    "NaN": "NaN, which is no JSON number",
    "Infinity": "Infinity, which is no JSON number",
    "new Uint8Array(2)": "an instance of Uint8Array",
    "new ArrayBuffer(2)": "an instance of ArrayBuffer",
    "Promise.resolve(1)": "an instance of Promise",
    "new String('x')": "an instance of String",
}
PLACES = {
    "$state.o.b.d = VALUE": "$state.o.b.d",
    "$state.rows[1] = {id: 1, deep: [0, VALUE]}": "$state.rows[1].deep[1]",
    "$state.rows.push({v: VALUE})": "$state.rows[5].v",
    "$state.l.fill(VALUE)": "$state.l[0]",
}


@pytest.mark.parametrize("place", PLACES.keys())
@pytest.mark.parametrize(("value", "what"), REFUSED.items(), ids=REFUSED.keys())
def test_what_is_not_data_is_refused_by_its_path_and_changes_nothing(executed, place, value, what):
    segment = executed(place.replace("VALUE", f"({value})"), state=STATE)

    assert segment.error is not None
    assert (segment.error.code, segment.error.message, segment.ops) == (
        ErrorCode.SERIALIZATION_ERROR,
        f"{PLACES[place]} is {what}",
        (),
    )


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("const o = {}; o.me = o; $state.o.b = o", "$state.o.b.me is part of a cycle"),
        ("const l = []; l.push(l); $state.l[0] = l", "$state.l[0][0] is part of a cycle"),
        ("const x = {}, y = {x}; x.y = y; $state.o.a = x", "$state.o.a.y.x is part of a cycle"),
    ],
)
def test_a_cycle_is_refused_by_its_path(executed, code, message):
    segment = executed(code, state=STATE)

    assert (segment.error.code, segment.error.message) == (ErrorCode.SERIALIZATION_ERROR, message)


def test_the_state_in_itself_is_a_copy_and_no_cycle(executed):
    segment = executed("$state.o.b.parent = $state.o; $state.o.b.parent.a = 5", state=STATE)

    assert segment.error is None
    after = apply_ops(STATE, segment.ops)
    assert (after["o"]["a"], after["o"]["b"]["parent"]["a"]) == (1, 5)


@pytest.mark.parametrize(
    "code",
    [
        "Object.defineProperty($state.o, 'a', {get: () => 1})",
        "Object.freeze($state.o)",
        "Object.setPrototypeOf($state.o, null)",
        "$state.l.name = 1",
        "$state.o[Symbol('s')] = 1",
        "$state.l.length = -1",
    ],
)
def test_what_data_cannot_be_is_an_error_of_its_line(executed, code):
    segment = executed(code, state=STATE)

    assert (segment.error.code, segment.ops) == (ErrorCode.EXECUTION_ERROR, ())


POINT_CHANGES = [
    "$state.rows[250].v = 1",
    "$state.rows.find(r => r.id === 250).v = 1",
    "$state.rows.push({id: 0})",
    "$state.rows.unshift({id: 0})",
    "$state.rows.splice(150, 1)",
    "$state.rows.splice(150, 0, {id: 0})",
    "$state.rows.pop()",
    "$state.rows.shift()",
    "$state.rows = $state.rows.filter(r => r.id !== 250)",
    "$state.rows = $state.rows.map(r => r.id === 250 ? {...r, v: 1} : r)",
    "$state.rows = [...$state.rows, {id: 0}]",
    "$state.rows = JSON.parse(JSON.stringify($state.rows)); $state.rows[250].v = 1",
    "$state.rows.splice(10, 0, ...$state.rows.splice(200, 1))",
    "const r = $state.rows; [r[20], r[250]] = [r[250], r[20]]",
    "$state.rows[250].v = 2; $state.rows.sort((a, b) => a.id - b.id)",
    "$state.rows[250].id = 10.5; $state.rows.sort((a, b) => a.id - b.id)",
]


@pytest.mark.parametrize("code", POINT_CHANGES)
def test_what_a_change_costs_does_not_grow_with_the_list(executed, code):
    def cost(length):
        rows = [{"id": i, "v": "x"} for i in range(length)]
        segment = executed(code, state={"rows": rows})
        assert segment.error is None
        return len(segment.ops), sum(len(op.to_json()) for op in segment.ops)

    (few, few_bytes), (many, many_bytes) = cost(300), cost(3000)
    assert many == few <= 2
    assert many_bytes <= few_bytes + 4 <= 200
