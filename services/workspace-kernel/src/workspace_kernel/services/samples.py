"""The panels that come with the kernel: the demo workspace, and templates for new ones.

A wheel carries both as package data. In a source checkout the samples are those of ``tests/panels``
and the studio is what ``services/studio`` was built into.
"""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parent.parent
_CHECKOUT: Final = PACKAGE.parents[3]

TEMPLATES: Final = PACKAGE / "templates"


def sample_panels() -> dict[str, bytes]:
    """Return the sources of the sample panels by id."""
    folder = _first(PACKAGE / "samples", _CHECKOUT / "tests" / "panels")
    return _sources(folder)


def templates() -> dict[str, str]:
    """Return the sources of the templates by name."""
    return {name: source.decode("utf-8") for name, source in _sources(TEMPLATES).items()}


def filled(template: str, title: str) -> str | None:
    """Return the source of a panel of a template; None where there is no such template."""
    source = templates().get(template)
    return None if source is None else source.replace("__TITLE__", _attribute(title))


def _attribute(text: str) -> str:
    """Spell a text as it may stand in an attribute."""
    plain = "".join(" " if ord(each) < ord(" ") else each for each in text)
    return plain.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def studio_folder() -> Path:
    """Return where the studio's build is, or would be."""
    return _first(PACKAGE / "studio", _CHECKOUT / "services" / "studio" / "dist")


def _first(installed: Path, checkout: Path) -> Path:
    return installed if installed.is_dir() else checkout


def _sources(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in sorted(folder.glob("*.nxml"))}


__all__ = ["filled", "sample_panels", "studio_folder", "templates"]
