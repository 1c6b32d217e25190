"""What a grant lets a handler do; whatever the guest believes, the host decides."""

import pytest

from nexus_core.sandbox import ToolSource, bridge
from nexus_core.sandbox.capabilities import DeniedError
from nexus_core.sandbox.decoding import MalformedError
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode
from nexus_protocol.patches import Replace

pytestmark = pytest.mark.requirement("run.capabilities")

STATE = {"open": {"n": 1}, "secret": {"key": "s3cr3t-value"}}


@pytest.mark.parametrize(
    ("capability", "code"),
    [
        ("state:read:secret", "return $state.secret"),
        ("state:read:secret", "return $state.secret.key"),
        ("state:read:total", "return $state.total"),
        ("state:write:open", "$state.open = 1"),
        ("state:write:open", "$state.open.n = 2"),
        ("state:write:open", "delete $state.open"),
        ("state:write:fresh", "$state.fresh = 1"),
        ("events:emit:ping", "$emit('ping')"),
        ("events:emit:toast", "$emit.toast('x')"),
        ("view:update:table", "$view.focus('table')"),
        ("tools:call:other", "return $tools.other()"),
        ("ext:http:get", "return $ext.http.get()"),
    ],
)
def test_what_is_not_granted_is_denied_and_what_is_granted_works(opened, capability, code):
    fields = {
        "state": STATE,
        "computed": {"total": "1 + 1"},
        "tools": {"other": ToolSource(name="other", code="return 1")},
        "aliases": frozenset({"http"}),
    }

    denied = opened(code, grant=Grant.of(["state:read:open"]), **fields).start()
    granted = opened(code, grant=Grant.of(["state:read:open", capability]), **fields).start()

    assert denied.error.code is ErrorCode.PERMISSION_DENIED
    assert capability in denied.error.message
    assert granted.error is None


@pytest.mark.parametrize("capabilities", [("state:write",), ("state:write", "state:read")])
def test_undefined_written_to_a_state_is_null_whether_it_may_be_read_or_not(opened, capabilities):
    segment = opened("$state.open = undefined", state=STATE, grant=Grant.of(capabilities)).start()

    assert segment.error is None
    assert [(op.path, op.value) for op in segment.ops] == [("/open", None)]


def test_a_value_that_may_not_be_read_never_enters_the_instance(opened):
    run = opened("return 1", state=STATE, grant=Grant.of(["state:read:open"]))

    assert b"s3cr3t-value" not in bridge.pack(run.job).data


def test_a_denied_call_can_be_caught_and_asks_for_nothing(opened):
    code = "try { await $ext.http.post() } catch (e) { return e.code }"

    grant = Grant.of(["ext:http:get"])
    segment = opened(code, grant=grant, aliases=frozenset({"http"})).start()

    assert (segment.value, segment.requests) == ("PERMISSION_DENIED", ())


def test_an_extension_that_is_not_declared_does_not_exist(executed):
    assert executed("return [typeof $ext.http, Object.keys($ext)]").value == ["undefined", []]


def test_names_that_may_not_be_read_are_not_listed(opened):
    grant = Grant.of(["state:read:open"])

    assert opened("return Object.keys($state)", state=STATE, grant=grant).start().value == ["open"]


def test_a_key_that_may_only_be_written_can_be_written(opened):
    segment = opened("$state.secret = 1", state=STATE, grant=Grant.of(["state:write"])).start()

    assert [(op.op, op.path) for op in segment.ops] == [("add", "/secret")]


def test_foreign_changes_of_what_may_not_be_read_stay_outside(opened):
    run = opened(
        "await $ext.x.y(); try { return $state.secret } catch (e) { return e.code }",
        state=STATE,
        grant=Grant.of(["state:read:open", "ext:x"]),
        aliases=frozenset({"x"}),
    )
    change = Replace(path="/secret/key", value="another-secret")
    whole = Replace(path="", value={"open": 1, "secret": "another-secret"})

    assert b"another-secret" not in bridge.pack_resume(run.job, (), [change, whole])


FORGED = {
    "an operation on another key": '{"status":"done","ops":[{"op":"add","path":"/a","value":1}]}',
    "an operation on the whole": '{"status":"done","ops":[{"op":"replace","path":"","value":{}}]}',
    "a move out of another key": (
        '{"status":"done","ops":[{"op":"move","from":"/a/0","path":"/open/0"}]}'
    ),
    "an event": '{"status":"done","events":[["ping",1]]}',
    "a view command": '{"status":"done","views":[["t","focus",[]]]}',
    "a call of what is not declared": '{"status":"waiting","requests":[[1,"sql","query",[]]]}',
    "a call of another method": '{"status":"waiting","requests":[[1,"http","post",[]]]}',
}


@pytest.mark.parametrize("output", FORGED.values(), ids=FORGED.keys())
def test_the_host_refuses_what_a_broken_guest_claims(opened, output):
    grant = Grant.of(["state:write:open", "ext:http:get"])
    job = opened("", grant=grant, aliases=frozenset({"http"})).job

    with pytest.raises(DeniedError):
        bridge.unpack(output.encode(), job, {})


@pytest.mark.parametrize(
    "output",
    [
        "", "1", "[]", "{}", '{"status":"other"}', '{"status":"done","ops":[{"op":"test"}]}',
        '{"status":"done","ops":[{"op":"remove","path":"/a","extra":1}]}',
        '{"status":"done","ops":{}}', '{"status":"failed"}', '{"status":"done","logs":[["x","y"]]}',
        '{"status":"done","value":NaN}', '{"status":"done","value":1e999}',
        '{"status":"done","value":9007199254740993}', '{"status":"done","value":"\\ud800"}',
        '{"status":"done","value":"\\u0000"}', '{"status":"done","status":"done"}',
        '{"status":"done","value":{"__proto__":1}}',
        '{"status":"done","value":' + "[" * 99 + "]" * 99 + "}",
        '{"status":"done","value":' + "[" * 99999, '{"status":"done"} x', "\ufeff{}",
    ],
)  # fmt: skip
def test_the_host_reads_output_strictly(opened, output):
    with pytest.raises(MalformedError):
        bridge.unpack(output.encode(), opened("").job, {})


def test_output_that_is_not_utf8_is_refused(opened):
    with pytest.raises(MalformedError):
        bridge.unpack(b'{"status":"\xff"}', opened("").job, {})
