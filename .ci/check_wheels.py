"""Check an environment into which the members' wheels were installed: run by `.ci/run wheels`.

Every member came from a local file, can be imported, and says that it is typed. The argument is
how many members there are.
"""

import importlib
import json
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path


def is_member(distribution: Distribution) -> bool:
    """Tell whether a distribution was installed from a local file."""
    origin = distribution.read_text("direct_url.json")
    return origin is not None and json.loads(origin)["url"].startswith("file:")


def packages(distribution: Distribution) -> list[str]:
    """Return the packages of a distribution that say that they are typed."""
    files = distribution.files or []
    return [path.parts[0] for path in files if path.name == "py.typed"]


def main() -> None:
    """Import every package of every member, from outside of the checkout."""
    members = [each for each in distributions() if is_member(each)]
    imported = [importlib.import_module(name) for each in members for name in packages(each)]
    if not len(members) == len(imported) == int(sys.argv[1]):
        sys.exit(f"installed {[each.name for each in members]}, imported {imported}")
    for module in imported:
        location = Path(str(module.__file__)).parent
        if not location.is_relative_to(sys.prefix):
            sys.exit(f"{module.__name__} was imported from {location}")
    sys.stdout.write(f"{len(imported)} wheels import\n")


main()
