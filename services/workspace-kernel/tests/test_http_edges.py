"""Requests that are too long, too slow, or none: refused in the one shape that errors have."""

import asyncio
import json
import signal
import socket
import threading
from contextlib import closing

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from workspace_kernel.security import MAX_HEADER_BYTES, MAX_URL_BYTES
from workspace_kernel.settings import Settings, SettingsError, load
from workspace_kernel.testing import PATIENCE, served, wire

HANDSHAKE = (
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
)
SHAPE = {"code", "message", "details", "traceId"}


def talk(settings, *parts: bytes) -> tuple[int, dict[str, str], dict]:
    """Send bytes to the kernel and return status, headers and the error of its answer."""
    with closing(socket.create_connection(("127.0.0.1", settings.port), PATIENCE)) as peer:
        for part in parts:
            peer.sendall(part)
        answer = b""
        while chunk := peer.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (each.partition(": ") for each in lines)}
    return int(first.split()[1]), headers, json.loads(body)["error"] if body else {}


def head(path: str = "/health", *headers: str, method: str = "GET") -> bytes:
    """Return a request's head, whose connection ends with the answer."""
    lines = (f"{method} {path} HTTP/1.1", "host: localhost", "connection: close", *headers)
    return "\r\n".join((*lines, "", "")).encode()


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A kernel that waits for nobody long."""
    settings = Settings(
        data=tmp_path_factory.mktemp("hasty"),
        demo=False,
        head_seconds=0.2,
        body_seconds=0.2,
        ping_seconds=0.5,
    )
    with served(settings) as serving:
        yield serving


@pytest.fixture(scope="module")
def embedding(tmp_path_factory):
    """A kernel whose answers one origin elsewhere may read."""
    folder = tmp_path_factory.mktemp("embedding")
    environment = {"NEXUS_ALLOWED_ORIGINS": "https://App.test, http://localhost:5173"}
    with (
        served(load({"data": folder / "data", "demo": False}, environment, folder)) as serving,
        httpx.Client(base_url=serving.address, trust_env=False) as client,
    ):
        yield client


# ---- too long


@pytest.mark.requirement("ker.rest")
@pytest.mark.parametrize(
    ("request_head", "status", "code"),
    [
        pytest.param(head("/" + "x" * MAX_URL_BYTES), 414, "URI_TOO_LONG", id="address"),
        pytest.param(head("/?" + "x" * MAX_URL_BYTES), 414, "URI_TOO_LONG", id="query"),
        pytest.param(
            head("/health", "x: " + "y" * MAX_HEADER_BYTES), 431, "HEADERS_TOO_LARGE", id="header"
        ),
        pytest.param(
            head("/health", *("x: y" for _ in range(MAX_HEADER_BYTES // 2))),
            431,
            "HEADERS_TOO_LARGE",
            id="many-headers",
        ),
        pytest.param(b"GET /" + b"x" * 100_000, 431, "HEADERS_TOO_LARGE", id="endless-address"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", 400, "BAD_REQUEST", id="tls"),
        pytest.param(b"nonsense\r\n\r\n", 400, "BAD_REQUEST", id="nonsense"),
        pytest.param(head("/a%00b"), 404, "NOT_FOUND", id="nul-in-path"),
        pytest.param(head("/health?a=%00"), 400, "BAD_REQUEST", id="nul-in-query"),
        pytest.param(
            head("/health", "content-length: 1", "content-length: 2"),
            400,
            "BAD_REQUEST",
            id="two-lengths",
        ),
        pytest.param(
            head("/health", "transfer-encoding: gzip"), 400, "BAD_REQUEST", id="transfer-encoding"
        ),
    ],
)
def test_a_head_that_cannot_be_is_refused_in_the_one_shape(kernel, request_head, status, code):
    told, headers, error = talk(kernel, request_head)
    assert (told, error["code"], set(error)) == (status, code, SHAPE)
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-security-policy" in headers
    assert headers["cache-control"] == "no-store"


def test_a_body_in_chunks_that_are_none_is_refused(kernel):
    begun = head("/api/check", "content-type: application/json", "transfer-encoding: chunked",
                 method="POST")  # fmt: skip
    status, _, error = talk(kernel, begun, b"zz\r\n{}\r\n0\r\n\r\n")
    assert (status, error["code"]) == (400, "BAD_REQUEST")


def test_a_body_without_a_length_is_read_up_to_the_limit(kernel):
    begun = head("/api/check", "content-type: application/json", "transfer-encoding: chunked",
                 method="POST")  # fmt: skip
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    status, headers, error = talk(
        kernel, begun, chunk * (kernel.body_bytes // 65536) + b"1\r\n \r\n"
    )
    assert (status, error["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert headers["connection"] == "close"


# ---- too slow


def test_a_head_that_does_not_end_is_given_up(hasty):
    status, _, error = talk(hasty, b"GET / HTTP/1.1\r\nhost: localhost\r\n")
    assert (status, error["code"]) == (408, "REQUEST_TIMEOUT")


def test_a_connection_that_says_nothing_is_closed(hasty):
    with closing(socket.create_connection(("127.0.0.1", hasty.port), PATIENCE)) as peer:
        assert peer.recv(1) == b""


def test_a_body_that_does_not_end_is_given_up(hasty):
    begun = head("/api/check", "content-type: application/json", "content-length: 9", method="POST")
    status, headers, error = talk(hasty, begun, b"{")
    assert (status, error["code"]) == (408, "REQUEST_TIMEOUT")
    assert headers["connection"] == "close"


def test_a_body_that_nobody_reads_is_not_waited_for(hasty):
    begun = b"POST /health HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n"
    status, _, error = talk(hasty, begun, b"{")
    assert (status, error["code"]) == (405, "METHOD_NOT_ALLOWED")


async def test_a_connection_that_becomes_a_socket_is_not_hurried_any_more(hasty):
    reader, writer = await asyncio.open_connection("127.0.0.1", hasty.port)
    with closing(writer):
        async with asyncio.timeout(PATIENCE):
            writer.write(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n")
            await reader.readuntil(b"}")
            writer.write(head("/ws/default", *HANDSHAKE).replace(b"connection: close\r\n", b""))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            # The kernel pings later than it would give up a request.
            assert hasty.ping_seconds > hasty.head_seconds
            await reader.readuntil(b"\x89\x04")


# ---- pages of other origins


@pytest.mark.parametrize("origin", ["https://app.test", "http://localhost:5173"])
def test_a_page_of_an_allowed_origin_reads_answers_and_refusals(embedding, origin):
    for path in ("/api/workspaces", "/api/nothing", "/health"):
        headers = embedding.get(path, headers={"origin": origin}).headers
        assert headers["access-control-allow-origin"] == origin
        assert headers["access-control-expose-headers"] == "etag, location, retry-after"
        assert headers["vary"] == "origin"
        assert "access-control-allow-credentials" not in headers


def test_a_page_of_an_allowed_origin_may_ask_first(embedding):
    asked = {"origin": "https://app.test", "access-control-request-method": "PUT"}
    answer = embedding.options("/api/workspaces/default/panels/x", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "https://app.test"
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert "if-match" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "origin", ["https://app.test.evil", "http://app.test", "https://app.test:444", "null", "*"]
)
def test_a_page_of_any_other_origin_reads_nothing(embedding, origin):
    asked = {"origin": origin, "access-control-request-method": "PUT"}
    for answer in (
        embedding.get("/api/workspaces", headers={"origin": origin}),
        embedding.options("/api/workspaces", headers=asked),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
    assert embedding.options("/api/workspaces", headers=asked).status_code == 405


def test_without_the_setting_no_other_origin_reads_anything(http):
    answer = http.get("/api/workspaces", headers={"origin": "https://app.test"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert "vary" not in answer.headers


@pytest.mark.parametrize("origin", ["*", "null", "app.test", "https://*.app.test", "https://a/b"])
def test_what_is_no_exact_origin_is_no_setting(tmp_path, origin):
    with pytest.raises(SettingsError, match="allowed_origins"):
        load({}, {"NEXUS_ALLOWED_ORIGINS": origin}, tmp_path)


# ---- ending


def test_a_kernel_that_ends_answers_what_it_took_and_refuses_what_is_new(process, source):
    process.start()
    client = httpx.Client(base_url=process.settings.address, trust_env=False, timeout=PATIENCE)
    panels = "/api/workspaces/default/panels"
    answers: list[httpx.Response] = []

    def wait() -> None:
        key = {"idempotency-key": "slow"}
        call = {"args": {"ms": 1500}}
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=PATIENCE) as another:
            answers.append(another.post(f"{panels}/p/tools/wait", json=call, headers=key))

    with client:
        client.post(panels, json={"id": "p", "source": source}).raise_for_status()
        asking = threading.Thread(target=wait)
        asking.start()
        while client.get(f"{panels}/p/executions/slow").status_code != 200:
            pass
        process.tell(signal.SIGTERM)
        while (refused := client.get("/ready")).status_code == 200:
            pass
        alive = client.get("/health").status_code
        asking.join()
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "UNAVAILABLE")
    assert int(refused.headers["retry-after"]) > 0
    assert alive == 200
    assert (answers[0].status_code, answers[0].json()["ok"]) == (200, True)


async def test_a_kernel_that_ends_closes_its_sockets_with_1012(process):
    process.start()
    async with wire(process.settings) as client:
        process.tell(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            await client.next()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
