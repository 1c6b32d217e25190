"""Requests that are allowed, over real sockets."""

import asyncio
import gzip
import ipaddress
import json
import ssl
import subprocess
import sys
import zlib
from base64 import b64decode
from contextlib import asynccontextmanager

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nexus_core.extensions import ExtensionError, HttpExtension, HttpLimits, Registry
from nexus_core.testing import CONTEXT, Internet, check_extension
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.extensions")

PUBLIC = "93.184.216.34"


def answering(body: bytes = b"", head: bytes = b"", status: bytes = b"200 OK"):
    async def respond(request, writer):
        length = b"Content-Length: %d\r\n" % len(body)
        writer.write(b"HTTP/1.1 " + status + b"\r\n" + head + length + b"\r\n" + body)

    return respond


async def echo(request, writer):
    """Answer with the request as JSON."""
    about = {"line": request.line, "headers": request.headers, "body": request.body.decode()}
    await answering(json.dumps(about).encode())(request, writer)


@asynccontextmanager
async def served(respond, **options):
    """Serve on loopback and yield a function that requests, with the server explicitly allowed."""
    async with Internet(respond, {}) as internet:
        origin = f"http://127.0.0.1:{internet.port}"
        registry = Registry([HttpExtension([origin], origin, **options)])

        async def request(method, *args):
            return await registry.call("nexus.http", method, args, CONTEXT)

        yield request


async def failure(call) -> tuple[ErrorCode, str]:
    with pytest.raises(ExtensionError) as caught:
        await call
    return caught.value.code, str(caught.value)


# ---- what comes back


async def test_json_is_parsed():
    head = b"Content-Type: application/json\r\n"
    async with served(answering(b'{"up": true}', head)) as request:
        assert await request("get", "/health") == {
            "status": 200,
            "ok": True,
            "headers": {"content-type": "application/json", "content-length": "12"},
            "data": {"up": True},
            "text": '{"up": true}',
        }


@pytest.mark.parametrize(
    "body", [b"<p>", b"", b'{"a":1,"a":2}', b'{"__proto__":1}', b"NaN", b"\xff"]
)
async def test_what_is_not_strict_json_is_text_only(body):
    async with served(answering(body)) as request:
        answer = await request("get", "/")
        assert (answer["data"], answer["text"]) == (None, body.decode(errors="replace"))


async def test_an_error_status_is_an_answer():
    async with served(answering(b"gone", status=b"404 Not Found")) as request:
        answer = await request("get", "/")
        assert (answer["status"], answer["ok"], answer["text"]) == (404, False, "gone")


async def test_a_compressed_response_is_decompressed():
    body = gzip.compress(b"x" * 100_000)
    async with served(answering(body, b"Content-Encoding: gzip\r\n")) as request:
        assert (await request("get", "/"))["text"] == "x" * 100_000


async def test_latin_text_is_read_as_it_says():
    async with served(
        answering(b"\xe9", b"Content-Type: text/plain; charset=ISO-8859-1\r\n")
    ) as request:
        assert (await request("get", "/"))["text"] == "é"


async def test_a_response_may_be_as_long_as_the_limit_and_no_longer():
    for length, fits in ((1 << 20, True), ((1 << 20) + 1, False)):
        async with served(answering(b"x" * length)) as request:
            if fits:
                assert len((await request("get", "/"))["text"]) == length
            else:
                assert (await failure(request("get", "/")))[0] is ErrorCode.RESOURCE_LIMIT


async def test_headers_of_a_response_are_joined_and_harmless():
    head = b"X-Many: a\r\nx-many: b\r\n__proto__: c\r\nconstructor: d\r\n"
    async with served(answering(b"", head)) as request:
        assert (await request("get", "/"))["headers"] == {"x-many": "a, b", "content-length": "0"}


async def test_cookies_of_a_response_are_withheld():
    async with served(answering(b"", b"Set-Cookie: session=s3cret\r\n")) as request:
        assert "s3cret" not in json.dumps(await request("get", "/"))


async def test_bytes_come_as_base64_when_that_is_asked_for():
    async with served(answering(bytes(range(256)))) as request:
        answer = await request("get", "/", {"responseType": "base64"})
    assert (b64decode(answer["data"]), answer["text"]) == (bytes(range(256)), "")


async def test_a_zero_character_becomes_one_that_can_be_stored():
    async with served(answering(b"a\0b")) as request:
        assert (await request("get", "/"))["text"] == "a\ufffdb"


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"Content-Encoding: br\r\n", b"x"),
        (b"Content-Encoding: deflate\r\n", zlib.compress(b"x")),
        (b"Content-Encoding: gzip, gzip\r\n", gzip.compress(gzip.compress(b"x", mtime=0), mtime=0)),
        (b"Content-Encoding: gzip\r\n", b"not gzip"),
        (b"Content-Encoding: gzip\r\n", gzip.compress(b"cut short" * 99, mtime=0)[:-9]),
        (b"Bad Header\r\n", b""),
    ],
)
async def test_a_response_that_makes_no_sense_is_an_error(head, body):
    async with served(answering(body, head)) as request:
        assert (await failure(request("get", "/")))[0] is ErrorCode.EXTENSION_ERROR


async def test_a_server_that_hangs_up_is_an_error():
    async def hang_up(request, writer):
        writer.close()

    async with served(hang_up) as request:
        assert (await failure(request("get", "/")))[0] is ErrorCode.EXTENSION_ERROR


async def test_a_server_that_is_not_there_is_an_error(unused_tcp_port):
    origin = f"http://127.0.0.1:{unused_tcp_port}"
    registry = Registry([HttpExtension([origin])])
    code, message = await failure(registry.call("nexus.http", "get", [origin], CONTEXT))
    assert code is ErrorCode.EXTENSION_ERROR
    assert origin in message


# ---- what goes out


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("get", ["/a?b=c"]),
        ("delete", ["/a?b=c"]),
        ("post", ["/a?b=c", {"n": 1}]),
        ("put", ["/a?b=c", {"n": 1}]),
        ("patch", ["/a?b=c", {"n": 1}]),
        ("request", [{"method": "OPTIONS", "url": "/a?b=c"}]),
        ("request", [{"url": "/a?b=c"}]),
    ],
)
async def test_each_method_sends_its_verb(method, args):
    verb = method.upper() if method != "request" else args[0].get("method", "GET")
    async with served(echo) as request:
        sent = (await request(method, *args))["data"]
    body = '{"n":1}' if len(args) > 1 else ""
    assert (sent["line"], sent["body"]) == (f"{verb} /a?b=c HTTP/1.1", body)


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ({"a": [1, None]}, "application/json", '{"a":[1,null]}'),
        ([], "application/json", "[]"),
        (False, "application/json", "false"),
        ("plain é", "text/plain; charset=utf-8", "plain é"),
    ],
)
async def test_a_body_is_sent_as_json_or_as_the_text_it_is(body, kind, text):
    async with served(echo) as request:
        sent = (await request("post", "/", body))["data"]
    assert (sent["headers"]["content-type"], sent["body"]) == (kind, text)


async def test_bytes_are_sent_as_what_their_base64_stands_for():
    received = []

    async def keep(request, writer):
        received.append((request.body, request.headers["content-type"]))
        await answering()(request, writer)

    async with served(keep) as request:
        await request("post", "/", "AP+A", {"bodyType": "base64"})
    assert received == [(b"\x00\xff\x80", "application/octet-stream")]


@pytest.mark.parametrize("body", ["a", "a b=", {"a": 1}, "é"])
async def test_a_body_that_is_not_the_base64_it_is_said_to_be_is_refused(body):
    async with served(echo) as request:
        code, _ = await failure(request("post", "/", body, {"bodyType": "base64"}))
    assert code is ErrorCode.INVALID_ARGUMENTS


def test_the_operator_sees_what_may_be_reached():
    http = HttpExtension(["https://a.test/v1"], private_networks=["10.0.0.0/8"])
    assert http.scopes() == {"allow": ["https://a.test/v1"], "privateNetworks": ["10.0.0.0/8"]}


async def test_it_keeps_the_contract_when_it_is_called():
    async with Internet(answering(b"{}"), {}) as internet:
        origin = f"http://127.0.0.1:{internet.port}"
        calls = {"get": ["/"], "post": ["/", {"a": 1}], "delete": ["/"], "request": [{"url": "/"}]}
        await check_extension(HttpExtension([origin], origin), calls)


async def test_a_handler_may_set_headers():
    options = {"headers": {"Content-Type": "text/csv", "X-Api-Key": " k "}}
    async with served(echo) as request:
        sent = (await request("post", "/", "a,b", options))["data"]["headers"]
    assert (sent["content-type"], sent["x-api-key"]) == ("text/csv", "k")


@pytest.mark.parametrize("authority", ["[2606:2800:220:1::1]", "[2606:2800:220:1::1]:8080", PUBLIC])
async def test_the_host_is_named_as_in_the_url(authority):
    url = f"http://{authority}"
    async with Internet(echo, {}) as internet:
        registry = Registry([HttpExtension([url], connect=internet.connect)])
        await registry.call("nexus.http", "get", [url], CONTEXT)
    assert internet.requests[0].headers["host"] == authority
    assert internet.connected == [authority.removesuffix(":8080").strip("[]")]


async def test_text_beyond_ascii_in_a_url_is_encoded():
    async with served(echo) as request:
        sent = (await request("get", "/ü?q=日"))["data"]
    assert sent["line"] == "GET /%C3%BC?q=%E6%97%A5 HTTP/1.1"


@pytest.mark.parametrize(
    "headers",
    [
        *(
            {name: "x"}
            for name in ("Host", "Cookie", "Proxy-Authorization", "Sec-Fetch-Mode", "TE")
        ),
        *({"X": text} for text in ("a\r\nb", "a\nb", "a\u00e9", "a\x00")),
        *({name: "x"} for name in ("", "a b", "a:", "é", "x\r\ny", "a" * 65)),
        {"accept": "a", "Accept": "b"},
        {f"x-{n}": "" for n in range(65)},
        {"x": "a" * 20_000},
    ],
)
async def test_a_header_that_is_not_a_handlers_to_set_is_refused(headers):
    async with served(echo) as request:
        code, _ = await failure(request("get", "/", {"headers": headers}))
    assert code is ErrorCode.INVALID_ARGUMENTS


async def test_a_body_that_is_too_long_is_not_sent():
    async with served(echo, limits=HttpLimits(max_request_bytes=10)) as request:
        assert (await failure(request("post", "/", "x" * 11)))[0] is ErrorCode.RESOURCE_LIMIT


@pytest.mark.parametrize("verb", ["CONNECT", "TRACE", "get", "GET / HTTP/1.1\r\nX: y"])
async def test_a_verb_that_is_not_known_is_refused(verb):
    async with served(echo) as request:
        code, _ = await failure(request("request", {"method": verb, "url": "/"}))
    assert code is ErrorCode.INVALID_ARGUMENTS


async def test_a_server_that_never_ends_its_headers_is_given_up_in_time():
    async def drip(request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Pad: x\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with served(drip) as request:
        assert (await failure(request("get", "/", {"timeoutMs": 100})))[0] is ErrorCode.TIMEOUT


async def test_a_handler_may_shorten_the_time():
    async def silent(request, writer):
        await asyncio.Event().wait()

    async with served(silent) as request:
        assert (await failure(request("get", "/", {"timeoutMs": 50})))[0] is ErrorCode.TIMEOUT


# ---- redirects


def moving(status: bytes, location: bytes = b"/there"):
    async def respond(request, writer):
        if request.line.split()[1] == "/there":
            return await echo(request, writer)
        head = b"Location: " + location + b"\r\n"
        return await answering(b"", head, status + b" Moved")(request, writer)

    return respond


@pytest.mark.parametrize(
    ("status", "line", "body"),
    [
        (b"301", "GET", ""),
        (b"302", "GET", ""),
        (b"303", "GET", ""),
        (b"307", "POST", "x"),
        (b"308", "POST", "x"),
    ],
)
async def test_a_redirect_keeps_the_request_or_becomes_a_get(status, line, body):
    async with served(moving(status)) as request:
        sent = (await request("post", "/here", "x"))["data"]
    assert (sent["line"], sent["body"]) == (f"{line} /there HTTP/1.1", body)
    assert ("content-type" in sent["headers"]) is bool(body)


async def test_a_redirect_without_a_place_is_an_answer():
    async with served(answering(status=b"302 Found")) as request:
        assert (await request("get", "/"))["status"] == 302


# ---- what is allowed


async def allowed(allow: list[str], url: str) -> bool:
    """Tell whether a URL gets as far as the name's resolution."""
    reached = []

    async def resolve(name, port):
        reached.append(name)
        return []

    registry = Registry([HttpExtension(allow, resolve=resolve)])
    code, _ = await failure(registry.call("nexus.http", "get", [url], CONTEXT))
    assert (code is ErrorCode.EXTENSION_ERROR) is bool(reached)
    return bool(reached)


@pytest.mark.parametrize(
    ("entry", "url"),
    [
        ("https://a.test", "https://a.test/x?y#z"),
        ("https://a.test/", "HTTPS://A.TEST:443/"),
        ("http://a.test:8080", "http://a.test:8080/x"),
        ("https://bücher.test", "https://xn--bcher-kva.test/"),
        ("https://xn--bcher-kva.test", "https://BÜCHER.test/"),
        ("https://a.test/v1", "https://a.test/v1"),
        ("https://a.test/v1/", "https://a.test/v1/items?x=../y"),
        ("https://a.test/v1", "https://a.test/v1/a%2Fb"),
        ("https://a_b.test", "https://a_b.test"),
    ],
)
async def test_a_url_within_an_entry_is_allowed(entry, url):
    assert await allowed([entry], url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://a.test/v1", "https://a.test:8443/v1", "https://b.a.test/v1", "https://a.tes/v1"),
        *("https://a.test/", "https://a.test/v2", "https://a.test/v11", "https://a.test/V1"),
        *("https://a.test/v1/../v2", "https://a.test/v1/%2e%2e/v2", "https://a.test/v1/.%2E/v2"),
        *("https://a.test/v1/..%2fv2", "https://a.test/v1/..%5cv2", "https://a.test/v1/..;x/v2"),
        *("https://a.test/v1/%252e%252e/v2", "https://a.test/v1/%25252525252e./v2"),
        *("https://u@a.test/v1", "https://a.test./v1", "https://a.test:/v1", "https:/a.test/v1"),
        *("//a.test/v1", "/v1", "v1", "", "https://", "https://[::1/v1", "https://a.test\t/v1"),
        *(
            "https://a.test/v1 x",
            "https://a..test/v1",
            "https://-a.test/v1",
            "https://" + "a" * 9000,
        ),
        *("javascript:alert(1)", "https://a.test/v1\u2028", "https://a.test/v1\x7f"),
    ],
)
async def test_a_url_outside_an_entry_is_not_allowed(url):
    assert not await allowed(["https://a.test/v1"], url)


async def test_nothing_is_allowed_by_default():
    assert not await allowed([], "https://example.com/")


@pytest.mark.parametrize(
    "entry",
    [
        *("a.test", "*", "https://*", "https://*.a.test", "https://a.test/?x", "ftp://a.test"),
        *("https://", "http://127.1", "http://2130706433", "http://0x7f.1", "http://0177.0.0.1"),
        *("http://[::1%25lo]", "http://[1]", "http://1.2.3.4.5"),
    ],
)
def test_an_entry_that_is_no_origin_is_refused_at_the_start(entry):
    with pytest.raises(ValueError, match="allow-list"):
        HttpExtension([entry])


@pytest.mark.parametrize("base", ["a.test", "http://a.test/api", "http://a.test?x"])
def test_a_base_that_is_no_origin_is_refused_at_the_start(base):
    with pytest.raises(ValueError, match="URL"):
        HttpExtension([], base)


async def test_a_base_is_not_allowed_by_being_the_base():
    registry = Registry([HttpExtension([], "http://127.0.0.1:9")])
    code, _ = await failure(registry.call("nexus.http", "get", ["/health"], CONTEXT))
    assert code is ErrorCode.PERMISSION_DENIED


async def test_only_the_allowed_path_of_the_base_is_reached():
    async with Internet(echo, {}) as internet:
        origin = f"http://127.0.0.1:{internet.port}"
        registry = Registry([HttpExtension([f"{origin}/health"], origin)])
        assert (await registry.call("nexus.http", "get", ["/health"], CONTEXT))["ok"]
        code, _ = await failure(registry.call("nexus.http", "get", ["/api/panels"], CONTEXT))
    assert (code, internet.accepted) == (ErrorCode.PERMISSION_DENIED, 1)


# ---- addresses


async def reaches(allow: str, *answers: str, **options) -> bool:
    """Tell whether a request for an allowed name is connected, given the name's addresses."""
    name = allow.removeprefix("http://")
    async with Internet(answering(), {name: [answers]}) as internet:
        http = HttpExtension([allow], resolve=internet.resolve, connect=internet.connect, **options)
        refusal = None
        try:
            await Registry([http]).call("nexus.http", "get", [allow], CONTEXT)
        except ExtensionError as error:
            refusal = error.code
    if refusal is None:
        assert internet.connected == [answers[0]]
        return True
    assert (refusal, internet.connected) == (ErrorCode.PERMISSION_DENIED, [])
    return False


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1::1"])
async def test_a_name_with_a_public_address_is_reached(address):
    assert await reaches("http://a.test", address)


@given(st.ip_addresses())
def test_an_address_that_python_holds_for_private_is_never_reached(address):
    assume(not address.is_global or address.is_multicast)
    assert not asyncio.run(reaches("http://a.test", str(address)))


@pytest.mark.parametrize(
    "network",
    [
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32"),
        *("2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10"),
        *("fec0::/10", "ff00::/8"),
    ],
)
async def test_no_end_of_a_special_network_is_reached(network):
    net = ipaddress.ip_network(network)
    for address in (net[0], net[-1]):
        assert not await reaches("http://a.test", str(address))


async def test_localhost_by_name_is_loopback_and_nothing_else():
    assert await reaches("http://localhost", "127.0.0.1", "::1")
    assert not await reaches("http://localhost", PUBLIC)


async def test_a_private_network_that_the_operator_names_is_reached_by_allowed_names():
    networks = {"private_networks": ["10.1.0.0/16"]}
    assert await reaches("http://a.test", "10.1.2.3", **networks)
    assert not await reaches("http://a.test", "10.2.0.1", **networks)
    assert not await reaches("http://a.test", "::ffff:10.1.2.3", **networks)


async def test_the_next_address_is_tried_when_one_is_dead():
    dead = []
    async with Internet(answering(), {"a.test": [[PUBLIC, "93.184.216.35"]]}) as internet:

        async def connect(address, port):
            if not dead:
                dead.append(address)
                import httpcore

                raise httpcore.ConnectError("dead")
            return await internet.connect(address, port)

        http = HttpExtension(["http://a.test"], resolve=internet.resolve, connect=connect)
        await Registry([http]).call("nexus.http", "get", ["http://a.test"], CONTEXT)
    assert (dead, internet.connected) == ([PUBLIC], ["93.184.216.35"])


# ---- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for a.test that no authority knows."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *(
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=a.test",
                "-addext",
                "subjectAltName=DNS:a.test",
            ),
            *("-keyout", folder / "key.pem", "-out", folder / "cert.pem"),
        ],
        check=True,
        capture_output=True,
    )
    return folder


@asynccontextmanager
async def tls_server(certificate):
    """Serve TLS on loopback; yield how to connect, and the names that clients asked for."""
    from nexus_core.extensions._transport import connect_tcp

    names = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    context.sni_callback = lambda _, name, __: names.append(name)

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield lambda address, _: connect_tcp("127.0.0.1", port), names


async def over_tls(connect, url, trusted=None):
    async def resolve(name, port):
        return [PUBLIC]

    context = ssl.create_default_context(cafile=trusted) if trusted else None
    http = HttpExtension([url], resolve=resolve, connect=connect, ssl_context=context)
    return await Registry([http]).call("nexus.http", "get", [url], CONTEXT)


async def test_tls_speaks_of_the_name_though_the_connection_is_pinned(certificate):
    async with tls_server(certificate) as (connect, names):
        answer = await over_tls(connect, "https://a.test", certificate / "cert.pem")
    assert (answer["text"], names) == ("secret", ["a.test"])


async def test_a_certificate_for_another_name_is_refused(certificate):
    async with tls_server(certificate) as (connect, _):
        code, message = await failure(over_tls(connect, "https://b.test", certificate / "cert.pem"))
    assert code is ErrorCode.EXTENSION_ERROR
    assert "certificate" in message


async def test_a_certificate_that_nobody_vouches_for_is_refused(certificate):
    async with tls_server(certificate) as (connect, _):
        code, _ = await failure(over_tls(connect, "https://a.test"))
    assert code is ErrorCode.EXTENSION_ERROR


# ---- cost


def test_importing_the_extensions_does_not_import_the_http_client():
    code = "import sys, nexus_core.extensions; print('httpcore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
