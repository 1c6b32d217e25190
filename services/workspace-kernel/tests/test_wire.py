"""The wire: every message, on both databases, as clients see it."""

import asyncio
import json
import signal

import httpx
import pytest
from pydantic import TypeAdapter

from nexus_core.changes import apply_ops
from nexus_protocol import PatchOp
from nexus_protocol.canonical import state_hash
from workspace_kernel.testing import wire

OPS: TypeAdapter[tuple[PatchOp, ...]] = TypeAdapter(tuple[PatchOp, ...])


@pytest.fixture
async def client(kernel):
    """Open a connection to the default workspace."""
    async with wire(kernel) as opened:
        yield opened


@pytest.mark.requirement("ker.ws")
async def test_the_server_greets_with_its_limits(kernel):
    async with wire(kernel, greeting=False) as client:
        greeting = await client.next()
    assert greeting["type"] == "CONNECTED"
    assert greeting["protocol"] == client.connection.subprotocol == "nexus.v1"
    assert greeting["limits"] == {
        "frameBytes": kernel.frame_bytes,
        "subscriptions": kernel.subscriptions,
        "pendingRequests": kernel.pending_requests,
    }


@pytest.mark.requirement("ker.ws")
async def test_a_subscription_brings_the_panel_as_it_is(client, http, panels, panel):
    sent = await client.subscribe(panel)
    assert sent["ast"] == http.get(f"{panels}/{panel}/ast").json()
    assert sent["sourceHash"] == http.get(f"{panels}/{panel}").json()["sourceHash"]
    assert (sent["state"], sent["rev"]) == ({"count": 0, "items": [], "draft": ""}, 0)


@pytest.mark.requirement("lang.tests")
async def test_the_tests_that_a_panel_carries_stay_on_the_server(client, http, panels, make_panel):
    test = '<Test name="begins"><Expect state="{ n: 1 }"/></Test>'
    source = f'<NexusPanel><Data><State name="n" default="1"/></Data>{test}</NexusPanel>'
    panel = make_panel(source)
    sent = await client.subscribe(panel)
    kept = http.get(f"{panels}/{panel}/ast").json()
    assert (sent["ast"]["tests"], [each["name"] for each in kept["tests"]]) == ([], ["begins"])


@pytest.mark.requirement("ker.ws")
async def test_a_trigger_brings_its_patch_and_then_its_result(client, panel):
    await client.subscribe(panel)
    await client.send("TRIGGER", requestId="t1", panelId=panel, tool="add", args={"by": 4})
    patch, result = await client.next(), await client.next()
    assert patch == {
        "type": "PATCH",
        "panelId": panel,
        "rev": 1,
        "ops": [{"op": "replace", "path": "/count", "value": 4}],
    }
    assert (result["type"], result["ok"], result["value"], result["rev"]) == ("RESULT", True, 4, 1)
    assert result["metrics"]["segments"] == 1


@pytest.mark.requirement("ker.ws")
async def test_two_clients_see_the_same_patches(kernel, client, panel):
    async with wire(kernel) as other:
        await client.subscribe(panel)
        await other.subscribe(panel)
        for number in range(20):
            await (client, other)[number % 2].send(
                "TRIGGER", requestId=f"t{number}", panelId=panel, tool="add"
            )
        mine = [m for m in await client.until("PATCH", rev=20) if m["type"] == "PATCH"]
        theirs = [m for m in await other.until("PATCH", rev=20) if m["type"] == "PATCH"]
    assert mine == theirs
    assert [patch["rev"] for patch in mine] == list(range(1, 21))


@pytest.mark.requirement("ker.ws")
async def test_a_set_writes_one_value_and_is_confirmed(client, panel):
    await client.subscribe(panel)
    await client.send("SET", requestId="s1", panelId=panel, path="/draft", value="milk")
    patch = await client.expect("PATCH")
    assert patch["ops"] == [{"op": "add", "path": "/draft", "value": "milk"}]
    result = await client.expect("RESULT", requestId="s1")
    assert (result["ok"], result["rev"]) == (True, 1)


async def test_a_null_arrives_as_a_null(client, panel, make_panel):
    source = (
        '<NexusPanel title="N"><Data><State name="any" default="1"/></Data>'
        '<View><Input label="A" bind="$state.any"/></View></NexusPanel>'
    )
    panel = make_panel(source)
    await client.subscribe(panel)
    await client.send("SET", requestId="s1", panelId=panel, path="/any", value=None)
    assert (await client.expect("PATCH"))["ops"] == [{"op": "add", "path": "/any", "value": None}]


@pytest.mark.requirement("ker.ws")
async def test_requests_of_one_client_take_effect_in_the_order_they_were_sent(client, panel):
    await client.subscribe(panel)
    for number in range(50):
        await client.send(
            "SET", requestId=f"s{number}", panelId=panel, path="/draft", value=str(number)
        )
        await client.send("TRIGGER", requestId=f"t{number}", panelId=panel, tool="keep")
        if number % 20 == 19:
            await client.expect("RESULT", requestId=f"t{number}")
    await client.expect("RESULT", requestId="t49")
    state = (await client.subscribe(panel))["state"]
    assert state["items"] == [str(number) for number in range(50)]


@pytest.mark.requirement("ker.ws")
async def test_an_event_reaches_everyone_who_follows(kernel, client, panel):
    async with wire(kernel) as other:
        await other.subscribe(panel)
        await client.trigger(panel, "greet")
        assert await other.expect("EVENT", name="greeted") == {
            "type": "EVENT",
            "panelId": panel,
            "name": "greeted",
            "payload": {"text": "hello"},
        }


@pytest.mark.requirement("run.suspend")
async def test_a_waiting_execution_pushes_its_changes_and_tells_its_caller(client, panel):
    await client.subscribe(panel)
    await client.send("TRIGGER", requestId="w", panelId=panel, tool="wait")
    seen = await client.until("RESULT", requestId="w")
    assert [m["type"] for m in seen] == ["PATCH", "PROGRESS", "PATCH", "RESULT"]
    assert seen[1] == {
        "type": "PROGRESS",
        "requestId": "w",
        "panelId": panel,
        "waitingFor": ["timer.sleep"],
    }


async def test_an_execution_that_waits_lets_others_run(client, panel):
    await client.send("TRIGGER", requestId="w", panelId=panel, tool="wait", args={"ms": 400})
    await client.expect("PROGRESS", requestId="w")
    assert (await client.trigger(panel, "add", request_id="t"))["value"] == 2
    assert (await client.expect("RESULT", requestId="w"))["rev"] == 3


async def test_two_executions_that_wait_at_once_lose_nothing(client, panel):
    for name in "ab":
        await client.send("TRIGGER", requestId=name, panelId=panel, tool="wait")
    await client.expect("RESULT", requestId="a")
    await client.expect("RESULT", requestId="b")
    assert (await client.subscribe(panel))["state"]["count"] == 22


@pytest.mark.requirement("run.limits")
async def test_an_endless_handler_ends_while_another_panel_answers(client, panel, another_panel):
    await client.subscribe(panel)
    await client.subscribe(another_panel)
    await client.send("TRIGGER", requestId="spin", panelId=panel, tool="spin")
    await client.send("TRIGGER", requestId="add", panelId=another_panel, tool="add")
    results = [m for m in await client.until("RESULT", requestId="spin") if m["type"] == "RESULT"]
    assert [(m["requestId"], m["ok"]) for m in results] == [("add", True), ("spin", False)]
    assert results[1]["error"]["code"] == "TIMEOUT"


@pytest.mark.parametrize(
    ("tool", "args", "code"),
    [("ad", {}, "TOOL_NOT_FOUND"), ("add", {"by": "x"}, "INVALID_ARGUMENTS")],
)
async def test_a_call_that_cannot_be_made_is_a_failed_result(client, panel, tool, args, code):
    result = await client.trigger(panel, tool, args)
    assert (result["ok"], result["error"]["code"]) == (False, code)


async def test_a_set_that_leads_nowhere_is_a_failed_result(client, panel):
    await client.send("SET", requestId="s", panelId=panel, path="/nothing", value=1)
    result = await client.expect("RESULT", requestId="s")
    assert (result["ok"], result["error"]["code"]) == (False, "INVALID_PATH")


# ---- rows that move meanwhile

ROWS = """
<NexusPanel title="Rows">
  <Data><State name="rows" type="list" default='[{ "id": "mine", "text": "" }]'/></Data>
  <Logic>
    <Tool name="above"><Arg name="id"/><Handler>
      $state.rows.unshift({ id: $args.id, text: "" });
    </Handler></Tool>
    <Tool name="drop"><Arg name="id"/><Handler>
      $state.rows = $state.rows.filter(({ id }) => id !== $args.id);
    </Handler></Tool>
    <Tool name="turn"><Arg name="id"/><Handler>$state.rows.reverse();</Handler></Tool>
  </Logic>
</NexusPanel>
"""


@pytest.mark.requirement("ker.ws")
async def test_what_one_types_stays_in_its_row_while_another_changes_the_list(
    kernel, http, panels, make_panel
):
    panel = make_panel(ROWS)
    async with wire(kernel) as typist, wire(kernel) as other:
        shown = await typist.subscribe(panel)
        state, rev = shown["state"], shown["rev"]
        patches = []
        for number in range(12):
            at = next(at for at, row in enumerate(state["rows"]) if row["id"] == "mine")
            tool = ("above", "drop", "above", "turn")[number % 4]
            name = f"above {number - number % 2}"
            await other.trigger(panel, tool, {"id": name}, request_id=f"t{number}")
            write = {"path": f"/rows/{at}/text", "value": "x" * (number + 1), "rev": rev}
            await typist.send("SET", requestId=f"s{number}", panelId=panel, **write)
            seen = await typist.until("RESULT", requestId=f"s{number}")
            patches += [each for each in seen if each["type"] == "PATCH"]
            while len(patches) > number % 3:  # What is typed into is behind by up to so many.
                patch = patches.pop(0)
                state, rev = apply_ops(state, OPS.validate_python(patch["ops"])), patch["rev"]
        rows = http.get(f"{panels}/{panel}/state").json()["state"]["rows"]
    assert {row["text"]: row["id"] for row in rows if row["text"]} == {"x" * 12: "mine"}


@pytest.mark.requirement("ker.ws")
async def test_what_is_typed_into_a_row_that_is_gone_is_a_conflict(client, make_panel):
    panel = make_panel(ROWS)
    await client.trigger(panel, "drop", {"id": "mine"})
    await client.send("SET", requestId="s", panelId=panel, path="/rows/0/text", value="lost", rev=0)
    answer = await client.expect("ERROR", requestId="s")
    assert (answer["code"], "is gone" in answer["message"]) == ("CONFLICT", True)


async def test_a_row_is_found_that_was_read_before_a_restart(process):
    process.start()
    panels = f"{process.settings.address}/api/workspaces/default/panels"
    body = {"id": "p", "source": ROWS}
    await asyncio.to_thread(httpx.post, panels, json=body, trust_env=False)
    async with wire(process.settings) as client:
        await client.trigger("p", "above", {"id": "other"})
    process.end(signal.SIGKILL)
    process.start()
    async with wire(process.settings) as client:
        await client.send(
            "SET", requestId="s", panelId="p", path="/rows/0/text", value="kept", rev=0
        )
        await client.expect("RESULT", requestId="s")
        rows = (await client.subscribe("p"))["state"]["rows"]
    assert rows == [{"id": "other", "text": ""}, {"id": "mine", "text": "kept"}]


@pytest.mark.requirement("ker.panels")
async def test_a_saved_source_brings_the_panel_anew_with_its_state(
    client, http, panels, panel, source
):
    await client.subscribe(panel)
    await client.trigger(panel, "add", {"by": 5})
    changed = source.replace('title="Counter"', 'title="Meter"')
    await asyncio.to_thread(http.put, f"{panels}/{panel}", json={"source": changed})
    anew = await client.expect("PANEL")
    assert (anew["ast"]["title"], anew["state"]["count"], anew["rev"]) == ("Meter", 5, 1)


async def test_a_broken_source_leaves_followers_what_they_have(client, http, panels, panel):
    await client.subscribe(panel)
    await asyncio.to_thread(http.put, f"{panels}/{panel}", json={"source": "<NexusPanel"})
    await client.send("TRIGGER", requestId="t", panelId=panel, tool="add")
    assert [m["type"] for m in await client.until("RESULT")] == ["PATCH", "RESULT"]


async def test_followers_of_a_deleted_panel_are_told(client, http, panels, panel):
    await client.subscribe(panel)
    await asyncio.to_thread(http.delete, f"{panels}/{panel}")
    gone = await client.expect("ERROR")
    assert (gone["code"], gone["panelId"]) == ("NOT_FOUND", panel)


async def test_who_unsubscribed_hears_nothing_more(client, panel):
    await client.subscribe(panel)
    await client.send("UNSUBSCRIBE", panelId=panel)
    await client.send("TRIGGER", requestId="t", panelId=panel, tool="add")
    assert [m["type"] for m in await client.until("RESULT")] == ["RESULT"]


async def test_a_ping_is_answered(client):
    await client.send("PING")
    assert await client.next() == {"type": "PONG"}


@pytest.mark.parametrize("panel_id", ["nowhere", "../../etc/passwd", "Ünï", "a" * 128])
async def test_a_panel_that_is_not_there_is_a_typed_error(client, panel_id):
    await client.send("SUBSCRIBE", panelId=panel_id)
    answer = await client.expect("ERROR")
    assert (answer["code"], answer["panelId"]) == ("NOT_FOUND", panel_id)


async def test_a_connection_of_one_panel_speaks_to_that_one_only(kernel, panel, another_panel):
    async with wire(kernel, f"/panels/{panel}/ws") as client:
        assert (await client.subscribe(panel))["panelId"] == panel
        await client.send("SUBSCRIBE", panelId=another_panel)
        assert (await client.expect("ERROR"))["code"] == "NOT_FOUND"


# ---- resuming


@pytest.mark.requirement("ker.ws")
async def test_a_client_that_comes_back_gets_the_patches_it_missed(kernel, client, panel):
    held = await client.subscribe(panel)
    for number in range(5):
        await client.trigger(panel, "add", request_id=f"t{number}")
    async with wire(kernel) as back:
        await back.send("SUBSCRIBE", panelId=panel, sinceRev=2, sourceHash=held["sourceHash"])
        missed = [await back.next() for _ in range(3)]
        await back.send("PING")
        assert [m.get("rev") for m in missed] == [3, 4, 5]
        assert {m["type"] for m in missed} == {"PATCH"}
        assert (await back.next())["type"] == "PONG"


async def test_a_client_that_missed_nothing_gets_nothing(client, panel):
    held = await client.subscribe(panel)
    await client.send("UNSUBSCRIBE", panelId=panel)
    await client.send("SUBSCRIBE", panelId=panel, sinceRev=0, sourceHash=held["sourceHash"])
    await client.send("TRIGGER", requestId="t", panelId=panel, tool="add")
    assert [m["type"] for m in await client.until("RESULT")] == ["PATCH", "RESULT"]


@pytest.mark.parametrize("since", [7, 10**9])
async def test_a_revision_that_never_was_brings_the_panel(client, panel, since):
    await client.send("SUBSCRIBE", panelId=panel, sinceRev=since)
    assert (await client.next())["type"] == "PANEL"


async def test_another_source_than_the_client_holds_brings_the_panel(client, panel):
    await client.trigger(panel, "add")
    await client.send("SUBSCRIBE", panelId=panel, sinceRev=0, sourceHash="0" * 64)
    assert (await client.next())["type"] == "PANEL"


async def test_a_panel_made_anew_under_its_name_brings_the_panel(
    client, http, panels, panel, source
):
    await client.trigger(panel, "add")
    await asyncio.to_thread(http.delete, f"{panels}/{panel}")
    await asyncio.to_thread(http.post, panels, json={"id": panel, "source": source})
    held = (await asyncio.to_thread(http.get, f"{panels}/{panel}")).json()["sourceHash"]
    await client.send("SUBSCRIBE", panelId=panel, sinceRev=1, sourceHash=held)
    anew = await client.next()
    assert (anew["type"], anew["state"]["count"], anew["rev"]) == ("PANEL", 0, 2)


# ---- hashes


@pytest.mark.requirement("ker.ws")
async def test_every_32nd_patch_has_the_hash_of_the_state_after_it(kernel, client, panel):
    async with wire(kernel) as other:
        await other.subscribe(panel)
        for number in range(33):
            await client.trigger(panel, "add", request_id=f"t{number}")
            if number == 31:
                held = (await client.subscribe(panel))["state"]
        patches = await other.until("PATCH", rev=33)
    assert [(each["rev"], each["hash"]) for each in patches if "hash" in each] == [
        (32, state_hash(held))
    ]


@pytest.mark.requirement("ker.ws")
async def test_the_last_patch_that_was_missed_has_the_hash_of_the_state(kernel, client, panel):
    for number in range(3):
        await client.trigger(panel, "add", request_id=f"t{number}")
    state = (await client.subscribe(panel))["state"]
    async with wire(kernel) as back:
        await back.send("SUBSCRIBE", panelId=panel, sinceRev=0)
        patches = await back.until("PATCH", rev=3)
    assert [each.get("hash") for each in patches] == [None, None, state_hash(state)]


# ---- undo, and what is no state


@pytest.mark.requirement("ker.ws")
async def test_a_change_is_undone_and_done_again_for_all(kernel, client, panel):
    async with wire(kernel) as other:
        await other.subscribe(panel)
        await client.trigger(panel, "add", {"by": 5})
        await client.send("UNDO", requestId="u", panelId=panel)
        undone = await client.expect("RESULT", requestId="u")
        await client.send("REDO", requestId="r", panelId=panel)
        redone = await client.expect("RESULT", requestId="r")
        patches = await other.until("PATCH", rev=3)
    assert [(each["ok"], each["rev"]) for each in (undone, redone)] == [(True, 2), (True, 3)]
    assert [patch["ops"][0]["value"] for patch in patches] == [5, 0, 5]
    assert [patch.get("cause", {}).get("kind") for patch in patches] == [None, "undo", "undo"]


async def test_an_undo_that_is_repeated_takes_back_one_change(client, panel):
    for number in range(2):
        await client.trigger(panel, "add", request_id=f"t{number}")
    for _ in range(2):
        await client.send("UNDO", requestId="u", panelId=panel)
        assert (await client.expect("RESULT", requestId="u"))["rev"] == 3
    assert (await client.subscribe(panel))["state"]["count"] == 1


async def test_a_panel_goes_back_to_a_revision(client, panel):
    for number in range(4):
        await client.trigger(panel, "add", request_id=f"t{number}")
    await client.send("UNDO", requestId="u", panelId=panel, to=1)
    await client.expect("RESULT", requestId="u")
    assert (await client.subscribe(panel))["state"]["count"] == 1


@pytest.mark.parametrize("kind", ["UNDO", "REDO"])
async def test_there_is_nothing_to_undo_in_a_fresh_panel(client, panel, kind):
    await client.send(kind, requestId="u", panelId=panel)
    refused = await client.expect("ERROR")
    assert (refused["code"], refused["requestId"], refused["panelId"]) == ("NOT_FOUND", "u", panel)


@pytest.mark.requirement("ker.ws")
async def test_what_a_handler_does_to_the_view_reaches_everyone_who_follows(
    kernel, client, make_panel
):
    panel = make_panel(
        '<NexusPanel title="V"><Logic><Tool name="mark"><Handler>'
        '$view.getElementById("name").setProp("disabled", true); $view.focus("name");'
        '</Handler></Tool></Logic><View><Input id="name" label="Name" bind="$state.n"/></View>'
        '<Data><State name="n" default=""/></Data></NexusPanel>'
    )
    async with wire(kernel) as other:
        await other.subscribe(panel)
        await client.trigger(panel, "mark")
        told = await other.expect("VIEW")
    assert told == {
        "type": "VIEW",
        "panelId": panel,
        "commands": [
            {"id": "name", "method": "setProp", "args": ["disabled", True]},
            {"id": "name", "method": "focus", "args": []},
        ],
    }


# ---- once, however often


@pytest.mark.requirement("ker.ws")
async def test_a_repeated_trigger_runs_once_and_is_answered_again(kernel, client, panel):
    first = await client.trigger(panel, "add", request_id="same")
    async with wire(kernel) as back:
        again = await back.trigger(panel, "add", request_id="same")
        assert again == first
        assert (await back.subscribe(panel))["state"]["count"] == 1


async def test_triggers_repeated_at_the_same_time_run_once(kernel, client, panel):
    async with wire(kernel) as other:
        for each in (client, other, client, other):
            await each.send("TRIGGER", requestId="same", panelId=panel, tool="wait")
        answers = [await each.expect("RESULT") for each in (client, other, client, other)]
    assert answers == [answers[0]] * 4
    assert (await client.subscribe(panel))["state"]["count"] == 11


async def test_a_request_id_used_for_another_call_is_a_conflict(client, panel):
    await client.trigger(panel, "add", request_id="same")
    await client.send("TRIGGER", requestId="same", panelId=panel, tool="add", args={"by": 2})
    assert (await client.expect("ERROR"))["code"] == "CONFLICT"


async def test_a_repeated_set_writes_once(client, panel):
    for value in ("a", "b"):
        await client.send("SET", requestId=value, panelId=panel, path="/draft", value=value)
        await client.expect("RESULT", requestId=value)
    await client.send("SET", requestId="a", panelId=panel, path="/draft", value="a")
    assert (await client.expect("RESULT", requestId="a"))["rev"] == 1
    assert (await client.subscribe(panel))["state"]["draft"] == "b"


@pytest.mark.requirement("ker.rest")
def test_an_idempotency_key_runs_a_call_once(http, panels, panel):
    first, again = (
        http.post(f"{panels}/{panel}/tools/add", json={}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    )
    assert again.json() == first.json()
    assert http.get(f"{panels}/{panel}/state").json()["state"]["count"] == 1


async def test_what_was_asked_is_done_although_the_client_left(kernel, http, panels, panel):
    async with wire(kernel) as client:
        await client.send("TRIGGER", requestId="t", panelId=panel, tool="wait")
        await client.expect("PROGRESS")
    async with wire(kernel) as back:
        assert (await back.trigger(panel, "wait", request_id="t"))["ok"] is True
        assert (await back.subscribe(panel))["state"]["count"] == 11


# ---- bounds


async def test_more_requests_than_may_wait_are_refused(kernel, client, panel):
    await client.subscribe(panel)
    for number in range(kernel.pending_requests + 1):
        await client.send(
            "TRIGGER", requestId=f"w{number}", panelId=panel, tool="wait", args={"ms": 500}
        )
    refused = await client.expect("ERROR")
    assert refused["code"] == "RESOURCE_LIMIT"
    assert refused["requestId"] == f"w{kernel.pending_requests}"
    assert refused["retryAfter"] == 1
    for _ in range(kernel.pending_requests):
        await client.expect("RESULT")


async def test_frames_are_compact_json(client, panel):
    await client.connection.send(json.dumps({"type": "SUBSCRIBE", "panelId": panel}))
    assert ": " not in str(await client.connection.recv()).partition('"ast"')[0]
