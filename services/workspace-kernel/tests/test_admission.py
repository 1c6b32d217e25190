"""Sockets where people log in: who opens one, what may be sent over it, and when it closes."""

import asyncio
import json
import time
from contextlib import closing

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, Person, WireClient, served, wire
from workspace_kernel.websocket import admission

pytestmark = [pytest.mark.requirement("ker.auth"), pytest.mark.requirement("ker.ws")]

A1_SECONDS = 5.0


def ticket(person: Person) -> str:
    return person.http.post("/api/ws-tickets").json()["ticket"]


def opened(settings: Settings, home, person: Person):
    """Open a socket with a ticket."""
    return wire(settings, f"/ws/{home.name}?ticket={ticket(person)}")


async def closed_with(client: WireClient, seconds: float = PATIENCE) -> int:
    """Return the code that a socket closes with, within some seconds."""
    async with asyncio.timeout(seconds):
        await client.connection.wait_closed()
    assert client.connection.close_code is not None
    return client.connection.close_code


async def refused(settings: Settings, path: str, **headers: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as error:
        async with wire(settings, path, headers):
            pass
    response = error.value.response
    return response.status_code, json.loads(response.body)["error"]["code"]


# ---- coming in


async def test_a_ticket_opens_a_socket(town, home):
    async with opened(town, home, home.editor) as client:
        assert (await client.subscribe("p"))["state"]["count"] == 0
        assert (await client.trigger("p", "add"))["value"] == 1


async def test_a_ticket_opens_one_socket_only(town, home):
    path = f"/ws/{home.name}?ticket={ticket(home.editor)}"
    async with wire(town, path):
        pass
    assert await refused(town, path) == (401, "UNAUTHENTICATED")


async def test_a_bearer_in_the_first_frame_opens_a_socket(town, home):
    async with wire(town, f"/ws/{home.name}", greeting=False) as client:
        await client.send("AUTH", token=home.viewer.token)
        assert (await client.next())["type"] == "CONNECTED"
        assert (await client.subscribe("p"))["panelId"] == "p"


async def test_a_program_opens_a_socket_with_a_header(town, home):
    headers = home.viewer.bearing(home.viewer.token)
    async with wire(town, f"/ws/{home.name}", headers) as client:
        assert (await client.subscribe("p"))["panelId"] == "p"


@pytest.mark.parametrize(
    "frame",
    ["", "{}", "[]", '{"type":"PING"}', '{"type":"AUTH"}', '{"type":"AUTH","token":"x"}'],
)
async def test_a_socket_that_does_not_begin_with_who_it_is_is_closed(town, home, frame):
    async with wire(town, f"/ws/{home.name}", greeting=False) as client:
        await client.connection.send(frame)
        assert await closed_with(client) == 4401


async def test_a_socket_that_never_says_who_it_is_is_closed(town, home, monkeypatch):
    monkeypatch.setattr(admission, "AUTH_SECONDS", 0.2)
    async with wire(town, f"/ws/{home.name}", greeting=False) as client:
        assert await closed_with(client) == 4401


async def test_a_cookie_opens_no_socket(town, home):
    headers = {"cookie": f"nexus-refresh={home.owner.http.cookies['nexus-refresh']}"}
    async with wire(town, f"/ws/{home.name}", headers, greeting=False) as client:
        await client.send("SUBSCRIBE", panelId="p")
        assert await closed_with(client) == 4401


async def test_a_foreign_page_opens_no_socket_even_with_a_ticket(town, home):
    path = f"/ws/{home.name}?ticket={ticket(home.owner)}"
    refusal = await refused(town, path, Origin="https://evil.test")
    assert refusal == (403, "FORBIDDEN_ORIGIN")


@pytest.mark.parametrize("parameter", ["token", "access_token"])
async def test_a_token_in_the_address_is_refused_whatever_else_is_shown(town, home, parameter):
    path = f"/ws/{home.name}?{parameter}={home.owner.token}"
    assert await refused(town, path) == (401, "UNAUTHENTICATED")
    headers = home.owner.bearing(home.owner.token)
    answer = home.owner.http.get(f"{home.path}?{parameter}=x", headers=headers)
    assert answer.status_code == 401


async def test_a_foreign_workspace_is_refused_as_a_missing_one_is(town, home, person):
    stranger = person()
    for name in (home.name, "missing"):
        refusal = await refused(town, f"/ws/{name}?ticket={ticket(stranger)}")
        assert refusal == (404, "NOT_FOUND")
        async with wire(town, f"/ws/{name}", greeting=False) as client:
            await client.send("AUTH", token=stranger.token)
            assert await closed_with(client) == 4404


# ---- what may be sent


async def test_a_viewer_follows_a_panel_and_changes_nothing(town, home):
    async with opened(town, home, home.viewer) as client:
        await client.subscribe("p")
        await client.send("TRIGGER", requestId="r", panelId="p", tool="add")
        error = await client.expect("ERROR")
        assert error["code"] == "PERMISSION_DENIED"
        assert (error["requestId"], error["panelId"]) == ("r", "p")
        await client.send("SET", requestId="s", panelId="p", path="/count", value=9)
        assert (await client.expect("ERROR"))["requestId"] == "s"
        assert (await client.subscribe("p"))["state"]["count"] == 0


async def test_a_change_over_a_socket_names_who_made_it(town, home):
    async with opened(town, home, home.editor) as client:
        await client.subscribe("p")
        await client.trigger("p", "add")
        await client.send("SET", requestId="s", panelId="p", path="/draft", value="x")
        await client.expect("RESULT", requestId="s")
    log = home.owner.http.get(f"{home.path}/panels/p/log").json()["items"]
    assert [each["cause"]["user"] for each in log] == [home.editor.id] * 2


# ---- going out


async def test_a_logout_closes_its_sockets_and_no_others(town, home):
    own = home.editor.token
    async with opened(town, home, home.editor) as client, opened(town, home, home.viewer) as other:
        home.editor.http.post("/api/auth/logout", headers=home.editor.bearing(own))
        home.editor.log_in()
        assert await closed_with(client, A1_SECONDS) == 4401
        await other.send("PING")
        assert await other.next() == {"type": "PONG"}


async def test_a_logout_everywhere_closes_the_sockets_of_all_logins(town, home):
    async with opened(town, home, home.editor) as first:
        home.editor.log_in()
        async with opened(town, home, home.editor) as second:
            home.editor.http.post("/api/auth/logout-everywhere")
            codes = [await closed_with(each, A1_SECONDS) for each in (first, second)]
            assert codes == [4401, 4401]
    home.editor.log_in()


async def test_a_ticket_of_a_login_that_ended_opens_nothing(town, home):
    path = f"/ws/{home.name}?ticket={ticket(home.editor)}"
    home.editor.http.post("/api/auth/logout")
    home.editor.log_in()
    assert await refused(town, path) == (401, "UNAUTHENTICATED")


async def test_a_replayed_refresh_token_closes_the_sockets_of_its_login(town, home, person):
    ann = person()
    home.let_in(ann, "viewer")
    stolen = ann.http.cookies["nexus-refresh"]
    ann.refresh()
    async with opened(town, home, ann) as client:
        ann.http.cookies.clear()
        ann.http.post("/api/auth/refresh", headers={"cookie": f"nexus-refresh={stolen}"})
        assert await closed_with(client, A1_SECONDS) == 4401


@pytest.mark.parametrize("change", ["remove", "role"])
async def test_a_revoked_or_changed_share_closes_its_sockets(town, home, change):
    member = f"{home.path}/members/{home.editor.id}"
    async with opened(town, home, home.editor) as client:
        if change == "remove":
            home.owner.http.delete(member)
        else:
            home.owner.http.put(member, json={"role": "viewer"})
        assert await closed_with(client, A1_SECONDS) == 4403


async def test_a_deleted_personal_token_closes_its_sockets(town, home):
    asked = {"name": "agent", "scopes": ["read"]}
    token = home.viewer.http.post("/api/auth/tokens", json=asked).json()
    headers = home.viewer.bearing(token["token"])
    async with wire(town, f"/ws/{home.name}", headers) as client:
        home.viewer.http.delete(f"/api/auth/tokens/{token['id']}")
        assert await closed_with(client, A1_SECONDS) == 4401


@pytest.fixture
def hasty(tmp_path):
    """A kernel whose access tokens hold for two seconds; yields its settings and somebody."""
    settings = Settings(data=tmp_path, demo=False, auth="accounts", signup="open", access_seconds=2)
    with served(settings) as serving:
        ann = Person(serving, "ann", "10.0.0.1").sign_up()
        with closing(ann.http):
            ann.http.post("/api/workspaces", json={"id": "w"})
            yield serving, ann


async def test_a_socket_closes_when_its_token_expires(hasty):
    settings, ann = hasty
    ann.refresh()
    async with wire(settings, "/ws/w", ann.bearing(ann.token)) as client:
        assert await closed_with(client, 2 + A1_SECONDS) == 4401
    assert ann.http.get("/api/auth/me").status_code == 401


async def test_a_newer_token_of_the_same_login_keeps_a_socket_open(hasty):
    settings, ann = hasty
    ann.refresh()
    old, second = ann.token, 0
    async with wire(settings, "/ws/w", ann.bearing(old)) as client:
        while ann.http.get("/api/auth/me", headers=ann.bearing(old)).status_code == 200:
            if int(time.time()) != second:
                second = int(time.time())
                ann.refresh()
                await client.send("AUTH", token=ann.token)
        await client.send("PING")
        assert await client.next() == {"type": "PONG"}


# ---- how many


@pytest.fixture(scope="module")
def narrow(tmp_path_factory):
    """A kernel that gives everybody two sockets and two logins; yields it and what signs up."""
    settings = Settings(
        data=tmp_path_factory.mktemp("narrow") / "data",
        demo=False,
        auth="accounts",
        signup="open",
        max_sockets=2,
        max_sessions=2,
    )

    def sign_up(name: str) -> Person:
        person = Person(serving, name, "127.0.0.1").sign_up()
        people.append(person)
        person.http.post("/api/workspaces", json={"id": name}).raise_for_status()
        return person

    people: list[Person] = []
    with served(settings) as serving:
        yield serving, sign_up
        for person in people:
            person.http.close()


async def test_one_socket_too_many_is_refused_and_nobody_elses(narrow):
    settings, sign_up = narrow
    ann, bob = sign_up("ann"), sign_up("bob")
    asked = {"name": "program", "scopes": ["read"]}
    token = ann.http.post("/api/auth/tokens", json=asked).json()["token"]
    async with (
        wire(settings, "/ws/ann", ann.bearing(ann.token)) as first,
        wire(settings, "/ws/ann", ann.bearing(token)),
    ):
        for bearer in (ann.token, token):
            refusal = await refused(settings, "/ws/ann", **ann.bearing(bearer))
            assert refusal == (429, "RESOURCE_LIMIT")
        async with wire(settings, "/ws/ann", greeting=False) as client:
            await client.send("AUTH", token=ann.token)
            assert await closed_with(client) == 1013
        async with wire(settings, "/ws/bob", bob.bearing(bob.token)):
            pass
        await first.send("PING")
        assert await first.next() == {"type": "PONG"}
    async with asyncio.timeout(PATIENCE):
        while not await comes_in(settings, "/ws/ann", ann):
            pass


async def comes_in(settings: Settings, path: str, person: Person) -> bool:
    """Tell whether a socket is let in."""
    async with wire(settings, path, greeting=False) as client:
        await client.send("AUTH", token=person.token)
        try:
            return (await client.next())["type"] == "CONNECTED"
        except ConnectionClosed:
            return False


async def test_one_login_too_many_ends_the_oldest_and_the_audit_log_tells(narrow):
    settings, sign_up = narrow
    eve = sign_up("eve")
    tokens = [eve.token, eve.log_in().token]
    async with (
        wire(settings, "/ws/eve", eve.bearing(tokens[0])) as oldest,
        wire(settings, "/ws/eve", eve.bearing(tokens[1])) as newer,
    ):
        tokens.append(eve.log_in().token)
        assert await closed_with(oldest) == 4401
        await newer.send("PING")
        assert await newer.next() == {"type": "PONG"}
    asked = [eve.http.get("/api/auth/me", headers=eve.bearing(each)) for each in tokens]
    assert [each.status_code for each in asked] == [401, 200, 200]
    told = [each["action"] for each in eve.http.get("/api/auth/activity").json()["items"]]
    assert sorted(told[:2]) == ["account.logged-in", "account.login-displaced"]
    assert told[2:] == ["account.logged-in", "workspace.created", "account.signed-up"]


async def test_a_token_of_another_login_keeps_no_socket_open(town, home):
    async with opened(town, home, home.editor) as client:
        await client.send("AUTH", token=home.owner.token)
        assert (await client.expect("ERROR"))["code"] == "UNAUTHENTICATED"
