"""Every route and every message, as everybody, against the table in docs/PERMISSIONS.md (A2)."""

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from pydantic import SecretStr
from websockets.exceptions import ConnectionClosed, InvalidStatus

from nexus_protocol.messages import ClientMessage
from workspace_kernel.app import OPERATIONS, create_app
from workspace_kernel.auth.permissions import MESSAGES, ROUTES, MissingRuleError, Scope
from workspace_kernel.routes.operation import Operation, routes
from workspace_kernel.services.archives import Archive, pack
from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, Person, postgresql, served, wire
from workspace_kernel.websocket.dispatch import MESSAGE_TYPES

pytestmark = pytest.mark.requirement("ker.auth")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "PERMISSIONS.md").read_text(encoding="utf-8")
WHO = ("owner", "editor", "viewer", "stranger", "nobody")
SOURCE = (
    '<NexusPanel title="P"><Data><State name="n" type="number" default="0"/></Data>'
    '<Logic><Tool name="add"><Handler>$state.n += 1;</Handler></Tool></Logic>'
    '<View><Button label="Add" trigger="add"/><Input label="N" bind="$state.n"/></View>'
    "</NexusPanel>"
)


def table(first: str) -> dict[str, dict[str, str]]:
    """Return the rows of the page's table whose first column is called so."""
    lines = PAGE[PAGE.index(f"| {first} |") :].split("\n\n")[0].strip().splitlines()
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


OPERATION_ROWS = table("operation")
MESSAGE_ROWS = table("message")
BODIES: dict[str, Any] = {
    "signUp": {"email": "new@example.test", "password": "short", "name": "N"},
    "logIn": {"email": "x@example.test"},
    "changePassword": {"current": "wrong", "new": "another good password"},
    "deleteAccount": {"password": "wrong"},
    "createToken": {"name": "t", "scopes": ["read"]},
    "acceptInvitation": {"token": "nxi_none"},
    "createWorkspace": {"id": "shared"},
    "changeMember": {"role": "viewer"},
    "createInvitation": {"role": "viewer"},
    "saveLayout": {"windows": []},
    "createPanel": {"source": "<"},
    "savePanel": {"source": SOURCE},
    "checkSource": {"source": SOURCE},
    "formatSource": {"source": SOURCE},
    "checkEdits": {"operations": []},
    "editPanel": {"operations": []},
    "restorePanel": {"commit": "HEAD"},
    "callTool": {"args": {}},
    "createBranch": {"name": "idea"},
    "mergeBranch": {"branch": "none"},
    "switchBranch": {"branch": "none"},
}
"""What each operation is sent: nothing that would take a right away from those who walk on."""
EMPTY = pack(Archive("empty", ()))
ZIP = {"content-type": "application/zip"}
OWN_REFUSALS = {
    "changePassword": "The password is wrong.",
    "deleteAccount": "The password is wrong.",
    "refresh": "Sign in first.",
}
"""How operations refuse what they are sent here, although whoever sends it may."""
UNTOUCHED = {"deletePanel": {"if-match": f'"{"0" * 64}"'}}
"""Headers by which an operation that may be done does nothing."""


@dataclass
class Town:
    """A workspace ``shared``, people of each kind, and one who belongs elsewhere."""

    settings: Settings
    people: dict[str, Person]

    def headers(self, who: str) -> dict[str, str]:
        person = self.people.get(who)
        return person.bearing(person.token) if person else {}

    def path(self, template: str, workspace: str) -> str:
        found = {
            "workspace": workspace,
            "panel": "p",
            "tool": "add",
            "execution": "none",
            "token": "none",
            "invitation": "none",
            "user": "nobody",
        }
        return re.sub(r"{(\w+)}", lambda name: found[name[1]], template)

    def ask(self, operation: Operation, headers: dict[str, str], workspace: str = "shared"):
        """Send an operation as somebody."""
        with httpx.Client(
            base_url=self.settings.address,
            trust_env=False,
            timeout=PATIENCE,
            headers=headers | UNTOUCHED.get(operation.name, {}),
        ) as client:
            body = BODIES.get(operation.name)
            path = self.path(operation.path, workspace)
            if operation.body is bytes:
                return client.request(operation.method, path, content=EMPTY, headers=ZIP)
            return client.request(operation.method, path, json=body)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(request, tmp_path_factory):
    if request.param == "sqlite":
        yield from gathered(tmp_path_factory, None)
    else:
        with postgresql() as create:
            yield from gathered(tmp_path_factory, SecretStr(create("permissions")))


def gathered(tmp_path_factory, database_url):
    settings = Settings(
        data=tmp_path_factory.mktemp("town"),
        database_url=database_url,
        workspace="shared",
        demo=False,
        auth="accounts",
        signup="open",
    )
    with served(settings) as serving:
        people = {name: Person(serving, name, "") for name in WHO[:4]}
        link = (settings.data / "auth" / "first-owner.txt").read_text().strip()
        owner = people["owner"].sign_up(invitation=link.partition("#")[2])
        for role in ("editor", "viewer"):
            asked = {"role": role}
            token = owner.http.post("/api/workspaces/shared/invitations", json=asked).json()
            people[role].sign_up(invitation=token["token"])
        people["stranger"].sign_up()
        people["stranger"].http.post("/api/workspaces", json={"id": "elsewhere"})
        panel = {"id": "p", "source": SOURCE}
        owner.http.post("/api/workspaces/shared/panels", json=panel).raise_for_status()
        yield Town(serving, people)
        for person in people.values():
            person.http.close()


def told(answer: httpx.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["message"]


def outcome(answer: httpx.Response, operation: Operation, workspace: str) -> str:
    """Say what became of a request in the words of the table."""
    if answer.status_code not in (401, 403, 404):
        return "yes"
    message = told(answer)[2]
    missing = answer.status_code == 404 and message != f"There is no workspace {workspace!r}."
    own = message == OWN_REFUSALS.get(operation.name)
    return "yes" if missing or own else str(answer.status_code)


# ---- the table


def test_the_page_is_fresh():
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "permissions.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_operation_and_every_message_has_a_row():
    others = {"metrics", "describe", "reference", "studio", "workspaceSocket", "panelSocket"}
    assert {each.name for each in OPERATIONS} | others == ROUTES.keys() == OPERATION_ROWS.keys()
    union = get_args(get_args(ClientMessage)[0])
    kinds = {each.model_fields["type"].default for each in union}
    assert kinds == set(MESSAGE_TYPES) == MESSAGES.keys() == MESSAGE_ROWS.keys()


def test_an_operation_without_a_row_cannot_be_served():
    operation = OPERATIONS[0]
    nameless = Operation(
        method="GET",
        path="/api/secret",
        name="secret",
        summary="",
        handler=operation.handler,
        answers={200: None},
    )
    with pytest.raises(MissingRuleError, match="secret"):
        routes([nameless], lambda request: request.app.state.kernel)


def test_a_row_about_a_workspace_needs_a_path_that_names_one():
    operation = Operation(
        method="GET",
        path="/api/panels",
        name="listPanels",
        summary="",
        handler=OPERATIONS[0].handler,
        answers={200: None},
    )
    with pytest.raises(MissingRuleError, match="names no workspace"):
        routes([operation], lambda request: request.app.state.kernel)


def test_every_route_that_is_served_has_a_row(tmp_path):
    app = create_app(Settings(data=tmp_path, demo=False))
    others = {
        "/metrics": "metrics",
        "/api/openapi.json": "describe",
        "/api/reference": "reference",
        "/api/reference.css": "reference",
        "/{path:path}": "studio",
        "/ws/{workspace}": "workspaceSocket",
        "/panels/{panel}/ws": "panelSocket",
        "/api/{path:path}": None,
    }
    paths = [each.path for each in app._app.routes]  # type: ignore[attr-defined]
    assert sorted(paths) == sorted({each.path for each in OPERATIONS} | others.keys())
    assert {*filter(None, others.values())} <= ROUTES.keys()


# ---- walking it

ENDING = {"logOut", "logOutEverywhere", "leaveWorkspace"}
"""These take something away from whoever asks, so they are walked by people who are made for it."""
WALKED = [each for each in OPERATIONS if each.name not in ENDING]
LEFT = [each for each in OPERATIONS if each.name in ENDING]
IN_WORKSPACES = [each for each in OPERATIONS if "{workspace}" in each.path]


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("operation", WALKED, ids=lambda each: each.name)
def test_an_operation_does_for_everybody_what_the_table_says(town, operation, who):
    answer = town.ask(operation, town.headers(who))
    assert outcome(answer, operation, "shared") == OPERATION_ROWS[operation.name][who]


@pytest.mark.parametrize("operation", LEFT, ids=lambda each: each.name)
def test_an_operation_that_ends_something_does_so_for_everybody_who_may(town, operation):
    found = {}
    for who in WHO:
        found[who] = outcome(town.ask(operation, town.headers(who)), operation, "shared")
        if who in town.people and operation.name != "leaveWorkspace":
            town.people[who].log_in()
        elif who in ("editor", "viewer"):
            let_in(town, who)
    row = OPERATION_ROWS[operation.name]
    assert found == {who: row[who] for who in WHO}


def let_in(town: Town, who: str) -> None:
    owner, guest = town.people["owner"], town.people[who]
    invited = owner.http.post("/api/workspaces/shared/invitations", json={"role": who}).json()
    token = {"token": invited["token"]}
    guest.http.post("/api/auth/invitations/accept", json=token).raise_for_status()


@pytest.mark.parametrize("operation", IN_WORKSPACES, ids=lambda each: each.name)
def test_a_foreign_workspace_is_answered_as_a_missing_one(town, operation):
    headers = town.headers("stranger")
    foreign = town.ask(operation, headers)
    missing = town.ask(operation, headers, "missing")
    assert told(missing) == (404, "NOT_FOUND", "There is no workspace 'missing'.")
    assert told(foreign) == (404, "NOT_FOUND", "There is no workspace 'shared'.")
    assert foreign.headers.keys() == missing.headers.keys()


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_a_token_does_what_the_table_says(town, operation):
    scope = OPERATION_ROWS[operation.name]["token"].strip("`")
    if scope == "any":
        assert ROUTES[operation.name].scope is None
        return
    lacking = [each for each in Scope if each != scope]
    answer = town.ask(operation, bearing(town, lacking))
    assert outcome(answer, operation, "shared") == "403"
    assert "token" in told(answer)[2]
    if scope != "none":
        answer = town.ask(operation, bearing(town, [Scope(scope)]))
        assert outcome(answer, operation, "shared") == "yes"


def bearing(town: Town, scopes: list[Scope]) -> dict[str, str]:
    owner = town.people["owner"]
    listed = owner.http.get("/api/auth/tokens").json()["items"]
    for each in listed:
        owner.http.delete(f"/api/auth/tokens/{each['id']}")
    asked = {"name": "walk", "scopes": scopes}
    return owner.bearing(owner.http.post("/api/auth/tokens", json=asked).json()["token"])


@pytest.mark.parametrize("path", ["/metrics", "/api/openapi.json", "/"])
@pytest.mark.parametrize("who", WHO)
def test_what_is_no_operation_is_in_the_table_too(town, path, who):
    name = {"/metrics": "metrics", "/api/openapi.json": "describe", "/": "studio"}[path]
    answer = httpx.get(f"{town.settings.address}{path}", headers=town.headers(who), trust_env=False)
    expected = OPERATION_ROWS[name][who]
    assert ("401" if answer.status_code == 401 else "yes") == expected


SOCKETS = {"workspaceSocket": "/ws/shared", "panelSocket": "/panels/p/ws"}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("name", sorted(SOCKETS))
async def test_a_socket_opens_for_those_whom_the_table_names(town, name, who):
    expected = OPERATION_ROWS[name][who]
    person = town.people.get(who)
    if person is None:
        async with wire(town.settings, SOCKETS[name], greeting=False) as client:
            await client.send("PING")
            with pytest.raises(ConnectionClosed) as closed:
                await client.next()
        assert (expected, closed.value.rcvd.code) == ("401", 4401)
        return
    ticket = person.http.post("/api/ws-tickets").json()["ticket"]
    if expected == "yes":
        async with wire(town.settings, f"{SOCKETS[name]}?ticket={ticket}"):
            return
    with pytest.raises(InvalidStatus) as refused:
        async with wire(town.settings, f"{SOCKETS[name]}?ticket={ticket}"):
            pass
    response = refused.value.response
    assert str(response.status_code) == expected
    assert json.loads(response.body)["error"]["message"] == "There is no workspace 'shared'."


FIELDS: dict[str, dict[str, Any]] = {
    "AUTH": {},
    "PING": {},
    "SUBSCRIBE": {"panelId": "p"},
    "UNSUBSCRIBE": {"panelId": "p"},
    "TRIGGER": {"panelId": "p", "requestId": "r", "tool": "add"},
    "SET": {"panelId": "p", "requestId": "s", "path": "/n", "value": 1},
    "UNDO": {"panelId": "p", "requestId": "u"},
    "REDO": {"panelId": "p", "requestId": "d"},
    "CANCEL": {"panelId": "p", "requestId": "c"},
    "WHO": {"follow": False},
}


@pytest.mark.parametrize("who", WHO[:3])
@pytest.mark.parametrize("kind", MESSAGE_TYPES)
async def test_a_message_does_for_everybody_what_the_table_says(town, kind, who):
    person = town.people[who]
    headers = person.bearing(person.token)
    fields = {**FIELDS[kind], **({"token": person.token} if kind == "AUTH" else {})}
    assert await sent(town, headers, kind, fields) == MESSAGE_ROWS[kind][who]


@pytest.mark.parametrize("kind", MESSAGE_TYPES)
async def test_a_message_of_a_token_needs_its_scope(town, kind):
    scope = MESSAGE_ROWS[kind]["token"].strip("`")
    if scope in ("any", Scope.READ):
        # Without it there is no socket to send it over.
        assert OPERATION_ROWS["workspaceSocket"]["token"] == "`read`"
        return
    fields = FIELDS[kind]
    assert await sent(town, bearing(town, [Scope.READ, Scope.WRITE]), kind, fields) == "403"
    both = bearing(town, [Scope.READ, Scope(scope)])
    assert await sent(town, both, kind, fields) == "yes"


async def sent(town: Town, headers: dict[str, str], kind: str, fields: dict[str, Any]) -> str:
    """Send a message, and say what became of it in the words of the table."""
    async with wire(town.settings, "/ws/shared", headers) as client:
        await client.send(kind, **fields)
        if "requestId" in fields and kind != "CANCEL":
            last = await client.until_any("RESULT", "ERROR")
            # There may be nothing to undo; who may undo is told so.
            return "403" if last.get("code") == "PERMISSION_DENIED" else "yes"
        await client.send("PING")
        answers = await client.until("PONG")
        denied = [each for each in answers if each.get("code") == "PERMISSION_DENIED"]
        return "403" if denied else "yes"
