"""Run the kernel on uvicorn until somebody ends it."""

import asyncio
import contextlib
import fcntl
import logging
import socket
import sys
import webbrowser
from collections.abc import Callable, Generator
from pathlib import Path

import uvicorn
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from workspace_kernel.app import create_app
from workspace_kernel.db.ownership import is_free
from workspace_kernel.db.session import make_engine
from workspace_kernel.http_protocol import protocol
from workspace_kernel.security import Guard
from workspace_kernel.services.people import first_invitation
from workspace_kernel.settings import Settings
from workspace_kernel.websocket.protocol import BoundedProtocol

_BACKLOG = 2048
_TURN_SECONDS = 0.0005
"""How long a thread may keep the interpreter from the event loop; of Python's own 5 ms, a few
threads that read what hostile handlers give would make many."""


class ServeError(Exception):
    """Raised when the kernel cannot be brought up; says why in one sentence."""


def serve(settings: Settings, *, open_browser: bool = False) -> int:
    """Serve until SIGINT or SIGTERM, then let what runs come to its end; returns the exit code.

    Raises:
        ServeError: address or data folder are taken, or cannot be used.
        SettingsError: the settings do not allow it.

    """
    settings.require_safe_address()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    with claimed(settings), contextlib.closing(listen(settings)) as listener:
        settings = settings.model_copy(update={"port": listener.getsockname()[1]})

        def tell() -> None:
            sys.stdout.write(f"Nexus is at {settings.address}\n")
            if (invitation := first_invitation(settings.data)).exists():
                sys.stdout.write(f"The first owner's invitation is in {invitation}\n")
            sys.stdout.flush()
            if open_browser:
                webbrowser.open(settings.address)

        server = KernelServer(settings, tell)
        asyncio.run(server.serve(sockets=[listener]))
    return 0 if server.started and not server.failed else 1


@contextlib.contextmanager
def claimed(settings: Settings) -> Generator[None]:
    """Have a data folder for one kernel meanwhile; the system ends the claim of one that dies.

    The same goes for a database that is a file, wherever it is. One on a PostgreSQL server is
    looked at only: the kernel takes it when it comes up, and so does all else that writes there.

    Raises:
        ServeError: another kernel has one of them, or it cannot be used.

    """
    data, url = settings.data, make_url(settings.database)
    with _locked(data / "kernel.lock", f"data folder {data}", "--data"):
        if url.get_backend_name() != "sqlite":
            _require_free(settings)
            yield
        elif url.database in (None, "", ":memory:"):
            yield
        else:
            # Its own file is SQLite's to lock. One file has one lock, by whatever name it is known.
            path = Path(url.database).resolve()
            lock = path.with_name(f"{path.name}.lock")
            with _locked(lock, f"database {url.database}", "the setting database_url"):
                yield


@contextlib.contextmanager
def _locked(path: Path, what: str, how: str) -> Generator[None]:
    """Hold a lock file; ``what`` it stands for is given to a kernel by ``how``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = path.open("w")
    except OSError as error:
        raise ServeError(f"The {what} cannot be used: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _taken(what, how) from None
        yield


def _require_free(settings: Settings) -> None:
    url = make_url(settings.database)
    what = f"database {url.database} on {url.host or 'this machine'}"
    engine = make_engine(settings.database, read_only=True)
    try:
        if not is_free(engine):
            raise _taken(what, "the setting database_url")
    except SQLAlchemyError as error:
        why = str(getattr(error, "orig", error)).partition("\n")[0]
        raise ServeError(f"The {what} cannot be used: {why}.") from None
    finally:
        engine.dispose()


def _taken(what: str, how: str) -> ServeError:
    return ServeError(
        f"Another kernel uses the {what}. Stop it, or give this one another with {how}."
    )


class KernelServer(uvicorn.Server):
    """uvicorn with a kernel, which says when it can be asked."""

    def __init__(self, settings: Settings, on_ready: Callable[[], None]) -> None:
        self._app = create_app(settings, self._give_up)
        self._drain_seconds = settings.drain_seconds
        self.failed = False
        """Whether it ends for want of its database, and not because somebody ended it."""
        super().__init__(_config(settings, self._app))
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        sys.setswitchinterval(_TURN_SECONDS)
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def _give_up(self) -> None:
        self.failed = self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: requests under way are answered, new ones refused; then sockets close with 1012."""
        await self._app.drain(self._drain_seconds)
        await super().shutdown(sockets)


def _config(settings: Settings, app: Guard) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=protocol(settings.head_seconds),
        ws=BoundedProtocol,
        ws_max_size=settings.frame_bytes,
        ws_ping_interval=settings.ping_seconds,
        ws_ping_timeout=settings.ping_seconds,
        # Our own protocol compresses; uvicorn's way keeps 34 KiB for each connection.
        ws_per_message_deflate=False,
        # Addresses can hold what should not be in a log.
        access_log=False,
        # Who may say where a request comes from is counted by address.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        log_level="warning",
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )


def listen(settings: Settings) -> socket.socket:
    """Take the address that the settings name.

    Raises:
        ServeError: it is taken, or cannot be listened on.

    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's delay of 40 ms off only for sockets that name their protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise ServeError(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}. "
            "Another program may use the port; choose one with --port."
        ) from None
    listener.setblocking(False)
    return listener


__all__ = ["KernelServer", "ServeError", "claimed", "listen", "serve"]
