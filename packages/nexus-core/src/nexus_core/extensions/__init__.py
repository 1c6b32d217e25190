"""The port through which handlers reach the outside world, and the extensions that come with it.

A handler's ``$ext.http.get(url)`` arrives here as ``registry.call("nexus.http", "get", [url],
context)``. Whether the handler may make the call is the sandbox's business; what the call may do
is the extension's.
"""

from nexus_core.extensions.discovery import Enabled, Offer, Problem, offers
from nexus_core.extensions.extension import (
    CallContext,
    Extension,
    ExtensionDescription,
    ExtensionError,
    MethodDescription,
    ParameterDescription,
    Quota,
    method,
)
from nexus_core.extensions.http import HttpExtension, HttpLimits
from nexus_core.extensions.kv import KeyValueStore, KvExtension, KvLimits
from nexus_core.extensions.quota import RateLimitedError
from nexus_core.extensions.registry import Registry
from nexus_core.extensions.sql import SqlConnection, SqlExtension
from nexus_core.extensions.stores import MemoryStore, SqliteStore
from nexus_core.extensions.timer import TimerExtension

__all__ = [
    "CallContext",
    "Enabled",
    "Extension",
    "ExtensionDescription",
    "ExtensionError",
    "HttpExtension",
    "HttpLimits",
    "KeyValueStore",
    "KvExtension",
    "KvLimits",
    "MemoryStore",
    "MethodDescription",
    "Offer",
    "ParameterDescription",
    "Problem",
    "Quota",
    "RateLimitedError",
    "Registry",
    "SqlConnection",
    "SqlExtension",
    "SqliteStore",
    "TimerExtension",
    "method",
    "offers",
]
