"""Build the engine by hand: ``python -m engine_build [--verify]``.

``--verify`` builds twice from nothing and compares the results byte for byte.
"""

import argparse

from engine_build import inputs
from engine_build.build import build, say
from engine_build.provide import provide


def main() -> int:
    """Build or verify; 1 when two builds differ."""
    parser = argparse.ArgumentParser(prog="engine_build", description=__doc__)
    parser.add_argument("--verify", action="store_true", help="build twice and compare")
    if not parser.parse_args().verify:
        provide(inputs.package_directory())
        return 0
    first, second = build(fresh=True), build(fresh=True)
    differing = [name for name in first if first[name] != second[name]]
    say(f"two builds differ in {', '.join(differing)}" if differing else "two builds are equal")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())
