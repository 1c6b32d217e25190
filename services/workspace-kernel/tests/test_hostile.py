"""Frames and bodies that mean harm, from the shared corpus and beyond."""

import json
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from workspace_kernel.settings import Settings
from workspace_kernel.testing import served, wire
from workspace_kernel.websocket.protocol import MAX_FRAGMENTS

CORPUS = Path(__file__).parents[3] / "tests" / "security"
POISON = json.loads((CORPUS / "json.poison.json").read_text())


def poison(case: dict[str, str]) -> str:
    """Return a case's text; a recipe is an expression of literals, ``+`` and ``*``."""
    if "json" in case:
        return case["json"]
    return eval(case["recipe"], {"__builtins__": {}})


TEXTS = [pytest.param(poison(case), id=case["id"]) for case in POISON["cases"]]
BYTES = [pytest.param(bytes.fromhex(case["hex"]), id=case["id"]) for case in POISON["binary"]]


@pytest.mark.parametrize("text", TEXTS)
def test_a_poisoned_body_is_refused(http, text):
    answer = http.post(
        "/api/check",
        content=text.encode("utf-8", "surrogatepass"),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code in (400, 413)
    assert answer.json()["error"]["code"] in ("BAD_REQUEST", "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("content", BYTES)
def test_a_body_that_is_not_utf8_is_refused(http, content):
    answer = http.post("/api/check", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


@pytest.mark.requirement("ker.ws")
@pytest.mark.parametrize("text", TEXTS)
async def test_a_poisoned_frame_is_a_typed_error_and_the_socket_lives(kernel, text):
    async with wire(kernel) as client:
        await client.connection.send(text)
        assert (await client.expect("ERROR"))["code"] == "BAD_REQUEST"
        await client.send("PING")
        assert await client.next() == {"type": "PONG"}


@pytest.mark.requirement("ker.store")
@pytest.mark.parametrize("text", TEXTS)
async def test_a_poisoned_value_is_refused_or_stored_and_read_back_equal(
    kernel, http, panels, make_panel, text
):
    source = (
        '<NexusPanel title="Any"><Data><State name="any" default="1"/></Data>'
        '<View><Input label="A" bind="$state.any"/></View></NexusPanel>'
    )
    panel = make_panel(source)
    async with wire(kernel) as client:
        message = (
            f'{{"type":"SET","requestId":"s","panelId":"{panel}","path":"/any","value":{text}}}'
        )
        await client.connection.send(message)
        while (answer := await client.next())["type"] not in ("ERROR", "RESULT"):
            pass
        stored = (await client.subscribe(panel))["state"]["any"]
    if answer["type"] == "RESULT" and answer["ok"]:
        assert stored == json.loads(text)
        log = http.get(f"{panels}/{panel}/log").json()["items"]
        assert log[0]["ops"][0]["value"] == json.loads(text)
    else:
        assert stored == 1


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "NOPE"},
        {"type": "PATCH", "panelId": "notes", "rev": 1},
        {},
        [],
        {"type": None},
        {"type": "SUBSCRIBE"},
        {"type": "SUBSCRIBE", "panelId": 5},
        {"type": "SUBSCRIBE", "panelId": "notes", "sinceRev": -1},
        {"type": "SUBSCRIBE", "panelId": ""},
        {"type": "SUBSCRIBE", "panelId": "x" * 129},
        {"type": "PING", "extra": 1},
        {"type": "TRIGGER", "requestId": "x", "panelId": "notes", "tool": "t", "args": "x"},
        {"type": "SET", "requestId": "x", "panelId": "notes", "path": "/" * 2000, "value": 1},
    ],
    ids=lambda frame: json.dumps(frame)[:60],
)
async def test_a_malformed_frame_is_a_typed_error_and_the_socket_lives(kernel, frame):
    async with wire(kernel) as client:
        await client.connection.send(json.dumps(frame))
        refused = await client.next()
        assert (refused["type"], refused["code"]) == ("ERROR", "BAD_REQUEST")
        assert refused.get("requestId") == (
            frame.get("requestId") if isinstance(frame, dict) else None
        )
        await client.send("PING")
        assert await client.next() == {"type": "PONG"}


async def test_a_binary_frame_ends_the_connection_with_1003(kernel):
    async with wire(kernel) as client:
        await client.connection.send(b'{"type":"PING"}')
        with pytest.raises(ConnectionClosed) as closed:
            await client.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1003


async def test_a_frame_above_the_limit_ends_the_connection_with_1009(kernel):
    async with wire(kernel) as client:
        await client.connection.send("x" * (kernel.frame_bytes + 1))
        with pytest.raises(ConnectionClosed) as closed:
            await client.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_a_message_in_too_many_fragments_ends_the_connection_with_1009(kernel):
    async def fragments():
        for _ in range(MAX_FRAGMENTS):
            yield "x"

    async with wire(kernel) as client:
        await client.connection.send(fragments())
        with pytest.raises(ConnectionClosed) as closed:
            await client.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_more_panels_than_may_be_followed_are_refused(tmp_path):
    with served(Settings(data=tmp_path / "data", subscriptions=2)) as serving:
        async with wire(serving) as client:
            await client.subscribe("notes")
            await client.subscribe("tasks")
            await client.send("SUBSCRIBE", panelId="chat")
            assert (await client.expect("ERROR"))["code"] == "RESOURCE_LIMIT"
