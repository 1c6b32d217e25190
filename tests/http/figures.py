"""The figure A5 of the HTTP interface: whatever is asked, the kernel answers as it promises.

`python tests/http/figures.py [--quick] [--seed N] [--only sqlite-single …]`, from any folder.

A5  schemathesis over the whole OpenAPI document, on SQLite and on PostgreSQL, where nobody logs in
    and as an owner with accounts: no 5xx, every status and body as described, what the schema
    refuses is refused, what it allows is taken or refused for a reason of its own (409, 412, 422)

Each way prints how many requests it made, its seed, and what was found; the command fails when
something was. The quick form takes some seconds a way, the deep one minutes.
"""

import argparse
import base64
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from workspace_kernel.settings import Settings
from workspace_kernel.testing import Person, postgresql, served

HERE = Path(__file__).parent
SOURCE = (
    '<NexusPanel title="P"><Data><State name="n" type="number" default="0"/></Data>'
    '<Logic><Tool name="add"><Arg name="by" type="number" default="1"/>'
    "<Handler>$state.n += $args.by; return $state.n;</Handler></Tool></Logic>"
    '<View><Button label="Add" trigger="add"/><Input label="N" bind="$state.n"/></View>'
    "</NexusPanel>"
)
WAYS = ("sqlite-single", "sqlite-accounts", "postgresql-single", "postgresql-accounts")
SESSION = ("logOut", "logOutEverywhere", "changePassword", "deleteAccount", "refresh")
"""What ends the login that asks: asked last, and by itself."""
ACCEPTED = ("2xx", "3xx", "401", "403", "404", "409", "412", "422", "429", "503")
"""How a request may end that the schema allows: 409, 412 and 422 say what no schema can."""
REJECTED = ("400", "401", "403", "404", "405", "406", "409", "411", "412", "413", "414", "415",
            "422", "429", "431", "503")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """What schemathesis made of a kernel."""

    requests: int
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard it tries."""

    seed: int
    examples: int
    phases: str


def quick(seed: int) -> Effort:
    """Return the effort of a look."""
    return Effort(seed, 3, "examples,coverage")


def deep(seed: int) -> Effort:
    """Return the effort of a proof."""
    return Effort(seed, 150, "examples,coverage,fuzzing")


def conform(way: str, effort: Effort, folder: Path) -> Run:
    """Hold a kernel against its document, in one of the ways."""
    database, _, people = way.partition("-")
    settings = Settings(
        data=folder / "data",
        demo=False,
        auth="accounts" if people == "accounts" else "single",
        signup="open",
        trusted_proxies=("127.0.0.1",),
        handler_timeout_ms=1000,
    )
    with (
        _database(database) as url,
        served(settings.model_copy(update={"database_url": url})) as serving,
    ):
        return (_alone if people == "single" else _as_owner)(serving, effort, folder)


@contextmanager
def _database(kind: str) -> Iterator[SecretStr | None]:
    if kind == "sqlite":
        yield None
        return
    with postgresql() as create:
        yield SecretStr(create("conform"))


def _alone(settings: Settings, effort: Effort, folder: Path) -> Run:
    import httpx

    with httpx.Client(base_url=settings.address, trust_env=False) as client:
        names = _furnished(client)
    return _schemathesis(settings, effort, folder, names, None)


def _as_owner(settings: Settings, effort: Effort, folder: Path) -> Run:
    owner = Person(settings, "owner", "10.255.255.1").sign_up()
    link = (settings.data / "auth" / "first-owner.txt").read_text().strip().partition("#")[2]
    accepted = owner.http.post("/api/auth/invitations/accept", json={"token": link})
    accepted.raise_for_status()
    names = _furnished(owner.http)
    scopes = ["read", "run", "write", "manage", "metrics"]
    tokens = [
        owner.http.post("/api/auth/tokens", json={"name": f"t{n}", "scopes": scopes}).json()
        for n in range(40)
    ]
    texts = [each["token"] for each in tokens]
    by_token = _schemathesis(settings, effort, folder, names, texts[0], tokens=texts)
    by_login = _schemathesis(settings, effort, folder, names, owner.token, only=SESSION)
    owner.http.close()
    return Run(by_token.requests + by_login.requests, by_token.found + by_login.found)


def _furnished(client) -> dict[str, str]:
    """Make a workspace's panel and an execution, and return what they are called."""
    workspace = "/api/workspaces/default"
    client.post(f"{workspace}/panels", json={"id": "p", "source": SOURCE}).raise_for_status()
    ran = client.post(f"{workspace}/panels/p/tools/add", json={"args": {"by": 2}}).json()
    archive = base64.b64encode(client.get(f"{workspace}/export").content).decode()
    return {
        "workspace": "default",
        "panel": "p",
        "tool": "add",
        "execution": ran["id"],
        "archive": archive,
    }


def _schemathesis(
    settings: Settings,
    effort: Effort,
    folder: Path,
    names: dict[str, str],
    bearer: str | None,
    *,
    tokens: list[str] | None = None,
    only: tuple[str, ...] = (),
) -> Run:
    steering = folder / "steering.json"
    known = {"seed": effort.seed, "tokens": tokens, "names": names, "source": SOURCE}
    steering.write_text(json.dumps(known))
    configuration = folder / "schemathesis.toml"
    configuration.write_text(_configuration(bearer))
    report = folder / "report.json"
    chosen = [part for name in only for part in ("--include-operation-id", name)]
    left_out = [part for name in SESSION for part in ("--exclude-operation-id", name)]
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run",
            f"{settings.address}/api/openapi.json", "--phases", effort.phases,
            "--max-examples", str(effort.examples), "--seed", str(effort.seed),
            "--continue-on-failure", "--no-color", "--report", "json",
            "--report-json-path", str(report), *(chosen or left_out if bearer else ()),
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NEXUS_STEERING": str(steering), "PYTHONPATH": _path()},
        cwd=folder,
    )  # fmt: skip
    return _read(done, report)


def _path() -> str:
    return os.pathsep.join((str(HERE), os.environ.get("PYTHONPATH", "")))


def _configuration(bearer: str | None) -> str:
    lines = ['hooks = "steering"', "warnings = false", "[checks]"]
    lines.append(f"positive_data_acceptance.expected-statuses = {json.dumps(ACCEPTED)}")
    lines.append(f"negative_data_rejection.expected-statuses = {json.dumps(REJECTED)}")
    # The document says that no token is needed, too: for kernels where nobody logs in.
    lines.append("ignored_auth.enabled = false")
    if bearer:
        lines += ["[headers]", f'Authorization = "Bearer {bearer}"']
    return "\n".join(lines)


def _read(done: subprocess.CompletedProcess[str], report: Path) -> Run:
    """Read the report; without one, or when operations could not be tested, that is a finding."""
    if not report.exists():
        return Run(0, (f"schemathesis ended with {done.returncode}: {done.stderr[-2000:]}",))
    read = json.loads(report.read_text())
    found = [*read["failures"], *read["errors"]]
    if read["operations"]["tested"] != read["operations"]["selected"] or not read["complete"]:
        found.append({"title": "not all was tested", **read["operations"]})
    return Run(
        read["test_cases"]["generated"],
        tuple(json.dumps(each, ensure_ascii=False)[:1500] for each in found),
    )


def main() -> int:
    """Run as told by the command line."""
    parser = argparse.ArgumentParser(description="The figure A5 of the HTTP interface.")
    parser.add_argument("--quick", action="store_true", help="a look rather than a proof")
    parser.add_argument("--seed", type=int, default=None, help="of the random generator")
    parser.add_argument("--only", nargs="*", choices=WAYS, default=WAYS, help="these ways")
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    effort = (quick if given.quick else deep)(seed)
    reached = True
    for way in given.only:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            run = conform(way, effort, Path(folder))
        seconds = time.monotonic() - began
        told = f"{run.requests} requests, {len(run.found)} found, {seconds:.0f} s, seed {seed}"
        print(f"A5 {way}: {told}")
        for each in run.found[:20]:
            print(f"MISSED: {each}")
        reached &= not run.found
    print(f"A5: {'reached' if reached else 'MISSED'}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
