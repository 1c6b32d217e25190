"""What one asks a kernel to store, each with how one sees that it did.

One for each kind of thing that is stored: a panel's changes, executions and what waits, panels
and their sources, workspaces, accounts, logins, tokens, members and invitations.
"""

import contextlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

from workspace_kernel.testing import PASSWORD

WORKSPACE: Final = "/api/workspaces/w"
PANELS: Final = f"{WORKSPACE}/panels"
OWNER, GUEST = "ann@example.test", "ben@example.test"
ANOTHER_PASSWORD: Final = "another correct horse"

SOURCE: Final = """
<NexusPanel title="Counter">
  <Data><State name="count" type="number" default="0"/></Data>
  <Logic>
    <Extension name="nexus.timer"/>
    <Extension name="nexus.kv"/>
    <Tool name="add"><Handler>$state.count += 1; return $state.count;</Handler></Tool>
    <Tool name="wait"><Handler>
      $state.count += 1; await $ext.timer.sleep(1); $state.count += 10;
    </Handler></Tool>
    <Tool name="keep"><Handler>await $ext.kv.set("k", "kept");</Handler></Tool>
    <Tool name="kept"><Handler>return await $ext.kv.get("k");</Handler></Tool>
  </Logic>
  <View><Text content="{$state.count}"/></View>
</NexusPanel>
"""
SHOP: Final = """
<NexusPanel title="Shop">
  <Data>
    <State name="sold" type="number" default="0"/>
    <State name="heard" type="number" default="0"/>
    <State name="seen" type="number" default="0"/>
  </Data>
  <Logic>
    <Tool name="sell"><Handler>$state.sold += 1; $emit("sold", {});</Handler></Tool>
    <Tool name="hear"><Trigger event="sold"/><Handler>$state.heard += 1;</Handler></Tool>
    <Tool name="see"><Trigger change="$state.sold"/><Handler>$state.seen += 1;</Handler></Tool>
  </Logic>
</NexusPanel>
"""
_NO_CERTIFICATES: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Those of the system take longer to read than all that is asked, and nothing is encrypted here."""
CHANGED: Final = SOURCE.replace("Counter", "Meter")


class Client:
    """Somebody who asks a kernel."""

    def __init__(self, address: str, tokens: dict[str, Any]) -> None:
        self._http = httpx.Client(
            base_url=address, timeout=30, trust_env=False, verify=_NO_CERTIFICATES
        )
        self.tokens = tokens
        """What ``prepare`` left: access tokens and ids."""
        self.key = "once"
        """The idempotency key of what is asked: another one stands for another execution."""

    def ask(
        self, method: str, path: str, body: Any = None, by: str = "ann", **headers: str
    ) -> httpx.Response:
        """Return the answer.

        Raises:
            httpx.HTTPError: the kernel is gone.

        """
        if token := self.tokens.get(by, by):
            headers["authorization"] = f"Bearer {token}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._http.request(method, path, json=body, headers=named)

    def get(self, path: str, by: str = "ann") -> Any:
        """Return what is there; None where there is nothing, or not for this one."""
        answer = self.ask("GET", path, by=by)
        return answer.json() if answer.is_success else None

    def close(self) -> None:
        """Ask nothing more."""
        self._http.close()


Answer = Any
"""The JSON that acknowledged a request."""


@dataclass(frozen=True, slots=True)
class Request:
    """Something to store."""

    do: Callable[[Client], httpx.Response]
    seen: Callable[[Client, Answer], bool]
    """Whether it is stored, as anybody sees it; what was answered is None when nothing was."""
    steps: int = 1
    """A tool that may call an extension says first that it begins: what is refused after that is
    cut off, as its request is told when it comes again."""


def prepare(client: Client) -> None:
    """Make what the requests are about."""
    for name, email in (("ann", OWNER), ("ben", GUEST)):
        account = {"email": email, "password": PASSWORD, "name": name}
        made = _done(client.ask("POST", "/api/auth/signup", account, by="")).json()
        client.tokens |= {name: made["accessToken"], f"{name}.id": made["user"]["id"]}
    _done(client.ask("POST", "/api/workspaces", {"id": "w"}))
    for panel in ("p", "q", "d"):
        _done(client.ask("POST", PANELS, {"id": panel, "source": SOURCE}))
    _done(client.ask("POST", PANELS, {"id": "s", "source": SHOP}))
    for _ in range(2):
        _done(client.ask("POST", f"{PANELS}/q/tools/add", {}))
    _done(client.ask("PUT", f"{PANELS}/q", {"source": CHANGED}))
    client.tokens["first"] = client.get(f"{PANELS}/q/history")["items"][-1]["id"]
    idea = {"name": "idea", "at": client.tokens["first"]}
    _done(client.ask("POST", f"{WORKSPACE}/branches", idea))
    client.tokens["invitation"] = _invite(client).json()["token"]
    spare = {"name": "spare", "scopes": ["read"]}
    made = _done(client.ask("POST", "/api/auth/tokens", spare)).json()
    client.tokens |= {"spare": made["token"], "spare.id": made["id"]}


def _done(answer: httpx.Response) -> httpx.Response:
    assert answer.is_success, answer.text
    return answer


def _invite(client: Client) -> httpx.Response:
    return client.ask("POST", f"{WORKSPACE}/invitations", {"role": "viewer"})


def _call(panel: str, tool: str) -> Callable[[Client], httpx.Response]:
    path = f"{PANELS}/{panel}/tools/{tool}"
    return lambda client: client.ask("POST", path, {}, idempotency_key=client.key)


def _counts(panel: str, count: int) -> Callable[[Client, Answer], bool]:
    def seen(client: Client, answer: Answer) -> bool:
        return client.get(f"{PANELS}/{panel}/state")["state"]["count"] == count

    return seen


def _led_to_others(client: Client, answer: Answer) -> bool:
    """Tell whether what a tool led to has run, once; that it is still to run is waited for."""
    until = time.monotonic() + 30
    while any(each["waiting"] for each in client.get(f"{PANELS}/s/triggers")["items"]):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return client.get(f"{PANELS}/s/state")["state"] == {"sold": 1, "heard": 1, "seen": 1}


def _keeps(client: Client, answer: Answer) -> bool:
    return client.ask("POST", f"{PANELS}/p/tools/kept", {}).json()["value"] == "kept"


def _save(client: Client) -> httpx.Response:
    saved = client.ask("PUT", f"{PANELS}/p", {"source": CHANGED})
    if saved.is_success:
        with contextlib.suppress(httpx.HTTPError):
            client.get(f"{WORKSPACE}/history")  # Which commits what was saved.
    return saved


def _switch(client: Client) -> httpx.Response:
    """Check a branch out from before the other panels were made, with a save under way."""
    with contextlib.suppress(httpx.HTTPError):
        client.ask("PUT", f"{PANELS}/p", {"source": CHANGED})
    return client.ask("POST", f"{WORKSPACE}/branches/switch", {"branch": "idea"})


def _switched(client: Client, answer: Answer) -> bool:
    """Tell whether it is; where panels could not follow at once, the next look takes them along."""
    is_followed = _holds("q", SOURCE)(client, answer)
    branches = client.get(f"{WORKSPACE}/branches")["items"]
    shown = {each["name"] for each in branches if each["checkedOut"]}
    panels = {each["id"] for each in client.get(PANELS)["items"]}
    return is_followed and shown == {"idea"} and panels == {"p", "q"}


def _holds(panel: str, source: str) -> Callable[[Client, Answer], bool]:
    return lambda client, answer: client.get(f"{PANELS}/{panel}")["source"] == source


def _log_in(client: Client, email: str = OWNER, password: str = PASSWORD) -> httpx.Response:
    return client.ask("POST", "/api/auth/login", {"email": email, "password": password}, by="")


def _logged_in(client: Client, answer: Answer) -> bool:
    return answer is not None and client.get("/api/auth/me", answer["accessToken"]) is not None


def _sign_up(client: Client) -> httpx.Response:
    account = {"email": "carl@example.test", "password": PASSWORD, "name": "carl"}
    return client.ask("POST", "/api/auth/signup", account, by="")


def _change_password(client: Client) -> httpx.Response:
    change = {"current": PASSWORD, "new": ANOTHER_PASSWORD}
    return client.ask("PUT", "/api/auth/password", change, by="ben")


def _make_token(client: Client) -> httpx.Response:
    return client.ask("POST", "/api/auth/tokens", {"name": "new", "scopes": ["read"]})


def _accept(client: Client) -> httpx.Response:
    token = {"token": client.tokens["invitation"]}
    return client.ask("POST", "/api/auth/invitations/accept", token, by="ben")


REQUESTS: Final[dict[str, Request]] = {
    "run a tool": Request(_call("p", "add"), _counts("p", 1)),
    "run a tool that leads to others": Request(_call("s", "sell"), _led_to_others),
    "run a tool that waits": Request(_call("p", "wait"), _counts("p", 11), steps=2),
    "keep a value": Request(_call("p", "keep"), _keeps, steps=2),
    "undo": Request(
        lambda client: client.ask("POST", f"{PANELS}/q/undo", {}, idempotency_key=client.key),
        _counts("q", 1),
    ),
    "create a panel": Request(
        lambda client: client.ask("POST", PANELS, {"id": "new", "source": SOURCE}),
        lambda client, _: client.get(f"{PANELS}/new") is not None,
    ),
    "save a panel": Request(_save, _holds("p", CHANGED)),
    "restore a panel": Request(
        lambda client: client.ask(
            "POST", f"{PANELS}/q/restore", {"commit": client.tokens["first"]}
        ),
        _holds("q", SOURCE),
    ),
    "switch the branch": Request(_switch, _switched),
    "delete a panel": Request(
        lambda client: client.ask("DELETE", f"{PANELS}/d"),
        lambda client, _: client.get(f"{PANELS}/d") is None,
    ),
    "make a workspace": Request(
        lambda client: client.ask("POST", "/api/workspaces", {"id": "new"}),
        lambda client, _: client.get("/api/workspaces/new/panels") is not None,
    ),
    "sign up": Request(_sign_up, lambda client, _: _log_in(client, "carl@example.test").is_success),
    "log in": Request(_log_in, _logged_in),
    "log out": Request(
        lambda client: client.ask("POST", "/api/auth/logout", by="ben"),
        lambda client, _: client.get("/api/auth/me", by="ben") is None,
    ),
    "change a password": Request(
        _change_password, lambda client, _: _log_in(client, GUEST, ANOTHER_PASSWORD).is_success
    ),
    "delete an account": Request(
        lambda client: client.ask("POST", "/api/auth/delete", {"password": PASSWORD}, by="ben"),
        lambda client, _: not _log_in(client, GUEST).is_success,
    ),
    "make a token": Request(
        _make_token,
        lambda client, answer: (
            answer is not None and client.get(WORKSPACE, answer["token"]) is not None
        ),
    ),
    "delete a token": Request(
        lambda client: client.ask("DELETE", f"/api/auth/tokens/{client.tokens['spare.id']}"),
        lambda client, _: client.get(WORKSPACE, "spare") is None,
    ),
    "invite": Request(
        _invite,
        lambda client, answer: (
            answer is not None
            and answer["id"]
            in {each["id"] for each in client.get(f"{WORKSPACE}/invitations")["items"]}
        ),
    ),
    "accept an invitation": Request(
        _accept, lambda client, _: client.get(WORKSPACE, by="ben") is not None
    ),
}
"""By what is asked."""


__all__ = ["PANELS", "REQUESTS", "SOURCE", "Answer", "Client", "Request", "prepare"]
