"""A real kernel, a real PostgreSQL, plain clients, and people, for tests of all packages.

The kernel is served on a free port of the loopback interface, from a thread of its own with an
event loop of its own, so that a test talks to it as any client would.
"""

import asyncio
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from nexus_protocol import Json
from nexus_protocol.messages import PACKED_PROTOCOL, PROTOCOL
from workspace_kernel.serving import KernelServer, claimed, listen
from workspace_kernel.settings import Settings
from workspace_kernel.websocket.codecs import pack, unpack

if TYPE_CHECKING:
    from httpx import Response

PATIENCE: Final = 20.0
"""Seconds after which something that was waited for is given up."""

_LONGEST: Final = 1 << 30
_POSTGRESQL_FOLDERS: Final = "/usr/lib/postgresql"


@contextmanager
def served(settings: Settings) -> Generator[Settings]:
    """Serve a kernel meanwhile; yields its settings with the port that it listens on."""
    free = settings.model_copy(update={"port": 0})
    with claimed(settings), closing(listen(free)) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})
        ready = threading.Event()
        server = KernelServer(settings, on_ready=ready.set)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
        thread.start()
        try:
            while not ready.wait(0.05):
                if not thread.is_alive():
                    raise RuntimeError("the kernel did not come up; its log says why")
            yield settings
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def postgresql(*, durable: bool = False) -> Generator[Callable[[str], str]]:
    """Run a PostgreSQL server meanwhile; yields what makes a database and returns its URL.

    Args:
        durable: Whether it waits for the disk, as a real one does.

    Raises:
        RuntimeError: the server's programs are not installed.

    """
    programs = _postgresql_programs()
    folder = Path(tempfile.mkdtemp(prefix="nexus-pg-"))
    become = _as_postgres(folder)
    data = folder / "data"
    initdb = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync", "-D", str(data)]
    hasty = "" if durable else "-F -c full_page_writes=off "
    options = f"{hasty}-c listen_addresses='' -k {folder}"
    try:
        _run([*become, str(programs / "initdb"), *initdb])
        _run([*become, str(programs / "pg_ctl"), "-D", str(data), "-w", "-o", options,
              "-l", str(folder / "log"), "start"])  # fmt: skip
        try:
            yield lambda name: _create_database(folder, name)
        finally:
            _run([*become, str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class KernelProcess:
    """``nexus serve`` in a process of its own, to be killed and started again."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.settings = Settings(data=data, port=_free_port())
        self._environment = {**os.environ, **environment}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> str:
        """Start, wait until it says where it is, and return that line."""
        where = ["--data", str(self.settings.data), "--port", str(self.settings.port)]
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "workspace_kernel", "serve", *where],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._environment,
        )
        lines: list[str] = []
        for line in self._process.stdout or ():
            lines.append(line)
            if line.startswith("Nexus is at "):
                return line.strip()
        raise RuntimeError(f"the kernel did not come up:\n{''.join(lines)}")

    def tell(self, number: signal.Signals) -> None:
        """Send a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    def end(self, number: signal.Signals) -> str:
        """Send a signal, wait, and return what was printed meanwhile."""
        if self._process is None:
            return ""
        self.tell(number)
        printed, _ = self._process.communicate(timeout=PATIENCE)
        self._process = None
        return printed


class ManualClock:
    """A clock that a test moves by hand."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._waiting: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        return self._now

    async def wait_until(self, moment: float) -> None:
        """Return when the clock was moved that far."""
        if moment > self._now:
            arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append((moment, arrived))
            await arrived

    def advance(self, seconds: float) -> None:
        """Move the clock on."""
        self._now += seconds
        for moment, arrived in self._waiting:
            if moment <= self._now and not arrived.done():
                arrived.set_result(None)
        self._waiting = [each for each in self._waiting if not each[1].done()]


class ConnectOptions(TypedDict, total=False):
    """What else a test may ask of its connection."""

    max_queue: int | None
    open_timeout: float | None
    max_size: int | None
    origin: Origin | None


class WireClient:
    """A client of a kernel's WebSocket that speaks plain dictionaries, in JSON or MessagePack."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.packed = connection.subprotocol == PACKED_PROTOCOL

    async def send(self, kind: str, **fields: Json) -> None:
        """Send a message."""
        message: Json = {"type": kind, **fields}
        await self.connection.send(pack(message) if self.packed else json.dumps(message))

    async def next(self) -> dict[str, Any]:
        """Return the next message."""
        async with asyncio.timeout(PATIENCE):
            frame = await self.connection.recv()
        if isinstance(frame, bytes):
            return cast("dict[str, Any]", unpack(frame, max_bytes=_LONGEST))
        return cast("dict[str, Any]", json.loads(frame))

    async def until(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        """Return the messages up to the first of a type, and with these fields."""
        seen: list[dict[str, Any]] = []
        while True:
            message = await self.next()
            seen.append(message)
            if message["type"] == kind and fields.items() <= message.items():
                return seen

    async def expect(self, kind: str, **fields: object) -> dict[str, Any]:
        """Return the first message of a type and with these fields; others are skipped."""
        return (await self.until(kind, **fields))[-1]

    async def until_any(self, *kinds: str) -> dict[str, Any]:
        """Return the first message of one of several types; others are skipped."""
        while True:
            message = await self.next()
            if message["type"] in kinds:
                return message

    async def subscribe(self, panel_id: str) -> dict[str, Any]:
        """Follow a panel and return its PANEL."""
        await self.send("SUBSCRIBE", panelId=panel_id)
        return await self.expect("PANEL", panelId=panel_id)

    async def trigger(
        self, panel_id: str, tool: str, args: Json = None, request_id: str = "r1"
    ) -> dict[str, Any]:
        """Run a tool and return its RESULT."""
        fields: dict[str, Json] = {} if args is None else {"args": args}
        await self.send("TRIGGER", requestId=request_id, panelId=panel_id, tool=tool, **fields)
        return await self.expect("RESULT", requestId=request_id)


PASSWORD: Final = "correct horse battery"  # noqa: S105
"""Everybody's."""


class Person:
    """Somebody with an account, and a browser of their own at an address of their own.

    The kernel has to believe what a proxy on this machine says: ``trusted_proxies``.
    """

    def __init__(self, settings: Settings, name: str, address: str) -> None:
        import httpx

        self.name = name
        self.email = f"{name}@example.test"
        self.id = ""
        self.token = ""
        self.http = httpx.Client(
            base_url=settings.address,
            timeout=PATIENCE,
            trust_env=False,
            headers={"x-forwarded-for": address, "nexus-csrf": "1"},
        )

    def sign_up(self, **fields: object) -> "Person":
        """Make the account."""
        asked = {"email": self.email, "password": PASSWORD, "name": self.name, **fields}
        return self._took(self.http.post("/api/auth/signup", json=asked))

    def log_in(self) -> "Person":
        """Log in once more."""
        asked = {"email": self.email, "password": PASSWORD}
        return self._took(self.http.post("/api/auth/login", json=asked))

    def refresh(self) -> "Person":
        """Go on with the login."""
        return self._took(self.http.post("/api/auth/refresh"))

    def bearing(self, token: str) -> dict[str, str]:
        """Return the header that shows a token."""
        return {"authorization": f"Bearer {token}"}

    def _took(self, answer: "Response") -> "Person":
        if answer.is_error:
            raise RuntimeError(f"{answer.status_code} {answer.text}")
        login = answer.json()
        self.id, self.token = login["user"]["id"], login["accessToken"]
        self.http.headers.update(self.bearing(self.token))
        return self


@asynccontextmanager
async def wire(
    settings: Settings,
    path: str | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    greeting: bool = True,
    protocol: str = PROTOCOL,
    **options: Unpack[ConnectOptions],
) -> AsyncGenerator[WireClient]:
    """Open a WebSocket to a served kernel and, if so wanted, read its greeting."""
    address = settings.address.replace("http", "ws", 1) + (path or f"/ws/{settings.workspace}")
    async with connect(
        address,
        subprotocols=[Subprotocol(protocol)],
        additional_headers=headers,
        compression=None,
        proxy=None,
        **options,
    ) as connection:
        client = WireClient(connection)
        if greeting:
            await client.expect("CONNECTED")
        yield client


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _postgresql_programs() -> Path:
    found = sorted(Path(_POSTGRESQL_FOLDERS).glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        raise RuntimeError("PostgreSQL is missing; on Debian: apt-get install postgresql-15")
    return found[-1].parent if found else Path(on_path or "").parent


def _as_postgres(folder: Path) -> list[str]:
    """Return how to become a user that PostgreSQL runs as: it refuses root."""
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]


def _create_database(folder: Path, name: str) -> str:
    from psycopg import connect as connect_postgresql
    from psycopg import sql

    def address(database: str) -> str:
        return f"postgresql://postgres@/{database}?host={folder}"

    with connect_postgresql(address("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return address(name)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")  # noqa: S603
    if done.returncode != 0:
        raise RuntimeError(f"{command[-1]}: {done.stdout}{done.stderr}")


__all__ = [
    "PASSWORD",
    "PATIENCE",
    "KernelProcess",
    "ManualClock",
    "Person",
    "WireClient",
    "postgresql",
    "served",
    "wire",
]
