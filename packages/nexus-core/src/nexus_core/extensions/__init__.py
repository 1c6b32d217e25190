"""The port through which handlers reach the outside world, and the extensions that come with it.

A handler's ``$ext.http.get(url)`` arrives here as ``registry.call("nexus.http", "get", [url],
context)``. Whether the handler may make the call is the sandbox's business; what the call may do
is the extension's.
"""

from nexus_core.extensions.extension import (
    CallContext,
    Extension,
    ExtensionError,
    MethodDescription,
    ParameterDescription,
    method,
)
from nexus_core.extensions.http import HttpExtension, HttpLimits
from nexus_core.extensions.registry import Registry
from nexus_core.extensions.timer import TimerExtension

__all__ = [
    "CallContext",
    "Extension",
    "ExtensionError",
    "HttpExtension",
    "HttpLimits",
    "MethodDescription",
    "ParameterDescription",
    "Registry",
    "TimerExtension",
    "method",
]
