"""Find the extension that a handler calls, bound the call, and check what comes back.

The registry trusts neither side: arguments come from JavaScript, and an extension may be anybody's
plugin. What a method does is the extension's business.
"""

import asyncio
import inspect
import logging
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from nexus_core.extensions.discovery import Enabled, Problem, find
from nexus_core.extensions.extension import (
    CallContext,
    Extension,
    ExtensionDescription,
    ExtensionError,
    Method,
    MethodDescription,
    Quota,
    bind,
    methods_of,
    plain,
)
from nexus_core.extensions.quota import Meter
from nexus_protocol import strict_json
from nexus_protocol._model import Json
from nexus_protocol.errors import ErrorCode

MAX_RESULT_BYTES: Final = 4 << 20

_log = logging.getLogger(__name__)


class Registry:
    """The extensions that handlers may reach, by name."""

    def __init__(
        self,
        extensions: Iterable[Extension] = (),
        *,
        quotas: Mapping[str, Quota] | None = None,
        max_result_bytes: int = MAX_RESULT_BYTES,
        problems: Sequence[Problem] = (),
    ) -> None:
        """Take the extensions in.

        Args:
            extensions: What handlers may reach.
            quotas: What stands in place of an extension's own quota, by its name.
            max_result_bytes: The longest result of a call, as JSON.
            problems: Extensions that were asked for and are not there, for those who ask why.

        Raises:
            TypeError: one is not written as the port demands.
            ValueError: two have one name.

        """
        self._extensions: dict[str, Extension] = {}
        self._methods: dict[str, dict[str, Method]] = {}
        self._meters: dict[str, Meter] = {}
        self._quotas = dict(quotas or {})
        self._max_result_bytes = max_result_bytes
        self.problems = tuple(problems)
        """Why extensions that were enabled are not here."""
        for extension in extensions:
            methods = methods_of(extension)
            if extension.name in self._methods:
                raise ValueError(f"two extensions are named {extension.name}")
            self._extensions[extension.name] = extension
            self._methods[extension.name] = methods
            self._meters[extension.name] = Meter(extension.name, self._quota(extension))

    @classmethod
    def discover(
        cls,
        extensions: Iterable[Extension] = (),
        enabled: Enabled | None = None,
        *,
        quotas: Mapping[str, Quota] | None = None,
    ) -> "Registry":
        """Take the given extensions, and those of installed packages that are enabled.

        Nothing of a package is imported that is not enabled. What is enabled and cannot be had is
        left out, logged, and told in ``problems``.

        Args:
            extensions: What is here without being installed.
            enabled: The names of installed extensions, each with the options that it is made with.
            quotas: As for a registry.

        """
        given = list(extensions)
        found, problems = find(enabled or {}, taken={each.name for each in given})
        for problem in problems:
            _log.error("%s", problem)
        return cls([*given, *found], quotas=quotas, problems=problems)

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

    def describe(self) -> tuple[ExtensionDescription, ...]:
        """Describe all extensions, by name."""
        return tuple(self._describe(self._extensions[name]) for name in self.names)

    async def close(self) -> None:
        """Let the extensions let go of what they hold."""
        for extension in self._extensions.values():
            await extension.close()

    async def call(
        self, name: str, method: str, args: Sequence[Json], context: CallContext
    ) -> Json:
        """Call a method and return its checked result.

        Raises:
            ExtensionError: EXTENSION_NOT_FOUND, METHOD_NOT_FOUND, INVALID_ARGUMENTS, TIMEOUT,
                EXTENSION_ERROR when the extension fails or returns what it does not promise,
                RATE_LIMITED when it is called too often, RESOURCE_LIMIT when it returns too much,
                and what the extension itself raises.

        """
        methods = self._extension(name)
        found = methods.get(method)
        if found is None:
            hint = _nearest(method, methods)
            raise ExtensionError(
                ErrorCode.METHOD_NOT_FOUND, f"{name} has no method {method[:64]!r}{hint}"
            )
        result = plain(found, await self._run(name, found, args, context))
        if len(strict_json.encode(result).encode()) > self._max_result_bytes:
            message = f"{name}.{found.name} returned more than {self._max_result_bytes} bytes"
            raise ExtensionError(ErrorCode.RESOURCE_LIMIT, message)
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

    async def _run(
        self, name: str, method: Method, args: Sequence[Json], context: CallContext
    ) -> object:
        panel = (context.workspace, context.panel_id)
        turn = self._meters[name].admitted(panel, counted=context.elapsed > 0)
        try:
            # The wait for a turn is part of the time: a handler waits for the whole of it.
            async with asyncio.timeout(method.timeout), turn:
                return await method.run(context, *bind(method, args))
        except ExtensionError:
            raise
        except TimeoutError:
            message = f"{name}.{method.name} took longer than {method.timeout:g} s"
            raise ExtensionError(ErrorCode.TIMEOUT, message) from None
        except Exception as error:
            # A foreign exception's text may hold secrets: it goes to the log, not to the panel.
            _log.exception("%s.%s failed for panel %s", name, method.name, context.panel_id)
            message = f"{name}.{method.name} failed: {type(error).__name__}"
            raise ExtensionError(ErrorCode.EXTENSION_ERROR, message) from error

    def _extension(self, name: str) -> dict[str, Method]:
        methods = self._methods.get(name)
        if methods is not None:
            return methods
        if any(problem.name == name for problem in self.problems):
            message = f"the extension {name} could not be loaded; the operator's log says why"
        else:
            hint = _nearest(name, self._methods)
            message = f"there is no extension {name[:64]!r}{hint}"
        raise ExtensionError(ErrorCode.EXTENSION_NOT_FOUND, message)

    def _quota(self, extension: Extension) -> Quota:
        return self._quotas.get(extension.name, extension.quota)

    def _describe(self, extension: Extension) -> ExtensionDescription:
        return ExtensionDescription(
            name=extension.name,
            doc=inspect.getdoc(type(extension)) or "",
            methods=self.methods(extension.name),
            quota=self._quota(extension),
            scopes=extension.scopes(),
        )


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = get_close_matches(name[:64], names, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; there are {', '.join(names)}" if names else "; none is connected"


__all__ = ["MAX_RESULT_BYTES", "Registry"]
