"""Find the extension that a handler calls, bound the call, and check what comes back.

The registry trusts neither side: arguments come from JavaScript, and an extension may be anybody's
plugin. What a method does is the extension's business.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from nexus_core.extensions.extension import (
    CallContext,
    Extension,
    ExtensionError,
    Method,
    MethodDescription,
    bind,
    methods_of,
)
from nexus_protocol import strict_json
from nexus_protocol._model import Json
from nexus_protocol.errors import ErrorCode

ENTRY_POINTS: Final = "nexus.extensions"
MAX_RESULT_BYTES: Final = 4 << 20

_log = logging.getLogger(__name__)


class Registry:
    """The extensions that handlers may reach, by name."""

    def __init__(
        self, extensions: Iterable[Extension] = (), *, max_result_bytes: int = MAX_RESULT_BYTES
    ) -> None:
        """Take the extensions in.

        Raises:
            TypeError: one is not written as the port demands.
            ValueError: two have one name.

        """
        self._methods: dict[str, dict[str, Method]] = {}
        self._max_result_bytes = max_result_bytes
        for extension in extensions:
            methods = methods_of(extension)
            if extension.name in self._methods:
                raise ValueError(f"two extensions are named {extension.name}")
            self._methods[extension.name] = methods

    @classmethod
    def discover(cls, extensions: Iterable[Extension] = ()) -> "Registry":
        """Take the given extensions and those of installed packages.

        A package offers one under the entry point ``nexus.extensions``: something that returns an
        ``Extension`` when called without arguments, such as the class. A given extension stands
        before an installed one of the same name. One that cannot be loaded stops the start, with
        a note that names its package.
        """
        given = list(extensions)
        names = {extension.name for extension in given}
        found = [_load(point) for point in entry_points(group=ENTRY_POINTS)]
        return cls([*given, *(each for each in found if each.name not in names)])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the extensions, sorted."""
        return tuple(sorted(self._methods))

    def methods(self, name: str) -> tuple[MethodDescription, ...]:
        """Describe the methods of an extension.

        Raises:
            ExtensionError: EXTENSION_NOT_FOUND.

        """
        return tuple(each.describe() for each in self._extension(name).values())

    async def call(
        self, name: str, method: str, args: Sequence[Json], context: CallContext
    ) -> Json:
        """Call a method and return its checked result.

        Raises:
            ExtensionError: EXTENSION_NOT_FOUND, METHOD_NOT_FOUND, INVALID_ARGUMENTS, TIMEOUT,
                EXTENSION_ERROR when the extension fails or returns what is not JSON,
                RESOURCE_LIMIT when it returns too much, and what the extension itself raises.

        """
        methods = self._extension(name)
        found = methods.get(method)
        if found is None:
            hint = _nearest(method, methods)
            raise ExtensionError(
                ErrorCode.METHOD_NOT_FOUND, f"{name} has no method {method[:64]!r}{hint}"
            )
        result = await _run(name, found, bind(found, args), context)
        self._check(name, found, result)
        return result

    def repeatable(self, name: str, method: str, args: Sequence[Json]) -> bool:
        """Tell whether a call may be made again without knowing whether it was done.

        One that cannot be made at all may: it fails the same way each time.
        """
        found = self._methods.get(name, {}).get(method)
        if found is None:
            return True
        decide = found.idempotent
        if isinstance(decide, bool):
            return decide
        try:
            return decide(*bind(found, args))
        except ExtensionError:
            return True

    def _extension(self, name: str) -> dict[str, Method]:
        methods = self._methods.get(name)
        if methods is None:
            hint = _nearest(name, self._methods)
            raise ExtensionError(
                ErrorCode.EXTENSION_NOT_FOUND, f"there is no extension {name[:64]!r}{hint}"
            )
        return methods

    def _check(self, name: str, method: Method, result: Json) -> None:
        try:
            strict_json.check(result)
        except strict_json.JsonError as error:
            message = f"{name}.{method.name} returned {error}"
            raise ExtensionError(ErrorCode.EXTENSION_ERROR, message) from None
        if len(strict_json.encode(result).encode()) > self._max_result_bytes:
            message = f"{name}.{method.name} returned more than {self._max_result_bytes} bytes"
            raise ExtensionError(ErrorCode.RESOURCE_LIMIT, message)


async def _run(
    name: str, method: Method, arguments: Sequence[object], context: CallContext
) -> Json:
    try:
        async with asyncio.timeout(method.timeout):
            return await method.run(context, *arguments)
    except ExtensionError:
        raise
    except TimeoutError:
        message = f"{name}.{method.name} took longer than {method.timeout:g} s"
        raise ExtensionError(ErrorCode.TIMEOUT, message) from None
    except Exception as error:
        # The text of a foreign exception may hold secrets: it goes to the log, not to the panel.
        _log.exception("%s.%s failed for panel %s", name, method.name, context.panel_id)
        message = f"{name}.{method.name} failed: {type(error).__name__}"
        raise ExtensionError(ErrorCode.EXTENSION_ERROR, message) from error


def _load(point: EntryPoint) -> Extension:
    try:
        extension: object = point.load()()
        if not isinstance(extension, Extension):
            raise TypeError(f"{point.value} does not make an Extension")
    except Exception as error:
        error.add_note(f"while loading the extension {point.name!r} from {point.value}")
        raise
    return extension


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = get_close_matches(name[:64], names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(names)}" if names else "; none is connected"


__all__ = ["ENTRY_POINTS", "MAX_RESULT_BYTES", "Registry"]
