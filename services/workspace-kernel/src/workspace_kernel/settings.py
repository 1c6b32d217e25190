"""The settings of a kernel, and the only code that reads the environment.

A value comes, in this order, from the command line, ``NEXUS_<NAME>`` in the environment, the names
that the first drafts of Nexus used (``PORT``, ``MAX_PANELS`` …), ``nexus.toml``, or the default
here. What the values mean to a part of the kernel is that part's business.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)

from nexus_core.extensions import Quota, SqlConnection
from nexus_protocol import Json

MIB: Final = 1 << 20
LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

_EARLIER_NAMES: Final = {
    "PORT": "port",
    "MAX_PANELS": "max_panels",
    "WASM_MEMORY_LIMIT": "sandbox_memory_bytes",
    "HANDLER_TIMEOUT_MS": "handler_timeout_ms",
    "WORKSPACE_ID": "workspace",
}

_TABLES: Final = frozenset({"kv_scopes", "quotas", "sql"})
"""Settings that a variable cannot hold."""
_SQL_NAME: Final = re.compile(
    r"NEXUS_SQL_(?P<name>[A-Z][A-Z0-9_]*)_"
    r"(?P<field>URL|WRITE|PANELS|MAX_ROWS|MAX_BYTES|TIMEOUT_MS)"
)


class SettingsError(ValueError):
    """Raised when the settings cannot be read or do not go together."""


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


Names = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""A list; in the environment separated by commas."""


Origin = Annotated[
    str, StringConstraints(pattern=r"(?i)^https?://[a-z0-9.:\[\]-]+$", to_lower=True)
]
Origins = Annotated[tuple[Origin, ...], BeforeValidator(_split)]
"""Exact ones: there is no ``*``."""


def _enable(value: object) -> object:
    names = _split(value)
    if not isinstance(names, list):
        return names
    return {str(name): dict[str, Json]() for name in cast("list[object]", names)}


class Settings(BaseModel):
    """Everything an operator can decide about a kernel."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    data: Path = Path(".nexus")
    """Folder of everything the kernel keeps: the database and the workspaces' repositories."""
    auth: Literal["single", "accounts"] = "single"
    """``single``: nobody logs in, and only this machine is answered. ``accounts``: people do."""
    signup: Literal["invited", "open"] = "invited"
    """Whether an account needs an invitation."""
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$|^https?://\[[0-9a-f:]+\](:\d+)?$",
    )
    """Where browsers find the kernel when that is not where it listens: ``https://app.example``."""
    trusted_proxies: Names = ()
    """Addresses of proxies whose ``X-Forwarded-For`` and ``-Proto`` are believed."""
    access_seconds: int = Field(default=600, ge=1, le=3600)
    """Seconds that an access token holds."""
    session_days: float = Field(default=30, gt=0, le=400)
    """Days after which somebody has to log in again."""
    max_sessions: int = Field(default=100, ge=1)
    """Logins of one account that last at the same time; one more ends the oldest."""
    key_days: float = Field(default=30, gt=0)
    """Days after which another key signs access tokens."""
    audit_days: float = Field(default=400, ge=1)
    """Days that the audit log reaches back."""
    host: str = "127.0.0.1"
    """Address to listen on; beyond loopback only with accounts, behind an https ``public_url``."""
    port: int = Field(default=3000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    workspace: str = Field(default="default", pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    """The workspace that exists without being created."""
    database_url: SecretStr | None = None
    """``postgresql://…`` or ``sqlite:///…``; the default is SQLite in the data folder."""
    demo: bool = True
    """Whether the sample panels are installed into a fresh data folder."""
    studio: Path | None = None
    """Folder of the studio's build; the default is the one that came with the kernel."""
    allowed_hosts: Names = ()
    """Host names, beside those of loopback, by which browsers may address the kernel."""
    allowed_origins: Origins = ()
    """Origins, beside the kernel's own, whose pages may talk to it: ``https://app.example``. They
    show tokens; cookies are not sent for them."""
    http_allow: Names = ()
    """Hosts or URLs that panels may reach through ``nexus.http``, beside the kernel's /health."""
    extensions: Annotated[dict[str, dict[str, Json]], BeforeValidator(_enable)] = Field(
        default_factory=dict, repr=False
    )
    """Installed extensions to enable: names, or tables of options ``[extensions."acme.shop"]``."""
    sql: dict[str, SqlConnection] = Field(default_factory=dict)
    """Databases for ``nexus.sql``: tables ``[sql.shop]``, or ``NEXUS_SQL_SHOP_URL`` and so on."""
    kv_scopes: dict[str, Names] = Field(default_factory=lambda: {"*": ("",)})
    """Which panels may use which keys of ``nexus.kv``: prefixes by patterns of panels' ids."""
    kv_value_bytes: int = Field(default=64 << 10, ge=1, le=MIB)
    """Longest value of ``nexus.kv`` as JSON, in bytes."""
    kv_keys: int = Field(default=10_000, ge=1)
    """Keys that one workspace may keep with ``nexus.kv``."""
    kv_total_bytes: int = Field(default=16 * MIB, ge=1)
    """Bytes of all keys and values that one workspace may keep with ``nexus.kv``."""
    quotas: dict[str, Quota] = Field(default_factory=dict)
    """How much of an extension is used, by its name: tables ``[quotas."nexus.http"]``."""
    max_panels: int = Field(default=64, ge=1)
    """Panels that run at once; the one idle longest makes room for another."""
    idle_sleep_seconds: float = Field(default=300, gt=0)
    """Seconds after which a panel that nobody uses is put to sleep; it wakes as it was."""
    trigger_min_seconds: float = Field(default=1, ge=1, le=86_400)
    """Seconds between two runs of one trigger by the clock, or by changes of the state."""
    handler_timeout_ms: int = Field(default=5000, ge=1)
    """Wall time after which a handler is stopped, in milliseconds."""
    suspend_after_ms: float = Field(default=200, ge=0)
    """Milliseconds that an execution waits before it is put away, so that a restart does not end
    it; with 0 it is put away before it waits."""
    max_suspended: int = Field(default=10_000, ge=1)
    """Executions of one workspace that may wait."""
    max_suspended_bytes: int = Field(default=1024 * MIB, ge=MIB)
    """What those executions may take together, in bytes."""
    max_executions: int = Field(default=10_000, ge=1)
    """Executions kept of one panel; the oldest go first, none of the last ten minutes, and none
    that runs or waits. A request that comes again after that is a new one, unless a change that it
    made is still kept."""
    execution_days: float = Field(default=30, gt=0)
    """Days that an execution is kept."""
    max_changes: int = Field(default=10_000, ge=1)
    """Changes of its state kept of one panel, with which they are taken back and its past is looked
    at; the oldest go first, up to a snapshot, so that up to 200 more stay, and none of the last ten
    minutes goes. A write that comes again after that is a new one."""
    max_changes_bytes: int = Field(default=64 * MIB, ge=MIB)
    """What those changes may take, with the snapshots between them, in bytes; the oldest go first,
    up to a snapshot, and none of the last ten minutes, nor what came after the last snapshot."""
    change_days: float = Field(default=90, gt=0)
    """Days that a change is kept, if another came after it."""
    record_bytes: int = Field(default=256 * 1024, ge=0)
    """Longest record of an execution, in bytes of JSON, from which it can be run again; 0 keeps
    none. A record has what the execution saw: its arguments, state, and extensions' answers."""
    max_records: int = Field(default=10_000, ge=1)
    """Records kept for one workspace; the oldest go first."""
    max_records_bytes: int = Field(default=256 * MIB, ge=MIB)
    """What those records may take together, in bytes."""
    record_days: float = Field(default=7, gt=0)
    """Days that a record is kept."""
    sandbox_memory_bytes: int = Field(default=32 * MIB, ge=4 * MIB)
    """Memory of one execution, in bytes."""
    sandbox: Literal["threads", "workers"] = "threads"
    """Where handlers run: on threads of the kernel, or behind a second wall in processes that can
    open nothing; one that ends costs the executions in it one error each."""
    sandbox_workers: int | None = Field(default=None, ge=1)
    """Processes, with ``sandbox`` set to ``workers``; the default is one more than processors."""
    body_bytes: int = Field(default=4 * MIB, ge=1024)
    """Longest body of an HTTP request, in bytes."""
    body_seconds: float = Field(default=60, gt=0)
    """Seconds that the body of a request may take to arrive."""
    head_seconds: float = Field(default=10, gt=0)
    """Seconds that a connection gets to send the head of a request."""
    answer_hours: float = Field(default=24, gt=0)
    """Hours for which the answer to a request with an Idempotency-Key is kept."""
    frame_bytes: int = Field(default=MIB, ge=1024)
    """Longest message over a WebSocket, in bytes."""
    max_sockets: int = Field(default=1000, ge=1)
    """WebSockets that one person may have open, by all logins and tokens together; where nobody
    logs in, all together."""
    subscriptions: int = Field(default=64, ge=1)
    """Panels that one WebSocket may speak to."""
    pending_requests: int = Field(default=64, ge=1)
    """TRIGGERs and SETs of one WebSocket that may wait for their RESULT."""
    queue_frames: int = Field(default=256, ge=8)
    """Messages kept for a slow client before it is brought to a snapshot."""
    ping_seconds: float = Field(default=10, gt=0)
    """Seconds between the server's pings, and until an unanswered one ends the connection."""
    save_delay_ms: int = Field(default=500, ge=0)
    """Milliseconds after the last save of a panel until it is committed to git."""
    git_seconds: float = Field(default=1, gt=0)
    """Seconds between looks at what others did to the workspaces' repositories."""
    conflict_days: float = Field(default=30, gt=0)
    """Days that a save that was put aside stays on its branch below ``conflicts/`` unmerged."""
    drain_seconds: float = Field(default=10, ge=0)
    """Seconds that running executions get to end when the kernel stops."""

    @property
    def workers(self) -> int | None:
        """How many processes handlers run in; None when they run in the kernel's own."""
        if self.sandbox == "threads":
            return None
        return self.sandbox_workers or (os.cpu_count() or 1) + 1

    @property
    def database(self) -> str:
        """URL of the database."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data.absolute() / 'nexus.db'}"

    @property
    def address(self) -> str:
        """URL at which the kernel answers."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def public_address(self) -> str:
        """URL at which browsers find the kernel."""
        return self.public_url or self.address

    @property
    def secure(self) -> bool:
        """Whether browsers speak to the kernel over TLS."""
        return self.public_address.startswith("https:")

    @property
    def public_hosts(self) -> tuple[str, ...]:
        """Host names by which browsers may address the kernel."""
        own = urlsplit(self.public_url).hostname if self.public_url else None
        return (*self.allowed_hosts, *((f"[{own}]" if ":" in own else own,) if own else ()))

    def require_safe_address(self) -> None:
        """Refuse to be reachable from elsewhere without logins, or with passwords in the open.

        Raises:
            SettingsError: the host is not a loopback address, and nothing makes that safe.

        """
        if is_loopback(self.host):
            return
        if self.auth == "single":
            raise SettingsError(
                f"Refusing to listen on {self.host}: this kernel has no logins, so everybody who "
                "reaches it owns its panels. Use --host 127.0.0.1, and a tunnel or an "
                "authenticating proxy on this machine to reach it from another; or let people "
                "log in, with the setting auth = accounts."
            )
        if not self.secure:
            raise SettingsError(
                f"Refusing to listen on {self.host}: passwords would cross the network in the "
                "open. Put a proxy with TLS in front and name its address in the setting "
                "public_url: https://app.example"
            )


def is_loopback(host: str) -> bool:
    """Tell whether an address or name can be reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def load(
    overrides: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """Read the settings: ``overrides`` first, then the environment, then ``folder/nexus.toml``.

    Raises:
        SettingsError: a value is refused, or ``nexus.toml`` cannot be read.

    """
    variables = os.environ if environ is None else environ
    given = {name: value for name, value in (overrides or {}).items() if value is not None}
    values = _merged(_from_file(folder or Path()), _from_environment(variables)) | given
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def _from_file(folder: Path) -> dict[str, Any]:
    path = folder / "nexus.toml"
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from None


def _from_environment(variables: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {
        field: variables[name] for name, field in _EARLIER_NAMES.items() if variables.get(name)
    }
    for field in Settings.model_fields.keys() - _TABLES:
        if (value := variables.get(f"NEXUS_{field.upper()}")) is not None:
            values[field] = value
    if connections := _sql_connections(variables):
        values["sql"] = connections
    return values


def _sql_connections(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    connections: dict[str, dict[str, Any]] = {}
    for name, value in variables.items():
        if match := _SQL_NAME.fullmatch(name):
            field = match["field"].lower()
            connection = connections.setdefault(match["name"].lower(), {})
            connection[field] = _split(value) if field == "panels" else value
    return connections


def _merged(file: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    """Put the environment over the file; a password there and the rest here is one connection."""
    merged = {**file, **environment}
    if isinstance(file.get("sql"), dict) and "sql" in environment:
        present = cast("dict[str, dict[str, Any]]", file["sql"])
        merged["sql"] = {
            name: {**present.get(name, {}), **environment["sql"].get(name, {})}
            for name in present.keys() | environment["sql"].keys()
        }
    return merged


def _explain(error: ValidationError) -> str:
    findings = (
        f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
        for each in error.errors(include_url=False, include_input=False)
    )
    return "Settings: " + "; ".join(findings)


__all__ = ["LOOPBACK_NAMES", "Settings", "SettingsError", "is_loopback", "load"]
