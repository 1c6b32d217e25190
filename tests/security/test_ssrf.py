"""The corpus of server-side request forgery, whole, through the http extension.

``ssrf.json`` is the shared corpus. Every connection that the extension opens, to whatever address,
ends at one real server on loopback that counts it.
"""

import asyncio
import json
import tracemalloc
import zlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from nexus_core.extensions import ExtensionError, HttpExtension, HttpLimits, Registry
from nexus_core.testing import CONTEXT, HttpRequest, Internet, Responder
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.extensions")

CORPUS = json.loads((Path(__file__).parent / "ssrf.json").read_text())
PUBLIC = "93.184.216.34"
MIB = 1 << 20

REBINDING = {"allowed.test": [[PUBLIC], ["127.0.0.1"]]}
SAFE = {"allowed.test": [[PUBLIC]], "other.test": [["93.184.216.35"]]}


def extension(internet: Internet, *allow: str, timeout: float = 30.0) -> Registry:
    http = HttpExtension(
        allow or ("http://allowed.test", "https://allowed.test"),
        resolve=internet.resolve,
        connect=internet.connect,
        limits=HttpLimits(timeout=timeout),
    )
    return Registry([http])


async def refusal(registry: Registry, url: str, **options: object) -> ErrorCode:
    with pytest.raises(ExtensionError) as caught:
        await registry.call("nexus.http", "get", [url, options], CONTEXT)
    return caught.value.code


async def nothing(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
    """Answer with an empty 200: whoever gets here has been let through."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


# ---- URLs


@pytest.mark.parametrize("case", CORPUS["cases"], ids=lambda case: case["id"])
async def test_a_url_of_the_corpus_reaches_nothing(case):
    async with Internet(nothing, REBINDING) as internet:
        registry = extension(internet, "https://allowed.test")
        assert await refusal(registry, case["url"]) is ErrorCode.PERMISSION_DENIED
        assert (internet.resolved, internet.connected, internet.accepted) == ([], [], 0)


@pytest.mark.parametrize("case", CORPUS["cases"], ids=lambda case: case["id"])
async def test_a_redirect_to_a_url_of_the_corpus_reaches_nothing(case):
    location = case["url"].replace("\r\n", "%0d%0a").encode()

    async def redirect(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "
        writer.write(head + location + b"\r\n\r\n")

    async with Internet(redirect, {"start.test": [[PUBLIC]]} | REBINDING) as internet:
        registry = extension(internet, "http://start.test", "https://allowed.test")
        assert await refusal(registry, "http://start.test/") is ErrorCode.PERMISSION_DENIED
        assert (internet.resolved, internet.accepted) == (["start.test"], 1)


@pytest.mark.parametrize("case", CORPUS["cases"], ids=lambda case: case["id"])
async def test_a_url_of_the_corpus_reaches_nothing_where_every_name_is_loopback(case):
    async with Internet(nothing, {"allowed.test": [["127.0.0.1"]]}) as internet:
        registry = extension(internet)
        assert await refusal(registry, case["url"]) is ErrorCode.PERMISSION_DENIED
        assert internet.accepted == 0


# ---- names, redirects and responses


def redirecting(*locations: str, status: int = 302) -> Responder:
    """Answer with one redirect after the other, and then with an empty 200."""
    left = list(locations)

    async def respond(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
        if not left:
            return await nothing(request, writer)
        head = f"HTTP/1.1 {status} Moved\r\nContent-Length: 0\r\nLocation: {left.pop(0)}\r\n\r\n"
        writer.write(head.encode())
        return None

    return respond


def streaming(head: bytes, chunk: bytes, times: int) -> Responder:
    async def respond(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + head)
        for _ in range(times):
            writer.write(chunk)
            await writer.drain()

    return respond


async def silent(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


async def one_byte(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n")
    for _ in range(60):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(1)


async def redirect_to_loopback() -> None:
    async with Internet(redirecting("http://127.0.0.1/admin"), SAFE) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
        assert (code, internet.connected) == (ErrorCode.PERMISSION_DENIED, [PUBLIC])


async def redirect_chain() -> None:
    chain = [f"http://allowed.test/{hop}" for hop in range(6)]
    async with Internet(redirecting(*chain, status=307), SAFE) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
        assert (code, internet.accepted) == (ErrorCode.EXTENSION_ERROR, 6)


async def redirect_to_file() -> None:
    async with Internet(redirecting("file:///etc/passwd"), SAFE) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
        assert (code, internet.accepted) == (ErrorCode.PERMISSION_DENIED, 1)


async def rebinding() -> None:
    async with Internet(nothing, REBINDING) as internet:
        registry = extension(internet)
        await registry.call("nexus.http", "get", ["http://allowed.test/"], CONTEXT)
        assert (internet.resolved, internet.connected) == (["allowed.test"], [PUBLIC])
        code = await refusal(registry, "http://allowed.test/")
        assert (code, internet.connected) == (ErrorCode.PERMISSION_DENIED, [PUBLIC])


async def rebinding_between_redirects() -> None:
    async with Internet(redirecting("http://allowed.test/again"), REBINDING) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
        assert (code, internet.connected) == (ErrorCode.PERMISSION_DENIED, [PUBLIC])


async def mixed_answers() -> None:
    for answer in ([PUBLIC, "::1"], ["::1", PUBLIC], [PUBLIC, "10.0.0.1"], [PUBLIC, "fe80::1%1"]):
        async with Internet(nothing, {"allowed.test": [answer]}) as internet:
            code = await refusal(extension(internet), "http://allowed.test/")
            assert (code, internet.accepted) == (ErrorCode.PERMISSION_DENIED, 0)


async def gzip_bomb() -> None:
    """Ten gibibytes in ten mebibytes: one block of zeros over and over."""
    deflate = zlib.compressobj(9, wbits=31)
    first = deflate.compress(bytes(MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    block = deflate.compress(bytes(MIB)) + deflate.flush(zlib.Z_FULL_FLUSH)
    bomb = streaming(b"Content-Encoding: gzip\r\n\r\n" + first, block, 10 << 10)
    async with Internet(bomb, SAFE) as internet:
        tracemalloc.start()
        try:
            code = await refusal(extension(internet), "http://allowed.test/")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert code is ErrorCode.RESOURCE_LIMIT
        assert peak < 16 * MIB


async def never_ending() -> None:
    chunk = b"1\r\n.\r\n"
    endless = streaming(b"Transfer-Encoding: chunked\r\n\r\n", chunk, 1 << 60)
    async with Internet(endless, SAFE) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
        assert code is ErrorCode.RESOURCE_LIMIT


async def never_ending_nothing() -> None:
    """A gzip stream of empty blocks: bytes without end that decompress to none."""
    empty = bytes.fromhex("000000ffff") * 1000
    head = b"Content-Encoding: gzip\r\n\r\n" + bytes.fromhex("1f8b08000000000000ff")
    async with Internet(streaming(head, empty, 1 << 60), SAFE) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
        assert code is ErrorCode.RESOURCE_LIMIT


async def byte_by_byte() -> None:
    async with Internet(one_byte, SAFE) as internet:
        code = await refusal(extension(internet, timeout=0.3), "http://allowed.test/")
        assert code is ErrorCode.TIMEOUT


async def hundred_mebibytes() -> None:
    sent: list[int] = []

    async def respond(request: HttpRequest, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (100 * MIB))
        for _ in range(100):
            writer.write(bytes(MIB))
            await writer.drain()
            sent.append(MIB)

    async with Internet(respond, SAFE) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
    assert code is ErrorCode.RESOURCE_LIMIT
    assert sum(sent) < 50 * MIB


async def large_headers() -> None:
    async with Internet(
        streaming(b"", b"X-Pad: " + b"x" * 1000 + b"\r\n", 1 << 10), SAFE
    ) as internet:
        code = await refusal(extension(internet), "http://allowed.test/")
        assert code is ErrorCode.EXTENSION_ERROR


async def forbidden_header() -> None:
    for name in ("Host", "hOST", "Content-Length", "Transfer-Encoding", "Connection", "Upgrade"):
        async with Internet(nothing, SAFE) as internet:
            headers = {name: "internal.test"}
            code = await refusal(extension(internet), "http://allowed.test/", headers=headers)
            assert (code, internet.accepted) == (ErrorCode.INVALID_ARGUMENTS, 0)


async def credentials() -> None:
    hops = ("http://allowed.test/same", "http://other.test/other")
    async with Internet(redirecting(*hops), SAFE) as internet:
        registry = extension(internet, "http://allowed.test", "http://other.test")
        secrets = {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret", "Accept": "a/b"}
        arguments = ["http://allowed.test/", {"headers": secrets}]
        await registry.call("nexus.http", "get", arguments, CONTEXT)
        carried = [
            {name for name in ("authorization", "x-api-key", "accept") if name in request.headers}
            for request in internet.requests
        ]
        everything = {"authorization", "x-api-key", "accept"}
        assert carried == [everything, everything, {"accept"}]


async def held_open() -> None:
    async with Internet(silent, SAFE) as internet:
        code = await refusal(extension(internet, timeout=0.2), "http://allowed.test/")
        assert code is ErrorCode.TIMEOUT


SCENARIOS: dict[str, Sequence[Callable[[], Awaitable[None]]]] = {
    "redirect-302-to-loopback": [redirect_to_loopback],
    "redirect-307-chain-6": [redirect_chain],
    "redirect-to-file": [redirect_to_file],
    "dns-rebind-second-answer": [rebinding, rebinding_between_redirects],
    "dns-a-and-aaaa-mixed": [mixed_answers],
    "response-gzip-bomb-10MiB-to-10GiB-declared": [gzip_bomb],
    "response-never-ends": [never_ending, never_ending_nothing],
    "response-1-byte-per-second": [byte_by_byte],
    "response-100-MiB": [hundred_mebibytes],
    "headers-1-MiB": [large_headers],
    "header-host-override": [forbidden_header],
    "header-authorization-forward-on-redirect": [credentials],
    "connection-held-open-until-timeout": [held_open],
}


def test_every_dynamic_case_of_the_corpus_has_a_scenario():
    assert {case["id"] for case in CORPUS["dynamic"]} == SCENARIOS.keys()


@pytest.mark.parametrize("case", CORPUS["dynamic"], ids=lambda case: case["id"])
async def test_a_dynamic_case_of_the_corpus_does_no_harm(case):
    for scenario in SCENARIOS[case["id"]]:
        await scenario()
