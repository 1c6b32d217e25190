"""WebSocket frames below the messages, from the shared corpus: what no library would send."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, served, wire

CORPUS = json.loads(
    (Path(__file__).parents[3] / "tests" / "security" / "ws.abuse.json").read_text()
)
MASK = b"\0\0\0\0"

PROVED = {
    "no-origin": "test_a_socket_that_does_not_begin_with_who_it_is_is_closed",
    "evil-origin": "test_a_foreign_page_opens_no_socket",
    "null-origin": "test_a_foreign_page_opens_no_socket",
    "origin-prefix": "test_a_foreign_page_opens_no_socket",
    "frame-1MiB+1": "test_a_frame_above_the_limit_ends_the_connection_with_1009",
    "fragments-1e5": "test_a_message_in_too_many_fragments_ends_the_connection_with_1009",
    "never-fin": "test_a_message_in_too_many_fragments_ends_the_connection_with_1009",
    "deflate-bomb": "test_a_frame_that_breaks_the_protocol_ends_the_connection",
    "ping-flood": "test_a_peer_that_pings_and_reads_nothing_is_cut",
    "pong-unsolicited": "test_an_unsolicited_pong_is_ignored",
    "control-126": "test_a_frame_that_breaks_the_protocol_ends_the_connection",
    "rsv-bits": "test_a_frame_that_breaks_the_protocol_ends_the_connection",
    "unmasked": "test_a_frame_that_breaks_the_protocol_ends_the_connection",
    "bad-utf8": "test_a_frame_that_breaks_the_protocol_ends_the_connection",
    "close-1005": "test_a_frame_that_breaks_the_protocol_ends_the_connection",
    "binary": "test_a_binary_frame_ends_the_connection_with_1003",
    "unknown-type": "test_a_malformed_frame_is_a_typed_error_and_the_socket_lives",
    "server-type": "test_a_malformed_frame_is_a_typed_error_and_the_socket_lives",
    "no-type": "test_a_malformed_frame_is_a_typed_error_and_the_socket_lives",
    "array-frame": "test_a_malformed_frame_is_a_typed_error_and_the_socket_lives",
    "dup-id": "test_triggers_repeated_at_the_same_time_run_once",
    "seq-future": "test_a_revision_that_never_was_brings_the_panel",
    "seq-negative": "test_a_malformed_frame_is_a_typed_error_and_the_socket_lives",
    "other-panel": "test_a_panel_that_is_not_there_is_a_typed_error",
    "sub-flood": "test_more_panels_than_may_be_followed_are_refused",
    "trigger-flood": "test_more_requests_than_may_wait_are_refused",
    "slow-reader": "test_a_client_that_does_not_read_is_brought_to_a_snapshot",
    "half-open": "test_a_peer_that_is_gone_is_let_go_of",
    "reconnect-storm": "test_hundreds_of_clients_come_back_at_once",
    "token-query": "test_a_token_in_the_address_is_refused_whatever_else_is_shown",
    "no-hello": "test_a_socket_that_never_says_who_it_is_is_closed",
    "hello-late": "test_a_bearer_in_the_first_frame_opens_a_socket",
    "expire-mid": "test_a_socket_closes_when_its_token_expires",
    "logout-mid": "test_a_logout_closes_its_sockets_and_no_others",
    "revoke-share": "test_a_revoked_or_changed_share_closes_its_sockets",
}
"""What proves each case; tests/chaos drives all of them against a kernel in one go."""


def test_every_case_of_the_corpus_is_accounted_for():
    cases = {each["id"] for each in CORPUS["cases"]}
    assert cases == PROVED.keys()


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        pytest.param(b"\xa1\x80" + MASK, 1002, id="rsv-bits"),
        pytest.param(b"\xc1\x80" + MASK, 1002, id="deflate-bomb"),
        pytest.param(b"\x81\x02{}", 1002, id="unmasked"),
        pytest.param(b"\x89\xfe\x00\x7e" + MASK + b"x" * 126, 1002, id="control-126"),
        pytest.param(b"\x88\x82" + MASK + (1005).to_bytes(2), 1002, id="close-1005"),
        pytest.param(b"\x83\x80" + MASK, 1002, id="unknown-opcode"),
        pytest.param(b"\x81\x82" + MASK + b"\xff\xfe", 1007, id="bad-utf8"),
    ],
)
async def test_a_frame_that_breaks_the_protocol_ends_the_connection(kernel, frame, code):
    async with wire(kernel) as client:
        client.connection.transport.write(frame)
        with pytest.raises(ConnectionClosed) as closed:
            await client.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_a_text_that_is_no_utf8_leaves_no_traceback_in_the_log(kernel, caplog):
    async with wire(kernel) as client:
        client.connection.transport.write(b"\x81\x82" + MASK + b"\xff\xfe")
        with pytest.raises(ConnectionClosed):
            await client.next()
    assert [each for each in caplog.records if each.exc_info] == []


HANDSHAKE = {
    "connection": "Upgrade",
    "upgrade": "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize(
    "broken",
    [
        {"sec-websocket-version": "12"},
        {"sec-websocket-key": "short"},
        {"sec-websocket-extensions": ";;"},
        {"sec-websocket-protocol": ",@"},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_a_handshake_that_cannot_be_is_refused_in_the_one_shape(kernel, broken):
    address = f"{kernel.address}/ws/{kernel.workspace}"
    answer = httpx.get(address, headers=HANDSHAKE | broken, trust_env=False)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "BAD_REQUEST")
    assert next(iter(broken)) in error["message"].lower()
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_an_unsolicited_pong_is_ignored(kernel):
    async with wire(kernel) as client:
        await client.connection.pong(b"nobody asked")
        await client.send("PING")
        assert await client.next() == {"type": "PONG"}


async def _shake_hands(serving: Settings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket of which nothing is read or answered unless the test does."""
    reader, writer = await asyncio.open_connection(serving.host, serving.port, limit=1 << 12)
    writer.write(
        b"GET /ws/default HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
        b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 101")
    return reader, writer


@pytest.mark.requirement("ker.ws")
async def test_a_peer_that_is_gone_is_let_go_of(tmp_path):
    with served(Settings(data=tmp_path / "data", ping_seconds=0.2, demo=False)) as serving:
        reader, writer = await _shake_hands(serving)
        async with asyncio.timeout(PATIENCE):
            while await reader.read(1 << 12):
                pass
        writer.close()


async def test_a_peer_that_pings_and_reads_nothing_is_cut(kernel):
    reader, writer = await _shake_hands(kernel)
    ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True) * 1000
    reader._transport.pause_reading()
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        await _flood(writer, ping)
    writer.transport.abort()


async def _flood(writer: asyncio.StreamWriter, data: bytes) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            writer.write(data)
            await writer.drain()


async def test_hundreds_of_clients_come_back_at_once(kernel, panel):
    async def come_back() -> int:
        async with wire(kernel, open_timeout=PATIENCE) as client:
            return (await client.subscribe(panel))["rev"]

    assert await asyncio.gather(*(come_back() for _ in range(200))) == [0] * 200
