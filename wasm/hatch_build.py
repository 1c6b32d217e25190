"""Put the engine into wheels and editable installs.

The hook asks the cache for an engine built from these very inputs and copies it into the package;
only when there is none does it ask for the compiler and build one.
"""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent))

from engine_build import cache, inputs
from engine_build.provide import provide


class EngineHook(BuildHookInterface[Any]):
    """Builds the engine, or takes it from the cache, before a wheel is made."""

    def dependencies(self) -> list[str]:
        """Return what the build needs beyond the standard library: nothing on a cache hit."""
        if self.target_name != "wheel" or cache.find(inputs.key()) is not None:
            return []
        return list(inputs.BUILD_REQUIREMENTS)

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Place the engine beside the package's modules."""
        del version, build_data
        if self.target_name == "wheel":
            provide(inputs.package_directory())


def get_build_hook() -> type[EngineHook]:
    """Tell hatchling which class in this file is the hook."""
    return EngineHook
