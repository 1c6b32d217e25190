"""Put the sample panels and the studio's build into what is published.

Both live elsewhere in the repository: the samples in ``tests/panels``, where tests use them, and
the studio in ``services/studio/dist``. An editable install finds them there; a source distribution
carries copies, from which a wheel is made anywhere.
"""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_CARRIED = {"samples": "tests/panels", "studio": "services/studio/dist"}


class CarryHook(BuildHookInterface[Any]):
    """Adds what lies outside of this folder to wheels and source distributions."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the folders to carry, where this is a checkout of the repository."""
        if version == "editable":
            return
        repository = Path(self.root).parents[1]
        package = "workspace_kernel" if self.target_name == "wheel" else "src/workspace_kernel"
        for name, place in _CARRIED.items():
            folder = repository / place
            if folder.is_dir():
                build_data["force_include"][str(folder)] = f"{package}/{name}"


def get_build_hook() -> type[CarryHook]:
    """Tell hatchling which class in this file is the hook."""
    return CarryHook
