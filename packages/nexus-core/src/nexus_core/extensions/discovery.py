"""Find the extensions that installed packages offer, and make those that the operator enables.

A package offers one under the entry point group ``nexus.extensions``, under the extension's own
name: something that makes the extension when it is called with the operator's options, such as the
class. Its code is not imported before it is enabled. One that cannot be had is a ``Problem``, and
the others are there all the same.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Final, TypeAlias

from nexus_core.extensions.extension import Extension, methods_of
from nexus_protocol._model import Json

ENTRY_POINTS: Final = "nexus.extensions"

Enabled: TypeAlias = Mapping[str, Mapping[str, Json]]
"""Names of installed extensions, each with the keyword arguments that it is made with."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An extension that an installed package offers; nothing of it has been imported."""

    name: str
    package: str
    """Name and version."""
    point: EntryPoint


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an extension that was enabled is not there; for the operator, not for panels."""

    name: str
    message: str

    def __str__(self) -> str:
        return f"the extension {self.name} is left out: {self.message}"


def offers() -> tuple[Offer, ...]:
    """Return what is installed, by name, without importing it."""
    found = [
        Offer(point.name, f"{point.dist.name} {point.dist.version}" if point.dist else "?", point)
        for point in entry_points(group=ENTRY_POINTS)
    ]
    return tuple(sorted(found, key=lambda offer: (offer.name, offer.package)))


def find(enabled: Enabled, taken: Collection[str]) -> tuple[list[Extension], list[Problem]]:
    """Make the enabled extensions; names in ``taken`` are not theirs to have."""
    installed = offers() if enabled else ()
    extensions: list[Extension] = []
    problems: list[Problem] = []
    for name, options in enabled.items():
        offered = [offer for offer in installed if offer.name == name]
        try:
            extensions.append(_make(name, offered, options, taken))
        except _LeftOutError as error:
            problems.append(Problem(name, str(error)))
    return extensions, problems


class _LeftOutError(Exception):
    """Raised when an extension cannot be had; the text says why."""


def _make(
    name: str, offered: list[Offer], options: Mapping[str, Json], taken: Collection[str]
) -> Extension:
    if name in taken:
        raise _LeftOutError("the name belongs to one that is built in")
    if not offered:
        raise _LeftOutError("no installed package offers it")
    if len(offered) > 1:
        packages = ", ".join(offer.package for offer in offered)
        raise _LeftOutError(f"several packages offer it: {packages}")
    try:
        return _load(offered[0], options)
    # Whatever a foreign module does while it is imported, even an exit, costs that module only.
    except (Exception, SystemExit) as error:
        told = f"{offered[0].package} fails with {type(error).__name__}: {error}"
        raise _LeftOutError(told) from error


def _load(offer: Offer, options: Mapping[str, Json]) -> Extension:
    extension: object = offer.point.load()(**options)
    if not isinstance(extension, Extension):
        raise TypeError(f"{offer.point.value} does not make an Extension")
    methods_of(extension)
    if extension.name != offer.name:
        raise ValueError(f"its name is {extension.name}, its entry point's is {offer.name}")
    return extension


__all__ = ["ENTRY_POINTS", "Enabled", "Offer", "Problem", "find", "offers"]
