"""The same wire in MessagePack: the same messages, the same answers, the same refusals."""

import json
import math
from pathlib import Path

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from nexus_protocol.messages import PACKED_PROTOCOL, PROTOCOL
from nexus_protocol.strict_json import MAX_DEPTH, JsonError
from workspace_kernel.testing import wire
from workspace_kernel.websocket.codecs import MAX_MEMBERS, choose, pack, unpack

pytestmark = pytest.mark.requirement("ker.ws")

VECTORS = json.loads(
    (Path(__file__).parents[3] / "tests" / "conformance" / "hashes.json").read_text("utf-8")
)["cases"]


@pytest.fixture
async def packed(kernel):
    """Open a connection that speaks MessagePack."""
    async with wire(kernel, protocol=PACKED_PROTOCOL) as opened:
        yield opened


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


async def test_the_greeting_names_the_subprotocol(kernel):
    async with wire(kernel, protocol=PACKED_PROTOCOL, greeting=False) as client:
        assert (await client.next())["protocol"] == PACKED_PROTOCOL
        assert client.connection.subprotocol == PACKED_PROTOCOL


async def test_both_spellings_say_the_same(kernel, packed, panel):
    async with wire(kernel) as plain:
        assert await packed.subscribe(panel) == await plain.subscribe(panel)
        await plain.send("TRIGGER", requestId="t", panelId=panel, tool="greet")
        await packed.send("SET", requestId="s", panelId=panel, path="/draft", value="mílk 🥛")
        await packed.send("TRIGGER", requestId="a", panelId=panel, tool="add", args={"by": 0.5})
        told = [
            [m for m in await each.until("PATCH", rev=2) if m["type"] in ("PATCH", "EVENT")]
            for each in (packed, plain)
        ]
    assert told[0] == told[1]
    assert [m["type"] for m in told[0]].count("PATCH") == 2


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_a_state_is_the_same_after_packing(case):
    state = json.loads(case["json"])
    assert unpack(pack(state), max_bytes=1 << 20) == state


REFUSED = {
    "nan": {"type": "SET", "requestId": "s", "panelId": "p", "path": "/a", "value": math.nan},
    "infinity": [math.inf],
    "key that is a number": {"type": "PING", 1: 2},
    "key that is binary": {"type": "PING", b"key": 2},
    "key that is nothing": {None: 1},
    "forbidden key": {"type": "PING", "__proto__": {}},
    "binary": {"type": "PING", "extra": b"\x00"},
    "extension": {"type": "PING", "extra": msgpack.ExtType(5, b"x")},
    "date": {"type": "PING", "extra": msgpack.Timestamp(1, 0)},
    "integer beyond 2**53": {"type": "PING", "extra": 2**53},
    "text with U+0000": {"type": "P\0NG"},
    "too deep": nested(MAX_DEPTH + 1),
    "far too deep": nested(500),
    "unknown type": {"type": "NOPE"},
    "server's type": {"type": "PATCH", "panelId": "p", "rev": 1},
    "no type": {},
    "list": [],
    "unknown field": {"type": "PING", "extra": 1},
    "negative revision": {"type": "SUBSCRIBE", "panelId": "p", "sinceRev": -1},
}
BYTES = {
    "nothing": b"",
    "half a value": pack({"type": "PING"})[:-1],
    "two values": pack({"type": "PING"}) * 2,
    "duplicate key": b"\x82\xa4type\xa4PING\xa4type\xa4PING",
    "no UTF-8": b"\x81\xa4type\xa2\xff\xfe",
    "lone surrogate": b"\x81\xa4type\xa3\xed\xa0\x80",
    "reserved byte": b"\xc1",
    "text as JSON": b'{"type":"PING"}',
    "list longer than the frame": b"\xdd\xff\xff\xff\xff",
    "lists in lists that announce much": b"\xdd\x00\x01\x00\x00" * 2000,
    "map that announces much": b"\xdf\xff\xff\xff\xff\xa1a",
    "nested beyond any stack": b"\x91" * 100_000,
}
FRAMES = {name: msgpack.packb(value) for name, value in REFUSED.items()} | BYTES


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES.keys())
async def test_what_json_could_not_say_is_a_typed_error_and_the_socket_lives(packed, frame):
    await packed.connection.send(frame)
    refused = await packed.next()
    assert (refused["type"], refused["code"]) == ("ERROR", "BAD_REQUEST")
    await packed.send("PING")
    assert await packed.next() == {"type": "PONG"}


async def test_a_text_frame_on_the_packed_protocol_ends_the_connection_with_1003(packed):
    await packed.connection.send('{"type":"PING"}')
    with pytest.raises(ConnectionClosed) as closed:
        await packed.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1003


async def test_a_packed_bearer_in_the_first_frame_opens_a_socket(town, home):
    path = f"/ws/{home.name}"
    async with wire(town, path, greeting=False, protocol=PACKED_PROTOCOL) as client:
        await client.send("AUTH", token=home.viewer.token)
        assert (await client.next())["type"] == "CONNECTED"


def test_the_first_subprotocol_that_is_known_is_spoken():
    offers = (["x", PACKED_PROTOCOL, PROTOCOL], [PROTOCOL, PACKED_PROTOCOL], ["x"], [])
    chosen = [choose(each) for each in offers]
    assert [each and each.protocol for each in chosen] == [PACKED_PROTOCOL, PROTOCOL, None, None]


def test_more_members_than_may_be_announced_are_refused():
    unpack(pack([0] * MAX_MEMBERS), max_bytes=1 << 20)
    with pytest.raises(JsonError):
        unpack(pack([0] * (MAX_MEMBERS + 1)), max_bytes=1 << 20)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    """Whatever is read can be said in strict JSON, and packs to what reads the same."""
    try:
        value = unpack(data, max_bytes=200)
    except JsonError:
        return
    assert unpack(pack(value), max_bytes=1 << 20) == value
