"""Collect the licence notices that go with the engine.

They stand in the headers of its source files, each file naming its own authors; the archive's
licence file names only those of the Python wrapper.
"""

import re
from pathlib import Path

_FIRST_COMMENT = re.compile(r"\A\s*/\*(.*?)\*/", re.DOTALL)
_LINE = re.compile(r"^\s*\* ?", re.MULTILINE)


def collect(sources: Path) -> str:
    """Return the notices of all sources, each once, with the files it stands in."""
    files: dict[str, list[str]] = {}
    for path in sorted(sources.glob("*.[ch]")):
        notice = _notice(path.read_text(encoding="utf-8"))
        if notice:
            files.setdefault(notice, []).append(path.name)
    licence = (sources.parent / "LICENSE").read_text(encoding="utf-8").strip()
    parts = [f"Notices in the sources of the engine\n\nIn LICENSE:\n\n{licence}"]
    parts += [f"In {', '.join(names)}:\n\n{notice}" for notice, names in files.items()]
    return "\n\n----\n\n".join(parts) + "\n"


def _notice(text: str) -> str | None:
    found = _FIRST_COMMENT.match(text)
    if found is None or "copyright" not in found[1].lower():
        return None
    return _LINE.sub("", found[1]).strip()
