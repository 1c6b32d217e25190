"""Who may speak to the kernel, and what browsers are told about every answer."""

import json
import os
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from workspace_kernel.app import OPERATIONS
from workspace_kernel.settings import Settings, SettingsError, load
from workspace_kernel.testing import served, wire

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
FOREIGN = ["https://evil.test", "null", "http://127.0.0.1.evil.test", "http://localhost:1", ""]
PATHS = sorted(
    {each.path for each in OPERATIONS}
    | {
        "/metrics",
        "/api/openapi.json",
        "/api/reference",
        "/api/reference.css",
        "/api/x",
        "/",
        "/x.js",
    }
)


def path_of(template: str) -> str:
    for name, value in {"workspace": "default", "panel": "notes", "tool": "none"}.items():
        template = template.replace(f"{{{name}}}", value)
    return template


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_every_answer_carries_the_security_headers(http, path, method):
    path = path_of(path)
    if method == "DELETE":
        path = path.replace("notes", "nothing")
    headers = http.request(method, path, content=b"").headers
    assert headers["content-security-policy"].replace(_nonce(headers), "") == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


def _nonce(headers: httpx.Headers) -> str:
    _, found, rest = headers["content-security-policy"].partition(" 'nonce-")
    return f"{found}{rest.partition(';')[0]}" if found else "\0"


@pytest.mark.parametrize("host", ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test", "a b"])
def test_a_host_name_that_was_pointed_here_is_not_answered(http, host):
    answer = http.get("/api/workspaces", headers={"host": host})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN_ORIGIN")


@pytest.mark.parametrize("host", ["localhost", "localhost:3000", "127.0.0.1:1", "[::1]:3000"])
def test_every_name_of_loopback_is_answered(http, host):
    assert http.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_foreign_page_changes_nothing(http, origin, method):
    answer = http.request(
        method, "/api/workspaces/default/panels/notes", json={}, headers={"origin": origin}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN_ORIGIN")


def test_the_kernels_own_page_may_change_things(http, kernel, source):
    answer = http.post("/api/check", json={"source": source}, headers={"origin": kernel.address})
    assert answer.status_code == 200


@pytest.mark.requirement("ker.ws")
@pytest.mark.parametrize("origin", FOREIGN)
@pytest.mark.parametrize("path", ["/ws/default", "/panels/notes/ws"])
async def test_a_foreign_page_opens_no_socket(kernel, origin, path):
    with pytest.raises(InvalidStatus) as refused:
        async with wire(kernel, path, {"Origin": origin}):
            pass
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["error"]["code"] == "FORBIDDEN_ORIGIN"


async def test_the_kernels_own_page_opens_a_socket(kernel):
    async with wire(kernel, headers={"Origin": kernel.address}) as client:
        await client.send("PING")
        assert await client.next() == {"type": "PONG"}


@pytest.mark.parametrize("path", ["/ws/nowhere", "/ws/..", "/panels/%2e%2e/ws", "/panels/A/ws"])
async def test_a_socket_to_what_is_not_there_is_refused(kernel, path):
    with pytest.raises(InvalidStatus) as refused:
        await connect(kernel.address.replace("http", "ws") + path, proxy=None)
    assert refused.value.response.status_code == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_a_kernel_without_logins_is_not_reachable_from_elsewhere(host):
    with pytest.raises(SettingsError, match="no logins"):
        Settings(host=host).require_safe_address()


async def test_without_logins_one_socket_too_many_is_refused(tmp_path):
    with served(Settings(data=tmp_path, demo=False, max_sockets=1)) as serving:
        async with wire(serving):
            with pytest.raises(InvalidStatus) as refused:
                async with wire(serving):
                    pass
    response = refused.value.response
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0
    assert json.loads(response.body)["error"]["code"] == "RESOURCE_LIMIT"


def test_an_operator_may_allow_hosts_and_origins(tmp_path):
    settings = load(
        {"data": tmp_path / "data", "demo": False},
        {"NEXUS_ALLOWED_HOSTS": "box.test", "NEXUS_ALLOWED_ORIGINS": "https://app.test"},
        tmp_path,
    )
    with served(settings) as serving, httpx.Client(base_url=serving.address, trust_env=False) as c:
        headers = {"host": "box.test", "origin": "https://app.test"}
        assert c.post("/api/check", json={"source": ""}, headers=headers).status_code == 200


# ---- the studio


@pytest.fixture
def studio(tmp_path):
    """A kernel that serves a small build."""
    build = tmp_path / "dist"
    (build / "assets").mkdir(parents=True)
    (build / "index.html").write_text('<meta content="__CSP_NONCE__"><p>Studio')
    (build / "assets" / "app-1a2b.js").write_text("let x = 1;" * 500)
    (build / "theme.js").write_text("1")
    settings = Settings(data=tmp_path / "data", studio=build, demo=False)
    with served(settings) as serving, httpx.Client(base_url=serving.address, trust_env=False) as c:
        yield c, build


@pytest.mark.requirement("ui.studio")
@pytest.mark.parametrize("path", ["/", "/index.html", "/panels/notes", "/w/default/p/notes"])
def test_every_address_of_the_studio_is_its_page_with_a_nonce_of_its_own(studio, path):
    http, _ = studio
    first, second = http.get(path), http.get(path)
    for page in (first, second):
        nonce = page.text.partition('content="')[2].partition('"')[0]
        assert f"style-src 'self' 'nonce-{nonce}';" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
    assert first.text != second.text


def test_hashed_assets_are_compressed_and_kept_for_good(studio):
    http, _ = studio
    asset = http.get("/assets/app-1a2b.js")
    assert asset.text == "let x = 1;" * 500
    assert asset.headers["content-encoding"] == "gzip"
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert asset.headers["content-type"].startswith("text/javascript")
    unchanged = http.get("/assets/app-1a2b.js", headers={"if-none-match": asset.headers["etag"]})
    assert unchanged.status_code == 304


def test_what_the_build_compressed_itself_goes_to_who_takes_it(studio):
    http, build = studio
    (build / "assets" / "app-1a2b.js.br").write_bytes(b"of Brotli")
    os.utime(build / "index.html", (1, 1))  # as another build would
    for takes, coding in (("gzip, br", "br"), ("gzip", "gzip"), ("br;q=0", None)):
        with http.stream("GET", "/assets/app-1a2b.js", headers={"accept-encoding": takes}) as given:
            assert given.headers.get("content-encoding") == coding
            assert (b"".join(given.iter_raw()) == b"of Brotli") == (coding == "br")
    assert http.get("/assets/app-1a2b.js.br").status_code == 404


def test_other_files_are_asked_for_again(studio):
    http, _ = studio
    assert http.get("/theme.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/none.css", "/api/none", "/..%2f..%2fetc/passwd.txt", "/assets/"]
)
def test_what_is_no_file_of_the_build_is_not_found(studio, path):
    http, _ = studio
    assert http.get(path).status_code == 404


def test_a_new_build_is_served_without_a_restart(studio):
    http, build = studio
    assert "Studio" in http.get("/").text
    Path(build / "index.html").write_text("<p>Anew")
    assert "Anew" in http.get("/").text


def test_a_kernel_without_a_studio_says_so(tmp_path):
    settings = Settings(data=tmp_path / "data", studio=tmp_path / "none", demo=False)
    with served(settings) as serving:
        page = httpx.get(serving.address, trust_env=False)
    assert page.status_code == 503
    assert "not built" in page.text
