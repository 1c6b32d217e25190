"""Secrets go where they are meant to, and appear nowhere else (A3).

Everything that is secret gets a text of its own; a kernel is used with all of them, rightly and
wrongly; then logs, spans, metrics, answers, the database, git and every file are searched.
"""

import json
import logging
import subprocess
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import MetaData, create_engine, select
from websockets.exceptions import InvalidStatus

from trilog_schemas.testing import fingerprints
from workspace_kernel.settings import Settings
from workspace_kernel.testing import Person, postgresql, served, wire

pytestmark = pytest.mark.requirement("ker.auth")

WORD = "canary-0f-the-"
PASSWORD = f"{WORD}password"
WRONG = f"{WORD}wrong-password"
SQL = f"{WORD}sql-connection"
DATABASE = f"{WORD}database"
STRAY = f"{WORD}stray-token"
SOURCE = """
<NexusPanel title="P">
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic><Extension name="nexus.sql" alias="sql"/>
    <Tool name="ask"><Handler>return await $ext.sql.query("shop", "SELECT 1");</Handler></Tool>
    <Tool name="fail"><Handler>throw new Error("no");</Handler></Tool></Logic>
  <View><Button label="Ask" trigger="ask"/><Button label="Fail" trigger="fail"/></View>
</NexusPanel>
"""


@dataclass
class Used:
    """A kernel that was used, what was secret, and where it may have come to light."""

    secrets: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def seen(self) -> list[str]:
        """Return which secret is in which place."""
        return [
            f"{name} in {place}"
            for name, secret in self.secrets.items()
            for place, text in self.places.items()
            if secret in text
        ]


class Ear(logging.Handler):
    """Hears whatever is logged, with the tracebacks."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(f"{record.getMessage()} {record.__dict__}")
        if record.exc_info and record.exc_info[0]:
            self.heard.append("".join(traceback.format_exception(*record.exc_info)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def used(request, tmp_path_factory):
    data = tmp_path_factory.mktemp("canaries") / "data"
    if request.param == "sqlite":
        yield use(data, None)
        return
    with postgresql() as create:
        url = create("canaries").replace("postgres@", f"postgres:{DATABASE}@")
        yield use(data, url)


def use(data: Path, url: str | None) -> Used:
    settings = Settings(
        data=data,
        database_url=SecretStr(url) if url else None,
        demo=False,
        auth="accounts",
        signup="open",
        trusted_proxies=("127.0.0.1",),
        sql={"shop": {"url": f"postgresql://shop:{SQL}@127.0.0.1:1/shop", "panels": ["*"]}},
    )
    result, ear = Used(), Ear()
    root = logging.getLogger()
    before = root.level
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    # What a client logs of its own requests is not the kernel's.
    for name in ("httpx", "httpcore", "websockets.client"):
        logging.getLogger(name).setLevel(logging.WARNING)
    try:
        with served(settings) as serving, fingerprints() as spans:
            answers = live(serving, result)
            result.places["spans"] = " ".join(
                f"{each.name} {each.attributes} {each.events}" for each in spans
            )
    finally:
        root.removeHandler(ear)
        root.setLevel(before)
    result.secrets |= {
        "password": PASSWORD, "wrong password": WRONG, "SQL connection": SQL,
        "database": DATABASE, "stray token": STRAY,
    }  # fmt: skip
    result.places |= {"answers": answers, "log": "\n".join(ear.heard)}
    result.places["settings"] = f"{settings!r}"
    result.places["database"] = dumped(settings.database)
    result.places |= files_of(data)
    return result


def live(serving: Settings, result: Used) -> str:
    """Use the kernel, rightly and wrongly; return what it answered where nothing secret is told."""
    heard: list[str] = []
    secrets = result.secrets
    owner = Person(serving, "owner", "10.0.0.1")
    owner.http.event_hooks = {"response": [lambda answer: hear(answer, heard)]}
    first = (serving.data / "auth" / "first-owner.txt").read_text().strip().partition("#")[2]
    signed = owner.http.post("/api/auth/signup", json={
        "email": owner.email, "password": PASSWORD, "name": "Owner", "invitation": first,
    })  # fmt: skip
    owner.token = secrets["access token"] = signed.json()["accessToken"]
    secrets["refresh token"] = next(iter(owner.http.cookies.jar)).value
    owner.http.headers.update(owner.bearing(owner.token))
    wrongly(owner, heard)
    refreshed = owner.http.post("/api/auth/refresh")
    secrets["second access token"] = refreshed.json()["accessToken"]
    secrets["second refresh token"] = next(iter(owner.http.cookies.jar)).value
    made = owner.http.post(
        "/api/auth/tokens", json={"name": "t", "scopes": ["read", "run", "metrics"]}
    )
    secrets["personal token"] = made.json()["token"]
    invited = owner.http.post("/api/workspaces/default/invitations", json={"role": "viewer"})
    secrets["invitation"] = invited.json()["token"]
    secrets["ticket"] = owner.http.post("/api/ws-tickets").json()["ticket"]
    panels = "/api/workspaces/default/panels"
    owner.http.post(panels, json={"id": "p", "source": SOURCE})
    for tool in ("ask", "fail", "none"):
        owner.http.post(f"{panels}/p/tools/{tool}", json={})
    for path in ("state", "log", "executions", "history"):
        owner.http.get(f"{panels}/p/{path}")
    sockets(serving, secrets, heard)
    with httpx.Client(base_url=serving.address, trust_env=False) as program:
        bearing = owner.bearing(secrets["personal token"])
        result.places["metrics"] = program.get("/metrics", headers=bearing).text
        for path in ("/api/auth/tokens", "/api/auth/activity", "/api/workspaces/default/audit"):
            hear(owner.http.get(path), heard)
        for name in ("token", "access_token", "ticket"):
            stray = {name: secrets["personal token"]}
            hear(program.get("/api/auth/me", params=stray), heard, anyhow=True)
    owner.http.close()
    return "\n".join(heard)


def wrongly(owner: Person, heard: list[str]) -> None:
    """Send secrets where they do not belong."""
    http = owner.http
    http.post("/api/auth/login", json={"email": owner.email, "password": WRONG})
    http.post("/api/auth/login", json={"email": owner.email, "password": PASSWORD, "x": STRAY})
    http.post("/api/auth/login", content=json.dumps({"password": PASSWORD})[:-1].encode(),
              headers={"content-type": "application/json"})  # fmt: skip
    http.put("/api/auth/password", json={"current": WRONG, "new": "x"})
    http.post("/api/auth/delete", json={"password": WRONG})
    http.post("/api/auth/invitations/accept", json={"token": STRAY})
    http.get(f"/api/auth/me?token={STRAY}")
    http.get("/api/auth/me", headers={"authorization": f"Bearer {STRAY}"})
    http.get("/api/auth/me", headers={"authorization": f"Basic {STRAY}"})
    http.get(f"/api/workspaces/default/panels?cursor={STRAY}")
    http.post("/api/workspaces", json={"id": "x", "title": 5, "password": STRAY})


def hear(answer: httpx.Response, heard: list[str], *, anyhow: bool = False) -> None:
    """Note an answer, unless it is one that hands a secret to whom it belongs."""
    answer.read()
    if anyhow or answer.is_error or answer.request.method == "GET":
        heard.append(f"{answer.headers} {answer.text}")


def sockets(serving: Settings, secrets: dict[str, str], heard: list[str]) -> None:
    import asyncio

    async def open_them() -> None:
        async with wire(serving, f"/ws/default?ticket={secrets['ticket']}") as client:
            heard.append(str(await client.subscribe("p")))
            await client.connection.send(json.dumps({"type": "AUTH", "token": STRAY}))
            await client.connection.send(json.dumps({"type": STRAY, "token": STRAY}))
            heard.append(str(await client.expect("ERROR")))
        for ticket in (secrets["ticket"], STRAY):
            with pytest.raises(InvalidStatus) as refused:
                async with wire(serving, f"/ws/default?ticket={ticket}"):
                    pass
            heard.append(str(refused.value.response.body))

    asyncio.run(open_them())


def dumped(url: str) -> str:
    """Return all rows of all tables as text."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        rows = [
            repr(tuple(row))
            for table in tables.sorted_tables
            for row in connection.execute(select(table))
        ]
    engine.dispose()
    assert len(rows) > 10
    return "\n".join(rows)


def files_of(data: Path) -> dict[str, str]:
    """Return every file, and every object of git."""
    places = {
        str(path.relative_to(data)): path.read_bytes().decode("latin-1")
        for path in data.rglob("*")
        if path.is_file()
    }
    for repository in (data / "workspaces").iterdir():
        objects = subprocess.run(
            ["git", "-C", str(repository), "cat-file", "--batch-all-objects", "--batch"],
            capture_output=True,
            check=True,
        )
        assert b"NexusPanel" in objects.stdout
        places[f"git of {repository.name}"] = objects.stdout.decode("latin-1")
    return places


def test_no_secret_appears_where_it_is_not_meant_to(used):
    assert len(used.secrets) > 10
    assert all(len(secret) > 10 for secret in used.secrets.values())
    assert used.seen() == []


def test_the_search_would_find_one(used):
    used.places["planted"] = f"here: {used.secrets['password']}"
    assert used.seen() == ["password in planted"]
    del used.places["planted"]
