"""A kernel served on each database, a client of its REST interface, and panels to play with."""

import itertools
import signal
from dataclasses import dataclass
from functools import partial

import httpx
import pytest
from pydantic import SecretStr
from starlette.routing import compile_path

from workspace_kernel.app import OPERATIONS
from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, KernelProcess, Person, postgresql, served

PANEL = """
<NexusPanel title="Counter">
  <Data>
    <State name="count" type="number" default="0"/>
    <State name="items" type="list" default="[]"/>
    <State name="draft" type="string" default=""/>
    <Computed name="double" value="{$state.count * 2}"/>
  </Data>
  <Logic>
    <Extension name="nexus.timer"/>
    <Tool name="add">
      <Arg name="by" type="number" default="1"/>
      <Handler>$state.count += $args.by; return $state.count;</Handler>
    </Tool>
    <Tool name="keep"><Handler>$state.items.push($state.draft); $state.draft = "";</Handler></Tool>
    <Tool name="greet"><Handler>
      $emit("greeted", { text: "hello" }); $emit.toast("Hi", "info"); $log.info("greeting");
    </Handler></Tool>
    <Tool name="fail"><Handler>$state.count = 99; throw new Error("not today");</Handler></Tool>
    <Tool name="spin"><Handler timeout_ms="300">while (true) {}</Handler></Tool>
    <Tool name="wait">
      <Arg name="ms" type="number" default="50"/>
      <Handler>$state.count += 1; await $ext.timer.sleep($args.ms); $state.count += 10;</Handler>
    </Tool>
  </Logic>
  <View>
    <Layout>
      <Metric label="Count" value="{$state.count}"/>
      <Text content="{$state.double}"/>
      <Input label="Draft" bind="$state.draft"/>
      <Table data="{$state.items}"/>
      <Button label="Add" trigger="add"/>
      <Button label="Keep" trigger="keep"/>
      <Button label="Greet" trigger="greet"/>
      <Button label="Fail" trigger="fail"/>
      <Button label="Spin" trigger="spin"/>
      <Button label="Wait" trigger="wait"/>
    </Layout>
  </View>
</NexusPanel>
"""


_numbers = itertools.count()


@dataclass(frozen=True)
class Home:
    """A workspace with a panel ``p``, and people of each role in it."""

    name: str
    owner: Person
    editor: Person
    viewer: Person

    @classmethod
    def of(cls, owner: Person, editor: Person, viewer: Person) -> "Home":
        name = f"home-{next(_numbers)}"
        owner.http.post("/api/workspaces", json={"id": name}).raise_for_status()
        panel = {"id": "p", "source": PANEL}
        owner.http.post(f"/api/workspaces/{name}/panels", json=panel).raise_for_status()
        home = cls(name, owner, editor, viewer)
        for guest, role in ((editor, "editor"), (viewer, "viewer")):
            home.let_in(guest, role)
        return home

    @property
    def path(self) -> str:
        return f"/api/workspaces/{self.name}"

    def invite(self, role: str) -> str:
        asked = {"json": {"role": role}}
        answer = self.owner.http.post(f"{self.path}/invitations", **asked)
        if answer.status_code == 429:  # So many homes were made within the hour by one login.
            self.owner.log_in()
            answer = self.owner.http.post(f"{self.path}/invitations", **asked)
        return answer.json()["token"]

    def let_in(self, guest: Person, role: str) -> None:
        token = {"token": self.invite(role)}
        guest.http.post("/api/auth/invitations/accept", json=token).raise_for_status()


_ROUTES = [(each, compile_path(each.path)[0]) for each in OPERATIONS]


@pytest.fixture(scope="session")
def postgres():
    """Make a database on a PostgreSQL server of this run's own: ``postgres("name")``."""
    with postgresql() as create:
        yield create


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_url(request, tmp_path_factory):
    """Return what makes the URL of a fresh database, on both kinds."""
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("databases")
        return lambda: f"sqlite:///{folder}/{next(_numbers)}.db"
    create = request.getfixturevalue("postgres")
    return lambda: create(f"nexus{next(_numbers)}")


@pytest.fixture(scope="session")
def kernel(database_url, tmp_path_factory):
    """Serve a kernel on each kind of database; yields its settings."""
    settings = Settings(
        data=tmp_path_factory.mktemp("kernel"), database_url=SecretStr(database_url())
    )
    with served(settings) as serving:
        yield serving


@pytest.fixture(scope="session")
def town(database_url, tmp_path_factory):
    """Serve a kernel with accounts on each kind of database; yields its settings."""
    settings = Settings(
        data=tmp_path_factory.mktemp("town"),
        database_url=SecretStr(database_url()),
        demo=False,
        auth="accounts",
        signup="open",
        trusted_proxies=("127.0.0.1",),
    )
    with served(settings) as serving:
        yield serving


@pytest.fixture
def newcomer(town):
    """Return what makes somebody new, without an account yet."""
    people = []

    def make() -> Person:
        number = next(_numbers)
        person = Person(
            town, f"person{number}", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
        )
        person.http.event_hooks = {"response": [_hold_to_promise]}
        people.append(person)
        return person

    yield make
    for each in people:
        each.http.close()


@pytest.fixture
def person(newcomer):
    """Return what makes somebody new, with an account and logged in."""
    return lambda: newcomer().sign_up()


@pytest.fixture(scope="session")
def neighbours(town):
    """Three people who share many a workspace: accounts are slow to make, as they should be."""
    people = [Person(town, f"neighbour{each}", f"10.255.0.{each}") for each in range(3)]
    for each in people:
        each.http.event_hooks = {"response": [_hold_to_promise]}
        each.sign_up()
    yield people
    for each in people:
        each.http.close()


@pytest.fixture
def home(neighbours):
    """A workspace with one panel, and people of each role in it."""
    return Home.of(*neighbours)


@pytest.fixture
def http(kernel):
    """Talk to the kernel over HTTP; every answer is held against what the operations promise."""
    with httpx.Client(
        base_url=kernel.address,
        timeout=PATIENCE,
        trust_env=False,
        event_hooks={"response": [_hold_to_promise]},
    ) as client:
        yield client


@pytest.fixture
def panels(kernel):
    """The address of the default workspace's panels."""
    return f"/api/workspaces/{kernel.workspace}/panels"


@pytest.fixture
def source():
    """The source of a panel to play with."""
    return PANEL


@pytest.fixture
def panel(make_panel):
    """Make a panel to play with; returns its id."""
    return make_panel()


@pytest.fixture
def another_panel(make_panel):
    """Make one more; returns its id."""
    return make_panel()


@pytest.fixture
def make_panel(http, panels):
    """Make a panel from a source; returns its id."""
    return partial(_make_panel, http, panels)


@pytest.fixture
def process(tmp_path):
    """A kernel in a process of its own, not started yet."""
    kernel = KernelProcess(tmp_path / "data")
    yield kernel
    kernel.end(signal.SIGKILL)


def _make_panel(http: httpx.Client, panels: str, source: str = PANEL, **body: object) -> str:
    panel_id = f"panel-{next(_numbers)}"
    answer = http.post(panels, json={"id": panel_id, "source": source, **body})
    assert answer.status_code == 201, answer.text
    return panel_id


def _hold_to_promise(response: httpx.Response) -> None:
    """Fail when a status or a body is not what the OpenAPI document says."""
    operation = next(
        (
            each
            for each, pattern in _ROUTES
            if each.method == response.request.method and pattern.match(response.url.path)
        ),
        None,
    )
    if operation is None or not response.is_success:
        return
    response.read()
    model = operation.answers[response.status_code]
    if model is None:
        assert response.content == b""
    elif model is not bytes:
        model.model_validate_json(response.content)
