"""What is found in the code of handlers: a table of cases, and what holds when they run.

Run as a script it writes down what is found now; read the difference before committing it.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core.changes import apply_ops
from nexus_core.parser.javascript.handlers import HandlerAnalysis, analyse_handler
from nexus_core.parser.limits import DEFAULT_LIMITS, ParseLimits
from nexus_core.sandbox import Job, Limits, Reply, Sandbox, Segment, ToolSource
from nexus_core.sandbox.model import ArgSource
from nexus_protocol import Grant

TABLE = Path(__file__).with_name("handlers.json")
CASES: list[dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))


def analysed(code: str) -> HandlerAnalysis:
    return analyse_handler(code, DEFAULT_LIMITS)


def found(code: str) -> dict[str, Any]:
    """What a row of the table says beside its claim."""
    analysis = analysed(code)
    return {
        "code": code,
        "inferred": sorted(map(str, analysis.inferred)),
        "told": [[p.finding.code, code[p.start : p.end]] for p in analysis.problems],
        "dynamic": [code[use.start : use.end] for use in analysis.dynamic],
        "empty": analysis.empty,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["claim"])
@pytest.mark.requirement("lang.validator")
def test_a_handler_is_read_as_the_table_says(case: dict[str, Any]):
    assert {"claim": case["claim"], **found(case["code"])} == case


def test_the_table_has_each_claim_and_each_handler_once():
    claims, codes = {case["claim"] for case in CASES}, {case["code"] for case in CASES}
    assert (len(claims), len(codes)) == (len(CASES), len(CASES))


# ---- what is inferred is enough


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox(limits=Limits(timeout_ms=2000), threads=1)
    yield sandbox
    sandbox.close()


ITEM = {"id": 1, "n": 0, "x": {"n": 0}, "tags": [], "list": [{}], "b": [{"n": 1}]}
STATE = {"a": [ITEM, ITEM], "b": [ITEM], "history": []}
ARGS = {"key": "a", "method": "push", "n": 0, "name": "add", "text": "milk", "list": [1]}


def ended(sandbox: Sandbox, code: str, grant: Grant, state: dict[str, Any]) -> list[Segment]:
    """Run a handler to its end; every call of an extension gives an empty object."""
    tool = ToolSource(name="tool", code=code, args=tuple(ArgSource(name=name) for name in ARGS))
    run = sandbox.open(
        Job(
            tool=tool,
            state=state,
            args=ARGS,
            tools={name: ToolSource(name=name, code="return 1") for name in ("add", "total")},
            aliases=frozenset({"http"}),
            grant=grant,
            limits=Limits(timeout_ms=2000),
            now=1.0,
            seed=b"0123456789abcdef",
        )
    )
    try:
        segments = [run.start()]
        while segments[-1].status == "waiting":
            replies = [Reply(id=each.id, value={}) for each in segments[-1].requests]
            segments.append(run.resume(replies))
        return segments
    finally:
        run.close()


def does(sandbox: Sandbox, code: str, grant: Grant, state: dict[str, Any]) -> list[object]:
    """All that a handler does and gives, and the state after each of its segments."""
    done: list[object] = []
    for each in ended(sandbox, code, grant, state):
        state = apply_ops(state, each.ops)
        error = each.error and (each.error.code, each.error.message)
        done.append((each.value, state, each.events, each.view, each.requests, error))
    return done


def granted(code: str) -> Grant:
    """What a panel grants a handler without a declaration."""
    analysis = analysed(code)
    grant = Grant(analysis.inferred)
    any_extension = any(use.name == "$ext" for use in analysis.dynamic)
    return grant | Grant.of(["ext:http"]) if any_extension else grant


EVERYTHING = Grant.everything() | Grant.of(["ext:http"])
READABLE = [case for case in CASES if not analysed(case["code"]).unread]


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case["claim"])
@pytest.mark.requirement("lang.validator")
def test_a_handler_does_the_same_with_what_is_inferred_as_with_everything(
    case: dict[str, Any], sandbox: Sandbox
):
    code = case["code"]
    assert does(sandbox, code, granted(code), STATE) == does(sandbox, code, EVERYTHING, STATE)


variables = st.sampled_from(("u", "v", "w"))
STEPS = (
    "{0} = $state.a;", "{0} = $state.b[0];", "{0} = {1};", "{0} = {1}.x;", "{0} = {1}[0];",
    "{0}.n = 1;", "{0}.x = {1};", "{0}.x.n = 2;", "{0}[0] = {1};", "{0}.push({1});",
    "{0} = [{1}];", "{0} = {{ x: {1} }};", "{0} = {{ ...{1} }};", "{0} = [...{1}];",
    "[{0}] = {1};", "({{ x: {0} }} = {1});", "({{ x: {0} = {2} }} = {1});",
    "{0} = () => {1};", "{0} = {1}();", "{0} = p => {{ p.n = 3; return p; }};", "{0}({1});",
    "{0} = {1}({2});", "{0} = (p = {1}) => {{ p.n = 4; }};", "{0}.call(null, {1});",
    "{0}.forEach(e => {{ e.n = 5; {1} = e; }});", "{0}.forEach({1});", "{0} = {1}.map({2});",
    "{0} = {1}.reduce((t, e) => {{ t.n = 6; return e; }}, {2});", "{0} = {1}.find(Boolean);",
    "for (const e of {0}) {{ e.n = 7; {1} = e; }}", "for ({0}.n of [8]) {{}}",
    "try {{ throw {0}; }} catch (e) {{ {1} = e; }}",
    "try {{ throw {0}; }} catch ({{ x }}) {{ x.n = 1; }}",
    "Object.assign({0}, {{ n: 9 }});", "{0} = Object.assign({1}, {{ x: {2} }});",
    "Reflect.set({0}, 'n', 10);", "{0} = new Map([['x', {1}]]);", "{0} = {1}.get('x');",
    "{0} = new Set([{1}]);", "{0} = [...{1}.values()];", "{0}.add({1});", "{0}.set('x', {1});",
    "{0} = new (class {{ constructor(x) {{ this.x = x; }} run() {{ this.x.n = 11; }} }})({1});",
    "{0} = {1}.run();", "{0} = {{ x: {1}, run() {{ this.x.n = 12; return this.x; }} }};",
    "{0} = {{ get x() {{ return {1}; }} }};", "(function () {{ arguments[0].n = 13; }})({0});",
    "{0} = await {1};", "{0} = await Promise.all([{1}]);", "await Promise.resolve({0}).then({1});",
    "{0} = (function* () {{ yield {1}; }})();", "{0} = {1}.next().value;", "delete {0}.n;",
    "{0} ??= {1};", "{0} = {1} && {2};", "{0} = true ? {1} : {2};", "({0}, {1}).n = 14;",
    "(true ? {0} : {1}).n = 15;", "{0}?.push?.({1});", "{0}['push']({1});",
    "{0}.splice(0, 1, {1});",
    "[].push.call({0}, {1});", "{0} = {1}.push.bind({1});", "{0} = structuredClone({1});",
    "{0} = Object.values({1});", "{0} = Object.entries({1})[0][1];", "{0} = {1}.at(-1);",
    "{0} = {1}.concat({2});", "{0} = {1}.slice();", "{0} = JSON.parse(JSON.stringify({1}));",
    "{0} = $state;", "{0}.a = 16;", "{0} = {1}.b;", "const {{ a }} = $state; a.n = 17;",
    "for (const k in {0}) {1} = {0}[k];", "$emit('e', {0});", "{0} = $emit;", "{0}('e', 1);",
    "{0} = $tools.add;", "{0} = await $ext.http.get({1});", "{0} = $ext.http;",
    "[{0}, {1}] = [{1}, {0}];", "{0} = `${{{1}}}`;", "{0}.x ||= {1};", "{0}.n++;",
)  # fmt: skip
steps = st.builds(str.format, st.sampled_from(STEPS), variables, variables, variables)


@settings(deadline=None)
@given(st.lists(steps, min_size=1, max_size=12))
@pytest.mark.requirement("lang.validator")
def test_no_way_to_reach_a_state_is_overlooked(sandbox: Sandbox, steps: list[str]):
    lines = "".join(f"try {{ {each} }} catch {{}}\n" for each in steps)
    code = f"let u = $state.a, v = [], w = {{}};\n{lines}"
    assert does(sandbox, code, granted(code), STATE) == does(sandbox, code, EVERYTHING, STATE)


# ---- limits


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (ParseLimits(handler_length=3), "f();"),
        (ParseLimits(code_depth=2), "f(((1)));"),
        (ParseLimits(handler_depth=3), "f(g(1));"),
    ],
)
@pytest.mark.requirement("lang.parser")
def test_code_beyond_a_limit_is_told(limits: ParseLimits, code: str):
    assert [p.finding.code for p in analyse_handler(code, limits).problems] == ["LIMIT_EXCEEDED"]


@pytest.mark.requirement("lang.validator")
def test_in_code_with_too_many_variables_every_state_counts_as_changed():
    code = f"let x = []; {'x = ' * 60}[{'x,' * 4000}]; x.push(1); return $state.b;"
    assert {str(each) for each in analysed(code).inferred if each.name == "b"} == {
        "state:read:b",
        "state:write:b",
    }


if __name__ == "__main__":
    rows = [{"claim": case["claim"], **found(case["code"])} for case in CASES]
    text = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    TABLE.write_text(f"[\n{text}\n]\n", encoding="utf-8")
