"""Long messages go out compressed, and what comes in compressed is bounded by what it becomes."""

import asyncio
import zlib
from contextlib import asynccontextmanager

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    PerMessageDeflate,
)
from websockets.frames import Frame, Opcode

from workspace_kernel.settings import Settings
from workspace_kernel.testing import WireClient, served
from workspace_kernel.websocket.compression import LEAST_BYTES, LongMessages
from workspace_kernel.websocket.pace import A_SECOND, AT_ONCE, Pace
from workspace_kernel.websocket.protocol import BITE_BYTES, BoundedProtocol

pytestmark = pytest.mark.requirement("ker.ws")

MASK = b"\0\0\0\0"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel with the sample panels."""
    with served(Settings(data=tmp_path_factory.mktemp("data"))) as serving:
        yield serving


@asynccontextmanager
async def opened(kernel, **offer):
    """Open a socket that offers compression, and read its greeting."""
    address = kernel.address.replace("http", "ws", 1) + f"/ws/{kernel.workspace}"
    offers = [ClientPerMessageDeflateFactory(**offer)]
    async with connect(address, extensions=offers, compression=None, proxy=None) as connection:
        client = WireClient(connection)
        await client.expect("CONNECTED")
        yield client


def frame(opcode: int, data: bytes) -> bytes:
    """Return a frame of a client, of whatever length."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
    return bytes([opcode]) + length + MASK + data


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


async def test_long_messages_are_compressed_and_short_ones_go_as_they_are(kernel):
    async with opened(kernel) as client:
        (extension,) = client.connection.protocol.extensions
        decode, came = extension.decode, []

        def noted(frame: Frame, **limits) -> Frame:
            decoded = decode(frame, **limits)
            came.append((frame.rsv1, len(frame.data), len(decoded.data)))
            return decoded

        extension.decode = noted
        panel = await client.subscribe("notes")
        await client.send("PING")
        await client.expect("PONG")
    is_compressed, sent, length = came[0]
    assert (is_compressed, panel["panelId"], length > 4 * sent) == (True, "notes", True)
    assert (False, len('{"type":"PONG"}'), len('{"type":"PONG"}')) in came


@pytest.mark.parametrize(
    ("offer", "window"), [({}, 15), ({"server_max_window_bits": 9, "client_max_window_bits": 9}, 9)]
)
async def test_nothing_is_kept_between_messages_and_windows_are_as_asked(kernel, offer, window):
    async with opened(kernel, **offer) as client:
        (agreed,) = client.connection.protocol.extensions
        assert (agreed.remote_no_context_takeover, agreed.local_no_context_takeover) == (True, True)
        assert (agreed.remote_max_window_bits, agreed.local_max_window_bits) == (window, window)
        assert (await client.subscribe("notes"))["panelId"] == "notes"


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        pytest.param([frame(0xC1, deflated(bytes(40 << 20)))], 1009, id="a-bomb"),
        pytest.param(
            [
                frame(0x41, deflated(bytes(1 << 19)) + b"\0\0\xff\xff"),
                *[frame(0x00, deflated(bytes(1 << 19)) + b"\0\0\xff\xff")] * 3,
            ],
            1009,
            id="a-bomb-in-fragments",
        ),
        pytest.param([frame(0xC1, b"\xff\xff\xff")], 1002, id="not-compressed"),
        pytest.param([frame(0xC9, b"")], 1002, id="a-compressed-ping"),
        pytest.param([frame(0xC1, deflated(b'"\xff\xfe"'))], 1007, id="not-utf8"),
    ],
)
async def test_what_is_no_good_when_unpacked_ends_the_connection(kernel, frames, code):
    async with opened(kernel) as client:
        for each in frames:
            client.connection.transport.write(each)
        with pytest.raises(ConnectionClosed) as closed:
            await client.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


def agreed(window_bits: int = 15) -> LongMessages:
    return LongMessages(True, True, 15, window_bits)


@given(st.text(), st.integers(0, 4000), st.integers(9, 15), st.booleans())
def test_what_goes_out_is_read_as_it_was(text, repeated, window_bits, is_text):
    data = (text * repeated).encode()
    opcode = Opcode.TEXT if is_text else Opcode.BINARY
    sent = agreed(window_bits).encode(Frame(opcode, data))
    assert sent.rsv1 == (LEAST_BYTES <= len(data) <= 1 << 20)
    read = PerMessageDeflate(True, True, window_bits, 15).decode(sent)
    assert (read.opcode, bytes(read.data), read.fin, read.rsv1) == (opcode, data, True, False)


def test_a_message_for_many_is_compressed_once():
    message = Frame(Opcode.TEXT, b"to everybody" * 1000)
    copy = Frame(Opcode.TEXT, b"to everybody" * 1000)
    assert agreed().encode(message) is agreed().encode(copy)


# ---- how fast a socket is read


@given(st.lists(st.tuples(st.integers(1, 1 << 20), st.floats(0, 30))))
def test_a_socket_is_read_no_faster_than_the_pace_however_its_messages_come(messages):
    pace, now, read = Pace(0.0), 0.0, 0
    for size, later in messages:
        now += later
        read += size
        now += pace.after(size, now)
        assert read <= AT_ONCE + A_SECOND * now + 1


def test_who_sends_little_is_never_kept_waiting():
    pace = Pace(0.0)
    assert [pace.after(A_SECOND // 100, n / 100) for n in range(1000)] == [0.0] * 1000


# ---- what is unpacked before it is read


async def test_of_many_messages_in_a_few_bytes_only_a_few_are_unpacked_before_they_are_read():
    messages = [bytes([65 + n]) * (1 << 20) for n in range(26)]
    protocols, waiting, came = [], [], []
    done = asyncio.Event()

    async def app(scope, receive, send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        for _ in messages:
            came.append((await receive())["text"].encode())
            waiting.append(protocols[0].queue.qsize())
        done.set()
        await receive()

    config = uvicorn.Config(app, ws_max_size=1 << 20, log_config=None, ws_ping_interval=None)

    def protocol() -> BoundedProtocol:
        protocols.append(BoundedProtocol(config, ServerState(), {}))
        return protocols[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, connect(address, proxy=None) as connection:
        connection.transport.write(b"".join(frame(0xC1, deflated(each)) for each in messages))
        await done.wait()
    assert came == messages
    assert max(waiting) <= BITE_BYTES // 1000
